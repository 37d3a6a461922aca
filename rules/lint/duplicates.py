"""Rows of one guideline that ask the same, and rows that add nothing to a wider one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

import msgspec

from graph.claims import GuidelineRow
from rules.lint import settled
from rules.lint.book import Book, Entry, conditions_key, together, topics
from rules.lint.fault import Check, Fault, Severity
from rules.lint.witness import firing
from rules.lint.world import Patient, World
from rules.policy import at_least
from rules.weigh import STRENGTHS

_MOST = 200_000
"""Pairs of rows that are compared for one run."""


def _run(book: Book, world: World) -> Iterator[Fault]:
    for entry in book.entries:
        if (last := book.by_id[entry.row.id]) is not entry:
            message = f"The row has the id of row {last.number} of {last.file}."
            yield entry.fault("duplicate", "error", message, column=entry.column_of(field="id"))
    groups: defaultdict[Hashable, list[Entry]] = defaultdict(list)
    for entry in book.active:
        row = entry.row
        drugs = [frozenset(row.drugs)] if row.kind == "recommend" else [frozenset({d}) for d in row.drugs]
        for one in drugs:
            groups[row.guideline, row.version, row.jurisdiction, row.kind, one].append(entry)
    told: set[tuple[str, str]] = set()
    shadows: dict[str, tuple[Entry, list[Entry]]] = {}
    plain: dict[str, list[Patient]] = {}
    budget = _MOST
    for entries in groups.values():
        yield from _same(entries, told)
        if entries[0].row.kind == "score" or entries[0].row.hit_policy == "UNIQUE":
            # Points add up; and of rows of which one may fire, a shadow is an overlap.
            continue
        for narrow, wide in _pairs(entries):
            budget -= 1
            if budget < 0:
                break
            if wide.partial or (narrow.row.id, wide.row.id) in told or not _shadows(wide.row, narrow.row, world):
                continue
            # The form says so; the rules must say so too, for whoever has what the narrow row asks and no more.
            if narrow.row.id not in plain:
                plain[narrow.row.id] = list(firing(narrow.row, world, book.genotypes))
            if (patients := plain[narrow.row.id]) and all(world.fires(wide.row, p) for p in patients):
                told.add((narrow.row.id, wide.row.id))
                shadows.setdefault(narrow.row.id, (narrow, []))[1].append(wide)
    for narrow, wides in shadows.values():
        more = f" (and {len(wides) - 1} more)" if len(wides) > 1 else ""
        message = f"{_short(wides[0])} always fires when this row does, and says no less{more}."
        # A recommendation twice over harms nobody; a limit that is never decisive may be a slip.
        severity: Severity = "note" if narrow.row.kind == "recommend" else "warning"
        yield narrow.fault("shadowed", severity, message, related=[w.row.id for w in wides])
    if budget < 0:
        message = f"Only the first {_MOST:,} pairs of rows were compared for shadows."
        yield Fault(check="shadowed", severity="note", file=book.active[0].file, message=message)


def _same(entries: Sequence[Entry], told: set[tuple[str, str]]) -> Iterator[Fault]:
    by_key: defaultdict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        if not entry.partial:
            by_key[conditions_key(entry.row)].append(entry)
    for alike in by_key.values():
        for i, later in enumerate(alike):
            first = next((e for e in alike[:i] if together(e.row, later.row)), None)
            if first is None or (later.row.id, first.row.id) in told:
                continue
            told |= {(later.row.id, first.row.id), (first.row.id, later.row.id)}
            if _says(first.row) == _says(later.row):
                message = f"The row asks the same as {_short(first)} and says the same."
                yield later.fault("duplicate", "warning", message, related=[first.row.id])
            else:
                message = f"The row asks the same as {_short(first)} and says something else."
                yield later.fault("duplicate", "error", message, related=[first.row.id])


def _pairs(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Narrow and wide: the wide one asks about no gene or marker, and no fact, that the narrow one does not."""
    about = [(e, topics(e.row), frozenset(c.fact for c in e.row.settings)) for e in entries]
    by_topics: defaultdict[frozenset[str], list[tuple[Entry, frozenset[str]]]] = defaultdict(list)
    for entry, genes, facts in about:
        by_topics[genes].append((entry, facts))
    for narrow, genes, facts in about:
        for theirs, listed in by_topics.items():
            if theirs <= genes:
                yield from ((narrow, wide) for wide, asked in listed if wide is not narrow and asked <= facts)


def _shadows(wide: GuidelineRow, narrow: GuidelineRow, world: World) -> bool:
    if _says(wide)[:4] != _says(narrow)[:4] or STRENGTHS.index(wide.strength) > STRENGTHS.index(narrow.strength):
        return False
    if conditions_key(wide) == conditions_key(narrow) or not _lasts(wide, narrow):
        return False
    if wide.if_unknown == "caution" and narrow.if_unknown == "needs_check":
        return False
    if narrow.kind == "require" and (narrow.settings or wide.settings):
        # What is required is denied as a whole: more that is asked excludes more.
        return False
    if not at_least(_without_settings(narrow), _without_settings(wide), world.taxonomy):
        return False
    return _settings_within(narrow, wide)


def _settings_within(narrow: GuidelineRow, wide: GuidelineRow) -> bool:
    """Whether every value that the narrow row's conditions take is one that the wide row's take."""
    for fact in dict.fromkeys(c.fact for c in wide.settings):
        theirs = [c for c in wide.settings if c.fact == fact]
        mine = [c for c in narrow.settings if c.fact == fact]
        if {c.cell for c in theirs} <= {c.cell for c in mine}:
            continue
        if fact in settled.DERIVED or not mine:
            return False
        tried = (*settled.candidates(fact, mine), *settled.candidates(fact, (*mine, *theirs)))
        values = [v for v in tried if all(settled.truth(c, v) for c in mine)]
        if not values or not all(settled.truth(c, v) for v in values for c in theirs):
            return False
    return True


def _without_settings(row: GuidelineRow) -> GuidelineRow:
    return msgspec.structs.replace(row, settings=())


def _lasts(wide: GuidelineRow, narrow: GuidelineRow) -> bool:
    """Whether the wide row is in force on every day on which the narrow one is."""
    return (wide.effective_from or "") <= (narrow.effective_from or "") and (
        wide.effective_to is None or (narrow.effective_to is not None and narrow.effective_to <= wide.effective_to)
    )


def _says(row: GuidelineRow) -> tuple[object, ...]:
    """What a row tells beside its conditions; the grade that a source gives it is the source's own matter."""
    return (row.because, _folded(row.action), row.points, row.points_group, row.strength, row.if_unknown)


def _folded(text: str | None) -> str:
    return " ".join((text or "").casefold().split())


def _short(entry: Entry) -> str:
    return f"{entry.row.id.rpartition(':')[2]} (row {entry.number})"


CHECK = Check(
    _run,
    {
        "duplicate": "two rows of a guideline that ask the same",
        "shadowed": "a row that adds nothing, since a wider one fires whenever it does and says no less",
    },
)
