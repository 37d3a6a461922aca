"""Linting tables, published guidelines or a whole release: where readers, release and checks meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType

import msgspec

from api.diagnosis import ReleaseTaxonomy
from graph.claims import GuidelineRow
from graph.release import Release
from ingest import linted
from ingest.harvest import Harvest
from ingest.lint_text import CHECK as TEXT
from ingest.patients import findings
from rules.lint import CHECKS, SEVERITIES, Fault, World, about, lint
from rules.table import Table, TableRow, TableSpec

EVERY = (*CHECKS, TEXT)
"""The checks of ``rules.lint``, and the one that reads texts."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one run."""

    faults: tuple[Fault, ...]
    tables: int
    rows: int


def meanings() -> dict[str, str]:
    """Every id of a fault, with what it means."""
    return dict(about(EVERY))


def check_given(
    given: Iterable[str], release: Release, today: date, read: Mapping[Path, Harvest] = MappingProxyType({})
) -> Outcome:
    """Lint tables by their files or folders, and published guidelines as ``NAME=PATH``, all as one set.

    ``read`` are published guidelines that were read already, by where they lie. A table that cannot be read is a
    fault, and the others are still looked at.

    Raises:
        UsageError: for a source that Clew does not know.
    """
    tables: list[Table] = []
    unread: list[Fault] = []
    for one in given:
        found, faults = linted.tables(one)
        tables += found
        unread += faults
    for path, harvest in read.items():
        tables += linted.harvested(harvest, path)
        unread += linted.set_aside(harvest, path)
    return _checked(tables, unread, release, today)


def least(outcome: Outcome, severity: str) -> Outcome:
    """The outcome without faults that are less grave than ``severity``."""
    kept = SEVERITIES[: [str(s) for s in SEVERITIES].index(severity) + 1]
    return msgspec.structs.replace(outcome, faults=tuple(f for f in outcome.faults if f.severity in kept))


def check_release(release: Release, today: date) -> Outcome:
    """Lint every row that a release holds."""
    by_guideline: dict[str, list[GuidelineRow]] = {}
    for row in release.rows():
        by_guideline.setdefault(row.guideline, []).append(row)
    partial = linted.partial(release.statements())
    tables = [
        Table(
            spec=TableSpec(guideline=name, hit_policy=rows[0].hit_policy),
            rows=tuple(
                TableRow(file=name, number=i, cells={}, row=row, partial=row.id in partial)
                for i, row in enumerate(rows, 1)
            ),
        )
        for name, rows in sorted(by_guideline.items())
    ]
    return _checked(tables, [], release, today)


def _checked(tables: Sequence[Table], unread: Sequence[Fault], release: Release, today: date) -> Outcome:
    serve = release.serve()
    world = World(serve, ReleaseTaxonomy(serve), findings.read, today, frozenset(row.id for row in release.rows()))
    faults = lint(tables, world, EVERY, unread)
    return Outcome(faults=faults, tables=len(tables), rows=sum(len(t.rows) for t in tables))
