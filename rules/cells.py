"""The cells of guideline tables: one small grammar, compiled to a three-valued test.

    (empty)          any value
    a|b              one of
    !a  !a|b         none of
    >=2  <1  =3      compared with a number
    [30..60)         an interval; ``(`` and ``)`` leave the end out, an empty end is open
    present:X|Y      the list holds one of X, Y
    absent:X|Y       the list holds none of X, Y, and is known to be complete
    known / unknown  whether the fact is known at all

Text is compared without regard to case. Nothing is ever evaluated as code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

from graph.errors import DataError
from rules.kleene import Truth

Scalar = str | float | int | bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A fact that is a list; ``complete`` tells whether what it does not hold is known to be absent."""

    items: Collection[str]
    complete: bool


Fact = Scalar | Listed | None
Test = Callable[[Fact], Truth]

_COMPARED = re.compile(r"(<=|>=|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_INTERVAL = re.compile(r"([\[(])\s*(-?\d+(?:\.\d+)?)?\s*\.\.\s*(-?\d+(?:\.\d+)?)?\s*([\])])")


@lru_cache(maxsize=4096)
def compile_cell(cell: str) -> Test:
    """The test that ``cell`` states; the same text gives the same function.

    Raises:
        DataError: for text outside the grammar.

    >>> compile_cell("[12..18)")(12.5), compile_cell(">=18")(None), compile_cell("present:Erlotinib")(Listed([], True))
    (True, None, False)
    """
    text = cell.strip()
    if not text:
        return lambda fact: True
    if text in ("known", "unknown"):
        return lambda fact: (fact is not None) == (text == "known")
    if compared := _COMPARED.fullmatch(text):
        return _number(_COMPARISONS[compared[1]], float(compared[2]))
    if interval := _INTERVAL.fullmatch(text):
        return _interval(interval, cell)
    for word in ("present", "absent"):
        if text.startswith(word + ":"):
            return _listed(_choices(text[len(word) + 1 :], cell), word == "present")
    if text.startswith("!"):
        inner = _one_of(_choices(text[1:], cell))
        return lambda fact: None if (held := inner(fact)) is None else not held
    if re.search(r"[<>\[\](){}=]|\.\.", text):
        raise DataError("this cell is not in the grammar of guideline cells", value=cell)
    return _one_of(_choices(text, cell))


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
}


def _number(compare: Callable[[float, float], bool], bound: float) -> Test:
    def test(fact: Fact) -> Truth:
        if fact is None:
            return None
        if isinstance(fact, bool) or not isinstance(fact, int | float):
            raise DataError("a number is compared with something that is no number", value=fact)
        return compare(fact, bound)

    return test


def _interval(match: re.Match[str], cell: str) -> Test:
    low = _number(_COMPARISONS[">=" if match[1] == "[" else ">"], float(match[2])) if match[2] else None
    high = _number(_COMPARISONS["<=" if match[4] == "]" else "<"], float(match[3])) if match[3] else None
    if match[2] and match[3] and float(match[2]) > float(match[3]):
        raise DataError("the interval is empty", value=cell)

    def test(fact: Fact) -> Truth:
        if fact is None:
            return None
        return all(end(fact) for end in (low, high) if end is not None)

    return test


def _choices(text: str, cell: str) -> frozenset[str]:
    choices = frozenset(part.strip().casefold() for part in text.split("|"))
    if "" in choices:
        raise DataError("an alternative in this cell is empty", value=cell)
    return choices


def _one_of(choices: frozenset[str]) -> Test:
    return lambda fact: None if fact is None else str(fact).casefold() in choices


def _listed(choices: frozenset[str], present: bool) -> Test:
    def test(fact: Fact) -> Truth:
        if not isinstance(fact, Listed):
            return None
        if any(item.casefold() in choices for item in fact.items):
            return present
        return (not present) if fact.complete else None

    return test
