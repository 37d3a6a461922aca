"""A guideline table is text with places, whatever its file; what a spreadsheet shows is what is read, or refused."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from graph.errors import DataError, LimitError
from ingest import guidelines
from ingest.guidelines import sheet, workbook

HEADER = ["id", "kind", "biomarker", "drugs", "age_years", "reason", "version"]
ROW = ["r1", "exclude", "EGFR T790M", "Gefitinib", ">=18", "A sentence.", "2"]
SIDECAR = '[table]\nguideline = "house"\n'


def _workbook(path: Path, change: Callable[[Worksheet], object] | None = None, *rows: list[Any]) -> Path:
    book = Workbook()
    page = book.active
    assert isinstance(page, Worksheet)
    page.title = "Rules"
    for row in (HEADER, *(rows or (ROW,))):
        page.append(row)
    if change is not None:
        change(page)
    book.save(path)
    path.with_suffix(".toml").write_text(SIDECAR, encoding="utf-8")
    return path


def _text(path: Path, delimiter: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows((HEADER, ROW))
    path.with_suffix(".toml").write_text(SIDECAR, encoding="utf-8")
    return path


def test_one_table_is_the_same_in_every_file(tmp_path: Path) -> None:
    tables = [
        guidelines.read_table(_text(tmp_path / "a.csv", ",")),
        guidelines.read_table(_text(tmp_path / "b.tsv", "\t")),
        guidelines.read_table(_workbook(tmp_path / "c.xlsx")),
    ]
    assert [t.rows[0].row for t in tables] == [tables[0].rows[0].row] * 3
    assert [(t.rows[0].file, t.rows[0].number) for t in tables] == [("a.csv", 2), ("b.tsv", 2), ("c.xlsx", 2)]
    assert tables[2].rows[0].cells["biomarker"] == "EGFR T790M"


def test_rows_of_a_workbook_have_the_numbers_of_the_spreadsheet(tmp_path: Path) -> None:
    path = _workbook(tmp_path / "t.xlsx", None, ROW, [None] * 7, ["r2", *ROW[1:]])
    assert [row.number for row in guidelines.read_table(path).rows] == [2, 4]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (2, "General", "2"),
        (2.0, "General", "2"),
        (0.5, "General", "0.5"),
        (-1.25, "0.00", "-1.25"),
        (1500, "#,##0", "1500"),
        ("007", "@", "007"),
        ("  spaced ", "@", "spaced"),
        (True, "General", "yes"),
    ],
)
def test_a_plain_number_is_taken_with_its_digits(tmp_path: Path, value: object, form: str, text: str) -> None:
    def put(page: Worksheet) -> None:
        page["G2"] = value
        page["G2"].number_format = form

    path = _workbook(tmp_path / "t.xlsx", put)
    assert sheet.read(path).rows[0]["version"] == text


def _put(place: str, value: object, form: str | None = None) -> Callable[[Worksheet], None]:
    def change(page: Worksheet) -> None:
        page[place] = value
        if form is not None:
            page[place].number_format = form

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_put("E2", '=">="&18'), "row 2, cell 'E2': this cell is a formula; a table holds text: '=\">=\"&18'"),
        (_put("A1", '="id"'), "row 1, cell 'A1': this cell is a formula"),
        (_put("E2", date(2024, 5, 31)), "row 2, cell 'E2': this cell is a date by its format"),
        (_put("E2", datetime(2024, 5, 31, 12)), "cell 'E2': this cell is a date by its format"),
        (_put("E2", 45443, "dd/mm/yyyy"), "cell 'E2': this cell is a date by its format"),
        (_put("E2", 0.5, "[h]:mm:ss"), "cell 'E2': this cell is a date by its format"),
        (_put("E2", "#N/A"), "cell 'E2': this cell is an error of the spreadsheet: '#N/A'"),
        (_put("E2", 0.5, "0%"), "cell 'E2': this number is shown by the format 0%; write it as text: '0.5'"),
        (_put("E2", 18, '0 "years"'), "cell 'E2': this number is shown by the format"),
        (_put("E2", 1234567, "0.00E+00"), "cell 'E2': this number is shown by the format"),
        (_put("E2", 18.4, "0"), "cell 'E2': this number is shown rounded; write it as text: '18.4'"),
        (_put("E2", 1e20), "cell 'E2': this number is shown rounded"),
        (_put("I2", "stray"), "row 2, cell 'I2': this cell stands under no header: 'stray'"),
        (_put("H1", "id"), "row 1, column 'id': this column is there twice"),
        (_put("C1", None), "row 1: column 3 has no name"),
        (lambda page: page.merge_cells("D2:D3"), "row 2, cell 'D2:D3': cells are merged here"),
    ],
)
def test_what_a_spreadsheet_shows_otherwise_than_it_holds_is_refused_with_its_cell(
    tmp_path: Path, change: Callable[[Worksheet], object], problem: str
) -> None:
    path = _workbook(tmp_path / "t.xlsx", change)
    with pytest.raises(DataError) as caught:
        guidelines.read_table(path)
    assert str(caught.value).startswith(f"t.xlsx, sheet 'Rules', {problem}") or problem in str(caught.value)
    assert "t.xlsx, sheet 'Rules'" in str(caught.value)


def _two_sheets(path: Path) -> Path:
    book = Workbook()
    first, second = book.active, book.create_sheet("Rules")
    assert isinstance(first, Worksheet)
    first.title = "Read me"
    first["A1"] = "About this workbook"
    first.merge_cells("A1:C1")
    for row in (HEADER, ROW):
        second.append(row)
    book.save(path)
    return path


def test_of_several_sheets_the_sidecar_names_one(tmp_path: Path) -> None:
    path = _two_sheets(tmp_path / "t.xlsx")
    beside = tmp_path / "t.toml"
    beside.write_text(SIDECAR, encoding="utf-8")
    with pytest.raises(DataError, match=r"the workbook has 2 sheets \(Read me, Rules\): name one as table.sheet"):
        guidelines.read_table(path)
    beside.write_text(SIDECAR + 'sheet = "Rulez"\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"no such sheet; it has Read me, Rules: 'Rulez' \(did you mean Rules\?\)"):
        guidelines.read_table(path)
    beside.write_text(SIDECAR + 'sheet = "Rules"\n', encoding="utf-8")
    assert [line.row.id for line in guidelines.read_table(path).rows] == ["guideline:house:r1"]


def _rewritten(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


PAGE = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_before_anything_is_parsed(tmp_path: Path, encoding: str) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    path = _rewritten(_workbook(tmp_path / "t.xlsx"), PAGE, lambda _: bomb.encode(encoding))
    with pytest.raises(DataError, match=r"t.xlsx: the workbook declares XML entities"):
        guidelines.read_table(path)


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path: Path) -> None:
    path = _rewritten(_workbook(tmp_path / "t.xlsx"), PAGE, lambda c: c + b" " * (20 * 2**20))
    assert path.stat().st_size < 2**18
    with pytest.raises(LimitError, match=r"t.xlsx: the archive unpacks to"):
        guidelines.read_table(path)


def test_a_claimed_size_costs_nothing_and_far_cells_are_refused(tmp_path: Path) -> None:
    claimed = _rewritten(
        _workbook(tmp_path / "claimed.xlsx"), PAGE, lambda c: c.replace(b'ref="A1:G2"', b'ref="A1:XFD1048576"')
    )
    assert len(guidelines.read_table(claimed).rows) == 1
    many = b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (n, n) for n in range(3, 203))
    far = _rewritten(
        _workbook(tmp_path / "far.xlsx"), PAGE, lambda c: c.replace(b"</sheetData>", many + b"</sheetData>")
    )
    with pytest.raises(LimitError, match=r"more than 2,000,000 cells"):
        guidelines.read_table(far)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        (b'<row r="2"><c r="A2" t="inlineStr"><is><t>r2</t></is></c></row>', "2"),
        (b'<row r="1"><c r="A1" t="inlineStr"><is><t>r2</t></is></c></row>', "1"),
        (b'<row r="3"><c r="A2" t="inlineStr"><is><t>r2</t></is></c></row>', "A2"),
        (b'<row r="3"><c r="B3"/><c r="A3" t="inlineStr"><is><t>r2</t></is></c></row>', "A3"),
        (b'<row r="3"><c r="A3"/><c r="A3" t="inlineStr"><is><t>r2</t></is></c></row>', "A3"),
        (b'<row r="x"/>', "x"),
    ],
)
def test_rows_and_cells_out_of_order_are_refused_for_they_would_be_lost(
    tmp_path: Path, more: bytes, place: str
) -> None:
    path = _rewritten(
        _workbook(tmp_path / "t.xlsx"), PAGE, lambda c: c.replace(b"</sheetData>", more + b"</sheetData>")
    )
    with pytest.raises(DataError, match=rf"'{place}': this row or cell does not come after the one before it"):
        guidelines.read_table(path)


def test_rows_and_cells_without_a_stated_place_come_one_after_another(tmp_path: Path) -> None:
    more = b'<row><c/><c t="inlineStr"><is><t>exclude</t></is></c></row>'
    path = _rewritten(
        _workbook(tmp_path / "t.xlsx"), PAGE, lambda c: c.replace(b"</sheetData>", more + b"</sheetData>")
    )
    assert [(row.number, row["kind"]) for row in workbook.read(path, None)[1]] == [(2, "exclude"), (3, "exclude")]


def test_an_archive_of_another_compression_is_refused(tmp_path: Path) -> None:
    path = _workbook(tmp_path / "t.xlsx")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>" * 100)
    content = bytearray(path.read_bytes())
    content[60:70] = b"\xff" * 10
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"t\.xlsx: the archive is compressed in another way than deflate"):
        guidelines.read_table(path)


@pytest.mark.parametrize("cut", [0, 10, 400, -200])
def test_a_damaged_workbook_is_an_error_with_its_name(tmp_path: Path, cut: int) -> None:
    path = _workbook(tmp_path / "t.xlsx")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DataError, match=r"^t\.xlsx"):
        guidelines.read_table(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.replace(b"<row", b"<rwo", 1),
        lambda c: c[: len(c) // 2],
        lambda c: c.replace(b'r="B2"', b'r="!!"'),
        lambda c: c.replace(b't="inlineStr"', b't="q"').replace(b't="s"', b't="q"'),
        lambda c: b"",
    ],
)
def test_a_workbook_with_a_damaged_sheet_is_an_error_with_its_name(
    tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    path = _rewritten(_workbook(tmp_path / "t.xlsx"), PAGE, change)
    with pytest.raises(DataError, match=r"t\.xlsx"):
        guidelines.read_table(path)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("t.csv", "id;kind;reason\nr1;exclude;x\n", "row 1: the cells of this table are separated by semicolons"),
        ("t.csv", "", "t.csv: the table has no header line"),
        ("t.csv", "id,,reason\n", "t.csv, row 1: column 2 has no name"),
        ("t.csv", "id,id\n", "t.csv, row 1, column 'id': this column is there twice"),
        ("t.csv", "id,kind\nr1\n", "t.csv, row 2: the row has 1 cells, the header 2"),
        ("t.ods", "x", "t.ods: a guideline table is one of .csv, .tsv, .xlsx: '.ods'"),
    ],
)
def test_a_fault_of_a_text_table_names_its_place(tmp_path: Path, name: str, content: str, problem: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        guidelines.read_table(path)
    assert problem in str(caught.value)


def test_a_sheet_is_named_of_a_workbook_only(tmp_path: Path) -> None:
    path = _text(tmp_path / "t.csv", ",")
    path.with_suffix(".toml").write_text(SIDECAR + 'sheet = "Rules"\n', encoding="utf-8")
    with pytest.raises(DataError, match="only an XLSX file has sheets"):
        guidelines.read_table(path)
