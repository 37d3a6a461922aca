"""Corrections to what an importer derived, in a table of one's own.

The table is tab separated, with the header::

    statement   field   value   reason  curator

``statement`` is the id of a record (``moa-db:statement:95``) or of one statement of it. ``field`` is one of

    quarantined      empty: the row counts after all; a text: why it does not
    age_years, sex, line, prior_therapies, state, stage, histology
                     a cell that takes the place of every condition on this fact; empty: no condition
    setting          ``complete``: the conditions are all that the row asks for; ``unknown``: it asks for more
    date             ISO date from which the statement holds; empty: not known
    agency           ``fda``, ``ema``, ``hc``, ``hse``, ``hpra``; empty: none
    disease.ids      CURIEs joined by ``|``
    disease.excluded diseases joined by ``|`` for which the row does not hold; empty: none
    therapy          ingredients joined by ``+``
    profile          an expression in the grammar of our own tables: ``EGFR T790M AND NOT KRAS mutation``

``reason`` and ``curator`` must be given: a correction without either is refused. Several rows may correct one
statement; two for the same field are an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from graph.claims import Condition, Statement
from graph.errors import DataError, nearest
from ingest.harvest import Report
from ingest.rows import Row, table
from ontologies.drugs import ingredients
from rules.biomarkers import expression
from rules.cells import compile_cell

OVERLAY = "overlay.tsv"
COLUMNS = ("statement", "field", "value", "reason", "curator")
FACTS = ("age_years", "sex", "line", "prior_therapies", "state", "stage", "histology")


@dataclass(frozen=True, slots=True)
class Correction:
    """One row of an overlay."""

    statement: str
    field: str
    value: str
    row: Row


def corrections(path: Path) -> list[Correction]:
    """The rows of an overlay table.

    Raises:
        DataError: an unknown field, a value that does not fit it, no reason or curator, a field corrected twice.
    """
    found: list[Correction] = []
    seen: dict[tuple[str, str], int] = {}
    for row in table(path, required=COLUMNS):
        for column in ("statement", "reason", "curator"):
            if not row[column]:
                raise row.error("this must not be empty", column)
        if row["field"] not in FIELDS:
            raise row.error("this field cannot be corrected", "field", next(iter(nearest(row["field"], FIELDS)), None))
        key = (row["statement"], row["field"])
        if key in seen:
            raise row.error(f"row {seen[key]} corrects this field already", "field")
        seen[key] = row.number
        found.append(Correction(*key, row["value"], row))
    return found


def apply(statements: Iterable[Statement], overlay: Sequence[Correction]) -> list[Statement]:
    """The statements with the corrections made; order is kept.

    Raises:
        DataError: a correction of a statement that is not there, or a value that does not fit its field.
    """
    result = list(statements)
    places: dict[str, list[int]] = {}
    for place, statement in enumerate(result):
        for key in {statement.id, statement.record}:
            places.setdefault(key, []).append(place)
    for correction in overlay:
        if correction.statement not in places:
            near = next(iter(nearest(correction.statement, places)), None)
            raise correction.row.error("there is no such statement", "statement", near)
        for place in places[correction.statement]:
            try:
                result[place] = FIELDS[correction.field](result[place], correction.value)
            except DataError as error:
                raise correction.row.error(error.problem, "value") from error
    return result


def recount(before: Sequence[Statement], after: Sequence[Statement], report: Report, file: str) -> None:
    """Make the counts of a report those of the corrected statements: quarantines lifted, quarantines set."""
    was, now = _quarantined(before), _quarantined(after)
    for record in was.keys() - now.keys():
        report.set_aside = [a for a in report.set_aside if (a.fate, a.record) != ("quarantined", record)]
        report.loaded += 1
        report.aside("note", record, f"a curator lifted the quarantine: {was[record]}", file=file)
    for record in now.keys() - was.keys():
        report.loaded -= 1
        report.aside("quarantined", record, now[record], file=file)


def _quarantined(statements: Iterable[Statement]) -> dict[str, str]:
    """Records of which every statement is quarantined, with the reason."""
    by_record: dict[str, list[str | None]] = {}
    for s in statements:
        by_record.setdefault(s.record, []).append(s.quarantined)
    return {record: reasons[0] or "" for record, reasons in by_record.items() if all(reasons)}


def _replace(statement: Statement, **changes: Any) -> Statement:
    """With some fields changed; what a curator states is no longer derived from text."""
    derived = tuple(name for name in statement.derived_from_text if name.split(".")[0] not in changes)
    return msgspec.structs.replace(statement, derived_from_text=derived, **changes)


def _condition(fact: str) -> Callable[[Statement, str], Statement]:
    def change(statement: Statement, value: str) -> Statement:
        kept = tuple(c for c in statement.settings if c.fact != fact)
        if value:
            compile_cell(value)
            kept += (Condition(fact=cast("Any", fact), cell=value),)
        changed = msgspec.structs.replace(statement, settings=kept)
        if any(c.derived_from_text for c in kept):
            return changed
        derived = tuple(name for name in changed.derived_from_text if name != "settings")
        return msgspec.structs.replace(changed, derived_from_text=derived)

    return change


def _setting(statement: Statement, value: str) -> Statement:
    if value not in ("complete", "unknown"):
        raise DataError("complete or unknown is needed")
    return msgspec.structs.replace(statement, settings_stated=value == "complete")


def _date(statement: Statement, value: str) -> Statement:
    if value and not re.fullmatch(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", value):
        raise DataError("a date must be written as YYYY-MM-DD")
    return _replace(statement, date=value or None)


def _agency(statement: Statement, value: str) -> Statement:
    if value not in ("", "fda", "ema", "hc", "hse", "hpra"):
        raise DataError("the agency is not known")
    return _replace(statement, agency=value or None)


def _disease(field: str) -> Callable[[Statement, str], Statement]:
    def change(statement: Statement, value: str) -> Statement:
        names = tuple(part.strip() for part in value.split("|") if part.strip())
        if field == "ids" and not names:
            raise DataError("at least one CURIE is needed")
        if field == "ids" and (odd := next((n for n in names if not re.fullmatch(r"[A-Za-z.]+:\w+", n)), None)):
            raise DataError(f"{odd} is no CURIE")
        disease = msgspec.structs.replace(statement.disease, **{field: names})
        derived = tuple(n for n in statement.derived_from_text if n != f"disease.{field}")
        return msgspec.structs.replace(statement, disease=disease, derived_from_text=derived)

    return change


def _therapy(statement: Statement, value: str) -> Statement:
    names = ingredients([part for part in value.split("+") if part.strip()])
    if not names:
        raise DataError("at least one ingredient is needed")
    return _replace(statement, therapy=names)


FIELDS: Mapping[str, Callable[[Statement, str], Statement]] = {
    "quarantined": lambda statement, value: _replace(statement, quarantined=value or None),
    **{fact: _condition(fact) for fact in FACTS},
    "setting": _setting,
    "date": _date,
    "agency": _agency,
    "disease.ids": _disease("ids"),
    "disease.excluded": _disease("excluded"),
    "therapy": _therapy,
    "profile": lambda statement, value: _replace(statement, profile=expression(value)),
}
