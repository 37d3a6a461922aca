"""XLSX workbooks, read as text or not at all: what a cell shows must be what it holds.

A formula, a date, a percentage, a rounded number or a merged cell shows something else than a plain reader sees; in a
guideline that is a wrong row. So each is an error with the sheet and the cell. Colours, strike-through and comments are
no content.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from graph.errors import DataError, LimitError, nearest
from ingest.limits import WORKBOOK, read_bytes, unzipped
from ingest.rows import Row

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_PLAIN = re.compile(r"General|@|(?:#,##)?0(?:\.(0+))?", re.IGNORECASE)
"""Formats of numbers that show the digits themselves; the group is how many behind the point."""


def read(path: Path, sheet: str | None) -> tuple[list[str], list[Row]]:
    """Header and rows of the sheet ``sheet``, or of the only one.

    Raises:
        DataError: no workbook, a damaged one, several sheets and none named; a cell that is a formula, a date, an error
            or merged, a number that is shown otherwise than it is, or rows or cells out of order.
            Names the sheet and the cell.
        LimitError: more decompressed bytes, sheets, rows or cells than ``ingest.limits.WORKBOOK`` allows.
    """
    from openpyxl import load_workbook

    parts = unzipped(read_bytes(path, WORKBOOK), path.name, WORKBOOK)
    titles = _sheets(parts, path.name)
    title = _chosen(sheet, list(titles), path.name)
    content = _parsed(parts.get(titles[title], b""), path.name)
    for cell in content.iter(f"{_MAIN}mergeCell"):
        raise _error("cells are merged here; only the first would be read", path.name, title, cell.get("ref", ""))
    for place in _misplaced(content):
        problem = "this row or cell does not come after the one before it; one of them would not be read"
        raise _error(problem, path.name, title, place)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions, which are not read
            book = load_workbook(BytesIO(_packed(parts)), read_only=True, keep_links=False)
            worksheet = book[title]
            worksheet.reset_dimensions()  # a stated size is only a claim, and may be the largest there is
            return _table(worksheet.iter_rows(), path.name, title)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # whatever openpyxl trips over in a damaged file
        raise DataError(f"the workbook is damaged ({type(error).__name__})", file=path.name) from error


def _packed(parts: dict[str, bytes]) -> bytes:
    """The parts as a workbook again: openpyxl then reads exactly what was looked at."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _sheets(parts: dict[str, bytes], file: str) -> dict[str, str]:
    """Title of each worksheet -> its part."""
    for content in parts.values():
        # Entities can grow without bound or read files; a workbook has no use for them.
        plain = content.replace(b"\0", b"")
        if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
            raise DataError("the workbook declares XML entities", file=file)
    try:
        links = {
            link.get("Id"): link.get("Target", "")
            for link in ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])  # noqa: S314 (no entities, above)
        }
        listed = ElementTree.fromstring(parts["xl/workbook.xml"]).iter(f"{_MAIN}sheet")  # noqa: S314
        found = {s.get("name", ""): links.get(s.get(_LINK), "") for s in listed}
    except (KeyError, ElementTree.ParseError) as error:
        raise DataError("this is no XLSX workbook, or it is damaged", file=file) from error
    if not found:
        raise DataError("no sheet is found in the workbook: save it as an ordinary XLSX file", file=file)
    if len(found) > WORKBOOK.sheets:
        raise LimitError(f"more than {WORKBOOK.sheets} sheets", file=file)
    return {
        title: target.removeprefix("/") if target.startswith("/") else f"xl/{target}" for title, target in found.items()
    }


def _chosen(sheet: str | None, titles: list[str], file: str) -> str:
    listed = ", ".join(titles)
    if sheet is None:
        if len(titles) != 1:
            raise DataError(f"the workbook has {len(titles)} sheets ({listed}): name one as table.sheet in the sidecar",
                            file=file)  # fmt: skip
        return titles[0]
    if sheet not in titles:
        close = next(iter(nearest(sheet, titles)), None)
        raise DataError(f"the workbook has no such sheet; it has {listed}", file=file, value=sheet, suggestion=close)
    return sheet


