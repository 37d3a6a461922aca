"""What differs between two answers for one patient: the same question asked of two releases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from graph.answer import (
    Changes,
    Guidance,
    GuidanceChange,
    Option,
    OptionChange,
    OptionDirection,
    Outcome,
    Recommendation,
    RuleChange,
)

Key = tuple[tuple[str, ...], OptionDirection]
_OUTCOMES: tuple[Outcome, ...] = ("fired", "undecided", "failed")
"""The first of these that a rule has anywhere in an answer is how it stands."""


def compare(before: Recommendation, after: Recommendation) -> Changes:
    """Options that came, went, or changed status, tier or cause of exclusion, in the rank order of ``after``.

    An option is known by its ingredients and direction; those that only moved in rank or score count as unchanged.
    Guidance differs when its points, their level or what its fired rows say differ. Rules are compared that fired or
    were undecided in one of the answers.
    """
    old, new = _by_key(before), _by_key(after)
    keys = [*new, *(key for key in old if key not in new)]
    changes = [_change(key, old.get(key), new.get(key)) for key in keys if _stand(old.get(key)) != _stand(new.get(key))]
    return Changes(
        since=before.release.digest,
        options=tuple(changes),
        unchanged=len(keys) - len(changes),
        guidance=tuple(_guidance(before, after)),
        rules=tuple(_rules(before, after)),
    )


def _by_key(answer: Recommendation) -> dict[Key, Option]:
    return {(o.therapy, o.direction): o for o in answer.options}


def _stand(option: Option | None) -> tuple[object, ...]:
    return (option.status, option.tier, option.excluded_by) if option else ()


def _change(key: Key, old: Option | None, new: Option | None) -> OptionChange:
    therapy, direction = key
    return OptionChange(
        therapy=therapy,
        direction=direction,
        before=old.status if old else None,
        after=new.status if new else None,
        tier_before=old.tier if old else None,
        tier_after=new.tier if new else None,
        because=_because(new) or _because(old),
        because_before=_because(old),
    )


def _because(option: Option | None) -> str:
    """Why the option stands as it does: an open one by what states it and what it waits for, another one by what was
    weighed against it, first thing first."""
    if option is None:
        return ""
    stated = f"stated by {', '.join(option.sources[:3])}" if option.sources else ""
    if option.status in ("recommended", "option"):
        waits = f"not known: {', '.join(option.missing)}" if option.missing else ""
        return "; ".join(part for part in (stated, waits) if part)
    said = [*(a.reason for a in option.against), *(r.reason for r in option.rules)]
    return said[0] if said else stated


def _guidance(before: Recommendation, after: Recommendation) -> Iterator[GuidanceChange]:
    old = {(g.drug, g.guideline): g for g in before.guidance}
    new = {(g.drug, g.guideline): g for g in after.guidance}
    for drug, guideline in [*new, *(key for key in old if key not in new)]:
        one, other = old.get((drug, guideline)), new.get((drug, guideline))
        rows = _said(one), _said(other)
        scores = (
            (one.score, one.score_level) if one else (None, None),
            ((other.score, other.score_level) if other else (None, None)),
        )
        if rows[0] != rows[1] or scores[0] != scores[1]:
            yield GuidanceChange(
                drug=drug, guideline=guideline, score_before=scores[0][0], score_after=scores[1][0],
                level_before=scores[0][1], level_after=scores[1][1], rows_before=rows[0], rows_after=rows[1],
            )  # fmt: skip


def _said(guidance: Guidance | None) -> tuple[str, ...]:
    """What the rows that fired and count say; those that add points are told by the sum."""
    if guidance is None:
        return ()
    fired = [r for r in guidance.rows if r.outcome == "fired" and r.defeated_by is None and r.kind != "score"]
    return tuple(r.action or r.text or r.reason for r in fired)


def _rules(before: Recommendation, after: Recommendation) -> Iterator[RuleChange]:
    old, new = _weighed(before), _weighed(after)
    for key in sorted({*old, *new}):
        one, other = old.get(key, _Weighed("")), new.get(key, _Weighed(""))
        if one.said == other.said or (one.stands in (None, "failed") and other.stands in (None, "failed")):
            continue
        first, second = (None if w.stands == "failed" else w.stands for w in (one, other))
        shown = other if second else one
        yield RuleChange(
            id=shown.id,
            change="added" if first is None else "removed" if second is None else "changed",
            before=first,
            after=second,
            reason=shown.reason,
        )


_Said = tuple[str, ...]
"""Reason, then whatever else the rule says and asks."""


@dataclass
class _Weighed:
    """A rule as an answer has it: how it stands -> what it says, over all options and guidance."""

    id: str
    said: dict[Outcome, set[_Said]] = field(default_factory=lambda: defaultdict(set))

    @property
    def stands(self) -> Outcome | None:
        return next((outcome for outcome in _OUTCOMES if outcome in self.said), None)

    @property
    def reason(self) -> str:
        return min(self.said[self.stands])[0] if self.stands else ""


def _weighed(answer: Recommendation) -> dict[str, _Weighed]:
    """By id without version: the next version of a rule is that rule."""
    found: dict[str, _Weighed] = {}

    def add(id: str, outcome: Outcome, said: _Said) -> None:
        found.setdefault(id.partition("@")[0], _Weighed(id)).said[outcome].add(said)

    for rule in (r for o in answer.options for r in o.rules):
        add(rule.id, rule.outcome, (rule.reason, *rule.sources, *(c.asked for c in rule.cells)))
    for row in (r for g in answer.guidance for r in g.rows):
        says = (row.reason, row.action or "", row.text or "", str(row.points), *row.sources)
        add(row.id, row.outcome, (*says, *(c.asked for c in row.cells)))
    return found
