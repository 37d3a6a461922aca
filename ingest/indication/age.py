"""Age bounds in an indication text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.indication.patterns import Said, numbers

_COUNT = r"(?P<n>\d+(?:\.\d+)?|an?|one|two|three|four)"
_UNIT = r"(?P<unit>years?|months?)"
_FROM = (
    re.compile(rf"\b(?:aged? )?{_COUNT} {_UNIT}(?: of age| old)?,? (?:and|or) (?:older|above|over)\b", re.I),
    re.compile(rf"(?:greater than or equal to|>=|at least|from) ?{_COUNT} {_UNIT} (?:of age|old)\b", re.I),
    re.compile(rf"\baged? (?:>=|from) ?{_COUNT} {_UNIT}", re.I),
    re.compile(rf"(?P<above>older than|over|>) ?{_COUNT} {_UNIT}(?: of age| old)?(?! less)", re.I),
)
_RANGE = re.compile(
    rf"(?:aged? |\()(?:>= ?|from )?(?P<a>\d+|one) ?(?P<u>years?|months?)? (?:to|and|-) (?P<below>less than |< ?|under )"
    rf"(?P<b>\d+) ?{_UNIT}",
    re.I,
)
_ADULT = re.compile(r"\badults?\b", re.I)
_CHILD = re.compile(r"\b(?:pa?ediatric|child(?:ren)?|adolescents?|infants?)\b", re.I)
_ALSO_ADULTS = re.compile(r"\byoung adults\b|(?<!atric )\bpatients \d+ (?:months|years)", re.I)
_OF_CHILDREN = re.compile(r"\bpa?ediatric(?:-type)?,? (?!(?:and|or|patients?|populations?|subjects?|\()\b|\()", re.I)
"""The disease itself is called one of children: "pediatric low-grade X"."""
_ADULT_AGE = re.compile(r"\badults? (?:patients )?(?:aged )?\d+", re.I)


def age(text: str) -> Iterator[Said]:
    """One condition, or none where the text gives several bounds or a bound for a part of the patients only."""
    adult, child = _ADULT.search(text), _CHILD.search(text)
    ranges = list(_RANGE.finditer(text))
    if ranges:
        if len(ranges) == 1 and not adult:
            m = ranges[0]
            yield Said("age_years", f"[{_years(m['a'], m['u'] or m['unit'])}..{_years(m['b'], m['unit'])})")
        return
    lower = {
        (_years(m["n"], m["unit"]), "above" in m.groupdict() and bool(m.groupdict().get("above")))
        for pattern in _FROM
        for m in pattern.finditer(text)
    }
    # "adults 75 years or older, or who have comorbidities" bounds only some of the adults.
    if _ADULT_AGE.search(text):
        yield Said("age_years", ">=18")
    elif len(lower) == 1:
        bound, above = lower.pop()
        adults_too = _ALSO_ADULTS.search(text) and not _OF_CHILDREN.search(text)
        only_children = child and not adult and not adults_too and not re.search(r"\byoung adults\b", text, re.I)
        if above or not only_children:
            yield Said("age_years", f"{'>' if above else '>='}{bound}")
        else:
            yield Said("age_years", f"[{bound}..18)")
    elif lower or (child and re.search(r"\d+ years", text)):
        return
    elif adult and not child:
        yield Said("age_years", ">=18")
    elif child and not adult and re.search(r"pa?ediatric patients|\bchildren\b", text, re.I):
        yield Said("age_years", "<18")


def _years(number: str, unit: str) -> str:
    """In years, cut (not rounded) to two decimals, as ages in months are stated: one month is 0.08."""
    count = numbers().get(number.casefold(), None)
    value = float(number) if count is None else float(count)
    if unit.casefold().startswith("month"):
        value = int(value / 12 * 100) / 100
    return f"{value:g}"
