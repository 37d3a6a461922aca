"""What an answer to a fact would change, in one sentence; for every face alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from api.render.words import ONE, clean, listed
from graph.answer import Answer, Lead, OptionDecision, Recommendation, StatusChange, WouldDecide

_LONG, _NAMED = 6, 4
"""Of an answer that changes more therapies than the first, about the second are named and the others counted."""
_OPEN = ("recommended", "option")
_EFFECTS: tuple[tuple[str, Callable[[StatusChange], bool]], ...] = (
    ("exclude {}", lambda c: c.after == "excluded"),
    ("make {} recommended", lambda c: c.after == "recommended" and c.before == "option"),
    ("allow {}", lambda c: c.after in _OPEN and c.before not in _OPEN),
    ("put {} in doubt", lambda c: c.after in ("needs_check", "conflict")),
    ("leave {} an option only", lambda c: c.after == "option" and c.before == "recommended"),
    ("rule out {}", lambda c: c.after is None),
)
"""What an answer does to options, in the order of a sentence."""


class Effect(msgspec.Struct, frozen=True):
    """One thing that an answer does: the therapies that are named, and how many more there are."""

    does: str
    named: tuple[str, ...]
    fewest: int
    most: int

    def words(self, known: Sequence[str] = ()) -> str:
        """``allow Cetuximab, Panitumumab +2``; what the sentence has named before (``known``) is *it* or *them*."""
        if not known or not set(known) <= set(self.named):
            return self.does.format(", ".join(self.named) + self._more())
        others = [name for name in self.named if name not in known]
        it = "it" if len(known) == 1 else "them"
        if others:
            return self.does.format(", ".join((it, *others)) + self._more())
        return self.does.format(it + (f" and {self._more()[2:]} more" if self.most else ""))

    def _more(self) -> str:
        if not self.most:
            return ""
        return f" +{self.most}" if self.most == self.fewest else f" +{self.fewest} to {self.most}"


def told(test: WouldDecide) -> tuple[Answer, ...]:
    """The answers that were asked for; none where they were not, or where no answer changes anything."""
    return test.answers if isinstance(test.answers, tuple) else ()


def first(answer: Recommendation, most: int) -> tuple[tuple[WouldDecide, ...], tuple[WouldDecide, ...]]:
    """The tests to show at once and the others: the first ones, or where it was asked those with answers."""
    tests = answer.would_decide
    asked = tuple(test for test in tests if told(test))
    shown = asked or tests[:most]
    return shown, tuple(test for test in tests if test not in shown)


def sentences(test: WouldDecide) -> list[str]:
    """What each answer would change, those that change alike together.

    ``["wild type would allow Cetuximab", "G12C would exclude it and allow Cetuximab + Sotorasib"]``
    """
    alike: dict[tuple[tuple[str, tuple[str, ...]], ...], tuple[list[str], list[Effect]]] = {}
    for answer in told(test):
        effects = _effects(answer.changes)
        key = tuple((e.does, e.named) for e in effects)
        names, known = alike.setdefault(key, ([], effects))
        names += clean(answer.answer).split(" or ")
        known[:] = [
            msgspec.structs.replace(a, fewest=min(a.fewest, b.fewest), most=max(a.most, b.most))
            for a, b in zip(known, effects, strict=True)
        ]
    found: list[str] = []
    before: tuple[str, ...] = ()
    for names, effects in alike.values():
        does = " and ".join(e.words(before) for e in effects)
        found.append(f"{_either(names)} would {does}")
        before = next((e.named for e in effects if e.does == "allow {}"), ())
    return found


def _effects(changes: Iterable[StatusChange]) -> list[Effect]:
    all_ = list(changes)
    held = {does: these for does, holds in _EFFECTS if (these := [c for c in all_ if holds(c)])}
    most = _LONG if sum(map(len, held.values())) <= _LONG else max(1, _NAMED // len(held))
    found: list[Effect] = []
    for does, these in held.items():
        tiers = next(t for t in (("label", "guideline"), ("clinical",), ("preclinical", "inferred"))
                     if any(c.tier in t for c in these))  # fmt: skip
        names = tuple(clean(" + ".join(c.therapy)) for c in these if c.tier in tiers)[:most]
        more = len(these) - len(names)
        found.append(Effect(does, names, more, more))
    return found


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def supposed(lead: Lead) -> str:
    """``age 18, line 2 and KRAS wild type``"""
    said = [f"{clean(s.fact)} {clean(s.answer)}" for s in lead.suppose]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def becomes(lead: Lead) -> str:
    """The status that it leads to, in a sentence."""
    return ONE[lead.becomes] if lead.becomes else "no option any more"


def together(answer: Recommendation) -> list[tuple[str, str, str]]:
    """What several facts decide only together: the facts with their answers, what follows, and for which therapies."""
    groups: dict[tuple[str, str], list[str]] = {}
    for decision in decisions(answer):
        for lead in (lead for s in decision.sets if len(s.facts) > 1 for lead in s.leads):
            groups.setdefault((supposed(lead), becomes(lead)), []).append(clean(" + ".join(decision.therapy)))
    ranked = sorted(groups.items(), key=lambda item: -len(item[1]))
    return [(facts, status, listed(names, 4)) for (facts, status), names in ranked]


def decisions(answer: Recommendation) -> tuple[OptionDecision, ...]:
    return answer.decisions.options if answer.decisions else ()


def flips(decision: OptionDecision) -> list[tuple[str, str]]:
    """The nearest changes of one option by the status that they lead to: ``("excluded", "age 17; KRAS G12C")``."""
    found: dict[str, list[str]] = {}
    for lead in decision.flips:
        found.setdefault(becomes(lead), []).append(supposed(lead))
    return [(status, "; ".join(said)) for status, said in found.items()]


def left(answer: Recommendation) -> tuple[str, ...]:
    """What was not tried."""
    return tuple(map(clean, answer.decisions.left)) if answer.decisions else ()
