"""From weighed rows to the verdict on each option (DESIGN section 3, "Status of an option").

A verdict knows nothing of scores: permuting all scores changes only the order within a tier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeVar

import msgspec

from graph.answer import ExcludedBy, OptionDirection, Status, Tier
from graph.claims import GuidelineRow
from graph.paths import criterion_genes
from rules.match import NOTHING, RUNGS, Reading, Use
from rules.weigh import STRENGTHS, TIERS, Ruled, Weighed, tier_of

Item = TypeVar("Item")
Force = Literal["removes", "conflicts", "yields"]
Effects = Mapping[tuple[str, str], tuple[Force, str]]
"""(what speaks against, positive row) -> what it does to the row, and why."""
_A, _B, _C = (STRENGTHS.index(level) for level in "ABC")
_TIER = {tier: i for i, tier in enumerate(TIERS)}
_ON = {"exact": 0, "ancestor": 1, "agnostic": 2, "unknown": 3, "off": 4}
_RUNG: Mapping[str | None, int] = {**{rung: i for i, rung in enumerate(RUNGS)}, None: len(RUNGS)}
_AGAINST = ("resistant", "no_benefit")
LIMITING = ("exclude", "require")
"""Kinds of guideline row: a limit on any ingredient limits the whole set."""
_NEGATIVE: tuple[OptionDirection, ...] = ("resistant", "no_benefit", "adverse")


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


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The status of one ingredient set in one direction, with all that led to it."""

    therapy: tuple[str, ...]
    direction: OptionDirection
    status: Status
    excluded_by: ExcludedBy | None
    tier: Tier
    deciding: tuple[Weighed, ...]
    """The rows that state the option and still stand, best first; when none stands, those that it had."""
    rows: tuple[Weighed, ...]
    """Every row of the option that bears on the patient, best first."""
    objections: tuple[Objection, ...]
    limits: tuple[Ruled, ...]
    """Guideline rows that exclude or require, fired or undecided; a fired one that rests on evidence is among the
    objections too."""
    cautions: tuple[Ruled, ...]
    answered: tuple[str, ...]
    """Ids of vetoes that a deciding row for this very combination answers."""
    missing: tuple[str, ...]


def judge(weighed: Iterable[Weighed], limits: Iterable[Ruled]) -> list[Verdict]:
    """Every option that the rows speak of, in no particular order.

    ``limits`` are the guideline rows on any drug of any option, weighed; rows of no consequence may be left in.
    """
    by_therapy: defaultdict[tuple[str, ...], list[Weighed]] = defaultdict(list)
    objecting: defaultdict[str, list[Opposing]] = defaultdict(list)
    for w in weighed:
        if w.failed_by == "quarantine":
            continue
        by_therapy[w.statement.therapy].append(w)
        if w.outcome == "fired" and w.statement.direction in _AGAINST and w.statement.supports:
            opposing = _from_statement(w)
            for drug in opposing.drugs:
                objecting[drug].append(opposing)
    by_drug: defaultdict[str, list[Ruled]] = defaultdict(list)
    for ruled in limits:
        if ruled.outcome == "failed":
            continue
        if _is_evidence(ruled):
            opposing = _from_row(ruled)
            for drug in ruled.row.drugs:
                objecting[drug].append(opposing)
        for drug in ruled.row.drugs:
            by_drug[drug].append(ruled)
    beaten = _beaten(by_therapy, objecting)
    verdicts = []
    for therapy, rows in by_therapy.items():
        evidence = [o for o in _on_any(therapy, objecting) if o.kind in LIMITING or set(o.drugs) <= set(therapy)]
        verdict = _sensitive(therapy, rows, evidence, _on_any(therapy, by_drug), beaten)
        if verdict is not None:
            verdicts.append(verdict)
        negative = [
            w for w in rows if w.outcome == "fired" and w.statement.direction in _NEGATIVE and w.statement.supports
        ]
        for direction in _NEGATIVE:
            if fired := [w for w in negative if w.statement.direction == direction]:
                verdicts.append(_negative(therapy, direction, sorted(fired, key=_goodness)))
    return verdicts


def _is_evidence(r: Ruled) -> bool:
    """A fired veto that rests on evidence, not on a guideline or label, is weighed as evidence is."""
    return (
        r.outcome == "fired" and r.row.because == "resistance" and r.row.kind == "exclude" and not r.foreign
        and r.reading is not None and STRENGTHS.index(r.row.strength) >= _A
    )  # fmt: skip


def _from_statement(w: Weighed) -> Opposing:
    s = w.statement
    own = w.fit.inside and w.fit.on != "agnostic"
    return Opposing(s.id, s.direction, w.rank, w.reading, w.fit.inside, own, s.therapy, _states(w), (s.record,))


