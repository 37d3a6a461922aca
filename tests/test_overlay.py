"""What an overlay table promises: it corrects derived fields of single statements, with a reason, or is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from graph.claims import phrase
from graph.errors import DataError
from ingest.overlay import FIELDS, apply, corrections
from ingest.sources.moalmanac import read

HEADER = "statement\tfield\tvalue\treason\tcurator\n"


@pytest.fixture
def folder(data: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(data / "moalmanac", tmp_path / "db"))


def written(folder: Path, *rows: str) -> Path:
    path = folder / "overlay.tsv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def test_an_overlay_in_the_folder_is_applied_and_is_part_of_the_source(folder: Path) -> None:
    written(
        folder,
        "moa-db:statement:1\tage_years\t>=12\tthe label was widened\tAda",
        "moa-db:statement:1\tline\t\tany line\tAda",
        "moa-db:statement:7\tquarantined\t\tread again\tAda",
        "moa-db:statement:8\tdate\t2021-02-03\tfrom the register\tAda",
        "moa-db:statement:6\tdisease.excluded\tColorectal cancer|Melanoma\tread again\tAda",
        "moa-db:statement:2\tprofile\tBRAF V600E AND NOT KRAS G12D\tread again\tAda",
        "moa-db:statement:4\ttherapy\tExemplumab + cisplatin\tread again\tAda",
        "moa-db:statement:11\tagency\tema\tread again\tAda",
    )
    harvest = read(folder)
    by_id = {s.id: s for s in harvest.statements}
    first = by_id["moa-db:statement:1"]
    assert [(c.cell, c.derived_from_text) for c in first.settings if c.fact == "age_years"] == [(">=12", False)]
    assert not [c for c in first.settings if c.fact == "line"]
    assert by_id["moa-db:statement:7"].quarantined is None
    assert by_id["moa-db:statement:8"].date == "2021-02-03"
    assert by_id["moa-db:statement:6"].disease.excluded == ("Colorectal cancer", "Melanoma")
    assert by_id["moa-db:statement:6"].derived_from_text == ()
    assert phrase(by_id["moa-db:statement:2"].profile) == "BRAF V600E AND NOT KRAS G12D"
    assert by_id["moa-db:statement:4"].therapy == ("Cisplatin", "Exemplumab")
    assert {by_id[f"moa-db:statement:11/{d}"].agency for d in ("novatinib", "ficticiclib")} == {"ema"}
    assert "overlay.tsv" in harvest.source.files


def test_a_quarantine_that_a_curator_lifts_or_sets_is_counted(folder: Path) -> None:
    written(folder, "moa-db:statement:7\tquarantined\t\tread again\tAda", "moa-db:statement:1\tquarantined\tno\tx\tAda")
    r = read(folder).report
    assert r.read == r.loaded + r.merged + r.count("quarantined") + r.count("skipped")
    reasons = {a.record: a.reason for a in r.set_aside if a.fate == "quarantined"}
    assert "moa-db:statement:7" not in reasons
    assert reasons["moa-db:statement:1"] == "no"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("moa-db:statement:1\tage_year\t>=12\tr\tAda",
         "overlay.tsv, row 2, column 'field': this field cannot be corrected: 'age_year' (did you mean age_years?)"),
        ("moa-db:statement:999\tdate\t2021-01-01\tr\tAda",
         "overlay.tsv, row 2, column 'statement': there is no such statement: 'moa-db:statement:999' "
         "(did you mean moa-db:statement:9?)"),
        ("moa-db:statement:1\tdate\t1 May\tr\tAda",
         "overlay.tsv, row 2, column 'value': a date must be written as YYYY-MM-DD: '1 May'"),
        ("moa-db:statement:1\tage_years\t=>12\tr\tAda",
         "overlay.tsv, row 2, column 'value': this cell is not in the grammar of guideline cells: '=>12'"),
        ("moa-db:statement:1\tdate\t2021-01-01\t\tAda",
         "overlay.tsv, row 2, column 'reason': this must not be empty: ''"),
        ("moa-db:statement:1\tagency\tnasa\tr\tAda",
         "overlay.tsv, row 2, column 'value': the agency is not known: 'nasa'"),
        ("moa-db:statement:1\tdisease.ids\tmelanoma\tr\tAda",
         "overlay.tsv, row 2, column 'value': melanoma is no CURIE: 'melanoma'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(folder: Path, row: str, message: str) -> None:
    written(folder, row)
    with pytest.raises(DataError) as caught:
        read(folder)
    assert str(caught.value) == message


def test_a_field_is_corrected_once(folder: Path) -> None:
    row = "moa-db:statement:1\tdate\t2021-01-01\tr\tAda"
    with pytest.raises(DataError, match="row 3, column 'field': row 2 corrects this field already"):
        corrections(written(folder, row, row))


def test_the_manual_lists_every_field() -> None:
    from ingest import overlay

    assert all(field in (overlay.__doc__ or "") for field in FIELDS)


def test_nothing_to_correct_changes_nothing(data: Path) -> None:
    statements = read(data / "moalmanac").statements
    assert apply(statements, []) == statements


def test_only_a_curator_who_says_so_makes_a_setting_complete(folder: Path) -> None:
    written(
        folder, "moa-db:statement:1\tsetting\tunknown\tit asks for more\tAda", "moa-db:statement:1\tline\t>=2\tx\tAda"
    )
    statements = {s.id: s for s in read(folder).statements}
    assert not statements["moa-db:statement:1"].settings_stated
    written(folder, "moa-db:statement:1\tsetting\tcomplete\tread in full\tAda")
    assert {s.id: s for s in read(folder).statements}["moa-db:statement:1"].settings_stated
    written(folder, "moa-db:statement:1\tsetting\tyes\tx\tAda")
    with pytest.raises(DataError, match="complete or unknown is needed"):
        read(folder)
