"""What speaks against a therapy, and what it does to each positive row: removes it, disputes it, or yields.

Resistance from statements and from guideline rows is weighed alike (DESIGN section 3, "Status of an option").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from graph.answer import Tier
from graph.paths import criterion_genes
from rules.match import NOTHING, RUNGS, Reading, Use
from rules.weigh import STRENGTHS, TIER_RANK, Ruled, Weighed, tier_of

Force = Literal["removes", "conflicts", "yields"]
Effects = Mapping[tuple[str, str], tuple[Force, str]]
"""(what speaks against, positive row) -> what it does to the row, and why."""
LIMITING = ("exclude", "require")
"""Kinds of guideline row: a limit on any ingredient limits the whole set."""
_A, _B, _C = (STRENGTHS.index(level) for level in "ABC")
_RUNG: Mapping[str | None, int] = {**{rung: i for i, rung in enumerate(RUNGS)}, None: len(RUNGS)}


class Opposing(msgspec.Struct, frozen=True, gc=False):
    """Fired resistance, from a statement or a guideline row, as it is weighed against positive rows."""

    id: str
    kind: str
    rank: int
    reading: Reading
    inside: bool
    """Whether it is about the patient's disease."""
    own: bool
    """Whether it is about the patient's disease by name, not about any tumour."""
    drugs: tuple[str, ...]
    words: str
    sources: tuple[str, ...]
    resistance: bool = True
    """Not toxicity, nor anything else that a finding of the tumour could answer."""

    @property
    def tier(self) -> Tier:
        return tier_of(STRENGTHS[self.rank])


class Objection(msgspec.Struct, frozen=True, gc=False):
    """Something that speaks against an option and what it does to it."""

    id: str
    kind: str
    strength: str
    force: Force
    why: str
    sources: tuple[str, ...]


def is_evidence(r: Ruled) -> bool:
    """A fired veto that rests on evidence, not on a guideline or label, is weighed as evidence is."""
    return (
        r.outcome == "fired" and r.row.because == "resistance" and r.row.kind == "exclude" and not r.foreign
        and r.reading is not None and STRENGTHS.index(r.row.strength) >= _A
    )  # fmt: skip


def from_statement(w: Weighed) -> Opposing:
    s = w.statement
    own = w.fit.inside and w.fit.on != "agnostic"
    return Opposing(s.id, s.direction, w.rank, w.reading, w.fit.inside, own, s.therapy, _states(w), (s.record,))


def from_row(r: Ruled) -> Opposing:
    row = r.row
    return Opposing(
        row.id, row.kind, STRENGTHS.index(row.strength), r.reading or NOTHING, True, row.disease is not None, row.drugs,
        row.reason.rstrip("."), row.sources or (row.id,), row.because == "resistance",
    )  # fmt: skip


def beaten_on_the_finding(
    by_therapy: Mapping[tuple[str, ...], list[Weighed]], objecting: Mapping[str, list[Opposing]]
) -> frozenset[str]:
    """Evidence of resistance that a row of a higher tier, for the same therapy here, contradicts on the very finding.

    On one finding the higher tier wins, also where the therapy is part of a combination.
    """
    return frozenset(
        o.id
        for listed in objecting.values()
        for o in listed
        if o.kind not in LIMITING
        for w in by_therapy.get(tuple(sorted(o.drugs)), ())
        if w.fired
        and w.fit.inside
        and w.statement.direction == "sensitive"
        and w.statement.supports
        and TIER_RANK[w.tier] < TIER_RANK[o.tier]
        and o.reading.findings
        and o.reading.findings <= w.reading.named
    )


def effect(against: Opposing, row: Weighed, absolute: bool, beaten: bool) -> tuple[Force, str]:
    """What something that speaks against a therapy does to one of its positive rows.

    ``absolute``: a guideline row that fires removes every row that does not answer it. ``beaten``: see
    ``beaten_on_the_finding``.
    """
    if beaten:
        return "yields", f"{against.words}; but a row of a higher tier says the opposite of that finding"
    if answers(row, against):
        return "yields", f"{against.words}; but a row for the whole combination asks for that very finding"
    return ("removes", against.words) if absolute else _opposes(against, row)


