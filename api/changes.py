"""What differs between two answers for one patient: the same question asked of two releases."""

from __future__ import annotations

from graph.answer import Changes, Option, OptionChange, OptionDirection, Recommendation

Key = tuple[tuple[str, ...], OptionDirection]


def compare(before: Recommendation, after: Recommendation) -> Changes:
    """Options that came, went, or changed status, tier or cause of exclusion, in the rank order of ``after``.

    An option is known by its ingredients and direction; those that only moved in rank or score count as unchanged.
    """
    old, new = _by_key(before), _by_key(after)
    keys = [*new, *(key for key in old if key not in new)]
    changes = [_change(key, old.get(key), new.get(key)) for key in keys if _stand(old.get(key)) != _stand(new.get(key))]
    return Changes(since=before.release.digest, options=tuple(changes), unchanged=len(keys) - len(changes))


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
    )


def _because(option: Option | None) -> str:
    """What was weighed for the option, first thing first: what speaks against it, else the rows that state it."""
    if option is None:
        return ""
    said = [*(a.reason for a in option.against), *(r.reason for r in option.rules)]
    return said[0] if said else f"stated by {', '.join(option.sources[:3])}" if option.sources else ""
