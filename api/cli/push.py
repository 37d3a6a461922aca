"""``clew push``: a release into a Neo4j server."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import console
from api.cli.options import open_given, release_option


@click.command("push", short_help="Project a release into Neo4j.")
@click.option(
    "--graph", "graph_uri", metavar="bolt://HOST:PORT", required=True, help="the server; may hold user:password@"
)
@release_option()
def command(graph_uri: str, release_path: Path | None) -> None:
    """Write a release into a Neo4j graph, or finish what an interrupted push began.

    Pushing the same release again changes nothing.
    """
    from graph.stores.push import push

    with open_given(release_path) as release, console.progress() as report:
        push(graph_uri, release, report)
    console.say(f"release {release.digest[:12]} is in the graph")
