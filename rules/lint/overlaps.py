"""Tables of which exactly one row may fire: patients for whom two do, and patients for whom none does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from rules.lint.book import Book, Entry, conditions_key, together
from rules.lint.fault import Check, Fault
from rules.lint.slots import VALUES, Choice, Slot, firsts, merged, slots
from rules.lint.witness import Draft, witness
from rules.lint.world import World

COMBINATIONS = 100_000
"""Combinations of values that are looked at in one group of rows."""
GAPS = 12
"""Gaps that are told of one group of rows."""
_PAIRS = 2_000


def _run(book: Book, world: World) -> Iterator[Fault]:
    groups: defaultdict[tuple[str, str | None, str], list[Entry]] = defaultdict(list)
    for entry in book.active:
        row = entry.row
        if row.hit_policy == "UNIQUE" and row.kind != "score":
            for drug in row.drugs:
                groups[row.guideline, row.version, drug].append(entry)
    told: set[tuple[str, str]] = set()
    gaps: set[tuple[str, ...]] = set()
    cut: set[tuple[str, str]] = set()
    for (*_, drug), entries in groups.items():
        parted = slots(entries, world, book.genotypes)
        if parted is None:
            yield from _paired(entries, book, world, told)
            continue
        kinds = [
            sum(1 << i for i, e in enumerate(entries) if e.row.kind == kind)
            for kind in dict.fromkeys(e.row.kind for e in entries)
        ]
        for slot in parted:
            if slot.cut and (key := (entries[0].row.guideline, slot.fact)) not in cut:
                cut.add(key)
                message = f"Of the values of {slot.fact} only the first {VALUES} were looked at."
                yield entries[0].fault("gap", "note", message)
        walk = _Walk(parted, kinds)
        walk.run()
        for (a, b), chosen in walk.pairs.items():
            yield from _overlap(entries[a], entries[b], chosen, world, told)
        yield from _gaps(entries, drug, walk, world, gaps)
        if walk.stopped:
            message = f"Of the combinations of values for {drug} only the first {COMBINATIONS:,} were looked at."
            yield entries[0].fault("gap", "note", message)


class _Walk:
    """All combinations of values, one fact after the other; a branch without rows is left at once."""

    def __init__(self, parted: Sequence[Slot], kinds: Sequence[int]) -> None:
        self.parted = parted
        self.kinds = kinds
        self.pairs: dict[tuple[int, int], tuple[Choice, ...]] = {}
        self.gaps: list[tuple[Choice, ...]] = []
        self.stopped = False
        self._left = COMBINATIONS

    def run(self) -> None:
        every = 0
        for bits in self.kinds:
            every |= bits
        self._down(0, every, ())

    def _down(self, at: int, rows: int, chosen: tuple[Choice, ...]) -> None:
        if self.stopped:
            return
        if not rows:
            if chosen and all(slot.declared for slot in self.parted[:at]):
                self.gaps.append(chosen)
            return
        if at == len(self.parted):
            for kind in self.kinds:
                if (fired := rows & kind).bit_count() > 1:
                    for pair in combinations(firsts(fired), 2):
                        self.pairs.setdefault(pair, chosen)
            return
        for choice in self.parted[at].choices:
            self._left -= 1
            if self._left < 0:
                self.stopped = True
                return
            self._down(at + 1, rows & choice.rows, (*chosen, choice))


def _overlap(
    a: Entry, b: Entry, chosen: Sequence[Choice], world: World, told: set[tuple[str, str]]
) -> Iterator[Fault]:  # fmt: skip
    pair = a.row.id, b.row.id
    if pair in told or not together(a.row, b.row) or conditions_key(a.row) == conditions_key(b.row):
        return
    patient = merged(chosen).patient(world)
    if not (world.fires(a.row, patient) and world.fires(b.row, patient)):
        return
    told.add(pair)
    same = (a.row.action or "").casefold() == (b.row.action or "").casefold()
    words = ", ".join(c.words for c in chosen)
    message = f"Exactly one row may fire, but {b.row.id.rpartition(':')[2]} (row {b.number}) fires too for: {words}."
    yield a.fault("overlap", "warning" if same else "error", message, related=[b.row.id], patient=patient.profile)


def _gaps(
    entries: Sequence[Entry], drug: str, walk: _Walk, world: World, told: set[tuple[str, ...]]
) -> Iterator[Fault]:  # fmt: skip
    shown = 0
    for chosen in walk.gaps:
        if all(c.draft == Draft() for c in chosen):
            # Nothing is known of the patient: no guideline has a row for that.
            continue
        words = tuple(c.words for c in chosen)
        key = (entries[0].row.guideline, entries[0].row.version or "", *words)
        patient = merged(chosen).patient(world)
        if key in told or any(world.fires(e.row, patient) for e in entries):
            continue
        told.add(key)
        shown += 1
        if shown > GAPS:
            message = f"For {drug}, {len(walk.gaps):,} combinations of declared values have no row; {GAPS} are shown."
            yield entries[0].fault("gap", "note", message)
            return
        message = f"For {drug}, no row fires for: {', '.join(words)}."
        yield entries[0].fault("gap", "warning", message, patient=patient.profile)


def _paired(entries: Sequence[Entry], book: Book, world: World, told: set[tuple[str, str]]) -> Iterator[Fault]:
    """Overlaps of rows that join several facts with OR, two by two."""
    for count, (a, b) in enumerate(combinations(entries, 2)):
        if count >= _PAIRS:
            message = f"Only the first {_PAIRS:,} pairs of rows were compared for overlaps."
            yield entries[0].fault("overlap", "note", message)
            return
        if a.row.kind != b.row.kind or not together(a.row, b.row) or conditions_key(a.row) == conditions_key(b.row):
            continue
        pair = a.row.id, b.row.id
        if pair not in told and (patient := witness((a.row, b.row), world, book.genotypes)) is not None:
            told.add(pair)
            message = (
                f"Exactly one row may fire, but {b.row.id.rpartition(':')[2]} (row {b.number}) fires for the same."
            )
            yield a.fault("overlap", "error", message, related=[b.row.id], patient=patient.profile)


CHECK = Check(
    _run,
    {
        "overlap": "two rows fire for one patient in a table of which exactly one row may fire",
        "gap": "no row fires for a patient in a table of which exactly one row may fire",
    },
)
