"""Lint finds planted faults in otherwise real tables, proves what it says of patients, and is quiet on clean ones."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from api.cli.main import cli
from api.lint import EVERY, Outcome, check_given, meanings
from api.recommend import Engine
from api.render import lint as render
from graph.claims import Condition, Criterion, DiseaseScope, GuidelineRow, Is, Step
from graph.patient import Profile
from graph.progress import silent
from graph.release import Release
from ingest import linted, starter
from ingest.patients.findings import read as read_biomarker
from rules.biomarkers import expression
from rules.lint import Fault, World, lint
from rules.table import Column, Suppression, Table, TableRow, TableSpec

TABLES = Path(__file__).parent.parent / "rules" / "tables"
TODAY = date(2026, 1, 15)
SIDECAR = """
[table]
guideline = "house-resistance"
review_days = 730
licence = "Apache-2.0"
[table.defaults]
reviewed_on = "2025-06-01"
"""
MORE = (
    "version", "effective_from", "effective_to", "supersedes", "curator", "reviewed_on", "age_years", "state", "action",
    "excluded_ids", "text",
)  # fmt: skip
"""Columns of a row's life and setting, beside those of our own table of vetoes."""


@pytest.fixture(scope="module")
def release(starter_cache: Path) -> Release:
    return starter.release(silent)


@pytest.fixture(scope="module")
def world(release: Release) -> World:
    from api.diagnosis import ReleaseTaxonomy

    serve = release.serve()
    return World(serve, ReleaseTaxonomy(serve), read_biomarker, TODAY)


def vetoes() -> list[dict[str, str]]:
    """Our own table of vetoes, with room for more columns."""
    with (TABLES / "vetoes.csv").open(encoding="utf-8", newline="") as file:
        return [{**row, **dict.fromkeys(MORE, ""), "because": "resistance"} for row in csv.DictReader(file)]


def written(folder: Path, rows: Sequence[Mapping[str, str]], sidecar: str = SIDECAR, name: str = "house") -> Path:
    file = folder / f"{name}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    file.with_suffix(".toml").write_text(sidecar, encoding="utf-8")
    return file


@dataclass(frozen=True)
class Plant:
    """A fault put into the table: cells of rows changed, and rows added as copies of others with changes."""

    check: str
    change: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    add: Sequence[tuple[str, Mapping[str, str]]] = ()
    at: str = ""
    """Where it must be found; the first row that is changed or added, if not said."""

    @property
    def row(self) -> str:
        return self.at or next(iter(self.change), "") or self.add[0][1]["id"]


def changed(check: str, row: str, **cells: str) -> Plant:
    return Plant(check, {row: cells})


def added(check: str, like: str, **cells: str) -> Plant:
    return Plant(check, add=[(like, {"id": "planted", **cells})])


def versions(check: str, *spans: tuple[str, str, str]) -> Plant:
    """All rows in the first version, with a copy of one row in every further one."""
    (version, start, end), *later = spans
    change = {row["id"]: {"version": version, "effective_from": start, "effective_to": end} for row in vetoes()}
    add = [
        ("alk-f1245c", {"id": f"planted-{v}", "version": v, "effective_from": s, "effective_to": e})
        for v, s, e in later
    ]
    return Plant(check, change, add, at=f"planted-{later[-1][0]}")


