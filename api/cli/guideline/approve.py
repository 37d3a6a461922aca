"""``clew guideline approve``: take a proposed release into use."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import console


@click.command("approve", short_help="Take a proposed release into use, as a second person.")
@click.argument("proposal", metavar="ID")
@click.option("--release", "home", metavar="HOME", required=True, type=click.Path(path_type=Path),
              help="the home that the proposal is in")  # fmt: skip
@click.option("--by", metavar="NAME", required=True, help="who approves: not who loaded")
def command(proposal: str, home: Path, by: str) -> int:
    """Take the proposal ID, as `clew guideline load` named it, into use.

    If HOME uses another release by now, nothing is approved: the tables are put into that one, as a proposal with
    another ID to be looked at and approved, and the command leaves with 4.
    """
    from api.cli.guideline import told
    from api.curate import Approved, approve

    with console.progress() as report:
        done = approve(home, proposal, by=by, progress=report)
    if isinstance(done, Approved):
        click.echo(done.release.digest)
        alone = ", alone" if done.alone else ""
        console.say(
            f"{home} uses release {done.release.digest[:12]}, proposed by {done.proposal.by}, approved by {by}{alone}"
        )
        return 0
    new = done.proposal
    click.echo(f"proposal {new.id}: {told.counts(done.changes)}")
    for line in told.rules(done.changes):
        click.echo(line)
    console.say(f"not approved: {home} uses release {new.base[:12]} by now, and {proposal} was made from another one")
    console.say(f"the same tables in that release: clew guideline approve {new.id} --release {home} --by NAME")
    return 4
