"""What a line of a guideline table becomes: rows and statements with the conditions that its cells state, no other."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from world import SmallTaxonomy, ask, found, wild

from graph.claims import All, Any, Condition, DiseaseScope, Expression, Is, Level, Not, Step, criteria, phrase
from graph.describe import describe
from graph.errors import DataError
from graph.patient import Context, Disease, Finding, Profile, Test, Unread
from ingest import guidelines
from ingest.guidelines import fields
from rules import facts as patient_facts
from rules.diseases import diagnose, fit
from rules.match import Matcher, Reading, settled_words
from rules.policy import entails
from rules.table import Table

BASE = {"id": "r1", "kind": "exclude", "drugs": "Gefitinib", "reason": "A sentence."}


def _written(folder: Path, rows: list[dict[str, str]], sidecar: str = "") -> Path:
    path = folder / "house.csv"
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    table = "" if "[table]" in sidecar else '[table]\nguideline = "house"\n'
    path.with_suffix(".toml").write_text(table + sidecar, encoding="utf-8")
    return path


def _table(folder: Path, *rows: dict[str, str], sidecar: str = "") -> Table:
    return guidelines.read_table(_written(folder, [BASE | row for row in rows], sidecar))


def _profile(folder: Path, fact: str, cell: str, more: str = "") -> Expression:
    sidecar = f'[columns.asked]\nfact = "{fact}"\n{more}'
    profile = _table(folder, {"asked": cell}, sidecar=sidecar).rows[0].row.profile
    assert profile is not None
    return profile


# -- fields ----------------------------------------------------------------------------------------------------------


def test_every_field_of_a_row_can_be_said_in_a_cell(tmp_path: Path) -> None:
    row = {
        "id": "r7", "guideline": "other", "publisher": "The board", "version": "3", "jurisdiction": "de",
        "effective_from": "2024-01-01", "effective_to": "2025-01-01", "supersedes": "r3", "status": "retired",
        "kind": "dose", "if_unknown": "caution", "therapy": "Cisplatin|Carboplatin", "action": "half the dose",
        "strength": "B", "evidence_scheme": "cpic", "level": "Strong", "url": "https://example.org",
        "locator": "table 1", "text": "Their words.", "reason": "A sentence.", "sources": "PMID:1|PMID:2",
        "hit_policy": "UNIQUE", "priority": "4", "curator": "A", "reviewer": "B", "reviewed_on": "2024-02-01",
        "biomarker": "EGFR T790M",
        "disease": "Melanoma", "disease_ids": "DOID:1909", "excluded_ids": "DOID:6039", "age_years": ">=18",
    }  # fmt: skip
    made = guidelines.read_table(_written(tmp_path, [row])).rows[0].row
    assert made.id == "guideline:other:r7"
    assert (made.guideline, made.publisher, made.version, made.jurisdiction) == ("other", "The board", "3", "de")
    assert (made.effective_from, made.effective_to) == ("2024-01-01", "2025-01-01")
    assert (made.supersedes, made.status, made.kind, made.if_unknown) == (
        "guideline:other:r3", "retired", "dose", "caution",
    )  # fmt: skip
    assert (made.drugs, made.action, made.strength) == (("Cisplatin", "Carboplatin"), "half the dose", "B")
    assert (made.level, made.url, made.locator) == (
        Level(scheme="cpic", value="Strong"), "https://example.org", "table 1",
    )  # fmt: skip
    assert (made.text, made.reason, made.sources) == ("Their words.", "A sentence.", ("PMID:1", "PMID:2"))
    assert (made.hit_policy, made.priority) == ("UNIQUE", 4)
    assert (made.curator, made.reviewer, made.reviewed_on) == ("A", "B", "2024-02-01")
    assert made.disease == DiseaseScope(name="Melanoma", ids=("DOID:1909",), excluded=("DOID:6039",))
    assert made.settings == (Condition(fact="age_years", cell=">=18"),)
    assert made.because is None


def test_what_the_sidecar_says_holds_where_a_row_does_not_speak(tmp_path: Path) -> None:
    sidecar = (
        '[table]\nguideline = "g"\ntitle = "G"\nversion = "1"\npublisher = "P"\neffective_from = "2024-01-01"\n'
        'hit_policy = "UNIQUE"\npriority = 2\n[table.defaults]\nif_unknown = "caution"\nlevel = "IA"\n'
    )
    rows = _table(tmp_path, {"version": ""}, {"id": "r2", "version": "2", "if_unknown": "needs_check"}, sidecar=sidecar)
    first, second = (line.row for line in rows.rows)
    assert (first.version, first.publisher, first.if_unknown, first.hit_policy, first.priority) == (
        "1", "P", "caution", "UNIQUE", 2,
    )  # fmt: skip
    assert first.level == Level(scheme="P", value="IA")
    assert (first.title, first.effective_from) == ("G", "2024-01-01")
    assert (second.version, second.if_unknown) == ("2", "needs_check")


def test_points_add_up_to_levels(tmp_path: Path) -> None:
    scale = "Susceptible [S]=..9|Low-level resistance [I]=10..29|High=30.."
    start = {"kind": "score", "points": "0", "scale": scale}
    table = _table(tmp_path, start, {"id": "r2", "kind": "score", "points": "-7.5", "points_group": "g"})
    assert table.rows[0].row.scale == (
        Step(high=9, level="Susceptible", code="S"),
        Step(low=10, high=29, level="Low-level resistance", code="I"),
        Step(low=30, level="High"),
    )
    assert (table.rows[1].row.points, table.rows[1].row.points_group) == (-7.5, "g")


def test_a_recommendation_is_a_statement_too(tmp_path: Path) -> None:
    row = {
        "kind": "recommend", "drugs": "Trametinib + Dabrafenib", "biomarker": "BRAF V600E", "disease": "Melanoma",
        "age_years": ">=18", "effective_from": "2024-01-01", "level": "IA", "url": "https://example.org",
    }  # fmt: skip
    path = _written(tmp_path, [BASE | row])
    harvest = guidelines.read(path)
    (made,), (said,) = harvest.rows, harvest.statements
    assert (said.id, said.record, said.row) == (
        "guideline:house:r1/statement", "guideline:house:r1", "guideline:house:r1",
    )  # fmt: skip
    assert (said.kind, said.strength, said.direction, said.agency) == ("guideline", "guideline", "sensitive", None)
    assert said.therapy == made.drugs == ("Dabrafenib", "Trametinib")
    assert (said.profile, said.disease, said.settings) == (made.profile, made.disease, made.settings)
    assert (said.date, said.level, said.url) == ("2024-01-01", Level(scheme="house", value="IA"), "https://example.org")
    assert said.settings_stated
    assert harvest.report.places["guideline:house:r1"] == ("house.csv", 2)


def test_a_label_is_a_row_of_its_agency_with_what_the_table_says_of_it(tmp_path: Path) -> None:
    row = {
        "id": "a1", "kind": "recommend", "strength": "label", "agency": "FDA", "drugs": "Dabrafenib",
        "biomarker": "BRAF V600E", "disease": "Melanoma", "date": "2013-05-29", "reviewer": "B", "status": "retired",
        "also": "resected", "reason": "",
    }  # fmt: skip
    harvest = guidelines.read(_written(tmp_path, [BASE | row]))
    (made,), (said,) = harvest.rows, harvest.statements
    assert (said.id, said.kind, said.agency, said.date) == ("label:house.a1", "label", "fda", "2013-05-29")
    assert not said.settings_stated, "what no column holds is for a person to check"
    assert said.row == made.id == "guideline:fda-labels:label:house.a1"
    assert (made.jurisdiction, made.effective_from, made.strength) == ("fda", "2013-05-29", "label")
    assert (made.status, made.reviewer) == ("retired", "B")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": ""}, "column 'id': this cell must not be empty"),
        ({"guideline": "a:b"}, "column 'guideline': a guideline has a name without a colon: 'a:b'"),
        ({"kind": "exlude"}, "column 'kind': one of recommend, exclude, require, caution, dose, score is expected: "
                             "'exlude' (did you mean exclude?)"),
        ({"kind": ""}, "column 'kind': one of recommend"),
        ({"status": "live"}, "column 'status': one of active, draft, retired is expected: 'live'"),
        ({"because": "toxic"}, "column 'because': one of contraindicated, resistance, toxicity is expected"),
        ({"kind": "dose", "action": "x", "because": "toxicity"}, "column 'because': only a row that limits says why"),
        ({"kind": "dose"}, "column 'action': a dose row says what to do"),
        ({"kind": "score"}, "column 'points': a score row adds points"),
        ({"points": "3"}, "column 'points': only a score row adds points: '3'"),
        ({"kind": "score", "points": "3 points"}, "column 'points': a number is expected: '3 points'"),
        ({"kind": "score", "points": "nan"}, "column 'points': a number is expected: 'nan'"),
        ({"kind": "score", "points": "1" * 400}, "column 'points': a number is expected"),
        ({"kind": "score", "points": "0", "scale": "Low 0-9"}, "'scale': a level is written Susceptible [S]=..9"),
        ({"kind": "score", "points": "0", "scale": f"Low=..{'9' * 400}"}, "column 'scale': no points are that many"),
        ({"kind": "score", "points": "0", "scale": "Low=9..0"}, "column 'scale': the interval is empty: 'Low=9..0'"),
        ({"priority": "1.5"}, "column 'priority': a whole number is expected: '1.5'"),
        ({"effective_from": "1.1.2024"}, "column 'effective_from': this is no date like 2024-05-31: '1.1.2024'"),
        ({"effective_to": "2024-02-30"}, "column 'effective_to': this is no date like"),
        ({"reviewed_on": "20240101"}, "column 'reviewed_on': this is no date like"),
        ({"reason": ""}, "column 'reason': this cell must not be empty"),
        ({"sources": "PMID:1||PMID:2"}, "column 'sources': one of the values is empty"),
        ({"drugs": "", "drug_class": "Thiopurin"}, "no drug is of this class: 'Thiopurin' (did you mean Thiopurine?)"),
        ({"kind": "recommend", "drugs": "", "drug_class": "Thiopurine"}, "a class is not given as one therapy"),
        ({"kind": "recommend"}, "column 'drugs': a recommendation says for whom"),
        ({"kind": "recommend", "strength": "label", "disease": "Melanoma"}, "'agency': a label is an agency's"),
        ({"accepts_unknown": "true", "kind": "recommend", "disease": "Melanoma"}, "yes or no is expected: 'true'"),
        ({"disease_ids": "1909"}, "column 'disease_ids': this is no identifier like DOID:1909: '1909'"),
        ({"agnostic": "solid", "disease_ids": "DOID:1909"}, "a row for any tumour names no disease"),
        ({"biomarker": "BRAF V600E AND"}, "column 'biomarker': a biomarker is missing in the expression"),
        ({"biomarker": "BRAF V6OOE"}, "column 'biomarker': this biomarker is not understood"),
        ({"gene.KRAS": "G12c!"}, "column 'gene.KRAS': "),
        ({"gene.KRAS": ">=2"}, "column 'gene.KRAS': this fact is no number: '>=2'"),
        ({"gene.KRAS": "wildtpye"}, "this is nothing that KRAS can have: 'wildtpye'"),
        ({"gene.KRAS": "mutaton"}, "this is nothing that KRAS can have: 'mutaton' (did you mean mutation?)"),
        ({"gene.KRAS": "is_a DOID:1"}, "is_a is for diseases alone"),
        ({"marker.PD-L1": ">=50"}, "a number needs a unit or a score: declare unit or scheme for this column"),
        ({"marker.PD-L1": "G12C"}, "this is nothing that PD-L1 can be: 'G12C'"),
        ({"marker.PD-L1": "positve"}, "this is nothing that PD-L1 can be: 'positve' (did you mean positive?)"),
        ({"germline_pgx.DPYD": ">=1.5"}, "a genotype is no number: write activity score 1.5: '>=1.5'"),
        ({"age_years": "adult"}, "column 'age_years': age_years is a number: 'adult'"),
        ({"age_years": "present:18"}, "column 'age_years': age_years takes a value, not a list: 'present:18'"),
        ({"age_years": "[60..30]"}, "column 'age_years': the interval is empty: '[60..30]'"),
        ({"age_years": ">=18;"}, "column 'age_years': a part of this cell is empty"),
        ({"sex": "femal"}, "column 'sex': one of female, male is expected: 'femal' (did you mean female?)"),
        ({"prior_therapies": "Cisplatin"}, "prior_therapies takes present: or absent:: 'Cisplatin'"),
        ({"stage": ">=III"}, "column 'stage': this cell is not in the grammar"),
        ({"line": "[1..2"}, "column 'line': this cell is not in the grammar"),
        ({"facts.ecog": ">=2"}, "column 'facts.ecog': facts.ecog is no number here: '>=2'"),
        ({"disease": "is_a melanoma"}, "column 'disease': is_a is followed by an identifier like DOID:1909"),
        ({"disease": "Melanoma; Lung cancer"}, "a patient has one diagnosis: alternatives are separated by |"),
        ({"disease": "unknown"}, "a diagnosis is always stated: name it, or write is_a DOID:1909"),
        ({"disease": "present:Melanoma"}, "a diagnosis is always stated"),
        ({"disease": "Melanoma|"}, "an alternative in this cell is empty"),
    ],
)  # fmt: skip
def test_a_fault_names_its_cell(tmp_path: Path, change: dict[str, str], problem: str) -> None:
    with pytest.raises(DataError) as caught:
        guidelines.read_table(_written(tmp_path, [BASE | change]))
    assert str(caught.value).startswith("house.csv, row 2, column ")
    assert problem in str(caught.value)


def test_all_faults_of_a_table_are_told_at_once_and_the_other_rows_are_there(tmp_path: Path) -> None:
    rows = [
        {"id": "good"},
        {"id": "two", "kind": "exlude", "age_years": "old", "biomarker": "BRAF V6OOE"},
        {"id": "good", "kind": "dose"},
    ]
    table, faults = guidelines.examine(_written(tmp_path, [BASE | row for row in rows]))
    assert [line.row.id for line in table.rows] == ["guideline:house:good"]
    assert [(f.row, f.column) for f in faults] == [
        (3, "kind"), (3, "biomarker"), (3, "age_years"), (4, "action"), (4, "id"),
    ]  # fmt: skip
    with pytest.raises(DataError) as caught:
        guidelines.read(tmp_path / "house.csv")
    assert (caught.value.row, caught.value.column) == (3, "kind")


def test_notes_do_nothing_and_are_kept_beside_the_row(tmp_path: Path) -> None:
    sidecar = '[columns."To discuss"]\nfield = "note"\n[columns.Minutes]\nfield = "note"\n'
    line = _table(tmp_path, {"To discuss": "why?", "Minutes": "7"}, sidecar=sidecar).rows[0]
    assert (line.cells["To discuss"], line.cells["Minutes"]) == ("why?", "7")


# -- genes, markers, genotypes ---------------------------------------------------------------------------------------


def _read(profile: Expression, *findings: Finding, **facts: object) -> Reading:
    patient = Profile(id="P", disease=Disease(), biomarkers=(), **facts)
    return Matcher(patient_facts.gather(patient, findings, {})).read(profile)


DRIVER = found("KRAS", "G12C", oncogenic=True)
G12C, G12D, VUS = found("KRAS", "G12C"), found("KRAS", "G12D"), found("KRAS", "V14I", uncertain=True)
TESTED = {"tests": (Test(genes=("KRAS",)),)}


@pytest.mark.parametrize(
    ("cell", "findings", "tested", "truth"),
    [
        ("wild type", (wild("KRAS"),), False, True),
        ("wild type", (), True, True),
        ("wild type", (DRIVER,), False, False),
        ("wild type", (), False, None),
        ("G12C|G12D", (G12D,), False, True),
        ("G12C|G12D", (), True, False),
        ("G12C|G12D", (), False, None),
        ("G12D", (G12C,), False, False),
        ("!G12C", (G12C,), False, False),
        ("!G12C", (G12D,), False, True),
        ("!G12C|G12D", (G12D,), False, False),
        ("!G12C", (), True, True),
        ("!G12C", (), False, None),
        ("present:G12C", (G12C,), False, True),
        ("absent:mutation", (), True, True),
        ("absent:G12C", (G12C,), False, False),
        ("amplification", (), False, None),
        ("known", (G12C,), False, True),
        ("known", (), True, True),
        ("known", (), False, False),
        ("known", (VUS,), False, False),
        ("unknown", (), False, True),
        ("unknown", (G12C,), False, False),
        ("unknown", (), True, False),
        ("known; !G12C", (), True, True),
        ("known; !G12C", (), False, False),
        ("known; !G12C", (G12C,), False, False),
    ],
)  # fmt: skip
def test_what_a_gene_column_asks(
    tmp_path: Path, cell: str, findings: tuple[Finding, ...], tested: bool, truth: bool | None
) -> None:
    profile = _profile(tmp_path, "gene.KRAS", cell)
    assert _read(profile, *findings, **(TESTED if tested else {})).truth is truth


def test_what_is_known_is_told_as_known(tmp_path: Path) -> None:
    criterion = next(c for c, _ in criteria(_profile(tmp_path, "gene.KRAS", "known")))
    assert describe(criterion) == "KRAS known"
    assert (settled_words(criterion, True), settled_words(criterion, False)) == ("KRAS known", "KRAS not known")


def test_a_gene_of_fusions_is_known_by_a_search_for_fusions(tmp_path: Path) -> None:
    known = _profile(tmp_path, "gene.ALK", "known")
    assert _read(known, tests=(Test(genes=("ALK",)),)).truth is False
    assert _read(known, tests=(Test(genes=("ALK",), alteration_types=("fusion",)),)).truth is True


def test_a_gene_that_was_not_understood_is_not_known(tmp_path: Path) -> None:
    unread = (Unread(input="KRAS ???", reason="x", gene="KRAS"),)
    assert _read(_profile(tmp_path, "gene.KRAS", "unknown"), unread=unread).truth is True


def _pdl1(**more: object) -> Finding:
    return Finding(input="PD-L1", read_as=f"PD-L1 {more}", kind="expression", marker="PD-L1", **more)


TPS = 'scheme = "TPS"'


@pytest.mark.parametrize(
    ("cell", "more", "finding", "truth"),
    [
        (">=50", TPS, _pdl1(value=60.0, unit="percent", scheme="TPS"), True),
        (">=50", TPS, _pdl1(value=40.0, unit="percent", scheme="TPS"), False),
        (">=50", TPS, _pdl1(value=60.0, unit="count", scheme="CPS"), None),
        (">=50", TPS, None, None),
        (">=50", 'unit = "TPS"', _pdl1(value=60.0, unit="percent", scheme="TPS"), True),
        ("[1..50)", TPS, _pdl1(value=1.0, unit="percent", scheme="TPS"), True),
        ("[1..50)", TPS, _pdl1(value=50.0, unit="percent", scheme="TPS"), False),
        ("TPS >= 50%", "", _pdl1(value=60.0, unit="percent", scheme="TPS"), True),
        ("positive", "", _pdl1(status="positive"), True),
        ("positive|high", "", _pdl1(status="negative"), False),
        ("!positive", "", _pdl1(status="negative"), True),
        ("known", "", _pdl1(value=60.0, unit="percent", scheme="TPS"), True),
        ("known", "", _pdl1(status="positive"), True),
        ("known", "", None, False),
        ("known", TPS, _pdl1(value=60.0, unit="count", scheme="CPS"), False),
        ("unknown", "", None, True),
        ("unknown", "", _pdl1(status="positive"), False),
    ],
)  # fmt: skip
def test_what_a_marker_column_asks(
    tmp_path: Path, cell: str, more: str, finding: Finding | None, truth: bool | None
) -> None:
    profile = _profile(tmp_path, "marker.PD-L1", cell, more)
    assert _read(profile, *(f for f in (finding,) if f is not None)).truth is truth


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('scheme = "TPS"\nunit = "count"', "TPS is a percent: 'count'"),
        ('unit = "furlong"', "this unit is not known: 'furlong'"),
        ('unit = "%"', None),
        ('scheme = "CPS"', None),
    ],
)
def test_unit_and_score_of_a_marker_go_together(tmp_path: Path, more: str, problem: str | None) -> None:
    if problem is None:
        assert _profile(tmp_path, "marker.PD-L1", ">=50", more)
        return
    with pytest.raises(DataError) as caught:
        _profile(tmp_path, "marker.PD-L1", ">=50", more)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "stated", "truth"),
    [
        ("poor metabolizer", "PM", True),
        ("poor metabolizer", "*2A/*2A", True),
        ("poor metabolizer", "normal metabolizer", False),
        ("poor metabolizer", None, None),
        ("!poor metabolizer", "normal metabolizer", True),
        ("!poor metabolizer", "poor metabolizer", False),
        ("*2A/*13|*2A/*2A", "*13/*2A", True),
        ("poor metabolizer|unknown", None, True),
        ("poor metabolizer|unknown", "poor metabolizer", True),
        ("unknown", None, True),
        ("unknown", "normal metabolizer", False),
        ("known", "normal metabolizer", True),
        ("known", None, False),
    ],
)
def test_what_a_pharmacogene_column_asks(tmp_path: Path, cell: str, stated: str | None, truth: bool | None) -> None:
    context = Context(germline_pgx={"DPYD": stated} if stated else {})
    assert _read(_profile(tmp_path, "germline_pgx.DPYD", cell), context=context).truth is truth


def test_what_a_genotype_makes_toxic_is_limited_with_its_prodrugs_and_dosed_without(tmp_path: Path) -> None:
    poor = {"drugs": "Fluorouracil", "germline_pgx.DPYD": "poor metabolizer", "action": "x"}
    table = _table(tmp_path, poor, poor | {"id": "r2", "kind": "dose"}, {"id": "r3", "drugs": "Fluorouracil"})
    drugs = [line.row.drugs for line in table.rows]
    assert set(drugs[0]) > {"Fluorouracil", "Capecitabine"}
    assert drugs[1:] == [("Fluorouracil",), ("Fluorouracil",)]


def test_a_class_of_changes_holds_unless_it_is_said_to_be_an_exception(tmp_path: Path) -> None:
    rows = [
        {"id": "c1", "biomarker": "KIT exon 11 mutation", "classes": "oncogenic|activating"},
        {"id": "c2", "biomarker": "KIT D816V", "classes": "activating", "holds": "no", "drugs": "Imatinib"},
    ]
    made = guidelines.read(_written(tmp_path, rows)).classes
    assert [(c.holds, c.classes, c.drugs) for c in made] == [
        (True, ("oncogenic", "activating"), ()), (False, ("activating",), ("Imatinib",)),
    ]  # fmt: skip


def test_columns_of_one_row_must_all_hold(tmp_path: Path) -> None:
    row = {
        "biomarker": "BRAF V600E",
        "gene.KRAS": "!G12C|G12D",
        "germline_pgx.DPYD": "poor metabolizer",
        "gene.EGFR": "",
    }
    profile = _table(tmp_path, row).rows[0].row.profile
    assert isinstance(profile, All)
    braf, kras, dpyd = profile.args
    assert isinstance(braf, Is)
    assert isinstance(kras, Not) and isinstance(kras.arg, Any)
    assert isinstance(dpyd, Is) and dpyd.criterion.type == "genotype"
    assert phrase(profile) == "BRAF V600E AND NOT (KRAS G12C OR KRAS G12D) AND DPYD poor metabolizer"


def test_a_row_without_any_condition_asks_nothing(tmp_path: Path) -> None:
    row = _table(tmp_path, {"biomarker": "", "gene.KRAS": "", "disease": "", "age_years": ""}).rows[0].row
    assert (row.profile, row.disease, row.settings) == (None, None, ())


# -- diseases and settings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "disease", "inside"),
    [
        ("is_a D:nsclc", "D:lung-adeno", True),
        ("D:nsclc", "D:lung-adeno", True),
        ("is_a D:nsclc|is_a D:colorectal", "D:rectal", True),
        ("is_a D:nsclc", "D:aml", False),
        ("!is_a D:nsclc", "D:lung-adeno", False),
        ("!is_a D:nsclc", "D:aml", True),
        ("!is_a D:nsclc|is_a D:aml", "D:aml", False),
        ("is_a D:solid-tumours; !is_a D:nsclc", "D:colorectal", True),
        ("is_a D:solid-tumours; !is_a D:nsclc", "D:lung-adeno", False),
    ],
)
def test_what_a_disease_column_asks(tmp_path: Path, cell: str, disease: str, inside: bool) -> None:
    scope = _table(tmp_path, {"disease": cell}).rows[0].row.disease
    assert scope is not None
    taxonomy = SmallTaxonomy()
    assert fit(scope, diagnose(disease, (disease,), taxonomy, {}), taxonomy).inside is inside


@pytest.mark.parametrize(
    ("row", "scope"),
    [
        ({"disease": "Melanoma"}, DiseaseScope(name="Melanoma")),
        ({"disease": "!Melanoma"}, DiseaseScope(name="any tumour", agnostic="any", excluded=("Melanoma",))),
        ({"disease": "is_a DOID:1909"}, DiseaseScope(name="DOID:1909", ids=("DOID:1909",))),
        ({"disease": "Melanoma|DOID:1612"},
         DiseaseScope(name="Melanoma or DOID:1612", ids=("Melanoma", "DOID:1612"))),
        ({"disease": "A|B", "disease_ids": "DOID:1|DOID:2"}, DiseaseScope(name="A|B", ids=("DOID:1", "DOID:2"))),
        ({"disease": "", "disease_ids": "DOID:1"}, DiseaseScope(name="DOID:1", ids=("DOID:1",))),
        ({"agnostic": "solid", "excluded_ids": "DOID:1"},
         DiseaseScope(name="solid tumour", agnostic="solid", excluded=("DOID:1",))),
        ({"agnostic": "solid", "disease": "!is_a DOID:1909"},
         DiseaseScope(name="solid tumour", agnostic="solid", excluded=("DOID:1909",))),
    ],
)  # fmt: skip
def test_diseases_by_name_and_identifier(tmp_path: Path, row: dict[str, str], scope: DiseaseScope) -> None:
    assert _table(tmp_path, row).rows[0].row.disease == scope


def test_settings_are_conditions_with_the_unit_of_their_column(tmp_path: Path) -> None:
    sidecar = """
        [columns.CrCl]
        fact = "facts.creatinine_clearance"
        unit = "mL/min"
        [columns.ECOG]
        fact = "facts.ecog"
        values = ["0", "1", "2"]
    """
    row = {
        "CrCl": "[30..60)", "ECOG": "0|1", "age_years": ">=18; <75", "sex": "female", "stage": "III|IV", "line": ">=2",
        "state": "!adjuvant", "prior_therapies": "present:Cisplatin|Xalkori; absent:ALK inhibitor",
        "histology": "adenocarcinoma", "population": "PHT naive",
    }  # fmt: skip
    settings = _table(tmp_path, row, sidecar=sidecar).rows[0].row.settings
    assert [(c.fact, c.cell, c.unit) for c in settings] == [
        ("age_years", ">=18", None), ("age_years", "<75", None), ("line", ">=2", None), ("state", "!adjuvant", None),
        ("histology", "adenocarcinoma", None), ("prior_therapies", "present:Cisplatin|Crizotinib", None),
        ("prior_therapies", "absent:ALK inhibitor", None), ("facts.creatinine_clearance", "[30..60)", "mL/min"),
        ("facts.ecog", "0|1", None), ("sex", "female", None), ("stage", "III|IV", None),
        ("population", "PHT naive", None),
    ]  # fmt: skip


def test_a_value_that_a_column_does_not_declare_is_an_error(tmp_path: Path) -> None:
    sidecar = """
        [columns.ECOG]
        fact = "facts.ecog"
        values = ["0", "1"]
        [columns.PGx]
        fact = "germline_pgx.DPYD"
        values = ["poor metabolizer"]
    """
    with pytest.raises(DataError, match=r"column 'ECOG': the column declares 0, 1: '2'"):
        _table(tmp_path, {"ECOG": "2", "PGx": ""}, sidecar=sidecar)
    with pytest.raises(DataError, match=r"column 'PGx': the column declares poor metabolizer: 'poor metaboliser'"):
        _table(tmp_path, {"ECOG": "", "PGx": "poor metaboliser"}, sidecar=sidecar)


def test_an_earlier_therapy_that_no_table_knows_is_a_warning(tmp_path: Path) -> None:
    harvest = guidelines.read(_written(tmp_path, [BASE | {"prior_therapies": "present:Cisplatinn"}]))
    assert [(s.column, s.value) for s in harvest.report.set_aside] == [("prior_therapies", "Cisplatinn")]


def test_every_kind_of_fact_has_a_column(tmp_path: Path) -> None:
    for name in fields.facts():
        header = f"{name}.x" if name in fields.NAMED else name
        assert fields.column(header) is not None, header


def test_what_is_found_is_known_and_not_the_reverse(tmp_path: Path) -> None:
    known, unknown, change = (_profile(tmp_path, "gene.KRAS", cell) for cell in ("known", "unknown", "G12C"))
    assert entails(change, known)
    assert not any(entails(*pair) for pair in [(known, change), (unknown, change), (change, unknown), (unknown, known)])


def test_a_recommendation_for_what_is_not_known_is_an_option_that_names_the_test(tmp_path: Path) -> None:
    row = {"kind": "recommend", "gene.KRAS": "unknown", "gene.BRAF": "V600E", "disease": "D:colorectal"}
    statements = guidelines.read(_written(tmp_path, [BASE | row])).statements
    verdicts = ask(statements, [found("BRAF", "V600E")], "D:colorectal")
    assert (verdicts["Gefitinib"].status, verdicts["Gefitinib"].missing) == ("option", ("KRAS",))
    known = ask(statements, [found("BRAF", "V600E"), wild("KRAS")], "D:colorectal")["Gefitinib"]
    assert known.status == "excluded"


def test_the_values_that_a_column_declares_go_with_every_condition_on_it(tmp_path: Path) -> None:
    sidecar = (
        '[columns.Pregnant]\nfact = "facts.pregnant"\nvalues = ["yes", "no", "unknown"]\n'
        '[columns.Stage]\nfact = "stage"\nvalues = ["III", "IV"]\n[columns.Frail]\nfact = "facts.frail"\n'
    )
    (line,) = _table(tmp_path, {"Pregnant": "yes", "Stage": "III", "Frail": "yes"}, sidecar=sidecar).rows
    among = {c.fact: c.among for c in line.row.settings}
    assert among == {"facts.pregnant": ("yes", "no"), "stage": (), "facts.frail": ()}
