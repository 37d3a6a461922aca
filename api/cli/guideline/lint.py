"""``clew guideline lint``: what is wrong with tables, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click

from api.cli import console
from api.cli.options import open_given, release_option
from graph.errors import UsageError


@click.command("lint", short_help="Say what is wrong with tables, each contradiction with a patient.")
@click.argument("tables", metavar="[TABLE | NAME=PATH]...", nargs=-1)
@release_option("where genes, diseases and rows are looked up (default: the starter pack); alone: lint all its rows")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True,
    help="text for people, json or sarif (2.1.0) for programs",
)  # fmt: skip
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="the day on which reviews are due")
@click.option(
    "--severity", type=click.Choice(["error", "warning", "note"]), default="note", show_default=True,
    help="the least grave fault that is told and counts",
)  # fmt: skip
def command(tables: Sequence[str], release_path: Path | None, form: str, today: datetime | None, severity: str) -> int:
    """Lint TABLEs together: files with their sidecars, folders, or published guidelines as NAME=PATH.

    Ends with 0 when nothing but notes is found, 4 when there are warnings, 3 when there are errors.

    \b
    clew guideline lint house-dosing.csv house-vetoes.csv
    clew guideline lint cpic=cpic_dpwg_guidelines.json.gz --severity warning
    """
    from api.lint import check_given, check_release, least, meanings
    from api.render import lint

    if not tables and release_path is None:
        raise UsageError("name a table, or a release with --release")
    day = today.date() if today is not None else date.today()
    with console.progress() as report, open_given(release_path, report) as release:
        outcome = check_given(tables, release, day) if tables else check_release(release, day)
    outcome = least(outcome, severity)
    if form == "sarif":
        click.echo(lint.sarif(outcome, meanings()), nl=False)
    else:
        click.echo(lint.json(outcome) if form == "json" else lint.text(outcome), nl=False)
    console.say(lint.summary(outcome))
    standing = {fault.severity for fault in outcome.faults if fault.suppressed is None}
    return 3 if "error" in standing else 4 if "warning" in standing else 0