CML, CRC, MELANOMA = "DOID:8552", "DOID:9256", "DOID:1909"
PLANTS = (
    changed("unknown-code", "abl1-v299l", disease_ids="DOID:99999999"),
    changed("unknown-code", "braf-antiegfr", disease_ids="ONCOTREE:COADREADX"),
    changed("unknown-code", "ar-f877l", disease="Prostrate cancer", disease_ids=""),
    changed("obsolete-code", "abl1-v299l", disease="Ewing sarcoma", disease_ids="DOID:0050607"),
    changed("obsolete-code", "ar-v7", disease="ovarian cancer", disease_ids="DOID:0060070"),
    changed("obsolete-code", "bcl2-f104i", disease="Cutaneous T-Cell Lymphoma", disease_ids="ONCOTREE:CTCL"),
    changed("wrong-system", "braf-antiegfr", disease_ids="DOID:COADREAD"),
    changed("wrong-system", "ar-f877l", disease_ids="ONCOTREE:10283"),
    changed("wrong-system", "bcl2-f104i", disease_ids="MESH:D008224"),
    changed("name-disagrees", "abl1-v299l", disease_ids=CRC),
    changed("name-disagrees", "braf-antiegfr", disease_ids=MELANOMA),
    changed("name-disagrees", "ar-f877l", disease="Melanoma"),
    changed("unknown-gene", "abl1-v299l", biomarker="ABBL1 V299L"),
    changed("unknown-gene", "alk-f1245c", biomarker="ALKK F1245C"),
    changed("unknown-gene", "ar-f877l", biomarker="AAR F877L"),
    changed("alias", "abl1-v299l", biomarker="ABL V299L"),
    added("alias", "alk-f1245c", biomarker="MEK1 F129L", drugs="Trametinib", reason="MEK1 F129L blunts trametinib."),
    added("alias", "alk-f1245c", biomarker="MEK2 F57L", drugs="Trametinib", reason="MEK2 F57L blunts trametinib."),
    changed("unknown-drug", "abl1-v299l", drugs="Dasatinibb"),
    changed("unknown-drug", "alk-f1245c", drugs="Crizotinob"),
    changed("unknown-drug", "ar-f877l", drugs="Enzalutamide|Apalutamid"),
    changed("brand", "abl1-v299l", drugs="Sprycel"),
    changed("brand", "alk-f1245c", drugs="Xalkori"),
    added("brand", "abl1-t315i-imatinib", biomarker="ABL1 Q252H", drugs="Gleevec", reason="Imatinib fails."),
    changed("unread", "abl1-v299l", age_years="adult"),
    changed("unread", "alk-f1245c", reviewed_on="15.01.2026"),
    changed("unread", "ar-v7", kind="exlude"),
    changed("unread", "ar-f877l", age_years="(65..18)"),
    changed("value", "abl1-v299l", state="metstatic"),
    changed("value", "alk-f1245c", age_years=">=180"),
    changed("value", "ar-v7", state="untreatable"),
    changed("unsatisfiable", "braf-antiegfr", biomarker="BRAF V600E AND NOT BRAF mutation"),
    changed("unsatisfiable", "ar-v7", age_years=">=18;<12"),
    changed("unsatisfiable", "abl1-v299l", excluded_ids=CML),
    changed("unsatisfiable", "alk-f1245c", state="metastatic;!metastatic"),
    added("unsatisfiable", "ar-v7", biomarker="PD-L1 TPS >= 50% AND PD-L1 TPS < 1%", drugs="Pembrolizumab", reason="No."),
    added("duplicate", "abl1-v299l"),
    added("duplicate", "alk-f1245c", reason="Said in other words."),
    added("duplicate", "braf-antiegfr", drugs="Cetuximab", reason="Cetuximab does not help with BRAF V600E.", action="stop"),
    added("shadowed", "abl1-t315i-imatinib", disease="Chronic myeloid leukaemia", disease_ids=CML),
    added("shadowed", "alk-f1245c", age_years=">=18"),
    added("shadowed", "kras-antiegfr", biomarker="KRAS G12C", drugs="Cetuximab", reason="KRAS G12C: no cetuximab."),
    added("contradiction", "braf-antiegfr", kind="recommend", because="", drugs="Cetuximab", reason="Cetuximab for BRAF V600E."),
    added("contradiction", "alk-f1245c", kind="recommend", because="", reason="Crizotinib for ALK F1245C."),
    added("contradiction", "abl1-v299l", kind="recommend", because="", reason="Dasatinib for ABL1 V299L."),
    versions("date-hole", ("1", "2020-01-01", "2021-01-01"), ("2", "2021-03-01", "")),
    versions("date-hole", ("1", "2019-01-01", "2020-01-01"), ("2", "2020-01-01", "2021-01-01"), ("3", "2022-01-01", "")),
    Plant(
        "date-hole",
        {"alk-f1245c": {"effective_from": "2020-01-01", "effective_to": "2021-01-01"}},
        [("alk-f1245c", {"id": "planted", "effective_from": "2021-02-01", "supersedes": "alk-f1245c"})],
        at="planted",
    ),
    versions("date-overlap", ("1", "2020-01-01", "2021-01-01"), ("2", "2020-07-01", "")),
    versions("date-overlap", ("1", "2020-01-01", ""), ("2", "2020-01-01", "")),
    Plant(
        "date-overlap",
        {"alk-f1245c": {"effective_from": "2021-01-01"}},
        [("alk-f1245c", {"id": "planted", "effective_from": "2020-01-01", "supersedes": "alk-f1245c"})],
        at="planted",
    ),
    changed("empty-interval", "alk-f1245c", effective_from="2021-01-01", effective_to="2021-01-01"),
    changed("supersedes-unknown", "alk-f1245c", supersedes="alk-f1245d"),
    changed("supersedes-unknown", "ar-v7", supersedes="guideline:house-resistance:ar-v8"),
    changed("supersedes-unknown", "abl1-v299l", supersedes="gone"),
    changed("supersedes-cycle", "alk-f1245c", supersedes="alk-f1245c"),
    Plant("supersedes-cycle", {"ar-v7": {"supersedes": "ar-f877l"}, "ar-f877l": {"supersedes": "ar-v7"}}, at="ar-f877l"),
    Plant(
        "supersedes-cycle",
        {"abl1-e255": {"supersedes": "abl1-f317"}, "abl1-f317": {"supersedes": "abl1-f359"},
         "abl1-f359": {"supersedes": "abl1-e255"}},
    ),  # fmt: skip
    changed("missing-source", "alk-f1245c", sources=""),
    changed("missing-source", "ar-v7", sources=""),
    changed("missing-source", "abl1-v299l", sources=""),
    changed("review", "alk-f1245c", reviewed_on="2020-01-01"),
    changed("review", "ar-v7", reviewed_on="2027-01-01"),
    changed("review", "abl1-v299l", reviewed_on="2024-01-14"),
    changed("text", "abl1-v299l", reason="A tumour with ABL1 V299L does not respond to nilotinib."),
    changed("text", "alk-f1245c", reason="A tumour with ROS1 F1245C does not respond to crizotinib."),
    changed("text", "braf-antiegfr", reason="A colorectal tumour without BRAF V600E does not respond to cetuximab or panitumumab."),
    changed("text", "ar-f877l", reason="A tumour with AR F876L does not respond to enzalutamide or apalutamide."),
    changed("text", "bcl2-f104i", reason="A melanoma with BCL2 F104I does not respond to venetoclax."),
    changed("text", "ar-v7", action="give 50 % of the dose", text="Give 75 % of the dose of abiraterone or enzalutamide."),
)  # fmt: skip


