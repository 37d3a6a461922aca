"""``clew guideline diff``: which rules differ, and whose answers."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import console
from api.cli.options import open_given, release_option


@click.command("diff", short_help="Which rules differ, and which patients' answers.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@release_option("a home of releases, or one release, that the tables are put into (default: the starter pack)")
@click.option("--cases", metavar="PATH", type=click.Path(path_type=Path),
              help="patients of your own: a profile, a cohort (.jsonl), or a folder of them")  # fmt: skip
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def command(old: str, new: str | None, release_path: Path | None, cases: Path | None, form: str) -> None:
    """Compare two states of a guideline: rules added, changed and removed, and the reference patients whose answer
    changes, old beside new.

    OLD and NEW are tables, or published guidelines as NAME=PATH (cpic, hivdb, moalmanac, tables). OLD alone is
    compared with what the release holds of that table.

    \b
    clew guideline diff house-vetoes.csv --release releases
    clew guideline diff hivdb=HIVDB_9.4.xml hivdb=HIVDB_10.2.xml
    """
    from api import reference
    from api.tablediff import difference

    profiles = reference.read(cases)
    with console.progress() as report, open_given(release_path, report) as base:
        found = difference(base, old, new, profiles, report)
    if form == "json":
        import msgspec

        console.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
        return
    from api.cli.guideline import told

    click.echo(f"{found.old} -> {found.new}: {told.counts(found.rules)}")
    for line in told.rules(found.rules):
        click.echo(line)
    for line in told.effects(found.effects, found.asked):
        click.echo(line)
