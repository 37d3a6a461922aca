"""What a setting could turn out to be: the values on either side of the cells that rows ask."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import chain

from msgspec.structs import replace

from graph.claims import Condition
from graph.patient import Context, Profile, Quantity
from rules.cells import NUMBER, parse
from rules.kleene import Truth
from rules.made import around
from rules.settings import Setting, holds, name_of
from rules.spans import number, span_of
from rules.states import COURSE, EXTENT
from rules.suppose import Apply, Supposed, undominated

SettingOf = Callable[[Profile], Setting]
Asked = Sequence[tuple[Condition, ...]]
"""The conditions of several rows, row by row."""
_PAIRS = {"extent": EXTENT, "course": COURSE}
_USUAL = {"extent": ("metastatic", "localized"), "course": ("previously untreated", "relapsed")}
"""What is tried on either side when no row names it."""
_STAGES = ("I", "II", "III", "IV")
_EARLIER = re.compile("0|I{1,3}[A-C]?")
"""Stages before the fourth, as ``rules.settings.stage_group`` writes them."""


@lru_cache(maxsize=4096)
def facts_of(condition: Condition) -> tuple[str, ...]:
    """The facts that a condition asks, as answers name them: one, save for a state, which may ask of two things.

    >>> facts_of(Condition(fact="age_years", cell=">=18")), facts_of(Condition(fact="state", cell="relapsed|adjuvant"))
    (('age',), ('disease state (extent)', 'disease state (course)'))
    >>> facts_of(Condition(fact="state", cell="known"))
    ('disease state',)
    """
    words = {word.casefold() for word in parse(condition.cell).choices}
    if condition.fact != "state" or not words:
        return (name_of(condition.fact),)
    found = [f"disease state ({name})" for name, pair in _PAIRS.items() if not words.isdisjoint(pair[0] | pair[1])]
    known = EXTENT[0] | EXTENT[1] | COURSE[0] | COURSE[1]
    return (*found, *(f"disease state ({word})" for word in sorted(words - known)))


def of_settings(rows: Asked, profile: Profile, setting_of: SettingOf, *, known: bool = False) -> list[Supposed]:
    """The answers that the conditions of some rows tell apart, fact by fact in the order in which rows ask them.

    Those on facts that are not known; with ``known``, other values of facts that are. An answer that leaves every
    condition as it stands is none.
    """
    conditions = list(dict.fromkeys(chain.from_iterable(rows)))
    by_fact: dict[str, list[Condition]] = {}
    for c in conditions:
        for fact in facts_of(c):
            by_fact.setdefault(fact, []).append(c)
    base = setting_of(profile)
    found: list[Supposed] = []
    for fact, asked in by_fact.items():
        now = tuple(holds(c, base) for c in asked)
        open_ = [c for c, truth in zip(asked, now, strict=True) if truth is None]
        if known is not bool(open_):
            found += _told_apart(fact, asked, now, rows, profile, setting_of, known)
    return found


def _told_apart(
    fact: str, asked: list[Condition], now: tuple[Truth, ...], rows: Asked, profile: Profile, setting_of: SettingOf,
    known: bool,
) -> list[Supposed]:  # fmt: skip
    told: dict[tuple[Truth, ...], Supposed] = {}
    before = conflicts(setting_of(profile))
    for s in _values(fact, asked, rows, profile, setting_of, known):
        setting = setting_of(s.apply(profile))
        if conflicts(setting) - before:
            continue
        truths = tuple(holds(c, setting) for c in asked)
        changed = any(a is not b for a, b in zip(truths, now, strict=True))
        settled = known or all(b is None or a is b for a, b in zip(truths, now, strict=True))
        if changed and settled:
            same = told.setdefault(truths, s)
            if same is not s and same.span and s.span:
                told[truths] = dataclasses.replace(same, span=same.span | s.span)
    return undominated(told)


def conflicts(setting: Setting) -> frozenset[str]:
    """In what the stated stage and states of a disease contradict each other: ``extent``, ``course``, ``stage``.

    Stage IV counts as metastatic, a later line as treated before (``rules.settings``). What is metastatic is of no
    earlier stage, and what is in situ is not advanced.
    """
    found = {name for name, (a, b) in _PAIRS.items() if setting.states & a and setting.states & b}
    stage = setting.facts.get("stage")
    if isinstance(stage, str) and _EARLIER.fullmatch(stage):
        far = EXTENT[1] if stage == "0" else {"metastatic"}
        found |= {"stage"} if setting.states & far else set()
    return frozenset(found)


def _values(
    fact: str, asked: list[Condition], rows: Asked, profile: Profile, setting_of: SettingOf, known: bool
) -> Iterable[Supposed]:
    field = asked[0].fact
    if field == "prior_therapies":
        return _prior(fact, asked, rows, profile, setting_of, known)
    if field == "state":
        return _states(fact, asked, known)
    if field == "stage":
        stages = dict.fromkeys([*(choice.upper() for choice in _choices(asked)), *_STAGES])
        return [Supposed(fact, stage, _disease(stage=stage)) for stage in stages]
    if field == "sex":
        return [Supposed(fact, sex, _context(sex=sex)) for sex in ("female", "male")]
    if field == "age_years":
        return _numbers(fact, asked, lambda n: _context(age_years=n))
    if field == "line":
        return _numbers(fact, asked, lambda n: _context(line=int(n)), whole=True)
    if field == "population":
        return _words(fact, asked, lambda word: _context(population=word))
    if field.startswith("facts."):
        return _own(fact, field.removeprefix("facts."), asked)
    return []


def _numbers(
    fact: str, asked: Sequence[Condition], apply: Callable[[float], Apply], *, whole: bool = False
) -> Iterable[Supposed]:
    """Values on either side of every number that conditions compare with: the numbers, between them, and beyond."""
    cells = [parse(c.cell) for c in asked]
    numbers = {end.value for cell in cells for end in (cell.low, cell.high) if end}
    numbers |= {float(c) for cell in cells for c in cell.choices if re.fullmatch(NUMBER, c)}
    if not numbers:
        return
    bounds = tuple(sorted(numbers | {1.0} if whole else numbers))
    declared = [float(value) for value in _among(asked) if re.fullmatch(NUMBER, value)]
    values = declared or around(bounds, low=None if bounds[0] < 0 else 0.0)
    if whole:
        # Counted from one, which is a bound itself.
        values = [float(n) for v in values for n in (math.floor(v), math.ceil(v)) if n >= 1]
    unit = asked[0].unit
    for value in dict.fromkeys(values):
        said = f"{number(value)} {unit}" if unit else number(value)
        yield Supposed(fact, said, apply(value), span_of(value, bounds, asked[0].fact, unit))


def _words(fact: str, asked: Sequence[Condition], apply: Callable[[str], Apply]) -> Iterable[Supposed]:
    """Every word that conditions name, and one that none names: of the declared values, where there are any."""
    named = _choices(asked)
    for word in named:
        yield Supposed(fact, word, apply(word))
    folded = {word.casefold() for word in named}
    other = next((value for value in _among(asked) or ["another"] if value.casefold() not in folded), None)
    if named and other is not None:
        others = f"not {', '.join(named[:2])}{' …' if len(named) > 2 else ''}"
        yield Supposed(fact, others, apply(other))


def _own(fact: str, name: str, asked: list[Condition]) -> Iterable[Supposed]:
    """A fact of an institution's own: true or false, a number in each unit that is asked, or a word."""
    ranges = [c for c in asked if parse(c.cell).form == "range"]
    for unit in dict.fromkeys(c.unit for c in ranges):
        mine = [c for c in ranges if c.unit == unit]
        yield from _numbers(fact, mine, partial(_measured, name, unit))
    others = [c for c in asked if c not in ranges]
    named = {word.casefold() for word in _choices(others)}
    if named and named <= {"true", "false"}:
        yield from (Supposed(fact, word, _fact(name, word == "true")) for word in ("true", "false"))
    else:
        yield from _words(fact, others, lambda word: _fact(name, word))