def planted(plant: Plant) -> list[dict[str, str]]:
    rows = vetoes()
    by_id = {row["id"]: row for row in rows}
    added = [{**by_id[like], **cells} for like, cells in plant.add]
    for row, cells in plant.change.items():
        by_id[row].update(cells)
    return rows + added


@pytest.mark.parametrize("plant", PLANTS, ids=lambda p: f"{p.check}:{p.row}")
def test_a_planted_fault_is_found_where_it_is(plant: Plant, tmp_path: Path, release: Release) -> None:
    rows = planted(plant)
    outcome = check_given([str(written(tmp_path, rows))], release, TODAY)
    found = [f for f in outcome.faults if f.check == plant.check]
    numbers = {row["id"]: n for n, row in enumerate(rows, 2)}
    assert numbers[plant.row] in {f.row for f in found}, outcome.faults
    assert all(f.file == str(tmp_path / "house.csv") and f.message.endswith(".") for f in found)


def test_three_faults_of_every_kind_are_planted() -> None:
    elsewhere = {"overlap", "gap", "unit", "empty-interval", "set-aside", "suppression"}
    counted = {check: sum(p.check == check for p in PLANTS) for check in meanings()}
    assert {check for check, count in counted.items() if count < 3} <= elsewhere


def test_nothing_is_found_in_the_table_before_faults_are_planted(tmp_path: Path, release: Release) -> None:
    assert not check_given([str(written(tmp_path, vetoes()))], release, TODAY).faults


def test_our_own_tables_are_clean_but_for_a_disease_that_is_no_cancer(release: Release) -> None:
    told = [f for f in check_given([str(TABLES)], release, TODAY).faults if f.severity != "note"]
    assert {(f.check, f.id) for f in told} <= {("unknown-code", "guideline:fda-labels:label:fda.vemurafenib:2")}


# -- exactly one row ---------------------------------------------------------------------------------------------------

DOSING = """
[table]
guideline = "house-dosing"
hit_policy = "UNIQUE"
[table.defaults]
kind = "dose"
drugs = "Capecitabine"
sources = "PMID:11745213"
[columns.clearance]
fact = "facts.creatinine_clearance"
unit = "mL/min"
[columns.frailty]
fact = "facts.frailty"
values = ["fit", "frail"]
[columns.DPYD]
fact = "germline_pgx.DPYD"
values = ["normal metabolizer", "intermediate metabolizer", "poor metabolizer"]
"""
DOSES = (
    ("full", ">50", "fit", "normal metabolizer", "full dose"),
    ("frail", ">50", "frail", "normal metabolizer", "80 % of the dose"),
    ("kidney", "[30..50]", "", "normal metabolizer", "75 % of the dose"),
    ("none", "<30", "", "normal metabolizer", "another drug"),
    ("half", "", "", "intermediate metabolizer", "half the dose"),
    ("poor", "", "", "poor metabolizer", "another drug"),
)


