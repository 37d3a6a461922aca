"""What would decide: tests by the options that wait for them, and the smallest sets of facts that change a verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from graph.answer import Status, WouldDecide
from graph.claims import Statement
from rules.facts import Facts
from rules.weigh import Weighed

Assignment = tuple[tuple[str, str], ...]
"""Facts with an answer each, sorted by fact."""
OPEN: frozenset[Status] = frozenset({"recommended", "option"})
"""What may be given."""
MOST = 3
"""Facts in a set at most: more are no test to order, but a work-up."""


def known(facts: Facts) -> frozenset[str]:
    """Genes and markers of which something is stated or tested."""
    return frozenset((*facts.by_gene, *facts.by_marker, *facts.wild_type, *facts.covered))


def foreign(statement: Statement, jurisdiction: str | None) -> bool:
    """Whether a statement is a label of another agency than the one asked for."""
    return bool(jurisdiction and statement.agency and statement.agency != jurisdiction.casefold())


def would_decide(
    weighed: Iterable[Weighed],
    asked: Iterable[tuple[frozenset[str], frozenset[tuple[str, ...]]]],
    facts: Facts,
    jurisdiction: str | None = None,
) -> tuple[WouldDecide, ...]:
    """One list of tests, the one that decides most options first; labels of another jurisdiction ask for none.

    ``asked`` are the facts that statements about the patient's disease ask for, with the therapies that each set of
    facts decides. A statement that asks for something known has been weighed already.
    """
    waiting: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for w in weighed:
        s = w.statement
        waits = w.outcome == "undecided" and w.fit.inside and s.direction == "sensitive" and s.supports
        if waits and not foreign(s, jurisdiction):
            for fact in w.reading.missing:
                waiting[fact].add(s.therapy)
    have = known(facts)
    for needed, therapies in asked:
        if have.isdisjoint(needed):
            for fact in needed:
                waiting[fact] |= therapies
    return ranked(
        WouldDecide(fact=fact, options=len(therapies), therapies=tuple(sorted(map(" + ".join, therapies))))
        for fact, therapies in waiting.items()
    )


def ranked(tests: Iterable[WouldDecide]) -> tuple[WouldDecide, ...]:
    """The test that decides most options first, then by name."""
    return tuple(sorted(tests, key=lambda t: (-t.options, t.fact)))


class Seen(NamedTuple):
    """What became of one option under some answers."""

    status: Status | None
    needs: Mapping[Status, int]
    """For a status that is hoped for, how many more facts it waits for at least; a status without a way there is left
    out."""
    waits: frozenset[str]
    """The facts that some way to a hoped status waits for."""


Look = Callable[[Assignment], Seen | None]
"""What becomes of the option; ``None``: no more may be asked."""


class Found(NamedTuple):
    """Where sets of facts lead: the assignments by which each status is reached."""

    leads: Mapping[Status | None, tuple[Assignment, ...]]
    complete: bool
    """Whether every set up to the size of the largest was tried; else there may be others of the same size."""


def smallest_sets(answers: Mapping[str, Sequence[str]], look: Look, hoped: Collection[Status] = ()) -> Found:
    """The smallest sets of facts whose answers change a status, and where they lead.

    ``answers`` are the facts that may be asked with what each may turn out to be; ``look(())`` is how things stand.
    Sets grow until some change is found and every status that is ``hoped`` for, or one better, is reached or out of
    reach. As long as nothing changes every set is tried, and all of the size that first changes something are given.
    Larger ones are given for a hoped status only, and tried only where it can be reached with the facts that are left
    (``Seen.needs``), by what the way there waits for.
    """
    base = look(())
    if base is None:
        return Found({}, False)
    leads: dict[Status | None, list[Assignment]] = {}
    frontier: dict[Assignment, Seen] = {(): base}
    for size in range(1, MOST + 1):
        grown: dict[Assignment, Seen] = {}
        fresh: dict[Status | None, list[Assignment]] = {}
        pruned = bool(leads)
        parents = sorted(frontier, key=lambda a: _order(frontier[a], a, hoped, leads))
        near = [a for a in parents if not pruned or _distance(frontier[a], hoped, leads) <= 1]
        for group in (near, [a for a in parents if a not in near]):
            if pruned and not _open(hoped, {**leads, **fresh}):
                # What is further off than one fact leads nowhere at this size.
                break
            for before in group:
                for assignment in _extended(before, frontier[before].waits if pruned else None, answers):
                    if assignment in grown:
                        continue
                    if (seen := look(assignment)) is None:
                        return _found({**leads, **fresh}, complete=False)
                    grown[assignment] = seen
                    wanted = seen.status in hoped if pruned else seen.status != base.status
                    if wanted and seen.status not in leads:
                        fresh.setdefault(seen.status, []).append(assignment)
        leads |= fresh
        if leads and not _open(hoped, leads):
            break
        left = MOST - size
        frontier = {a: seen for a, seen in grown.items() if not leads or _distance(seen, hoped, leads) <= left}
    return _found(leads, complete=True)


def _found(leads: Mapping[Status | None, Sequence[Assignment]], complete: bool) -> Found:
    return Found({status: tuple(sorted(found)) for status, found in leads.items()}, complete)


def _extended(
    before: Assignment, waits: Collection[str] | None, answers: Mapping[str, Sequence[str]]
) -> Iterator[Assignment]:
    """The assignment with one more fact, one of those that it waits for where these are given."""
    taken = {fact for fact, _ in before}
    for fact, possible in answers.items():
        if fact not in taken and (waits is None or fact in waits):
            yield from (tuple(sorted((*before, (fact, answer)))) for answer in possible)


def _open(hoped: Collection[Status], leads: Collection[Status | None]) -> list[Status]:
    """What is hoped for and not reached yet."""
    return [status for status in hoped if not reached(status, leads)]


def _distance(seen: Seen, hoped: Collection[Status], leads: Collection[Status | None]) -> int:
    """How many more facts lie at least before something hoped for that is not reached yet."""
    return min((seen.needs.get(status, MOST + 1) for status in _open(hoped, leads)), default=0)


def _order(
    seen: Seen, assignment: Assignment, hoped: Collection[Status], leads: Collection[Status | None]
) -> tuple[int, Assignment]:  # fmt: skip
    """Those that lack least come first, for the case that not all may be asked."""
    return _distance(seen, hoped, leads), assignment


def reached(status: Status, leads: Collection[Status | None]) -> bool:
    """Whether a status, or a better one, is among those that something leads to."""
    return status in leads or (status == "option" and "recommended" in leads)


def by_facts(found: Found) -> list[tuple[tuple[str, ...], list[tuple[Assignment, Status | None]]]]:
    """The leads set by set: what the answers to the same facts lead to stands together, smaller sets first."""
    sets: dict[tuple[str, ...], list[tuple[Assignment, Status | None]]] = {}
    for status, assignments in found.leads.items():
        for assignment in assignments:
            sets.setdefault(tuple(fact for fact, _ in assignment), []).append((assignment, status))
    return [(facts, sorted(leads)) for facts, leads in sorted(sets.items(), key=lambda kv: (len(kv[0]), kv[0]))]