def answers(row: Weighed, against: Opposing) -> bool:
    """Whether a row for a whole combination, in the patient's disease, names the finding that vetoes a part of it.

    A guideline's recommendation does only when nothing is missing: what is not known lifts no veto.
    """
    return (
        row.fired
        and not (row.statement.kind == "guideline" and row.missing)
        and row.fit.inside
        and against.resistance
        and len(row.statement.therapy) > 1
        and (against.kind in LIMITING or len(against.drugs) < len(row.statement.therapy))
        and bool(against.reading.findings)
        and against.reading.findings <= row.reading.named
    )


def objection(against: Opposing, rows: Iterable[Weighed], effects: Effects) -> Objection:
    """The most that something does to any of the rows."""
    found = [effects[key] for row in rows if (key := (against.id, row.statement.id)) in effects]
    force, why = min(found, key=lambda pair: _FORCES.index(pair[0]), default=("yields", against.words))
    return stated(against, force, why)


def stated(against: Opposing, force: Force, why: str | None = None) -> Objection:
    strength = STRENGTHS[against.rank]
    return Objection(against.id, against.kind, strength, force, why or against.words, against.sources)


def gravest_first(o: Objection) -> tuple[int, bool, int, str]:
    return (_FORCES.index(o.force), o.kind != "excepted disease", STRENGTHS.index(o.strength), o.id)


_FORCES: tuple[Force, ...] = ("removes", "conflicts", "yields")


def _opposes(against: Opposing, row: Weighed) -> tuple[Force, str]:
    """What fired resistance does to one positive row."""
    level, words = against.rank, against.words
    if level <= _B and against.own and row.fit.on == "off":
        return "removes", f"{words}, in this disease, where the positive row is for another"
    unnamed = [
        u for u in against.reading.satisfied_by if u.held.finding and u.held.finding.read_as not in row.reading.named
    ]
    if not unnamed and against.reading.findings:
        return _same_finding(against, row)
    genes = {g for u in row.reading.uses if not u.negated for g in criterion_genes(u.criterion)}
    at_gene = [u for u in unnamed if genes & set(criterion_genes(u.criterion))]
    if any(_narrow(u) for u in at_gene):
        name = next(u.criterion.name for u in at_gene if _narrow(u))
        if level <= _C:
            return "removes", f"{words}: {name}, which the positive row does not name"
        return "conflicts", f"{words}, on weak evidence"
    if not at_gene and not (row.fit.inside and not against.inside):
        if level <= _A:
            return "removes", f"{words}, in another gene at the highest level"
        if level == _B and row.rank >= _B:
            return "conflicts", f"{words}, in another gene"
    return "yields", words


def _same_finding(against: Opposing, row: Weighed) -> tuple[Force, str]:
    words = against.words
    theirs, ours = against.reading.rung, row.reading.rung
    if row.fit.inside and not against.inside:
        return "yields", words
    if theirs is not None and ours is not None and theirs != "gene" and _RUNG[theirs] < _RUNG[ours]:
        if against.rank <= _C:
            return "removes", f"{words}, stated more narrowly than the positive row"
        return "conflicts", f"{words}, stated more narrowly but on weak evidence"
    if TIER_RANK[against.tier] > TIER_RANK[row.tier]:
        return "yields", words
    if TIER_RANK[against.tier] < TIER_RANK[row.tier]:
        return "removes", f"{words}, by a higher tier on the same finding"
    if against.rank == row.rank:
        return "conflicts", f"{words}, as strong as what speaks for it"
    return ("removes", f"{words}, stronger than what speaks for it") if against.rank < row.rank else ("yields", words)


def _narrow(use: Use) -> bool:
    return use.held.rung != "gene"


def _states(w: Weighed) -> str:
    kind = {"resistant": "resistance", "no_benefit": "no benefit", "adverse": "adverse response"}[w.statement.direction]
    s = w.statement
    therapy = " + ".join(s.therapy)
    return f"{s.level.scheme} {s.level.value}: {kind} to {therapy} with {w.reading.words} in {s.disease.name}"
