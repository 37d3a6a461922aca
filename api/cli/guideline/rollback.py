"""``clew guideline rollback``: use the release before the current one again."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import console


@click.command("rollback", short_help="Go back to the release before the current one.")
@click.argument("home", metavar="HOME", type=click.Path(path_type=Path))
def command(home: Path) -> None:
    """Make the earlier release of HOME the current one, once it has been verified. Nothing is deleted."""
    from graph.release import rollback

    release = rollback(home)
    click.echo(release.digest)
    console.say(f"{home} uses release {release.digest[:12]} again")
