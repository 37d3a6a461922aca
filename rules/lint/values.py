"""Values that a fact cannot have, units that do not go with it, and intervals with nothing inside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from graph.claims import OWN, Condition, Criterion
from graph.errors import DataError, nearest
from rules.cells import Cell, parse
from rules.lint import settled
from rules.lint.book import Book, Entry, asked
from rules.lint.fault import Check, Fault
from rules.lint.world import World
from rules.markers import units as score_units
from rules.states import unknown as unknown_states
from rules.table import Column

_NUMBERS = {"age_years": (0.0, 130.0), "line": (1.0, 20.0)}
"""Facts that are numbers, and between what they lie."""
_WORDS = {"sex": ("female", "male")}
_STAGE = re.compile(r"(?:0|IV|I{1,3})[A-C]?\d?|limited|extensive", re.IGNORECASE)


def _run(book: Book, world: World) -> Iterator[Fault]:
    undeclared: set[tuple[str, str]] = set()
    for entry in book.entries:
        for condition in entry.row.settings:
            yield from _condition(entry, condition)
        for column in entry.spec.columns:
            if text := entry.cells.get(column.name, "").strip():
                yield from _cell(entry, column, text)
                if (entry.file, column.name) not in undeclared and _open(column, text):
                    undeclared.add((entry.file, column.name))
                    message = (
                        f"{column.name} declares no values: whatever is stated of a patient in other words than the "
                        "cells use, or misspelt, is taken to be another value."
                    )
                    yield entry.fault("value", "warning", message, column=column.name)
        for criterion in asked(entry.row.profile):
            yield from _criterion(entry, criterion)
        yield from _dates(entry)
        yield from _scale(entry)


def _condition(entry: Entry, c: Condition) -> Iterator[Fault]:
    column = entry.column_of(fact=c.fact)
    cell = c.cell.strip()
    try:
        parsed = parse(cell)
    except DataError as error:
        check = "empty-interval" if "empty" in error.problem and ".." in cell else "value"
        yield entry.fault(check, "error", f"In {cell!r}, {error.problem}.", column=column)
        return
    if not _inhabited(parsed):
        yield entry.fault("empty-interval", "error", f"No number lies in {cell}.", column=column)
    if c.fact in _NUMBERS:
        low, high = _NUMBERS[c.fact]
        if strange := [x for x in parsed.choices if not _is_number(x)]:
            message = f"{c.fact} is a number, and {strange[0]!r} is none."
            yield entry.fault("value", "error", message, column=column)
        elif wild := [n for n in settled.bounds((cell,)) if not low <= n <= high]:
            message = f"{c.fact} lies between {low:g} and {high:g}, and {wild[0]:g} does not."
            yield entry.fault("value", "warning", message, column=column)
    elif c.fact in _WORDS or c.fact in ("state", "stage"):
        if parsed.form == "range":
            yield entry.fault("value", "error", f"{c.fact} is no number, so {cell!r} never holds.", column=column)
        for word, meant in _strangers(c.fact, parsed.choices):
            hint = f" (did you mean {meant}?)" if meant else ""
            yield entry.fault("value", "warning", f"{word!r} is no {c.fact} that is known{hint}.", column=column)


def _inhabited(cell: Cell) -> bool:
    if cell.low is None or cell.high is None or cell.low.value < cell.high.value:
        return True
    return cell.low.value == cell.high.value and cell.low.included and cell.high.included


def _strangers(fact: str, words: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    for word in words:
        if fact == "state":
            yield from unknown_states(word)
        elif fact == "stage" and not _STAGE.fullmatch(word.removeprefix("stage ")):
            yield word, None
        elif fact in _WORDS and word.casefold() not in _WORDS[fact]:
            yield word, next(iter(nearest(word, _WORDS[fact])), None)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(?:\.\d+)?", text) is not None


def _cell(entry: Entry, column: Column, text: str) -> Iterator[Fault]:
    if column.type == "date":
        if _day(text) is None:
            yield entry.fault("value", "error", f"{text!r} is no date like 2024-05-31.", column=column.name)
        return
    if column.fact is None or column.type in ("expression", "disease"):
        return
    words = [word for part in text.split(";") for word in settled.choices(part)]
    if column.type == "number" and column.fact not in _NUMBERS:
        if strange := [word for word in words if not _is_number(word)]:
            message = f"{column.name} is a number, and {strange[0]!r} is none."
            yield entry.fault("value", "error", message, column=column.name)
    elif column.values:
        known = {v.casefold() for v in column.values}
        for word in (w for w in words if w.casefold() not in known):
            close = nearest(word, column.values)
            hint = f" (did you mean {close[0]}?)" if close else ""
            message = f"{word!r} is none of the values that the table declares for {column.name}{hint}."
            yield entry.fault("value", "error", message, column=column.name)


def _open(column: Column, text: str) -> bool:
    """Whether a cell asks for words of a fact of which the table does not say what it can be."""
    if column.values or column.type == "number" or not (column.fact or "").startswith(OWN):
        return False
    return any(settled.choices(part) for part in text.split(";"))


def _criterion(entry: Entry, c: Criterion) -> Iterator[Fault]:
    column = entry.column_of(fact="biomarker")
    for word, span in (("codons", c.codons), ("exons", c.exons)):
        if span is not None and span[0] > span[1]:
            yield entry.fault("empty-interval", "error", f"{c.name}: {word} {span[0]} to {span[1]} hold nothing.",
                              column=column)  # fmt: skip
    if c.value is None:
        return
    should = score_units().get(c.scheme or "") or {"tmb": "mut/Mb"}.get(c.type)
    if should and c.unit != should:
        message = f"{c.name}: {c.scheme or 'TMB'} is in {should}, not in {c.unit or 'no unit'}."
        yield entry.fault("unit", "error", message, column=column)
    elif c.type == "expression" and c.unit is None:
        yield entry.fault("unit", "error", f"{c.name}: {c.value:g} of what? The value has no unit.", column=column)
    if c.unit in ("percent", "count") and c.scheme and not 0 <= c.value <= 100:
        yield entry.fault("value", "error", f"{c.name}: {c.scheme} lies between 0 and 100.", column=column)
    elif c.unit == "percent" and 0 < c.value < 1 and c.comparator in (">=", ">"):
        message = f"{c.name}: {c.value:g} % may be meant as a fraction, {c.value * 100:g} %."
        yield entry.fault("unit", "warning", message, column=column)


def _dates(entry: Entry) -> Iterator[Fault]:
    row = entry.row
    for field in ("effective_from", "effective_to", "reviewed_on"):
        text = getattr(row, field)
        if text is not None and _day(text) is None:
            yield entry.fault("value", "error", f"{text!r} is no date like 2024-05-31.",
                              column=entry.column_of(field=field))  # fmt: skip
    if row.effective_from and row.effective_to and row.effective_to <= row.effective_from:
        message = f"The row ends on {row.effective_to} and begins on {row.effective_from}: it is never in force."
        yield entry.fault("empty-interval", "error", message, column=entry.column_of(field="effective_to"))


def _scale(entry: Entry) -> Iterator[Fault]:
    steps = entry.row.scale
    for step in steps:
        if step.low is not None and step.high is not None and step.low > step.high:
            message = f"The level {step.level!r} goes from {step.low:g} to {step.high:g} and holds nothing."
            yield entry.fault("empty-interval", "error", message, column=entry.column_of(field="scale"))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


CHECK = Check(
    _run,
    {
        "value": "a value that the fact cannot have, or a fact in words of which the table declares no values",
        "unit": "a unit that does not go with what is measured, or none",
        "empty-interval": "an interval of numbers, codons or days with nothing inside",
    },
)
