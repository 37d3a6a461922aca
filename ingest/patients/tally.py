"""What was not understood, counted: each case while they are few, then one line for the rest."""

from __future__ import annotations

from collections import Counter

from graph.patient import Unread


class Tally:
    """Collects ``Unread`` entries of one file. A gene is always kept: its wild type is unknown."""

    def __init__(self, file: str, most: int = 25) -> None:
        self._file, self._most = file, most
        self._kept: list[Unread] = []
        self._count: Counter[str] = Counter()

    def add(self, input: str, reason: str, *, row: int | None = None, gene: str | None = None) -> None:
        """One thing that was not understood."""
        self._count[reason] += 1
        named = gene is not None and all(gene != unread.gene for unread in self._kept)
        if self._count[reason] <= self._most or named:
            source = f"{self._file}:{row}" if row is not None else self._file
            self._kept.append(Unread(input=input, reason=reason, gene=gene, source=source))

    def entries(self) -> tuple[Unread, ...]:
        """What was kept, and for each reason how many more there were."""
        kept = Counter(unread.reason for unread in self._kept)
        more = [Unread(input=f"{count - kept[reason]} more of {count}", reason=reason, source=self._file)
                for reason, count in self._count.items() if count > kept[reason]]  # fmt: skip
        return (*self._kept, *more)
