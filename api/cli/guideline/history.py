"""``clew guideline history``: who changed what, when and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import console

if TYPE_CHECKING:
    from api.curate import History
    from graph.journal import Entry


@click.command("history", short_help="Who changed which tables, when and why.")
@click.option("--release", "home", metavar="HOME", required=True, type=click.Path(path_type=Path),
              help="the home of releases")  # fmt: skip
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def command(home: Path, form: str) -> int:
    """Every table proposed, approved and rolled back in HOME, oldest first, with the release before and after.

    Builds are in it from the first table on. A line that was damaged, edited or cut off is an error.
    """
    from api.curate import history

    found = history(home)
    if form == "json":
        import msgspec

        states = [{"proposal": id, "state": state} for id, state in found.states.items()]
        told = {"release": found.current, "entries": found.entries, "proposals": states}
        console.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")
    else:
        for line in _lines(found, home):
            click.echo(line)
    if found.pending is not None:
        console.say(
            f"line {found.pending.number} did not come about: {home} uses release {found.current[:12]}; do it again"
        )
        return 4
    return 0


def _lines(found: History, home: Path) -> Iterator[str]:
    for entry in found.entries:
        yield from _entry(entry)
    waiting = [id for id, state in found.states.items() if state == "open"]
    if not found.entries:
        yield "no table was loaded here"
    yield f"in use: {found.current[:12]}" + (f"; to be approved: {', '.join(waiting)}" if waiting else "")


def _entry(entry: Entry) -> Iterator[str]:
    from api.cli.guideline import told
    from api.render import words

    proposal = f" {entry.proposal}" if entry.proposal else ""
    by = f" by {words.clean(entry.by)}" if entry.by else ""
    alone = ", alone" if entry.alone else ""
    yield f"{entry.at}  {entry.did:<11}{proposal}{by}{alone}" + (f": {words.clean(entry.why)}" if entry.why else "")
    if entry.did in ("proposed", "rebased"):
        rules = told.counted(entry.added, entry.changed, entry.removed)
        yield f"{'':20}  {', '.join(entry.tables)}: {rules}; {entry.before[:12]} -> {entry.after[:12]}"
    elif entry.before != entry.after:
        yield f"{'':20}  {entry.before[:12] or 'no valid release'} -> {entry.after[:12]}"
