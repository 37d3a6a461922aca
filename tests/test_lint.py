"""Lint finds planted faults in an otherwise real table, proves what it says of patients, is quiet on a clean one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest
from lint_plants import MELANOMA, PLANTS, SIDECAR, TABLES, TODAY, Plant, changed, planted, vetoes, written

from api.lint import Outcome, check_given, meanings
from api.render import lint as render
from graph.claims import Condition, Criterion, DiseaseScope, GuidelineRow, Is, Step
from graph.patient import Profile
from graph.release import Release
from ingest import linted
from rules.biomarkers import expression
from rules.lint import Fault, World, lint
from rules.rulebook import Patient, Rulebook
from rules.table import Column, Suppression, Table, TableRow, TableSpec


@pytest.mark.parametrize("plant", PLANTS, ids=lambda p: f"{p.check}:{p.row}")
def test_a_planted_fault_is_found_where_it_is(plant: Plant, tmp_path: Path, starter_release: Release) -> None:
    rows = planted(plant)
    outcome = check_given([str(written(tmp_path, rows))], starter_release, TODAY)
    found = [f for f in outcome.faults if f.check == plant.check]
    numbers = {row["id"]: n for n, row in enumerate(rows, 2)}
    assert numbers[plant.row] in {f.row for f in found}, outcome.faults
    assert all(f.file == str(tmp_path / "house.csv") and f.message.endswith(".") for f in found)


def test_three_faults_of_every_kind_are_planted() -> None:
    elsewhere = {"overlap", "gap", "unit", "empty-interval", "set-aside", "suppression", "jurisdiction"}
    counted = {check: sum(p.check == check for p in PLANTS) for check in meanings()}
    assert {check for check, count in counted.items() if count < 3} <= elsewhere


def test_nothing_is_found_in_the_table_before_faults_are_planted(tmp_path: Path, starter_release: Release) -> None:
    assert not check_given([str(written(tmp_path, vetoes()))], starter_release, TODAY).faults


def test_our_own_tables_are_clean_but_for_a_disease_that_is_no_cancer(starter_release: Release) -> None:
    told = [f for f in check_given([str(TABLES)], starter_release, TODAY).faults if f.severity != "note"]
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


def faults_of(
    folder: Path, starter_release: Release, rows: Sequence[Mapping[str, str]], sidecar: str
) -> tuple[Fault, ...]:
    return check_given([str(written(folder, rows, sidecar, "doses"))], starter_release, TODAY).faults


def test_the_page_lists_every_check() -> None:
    page = (TABLES.parent.parent / "docs" / "lint.md").read_text(encoding="utf-8")
    assert all(f"| `{check}` | {meaning} |" in page for check, meaning in meanings().items())


def test_a_table_with_one_row_for_every_patient_is_clean(tmp_path: Path, starter_release: Release) -> None:
    assert not faults_of(tmp_path, starter_release, dosing(), DOSING)


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
    changes: dict[str, dict[str, str]],
    rows: set[str],
    facts: set[str],
    tmp_path: Path,
    starter_release: Release,
    lint_world: World,
) -> None:
    file = written(tmp_path, dosing(**changes), DOSING, "doses")
    found = [f for f in check_given([str(file)], starter_release, TODAY).faults if f.check == "overlap"]
    tables, _ = linted.tables(str(file))
    by_id = {line.row.id: line.row for table in tables for line in table.rows}
    assert found
    for fault in found:
        both = {str(fault.id), *fault.related}
        assert {id.rpartition(":")[2] for id in both} <= rows
        assert fault.patient is not None and facts <= set(fault.patient.context.facts)
        assert all(fired(by_id[id], fault.patient, lint_world) for id in both)


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
    changes: dict[str, Mapping[str, str] | None], stated: dict[str, object], tmp_path: Path, starter_release: Release,
    lint_world: World,
) -> None:  # fmt: skip
    file = written(tmp_path, dosing(**changes), DOSING, "doses")
    found = [f for f in check_given([str(file)], starter_release, TODAY).faults if f.check == "gap"]
    tables, _ = linted.tables(str(file))
    said: list[dict[str, object]] = []
    for fault in found:
        assert fault.patient is not None
        context = fault.patient.context
        said.append({k: getattr(v, "value", v) for k, v in context.facts.items()} | context.germline_pgx)
        assert not any(fired(line.row, fault.patient, lint_world) for table in tables for line in table.rows)
    assert any(stated.items() <= facts.items() for facts in said)


def test_what_is_not_known_is_a_value_where_the_table_declares_it(tmp_path: Path, starter_release: Release) -> None:
    sidecar = DOSING.replace('["fit", "frail"]', '["fit", "frail", "unknown"]')
    rows = dosing(full={"frailty": "fit|frail"}, frail={"clearance": ">500"})
    found = [f for f in faults_of(tmp_path, starter_release, rows, sidecar) if f.check == "gap"]
    assert any("frailty unknown" in f.message for f in found)
    rows.append({**rows[0], "id": "nobody-knows", "frailty": "unknown", "action": "ask first"})
    again = [f for f in faults_of(tmp_path, starter_release, rows, sidecar) if f.check == "gap"]
    assert not any("clearance 51" in f.message and "frailty unknown" in f.message for f in again)


FIRST_LINE = """
[table]
guideline = "house-first-line"
hit_policy = "UNIQUE"
[table.defaults]
kind = "dose"
drugs = "Cetuximab"
sources = "PMID:1"
[columns.KRAS]
fact = "gene.KRAS"
values = ["wild type", "mutation"]
[columns.MSI]
fact = "marker.MSI"
values = ["MSI-H", "MSS"]
"""


def test_genes_and_markers_have_the_values_that_the_table_declares(
    tmp_path: Path, starter_release: Release, lint_world: World
) -> None:
    cells = [("wild type", "MSS"), ("wild type", "MSI-H"), ("mutation", "")]
    rows = [
        {"id": f"r{n}", "KRAS": kras, "MSI": msi, "action": f"dose {n}", "reason": "By KRAS and MSI."}
        for n, (kras, msi) in enumerate(cells)
    ]
    assert not faults_of(tmp_path, starter_release, rows, FIRST_LINE)
    for n, words in enumerate(("MSI MSS", "MSI MSI-H", "KRAS")):
        left = [row for i, row in enumerate(rows) if i != n]
        gaps = [f for f in faults_of(tmp_path, starter_release, left, FIRST_LINE) if f.check == "gap"]
        assert gaps and all(words in gap.message and gap.patient is not None for gap in gaps)
    wide = [{**row, "MSI": ""} if row["id"] == "r0" else row for row in rows]
    (overlap,) = [f for f in faults_of(tmp_path, starter_release, wide, FIRST_LINE) if f.check == "overlap"]
    assert overlap.related == ("guideline:house-first-line:r1",) and "MSI-H" in overlap.message


def test_two_tables_may_not_share_an_id(tmp_path: Path, starter_release: Release) -> None:
    given = [str(written(tmp_path, vetoes(), name=name)) for name in ("one", "two")]
    found = [f for f in check_given(given, starter_release, TODAY).faults if "has the id of row 2 of" in f.message]
    assert [(f.check, f.severity, f.row) for f in found] == [("duplicate", "error", 2)]


def fired(row: GuidelineRow, profile: Profile, lint_world: World) -> bool:
    """Whether the compiled rules say that a row fires for a profile: another way than lint's own."""
    ids = tuple(
        i for i in (profile.disease.doid, profile.disease.oncotree and f"ONCOTREE:{profile.disease.oncotree}") if i
    )
    assert msgspec.convert(msgspec.to_builtins(profile), Profile) == profile
    made = lint_world.patient(profile, ids)
    stands = Rulebook([row], lint_world.taxonomy).ask(
        Patient(made.matcher, made.diagnosis, made.setting, profile.context)
    )
    return stands.fired == 1


