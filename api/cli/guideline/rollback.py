"""``clew guideline rollback``: use the release before the current one again."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import console
from graph.errors import UsageError


@click.command("rollback", short_help="Go back to the release before the current one.")
@click.argument("given", metavar="[HOME]", required=False, type=click.Path(path_type=Path))
@click.option("--release", "home", metavar="HOME", type=click.Path(path_type=Path), help="the home of releases")
@click.option("--by", metavar="NAME", help="who goes back; needed in a home that tables were loaded into")
@click.option("--why", metavar="TEXT", help="the reason, for the history; needed with --by")
def command(given: Path | None, home: Path | None, by: str | None, why: str | None) -> None:
    """Make the earlier release of HOME the current one, once it has been verified. Nothing is deleted."""
    from api import curate
    from graph import release as releases

    if (given is None) == (home is None):
        raise UsageError("one home is needed: clew guideline rollback --release HOME --by NAME --why TEXT")
    place = given or home
    assert place is not None
    if by is not None or why is not None or curate.is_curated(place):
        if by is None or why is None:
            raise UsageError(f"{place} keeps a history: say who goes back and why, with --by NAME --why TEXT")
        release = curate.rollback(place, by=by, why=why)
    else:
        release = releases.rollback(place)
    click.echo(release.digest)
    console.say(f"{place} uses release {release.digest[:12]} again")
