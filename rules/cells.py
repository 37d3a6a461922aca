"""The cells of guideline tables: one small grammar, compiled to a three-valued test.

    (empty)          any value
    a|b              one of
    !a  !a|b         none of
    >=2  <1  =3      compared with a number
    [30..60)         an interval; ``(`` and ``)`` leave the end out, an empty end is open
    present:X|Y      the list holds one of X, Y
    absent:X|Y       the list holds none of X, Y, and is known to be complete
    known / unknown  whether the fact is known at all
    "use >3mos"      a word as it is, with signs that mean something elsewhere

``is_a CURIE`` is the grammar of disease cells alone (``ingest.guidelines.facts``): only there is a hierarchy to follow.
Text is compared without regard to case, numbers as numbers. Nothing is ever evaluated as code.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from graph.errors import DataError, nearest
from rules.kleene import Truth

Scalar = str | float | int | bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A fact that is a list; ``complete`` tells whether what it does not hold is known to be absent."""

    items: Collection[str]
    complete: bool


Fact = Scalar | Listed | None
Test = Callable[[Fact], Truth]
Form = Literal["any", "known", "unknown", "one_of", "none_of", "range", "present", "absent"]


@dataclass(frozen=True, slots=True)
class End:
    """One end of a range."""

    value: float
    included: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says, taken apart. ``choices`` keep the spelling of the cell; a missing end of a range is open."""

    form: Form
    choices: tuple[str, ...] = ()
    low: End | None = None
    high: End | None = None

    def holds(self, number: float) -> bool:
        """Whether a number lies in the range."""
        above = self.low is None or number > self.low.value or (self.low.included and number == self.low.value)
        below = self.high is None or number < self.high.value or (self.high.included and number == self.high.value)
        return above and below


NUMBER = r"[+-]?\d+(?:\.\d+)?"
"""How a number is written."""
_COMPARED = re.compile(rf"(<=|>=|<|>|=)\s*({NUMBER})")
_INTERVAL = re.compile(rf"([\[(])\s*({NUMBER})?\s*\.\.\s*({NUMBER})?\s*([\])])")
_LIST_WORD = re.compile(r"(\w+)\s*:(?!:)(.*)", re.DOTALL)
_QUOTED = re.compile(r'"[^"|]+"')
_OUTSIDE = "this cell is not in the grammar of guideline cells"


@lru_cache(maxsize=4096)
def parse(cell: str) -> Cell:
    """A cell, taken apart.

    Raises:
        DataError: for text outside the grammar, an empty interval, a number that is none or is too large.

    >>> parse("(..60]").high, parse("!a|b").choices, parse("present: Erlotinib").form
    (End(value=60.0, included=True), ('a', 'b'), 'present')
    """
    text = cell.strip()
    if not text:
        return Cell("any")
    if text in ("known", "unknown"):
        return Cell("known" if text == "known" else "unknown")
    if compared := _COMPARED.fullmatch(text):
        return _compared(compared[1], _number(compared[2], cell))
    if interval := _INTERVAL.fullmatch(text):
        return _interval(interval, cell)
    if (listed := _LIST_WORD.fullmatch(text)) and listed[1].islower():
        if listed[1] in ("present", "absent"):
            return Cell("present" if listed[1] == "present" else "absent", _choices(listed[2], cell))
        if meant := nearest(listed[1], ("present", "absent")):
            raise DataError(_OUTSIDE, value=cell, suggestion=f"{meant[0]}:")
    if re.match(r"!?\s*is_a\b", text):
        raise DataError("is_a is for diseases alone: no other fact has a hierarchy", value=cell)
    body = text[1:] if text.startswith("!") else text
    if re.search(r"[<>\[\](){}=!]|\.\.", _QUOTED.sub("", body)):
        raise DataError(_OUTSIDE, value=cell)
    return Cell("none_of" if text.startswith("!") else "one_of", _choices(body, cell))


@lru_cache(maxsize=4096)
def compile_cell(cell: str) -> Test:
    """The test that ``cell`` states; the same text gives the same function.

    Raises:
        DataError: as ``parse``; the test itself, for a fact that is no number where one is compared.

    >>> compile_cell("[12..18)")(12.5), compile_cell(">=18")(None), compile_cell("present:Erlotinib")(Listed([], True))
    (True, None, False)
    """
    parsed = parse(cell)
    if parsed.form == "any":
        return lambda fact: True
    if parsed.form in ("known", "unknown"):
        return lambda fact: (fact is not None) == (parsed.form == "known")
    if parsed.form == "range":
        return _range(parsed)
    if parsed.form in ("present", "absent"):
        return _listed(frozenset(c.casefold() for c in parsed.choices), parsed.form == "present")
    return _one_of(parsed.choices, parsed.form == "one_of")


def _compared(comparator: str, bound: float) -> Cell:
    end = End(bound, "=" in comparator)
    return Cell("range", low=end if comparator in (">", ">=", "=") else None,
                high=end if comparator in ("<", "<=", "=") else None)  # fmt: skip


def _interval(match: re.Match[str], cell: str) -> Cell:
    low = End(_number(match[2], cell), match[1] == "[") if match[2] else None
    high = End(_number(match[3], cell), match[4] == "]") if match[3] else None
    if low and high and (high.value, high.included and low.included) < (low.value, True):
        raise DataError("the interval is empty", value=cell)
    if low is None and high is None:
        raise DataError("an interval without ends holds for every number: write known", value=cell)
    return Cell("range", low=low, high=high)


def _number(text: str, cell: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise DataError("the number in this cell is too large", value=cell)
    return number


def _range(parsed: Cell) -> Test:
    def test(fact: Fact) -> Truth:
        if fact is None:
            return None
        if isinstance(fact, bool) or not isinstance(fact, int | float):
            raise DataError("a number is compared with something that is no number", value=fact)
        return parsed.holds(fact)

    return test


def _choices(text: str, cell: str) -> tuple[str, ...]:
    choices = tuple(part.strip()[1:-1] if _QUOTED.fullmatch(part.strip()) else part.strip() for part in text.split("|"))
    if "" in choices:
        raise DataError("an alternative in this cell is empty", value=cell)
    if any(choice.casefold() in _NO_VALUES for choice in choices):
        raise DataError("this is no value: an empty cell asks nothing, unknown asks that it is not known", value=cell)
    return choices


_NO_VALUES = frozenset({"nan", "null", "#n/a", "#ref!", "#value!"})
"""What programs write into cells that have no value; as a word it would hold for no patient."""


def _one_of(choices: tuple[str, ...], positive: bool) -> Test:
    words = frozenset(choice.casefold() for choice in choices)
    numbers = frozenset(float(choice) for choice in choices if re.fullmatch(NUMBER, choice))

    def test(fact: Fact) -> Truth:
        if fact is None:
            return None
        if isinstance(fact, bool):
            found = not words.isdisjoint(("yes", "true") if fact else ("no", "false"))
        elif isinstance(fact, int | float):
            found = float(fact) in numbers
        else:
            found = str(fact).casefold() in words
        return found == positive

    return test


def _listed(choices: frozenset[str], present: bool) -> Test:
    def test(fact: Fact) -> Truth:
        if not isinstance(fact, Listed):
            return None
        if any(item.casefold() in choices for item in fact.items):
            return present
        return (not present) if fact.complete else None

    return test
