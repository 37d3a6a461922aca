"""``clew build``: a release from sources."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import console
from api.cli.options import holdings
from graph.errors import ReleaseError, UsageError

if TYPE_CHECKING:
    from graph.release import Release

FATES = ("read", "loaded", "merged", "quarantined", "skipped", "warnings")


class _Build(click.Command):
    """Its help ends with the sources, which are imported only then."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from ingest.sources import DESCRIBED

        with formatter.section("Sources"):
            formatter.write_dl(sorted(DESCRIBED.items()))


@click.command("build", cls=_Build, short_help="Make a release from sources.")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--source", "sources", metavar="NAME[=PATH]", multiple=True, help="a source, as a file or folder as published"
)
@click.option(
    "--guidelines",
    metavar="PATH",
    multiple=True,
    type=click.Path(path_type=Path),
    help="tables of yours, see docs/guideline-tables.md",
)
@click.option("--no-guidelines", is_flag=True, help="leave out our own guideline tables as well")
def command(out: Path, sources: Sequence[str], guidelines: Sequence[Path], no_guidelines: bool) -> int:
    """Build a release into the home OUT and make it the current one.

    Without --source it is the starter pack. A NAME may be given twice; a NAME without PATH fetches the published file.
    The digest goes to standard output.

    \b
    clew build releases --source civic=civic/ --source do=DO_cancer_slim.obo.gz --source oncotree=oncotree.json
    """
    from ingest.build import build

    if no_guidelines and guidelines:
        raise UsageError("--guidelines and --no-guidelines contradict each other")
    named = [_source(given) for given in sources]
    held = _guidelines(out)
    with console.progress() as report:
        release = build(out, named, guidelines=list(guidelines), own_tables=not no_guidelines, progress=report)
    with release:
        warned = _summary(release, out)
        now = {source.name for source in release.manifest.sources}
    if lost := [name for name in held if name not in now]:
        warned = True
        console.say(f"warning: the release that {out} used before holds {', '.join(lost)}, and this one does not")
    click.echo(release.digest)
    return 4 if warned else 0


def _guidelines(home: Path) -> list[str]:
    """The tables and published guidelines of the release that a home uses; none where it has no valid one."""
    from graph.release import open_release
    from ingest.amend import GUIDELINES

    try:
        with open_release(home) as release:
            names = [source.name for source in release.manifest.sources]
    except ReleaseError:
        return []
    return [name for name in names if name.startswith("table-") or name in GUIDELINES]


def _source(given: str) -> tuple[str, Path | None]:
    name, equals, path = given.partition("=")
    if equals and not path.strip():
        raise UsageError(f"--source {given!r} names no path: NAME=PATH, or NAME alone to fetch the published file")
    return name.strip(), Path(path) if path else None


def _summary(release: Release, out: Path) -> bool:
    """Say what is in the release and what became of each source's rows; whether a source gave a warning."""
    console.say(f"{out}: release {release.digest[:12]} holds {holdings(release.manifest)}")
    with release.file("reports/summary.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    for row in rows:
        fates = ", ".join(f"{int(row[fate]):,} {fate}" for fate in FATES if int(row[fate]))
        console.say(f"  {row['source']:<12} {fates or 'nothing read'}")
    warned = any(int(row["warnings"]) for row in rows)
    if any(int(row[fate]) for row in rows for fate in FATES[3:]):
        console.say(f"  each row that was set aside, with the reason: {release.path / 'reports'}")
    return warned
