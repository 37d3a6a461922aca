"""What would change the verdicts on a patient: the real rules, asked about changed profiles.

Nothing is inferred about rows. A fact that rows wait for is answered in the ways that they tell apart
(``rules.suppose``), the changed profile is judged as any other, and what is said is what would be answered. What is not
tried, because it would be too much, is counted and said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import get_args

import msgspec

from api.recommend import Engine, Judged
from api.waiting import Waiting, seen
from graph.answer import (
    Answer,
    DecidingSet,
    Decisions,
    Lead,
    OptionDecision,
    Recommendation,
    Status,
    StatusChange,
    Supposition,
    WouldDecide,
)
from graph.patient import Profile
from rules.decide import OPEN, Assignment, Seen, by_facts, ranked, smallest_sets
from rules.judge import Verdict
from rules.suppose import Supposed, in_words
from rules.suppose_settings import conflicts
from rules.weigh import TIERS

FACTS = 12
"""Facts whose answers are tried, those that are not known and those that are, each."""
PROFILES = 32
"""Changed profiles that are judged for every option, and again as many for sets of facts."""
KNOWN = 8
"""Of these, those that are kept for changes of what is known."""
FLIPS = 6
"""Changes that are named for one option and one status."""
STATUSES: tuple[Status, ...] = get_args(Status)
"""In rank order."""


def with_decisions(engine: Engine, profile: Profile, answer: Recommendation) -> Recommendation:
    """The answer with what would change it: ``would_decide`` with settings beside tests and the answers to each, and
    ``decisions`` for every option.

    ``answer`` is what ``engine`` recommends for ``profile``. Errors as ``Engine.recommend``.
    """
    inquiry = _Inquiry(engine, profile, answer)
    tests = inquiry.tests()
    return msgspec.structs.replace(answer, would_decide=tests, decisions=inquiry.decisions())


Key = tuple[tuple[str, ...], str]
"""Ingredients and direction."""
_Look = tuple[Judged, Mapping[Key, Verdict]]
"""One changed profile, judged, with its verdicts by option."""


class _Inquiry:
    """One patient, and every changed profile that was asked about."""

    def __init__(self, engine: Engine, profile: Profile, answer: Recommendation) -> None:
        self._engine = engine
        self._profile = profile
        self._answer = answer
        base = engine.judged(profile)
        self._judged: dict[Assignment, Judged] = {(): base}
        self._verdicts: dict[Assignment, dict[Key, Verdict]] = {(): _by_key(base)}
        self._left: dict[str, None] = {}
        self._supposed: dict[tuple[str, str], Supposed] = {}
        waiting = Waiting(engine, profile, base, answer)
        self._unknown = self._tried(waiting.unknown(), waiting.answers, "unknown fact", PROFILES - KNOWN)
        known = {
            fact: others
            for fact, answers in waiting.known().items()
            if (others := [s for s in answers if s.key not in self._supposed])
        }
        self._known = self._tried(known, known.__getitem__, "known fact", PROFILES)
        tried = self._unknown.keys() | self._known.keys()
        if more := [f"{fact} {n}" for fact, n in waiting.more.items() if n and fact in tried]:
            self._left[f"answers that rows name and that were not tried: {', '.join(more)}"] = None
        waits = (v for v in base.verdicts if self._hopes(v))
        self._about = frozenset(drug for v in waits for drug in v.therapy)
        self._stands: dict[tuple[Assignment, Key], Seen] = {}
        self._sets: dict[tuple[Assignment, frozenset[str]], _Look] = {}

    def _tried(
        self, facts: Iterable[str], answers_to: Callable[[str], Sequence[Supposed]], noun: str, most: int
    ) -> dict[str, Sequence[Supposed]]:
        """The facts that are tried, with their answers; the others are said to be left."""
        tried: dict[str, Sequence[Supposed]] = {}
        left: list[str] = []
        unsaid: list[str] = []
        for fact in facts:
            room = most + 1 - len(self._verdicts)
            if len(tried) == FACTS or room <= 1:
                left.append(fact)
                continue
            answers = answers_to(fact)
            if not answers:
                unsaid.append(fact)
            elif len(answers) > room:
                left.append(fact)
            else:
                tried[fact] = answers
                for s in answers:
                    self._supposed[s.key] = s
                    self._look((s.key,))
        if left:
            self._left[f"{len(left)} {noun}{'s' if len(left) > 1 else ''} not tried: {', '.join(left)}"] = None
        if unsaid:
            self._left[f"no value that tells rows apart is known of {', '.join(unsaid)}"] = None
        return tried

    def _look(self, assignment: Assignment) -> dict[Key, Verdict]:
        """The verdicts, were the answers so."""
        if assignment not in self._verdicts:
            found = self._judged[assignment] = self._engine.judged(self._changed(assignment))
            self._verdicts[assignment] = _by_key(found)
        return self._verdicts[assignment]

    def _changed(self, assignment: Assignment) -> Profile:
        profile = self._profile
        for key in assignment:
            profile = self._supposed[key].apply(profile)
        return profile

    # -- tests -------------------------------------------------------------------------------------------------------

    def tests(self) -> tuple[WouldDecide, ...]:
        """One list: the tests of the answer, and whatever else was tried and changes an option."""
        told = {fact: self._told(answers) for fact, answers in self._unknown.items()}
        listed = [
            msgspec.structs.replace(test, answers=told[test.fact]) if test.fact in told else test
            for test in self._answer.would_decide
        ]
        known = {test.fact for test in self._answer.would_decide}
        for fact, answers in told.items():
            changed = {c.therapy for a in answers for c in a.changes}
            if fact not in known and changed:
                names = tuple(sorted(map(" + ".join, changed)))
                listed.append(WouldDecide(fact=fact, options=len(changed), therapies=names, answers=answers))
        return ranked(listed)

    def _told(self, supposed: Sequence[Supposed]) -> tuple[Answer, ...]:
        """The answers that change something; those that change the same stand as one."""
        found: dict[tuple[StatusChange, ...], tuple[Answer, list[Supposed]]] = {}
        for s in supposed:
            answer = self._effects(s)
            found.setdefault(answer.changes, (answer, []))[1].append(s)
        return tuple(
            msgspec.structs.replace(answer, answer=in_words(same)) for answer, same in found.values() if answer.changes
        )

    def _effects(self, supposed: Supposed) -> Answer:
        before, after = self._look(()), self._look((supposed.key,))
        changed: list[tuple[Verdict, StatusChange]] = []
        for key in dict.fromkeys((*before, *after)):
            was, now = before.get(key), after.get(key)
            shown = now or was
            counts = was is not None or _is_open(now)
            if shown and key[1] == "sensitive" and counts and _status(was) != _status(now):
                change = StatusChange(therapy=key[0], before=_status(was), after=_status(now), tier=shown.tier)
                changed.append((shown, change))
        changed.sort(key=_best_first)
        told = [(" + ".join(c.therapy), c) for _, c in changed]
        return Answer(
            answer=supposed.answer,
            allows=tuple(name for name, c in told if c.after in OPEN and c.before not in OPEN),
            excludes=tuple(name for name, c in told if c.after == "excluded"),
            changes=tuple(c for _, c in changed),
        )

    # -- options -----------------------------------------------------------------------------------------------------

    def decisions(self) -> Decisions:
        """What would change each option, in rank order."""
        base = self._look(())
        keys: list[Key] = [(option.therapy, option.direction) for option in self._answer.options]
        sets = [self._deciding(base[key]) for key in keys]
        options = tuple(
            OptionDecision(
                therapy=option.therapy, direction=option.direction, status=option.status, sets=found,
                flips=self._flips(key, found),
            )
            for option, key, found in zip(self._answer.options, keys, sets, strict=True)
        )  # fmt: skip
        asked = len(self._verdicts) + len(self._sets) - 1
        return Decisions(options=options, asked=asked, left=tuple(self._left))

    def _hopes(self, verdict: Verdict) -> tuple[Status, ...]:
        """What an option that waits for facts may become at best; nothing where it waits for none."""
        if verdict.direction != "sensitive" or verdict.status not in ("option", "needs_check"):
            return ()
        needs = seen(verdict, self._judged[()]).needs
        hopes: list[Status] = ["recommended"] if "recommended" in needs else []
        return (*hopes, "option") if verdict.status == "needs_check" else tuple(hopes)

    def _deciding(self, verdict: Verdict) -> tuple[DecidingSet, ...]:
        hopes = self._hopes(verdict)
        if not hopes:
            return ()
        key: Key = (verdict.therapy, verdict.direction)
        rows = _rows(verdict)
        bears = set(seen(verdict, self._judged[()]).waits)
        for fact, answers in self._unknown.items():
            for s in answers:
                # A finding may bring rows, and these may wait for something else.
                if _rows(self._look((s.key,)).get(key)) != rows and (after := self._seen((s.key,), key)):
                    bears |= {fact, *after.waits}
        possible = {fact: [s.answer for s in answers] for fact, answers in self._unknown.items() if fact in bears}
        found = smallest_sets(possible, lambda assignment: self._seen(assignment, key), hopes)
        return tuple(
            DecidingSet(facts=facts, leads=tuple(_lead(assignment, status) for assignment, status in leads))
            for facts, leads in by_facts(found)
        )

    def _seen(self, assignment: Assignment, key: Key) -> Seen | None:
        """How one option would stand; ``None`` when enough was asked."""
        known = self._stands.get((assignment, key))
        if known is None:
            if len(assignment) <= 1:
                found: _Look | None = (self._judged[assignment], self._look(assignment))
            elif self._contradict(assignment):
                base = self._look(()).get(key)
                return Seen(_status(base), {}, frozenset())
            else:
                found = self._together(assignment, self._about)
            if found is None:
                return None
            judged, verdicts = found
            known = self._stands[assignment, key] = seen(verdicts.get(key), judged)
        return known

    def _together(self, assignment: Assignment, about: frozenset[str]) -> _Look | None:
        """How therapies of some ingredients stand, were several answers so; ``None`` when enough was asked."""
        key = (assignment, about)
        if key not in self._sets:
            if len(self._sets) == PROFILES:
                self._left["sets of several facts: not all were tried"] = None
                return None
            judged = self._engine.judged(self._changed(assignment), about)
            self._sets[key] = judged, _by_key(judged)
        return self._sets[key]

    def _contradict(self, assignment: Assignment) -> bool:
        """Whether several answers cannot all be so: a stage with another extent."""
        base = self._judged[()].patient
        setting = self._engine.setting(self._changed(assignment), base.diagnosis)
        return bool(conflicts(setting) - conflicts(base.setting))

    def _flips(self, key: Key, sets: Sequence[DecidingSet]) -> tuple[Lead, ...]:
        """The single changes that give an option another status, else the smallest sets of unknown facts, else pairs of
        changes of what is known."""
        status = _status(self._look(()).get(key))
        tried = [s.key for answers in (*self._unknown.values(), *self._known.values()) for s in answers]
        named: dict[Status | None, list[Lead]] = {}
        for supposed in tried:
            if (now := _status(self._look((supposed,)).get(key))) != status:
                named.setdefault(now, []).append(_lead((supposed,), now))
        if not named and sets:
            for lead in (lead for s in sets if len(s.facts) == len(sets[0].facts) for lead in s.leads):
                named.setdefault(lead.becomes, []).append(lead)
        elif not named:
            for pair in combinations(sorted(self._known), 2):
                for assignment in product(*([s.key for s in self._known[fact]] for fact in pair)):
                    if self._contradict(assignment):
                        continue
                    if (found := self._together(assignment, frozenset(key[0]))) is not None:
                        now = _status(found[1].get(key))
                        if now != status:
                            named.setdefault(now, []).append(_lead(assignment, now))
        if any(len(leads) > FLIPS for leads in named.values()):
            self._left[f"of changes that flip one option to one status, {FLIPS} are named"] = None
        return tuple(lead for leads in named.values() for lead in leads[:FLIPS])


def _by_key(judged: Judged) -> dict[Key, Verdict]:
    return {(v.therapy, v.direction): v for v in judged.verdicts}


def _status(verdict: Verdict | None) -> Status | None:
    return verdict.status if verdict else None


def _rows(verdict: Verdict | None) -> frozenset[tuple[str, str]]:
    """Every row that bears on an option with what it does."""
    if verdict is None:
        return frozenset()
    limits = ((r.row.id, r.outcome) for r in (*verdict.limits, *verdict.cautions))
    return frozenset((w.statement.id, w.outcome) for w in verdict.rows) | frozenset(limits)


def _is_open(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.status in OPEN


def _best_first(changed: tuple[Verdict, StatusChange]) -> tuple[object, ...]:
    """By the status that it then has, then tier, then name; what is no option any more comes last."""
    verdict, change = changed
    return (change.after is None, STATUSES.index(verdict.status), TIERS.index(verdict.tier), verdict.therapy)


def _lead(assignment: Assignment, status: Status | None) -> Lead:
    return Lead(suppose=tuple(Supposition(fact=f, answer=a) for f, a in assignment), becomes=status)
