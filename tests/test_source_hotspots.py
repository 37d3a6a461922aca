"""Hotspots say which changes are oncogenic: at a residue, within a stretch, at a splice site."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import DataError
from ingest.sources import hotspots


def test_a_residue_with_several_rows_is_one_class(data: Path) -> None:
    harvest = hotspots.read(data / "hotspots")
    by_id = {c.id: c for c in harvest.classes}
    residue = by_id["hotspots:AAAA1:61"]
    assert residue.classes == ("oncogenic",)
    assert (residue.criterion.codons, residue.criterion.consequences) == ((61, 61), ("missense", "nonsense"))
    assert by_id["hotspots:BBBB2:X101_splice"].criterion.consequences == ("splice",)
    stretch = by_id["hotspots:BBBB2:45-59"].criterion
    assert (stretch.codons, "inframe_deletion" in stretch.consequences) == ((45, 59), True)


def test_every_row_is_counted(data: Path) -> None:
    report = hotspots.read(data / "hotspots" / "invented_v2.txt").report
    assert (report.read, report.loaded, report.merged, report.count("skipped")) == (5, 3, 1, 1)
    assert report.set_aside[0].reason == "the judgement is REMOVE"


def test_the_published_table(shared: Path) -> None:
    harvest = hotspots.read(shared / "oncology" / "hotspots")
    report = harvest.report
    assert report.read == report.loaded + report.merged + report.count("quarantined") + report.count("skipped")
    assert (report.read, report.loaded) == (3004, 1110)
    assert sum(c.criterion.consequences == ("splice",) for c in harvest.classes) == 86
    assert {"hotspots:BRAF:600", "hotspots:KRAS:12", "hotspots:MET:X1010_splice"} <= {c.id for c in harvest.classes}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\t61\t", "\tQ61\t", "row 2, column 'Amino_Acid_Position': a position is a residue (61)"),
        ("Q:12", "Q", "row 2, column 'Reference_Amino_Acid': a residue and its count is expected, as in Q:422: 'Q'"),
        ("45-59", "59-45", "row 5, column 'Amino_Acid_Position': the stretch ends before it begins: '59-45'"),
        ("judgement", "judgment", "column 'judgement': this column is missing (did you mean judgment?)"),
    ],
)
def test_a_fault_is_named_with_its_place(data: Path, tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (data / "hotspots" / "invented_v2.txt").read_text(encoding="utf-8")
    file = tmp_path / "broken.txt"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        hotspots.read(file)
    assert message in str(caught.value)
    assert str(caught.value).startswith("broken.txt")
