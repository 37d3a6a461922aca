"""A table as located rows of text, whatever the file: CSV, TSV or a sheet of an XLSX workbook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graph.errors import DataError
from ingest import rows
from ingest.rows import Row

SUFFIXES = (".csv", ".tsv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The header line and what stands below it; blank lines are passed over."""

    file: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read(path: Path, sheet: str | None = None) -> Sheet:
    """The rows of a table; ``sheet`` names one of a workbook and may be left out where there is only one.

    Raises:
        DataError: a file of another kind, no header, a column without a name or named twice, a row that is longer or
            shorter than the header; for a workbook also what ``workbook.read`` refuses.
        LimitError: larger than ``ingest.limits`` allow.
    """
    suffixes = [s.lower() for s in path.suffixes if s.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    if suffix not in SUFFIXES:
        raise DataError(f"a guideline table is one of {', '.join(SUFFIXES)}", file=path.name, value=suffix or path.name)
    if suffix == ".xlsx":
        from ingest.guidelines import workbook

        header, found = workbook.read(path, sheet)
    else:
        if sheet is not None:
            raise DataError("only an XLSX file has sheets", file=path.name, value=sheet)
        delimiter = "\t" if suffix == ".tsv" else ","
        header = rows.header(path, delimiter=delimiter)
        _check_separator(header, path.name)
        _check_header(header, path.name, 1)
        found = list(rows.table(path, required=(), others="ignore", delimiter=delimiter))
    return Sheet(path.name, tuple(header), tuple(found))


def _check_separator(header: list[str], file: str) -> None:
    if len(header) == 1 and ";" in header[0]:
        raise DataError("the cells of this table are separated by semicolons; commas are expected", file=file, row=1)


def _check_header(header: list[str], file: str, row: int) -> None:
    if not any(header):
        raise DataError("the table has no header line", file=file)
    for number, name in enumerate(header, 1):
        if not name:
            raise DataError(f"column {number} has no name", file=file, row=row)
        if name in header[: number - 1]:
            raise DataError("this column is there twice", file=file, row=row, column=name)
