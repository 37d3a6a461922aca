"""What is wrong with guideline tables: one check a file, each a pure function over tables and a world.

A contradiction, an overlap or a gap is shown as a patient, and only when the real rules confirm it for that patient
(``rules.lint.witness``). What is proven and what is not is in ``decisions/0009-lint.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from graph.errors import DataError
from rules.lint import (
    codes,
    contradictions,
    dates,
    duplicates,
    names,
    overlaps,
    provenance,
    unsatisfiable,
    values,
)
from rules.lint.book import book
from rules.lint.fault import SEVERITIES, Check, Fault
from rules.lint.world import World
from rules.table import Suppression, Table

__all__ = ["CHECKS", "SEVERITIES", "Check", "Fault", "World", "about", "lint"]

CHECKS: tuple[Check, ...] = (
    codes.CHECK, names.CHECK, values.CHECK, unsatisfiable.CHECK, duplicates.CHECK, overlaps.CHECK,
    contradictions.CHECK, dates.CHECK, provenance.CHECK,
)  # fmt: skip
OTHERS: Mapping[str, str] = {
    "unread": "a table, or a row of one, that cannot be read",
    "set-aside": "a row that its reader set aside: its fields contradict its own text, or its source has withdrawn it",
    "suppression": "a suppression that nothing needs any more",
}
"""Faults that no check of this package finds: those of reading, and of suppressing."""


def about(checks: Iterable[Check] = CHECKS) -> Mapping[str, str]:
    """Every id of a fault, with what it means."""
    return {**{id: text for check in checks for id, text in check.about.items()}, **OTHERS}


def lint(
    tables: Sequence[Table], world: World, checks: Iterable[Check] = CHECKS, reading: Iterable[Fault] = ()
) -> tuple[Fault, ...]:
    """The faults of tables that belong together, by file and row, suppressed ones included.

    ``reading`` are faults that were found when the tables were read.
    """
    rows = book(tables, world)
    found = list(reading)
    for check in checks:
        try:
            found += check.run(rows, world)
        except DataError as error:
            # A row that no reader refused and that the rules cannot ask: the other checks still look.
            file = error.file or next((e.file for e in rows.entries), "")
            message = f"A check stopped at what it cannot ask ({', '.join(check.about)}): {error}."
            found.append(Fault(check="unread", severity="error", file=file, row=error.row, message=message))
    return tuple(sorted(_suppressed(found, tables), key=_order))


def _order(fault: Fault) -> tuple[object, ...]:
    return (fault.file, fault.row or 0, SEVERITIES.index(fault.severity), fault.check, fault.message)


def _suppressed(found: Sequence[Fault], tables: Sequence[Table]) -> list[Fault]:
    """The faults, those that a sidecar lets stand with its reason; and a note for each suppression without use."""
    result = list(found)
    for table in tables:
        ids = {line.row.id for line in table.rows}
        files = {line.file for line in table.rows}
        for suppression in table.spec.suppress:
            used = False
            for i, fault in enumerate(result):
                here = fault.id in ids if fault.id is not None else fault.file in files
                if here and _covers(suppression, fault):
                    used = True
                    result[i] = msgspec.structs.replace(fault, suppressed=suppression.reason)
            if not used:
                whose = f" of row {suppression.row}" if suppression.row else ""
                message = f"Nothing is left that the suppression of {suppression.check}{whose} is for."
                file = next(iter(sorted(files)), table.spec.guideline)
                result.append(Fault(check="suppression", severity="note", file=file, message=message))
    return result


def _covers(suppression: Suppression, fault: Fault) -> bool:
    if suppression.check != fault.check:
        return False
    own = fault.id.rpartition(":")[2] if fault.id else None
    return suppression.row is None or suppression.row in (own, fault.id)
