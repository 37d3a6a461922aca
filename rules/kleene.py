"""Kleene's strong three-valued logic: ``True``, ``False`` and ``None`` for unknown."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None


def conjunction(values: Iterable[Truth]) -> Truth:
    """AND: one ``False`` decides; otherwise one unknown leaves it unknown.

    >>> conjunction([True, None]), conjunction([None, False]), conjunction([])
    (None, False, True)
    """
    result: Truth = True
    for value in values:
        if value is False:
            return False
        if value is None:
            result = None
    return result


def disjunction(values: Iterable[Truth]) -> Truth:
    """OR: one ``True`` decides; otherwise one unknown leaves it unknown.

    >>> disjunction([False, None]), disjunction([None, True]), disjunction([])
    (None, True, False)
    """
    result: Truth = False
    for value in values:
        if value is True:
            return True
        if value is None:
            result = None
    return result


def negation(value: Truth) -> Truth:
    """NOT: unknown stays unknown.

    >>> negation(None), negation(True)
    (None, False)
    """
    return None if value is None else not value
