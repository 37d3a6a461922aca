"""What would decide, as lines of a terminal: tests with their answers, facts that decide together, one option alone."""

from __future__ import annotations

from collections.abc import Iterator

from api.render import answers, words
from api.render.lines import Line, Span, cells, wrap
from graph.answer import Option, Recommendation, WouldDecide
from graph.errors import shorten

_SAID = 3
"""Answers of one test that are told while space is short."""


def would_decide(answer: Recommendation, width: int, items: int) -> Iterator[Line]:
    """Tests by how many options wait for them, at most ``items``; where it was asked, what each answer would change."""
    if not answer.would_decide:
        return
    yield []
    yield [Span("WOULD DECIDE", "head"), Span("  tests that are not known", "dim")]
    shown, rest = answers.first(answer, items)
    for test in shown:
        yield from _test(test, answer, width, items)
    if rest:
        yield [Span(f"  and {len(rest)} more, {words.number(rest[0].options, 'option')} or fewer each (--all)", "dim")]
    for facts, status, names in answers.together(answer)[:items]:
        said = [Span("  Together: ", "dim"), Span(facts, "name"), Span(f": {status}: {names}")]
        yield from wrap(said, width, 6)
    for left in answers.left(answer)[: None if items > 100 else 1]:
        yield from wrap([Span(f"  {left if items > 100 else shorten(left, width - 2)}", "dim")], width, 6)


def _test(test: WouldDecide, answer: Recommendation, width: int, items: int) -> Iterator[Line]:
    lead = f"  {words.test_name(test, answer)}  {words.number(test.options, 'option')}"
    if said := answers.sentences(test):
        kept = said if items > 100 else said[:_SAID]
        more = f"; {words.number(len(said) - len(kept), 'more answer')}" if len(said) > len(kept) else ""
        yield from wrap([Span(lead, "name"), Span(f": {'; '.join(kept)}{more}")], width, 6)
        return
    named = (f": {words.listed(test.therapies, most)}" for most in (4, 3, 2, 1) if test.therapies)
    fitting = next((names for names in named if cells(lead + names) <= width), "")
    yield from wrap([Span(lead, "name"), Span(fitting)], width, 6)


def of_option(answer: Recommendation, option: Option, width: int) -> Iterator[Line]:
    """What would change one option; nothing unless it was asked."""
    for decision in answers.decisions(answer):
        if (decision.therapy, decision.direction) != (option.therapy, option.direction):
            continue
        for status, said in answers.flips(decision):
            yield from wrap([Span("     Would be "), Span(status, "name"), Span(f" with {said}")], width, 7)
        for lead in (lead for s in decision.sets if len(s.facts) > 1 for lead in s.leads):
            status, said = answers.becomes(lead), answers.supposed(lead)
            yield from wrap([Span("     Would be "), Span(status, "name"), Span(f" with {said}")], width, 7)
        if not decision.flips and not decision.sets:
            yield [Span("     Nothing that was tried would change it", "dim")]
