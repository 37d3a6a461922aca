"""From weighed rows to the verdict on each option (DESIGN section 3, "Status of an option").

A verdict knows nothing of scores: permuting all scores changes only the order within a tier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar

import msgspec

from graph.answer import ExcludedBy, OptionDirection, Status, Tier
from graph.claims import GuidelineRow
from graph.paths import criterion_genes
from rules.match import RUNGS, Use
from rules.weigh import STRENGTHS, TIERS, Ruled, Weighed

Item = TypeVar("Item")
Force = Literal["removes", "conflicts", "yields"]
_A, _B, _C = (STRENGTHS.index(level) for level in "ABC")
_TIER = {tier: i for i, tier in enumerate(TIERS)}
_ON = {"exact": 0, "ancestor": 1, "agnostic": 2, "unknown": 3, "off": 4}
_RUNG: Mapping[str | None, int] = {**{rung: i for i, rung in enumerate(RUNGS)}, None: len(RUNGS)}
_AGAINST = ("resistant", "no_benefit")
_NEGATIVE: tuple[OptionDirection, ...] = ("resistant", "no_benefit", "adverse")


class Objection(msgspec.Struct, frozen=True, gc=False):
    """Evidence against an option and what it does to it."""

    weighed: Weighed
    force: Force
    why: str


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
    """Guideline rows that exclude or require, fired or undecided."""
    cautions: tuple[Ruled, ...]
    lifted: tuple[str, ...]
    """Ids of vetoes that a row for this very combination answers."""
    missing: tuple[str, ...]


def judge(weighed: Iterable[Weighed], limits: Iterable[Ruled]) -> list[Verdict]:
    """Every option that the rows speak of, in no particular order.

    ``limits`` are the guideline rows on any drug of any option, weighed; rows of no consequence may be left in.
    """
    by_therapy: defaultdict[tuple[str, ...], list[Weighed]] = defaultdict(list)
    objecting: defaultdict[str, list[Weighed]] = defaultdict(list)
    for w in weighed:
        by_therapy[w.statement.therapy].append(w)
        if w.outcome == "fired" and w.statement.direction in _AGAINST and w.statement.supports:
            for drug in w.statement.therapy:
                objecting[drug].append(w)
    by_drug: defaultdict[str, list[Ruled]] = defaultdict(list)
    for ruled in limits:
        if ruled.outcome != "failed":
            for drug in ruled.row.drugs:
                by_drug[drug].append(ruled)
    verdicts = []
    for therapy, rows in by_therapy.items():
        on_drugs = _on_any(therapy, by_drug)
        evidence = [w for w in _on_any(therapy, objecting) if set(w.statement.therapy) <= set(therapy)]
        verdict = _sensitive(therapy, rows, evidence, on_drugs)
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
        tuple(Objection(w, "removes" if strong else "conflicts", _states(w)) for w in fired), (), (), (), (),
    )  # fmt: skip


def _sensitive(
    therapy: tuple[str, ...], rows: list[Weighed], evidence: list[Weighed], limits: list[Ruled]
) -> Verdict | None:
    """The option of giving the therapy; ``None`` when nothing about it concerns this patient."""
    fired: list[Weighed] = []
    waiting: list[Weighed] = []
    failed: list[Weighed] = []
    for w in rows:
        if w.statement.direction != "sensitive" or not w.statement.supports:
            continue
        if w.outcome == "fired":
            fired.append(w)
        elif w.outcome == "undecided" and w.concerns:
            waiting.append(w)
        elif w.outcome == "failed" and w.reading.touched:
            failed.append(w)
    for group in (fired, waiting, failed):
        group.sort(key=_goodness)
    shown = (*fired, *waiting, *failed)
    if not shown:
        return None

    lifted = _lifted(fired, evidence, limits) if len(therapy) > 1 else frozenset()
    forces = {
        (w.statement.id, row.statement.id): _opposes(w, row)
        for w in evidence
        if w.statement.id not in lifted
        for row in (*fired, *waiting)
    }
    removed = {row for (_, row), (force, _) in forces.items() if force == "removes"}
    disputed = {row for (_, row), (force, _) in forces.items() if force == "conflicts"}
    excepted = [w for w in failed if w.fit.excluded and w.reading.truth is not False]

    hard = [r for r in limits if r.row.kind != "caution" and not r.foreign and r.row.id not in lifted]
    firing = [r for r in hard if r.outcome == "fired"]
    open_ = [r for r in hard if r.outcome == "undecided" and r.row.if_unknown == "needs_check"]
    standing = [w for w in fired if w.statement.id not in removed]
    clear = [w for w in standing if w.statement.id not in disputed]
    hoping = [w for w in waiting if w.statement.id not in removed]

    status: Status
    by: ExcludedBy | None = None
    missing: tuple[str, ...] = ()
    deciding: list[Weighed] = clear or standing or fired
    if firing:
        status, by = "excluded", _because(r.row for r in firing)
    elif excepted:
        status, by = "excluded", "contraindicated"
    elif (fired or waiting) and not standing and not hoping:
        status, by = "excluded", "resistance"
    elif not fired and not waiting:
        status, by, deciding = "excluded", _closest(failed), failed
    elif open_:
        status, missing = "needs_check", _joined(r.missing for r in open_)
    elif not standing:
        status, deciding = "needs_check", hoping
        missing = hoping[0].missing
    elif _label_waits(hoping, clear):
        status = "needs_check"
        deciding = [w for w in hoping if w.reading.waits_for_absence]
        missing = deciding[0].missing
    elif not clear:
        status, deciding = "conflict", standing
        missing = standing[0].missing
    else:
        best = clear[0]
        sure = [w for w in clear if w.tier == best.tier and not w.capped and not w.missing]
        status = "recommended" if sure and best.tier in ("label", "guideline") else "option"
        missing = () if status == "recommended" else best.missing
    deciding = deciding or list(shown)
    tier = min((w.tier for w in deciding), key=_TIER.__getitem__)
    # What stands is shown with what speaks against it; what does not, with what removed its rows.
    opposed = deciding if status in ("recommended", "option", "conflict") else (*fired, *waiting)
    objections = [_objection(w, opposed, forces, w.statement.id in lifted) for w in evidence]
    objections += [Objection(w, "removes", w.fit.note or "the row excepts this disease") for w in excepted]
    return Verdict(
        therapy, "sensitive", status, by, tier, tuple(deciding), shown,
        tuple(sorted(objections, key=_gravest_first)),
        (*firing, *open_),
        tuple(r for r in limits if r not in firing and r not in open_ and r.row.id not in lifted),
        tuple(sorted(lifted)), missing,
    )  # fmt: skip


def _objection(
    against: Weighed, rows: Iterable[Weighed], forces: Mapping[tuple[str, str], tuple[Force, str]], lifted: bool
) -> Objection:
    """The most that fired evidence of resistance does to any of the rows."""
    if lifted:
        why = f"{_states(against)}; a row for this combination names that finding and stands"
        return Objection(against, "yields", why)
    found = [forces[key] for row in rows if (key := (against.statement.id, row.statement.id)) in forces]
    force, why = min(found, key=lambda pair: _FORCES.index(pair[0]), default=("yields", _states(against)))
    return Objection(against, force, why)


def _gravest_first(o: Objection) -> tuple[int, bool, str]:
    return (_FORCES.index(o.force), not o.weighed.fit.excluded, o.weighed.statement.id)


_FORCES: tuple[Force, ...] = ("removes", "conflicts", "yields")


def _opposes(against: Weighed, row: Weighed) -> tuple[Force, str]:
    """What fired evidence of resistance does to one positive row."""
    level = against.rank
    words = _states(against)
    if level <= _B and against.fit.inside and against.fit.on != "agnostic" and row.fit.on == "off":
        return "removes", f"{words} in this disease, where the positive row is for another"
    unnamed = [
        u for u in against.reading.satisfied_by if u.held.finding and u.held.finding.read_as not in row.reading.findings
    ]
    if not unnamed:
        return _same_finding(against, row, words)
    genes = {g for u in row.reading.uses if not u.negated for g in criterion_genes(u.criterion)}
    at_gene = [u for u in unnamed if genes & set(criterion_genes(u.criterion))]
    if any(_narrow(u) for u in at_gene):
        name = next(u.criterion.name for u in at_gene if _narrow(u))
        if level <= _C:
            return "removes", f"{words}: {name}, which the positive row does not name"
        return "conflicts", f"{words}, on weak evidence"
    if not at_gene and not (row.fit.inside and not against.fit.inside):
        if level <= _A:
            return "removes", f"{words}, in another gene at the highest level"
        if level == _B and row.rank >= _B:
            return "conflicts", f"{words}, in another gene"
    return "yields", words


def _same_finding(against: Weighed, row: Weighed, words: str) -> tuple[Force, str]:
    theirs, ours = against.reading.rung, row.reading.rung
    if row.fit.inside and not against.fit.inside:
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
    names = " + ".join(w.statement.therapy)
    return f"{w.statement.level.scheme} {w.statement.level.value}: {kind} to {names} in {w.statement.disease.name}"


def _lifted(fired: list[Weighed], evidence: list[Weighed], limits: list[Ruled]) -> frozenset[str]:
    """Vetoes of a component that a positive row for the whole combination answers by naming the finding."""
    lifted: set[str] = set()
    for w in fired:
        if not w.fit.inside:
            continue
        lifted |= {
            e.statement.id
            for e in evidence
            if len(e.statement.therapy) < len(w.statement.therapy)
            and e.reading.findings
            and e.reading.findings <= w.reading.findings
        }
        lifted |= {
            r.row.id
            for r in limits
            if r.row.because == "resistance"
            and r.outcome == "fired"
            and r.findings
            and r.findings <= w.reading.findings
        }
    return frozenset(lifted)


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
