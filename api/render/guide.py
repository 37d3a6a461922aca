"""Guidance for every face: points guideline by guideline, dosing and germline rows drug by drug, what matters first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from api.guidance import NO_CHANGE, asks, grade, holds
from api.render.words import clean, listed, number
from graph.answer import Guidance, GuidanceRow, Recommendation

_GRAVEST = ("exclude", "require", "caution", "dose", "recommend", "score")


class Line(msgspec.Struct, frozen=True):
    """One drug under one guideline."""

    drug: str
    concerns: bool
    """Whether the drug is an option of this answer, or part of one."""
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


class Named(msgspec.Struct, frozen=True):
    """Drugs of which one thing is to be said."""

    says: str
    drugs: tuple[str, ...]
    undecided: bool
    """Whether something that is not known decides."""


class Part(msgspec.Struct, frozen=True):
    """What belongs under one heading."""

    title: str
    note: str
    lines: tuple[Line, ...]
    """What asks for something; sums."""
    named: tuple[Named, ...]
    """What waits for something that is not known; then drugs of which nothing is to be changed; then those of which a
    guideline has nothing to say. None of the second stands anywhere above."""


def parts(answer: Recommendation) -> list[Part]:
    """A part for every guideline that counts points, sums from low to high; then one for all others, by drug.

    Drugs that are options, or parts of one, come first in each.
    """
    options = {drug.casefold() for option in answer.options for drug in option.therapy}
    scoring: dict[str, list[Guidance]] = {}
    others: list[Guidance] = []
    for g in answer.guidance:
        if g.score is None:
            others.append(g)
        else:
            scoring.setdefault(f"{clean(g.title)} {clean(g.version or '')}".strip(), []).append(g)
    made = [_scored(title, entries, options) for title, entries in sorted(scoring.items())]
    return [*made, _by_drug(others, options)] if others else made


def of_drug(answer: Recommendation, drugs: Iterable[str]) -> list[Guidance]:
    """The entries on some drugs."""
    names = {drug.casefold() for drug in drugs}
    return [g for g in answer.guidance if g.drug.casefold() in names]


def total(g: Guidance) -> str:
    """The sum of the points with its level; while rows wait that may change it, so far, with what it may become.

    >>> def points(**more):
    ...     return Guidance(drug="D", guideline="G", title="G", publisher=None, version=None, hit_policy="SUM",
    ...                     score=-10, score_level="Susceptible", conflict=False, rows=(), missing=(),
    ...                     **{"score_code": "S", "waiting": 0, **more})
    >>> total(points()), total(points(waiting=3, low=-25, high=95, score_code=None))
    ('-10, Susceptible (S)', '-10 so far (may become -25 to 95): Susceptible so far')
    """
    level = clean(g.score_level or "") + (f" ({clean(g.score_code)})" if g.score_code else "")
    score = f"{g.score:g}"
    if _is_final(g):
        return ", ".join(part for part in (score, level) if part)
    return f"{score} so far{_range(g)}" + (f": {level} so far" if level else "")


def _is_final(g: Guidance) -> bool:
    return not g.waiting or (g.low == g.score == g.high and g.low is not None)


def _range(g: Guidance) -> str:
    return "" if g.low is None or g.high is None else f" (may become {g.low:g} to {g.high:g})"


def _scored(title: str, entries: Sequence[Guidance], options: set[str]) -> Part:
    ranked = sorted(entries, key=lambda g: (g.drug.casefold() not in options, g.score or 0, g.drug))
    missing = list(dict.fromkeys(m for g in entries for m in g.missing))
    waiting = sum(g.waiting for g in entries)
    note = f"{number(waiting, 'row')} may add to the sums: not known: {listed(missing, 4)}" if waiting else ""
    # A sum of which nothing is open is an answer, also where no row adds to it: nothing speaks against the drug.
    loud = [g for g in ranked if g.conflict or _is_final(g) or any(r.points for r in g.rows)]
    open_ = tuple(f"{clean(g.drug)}{_range(g)}" for g in ranked if g not in loud)
    named = (Named("No points so far, rows wait", open_, True),) if open_ else ()
    return Part(title, note, tuple(_line(g, options) for g in loud), named)


def _by_drug(entries: Sequence[Guidance], options: set[str]) -> Part:
    """Every entry in one place; one that changes nothing stands beside those that ask or wait on its drug."""
    of: defaultdict[str, list[Guidance]] = defaultdict(list)
    for g in entries:
        of[g.drug].append(g)
    loud: list[tuple[tuple[object, ...], Guidance]] = []
    waiting: dict[tuple[str, tuple[str, ...]], _Waiting] = {}
    unchanging: list[str] = []
    silent: list[str] = []
    for drug, on_drug in sorted(of.items(), key=lambda item: (item[0].casefold() not in options, item[0])):
        asking = [g for g in on_drug if _asks(g)]
        open_ = [g for g in on_drug if g not in asking and (g.waiting or g.missing)]
        settled = [g for g in on_drug if g not in asking and g not in open_]
        unchanged = [g for g in settled if any(r.action == NO_CHANGE for r in _held(g))]
        if asking:
            rank = (drug.casefold() not in options, min(map(_gravity, asking)), drug)
            loud += [((*rank, _gravity(g), g.guideline), g) for g in (*asking, *unchanged)]
        elif unchanged and not open_:
            unchanging.append(clean(drug))
        beside = [f"no change by {_publisher(g)}" for g in unchanged if open_ and not asking]
        for key in dict.fromkeys(map(_awaits, open_)):
            entries_ = [g for g in open_ if _awaits(g) == key]
            told = [] if len(entries_) == len(on_drug) else [*map(_publisher, entries_), *beside]
            group = waiting.setdefault(key, _Waiting([], set()))
            group.drugs.append(clean(drug) + (f" ({', '.join(told)})" if told else ""))
            group.rows.update(r.id for g in entries_ for r in g.rows if r.outcome == "undecided")
        silent += [f"{clean(drug)} ({_publisher(g)})" for g in settled if g not in unchanged and _held(g)]
    named = [Named(group.says(*key), tuple(group.drugs), True) for key, group in waiting.items()]
    named += [Named("Nothing to change", tuple(unchanging), False)] if unchanging else []
    named += [Named("No recommendation", tuple(silent), False)] if silent else []
    lines = tuple(_line(g, options) for _, g in sorted(loud, key=lambda pair: pair[0]))
    return Part("Dosing and germline rows", "", lines, tuple(named))


class _Waiting(NamedTuple):
    """Drugs that wait for the same."""

    drugs: list[str]
    rows: set[str]

    def says(self, until: str, missing: Sequence[str]) -> str:
        facts = listed(missing, 4) or "more"
        if until:
            return f"{until}, not known: {facts}"
        return f"Undecided, {number(len(self.rows), 'row')} {'waits' if len(self.rows) == 1 else 'wait'} for {facts}"


def _awaits(g: Guidance) -> tuple[str, tuple[str, ...]]:
    """What holds until then, and what an entry waits for."""
    held = {r.action for r in _held(g)}
    return "No change so far" if NO_CHANGE in held else "No recommendation so far" if held else "", g.missing


def _asks(g: Guidance) -> bool:
    return g.conflict or any(map(asks, g.rows))


def _gravity(g: Guidance) -> int:
    if g.conflict:
        return -1
    kinds = [_GRAVEST.index(r.kind) for r in g.rows if asks(r) and r.kind in _GRAVEST]
    return min(kinds, default=len(_GRAVEST))


def _held(g: Guidance) -> list[GuidanceRow]:
    return [r for r in g.rows if holds(r)]


def _line(g: Guidance, options: set[str]) -> Line:
    held = _held(g)
    if g.score is None:
        # Beside what asks for something, that another row does not is no news.
        held = [r for r in held if asks(r)] or held
    telling = [r for r in held if g.score is None or (r.counted and r.points)]
    return Line(
        drug=clean(g.drug),
        concerns=g.drug.casefold() in options,
        says=_says(g, held),
        because=", ".join(dict.fromkeys(_asked(r, g.score is not None) for r in telling)),
        by="" if g.score is not None else ", ".join((_publisher(g), *dict.fromkeys(w for r in held for w in grade(r)))),
        text=" / ".join(dict.fromkeys(clean(r.text) for r in held if r.text and r.text != r.action)),
        sources=tuple(dict.fromkeys(s for r in held for s in (r.id, *r.sources))),
        waits=f"not known: {listed(g.missing, 4)}" if g.missing and g.score is None else "",
    )  # fmt: skip


def _asked(row: GuidanceRow, counted: bool) -> str:
    asked = " + ".join(clean(cell.asked) for cell in row.cells if cell.fact == "biomarker")
    return f"{asked} {row.points:+g}" if counted and row.points else asked


def _says(g: Guidance, held: Sequence[GuidanceRow]) -> str:
    if g.conflict:
        return "conflict: several rows fire where one may; follow none before somebody has looked"
    if g.score is not None:
        return total(g)
    said = "; ".join(dict.fromkeys(clean(r.action or r.reason) for r in held))
    waits = sum(r.outcome == "undecided" for r in g.rows)
    # What holds only because facts contradict each other is not to be followed alone.
    return f"undecided, {number(waits, 'other row')} may hold as well: {said}" if waits and held else said


def _publisher(g: Guidance) -> str:
    return clean(g.publisher or g.title)
