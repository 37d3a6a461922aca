"""``clew query``: one read-only Cypher query, with a server or without."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import console
from api.cli.options import graph_option, open_given, release_option
from graph.errors import UsageError, nearest

if TYPE_CHECKING:
    from graph.progress import Progress
    from graph.stores.cypher import CypherStore


@click.command("query", short_help="Read the graph with Cypher.")
@click.argument("query", metavar="'MATCH ...'")
@release_option()
@graph_option("bolt:// or neo4j://, holding --release if that is given; without it an embedded database is asked")
@click.option("--format", "form", type=click.Choice(("table", "csv", "json")), default="table", show_default=True)
@click.option("--param", "params", metavar="NAME=VALUE", multiple=True, help="value of $NAME; JSON, else text")
@click.option("--rows", metavar="N", type=click.IntRange(1, 100_000), default=100_000, help="at most so many rows")
def command(
    query: str, release_path: Path | None, graph_uri: str | None, form: str, params: Sequence[str], rows: int
) -> int:
    """The rows that a Cypher query finds. Only reading is allowed. docs/graph.md lists labels, relations, properties.

    \b
    clew query "MATCH (s:Statement)-[:PREDICTS_SENSITIVITY_TO]->(t:Therapy) RETURN t.name, count(s) LIMIT 5"
    """
    from api.render import rows as render
    from graph.guard import check_read_only

    check_read_only(query)
    parameters = dict(map(_parameter, params))
    with console.progress() as report, _opened(graph_uri or "embedded:", release_path, report) as store:
        answer = store.query(query, parameters, rows=rows)
    if form == "json":
        console.write_bytes(render.json(answer.rows))
    elif form == "csv":
        console.write_bytes(render.comma_separated(answer.rows).encode(errors="surrogatepass"))
    else:
        click.echo(render.table(answer.rows), nl=False)
    if not answer.rows:
        console.say("no rows")
        for unknown in strangers(query):
            console.say(unknown)
    elif form == "table" and render.is_cut(answer.rows):
        console.say("long values are cut; --format json or csv has them whole")
    if answer.truncated:
        console.say(f"only the first {rows:,} rows are shown")
        return 4
    return 0


@contextmanager
def _opened(uri: str, release_path: Path | None, report: Progress) -> Iterator[CypherStore]:
    """A store that holds the release that was asked for; where none was, a server with any release that is whole.

    Raises:
        StoreError: when it holds another release, none, or one that is half written.
    """
    from graph.stores import open_store
    from graph.stores.neo4j import Neo4jStore

    if release_path is None and uri != "embedded:":
        with Neo4jStore(uri) as store:
            store.release()
            yield store
        return
    with open_given(release_path, report) as release, open_store(uri, release, report) as store:
        store.require(release.digest)
        yield store


def strangers(query: str) -> list[str]:
    """What to say of the labels and relations that the query names and the schema does not know."""
    from graph.schema import schema

    known = schema()
    said = []
    for kind, types, opening in (("node", known.nodes, "("), ("relation", known.edges, "[")):
        pattern = re.compile(rf"\{opening}\s*\w*\s*:\s*([\w\s|:&!`]+)")
        named = [name for found in pattern.findall(query) for name in re.findall(r"\w+", found)]
        for name in dict.fromkeys(name for name in named if name not in types):
            close = nearest(name, types)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(types)}"
            said.append(f"no {kind} is called {name!r}: {hint}")
    return said


def _parameter(given: str) -> tuple[str, object]:
    import msgspec

    name, equals, value = given.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"--param takes NAME=VALUE, not {given!r}")
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value