# -- contradictions are proven -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("plant", [p for p in PLANTS if p.check == "contradiction"], ids=lambda p: p.add[0][0])
def test_for_the_patient_of_a_contradiction_both_rows_fire(
    plant: Plant, tmp_path: Path, starter_release: Release, lint_world: World
) -> None:
    file = written(tmp_path, planted(plant))
    tables, _ = linted.tables(str(file))
    by_id = {line.row.id: line.row for table in tables for line in table.rows}
    found = [f for f in check_given([str(file)], starter_release, TODAY).faults if f.check == "contradiction"]
    assert "error" in {f.severity for f in found}
    for fault in found:
        assert fault.patient is not None and fired(by_id[str(fault.id)], fault.patient, lint_world)
        assert any(fired(by_id[id], fault.patient, lint_world) for id in fault.related)


def test_across_guidelines_a_contradiction_is_a_warning(tmp_path: Path, starter_release: Release) -> None:
    plants = [
        {"biomarker": "BRAF V600E", "drugs": "Dabrafenib", "disease": "Melanoma", "disease_ids": MELANOMA},
        {"biomarker": "EGFR L858R", "drugs": "Osimertinib", "disease": "", "disease_ids": ""},
        {"biomarker": "ALK fusion", "drugs": "Alectinib", "disease": "Lung cancer", "disease_ids": "DOID:1324"},
    ]
    rows = vetoes()
    rows += [{**rows[0], "id": f"planted-{i}", "reason": "It does not help.", "strength": "", **cells}
             for i, cells in enumerate(plants)]  # fmt: skip
    given = [str(written(tmp_path, rows)), str(TABLES / "labels.csv")]
    found = [f for f in check_given(given, starter_release, TODAY).faults if f.check == "contradiction"]
    assert {f.severity for f in found} == {"warning"}
    assert {id.rpartition(":")[2] for f in found for id in f.related} == {"planted-0", "planted-1", "planted-2"}


