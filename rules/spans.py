"""Stretches of numbers that the bounds of some conditions do not tell apart, in words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from graph.claims import Condition
from rules.settings import in_words, name_of


@dataclass(frozen=True, slots=True)
class Span:
    """Some of the pieces into which ``bounds`` cut the numbers: 0 lies below the first bound, 1 is that bound, 2 lies
    between it and the second …"""

    fact: str
    """As conditions name it: ``age_years``."""
    unit: str | None
    bounds: tuple[float, ...]
    """Ascending, each once."""
    pieces: frozenset[int]

    def __or__(self, other: Span) -> Span:
        """Both together; the bounds are the same."""
        return Span(self.fact, self.unit, self.bounds, self.pieces | other.pieces)

    def words(self) -> str:
        """What lies in it, without the fact.

        >>> Span("age_years", None, (12.0, 18.0), frozenset({0, 1, 2})).words()
        'below 18'
        >>> Span("line", None, (2.0, 4.0), frozenset({0, 3, 4})).words()
        'below 2 or at least 4'
        """
        return " or ".join(map(self._run, self._runs()))

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Pieces side by side, the first and the last of each run."""
        for first in sorted(p for p in self.pieces if p - 1 not in self.pieces):
            yield first, next(p for p in range(first, 2 * len(self.bounds) + 1) if p + 1 not in self.pieces)

    def _run(self, run: tuple[int, int]) -> str:
        first, last = run
        unit = f" {self.unit}" if self.unit else ""
        if first == last and first % 2:
            return f"{number(self.bounds[first // 2])}{unit}"
        low = number(self.bounds[(first - 1) // 2]) if first else ""
        high = number(self.bounds[last // 2]) if last < 2 * len(self.bounds) else ""
        cell = f"{'[' if first % 2 else '('}{low}..{high}{']' if last % 2 else ')'}"
        told = in_words(Condition(fact=self.fact, cell=cell, unit=self.unit))
        return told.removeprefix(f"{name_of(self.fact)} ")


def span_of(value: float, bounds: tuple[float, ...], fact: str, unit: str | None = None) -> Span:
    """The piece in which a value lies.

    >>> span_of(15, (12, 18), "age_years").words(), span_of(18, (12, 18), "age_years").words()
    ('above 12 to below 18', '18')
    """
    i = bisect_left(bounds, value)
    piece = 2 * i + (i < len(bounds) and bounds[i] == value)
    return Span(fact, unit, bounds, frozenset({piece}))


def number(value: float) -> str:
    """A number in full, as cells write it.

    >>> number(18.0), number(0.75), number(1000001), number(0.00001)
    ('18', '0.75', '1000001', '0.00001')
    """
    return f"{Decimal(f'{value:.15g}'):f}"