def dosing(**changes: Mapping[str, str] | None) -> list[dict[str, str]]:
    """The table of doses; a change of ``None`` leaves the row out."""
    rows = []
    for id, clearance, frailty, dpyd, action in DOSES:
        cells = changes.get(id, {})
        if cells is not None:
            rows.append({"id": id, "clearance": clearance, "frailty": frailty, "DPYD": dpyd, "action": action,
                         "reason": f"Kidney, frailty and DPYD: {action}.", **cells})  # fmt: skip
    return rows


def faults_of(folder: Path, release: Release, rows: Sequence[Mapping[str, str]], sidecar: str) -> tuple[Fault, ...]:
    return check_given([str(written(folder, rows, sidecar, "doses"))], release, TODAY).faults


def test_a_table_with_one_row_for_every_patient_is_clean(tmp_path: Path, release: Release) -> None:
    assert not faults_of(tmp_path, release, dosing(), DOSING)


@pytest.mark.parametrize(
    ("changes", "rows", "facts"),
    [
        ({"kidney": {"clearance": "[30..60]"}}, {"full", "frail", "kidney"}, {"creatinine_clearance"}),
        ({"none": {"clearance": "<=30"}}, {"kidney", "none"}, {"creatinine_clearance"}),
        ({"frail": {"frailty": ""}}, {"full", "frail"}, {"frailty"}),
        ({"half": {"DPYD": "intermediate metabolizer|poor metabolizer"}}, {"half", "poor"}, set()),
    ],
)
def test_two_rows_for_one_patient_are_told_with_the_patient(
    changes: dict[str, dict[str, str]], rows: set[str], facts: set[str], tmp_path: Path, release: Release, world: World
) -> None:
    file = written(tmp_path, dosing(**changes), DOSING, "doses")
    found = [f for f in check_given([str(file)], release, TODAY).faults if f.check == "overlap"]
    tables, _ = linted.tables(str(file))
    by_id = {line.row.id: line.row for table in tables for line in table.rows}
    assert found
    for fault in found:
        both = {str(fault.id), *fault.related}
        assert {id.rpartition(":")[2] for id in both} <= rows
        assert fault.patient is not None and facts <= set(fault.patient.context.facts)
        assert all(fired(by_id[id], fault.patient, world) for id in both)


@pytest.mark.parametrize(
    ("changes", "stated"),
    [
        ({"kidney": {"clearance": "[30..40]"}}, {"creatinine_clearance": 45.0}),
        ({"none": None}, {"creatinine_clearance": 29.0}),
        ({"frail": None}, {"frailty": "frail"}),
        ({"poor": None}, {"DPYD": "poor metabolizer"}),
    ],
)
def test_a_patient_without_a_row_is_shown(
    changes: dict[str, Mapping[str, str] | None], stated: dict[str, object], tmp_path: Path, release: Release,
    world: World,
) -> None:  # fmt: skip
    file = written(tmp_path, dosing(**changes), DOSING, "doses")
    found = [f for f in check_given([str(file)], release, TODAY).faults if f.check == "gap"]
    tables, _ = linted.tables(str(file))
    said: list[dict[str, object]] = []
    for fault in found:
        assert fault.patient is not None
        context = fault.patient.context
        said.append({k: getattr(v, "value", v) for k, v in context.facts.items()} | context.germline_pgx)
        assert not any(fired(line.row, fault.patient, world) for table in tables for line in table.rows)
    assert any(stated.items() <= facts.items() for facts in said)


def test_what_is_not_known_is_a_value_where_the_table_declares_it(tmp_path: Path, release: Release) -> None:
    sidecar = DOSING.replace('["fit", "frail"]', '["fit", "frail", "unknown"]')
    rows = dosing(full={"frailty": "fit|frail"}, frail={"clearance": ">500"})
    found = [f for f in faults_of(tmp_path, release, rows, sidecar) if f.check == "gap"]
    assert any("frailty unknown" in f.message for f in found)
    rows.append({**rows[0], "id": "nobody-knows", "frailty": "unknown", "action": "ask first"})
    again = [f for f in faults_of(tmp_path, release, rows, sidecar) if f.check == "gap"]
    assert not any("clearance 51" in f.message and "frailty unknown" in f.message for f in again)


