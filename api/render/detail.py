"""One option in full, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.render import guide, words
from api.render.lines import Line, Role, Span, wrap
from api.render.threads import chain
from graph.answer import Guidance, Option, Status

ROLE_OF: dict[Status, Role] = {
    "recommended": "good",
    "option": "head",
    "needs_check": "check",
    "conflict": "check",
    "excluded": "bad",
}


def detail(option: Option, width: int, rank: int, said: set[str] | None = None) -> Iterator[Line]:
    """One option in full: every path, statement, rule, caution, and what the score is made of.

    Reasons in ``said`` are left out, and those that are given are added to it.
    """
    yield []
    by = f" ({words.EXCLUDED_BY[option.excluded_by]})" if option.excluded_by else ""
    head = [f"{words.ONE[option.status]}{by}", words.strength(option), words.tumour(option), words.agencies(option)]
    if option.direction != "sensitive":
        head.insert(0, words.DIRECTION[option.direction])
    yield from wrap(
        [
            Span(f"{rank:>3}  "),
            Span(words.title(option), ROLE_OF[option.status]),
            Span("  " + "; ".join(h for h in head if h)),
        ],
        width,
        7,
    )
    if option.status not in ("recommended", "option"):
        told = said if said is not None else set()
        for reason, sources in words.reasons(option):
            if reason not in told:
                yield from _field("because", f"{reason}{_cited(sources)}", width)
            told.add(reason)
    for path in option.paths:
        steps = chain(path, option.statements)
        yield from _field("path", f"{steps[0].kind} {steps[0].text}", width)
        for step in steps[1:]:
            yield from _field("", f"-- {step.via} --> {step.kind} {step.text}{_cited(step.sources)}", width)
    for s in option.statements:
        facts = [
            s.id, words.grade(s), s.outcome,
            f"{s.profile} in {s.disease}", "; ".join(map(words.setting, s.setting)), ", ".join(s.dates),
            words.tumour(s),
            f"not known: {', '.join(s.missing)}" if s.missing else "", *s.notes, s.url or "",
        ]  # fmt: skip
        yield from _field("statement", "; ".join(words.clean(f) for f in facts if f), width)
    for r in option.rules:
        gone = f", gives way to {r.defeated_by}" if r.defeated_by else ""
        line = words.clean(f"{r.id} ({r.kind}) {r.outcome}{gone}: {r.reason}")
        yield from _field("rule", f"{line}{_cited(r.sources)}", width)
        if r.cells:
            yield from _field("", words.trace(r.cells), width)
    for a in option.against:
        grade = f", {a.strength}" if a.strength else ""
        yield from _field(
            "against",
            f"{words.clean(a.id)} ({words.clean(a.kind + grade)}): {words.clean(a.reason)}{_cited(a.sources)}",
            width,
        )
    for c in option.cautions:
        yield from _field("caution", f"{words.clean(c.reason)}{_cited(c.sources)}", width)
    for name, items in (
        ("defeated by", option.defeated_by),
        ("not known", option.missing),
        ("warning", option.warnings),
    ):
        if items:
            yield from _field(name, "; ".join(map(words.clean, items)), width)
    shares = ", ".join(f"{words.clean(k)} {v:+.2f}" for k, v in option.contributions.items())
    yield from _field("score", f"{option.score:.3f}" + (f" (log-odds: {shares})" if shares else ""), width)


def guided(entry: Guidance, width: int) -> Iterator[Line]:
    """What one guideline says of one drug: every row with every condition as it was asked."""
    yield []
    score = "" if entry.score is None else f": {guide.total(entry)}"
    title = f"{entry.title} {entry.version or ''}".strip()
    yield from wrap(
        [Span("     "), Span(words.clean(entry.drug), "head"), Span(f"  {words.clean(title)}{score}")], width, 7
    )
    if entry.conflict:
        yield from _field("conflict", "several rows fire where one may", width)
    for r in entry.rows:
        gone = f"; gives way to {r.defeated_by}" if r.defeated_by else ""
        points = f" {r.points:+g}{'' if r.counted else ', not counted'}" if r.points is not None else ""
        grade = f", {r.level.value}" if r.level else ""
        yield from _field("row", words.clean(f"{r.id} ({r.kind}{grade}) {r.outcome}{points}{gone}"), width)
        if r.cells:
            yield from _field("", words.trace(r.cells), width)
        yield from _field("says", f"{words.clean(r.text or r.action or r.reason)}{_cited(r.sources)}", width)
    if entry.waiting:
        yield from _field(
            "waiting", f"{words.number(entry.waiting, 'row')}: not known: {words.listed(entry.missing, 6)}", width
        )


def _field(name: str, text: str, width: int) -> Iterator[Line]:
    yield from wrap([Span(f"     {name:<12}", "dim"), Span(text)], width, 19 if name else 22)


def _cited(sources: Sequence[str]) -> str:
    return f" [{words.listed(sources)}]" if sources else ""
