"""``clew export``: a release in other systems' formats."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from api.cli import console
from api.cli.options import open_given, release_option


@click.command("export", short_help="Write a release as KGX, RDF or neo4j-admin CSV.")
@click.argument("form", metavar="kgx|rdf|neo4j", type=click.Choice(("kgx", "rdf", "neo4j")))
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@release_option()
def command(form: str, out: Path, release_path: Path | None) -> None:
    """Write a release to the folder OUT.

    \b
    kgx    nodes and edges as KGX TSV, with Biolink classes and predicates
    rdf    one named graph a source, with its licence
    neo4j  the CSV files of `neo4j-admin database import`
    """
    write = importlib.import_module(f"graph.export.{form}").write
    with console.progress() as report, open_given(release_path, report) as release:
        report(f"writing {form}", 0, None)
        write(release, out)
    console.say(f"release {release.digest[:12]} written to {out}")
