"""From what conditions come to for one patient to the rows, as bits, that fail or wait for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graph.answer import Outcome
from rules.kleene import Truth

OUTCOME: Mapping[Truth, Outcome] = {True: "fired", False: "failed", None: "undecided"}


class Settled(NamedTuple):
    """What conditions come to for one patient, and the rows that fail or wait for it."""

    truths: tuple[Truth, ...]
    failed: int
    unknown: int


class Sheet:
    """The rows of a list of conditions: from what each condition comes to, to the rows that fail or wait."""

    __slots__ = ("_shared", "rows")

    def __init__(self) -> None:
        self.rows: list[int] = []
        self._shared: tuple[int, tuple[int, ...]] | None = None

    def settled(self, truths: Sequence[Truth]) -> Settled:
        failed = unknown = 0
        for bits_, truth in zip(self.rows, truths, strict=True):
            if truth is False:
                failed |= bits_
            elif truth is None:
                unknown |= bits_
        return Settled(tuple(truths), failed, unknown)

    def over(self, base: Settled, changed: Mapping[int, Truth]) -> Settled:
        """``base`` with some conditions changed: only rows of these are looked at again."""
        if not changed:
            return base
        twice, sharing = self._in_common()
        truths = list(base.truths)
        touched = twice
        failed = unknown = 0
        for i, truth in changed.items():
            truths[i] = truth
            touched |= self.rows[i]
        for i in (*changed, *sharing):
            if truths[i] is False:
                failed |= self.rows[i]
            elif truths[i] is None:
                unknown |= self.rows[i]
        return Settled(tuple(truths), base.failed & ~touched | failed, base.unknown & ~touched | unknown)

    def _in_common(self) -> tuple[int, tuple[int, ...]]:
        """The rows that have several of the conditions, and these conditions."""
        if self._shared is None:
            once = twice = 0
            for rows in self.rows:
                twice |= once & rows
                once |= rows
            self._shared = twice, tuple(i for i, rows in enumerate(self.rows) if rows & twice)
        return self._shared
