"""The conditions on one fact that the rows of a table ask, and what they come to for a value of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable

from graph.answer import CellRead
from graph.claims import Condition
from rules.cells import parse
from rules.settings import in_words
from rules.sheet import OUTCOME, Settled, Sheet


class Asking:
    """All conditions on one fact."""

    __slots__ = ("_by_item", "_words", "conditions", "known", "sheet", "whole")

    def __init__(self) -> None:
        self.conditions: list[Condition] = []
        self.sheet = Sheet()
        self.known: dict[Hashable, Asked] = {}
        self.whole: list[int] = []
        """Conditions that ask more of a list than what is on it."""
        self._by_item: defaultdict[str, list[int]] = defaultdict(list)
        self._words: tuple[str, ...] = ()

    def add(self, condition: Condition) -> int:
        """The place of a new condition."""
        self.conditions.append(condition)
        self.sheet.rows.append(0)
        at = len(self.conditions) - 1
        cell = parse(condition.cell)
        if cell.form in ("present", "absent"):
            for choice in cell.choices:
                self._by_item[choice.casefold()].append(at)
        else:
            self.whole.append(at)
        return at

    def on(self, items: Iterable[str]) -> set[int]:
        """The conditions that name any of the items of a list; all others stand as for an empty one."""
        return set(self.whole).union(*(self._by_item.get(item.casefold(), ()) for item in items))

    @property
    def words(self) -> tuple[str, ...]:
        """Each condition for people."""
        if not self._words:
            self._words = tuple(map(in_words, self.conditions))
        return self._words


class Asked:
    """What all conditions on one fact come to for one value of it."""

    __slots__ = ("_asking", "_cells", "_stated", "failed", "settled", "unknown")

    def __init__(self, asking: Asking, settled: Settled, stated: str) -> None:
        self._asking = asking
        self._stated = stated
        self.settled = settled
        self.failed, self.unknown = settled.failed, settled.unknown
        self._cells: tuple[CellRead, ...] = ()

    @property
    def cells(self) -> tuple[CellRead, ...]:
        """One a condition."""
        if not self._cells:
            self._cells = tuple(
                CellRead(fact=c.fact, asked=words, found=self._stated, outcome=OUTCOME[truth])
                for c, words, truth in zip(
                    self._asking.conditions, self._asking.words, self.settled.truths, strict=True
                )
            )
        return self._cells
