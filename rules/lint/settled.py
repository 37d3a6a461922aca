"""Values of a patient's context made up for the setting conditions of rows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product
from typing import Any

import msgspec

from graph.claims import Condition
from graph.errors import DataError
from graph.patient import Context, Disease, Profile, Quantity
from rules.cells import NUMBER, Cell, parse
from rules.lint.world import setting_of
from rules.made import around
from rules.settings import holds
from rules.states import COURSE, EXTENT

Value = Any
"""What a fact may be; ``None``: not known."""
_MOST = 64
OTHER = "another"
"""A text that no cell names."""
WORDS = frozenset({"sex", "stage", "state", "histology", "population"})
"""Facts that are never numbers."""
_NUMBERS = frozenset({"age_years", "line"})
"""Facts that are always numbers."""
DERIVED = frozenset({"histology"})
"""Facts that follow from the diagnosis and cannot be chosen."""


def parsed(cell: str) -> Cell | None:
    """A cell, taken apart; ``None`` for one outside the grammar, of which ``rules.lint.values`` tells."""
    try:
        return parse(cell)
    except DataError:
        return None


def is_number(cell: str) -> bool:
    """Whether a cell compares a number or gives an interval."""
    return (found := parsed(cell)) is not None and found.form == "range"


def choices(cell: str) -> tuple[str, ...]:
    """The words that a cell lists, whether it asks for them or not."""
    return found.choices if (found := parsed(cell)) is not None else ()


def bounds(cells: Iterable[str]) -> list[float]:
    """Every number that cells compare with."""
    ends = [end for cell in cells if (found := parsed(cell)) for end in (found.low, found.high)]
    return sorted({end.value for end in ends if end is not None})


def candidates(fact: str, conditions: Sequence[Condition], declared: Sequence[str] = ()) -> tuple[Value, ...]:
    """Values of a fact that the conditions can tell apart, those that are named first; ``None`` last."""
    if among := dict.fromkeys(value for c in conditions for value in c.among):
        # Whatever else is stated of the fact says nothing.
        return (*(float(value) if re.fullmatch(NUMBER, value) else value for value in among), None)
    cells = [c.cell.strip() for c in conditions]
    found: dict[str, Value] = {repr(value): value for value in declared}
    measured = fact in _NUMBERS or any(c.unit for c in conditions)
    if (numbers := bounds(cells) or [1.0] * measured) and fact not in WORDS:
        values: Iterable[Value] = around(numbers, low=None if any(n < 0 for n in numbers) else 0.0)
        if fact == "line":
            values = [round(v) for v in values if v == int(v)]
    elif fact == "prior_therapies":
        values = _lists(cells)
    elif fact == "state":
        values = _states(cells)
    else:
        named = [choice for cell in cells if _is_words(cell) for choice in choices(cell)]
        values = ["female", "male"] if fact == "sex" else [*named, *(() if declared else (OTHER,))]
    found |= {repr(value): value for value in values}
    return (*found.values(), None)


def _is_words(cell: str) -> bool:
    return (found := parsed(cell)) is not None and found.form in ("one_of", "none_of")


def _asking(cells: Sequence[str], form: str) -> list[tuple[str, ...]]:
    return [found.choices for cell in cells if (found := parsed(cell)) is not None and found.form == form]


def _lists(cells: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Lists with one choice of every cell that asks for one, then each choice alone, then none."""
    for chosen in islice(product(*_asking(cells, "present")), _MOST):
        yield tuple(dict.fromkeys(chosen))
    for cell in cells:
        yield from ((choice,) for choice in choices(cell))
    yield ()


def _states(cells: Sequence[str]) -> Iterator[str]:
    """States with one choice of every cell that asks for one, and beside it a word that rules out what others must not
    be; then every word of state alone."""
    beside = [""]
    for pair in (EXTENT, COURSE):
        beside = [f"{b}, {w}" for b in beside for w in ("", *(sorted(side)[0] for side in pair))]
    for chosen in islice(product(*_asking(cells, "one_of")), _MOST):
        for extra in beside:
            if words := [w for w in dict.fromkeys((*chosen, *(e.strip() for e in extra.split(",")))) if w]:
                yield ", ".join(words)
    for cell in cells:
        if _is_words(cell):
            yield from choices(cell)


def solve(conditions: Sequence[Condition]) -> tuple[Mapping[str, Value] | None, str | None]:
    """Values under which all conditions hold, one a fact; else ``None``, and the fact of which every value fails one.

    A fact that follows from the diagnosis is left to the diagnosis. Where no value is known under which the conditions
    hold, and some leave them open, no fact is named: nothing is proven.
    """
    values: dict[str, Value] = {}
    by_fact: defaultdict[str, list[Condition]] = defaultdict(list)
    for condition in conditions:
        by_fact[condition.fact].append(condition)
    open_ = False
    for fact, asked in by_fact.items():
        if fact in DERIVED:
            continue
        value = _solved(fact, tuple(asked))
        if value is _NEVER:
            return None, fact
        open_ = open_ or value is _OPEN
        values[fact] = value
    return (None if open_ else values), None


_NEVER, _OPEN = object(), object()


@lru_cache(maxsize=65536)
def _solved(fact: str, conditions: tuple[Condition, ...]) -> Value:
    never = True
    for value in candidates(fact, conditions):
        truths = [truth(c, value) for c in conditions]
        if all(t is True for t in truths):
            return value
        never = never and (value is None or False in truths)
    return _NEVER if never else _OPEN


@lru_cache(maxsize=65536, typed=True)
def _truth(condition: Condition, value: Value) -> bool | None:
    disease, context = context_of({condition.fact: value}, units={condition.fact: condition.unit})
    try:
        return holds(condition, setting_of(Profile(id="made-up", disease=disease, biomarkers=(), context=context)))
    except DataError:
        # A word where a number is asked, or a cell outside the grammar: the condition cannot be asked of this value.
        return None


def truth(condition: Condition, value: Value) -> bool | None:
    """Whether a condition holds of a value, by the real rules."""
    return _truth(condition, value)


def context_of(values: Mapping[str, Value], units: Mapping[str, str | None]) -> tuple[Disease, Context]:
    """The parts of a profile that hold these facts."""
    disease, context = Disease(), Context()
    free: dict[str, Any] = {}
    for fact, value in values.items():
        if value is None or fact in DERIVED:
            continue
        if fact in ("stage", "state"):
            disease = msgspec.structs.replace(disease, **{fact: value})
        elif fact == "prior_therapies":
            context = msgspec.structs.replace(context, prior_therapies=tuple(value), prior_therapies_complete=True)
        elif fact.startswith("facts."):
            free[fact.removeprefix("facts.")] = _with_unit(value, units.get(fact))
        else:
            context = msgspec.structs.replace(context, **{fact: value})
    return disease, msgspec.structs.replace(context, facts=free) if free else context


def _with_unit(value: Value, unit: str | None) -> Any:
    if unit and isinstance(value, int | float):
        return Quantity(value=float(value), unit=unit)
    return value
