"""``clew guideline new``: a table to start from, with its sidecar."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import console


class _New(click.Command):
    """Its help ends with the kinds of tables, which are imported only then."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from ingest.guidelines.starting import KINDS

        with formatter.section("Kinds"):
            formatter.write_dl(list(KINDS.items()))


@click.command("new", cls=_New, short_help="Write a table to start from, with its sidecar.")
@click.argument("name", metavar="NAME", type=click.Path(path_type=Path))
@click.option("--kind", metavar="KIND", default="vetoes", show_default=True, help="what its rows do, see below")
def command(name: Path, kind: str) -> None:
    """Write NAME.csv with example rows and NAME.toml, which says what each column is.

    Both load as they are: the example rows are drafts, which never hold. Nothing is overwritten.

    \b
    clew guideline new house-dosing --kind dosing
    """
    from ingest.guidelines.starting import write

    table, sidecar = write(kind, name)
    click.echo(str(table))
    click.echo(str(sidecar))
    console.say(f"next: write your rows, then clew guideline lint {table}")
