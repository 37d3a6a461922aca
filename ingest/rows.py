"""Delimited tables, read row by row with every fault located.

Handles what published tables look like: gzip, a byte-order mark, Unix, Windows and old Mac line ends, comment lines in
front of the header. Everything else that is not as expected is a ``DataError`` with file, row and column.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Required, TypedDict, Unpack

from graph.errors import DataError, LimitError, nearest
from ingest.limits import TABLE, Limits, read_bytes

Ragged = Literal["error", "pad", "spill"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; ``number`` counts lines as an editor does, the header included."""

    number: int
    file: str
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """The cell, spaces around it off; an absent optional column is empty."""
        return self.cells.get(column, "")

    def __contains__(self, column: str) -> bool:
        return column in self.cells

    def error(self, problem: str, column: str | None = None, suggestion: str | None = None) -> DataError:
        """A ``DataError`` about this row, with the cell's value when a column is named."""
        value = self[column] if column else None
        return DataError(problem, file=self.file, row=self.number, column=column, value=value, suggestion=suggestion)


class Form(TypedDict, total=False):
    """What ``table`` and ``parse`` may be told of a table; ``parse`` has the defaults."""

    required: Required[Sequence[str]]
    optional: Sequence[str]
    delimiter: str
    others: Literal["error", "ignore"]
    comment: str | None
    ragged: Ragged
    encoding: str
    quoted: bool | None
    limits: Limits


def table(path: Path, **form: Unpack[Form]) -> Iterator[Row]:
    """The rows of a table with a header line; blank lines are passed over.

    Args:
        required: columns that must be there.
        optional: columns that may be there.
        others: what further columns are: an error with a did-you-mean, or carried along.
        comment: lines in front of the header that start with this are passed over (``#``).
        ragged: what a row of another length than the header is: an error; filled with empty cells when it is too
            short (``pad``, for tools that strip trailing tabs); or besides, when it is too long, with its surplus
            cells joined to the last column by the delimiter (``spill``).
        quoted: whether double quotes enclose cells; by default for every delimiter but the tab.

    Raises:
        DataError: missing, duplicate or unknown columns, ragged rows, wrong encoding, damaged gzip, no header.
        LimitError: larger than ``limits``.
    """
    return parse(read_bytes(path, form.get("limits", TABLE)), path.name, **form)


def parse(
    content: bytes,
    name: str,
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    delimiter: str = "\t",
    others: Literal["error", "ignore"] = "error",
    comment: str | None = None,
    ragged: Ragged = "error",
    encoding: str = "utf-8",
    quoted: bool | None = None,
    limits: Limits = TABLE,
) -> Iterator[Row]:
    """As ``table``, for content that has been read already."""
    records = _records(decoded(content, name, encoding), name, delimiter, comment, quoted, limits)
    first = next(records, None)
    if first is None:
        raise DataError("the file is empty; a header line is needed", file=name)
    header = [cell.strip() for cell in first[1]]
    _check_header(header, name, first[0], required, optional, others, limits)
    for number, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header) and not any(cell.strip() for cell in cells[len(header) :]):
            cells = cells[: len(header)]
        if len(cells) > len(header) and ragged == "spill":
            cells = [*cells[: len(header) - 1], delimiter.join(cells[len(header) - 1 :])]
        if len(cells) > len(header) or (len(cells) < len(header) and ragged == "error"):
            raise DataError(f"the row has {len(cells)} cells, the header {len(header)}", file=name, row=number)
        cells = cells + [""] * (len(header) - len(cells))
        yield Row(number, name, {column: cell.strip() for column, cell in zip(header, cells, strict=True)})


def header(path: Path, *, delimiter: str = "\t", limits: Limits = TABLE) -> list[str]:
    """The names of a table's columns as they stand in its first line, whatever they are; none in an empty file.

    Raises:
        DataError: no text, or more than the limits allow.
    """
    text = decoded(read_bytes(path, limits), path.name)
    first = next(_records(text, path.name, delimiter, None, None, limits), (1, []))
    return [cell.strip() for cell in first[1]]


def decoded(content: bytes, name: str, encoding: str = "utf-8") -> str:
    """Text with Unix line ends and without byte-order mark.

    Raises:
        DataError: the bytes are not text in ``encoding``; names the line.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif content[:3] == b"\xef\xbb\xbf":
        encoding = "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        row = _lines(content[: error.start])
        bad = content[error.start : error.start + 1].hex() or "end of file"
        raise DataError(f"the file is not {encoding.removesuffix('-sig').upper()} text (byte 0x{bad})", file=name,
                        row=row) from error  # fmt: skip
    if "\0" in text:
        raise DataError("the file holds a NUL byte; it is no text table", file=name,
                        row=_lines(text[: text.index("\0")].encode()))  # fmt: skip
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes as they are on disk, in hexadecimal."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while part := stream.read(2**20):
                digest.update(part)
    except OSError as error:
        raise DataError(f"the file cannot be read ({error.strerror or error})", file=path.name) from error
    return digest.hexdigest()


def _lines(before: bytes) -> int:
    """The line that follows ``before``, counted from 1, whatever the line ends."""
    return 1 + before.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n")


def _records(
    text: str, name: str, delimiter: str, comment: str | None, quoted: bool | None, limits: Limits
) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every record; comment lines count only in front of the first record."""
    lines = _bounded(text, name, limits)
    skipped = 0
    if comment:
        held = ""
        for held in lines:
            if held.strip() and not held.startswith(comment):
                break
            skipped += 1
        else:
            return
        lines = _chain(held, lines)
    use_quotes = delimiter != "\t" if quoted is None else quoted
    csv.field_size_limit(limits.line)
    reader = csv.reader(
        lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if use_quotes else csv.QUOTE_NONE, strict=True
    )
    count, started = 0, skipped
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(f"the line cannot be split into cells ({error})", file=name,
                            row=skipped + reader.line_num) from error  # fmt: skip
        number, started = started + 1, skipped + reader.line_num
        if count == 0 and not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > limits.rows + 1:
            raise LimitError(f"more than {limits.rows:,} rows", file=name)
        yield number, cells


def _bounded(text: str, name: str, limits: Limits) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text), start=1):
        if len(line) > limits.line:
            raise LimitError(f"the line has {len(line):,} characters; {limits.line:,} are allowed", file=name,
                             row=number)  # fmt: skip
        yield line


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _check_header(
    header: list[str], name: str, row: int, required: Sequence[str], optional: Sequence[str],
    others: Literal["error", "ignore"], limits: Limits,
) -> None:  # fmt: skip
    if len(header) > limits.columns:
        raise LimitError(f"the header has {len(header):,} columns; {limits.columns:,} are allowed", file=name, row=row)
    known = [*required, *optional]
    seen: set[str] = set()
    for column in header:
        if column in seen and (column or others == "error"):
            raise DataError("this column is there twice", file=name, row=row, column=column)
        seen.add(column)
    unknown = [column for column in header if column not in known]
    for column in required:
        if column not in seen:
            alike = nearest(column, unknown)
            raise DataError("this column is missing", file=name, row=row, column=column,
                            suggestion=alike[0] if alike else None)  # fmt: skip
    if others == "error" and unknown:
        alike = nearest(unknown[0], known)
        raise DataError("this column is not known", file=name, row=row, column=unknown[0],
                        suggestion=alike[0] if alike else None)  # fmt: skip
