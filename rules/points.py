"""Points of the rows that fired for one drug, added up and put on the guideline's scale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import fsum

import msgspec

from graph.claims import GuidelineRow, Step


class Points(msgspec.Struct, frozen=True):
    """The sum for one drug; ``low`` and ``high`` are what rows that wait may still make of it.

    Rows that wait are taken one by one: where two of them cannot both fire, the truth lies within narrower bounds.
    """

    total: float
    low: float
    high: float
    level: str | None
    """``None``: the guideline has no scale, or none of its steps holds the sum."""
    code: str | None
    counted: frozenset[str]
    """Ids of the rows whose points are in the sum: of a group only the row with the most."""


def add_up(fired: Iterable[GuidelineRow], waiting: Iterable[GuidelineRow] = ()) -> Points | None:
    """The sum for one drug, whatever the order of the rows; ``None`` when no row of it that fired scores.

    Args:
        fired: rows of one drug and one version of one guideline; the one with the scale is among them.
        waiting: rows of which it is not known whether they fire.

    >>> def row(id, points, group=None):
    ...     return GuidelineRow(id=id, guideline="G", kind="score", drugs=("D",), reason="", sources=(), points=points,
    ...                         points_group=group)
    >>> found = add_up([row("65R", 45, "65"), row("65N", 30, "65"), row("184V", -10)], [row("69i", 60)])
    >>> found.total, found.low, found.high, sorted(found.counted)
    (35.0, 35.0, 95.0, ['184V', '65R'])
    """
    groups: defaultdict[str, tuple[list[GuidelineRow], list[float]]] = defaultdict(lambda: ([], []))
    scale: Sequence[Step] = ()
    for row in sorted(fired, key=lambda r: r.id):
        if row.points is not None:
            groups[row.points_group or row.id][0].append(row)
            scale = scale or row.scale
    if not groups:
        return None
    for row in waiting:
        if row.points is not None:
            groups[row.points_group or row.id][1].append(row.points)
    best = [(max(held, key=_points, default=None), open_) for held, open_ in groups.values()]
    counted = [row for row, _ in best if row is not None]
    # Of a group of which no row fired none may come to count; of another only a row with more points.
    low = fsum(_points(row) if row else min([0, *open_]) for row, open_ in best)
    high = fsum(max([_points(row) if row else 0, *open_]) for row, open_ in best)
    total = fsum(map(_points, counted))
    step = _step(total, scale)
    level, code = (step.level, step.code) if step else (None, None)
    return Points(total, low, high, level, code, frozenset(r.id for r in counted))


def _points(row: GuidelineRow) -> float:
    return row.points or 0


def _step(total: float, scale: Sequence[Step]) -> Step | None:
    for step in scale:
        if (step.low is None or total >= step.low) and (step.high is None or total <= step.high):
            return step
    return None
