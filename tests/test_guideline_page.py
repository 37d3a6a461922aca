"""The page on guideline tables says what the tables are, and its examples come out as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from api.recommend import Engine
from graph.answer import Option, Recommendation
from graph.patient import Biomarker, Context, Disease, Profile, Quantity
from graph.release import Release
from ingest import build, guidelines
from ingest.guidelines import fields, sidecar, starting
from ingest.guidelines.facts import Diseases, diseases
from rules.table import Column, TableSpec

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "guideline-tables.md").read_text(encoding="utf-8")
KINDS = ("labels", "vetoes", "pharmacogenes", "oncogenic")
FILES = dict(re.findall(r"`(house-[\w-]+\.(?:csv|toml))`:\n\n```(?:csv|toml)\n(.*?)```", PAGE, re.DOTALL))


def _section(title: str) -> str:
    return re.split(rf"^#+ {title}", PAGE, flags=re.MULTILINE)[1].split("\n#")[0]


def _listed(section: str) -> list[str]:
    """What the first column of a section's table names."""
    cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([\w.-]+)`", cell)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_of_every_table_is_described_with_whether_it_is_needed(kind: str) -> None:
    described = dict(re.findall(r"^\| `(\w+)` \| ([*+-]) \|", _section(f"{kind}:"), re.MULTILINE))
    marks = {c.name: ("+" if c.may_be_empty else "*") if c.required else "-" for c in sidecar.form(kind).columns}
    assert described == marks


def test_every_field_fact_and_key_is_described() -> None:
    assert _listed(_section("Fields").split("\n\n")[1]) == list(fields.fields())
    said = _listed(_section("Facts"))
    assert {name.partition(".")[0] for name in said} == set(fields.facts())
    table, columns = (_listed(part) for part in _section("The sidecar").split('`[columns."Header"]`'))
    assert set(table) == set(TableSpec.__struct_fields__) - {"columns", "suppress"}
    assert set(columns) == set(Column.__struct_fields__) - {"name"}
    assert all(f"`{kind}`" in PAGE.split("## An example")[0] for kind in starting.KINDS)


def test_the_cells_of_the_page_are_cells(tmp_path: Path) -> None:
    section = _section("Facts")
    examples = dict(re.findall(r"^\| `([\w.-]+)` \| (.*) \|$", section, re.MULTILINE))
    assert diseases("is_a DOID:162; !is_a DOID:1909") == Diseases(("DOID:162",), ("DOID:1909",))
    for fact in ("gene.KRAS", "marker.PD-L1", "germline_pgx.DPYD", "disease", "biomarker"):
        name = "marker.MSI" if "MSI-H" in examples[fact] and fact.startswith("marker") else fact
        for cell in re.findall(r"`([^`]+)`", examples[fact].replace("\\|", "|")):
            if cell in ("AND", "OR", "NOT", "unit", "scheme"):
                continue
            at = name if cell == "MSI-H" else fact
            (tmp_path / "t.toml").write_text(f'[table]\n[columns.x]\nfact = "{at}"\n' + (
                'scheme = "TPS"\n' if at == "marker.PD-L1" else ""
            ), encoding="utf-8")  # fmt: skip
            (tmp_path / "t.csv").write_text(
                f'id,kind,drugs,reason,x\nr1,exclude,Gefitinib,A sentence.,"{cell}"\n', encoding="utf-8"
            )
            assert guidelines.read_table(tmp_path / "t.csv").rows, cell


# -- the examples ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("house")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    built = build.build(folder / "home", guidelines=[folder / name for name in FILES if name.endswith(".csv")])
    summary = built.file("reports/summary.tsv").read_text().splitlines()
    assert [line.split("\t")[6] for line in summary if line.startswith("table-")] == ["0", "0", "0"]
    return built


@pytest.fixture(scope="module")
def engine(release: Release) -> Engine:
    return Engine(release)


def _sensitive(answer: Recommendation) -> dict[tuple[str, ...], Option]:
    return {o.therapy: o for o in answer.options if o.direction == "sensitive"}


def test_the_page_has_three_tables_one_with_a_sidecar() -> None:
    assert sorted(FILES) == ["house-board.csv", "house-board.toml", "house-labels.csv", "house-vetoes.csv"]


BOARD = re.findall(r"^\| `(.*?)` \| (\d) \| (\w+) \| (\w+|-) \| (\w+) \| (yes|no) \|", PAGE, re.MULTILINE)


def test_the_board_has_its_five_patients() -> None:
    assert len(BOARD) == 5


@pytest.mark.parametrize(("clearance", "ecog", "alone", "gentle", "cisplatin", "dose"), BOARD)
def test_the_board_comes_out_as_the_page_says(
    clearance: str, ecog: str, alone: str, gentle: str, cisplatin: str, dose: str, engine: Engine
) -> None:
    block = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    patient = msgspec.json.decode(block[1], type=Profile)
    measured = None if clearance == "left out" else msgspec.convert(json.loads(clearance), float | Quantity)
    facts = {"ecog": int(ecog)} | ({} if measured is None else {"creatinine_clearance": measured})
    context = msgspec.structs.replace(patient.context, facts=facts)
    answer = engine.recommend(msgspec.structs.replace(patient, context=context))
    options = _sensitive(answer)
    assert options[("Pembrolizumab",)].status == alone
    assert (options[("Gemcitabine",)].status if ("Gemcitabine",) in options else "-") == gentle
    assert options[("Cisplatin", "Pembrolizumab", "Pemetrexed")].status == cisplatin
    assert any(g.drug == "Carboplatin" and g.guideline == "house-board" for g in answer.guidance) is (dose == "yes")
    unusable = [w for w in answer.warnings if "counts as not known" in w]
    assert bool(unusable) is (cisplatin == "needs_check" and measured is not None)


@pytest.fixture(scope="module")
def options(engine: Engine) -> dict[tuple[str, ...], Option]:
    patient = Profile(
        id="P1", disease=Disease(name="Melanoma", state="metastatic"), context=Context(age_years=54),
        biomarkers=(Biomarker(type="snv", gene="BRAF", hgvs_p="p.V600E"),),
    )  # fmt: skip
    return _sensitive(engine.recommend(patient))


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


@pytest.mark.parametrize(
    ("pregnant", "ecog", "status"),
    [("no", 1, "recommended"), (False, "1", "recommended"), ("YES ", 1, "excluded"), ("no", 3, "excluded"),
     ("unknown", 1, "needs_check"), ("possibly", 1, "needs_check"), ("y", 1, "needs_check"),
     ("no", "PS 3", "needs_check"), ("no", "3-4", "needs_check"), ("no", 5, "needs_check")],
)  # fmt: skip
def test_a_word_that_is_not_understood_clears_no_exclusion(
    pregnant: str | bool, ecog: str | int, status: str, guarded: Engine
) -> None:
    patient = Profile(
        id="P1", disease=Disease(name="Melanoma", state="metastatic"),
        biomarkers=(Biomarker(type="snv", gene="BRAF", hgvs_p="p.V600E"),),
        context=Context(age_years=54, facts={"pregnant": pregnant, "ecog": ecog}),
    )  # fmt: skip
    answer = guarded.recommend(patient)
    assert _sensitive(answer)[("Dabrafenib", "Trametinib")].status == status
    assert any("the values are" in w for w in answer.warnings) is (status == "needs_check")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "guarded.csv").write_text(
        "id,kind,drugs,Pregnant,ECOG,sources,reason\n"
        "pregnant,exclude,Trametinib,yes,,board:1,Not in pregnancy.\nfrail,exclude,Trametinib,,3|4,board:2,Not so.\n",
        encoding="utf-8",
    )
    (folder / "guarded.toml").write_text(
        '[columns.Pregnant]\nfact = "facts.pregnant"\nvalues = ["yes", "no"]\n'
        '[columns.ECOG]\nfact = "facts.ecog"\nvalues = ["0", "1", "2", "3", "4"]\n',
        encoding="utf-8",
    )
    return Engine(build.build(folder / "home", guidelines=[folder / "guarded.csv"]))
