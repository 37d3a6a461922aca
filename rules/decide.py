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
    weighed: Iterable[Weighed], asked: Iterable[tuple[frozenset[str], frozenset[tuple[str, ...]]]], facts: Facts
) -> tuple[WouldDecide, ...]:
    """One list of tests, the one that decides most options first.

    ``asked`` are the facts that statements about the patient's disease ask for, with the therapies that each set of
    facts decides. A statement that asks for something known has been weighed already.
    """
    waiting: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for w in weighed:
        s = w.statement
        if w.outcome == "undecided" and w.fit.inside and s.direction == "sensitive" and s.supports:
            for fact in w.reading.missing:
                waiting[fact].add(s.therapy)
    have = known(facts)
    for needed, therapies in asked:
        if have.isdisjoint(needed):
            for fact in needed:
                waiting[fact] |= therapies
    ranked = sorted(waiting.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        WouldDecide(fact=fact, options=len(therapies), therapies=tuple(sorted(map(" + ".join, therapies))))
        for fact, therapies in ranked
    )