def _from_row(r: Ruled) -> Opposing:
    row = r.row
    return Opposing(
        row.id, row.kind, STRENGTHS.index(row.strength), r.reading or NOTHING, True, row.disease is not None, row.drugs,
        row.reason.rstrip("."), row.sources or (row.id,), row.because == "resistance",
    )  # fmt: skip


def _on_any(therapy: tuple[str, ...], by_drug: Mapping[str, list[Item]]) -> list[Item]:
    """What is listed for any ingredient, once each."""
    if len(therapy) == 1:
        return by_drug.get(therapy[0], [])
    return list({id(item): item for drug in therapy for item in by_drug.get(drug, ())}.values())


def _negative(therapy: tuple[str, ...], direction: OptionDirection, fired: list[Weighed]) -> Verdict:
    """An option whose direction is not sensitive: excluded, or a conflict where the evidence is weak."""
    strong = fired[0].rank <= _C
    by: ExcludedBy | None = ("contraindicated" if direction == "adverse" else "resistance") if strong else None
    return Verdict(
        therapy, direction, "excluded" if strong else "conflict", by, fired[0].tier, tuple(fired), tuple(fired),
        tuple(_stated(_from_statement(w), "removes" if strong else "conflicts") for w in fired), (), (), (), (),
    )  # fmt: skip


class _Rows(NamedTuple):
    """The positive rows of one option by what became of them, each list best first."""

    fired: list[Weighed]
    waiting: list[Weighed]
    failed: list[Weighed]

    @classmethod
    def of(cls, rows: Iterable[Weighed]) -> _Rows:
        found = cls([], [], [])
        for w in rows:
            if w.statement.direction != "sensitive" or not w.statement.supports:
                continue
            if w.outcome == "fired":
                found.fired.append(w)
            elif w.outcome == "undecided" and w.concerns:
                found.waiting.append(w)
            elif w.outcome == "failed" and w.reading.touched:
                found.failed.append(w)
        for group in found:
            group.sort(key=_goodness)
        return found


class _Limits(NamedTuple):
    """The guideline rows on an option by what they do to it."""

    firing: list[Ruled]
    open: list[Ruled]
    evidence: list[Ruled]
    """Fired vetoes that are weighed as evidence."""
    cautions: list[Ruled]

    @classmethod
    def of(cls, limits: Iterable[Ruled]) -> _Limits:
        found = cls([], [], [], [])
        for r in limits:
            if r.row.kind == "caution" or r.foreign:
                found.cautions.append(r)
            elif _is_evidence(r):
                found.evidence.append(r)
            elif r.outcome == "fired":
                found.firing.append(r)
            else:
                (found.open if r.row.if_unknown == "needs_check" else found.cautions).append(r)
        return found


class _Ruling(NamedTuple):
    status: Status
    excluded_by: ExcludedBy | None
    deciding: list[Weighed]
    missing: tuple[str, ...] = ()


def _sensitive(
    therapy: tuple[str, ...],
    rows: list[Weighed],
    evidence: list[Opposing],
    limits: list[Ruled],
    beaten: frozenset[str],
) -> Verdict | None:
    """The option of giving the therapy; ``None`` when nothing about it concerns this patient."""
    own = _Rows.of(rows)
    shown = (*own.fired, *own.waiting, *own.failed)
    if not shown:
        return None
    ruled = _Limits.of(limits)
    against = [*evidence, *(_from_row(r) for r in ruled.firing)]
    absolute = {r.row.id for r in ruled.firing}
    effects = {
        (o.id, row.statement.id): _effect(o, row, o.id in absolute, o.id in beaten)
        for o in against
        for row in (*own.fired, *own.waiting)
    }
    ruling = _rule_on(own, ruled, effects, any(o.rank <= _C for o in evidence))
    # What stands is shown with what speaks against it; what does not, with what removed its rows.
    stands = ruling.status in ("recommended", "option", "conflict")
    opposed = ruling.deciding if stands else (*own.fired, *own.waiting)
    objections = [_objection(o, opposed, effects) for o in against] + [_exception(w) for w in own.failed if _excepts(w)]
    return Verdict(
        therapy=therapy,
        direction="sensitive",
        status=ruling.status,
        excluded_by=ruling.excluded_by,
        tier=min((w.tier for w in ruling.deciding), key=_TIER.__getitem__),
        deciding=tuple(ruling.deciding),
        rows=shown,
        objections=tuple(sorted(objections, key=_gravest_first)),
        limits=(*ruled.firing, *ruled.open, *ruled.evidence),
        cautions=tuple(ruled.cautions),
        answered=tuple(sorted(o.id for o in against if any(_answers(w, o) for w in ruling.deciding))),
        missing=ruling.missing,
    )


