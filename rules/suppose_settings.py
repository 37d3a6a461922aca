"""What a setting could turn out to be: the values on either side of the cells that rows ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain

from msgspec.structs import replace

from graph.claims import Condition
from graph.patient import Context, Profile, Quantity
from rules.kleene import Truth
from rules.settings import Setting, holds, in_words
from rules.states import COURSE, EXTENT
from rules.suppose import Apply, Supposed

SettingOf = Callable[[Profile], Setting]
Asked = Sequence[tuple[Condition, ...]]
"""The conditions of several rows, row by row."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PAIRS = {"extent": EXTENT, "course": COURSE}
_USUAL = {"extent": ("metastatic", "localized"), "course": ("previously untreated", "relapsed")}
"""What is tried on either side when no row names it."""
_STAGES = ("I", "II", "III", "IV")


@lru_cache(maxsize=4096)
def facts_of(condition: Condition) -> tuple[str, ...]:
    """The facts that a condition asks, as answers name them: one, save for a state, which may ask of two things.

    >>> facts_of(Condition(fact="age_years", cell=">=18")), facts_of(Condition(fact="state", cell="relapsed|adjuvant"))
    (('age',), ('disease state (extent)', 'disease state (course)'))
    """
    if condition.fact != "state":
        return (_name(condition),)
    words = _choices(condition.cell)
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
    for answer, apply in _values(fact, asked, rows, profile, setting_of, known):
        setting = setting_of(apply(profile))
        truths = tuple(holds(c, setting) for c in asked)
        changed = any(a is not b for a, b in zip(truths, now, strict=True))
        settled = known or all(b is None or a is b for a, b in zip(truths, now, strict=True))
        if changed and settled:
            told.setdefault(truths, Supposed(fact, answer, apply))
    return [s for truths, s in told.items() if not any(_says_more(other, truths) for other in told)]


def _says_more(more: tuple[Truth, ...], less: tuple[Truth, ...]) -> bool:
    return more != less and all(b is None or a is b for a, b in zip(more, less, strict=True))


def _values(
    fact: str, asked: list[Condition], rows: Asked, profile: Profile, setting_of: SettingOf, known: bool
) -> Iterable[tuple[str, Apply]]:
    field = asked[0].fact
    if field == "prior_therapies":
        return _prior(asked, rows, profile, setting_of, known)
    if field == "state":
        return _states(fact, asked, known)
    if field == "stage":
        stages = dict.fromkeys([*_listed(asked, upper=True), *_STAGES])
        return [(stage, _disease(stage=stage)) for stage in stages]
    if field == "sex":
        return [("female", _context(sex="female")), ("male", _context(sex="male"))]
    if field == "age_years":
        return [(f"{n:g}", _context(age_years=n)) for n in _near(asked, low=0)]
    if field == "line":
        return [(f"{n:g}", _context(line=int(n))) for n in _near(asked, low=1) if n == int(n)]
    if field == "population":
        return [(p, _context(population=p)) for p in [*_listed(asked), "another"]]
    if field.startswith("facts."):
        return _own(field.removeprefix("facts."), asked)
    return []


def _own(name: str, asked: list[Condition]) -> Iterable[tuple[str, Apply]]:
    """A fact of an institution's own: true or false, a number with its unit, or a word."""
    unit = next((c.unit for c in asked if c.unit), None)
    numbers = [n for c in asked if _is_number(c.cell) for n in [*_near([c], low=0)]]
    for n in dict.fromkeys(numbers):
        yield (f"{n:g} {unit}" if unit else f"{n:g}"), _fact(name, Quantity(value=n, unit=unit) if unit else n)
    words = _listed([c for c in asked if not _is_number(c.cell)])
    if words and {w.casefold() for w in words} <= {"true", "false"}:
        yield "true", _fact(name, True)
        yield "false", _fact(name, False)
    elif words:
        for word in [*words, "another"]:
            yield word, _fact(name, word)


def _is_number(cell: str) -> bool:
    return cell.strip()[:1] in tuple("<>=[(")


def _near(asked: Iterable[Condition], low: float) -> list[float]:
    """Each bound with its neighbours, one away."""
    bounds = sorted({float(text) for c in asked for text in _NUMBER.findall(c.cell)})
    values = {value for b in bounds for value in (b - 1, b, b + 1) if value >= low}
    return sorted(values, key=lambda v: (v not in bounds, v))


def _choices(cell: str) -> set[str]:
    return {part.strip().casefold() for part in cell.removeprefix("!").split("|")}


def _listed(asked: Iterable[Condition], upper: bool = False) -> list[str]:
    found = [part.strip() for c in asked for part in c.cell.removeprefix("!").split("|") if part.strip()]
    return list(dict.fromkeys(p.upper() if upper else p for p in found if p not in ("known", "unknown")))


def _states(fact: str, asked: list[Condition], known: bool) -> Iterable[tuple[str, Apply]]:
    name = fact.partition("(")[2].rstrip(")")
    pair = _PAIRS.get(name)
    if pair is None:
        words = [name, f"not {name}"]
    else:
        named = [w.casefold() for w in _listed(asked) if w.casefold() in pair[0] | pair[1]]
        words = list(dict.fromkeys([*named, *_USUAL[name]]))
    for word in words:
        yield word, _state(word, replaced=known)


def _prior(
    asked: list[Condition], rows: Asked, profile: Profile, setting_of: SettingOf, known: bool
) -> Iterable[tuple[str, Apply]]:
    """Nothing more than what is stated, and for every row the drugs that it asks to have been given."""
    given = () if known else profile.context.prior_therapies or ()
    yield ("no other" if given else "none"), _context(prior_therapies=given, prior_therapies_complete=True)
    wanted: dict[tuple[str, ...], None] = {}
    for row in rows:
        mine = [c for c in row if c in asked]
        drugs = {c: _drug(c, profile, setting_of) for c in mine}
        present = [drugs[c] for c in mine if c.cell.startswith("present:")]
        if present and all(present):
            wanted[tuple(dict.fromkeys(d for d in present if d))] = None
        wanted.update({(d,): None for c in mine if (d := drugs[c])})
    for names in wanted:
        complete = known and profile.context.prior_therapies_complete
        yield " and ".join(names), _context(prior_therapies=(*given, *names), prior_therapies_complete=complete)


def _drug(condition: Condition, profile: Profile, setting_of: SettingOf) -> str | None:
    """The first of a condition's drugs or classes that, given before, is understood as one of them."""
    word, _, listed = condition.cell.partition(":")
    for name in listed.split("|"):
        alone = _context(prior_therapies=(name.strip(),), prior_therapies_complete=False)(profile)
        if holds(condition, setting_of(alone)) is (word == "present"):
            return name.strip()
    return None


# -- the changes -----------------------------------------------------------------------------------------------------


def _name(condition: Condition) -> str:
    if condition.fact.startswith("facts."):
        return condition.fact.removeprefix("facts.")
    return in_words(Condition(fact=condition.fact, cell="x")).removesuffix(" x")


def _context(**values: object) -> Apply:
    def apply(profile: Profile) -> Profile:
        context: Context = replace(profile.context, **values)
        return replace(profile, context=context)

    return apply


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
