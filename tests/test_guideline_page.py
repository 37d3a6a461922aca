"""The page on guideline tables says what the tables are, and its example comes out as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.recommend import Engine
from graph.answer import Option
from graph.patient import Biomarker, Context, Disease, Profile
from ingest import build
from ingest.guidelines import sidecar

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "guideline-tables.md").read_text(encoding="utf-8")
KINDS = ("labels", "vetoes", "pharmacogenes", "oncogenic")


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_of_every_table_is_described_with_whether_it_is_needed(kind: str) -> None:
    section = re.split(rf"^### {kind}:", PAGE, flags=re.MULTILINE)[1].split("\n#")[0]
    described = dict(re.findall(r"^\| `(\w+)` \| ([*+-]) \|", section, re.MULTILINE))
    marks = {c.name: ("+" if c.may_be_empty else "*") if c.required else "-" for c in sidecar.form(kind).columns}
    assert described == marks


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Option]:
    folder = tmp_path_factory.mktemp("house")
    tables = []
    for name, text in zip(
        re.findall(r"`(house-\w+\.csv)`:", PAGE), re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL), strict=True
    ):
        tables.append(folder / name)
        tables[-1].write_text(text, encoding="utf-8")
    release = build.build(folder / "home", guidelines=tables)
    summary = release.file("reports/summary.tsv").read_text().splitlines()
    assert [line.split("\t")[6] for line in summary if line.startswith("table-")] == ["0", "0"]
    patient = Profile(
        id="P1", disease=Disease(name="Melanoma", state="metastatic"), context=Context(age_years=54),
        biomarkers=(Biomarker(type="snv", gene="BRAF", hgvs_p="p.V600E"),),
    )  # fmt: skip
    return {o.therapy: o for o in Engine(release).recommend(patient).options if o.direction == "sensitive"}


EXAMPLE = re.findall(r"^\| ([A-Z][\w +]+?) \| (recommended|excluded)", PAGE, re.MULTILINE)


def test_the_example_has_its_four_therapies() -> None:
    assert len(EXAMPLE) == 4


@pytest.mark.parametrize(("therapy", "status"), EXAMPLE)
def test_the_example_comes_out_as_the_page_says(
    therapy: str, status: str, options: dict[tuple[str, ...], Option]
) -> None:
    assert options[tuple(therapy.split(" + "))].status == status


def test_a_veto_below_a_guideline_is_listed_against_and_an_answered_one_stays_visible(
    options: dict[tuple[str, ...], Option],
) -> None:
    against = {a.id for a in options[("Trametinib",)].against}
    assert "guideline:house-vetoes:trametinib-alone" in against | {r.id for r in options[("Trametinib",)].rules}
    assert "guideline:house-vetoes:vemurafenib-doubt" in {a.id for a in options[("Vemurafenib",)].against}
    assert "guideline:house-vetoes:trametinib-alone" in options[("Dabrafenib", "Trametinib")].defeated_by