def _parsed(content: bytes, file: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(content)  # noqa: S314 (no entities, above)
    except ElementTree.ParseError as error:
        raise DataError("the workbook is damaged: the sheet is no XML", file=file) from error


def _misplaced(sheet: ElementTree.Element) -> Iterator[str]:
    """Rows and cells that state a place at or before the last one, or a cell another row than its own; one that states
    none comes next. openpyxl leaves such a row out, or one of two such cells."""
    number = 0
    for row in sheet.iter(f"{_MAIN}row"):
        stated = row.get("r") or str(number + 1)
        if not _NUMBER.fullmatch(stated) or int(stated) <= number:
            yield stated
            return
        number, column = int(stated), 0
        for cell in row.iter(f"{_MAIN}c"):
            if (at := cell.get("r")) is None:
                column += 1
                continue
            place = _PLACE.fullmatch(at)
            if place is None or int(place[2]) != number or _column(place[1]) <= column:
                yield at
                return
            column = _column(place[1])


def _column(letters: str) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - ord("A") + 1
    return found


def _table(lines: Iterator[tuple[Any, ...]], file: str, title: str) -> tuple[list[str], list[Row]]:
    header: list[str] = []
    found: list[Row] = []
    cells = 0
    for number, line in enumerate(lines, 1):
        cells += len(line) or 1
        if cells > WORKBOOK.cells or number > WORKBOOK.rows:
            raise LimitError(f"the sheet has more than {WORKBOOK.cells:,} cells or {WORKBOOK.rows:,} rows", file=file)
        texts = [_text(cell, file, title) for cell in line]
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            continue
        if not header:
            header = _header(texts, file, title, number)
            continue
        if len(texts) > len(header):
            surplus = next(line[i] for i in range(len(header), len(texts)) if texts[i])
            raise _error("this cell stands under no header", file, title, surplus.coordinate, texts[len(texts) - 1])
        texts += [""] * (len(header) - len(texts))
        found.append(Row(number, file, dict(zip(header, texts, strict=True))))
    if not header:
        raise DataError("the table has no header line", file=f"{file}, sheet {title!r}")
    return header, found


def _header(texts: list[str], file: str, title: str, number: int) -> list[str]:
    for at, name in enumerate(texts):
        if not name or name in texts[:at]:
            problem = "this column is there twice" if name else f"column {at + 1} has no name"
            raise DataError(problem, file=f"{file}, sheet {title!r}", row=number, column=name or None)
    return texts


def _text(cell: Any, file: str, title: str) -> str:
    """What a cell shows, which must be what it holds.

    A plain number is taken with the digits of its value: a spreadsheet keeps numbers, not how they were typed, and
    ``1.0`` typed as a version is ``1`` for it too. Who needs the zeros formats the cell as text.
    """
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise _error("this cell is a formula; a table holds text", file, title, cell.coordinate, value)
    if cell.data_type == "e":
        raise _error("this cell is an error of the spreadsheet", file, title, cell.coordinate, value)
    if cell.is_date or cell.data_type == "d":
        raise _error("this cell is a date by its format; write it as text, 2024-05-31", file, title, cell.coordinate)
    if cell.data_type not in ("s", "inlineStr", "str", "n", "b"):
        raise _error("this cell is of no known type", file, title, cell.coordinate, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _digits(cell, value, file, title)
    return str(value).strip()


def _digits(cell: Any, value: float, file: str, title: str) -> str:
    shown = _PLAIN.fullmatch(cell.number_format or "General")
    digits = str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
    if shown is None:
        problem = f"this number is shown by the format {cell.number_format}; write it as text"
        raise _error(problem, file, title, cell.coordinate, digits)
    behind = None if shown[0].lower() in ("general", "@") else len(shown[1] or "")
    if not re.fullmatch(r"-?\d+(\.\d+)?", digits) or (behind is not None and round(value, behind) != value):
        raise _error("this number is shown rounded; write it as text", file, title, cell.coordinate, digits)
    return digits


def _error(problem: str, file: str, title: str, place: str, value: object = None) -> DataError:
    row = re.search(r"\d+", place)
    return DataError(problem, file=f"{file}, sheet {title!r}", row=int(row[0]) if row else None, column=place,
                     value=value, noun="cell")  # fmt: skip
