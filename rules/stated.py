"""What is stated of a fact of a patient, and whether a condition can be asked of it.

A fact that has a unit is compared in the unit of the row, converted where that can be done (``rules.units``). A number
without a unit where the row states one, or the reverse, is not known: no unit is ever assumed. Nor is a word known that
is none of the values that the table declares for the fact (``Condition.among``), or that says itself that nothing is.
"""

from __future__ import annotations

import re

from graph.claims import OWN, Condition
from graph.errors import DataError, shorten
from graph.patient import Quantity
from rules.cells import NUMBER, Fact, Listed, parse
from rules.units import convert, unit

Value = Fact | Quantity
"""What may be stated of a fact."""
_NOT_KNOWN = frozenset(
    {
        "", "unknown", "unk", "not known", "not available", "not assessed", "not done", "not determined", "not tested",
        "not stated", "not reported", "n/a", "na", "nd", "n.d.", "pending", "missing", "null", "nan", "?", "-", "--",
    }
)  # fmt: skip
"""How files write that a fact is not known."""


def usable(condition: Condition, value: Value) -> tuple[Fact, str | None]:
    """The value of a fact in the unit of a condition, or ``None`` and why what is stated cannot be used.

    >>> ecog = Condition(fact="facts.ecog", cell="3|4", among=("0", "1", "2", "3", "4"))
    >>> usable(ecog, 3.0), usable(ecog, "PS 3")
    ((3.0, None), (None, 'the values are 0, 1, 2, 3, 4'))
    """
    if isinstance(value, Quantity):
        measured = _measured(value, condition)
        if isinstance(measured, str):
            return None, measured
        value = measured
    elif value is None or isinstance(value, Listed):
        return value, None
    elif isinstance(value, str) and not condition.among and says_unknown(value):
        return None, "it says so itself"
    elif condition.unit is not None:
        missing = f"the unit is missing, rows ask for it in {condition.unit}"
        return None, missing if is_number(value) else "it is no number"
    if condition.among:
        found = _declared(value, condition.among)
        return found, None if found is not None else f"the values are {', '.join(condition.among)}"
    if is_number(value):
        return value, None
    cell = parse(condition.cell)
    if cell.form == "range":
        return None, "it is no number"
    if condition.fact.startswith(OWN) and cell.choices and None not in map(_number, cell.choices):
        # Where a row asks for grades, a word may be any of them: "PS 3", "III".
        number = _number(value) if isinstance(value, str) else None
        return number, None if number is not None else "it is no number"
    return value, None


def _measured(value: Quantity, condition: Condition) -> float | str:
    """A measured value in the unit of a condition, or why there is none."""
    if condition.unit is None:
        return f"rows ask for it without a unit, as in {condition.cell}"
    try:
        if value.value < 0 and not (unit(value.unit).signed and unit(condition.unit).signed):
            return "it is below 0"
        return convert(value.value, value.unit, condition.unit)
    except DataError as error:
        hint = f", did you mean {error.suggestion}?" if error.suggestion else ""
        return error.problem if error.value is None else f"{error.problem} ({shorten(error.value, 40)}{hint})"


def _declared(value: str | float | bool, among: tuple[str, ...]) -> str | float | bool | None:
    """The declared value that a stated one is; ``None`` where it is none of them."""
    words = frozenset(word.casefold() for word in among)
    folded = " ".join(str(value).casefold().split())
    number = float(value) if is_number(value) else None if isinstance(value, bool) else _number(folded)
    if number is not None:
        return number if number in map(_number, among) else None
    for truth, spellings in ((True, ("yes", "true")), (False, ("no", "false"))):
        if folded in spellings and not words.isdisjoint(spellings):
            return truth
    return folded if folded in words else None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(NUMBER, text.strip()) else None


def is_number(value: Value) -> bool:
    """Whether a value is a number without a unit."""
    return isinstance(value, float | int) and not isinstance(value, bool)


def says_unknown(text: str) -> bool:
    """Whether a text says that something is not known: ``not tested``, ``n/a``, ``?``."""
    return " ".join(text.casefold().split()) in _NOT_KNOWN