def _rule_on(own: _Rows, limits: _Limits, effects: Effects, resisted: bool) -> _Ruling:
    """The status, by the first condition of DESIGN section 3 that applies, and the rows that decide it.

    ``resisted``: resistance of level A to C speaks against the therapy, whether or not there is a row to weigh it with.
    """
    removed = {row for (_, row), (force, _) in effects.items() if force == "removes"}
    disputed = {row for (_, row), (force, _) in effects.items() if force == "conflicts"}
    standing = [w for w in own.fired if w.statement.id not in removed]
    clear = [w for w in standing if w.statement.id not in disputed]
    hoping = [w for w in own.waiting if w.statement.id not in removed]
    best = clear or standing or own.fired or own.waiting or own.failed
    if limits.firing and not standing:
        return _Ruling("excluded", _because(r.row for r in limits.firing), best)
    if any(_excepts(w) for w in own.failed):
        return _Ruling("excluded", "contraindicated", best)
    if not own.fired and not own.waiting:
        return _Ruling("excluded", "resistance" if resisted else _closest(own.failed), own.failed)
    if not standing and not hoping:
        return _Ruling("excluded", "resistance", best)
    if limits.open:
        return _Ruling("needs_check", None, best, _joined(r.missing for r in limits.open))
    if not standing:
        return _Ruling("needs_check", None, hoping, hoping[0].missing)
    if _label_waits(hoping, clear):
        absent = [w for w in hoping if w.reading.waits_for_absence]
        return _Ruling("needs_check", None, absent, absent[0].missing)
    if not clear:
        return _Ruling("conflict", None, standing, standing[0].missing)
    tier = clear[0].tier
    if tier in ("label", "guideline") and any(w.tier == tier and not w.capped and not w.missing for w in clear):
        return _Ruling("recommended", None, clear)
    return _Ruling("option", None, clear, clear[0].missing)


def _excepts(w: Weighed) -> bool:
    """Whether the row says itself that it does not hold in the patient's disease."""
    return w.fit.excluded and w.reading.truth is not False


def _exception(w: Weighed) -> Objection:
    why = w.fit.note or "the row excepts this disease"
    return Objection(w.statement.id, "excepted disease", w.statement.strength, "removes", why, (w.statement.record,))


def _beaten(
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
        and _TIER[w.tier] < _TIER[o.tier]
        and o.reading.findings <= w.reading.named
    )


def _effect(against: Opposing, row: Weighed, absolute: bool, beaten: bool) -> tuple[Force, str]:
    """What something that speaks against a therapy does to one of its positive rows.

    ``absolute``: a guideline row that fires removes every row that does not answer it. ``beaten``: see ``_beaten``.
    """
    if beaten:
        return "yields", f"{against.words}; but a row of a higher tier says the opposite of that finding"
    if _answers(row, against):
        return "yields", f"{against.words}; but a row for the whole combination asks for that very finding"
    return ("removes", against.words) if absolute else _opposes(against, row)


def _answers(row: Weighed, against: Opposing) -> bool:
    """Whether a row for a whole combination, in the patient's disease, names the finding that vetoes a part of it."""
    return (
        row.fired
        and row.fit.inside
        and against.resistance
        and len(row.statement.therapy) > 1
        and (against.kind in LIMITING or len(against.drugs) < len(row.statement.therapy))
        and bool(against.reading.findings)
        and against.reading.findings <= row.reading.named
    )


def _objection(against: Opposing, rows: Iterable[Weighed], effects: Effects) -> Objection:
    """The most that something does to any of the rows."""
    found = [effects[key] for row in rows if (key := (against.id, row.statement.id)) in effects]
    force, why = min(found, key=lambda pair: _FORCES.index(pair[0]), default=("yields", against.words))
    return _stated(against, force, why)


def _stated(against: Opposing, force: Force, why: str | None = None) -> Objection:
    strength = STRENGTHS[against.rank]
    return Objection(against.id, against.kind, strength, force, why or against.words, against.sources)


def _gravest_first(o: Objection) -> tuple[int, bool, int, str]:
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
    if not unnamed:
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
    if _TIER[against.tier] > _TIER[row.tier]:
        return "yields", words
    if _TIER[against.tier] < _TIER[row.tier]:
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


def _label_waits(waiting: list[Weighed], clear: list[Weighed]) -> bool:
    """Whether this tumour's labels wait for an absence alone, which lower tiers do not lift."""
    labels = [w for w in waiting if w.tier == "label" and w.fit.inside]
    return any(w.reading.waits_for_absence for w in labels) and not any(w.tier == "label" for w in clear)


def _closest(failed: list[Weighed]) -> ExcludedBy:
    """Age or date when nothing else stands in the way of a row, else not met."""
    reasons = {w.failed_by for w in failed}
    return "age" if "age" in reasons else "date" if "date" in reasons else "not_met"


def _because(rows: Iterable[GuidelineRow]) -> ExcludedBy:
    return "resistance" if all(r.because == "resistance" for r in rows) else "contraindicated"


def _goodness(w: Weighed) -> tuple[int, int, int, int, str]:
    return (_TIER[w.tier], _ON[w.fit.on], w.rank, _RUNG[w.reading.rung], w.statement.id)


def _joined(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))
