"""What a build tells about each source: counts, coverage, and every row that was not simply loaded."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from ingest.harvest import Harvest, Report, SetAside

SUMMARY = "summary.tsv"
COVERAGE = "coverage.tsv"
_COLUMNS = ("fate", "record", "file", "row", "column", "value", "reason")


def write(harvests: Iterable[Harvest]) -> dict[str, str]:
    """File name -> text: ``summary.tsv``, ``coverage.tsv`` and ``<source>.tsv`` for each source.

    ``summary.tsv`` has one line a source with ``read loaded merged quarantined skipped warnings notes``, where read is
    the sum of the next four; ``coverage.tsv`` tells for each field that is read from text how often a pattern spoke.
    """
    harvests = sorted(harvests, key=lambda h: h.source.name)
    files = {
        SUMMARY: _table(
            ("source", "read", "loaded", "merged", "quarantined", "skipped", "warnings", "notes"),
            ((h.source.name, *counts(h.report)) for h in harvests),
        ),
        COVERAGE: _table(
            ("source", "field", "spoke", "looked_at"),
            ((h.source.name, f, *found) for h in harvests for f, found in sorted(h.report.coverage.items())),
        ),
    }
    for harvest in harvests:
        rows = sorted(harvest.report.set_aside, key=_key)
        files[f"{harvest.source.name}.tsv"] = _table(_COLUMNS, (_cells(row) for row in rows))
    return files


def counts(report: Report) -> tuple[int, int, int, int, int, int, int]:
    """Rows read, loaded, merged, quarantined and skipped, and the numbers of warnings and notes."""
    said = [sum(s.fate == fate for s in report.set_aside) for fate in ("warning", "note")]
    quarantined, skipped = report.count("quarantined"), report.count("skipped")
    return report.read, report.loaded, report.merged, quarantined, skipped, said[0], said[1]


def _key(item: SetAside) -> tuple[str, ...]:
    return (item.fate, item.file, f"{item.row or 0:09d}", item.record, item.column or "", item.value, item.reason)


def _cells(item: SetAside) -> Sequence[object]:
    return item.fate, item.record, item.file, item.row or "", item.column or "", item.value, item.reason


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([" ".join(str(cell).split()) for cell in row])
    return text.getvalue()