def test_a_combination_that_names_the_vetoing_finding_contradicts_no_veto(starter_release: Release) -> None:
    """Encorafenib with cetuximab is for the BRAF V600E that vetoes cetuximab alone."""
    found = check_given([str(TABLES)], starter_release, TODAY).faults
    assert not [f for f in found if f.check == "contradiction"]


def test_a_more_specific_exclusion_is_an_exception(tmp_path: Path, starter_release: Release) -> None:
    like = next(r for r in vetoes() if r["id"] == "kras-antiegfr")
    rows = [
        {**like, "id": "give", "kind": "recommend", "because": "", "biomarker": "KRAS mutation", "drugs": "Trametinib",
         "reason": "Trametinib for KRAS mutations."},
        {**like, "id": "not", "biomarker": "KRAS G12C", "drugs": "Trametinib", "reason": "Not for KRAS G12C."},
    ]  # fmt: skip
    assert not check_given([str(written(tmp_path, rows))], starter_release, TODAY).faults


# -- what only importers can bring: rows that no reader of tables refuses ----------------------------------------------


def row(id: str, **changes: object) -> GuidelineRow:
    given = {
        "id": f"guideline:made:{id}", "guideline": "made", "kind": "exclude", "drugs": ("Crizotinib",),
        "reason": "It does not help.", "sources": ("PMID:1",), "profile": expression("ALK F1245C"), **changes,
    }  # fmt: skip
    return msgspec.convert(msgspec.to_builtins(given), GuidelineRow)


def table(*rows: GuidelineRow, **spec: object) -> Table:
    lines = tuple(TableRow(file="made.csv", number=n, cells={}, row=r) for n, r in enumerate(rows, 2))
    return Table(spec=msgspec.structs.replace(TableSpec(guideline="made"), **spec), rows=lines)


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
    check: str, change: dict[str, object], lint_world: World
) -> None:
    assert check in {f.check for f in lint([table(row("1", **change))], lint_world)}


def test_a_value_that_the_table_does_not_declare_is_told_with_the_near_one(lint_world: World) -> None:
    column = Column(name="frailty", fact="facts.frailty", type="enum", values=("fit", "frail"))
    made = table(row("1"), columns=(column,))
    lines = (msgspec.structs.replace(made.rows[0], cells={"frailty": "frial"}),)
    (fault,) = lint([msgspec.structs.replace(made, rows=lines)], lint_world)
    assert fault.check == "value" and "did you mean frail?" in fault.message


def test_a_fact_in_words_whose_values_are_not_declared_is_told_once(lint_world: World) -> None:
    def told(values: tuple[str, ...] = ()) -> list[Fault]:
        made = table(row("1"), row("2"), columns=(Column(name="Frail", fact="facts.frailty", values=values),))
        lines = tuple(msgspec.structs.replace(line, cells={"Frail": "frail"}) for line in made.rows)
        faults = lint([msgspec.structs.replace(made, rows=lines)], lint_world)
        return [f for f in faults if "declares no values" in f.message]

    assert [(f.row, f.severity, f.column) for f in told()] == [(2, "warning", "Frail")]
    assert not told(("fit", "frail"))


def test_versions_that_hold_in_different_places_are_told(lint_world: World) -> None:
    def told(*places: str | None) -> list[str]:
        rows = [row(f"r{n}", version=str(n), effective_from=f"202{n}-01-01", jurisdiction=place)
                for n, place in enumerate(places)]  # fmt: skip
        return [f.message for f in lint([table(*rows)], lint_world) if f.check == "jurisdiction"]

    assert told("de", "DE") == told(None, None) == []
    assert len(told("de", "fr")) == len(told("de", None)) == 1
    assert told("de", "fr")[0].startswith("Version 1 holds in fr, version 0 in de")


