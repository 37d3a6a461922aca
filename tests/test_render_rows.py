"""Rows of a query: aligned to read, exact for machines."""

from __future__ import annotations

import csv
import io
import json

from api.render import rows

FOUND = [
    {"name": "Dabrafenib", "n": 12, "drug": {"id": "clew.drug:dabrafenib", "names": ["A", "B"]}},
    {"name": 'with "quotes", comma\nand line', "n": None, "drug": None, "more": 0.5},
    {"name": "\x1b[31m" + "x" * 80, "n": 3, "drug": [], "more": -1},
]


def test_a_table_is_aligned_and_steers_nothing() -> None:
    lines = rows.table(FOUND).splitlines()
    assert lines[0].split() == ["name", "n", "drug", "more"]
    assert len(lines) == 2 + len(FOUND)
    assert "\x1b" not in rows.table(FOUND)
    assert lines[2].index("12") + 1 == lines[4].index(" 3 ") + 1


def test_what_is_too_wide_for_a_table_is_whole_in_csv_and_json() -> None:
    assert "…" in rows.table(FOUND)
    read = list(csv.DictReader(io.StringIO(rows.comma_separated(FOUND))))
    assert read[2]["name"] == FOUND[2]["name"]
    assert read[1]["name"] == FOUND[1]["name"]
    assert read[0]["drug"] == '{"id":"clew.drug:dabrafenib","names":["A","B"]}'
    assert read[1]["n"] == ""
    assert json.loads(rows.json(FOUND)) == FOUND


def test_no_rows_are_an_empty_table_and_an_empty_array() -> None:
    assert rows.table([]) == rows.comma_separated([]) == ""
    assert json.loads(rows.json([])) == []