def test_two_tables_may_not_share_an_id(tmp_path: Path, release: Release) -> None:
    given = [str(written(tmp_path, vetoes(), name=name)) for name in ("one", "two")]
    found = [f for f in check_given(given, release, TODAY).faults if "has the id of row 2 of" in f.message]
    assert [(f.check, f.severity, f.row) for f in found] == [("duplicate", "error", 2)]


def fired(row: GuidelineRow, profile: Profile, world: World) -> bool:
    """Whether the compiled rules say that a row fires for a profile: another way than lint's own."""
    from rules.rulebook import Patient, Rulebook

    ids = tuple(
        i for i in (profile.disease.doid, profile.disease.oncotree and f"ONCOTREE:{profile.disease.oncotree}") if i
    )
    made = world.patient(profile, ids)
    stands = Rulebook([row], world.taxonomy).ask(Patient(made.matcher, made.diagnosis, made.setting, profile.context))
    return stands.fired == 1


# -- contradictions are proven -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("plant", [p for p in PLANTS if p.check == "contradiction"], ids=lambda p: p.add[0][0])
def test_for_the_patient_of_a_contradiction_both_rows_fire(
    plant: Plant, tmp_path: Path, release: Release, world: World
) -> None:
    file = written(tmp_path, planted(plant))
    tables, _ = linted.tables(str(file))
    by_id = {line.row.id: line.row for table in tables for line in table.rows}
    found = [f for f in check_given([str(file)], release, TODAY).faults if f.check == "contradiction"]
    assert "error" in {f.severity for f in found}
    for fault in found:
        assert fault.patient is not None and fired(by_id[str(fault.id)], fault.patient, world)
        assert any(fired(by_id[id], fault.patient, world) for id in fault.related)


def test_across_guidelines_a_contradiction_is_a_warning(tmp_path: Path, release: Release) -> None:
    plants = [
        {"biomarker": "BRAF V600E", "drugs": "Dabrafenib", "disease": "Melanoma", "disease_ids": MELANOMA},
        {"biomarker": "EGFR L858R", "drugs": "Osimertinib", "disease": "", "disease_ids": ""},
        {"biomarker": "ALK fusion", "drugs": "Alectinib", "disease": "Lung cancer", "disease_ids": "DOID:1324"},
    ]
    rows = vetoes()
    rows += [{**rows[0], "id": f"planted-{i}", "reason": "It does not help.", "strength": "", **cells}
             for i, cells in enumerate(plants)]  # fmt: skip
    given = [str(written(tmp_path, rows)), str(TABLES / "labels.csv")]
    found = [f for f in check_given(given, release, TODAY).faults if f.check == "contradiction"]
    assert {f.severity for f in found} == {"warning"}
    assert {id.rpartition(":")[2] for f in found for id in f.related} == {"planted-0", "planted-1", "planted-2"}


def test_a_combination_that_names_the_vetoing_finding_contradicts_no_veto(release: Release) -> None:
    """Encorafenib with cetuximab is for the BRAF V600E that vetoes cetuximab alone."""
    found = check_given([str(TABLES)], release, TODAY).faults
    assert not [f for f in found if f.check == "contradiction"]


def test_a_more_specific_exclusion_is_an_exception(tmp_path: Path, release: Release) -> None:
    like = next(r for r in vetoes() if r["id"] == "kras-antiegfr")
    rows = [
        {**like, "id": "give", "kind": "recommend", "because": "", "biomarker": "KRAS mutation", "drugs": "Trametinib",
         "reason": "Trametinib for KRAS mutations."},
        {**like, "id": "not", "biomarker": "KRAS G12C", "drugs": "Trametinib", "reason": "Not for KRAS G12C."},
    ]  # fmt: skip
    assert not check_given([str(written(tmp_path, rows))], release, TODAY).faults


# -- what only importers can bring: rows that no reader of tables refuses ------------------------------------------------


def row(id: str, **changes: object) -> GuidelineRow:
    given = {
        "id": f"guideline:made:{id}", "guideline": "made", "kind": "exclude", "drugs": ("Crizotinib",),
        "reason": "It does not help.", "sources": ("PMID:1",), "profile": expression("ALK F1245C"), **changes,
    }  # fmt: skip
    return msgspec.convert(msgspec.to_builtins(given), GuidelineRow)


def table(*rows: GuidelineRow, **spec: object) -> Table:
    lines = tuple(TableRow(file="made.csv", number=n, cells={}, row=r) for n, r in enumerate(rows, 2))
    return Table(spec=TableSpec(guideline="made", **spec), rows=lines)  # type: ignore[arg-type]


