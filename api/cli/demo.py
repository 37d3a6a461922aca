"""``clew demo``: real cases on the starter pack, with nothing to download."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import click

from api.cli import console
from api.cli.options import open_given


@click.command("demo", short_help="Three real cases on the starter pack.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), default=Path("demo.html"), show_default=True)
def command(out: Path) -> None:
    """A colon tumour from its VCF, an exclusion, and a case that waits for a test: as text, and as a page in FILE."""
    from api.recommend import Engine
    from api.render import html, text
    from ingest import patients

    width, height = console.size()
    with (
        console.progress() as report,
        open_given(None, report) as release,
        as_file(files("ingest.starter") / "demo") as folder,
    ):
        engine = Engine(release)
        report("reading the cases", 0, None)
        profiles = [
            *patients.read([folder / "colon.grch38.vcf.gz"], assembly="GRCh38", disease="Colon Adenocarcinoma"),
            *patients.read([folder / "cases.jsonl"]),
        ]
        answers = [engine.recommend(profile) for profile in profiles]
    for answer in answers:
        console.write_lines([*text.render(answer, width=width, height=min(height, 32)), []])
    out.write_bytes(html.page(answers))
    console.say(f"the same as a page: {out}")
