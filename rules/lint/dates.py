"""Versions of a guideline along time, and which row takes the place of which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from graph.errors import nearest
from rules.lint.book import Book, Entry
from rules.lint.fault import Check, Fault
from rules.lint.world import World


def _run(book: Book, world: World) -> Iterator[Fault]:
    guidelines: defaultdict[str, defaultdict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in book.active:
        if entry.row.version is not None:
            guidelines[entry.row.guideline][entry.row.version].append(entry)
    for versions in guidelines.values():
        yield from _versions(versions)
        yield from _jurisdictions(versions)
    yield from _supersedes(book, world)


def _versions(versions: Mapping[str, Sequence[Entry]]) -> Iterator[Fault]:
    spans = sorted(
        ((min(e.row.effective_from or "" for e in entries), _end(entries), version, entries[0])
         for version, entries in versions.items()),
        key=lambda s: (s[0], s[2]),
    )  # fmt: skip
    for (start, end, version, first), (next_start, _, next_version, entry) in pairwise(spans):
        if start == next_start:
            message = f"Versions {version} and {next_version} begin on the same day ({start or 'no day'})."
            yield entry.fault("date-overlap", "error", message, related=[first.row.id],
                              column=entry.column_of(field="effective_from"))  # fmt: skip
        elif end is not None and end < next_start:
            message = f"From {end} to {next_start}, neither version {version} nor {next_version} is in force."
            yield entry.fault("date-hole", "warning", message, related=[first.row.id],
                              column=entry.column_of(field="effective_from"))  # fmt: skip
        elif end is not None and end > next_start:
            message = f"Versions {version} and {next_version} are both in force from {next_start} to {end}."
            yield entry.fault("date-overlap", "warning", message, related=[first.row.id],
                              column=entry.column_of(field="effective_from"))  # fmt: skip


def _jurisdictions(versions: Mapping[str, Sequence[Entry]]) -> Iterator[Fault]:
    """Versions of one guideline replace each other: one that holds elsewhere is another guideline."""
    (version, earlier), *later = versions.items()
    for other, entries in later:
        mine, theirs = _places(earlier), _places(entries)
        if [place.casefold() for place in mine] != [place.casefold() for place in theirs]:
            message = (
                f"Version {other} holds in {_listed(theirs)}, version {version} in {_listed(mine)}: guidelines of two "
                "places are two guidelines."
            )
            yield entries[0].fault("jurisdiction", "warning", message, related=[earlier[0].row.id],
                                   column=entries[0].column_of(field="jurisdiction"))  # fmt: skip


def _places(entries: Sequence[Entry]) -> list[str]:
    found = {(e.row.jurisdiction or "").casefold(): e.row.jurisdiction or "" for e in entries}
    return [found[place] for place in sorted(found)]


def _listed(places: Sequence[str]) -> str:
    return ", ".join(place or "no stated place" for place in places)


def _end(entries: Sequence[Entry]) -> str | None:
    ends = [e.row.effective_to for e in entries]
    return max(e for e in ends if e) if all(ends) else None


def _supersedes(book: Book, world: World) -> Iterator[Fault]:
    in_cycle: set[str] = set()
    for entry in book.entries:
        earlier = entry.row.supersedes
        if earlier is None:
            continue
        column = entry.column_of(field="supersedes")
        old = book.by_id.get(earlier)
        if old is None:
            if earlier not in world.rows:
                close = nearest(earlier, (*book.by_id, *world.rows))
                hint = f" (did you mean {close[0]}?)" if close else ""
                yield entry.fault("supersedes-unknown", "error", f"There is no row {earlier}{hint}.", column=column)
            continue
        if entry.row.id not in in_cycle and (cycle := _cycle(entry.row.id, book)):
            in_cycle.update(cycle)
            message = f"The rows supersede each other in a circle: {', '.join((*cycle, cycle[0]))}."
            yield entry.fault("supersedes-cycle", "error", message, related=cycle[1:], column=column)
            continue
        if entry.row.id in in_cycle:
            continue
        ended, begins = old.row.effective_to, entry.row.effective_from
        if ended and begins and ended < begins:
            message = f"{earlier} ends on {ended}, and this row, which takes its place, begins on {begins}."
            yield entry.fault("date-hole", "warning", message, related=[earlier], column=column)
        elif begins and old.row.effective_from and begins < old.row.effective_from:
            message = f"The row is older than {earlier}, whose place it takes: {begins}, {old.row.effective_from}."
            yield entry.fault("date-overlap", "warning", message, related=[earlier], column=column)


def _cycle(start: str, book: Book) -> list[str]:
    """The rows from ``start`` back to ``start``; empty when they do not lead back."""
    walked = [start]
    seen = {start}
    at: Entry | None = book.by_id[start]
    while at is not None and at.row.supersedes:
        following = at.row.supersedes
        if following == start:
            return walked
        if following in seen:
            return []
        seen.add(following)
        walked.append(following)
        at = book.by_id.get(following)
    return []


CHECK = Check(
    _run,
    {
        "date-hole": "days on which no version of a guideline is in force",
        "date-overlap": "versions of a guideline of which it is not clear which one holds",
        "jurisdiction": "versions of a guideline that hold in different places",
        "supersedes-unknown": "a row that supersedes one that does not exist",
        "supersedes-cycle": "rows that supersede each other in a circle",
    },
)