def pd_l1(value: float, unit: str | None, scheme: str | None = "TPS") -> Is:
    return Is(
        Criterion(
            type="expression", name="PD-L1", marker="PD-L1", comparator=">=", value=value, unit=unit, scheme=scheme
        )
    )


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("empty-interval", {"settings": (Condition(fact="age_years", cell="(18..18)"),)}),
        ("empty-interval", {"profile": Is(Criterion(type="variant", name="x", gene="ALK", codons=(1250, 1240)))}),
        ("empty-interval", {"effective_from": "2024-01-01", "effective_to": "2023-01-01"}),
        ("empty-interval", {"kind": "score", "points": 0.0, "profile": None,
                            "scale": (Step(low=30, high=15, level="high"),)}),
        ("unit", {"profile": pd_l1(50, "count")}),
        ("unit", {"profile": pd_l1(0.5, "percent")}),
        ("unit", {"profile": pd_l1(1, None, None)}),
        ("value", {"profile": pd_l1(150, "percent")}),
        ("value", {"settings": (Condition(fact="sex", cell="woman"),)}),
        ("value", {"settings": (Condition(fact="age_years", cell="adult"),)}),
        ("value", {"settings": (Condition(fact="state", cell=">=2"),)}),
        ("value", {"effective_from": "last year"}),
    ],
)  # fmt: skip
def test_values_units_and_intervals_are_looked_at_in_every_row(
    check: str, change: dict[str, object], world: World
) -> None:
    assert check in {f.check for f in lint([table(row("1", **change))], world)}


def test_a_value_that_the_table_does_not_declare_is_told_with_the_near_one(world: World) -> None:
    column = Column(name="frailty", fact="facts.frailty", type="enum", values=("fit", "frail"))
    made = table(row("1"), columns=(column,))
    lines = (msgspec.structs.replace(made.rows[0], cells={"frailty": "frial"}),)
    (fault,) = lint([msgspec.structs.replace(made, rows=lines)], world)
    assert fault.check == "value" and "did you mean frail?" in fault.message


def test_an_excepted_disease_by_name_is_a_disease(world: World) -> None:
    scope = DiseaseScope(name="solid tumour", agnostic="solid", excluded=("Melanoma",))
    assert not lint([table(row("1", disease=scope))], world)


# -- suppressions --------------------------------------------------------------------------------------------------------


def test_a_suppressed_fault_stays_with_its_reason_and_does_not_count(tmp_path: Path, release: Release) -> None:
    sidecar = SIDECAR + '[[suppress]]\ncheck = "brand"\nrow = "abl1-v299l"\nreason = "as on our forms"\n'
    rows = planted(changed("brand", "abl1-v299l", drugs="Sprycel"))
    (fault,) = check_given([str(written(tmp_path, rows, sidecar))], release, TODAY).faults
    assert fault.suppressed == "as on our forms"
    assert "1 suppressed" in render.summary(Outcome(faults=(fault,), tables=1, rows=1))
    assert render.text(Outcome(faults=(fault,), tables=1, rows=1)) == ""


def test_a_suppression_that_nothing_needs_is_a_note(world: World) -> None:
    spare = (Suppression(check="brand", reason="it was one once"), Suppression(check="gap", reason="no", row="1"))
    found = lint([table(row("1"), suppress=spare)], world)
    assert [(f.check, f.severity) for f in found] == [("suppression", "note")] * 2


# -- published guidelines, with faults planted ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cpic(shared: Path) -> list[Table]:
    tables, faults = linted.tables(f"cpic={shared / 'pgx/cpic_dpwg_guidelines_2024-05-29.json.gz'}")
    assert not faults
    return tables


def of_drug(tables: Sequence[Table], drug: str, publisher: str) -> Table:
    return next(t for t in tables if drug in t.rows[0].row.drugs and t.rows[0].row.publisher == publisher)


def with_rows(made: Table, change: Callable[[int, GuidelineRow], GuidelineRow | None]) -> Table:
    rows = (
        msgspec.structs.replace(line, row=new)
        for n, line in enumerate(made.rows)
        if (new := change(n, line.row)) is not None
    )
    return msgspec.structs.replace(made, rows=tuple(rows))


