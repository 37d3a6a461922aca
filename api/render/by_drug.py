"""Guidance for a terminal: dosing, points and germline rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.render import guide, words
from api.render.lines import Line, Span, cells, pad, wrap
from graph.answer import Recommendation


def parts(answer: Recommendation, width: int, items: int, *, every: bool) -> Iterator[Line]:
    """A line for what asks for something; other drugs by name. ``items``: how much there is room for, unless ``every``
    drug is to be told."""
    for part in guide.parts(answer):
        yield []
        note = [Span(f"  {part.note}", "dim")] if part.note else []
        yield from wrap([Span("GUIDANCE  ", "head"), Span(part.title), *note], width, 4)
        most = len(part.lines) if every else max(3 * items, min(8, sum(line.concerns for line in part.lines)))
        names = min(max((cells(line.drug) for line in part.lines[:most]), default=0), 28)
        for line in part.lines[:most]:
            by = f"  {line.by}" if line.by else ""
            because = f"  for {line.because}" if line.because else ""
            said = [Span("  "), Span(pad(line.drug, names), "name"), Span(f"  {line.says}"), Span(because + by, "dim")]
            yield from wrap(said, width, 6)
            if line.text and every:
                yield from wrap([Span(f"      {line.text}")], width, 6)
            if line.waits:
                yield from wrap([Span(f"      {line.waits}", "dim")], width, 6)
        if rest := part.lines[most:]:
            drugs = words.listed(list(dict.fromkeys(line.drug for line in rest)), 8)
            yield from wrap([Span(f"  {len(rest)} more (--all): {drugs}", "dim")], width, 6)
        for named in _uncrowded(part.named, max(3, items)):
            lead = Span(f"  {named.says}: ", "check" if named.undecided else "dim")
            drugs = words.listed(named.drugs, 1000 if every else 8)
            yield from wrap([lead, Span(f"{len(named.drugs)}: ", "dim"), Span(drugs)], width, 6)


def _uncrowded(named: Sequence[guide.Named], most: int) -> Iterator[guide.Named]:
    """Of drugs that wait for many different facts the first by what they wait for, the others together."""
    undecided = [n for n in named if n.undecided]
    yield from undecided[:most]
    if rest := undecided[most:]:
        drugs = tuple(dict.fromkeys(drug for n in rest for drug in n.drugs))
        yield guide.Named("Undecided for want of other facts (--all)", drugs, True)
    yield from (n for n in named if not n.undecided)
