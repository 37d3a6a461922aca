"""The rows of a query as a table, CSV or JSON. Values are what JSON has; nested ones are written as JSON in a cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from api.render import words
from api.render.lines import cells

Row = Mapping[str, object]
_WIDEST = 60
"""Columns of a table's widest cell; what is longer is cut there, and whole in CSV and JSON."""


def columns(rows: Iterable[Row]) -> list[str]:
    """Every key, in the order of first appearance."""
    return list(dict.fromkeys(key for row in rows for key in row))


def table(rows: Sequence[Row]) -> str:
    """Aligned columns under a header, for reading; numbers to the right."""
    names = columns(rows)
    if not names:
        return ""
    body = [[_short(row.get(name)) for name in names] for row in rows]
    widths = [max(cells(words.clean(n)), *(cells(line[i]) for line in body)) for i, n in enumerate(names)]
    numeric = [all(isinstance(row.get(n), int | float | None) for row in rows) for n in names]
    lines = [[words.clean(n) for n in names], ["-" * w for w in widths], *body]
    return "".join(_line(line, widths, numeric) for line in lines)


def is_cut(rows: Sequence[Row]) -> bool:
    """Whether ``table`` has to cut a value."""
    return any(len(words.clean(_cell(value))) > _WIDEST for row in rows for value in row.values())


def comma_separated(rows: Sequence[Row]) -> str:
    """CSV with a header (RFC 4180, but lines end in a newline only); an absent value is an empty cell."""
    names = columns(rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if names:
        writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return out.getvalue()


def json(rows: Sequence[Row]) -> bytes:
    """An array of objects, indented, with a final newline."""
    return msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n"


def _line(line: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = []
    for text, width, right in zip(line, widths, numeric, strict=True):
        blank = " " * (width - cells(text))
        padded.append(blank + text if right else text + blank)
    return "  ".join(padded).rstrip() + "\n"


def _short(value: object) -> str:
    text = words.clean(_cell(value))
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