def test_cpic_and_dpwg_have_one_row_for_every_result_they_know(cpic: list[Table], world: World) -> None:
    found = lint(cpic, world, EVERY)
    assert sum(len(t.rows) for t in cpic) > 2_000
    assert {f.check for f in found} <= {"unknown-drug", "text"}
    # What DPWG says of simvastatin with a normal SLCO1B1 speaks of atorvastatin, in the file as it is published.
    assert {f.message for f in found if f.check == "text"} <= {
        "The words name Atorvastatin, and the row is about Simvastatin."
    }


@pytest.mark.parametrize("drug", ["Clopidogrel", "Amitriptyline", "Azathioprine"])
def test_faults_planted_in_cpic_are_found(drug: str, cpic: list[Table], world: World) -> None:
    made = of_drug(cpic, drug, "CPIC")
    known = [n for n, line in enumerate(made.rows) if line.row.profile and "not known" not in line.row.reason]
    first, second = known[0], known[1]
    replace = msgspec.structs.replace
    gone = lint([with_rows(made, lambda n, r: None if n == first else r)], world, EVERY)
    assert "gap" in {f.check for f in gone}
    target = made.rows[second].row
    wider = lint(
        [with_rows(made, lambda n, r: replace(r, profile=None) if n == first else r)], world, EVERY
    )  # fmt: skip
    assert made.rows[first].row.id in {i for f in wider if f.check == "overlap" for i in (f.id, *f.related)}
    twin = lint(
        [with_rows(made, lambda n, r: replace(target, id=r.id, settings=target.settings) if n == first else r)],
        world, EVERY,
    )  # fmt: skip
    assert {"duplicate", "gap"} <= {f.check for f in twin}
    excluded = lint(
        [msgspec.structs.replace(made, rows=(*made.rows, msgspec.structs.replace(
            made.rows[first], row=replace(made.rows[first].row, id=made.rows[first].row.id + "-not", kind="exclude",
                                          because="toxicity"))))] if made.rows[first].row.kind == "dose" else
        [msgspec.structs.replace(made, rows=(*made.rows, msgspec.structs.replace(
            made.rows[first], row=replace(made.rows[first].row, id=made.rows[first].row.id + "-do", kind="dose"))))],
        world, EVERY,
    )  # fmt: skip
    if made.rows[first].row.kind in ("dose", "exclude"):
        assert "contradiction" in {f.check for f in excluded}
    other = "Warfarin" if drug != "Warfarin" else "Codeine"
    texted = lint(
        [with_rows(made, lambda n, r: replace(r, text=f"Use {other} at the usual dose.") if n == first else r),
         of_drug(cpic, other, "CPIC" if other == "Codeine" else "DPWG")], world, EVERY,
    )  # fmt: skip
    assert made.rows[first].row.id in {f.id for f in texted if f.check == "text"}


def test_faults_planted_in_hivdb_are_found(shared: Path, world: World) -> None:
    (made,), faults = linted.tables(f"hivdb={shared / 'amr/hiv/HIVDB_10.2.xml'}")
    assert not faults
    # The starter pack holds cancers: it has no HIV infection.
    assert {f.check for f in lint([made], world, EVERY)} <= {"unknown-drug", "unknown-code"}
    replace = msgspec.structs.replace
    scored = [n for n, line in enumerate(made.rows) if line.row.points and line.row.profile is not None]
    for n in scored[:3]:
        twice = msgspec.structs.replace(made.rows[n], row=replace(made.rows[n].row, id=made.rows[n].row.id + "-again"))
        more = msgspec.structs.replace(twice, row=replace(twice.row, points=5.0 + (twice.row.points or 0.0)))
        for line, severity in ((twice, "warning"), (more, "error")):
            found = lint([msgspec.structs.replace(made, rows=(*made.rows, line))], world)
            assert [(f.check, f.severity, f.id) for f in found if f.check == "duplicate"] == [
                ("duplicate", severity, line.row.id)
            ]


def test_what_contradicts_its_text_in_moalmanac_is_told(shared: Path, release: Release) -> None:
    found = check_given([f"moalmanac={shared / 'oncology/moalmanac-db'}"], release, TODAY).faults
    aside = {str(f.id).rpartition(":")[2]: f.message for f in found if f.check == "set-aside"}
    assert aside["330"] == "The row is for Talazoparib; the label is that of Olaparib."
    assert all(Path(f.file).is_file() for f in found)
    assert not [f for f in found if f.severity == "error"]


# -- the command ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(starter_cache: Path) -> Iterator[Callable[..., tuple[int, str, str]]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(cli, ["guideline", "lint", *arguments], standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return int(result.return_value or 0), result.stdout, result.stderr

    yield call