def _among(asked: Iterable[Condition]) -> list[str]:
    """The values that tables declare for a fact; whatever else is stated of it says nothing."""
    return list(dict.fromkeys(value for c in asked for value in c.among))


def _choices(asked: Iterable[Condition]) -> list[str]:
    """What the cells list, in their spelling, each once."""
    return list(dict.fromkeys(choice for c in asked for choice in parse(c.cell).choices))


def _states(fact: str, asked: list[Condition], known: bool) -> Iterable[Supposed]:
    name = fact.partition("(")[2].rstrip(")")
    if pair := _PAIRS.get(name):
        named = [w.casefold() for w in _choices(asked) if w.casefold() in pair[0] | pair[1]]
        words = list(dict.fromkeys([*named, *_USUAL[name]]))
    else:
        words = [name, f"not {name}"] if name else list(_USUAL["extent"])
    return [Supposed(fact, word, _state(word, replaced=known)) for word in words]


def _prior(
    fact: str, asked: list[Condition], rows: Asked, profile: Profile, setting_of: SettingOf, known: bool
) -> Iterable[Supposed]:
    """Nothing more than what is stated, and for every row the drugs that it asks to have been given."""
    given = () if known else profile.context.prior_therapies or ()
    only = _context(prior_therapies=given, prior_therapies_complete=True)
    yield Supposed(fact, "no other" if given else "none", only)
    wanted: dict[tuple[str, ...], None] = {}
    for row in rows:
        mine = [c for c in row if c in asked]
        drugs = {c: _drug(c, profile, setting_of) for c in mine}
        present = [drugs[c] for c in mine if parse(c.cell).form == "present"]
        if present and all(present):
            wanted[tuple(dict.fromkeys(d for d in present if d))] = None
        wanted.update({(d,): None for c in mine if (d := drugs[c])})
    for names in wanted:
        complete = known and profile.context.prior_therapies_complete
        more = _context(prior_therapies=(*given, *names), prior_therapies_complete=complete)
        yield Supposed(fact, " and ".join(names), more)


def _drug(condition: Condition, profile: Profile, setting_of: SettingOf) -> str | None:
    """The first of a condition's drugs or classes that, given before, is understood as one of them."""
    cell = parse(condition.cell)
    for name in cell.choices:
        alone = _context(prior_therapies=(name,), prior_therapies_complete=False)(profile)
        if holds(condition, setting_of(alone)) is (cell.form == "present"):
            return name
    return None


# -- the changes -----------------------------------------------------------------------------------------------------


def _context(**values: object) -> Apply:
    def apply(profile: Profile) -> Profile:
        context: Context = replace(profile.context, **values)
        return replace(profile, context=context)

    return apply


def _measured(name: str, unit: str | None, value: float) -> Apply:
    return _fact(name, Quantity(value=value, unit=unit) if unit else value)


def _fact(name: str, value: bool | float | str | Quantity) -> Apply:
    return lambda profile: replace(
        profile, context=replace(profile.context, facts={**profile.context.facts, name: value})
    )


def _disease(**values: object) -> Apply:
    return lambda profile: replace(profile, disease=replace(profile.disease, **values))


def _state(word: str, replaced: bool) -> Apply:
    def apply(profile: Profile) -> Profile:
        before = "" if replaced else profile.disease.state or ""
        return replace(profile, disease=replace(profile.disease, state=f"{before}, {word}" if before else word))

    return apply
