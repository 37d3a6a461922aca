"""Points of the rows that fired for one drug, added up and put on the guideline's scale."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from graph.claims import GuidelineRow, Step


class Points(msgspec.Struct, frozen=True):
    """The sum for one drug; ``low`` and ``high`` are what rows that wait may still make of it."""

    total: float
    low: float
    high: float
    level: str | None
    code: str | None
    counted: frozenset[str]
    """Ids of the rows whose points are in the sum: of a group only the row with the most."""


def add_up(fired: Sequence[GuidelineRow], waiting: Sequence[GuidelineRow] = ()) -> Points | None:
    """The sum; ``None`` when no row of the drug scores."""
    rows = [r for r in fired if r.points is not None]
    if not rows:
        return None
    counted, total = _sum(rows)
    open_ = [r for r in waiting if r.points is not None]
    _, high = _sum([*rows, *(r for r in open_ if (r.points or 0) > 0)])
    _, low = _sum([*rows, *(r for r in open_ if (r.points or 0) < 0)])
    step = _step(total, next((r.scale for r in rows if r.scale), ()))
    return Points(total, low, high, step and step.level, step and step.code, counted)


def _sum(rows: Sequence[GuidelineRow]) -> tuple[frozenset[str], float]:
    best: dict[str, GuidelineRow] = {}
    for row in sorted(rows, key=lambda r: r.id):
        key = row.points_group or row.id
        if key not in best or (row.points or 0) > (best[key].points or 0):
            best[key] = row
    return frozenset(r.id for r in best.values()), sum(r.points or 0 for r in best.values())


def _step(total: float, scale: Sequence[Step]) -> Step | None:
    for step in scale:
        if (step.low is None or total >= step.low) and (step.high is None or total <= step.high):
            return step
    return None