def test_the_exit_code_tells_errors_from_warnings_from_nothing(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    clean = str(written(tmp_path, vetoes(), name="clean"))
    warned = str(written(tmp_path, planted(changed("missing-source", "ar-v7", sources="")), name="warned"))
    wrong = str(written(tmp_path, planted(changed("unread", "ar-v7", kind="exlude")), name="wrong"))
    day = ("--today", "2026-01-15")
    assert run(clean, *day) == (0, "", "1 table, 92 rows: nothing found\n")
    assert run(warned, *day)[0] == 4 and run(warned, "--severity", "error", *day)[0] == 0
    code, out, said = run(wrong, *day)
    assert code == 3 and "row" in out and "exlude" in out and "did you mean exclude?" in out
    assert said.startswith("1 table, 91 rows: ")


def test_a_table_that_cannot_be_read_is_a_fault_and_others_are_still_looked_at(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("id,kind,drugs,colour\n1,exclude,Dasatinib,red\n", encoding="utf-8")
    warned = str(written(tmp_path, planted(changed("missing-source", "ar-v7", sources="")), name="warned"))
    code, out, _ = run(str(broken), warned, str(tmp_path / "missing.csv"), "--format", "json", "--today", "2026-01-15")
    found = json.loads(out)
    assert code == 3
    assert [(f["check"], Path(f["file"]).name) for f in found["faults"]] == [
        ("unread", "broken.csv"), ("unread", "missing.csv"), ("missing-source", "warned.csv"),
    ]  # fmt: skip


def test_several_faults_of_one_file_are_told_at_once(tmp_path: Path, release: Release) -> None:
    rows = planted(changed("unread", "ar-v7", kind="exlude", age_years="adult"))
    rows[0]["reviewed_on"] = "yesterday"
    found = check_given([str(written(tmp_path, rows))], release, TODAY).faults
    assert {f.column for f in found if f.check == "unread"} >= {"reviewed_on", "age_years", "kind"}


def test_sarif_has_the_structure_that_the_standard_asks_for(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    """SARIF 2.1.0, sections 3.13 to 3.52: what is required, and that indexes and levels are ones that exist."""
    sidecar = SIDECAR + '[[suppress]]\ncheck = "brand"\nreason = "as on our forms"\n'
    rows = planted(changed("brand", "abl1-v299l", drugs="Sprycel"))
    rows += planted(next(p for p in PLANTS if p.check == "contradiction"))[-1:]
    _, out, _ = run(str(written(tmp_path, rows, sidecar, "my table")), "--format", "sarif", "--today", "2026-01-15")
    log = json.loads(out)
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-schema-2.1.0.json")
    (one,) = log["runs"]
    rules = one["tool"]["driver"]["rules"]
    assert one["tool"]["driver"]["name"] and len({r["id"] for r in rules}) == len(rules)
    assert all(r["shortDescription"]["text"] for r in rules)
    assert {r["ruleId"] for r in one["results"]} == {"brand", "contradiction"}
    for result in one["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note") and result["message"]["text"]
        (place,) = result["locations"]
        physical = place["physicalLocation"]
        assert physical["artifactLocation"]["uri"].endswith("/my%20table.csv") and physical["region"]["startLine"] > 1
    suppressed = next(r for r in one["results"] if r["ruleId"] == "brand")
    assert suppressed["suppressions"] == [{"kind": "external", "justification": "as on our forms"}]
    shown = next(r for r in one["results"] if r["ruleId"] == "contradiction")
    patient = msgspec.convert(shown["properties"]["patient"], Profile)
    assert patient.biomarkers and shown["relatedLocations"]


def test_the_patient_of_a_fault_is_a_profile_that_can_be_asked_about(
    tmp_path: Path, release: Release, run: Callable[..., tuple[int, str, str]]
) -> None:
    plant = next(p for p in PLANTS if p.check == "contradiction")
    _, out, _ = run(str(written(tmp_path, planted(plant))), "--today", "2026-01-15")
    line = next(line for line in out.splitlines() if line.startswith("    patient "))
    profile = msgspec.json.decode(line.removeprefix("    patient "), type=Profile)
    answer = Engine(release).recommend(profile)
    assert all(f.read_as for f in answer.findings)


def test_all_rows_of_a_release_can_be_looked_at(run: Callable[..., tuple[int, str, str]], release: Release) -> None:
    code, out, _ = run("--release", str(release.path), "--format", "json", "--severity", "error")
    assert code == 0 and not json.loads(out)["faults"], out[:2000]
    assert json.loads(out)["rows"] > 300
