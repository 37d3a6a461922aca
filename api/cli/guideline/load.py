"""``clew guideline load``: tables into a release that waits for a second person."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import console


@click.command("load", short_help="Propose a release with tables added, replaced or removed.")
@click.argument("tables", metavar="[TABLE]...", nargs=-1)
@click.option("--release", "home", metavar="HOME", required=True, type=click.Path(path_type=Path),
              help="the home of releases that the tables are for")  # fmt: skip
@click.option("--by", metavar="NAME", required=True, help="who loads")
@click.option("--why", metavar="TEXT", required=True, help="the reason, for the history")
@click.option("--remove", metavar="TABLE", multiple=True, help="a table that the release is to hold no longer")
@click.option("--cases", metavar="PATH", type=click.Path(path_type=Path),
              help="patients of your own to compare answers for, as in diff")  # fmt: skip
def command(tables: tuple[str, ...], home: Path, by: str, why: str, remove: tuple[str, ...], cases: Path | None) -> int:
    """Build the release that HOME uses with each TABLE added, or in the place of the table of the same file name.

    It is a proposal until somebody else approves it: HOME goes on using its release. A TABLE is a file or folder of
    yours, or a published guideline as NAME=PATH (cpic, hivdb). An error that lint finds stops it.

    \b
    clew guideline load house-vetoes.csv --release releases --by 'Ana Ruiz' --why 'board of 3 March'
    clew guideline approve 3f2a91c0 --release releases --by 'Jon Berg'
    """
    from api import reference
    from api.cli.guideline import told
    from api.curate import FaultyTableError, load
    from api.render import lint
    from graph.release import open_release

    profiles = reference.read(cases)
    with console.progress() as report:
        try:
            found = load(home, tables, by=by, why=why, remove=remove, progress=report)
        except FaultyTableError as error:
            click.echo(lint.text(error.outcome), nl=False, err=True)
            raise
        proposal = found.proposal
        with open_release(home) as before, open_release(home / proposal.release[:12]) as after:
            effects = reference.effects(before, after, profiles, report)
    for item in found.warnings:
        console.say(f"warning: {told.warning(item)}")
    click.echo(f"proposal {proposal.id}: {told.counts(found.changes)}")
    for line in (*told.rules(found.changes), *told.effects(effects, len(profiles))):
        click.echo(line)
    console.say(
        f"{home} goes on using release {proposal.base[:12]}; try the proposal: --release {home}/{proposal.release[:12]}"
    )
    console.say(f"to take it into use, somebody else: clew guideline approve {proposal.id} --release {home} --by NAME")
    return 4 if found.warnings else 0
