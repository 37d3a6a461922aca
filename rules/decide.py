"""Which tests would decide most: for every fact that is not known, the options that wait for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from graph.answer import WouldDecide
from rules.facts import Facts
from rules.weigh import Weighed


def known(facts: Facts) -> frozenset[str]:
    """Genes and markers of which something is stated or tested."""
    return frozenset((*facts.by_gene, *facts.by_marker, *facts.wild_type, *facts.covered))


def would_decide(
    weighed: Iterable[Weighed], untested: Iterable[tuple[tuple[str, ...], tuple[str, ...]]], facts: Facts
) -> tuple[WouldDecide, ...]:
    """One list of tests, the one that decides most options first.

    ``untested`` are (facts, therapy) of statements about the patient's disease that no finding brought into question.
    A statement that asks for something known has been weighed already, or does not hold.
    """
    waiting: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for w in weighed:
        s = w.statement
        if w.outcome == "undecided" and s.direction == "sensitive" and s.supports and not s.quarantined and w.fit.inside:
            for fact in w.reading.missing:
                waiting[fact].add(s.therapy)
    have = known(facts)
    for asked, therapy in untested:
        if have.isdisjoint(asked):
            for fact in asked:
                waiting[fact].add(therapy)
    ranked = sorted(waiting.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        WouldDecide(fact=fact, options=len(therapies), therapies=tuple(sorted(" + ".join(t) for t in therapies)))
        for fact, therapies in ranked
    )
