"""Guidance for every face: points guideline by guideline, dosing and germline rows drug by drug, what matters first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from api.render.words import clean, listed, number
from graph.answer import Guidance, GuidanceRow, Recommendation

_GRAVEST = ("exclude", "require", "caution", "dose", "recommend", "score")
NO_CHANGE = "no change"
"""The action of a row that says to use the drug as usual."""


class Line(msgspec.Struct, frozen=True):
    """One drug under one guideline."""

    drug: str
    says: str
    """The sum with its level, or what is to be done."""
    because: str
    """The conditions that held: with their points, or the genotypes."""
    by: str
    """Who says it, with the grade; empty where the heading says so."""
    text: str
    """The guideline's own words; empty where the release does not carry them, or they add nothing."""
    sources: tuple[str, ...]
    waits: str


class Part(msgspec.Struct, frozen=True):
    """What belongs under one heading."""

    title: str
    note: str
    lines: tuple[Line, ...]
    quiet: tuple[str, ...]
    """Drugs for which nothing is to be changed, or nothing is known yet."""


def parts(answer: Recommendation) -> list[Part]:
    """A part for every guideline that counts points, sums from low to high; then one for all others, by drug."""
    scoring: dict[str, list[Guidance]] = {}
    others: list[Guidance] = []
    for g in answer.guidance:
        if g.score is None:
            others.append(g)
        else:
            scoring.setdefault(f"{clean(g.title)} {clean(g.version or '')}".strip(), []).append(g)
    made = [_scored(title, entries) for title, entries in sorted(scoring.items())]
    return [*made, _by_drug(others)] if others else made


def of_drug(answer: Recommendation, drugs: Iterable[str]) -> list[Guidance]:
    """The entries on some drugs."""
    names = {drug.casefold() for drug in drugs}
    return [g for g in answer.guidance if g.drug.casefold() in names]


def _scored(title: str, entries: Sequence[Guidance]) -> Part:
    ranked = sorted(entries, key=lambda g: (g.score or 0, g.drug))
    missing = list(dict.fromkeys(m for g in entries for m in g.missing))
    waiting = sum(g.waiting for g in entries)
    note = f"{number(waiting, 'row')} may add to the sums: not known: {listed(missing, 4)}" if waiting else ""
    # A sum of which nothing is open is an answer, also where no row adds to it: nothing speaks against the drug.
    loud = [g for g in ranked if g.conflict or not g.waiting or any(r.points for r in g.rows)]
    return Part(title, note, tuple(map(_line, loud)), _names(g for g in ranked if g not in loud))


def _by_drug(entries: Sequence[Guidance]) -> Part:
    loud = sorted((g for g in entries if not _is_quiet(g)), key=_rank)
    return Part("Dosing and germline rows", "", tuple(map(_line, loud)), _names(g for g in entries if g not in loud))


def _names(entries: Iterable[Guidance]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(g.drug) for g in entries))


def _rank(g: Guidance) -> tuple[object, ...]:
    kinds = [_GRAVEST.index(r.kind) for r in _fired(g) if r.kind in _GRAVEST]
    return (not g.conflict, min(kinds, default=len(_GRAVEST)), g.drug, g.guideline)


def _is_quiet(g: Guidance) -> bool:
    return not g.conflict and all(r.action == NO_CHANGE for r in _fired(g))


def _fired(g: Guidance) -> list[GuidanceRow]:
    return [r for r in g.rows if r.outcome == "fired" and r.defeated_by is None]


def _line(g: Guidance) -> Line:
    fired = _fired(g)
    telling = [r for r in fired if g.score is None or (r.counted and r.points)]
    return Line(
        drug=clean(g.drug),
        says=_says(g, fired),
        because=", ".join(dict.fromkeys(_held(r, g.score is not None) for r in telling)),
        by="" if g.score is not None else _by(g, fired),
        text=" / ".join(dict.fromkeys(clean(r.text) for r in fired if r.text and r.text != r.action)),
        sources=tuple(dict.fromkeys(s for r in fired for s in (r.id, *r.sources))),
        waits=f"not known: {listed(g.missing, 4)}" if g.missing and g.score is None else "",
    )  # fmt: skip


def _held(row: GuidanceRow, counted: bool) -> str:
    asked = " + ".join(clean(cell.asked) for cell in row.cells if cell.fact == "biomarker")
    return f"{asked} {row.points:+g}" if counted and row.points else asked


def _says(g: Guidance, fired: Sequence[GuidanceRow]) -> str:
    if g.conflict:
        return "conflict: several rows fire where one may; follow none before somebody has looked"
    if g.score is not None:
        level = f", {clean(g.score_level)}" if g.score_level else ""
        return f"{g.score:g}{level}" + (f" ({clean(g.score_code)})" if g.score_code else "")
    if not fired:
        return f"undecided; {number(g.waiting, 'row')} wait"
    return "; ".join(dict.fromkeys(clean(r.action or r.reason) for r in fired))


def _by(g: Guidance, fired: Sequence[GuidanceRow]) -> str:
    grades = [clean(r.level.value) for r in fired if r.level and r.level.value != "N/A"]
    return ", ".join(dict.fromkeys((clean(g.publisher or g.title), *grades)))
