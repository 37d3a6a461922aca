"""From weighed rows to the verdict on each option (DESIGN section 3, "Status of an option").

A verdict knows nothing of scores: permuting all scores changes only the order within a tier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

import msgspec

from graph.answer import ExcludedBy, OptionDirection, Status, Tier
from graph.claims import GuidelineRow
from rules.match import RUNGS
from rules.oppose import (
    LIMITING,
    Effects,
    Objection,
    Opposing,
    answers,
    beaten_on_the_finding,
    effect,
    from_row,
    from_statement,
    gravest_first,
    is_evidence,
    objection,
    stated,
)
from rules.weigh import STRENGTHS, TIER_RANK, Ruled, Weighed

Item = TypeVar("Item")
_C = STRENGTHS.index("C")
_ON = {"exact": 0, "ancestor": 1, "agnostic": 2, "unknown": 3, "off": 4}
_RUNG: Mapping[str | None, int] = {**{rung: i for i, rung in enumerate(RUNGS)}, None: len(RUNGS)}
_AGAINST = ("resistant", "no_benefit")
_NEGATIVE: tuple[OptionDirection, ...] = ("resistant", "no_benefit", "adverse")


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
    defeated: tuple[Ruled, ...]
    """Guideline rows that would have a say, had another not taken their place."""
    cleared: tuple[Ruled, ...]
    """Guideline rows that would limit the therapy, and what is known of the patient says that they do not hold."""
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
            opposing = from_statement(w)
            for drug in opposing.drugs:
                objecting[drug].append(opposing)
    by_drug: defaultdict[str, list[Ruled]] = defaultdict(list)
    for ruled in limits:
        if ruled.outcome != "failed" and ruled.defeated_by is None and is_evidence(ruled):
            opposing = from_row(ruled)
            for drug in ruled.row.drugs:
                objecting[drug].append(opposing)
        for drug in ruled.row.drugs:
            by_drug[drug].append(ruled)
    beaten = beaten_on_the_finding(by_therapy, objecting)
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
        tuple(stated(from_statement(w), "removes" if strong else "conflicts") for w in fired), (), (), (), (), (), (),
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
            elif w.outcome == "failed" and w.reading.touched and w.failed_by != "status":
                found.failed.append(w)
        for group in found:
            if len(group) > 1:
                group.sort(key=_goodness)
        return found


class _Limits(NamedTuple):
    """The guideline rows on an option by what they do to it."""

    firing: list[Ruled]
    open: list[Ruled]
    evidence: list[Ruled]
    """Fired vetoes that are weighed as evidence."""
    cautions: list[Ruled]
    defeated: list[Ruled]
    cleared: list[Ruled]

    @classmethod
    def of(cls, limits: Iterable[Ruled]) -> _Limits:
        found = cls([], [], [], [], [], [])
        for r in limits:
            if r.outcome == "failed":
                if r.answered:
                    found.cleared.append(r)
            elif r.defeated_by is not None:
                found.defeated.append(r)
            elif r.row.kind == "caution" or r.foreign:
                found.cautions.append(r)
            elif is_evidence(r):
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
    against = [*evidence, *(from_row(r) for r in ruled.firing)]
    absolute = {r.row.id for r in ruled.firing}
    effects = {
        (o.id, row.statement.id): effect(o, row, o.id in absolute, o.id in beaten)
        for o in against
        for row in (*own.fired, *own.waiting)
    }
    ruling = _rule_on(own, ruled, effects, any(o.rank <= _C for o in evidence))
    # What stands is shown with what speaks against it; what does not, with what removed its rows.
    stands = ruling.status in ("recommended", "option", "conflict")
    opposed = ruling.deciding if stands else (*own.fired, *own.waiting)
    objections = [objection(o, opposed, effects) for o in against] + [_exception(w) for w in own.failed if _excepts(w)]
    return Verdict(
        therapy=therapy,
        direction="sensitive",
        status=ruling.status,
        excluded_by=ruling.excluded_by,
        tier=min((w.tier for w in ruling.deciding), key=TIER_RANK.__getitem__),
        deciding=tuple(ruling.deciding),
        rows=shown,
        objections=tuple(sorted(objections, key=gravest_first)),
        limits=(*ruled.firing, *ruled.evidence, *ruled.open),
        cautions=tuple(ruled.cautions),
        defeated=tuple(ruled.defeated),
        cleared=tuple(ruled.cleared),
        answered=tuple(sorted(o.id for o in against if any(answers(w, o) for w in ruling.deciding))),
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
    """Whether a row for any tumour says itself that it does not hold in the patient's.

    A row for some diseases that leaves one of them out only does not speak of it.
    """
    return w.counts and w.statement.disease.agnostic is not None and w.fit.excluded and w.reading.truth is not False


def _exception(w: Weighed) -> Objection:
    why = w.fit.note or "the row excepts this disease"
    return Objection(w.statement.id, "excepted disease", w.statement.strength, "removes", why, (w.statement.record,))


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
    return (TIER_RANK[w.tier], _ON[w.fit.on], w.rank, _RUNG[w.reading.rung], w.statement.id)


def _joined(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))
