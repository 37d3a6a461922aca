"""Lint on published guidelines as they are, and with faults planted in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from lint_plants import TODAY

from api.lint import EVERY, check_given
from graph.claims import GuidelineRow
from graph.release import Release
from ingest import linted
from rules.lint import World, lint
from rules.table import Table


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


def test_cpic_and_dpwg_have_one_row_for_every_result_they_know(cpic: list[Table], lint_world: World) -> None:
    found = lint(cpic, lint_world, EVERY)
    assert sum(len(t.rows) for t in cpic) > 2_000
    assert {f.check for f in found} <= {"unknown-drug", "text"}
    # What DPWG says of simvastatin with a normal SLCO1B1 speaks of atorvastatin, in the file as it is published.
    assert {f.message for f in found if f.check == "text"} <= {
        "The words name Atorvastatin, and the row is about Simvastatin."
    }


@pytest.mark.parametrize("drug", ["Clopidogrel", "Amitriptyline", "Azathioprine"])
def test_faults_planted_in_cpic_are_found(drug: str, cpic: list[Table], lint_world: World) -> None:
    made = of_drug(cpic, drug, "CPIC")
    known = [n for n, line in enumerate(made.rows) if line.row.profile and "not known" not in line.row.reason]
    first, second = known[0], known[1]
    replace = msgspec.structs.replace
    gone = lint([with_rows(made, lambda n, r: None if n == first else r)], lint_world, EVERY)
    assert "gap" in {f.check for f in gone}
    target = made.rows[second].row
    wider = lint(
        [with_rows(made, lambda n, r: replace(r, profile=None) if n == first else r)], lint_world, EVERY
    )  # fmt: skip
    assert made.rows[first].row.id in {i for f in wider if f.check == "overlap" for i in (f.id, *f.related)}
    twin = lint(
        [with_rows(made, lambda n, r: replace(target, id=r.id, settings=target.settings) if n == first else r)],
        lint_world, EVERY,
    )  # fmt: skip
    assert {"duplicate", "gap"} <= {f.check for f in twin}
    excluded = lint(
        [msgspec.structs.replace(made, rows=(*made.rows, msgspec.structs.replace(
            made.rows[first], row=replace(made.rows[first].row, id=made.rows[first].row.id + "-not", kind="exclude",
                                          because="toxicity"))))] if made.rows[first].row.kind == "dose" else
        [msgspec.structs.replace(made, rows=(*made.rows, msgspec.structs.replace(
            made.rows[first], row=replace(made.rows[first].row, id=made.rows[first].row.id + "-do", kind="dose"))))],
        lint_world, EVERY,
    )  # fmt: skip
    if made.rows[first].row.kind in ("dose", "exclude"):
        assert "contradiction" in {f.check for f in excluded}
    other = "Warfarin" if drug != "Warfarin" else "Codeine"
    texted = lint(
        [with_rows(made, lambda n, r: replace(r, text=f"Use {other} at the usual dose.") if n == first else r),
         of_drug(cpic, other, "CPIC" if other == "Codeine" else "DPWG")], lint_world, EVERY,
    )  # fmt: skip
    assert made.rows[first].row.id in {f.id for f in texted if f.check == "text"}


def test_faults_planted_in_hivdb_are_found(shared: Path, lint_world: World) -> None:
    (made,), faults = linted.tables(f"hivdb={shared / 'amr/hiv/HIVDB_10.2.xml'}")
    assert not faults
    # The starter pack holds cancers: it has no HIV infection.
    assert {f.check for f in lint([made], lint_world, EVERY)} <= {"unknown-drug", "unknown-code"}
    replace = msgspec.structs.replace
    scored = [n for n, line in enumerate(made.rows) if line.row.points and line.row.profile is not None]
    for n in scored[:3]:
        twice = msgspec.structs.replace(made.rows[n], row=replace(made.rows[n].row, id=made.rows[n].row.id + "-again"))
        more = msgspec.structs.replace(twice, row=replace(twice.row, points=5.0 + (twice.row.points or 0.0)))
        for line, severity in ((twice, "warning"), (more, "error")):
            found = lint([msgspec.structs.replace(made, rows=(*made.rows, line))], lint_world)
            assert [(f.check, f.severity, f.id) for f in found if f.check == "duplicate"] == [
                ("duplicate", severity, line.row.id)
            ]


def test_what_contradicts_its_text_in_moalmanac_is_told(shared: Path, starter_release: Release) -> None:
    found = check_given([f"moalmanac={shared / 'oncology/moalmanac-db'}"], starter_release, TODAY).faults
    aside = {str(f.id).rpartition(":")[2]: f.message for f in found if f.check == "set-aside"}
    assert aside["330"] == "The row is for Talazoparib; the label is that of Olaparib."
    assert all(Path(f.file).is_file() for f in found)
    assert not [f for f in found if f.severity == "error"]
