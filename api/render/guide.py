"""Guidance for every face: what a guideline says of a drug in one line, the drugs that need something first."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from api.render.words import clean, number
from graph.answer import Guidance, GuidanceRow, Recommendation

_GRAVEST = ("exclude", "require", "caution", "dose", "score")
NO_CHANGE = "no change"
"""The action of a row that says to use the drug as usual."""


class Line(msgspec.Struct, frozen=True):
    """One drug under one guideline."""

    drug: str
    guideline: str
    says: str
    """The sum with its level, or what is to be done."""
    text: str
    """The guideline's own words; empty where the release does not carry them."""
    sources: tuple[str, ...]
    waits: str
    quiet: bool
    """Nothing is to be changed, or nothing is known yet: such drugs are named only."""


def lines(answer: Recommendation) -> list[Line]:
    """Every entry of the answer: what asks for something first, sums from low to high, then what changes nothing."""
    made = [(_rank(g), _line(g)) for g in answer.guidance]
    return [line for _, line in sorted(made, key=lambda pair: pair[0])]


def _rank(g: Guidance) -> tuple[object, ...]:
    kinds = [_GRAVEST.index(r.kind) for r in g.rows if r.outcome == "fired" and r.kind in _GRAVEST]
    return (_is_quiet(g), not g.conflict, min(kinds, default=len(_GRAVEST)), g.guideline if g.score is not None else "",
            -(g.score or 0), g.drug, g.guideline)  # fmt: skip


def _is_quiet(g: Guidance) -> bool:
    if g.conflict:
        return False
    if g.score is not None:
        return not any(r.points for r in g.rows)
    return all(r.outcome != "fired" or r.action == NO_CHANGE for r in g.rows)


def _line(g: Guidance) -> Line:
    fired = [r for r in g.rows if r.outcome == "fired" and r.defeated_by is None]
    name = " ".join(part for part in (clean(g.title), clean(g.version or "") if g.score is not None else "") if part)
    sources = tuple(dict.fromkeys(s for r in fired for s in (r.id, *r.sources)))
    waits = f"not known: {', '.join(map(clean, g.missing[:4]))}" if g.missing and (g.waiting or _asks(fired)) else ""
    texts = " / ".join(dict.fromkeys(clean(r.text) for r in fired if r.text and r.action != NO_CHANGE))
    return Line(clean(g.drug), name, _says(g, fired), texts, sources, waits, _is_quiet(g))


def _asks(fired: Sequence[GuidanceRow]) -> bool:
    return any(r.missing for r in fired)


def _says(g: Guidance, fired: Sequence[GuidanceRow]) -> str:
    if g.conflict:
        return "conflict: several rows fire where one may; follow none before somebody has looked"
    if g.score is not None:
        level = f", {clean(g.score_level)}" if g.score_level else ""
        code = f" ({clean(g.score_code)})" if g.score_code else ""
        counted = [f"{clean(r.reason.split(' (')[0])} {r.points:+g}" for r in fired if r.counted and r.points]
        return f"{g.score:g}{level}{code}" + (f": {', '.join(counted)}" if counted else "")
    if not fired:
        return f"undecided; {number(g.waiting, 'row')} wait"
    said = [f"{clean(r.action or r.kind)}{f' ({clean(r.level.value)})' if r.level else ''}" for r in fired]
    return "; ".join(dict.fromkeys(said))