def test_values_beyond_those_that_are_looked_at_are_said(lint_world: World) -> None:
    def told(count: int) -> list[str]:
        column = Column(name="x", fact="facts.x", type="enum", values=tuple(f"v{n}" for n in range(count)))
        asked = (Condition(fact="facts.x", cell="v0", among=column.values),)
        made = table(row("1", kind="dose", action="less", hit_policy="UNIQUE", profile=None, settings=asked),
                     columns=(column,))  # fmt: skip
        return [f.message for f in lint([made], lint_world) if f.check == "gap" and "only the first" in f.message]

    assert told(60) == []
    assert told(61) == ["Of the values of facts.x only the first 60 were looked at."]


def test_a_row_that_requires_more_is_not_in_the_shadow_of_one_that_requires_less(lint_world: World) -> None:
    def requiring(id: str, cell: str) -> GuidelineRow:
        return row(id, kind="require", settings=(Condition(fact="facts.ecog", cell=cell, among=("0", "1", "2", "3")),))

    assert not [f for f in lint([table(requiring("1", "0|1"), requiring("2", "0|1|2"))], lint_world)
                if f.check == "shadowed"]  # fmt: skip


def test_a_requirement_that_nobody_meets_excludes_everyone(lint_world: World) -> None:
    asked = (Condition(fact="age_years", cell=">=18"), Condition(fact="age_years", cell="<12"))
    (fault,) = (f for f in lint([table(row("1", kind="require", profile=None, settings=asked))], lint_world)
                if f.check == "unsatisfiable")  # fmt: skip
    assert fault.message.endswith("so the row excludes everyone.")


def test_a_long_profile_of_many_ways_without_a_value_is_done_at_once(lint_world: World) -> None:
    ways = " AND ".join(["(KRAS mutation OR NRAS mutation)"] * 30)
    started = time.monotonic()
    lint([table(row("1", profile=expression(f"PD-L1 TPS >= 50% AND PD-L1 TPS < 1% AND {ways}")))], lint_world)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    "profile",
    [
        "EGFR mutation AND NOT EGFR L858R", "BRAF V600E AND BRAF V600K", "NOT KRAS mutation AND NOT NRAS mutation",
        "PD-L1 TPS >= 50% AND PD-L1 CPS < 1", "HER2 negative OR ERBB2 amplification", "EGFR exon 19 deletion AND MSI-H",
        "NOT (KRAS G12C OR KRAS mutation)", "TMB >= 10 mut/Mb AND TMB < 20 mut/Mb", "ALK fusion AND ALK G1202R",
    ],
)  # fmt: skip
def test_what_a_tumour_can_have_is_never_called_unsatisfiable(profile: str, lint_world: World) -> None:
    made = table(row("1", profile=expression(profile)))
    assert "unsatisfiable" not in {f.check for f in lint([made], lint_world)}


@pytest.mark.parametrize(
    "profile",
    [
        "BRAF mutation AND NOT BRAF mutation", "MSI-H AND MSS", "TMB >= 20 mut/Mb AND TMB < 10 mut/Mb",
        "KRAS wild type AND KRAS G12C", "(KRAS G12C OR KRAS G12D) AND NOT KRAS mutation",
    ],
)  # fmt: skip
def test_what_no_tumour_can_have_is_unsatisfiable(profile: str, lint_world: World) -> None:
    made = table(row("1", profile=expression(profile), drugs=("Trametinib",)))
    assert "unsatisfiable" in {f.check for f in lint([made], lint_world)}


def test_an_excepted_disease_by_name_is_a_disease(lint_world: World) -> None:
    scope = DiseaseScope(name="solid tumour", agnostic="solid", excluded=("Melanoma",))
    assert not lint([table(row("1", disease=scope))], lint_world)


# -- suppressions ------------------------------------------------------------------------------------------------------


def test_a_suppressed_fault_stays_with_its_reason_and_does_not_count(tmp_path: Path, starter_release: Release) -> None:
    sidecar = SIDECAR + '[[suppress]]\ncheck = "brand"\nrow = "abl1-v299l"\nreason = "as on our forms"\n'
    rows = planted(changed("brand", "abl1-v299l", drugs="Sprycel"))
    (fault,) = check_given([str(written(tmp_path, rows, sidecar))], starter_release, TODAY).faults
    assert fault.suppressed == "as on our forms"
    assert "1 suppressed" in render.summary(Outcome(faults=(fault,), tables=1, rows=1))
    assert render.text(Outcome(faults=(fault,), tables=1, rows=1)) == ""


def test_a_suppression_that_nothing_needs_is_a_note(lint_world: World) -> None:
    spare = (Suppression(check="brand", reason="it was one once"), Suppression(check="gap", reason="no", row="1"))
    found = lint([table(row("1"), suppress=spare)], lint_world)
    assert [(f.check, f.severity) for f in found] == [("suppression", "note")] * 2
