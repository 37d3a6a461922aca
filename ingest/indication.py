"""What an indication text says about the setting in which a therapy holds: age, line, prior therapy, state.

Texts are those of drug labels in English. Words and patterns are data: ``indication.toml`` and
``tables/therapy_words.csv``. Everything returned is marked ``derived_from_text``; where a text is not understood for
sure, nothing is returned, so that the setting is unknown rather than wrong.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, cast, get_args

from graph.claims import Condition
from graph.errors import DataError
from graph.packaged import rows
from ontologies.drugs import ingredient, known, members
from rules.cells import compile_cell


@dataclass(frozen=True, slots=True)
class Parts:
    """An indication text, taken apart by sentence."""

    indication: str
    """What the therapy is indicated for."""
    subgroups: str
    """Sentences on subgroups: what patients with X should have had before."""
    limits: str
    """Limitations of use, and diseases for which it is not indicated."""

    @property
    def whole(self) -> str:
        return " ".join((self.indication, self.subgroups, self.limits))


_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z(])|\s+(?=Limitations? of Use\b)")
_LIMIT = re.compile(
    r"limitations? of use|\b(?:is|are) not (?:indicated|recommended)|not been (?:established|compared)"
    r"|were not established|should not (?:be used|receive)",
    re.I,
)
_BOILERPLATE = re.compile(
    r"approved under accelerated|continued approval|select patients|marketing authori[sz]ation with conditions"
    r"|registration study|data are available|data in patients",
    re.I,
)
_SUBGROUP = re.compile(r"\b(?:should|must)\b|^(?:\w+ )?(?:patients|women) (?:with|who)\b", re.I)


@lru_cache(maxsize=4096)
def parts(text: str) -> Parts:
    """Indication, subgroups and limitations of a text.

    >>> parts("X is indicated for adults with Y. Patients with Z should have failed W.").subgroups
    'Patients with Z should have failed W.'
    """
    plain = text.translate(_PLAIN)
    plain = re.sub(r"\s+", " ", plain).strip()
    sorted_: dict[str, list[str]] = {"indication": [], "subgroups": [], "limits": []}
    for sentence in filter(None, (s.strip() for s in _SENTENCE.split(plain))):
        if _BOILERPLATE.search(sentence):
            continue
        if _LIMIT.search(sentence):
            sorted_["limits"].append(sentence)
        elif _SUBGROUP.search(sentence) and sorted_["indication"]:
            sorted_["subgroups"].append(sentence)
        else:
            sorted_["indication"].append(sentence)
    return Parts(*(" ".join(sorted_[key]) for key in ("indication", "subgroups", "limits")))


_PLAIN = str.maketrans({"≥": ">=", "≤": "<=", "–": "-", "—": "-", "‑": "-", "’": "'", "“": '"', "”": '"', "\u00a0": " "})


@lru_cache(maxsize=4096)
def settings(text: str) -> tuple[Condition, ...]:
    """The setting conditions that a text states, in the cells of ``rules.cells``, in a fixed order, none twice.

    >>> [(c.fact, c.cell) for c in settings("For first-line treatment of adults with metastatic breast cancer.")]
    [('age_years', '>=18'), ('line', '=1'), ('state', '!early|localized|localised|resectable|resected|adjuvant|neoadjuvant|in remission'), ('stage', '!0|I|IA|IB|IC|II|IIA|IIB|IIC')]
    """
    indication = parts(text).indication
    found = [(fact, cell) for fact, cell in (*_age(indication), *_patterns(text), *_stage(indication), *_prior(indication))]
    return tuple(
        Condition(fact=cast("Any", fact), cell=cell, derived_from_text=True) for fact, cell in dict.fromkeys(found)
    )


FACTS = ("age_years", "sex", "line", "prior_therapies", "state", "stage", "histology")
"""What coverage is reported for, in this order."""

# -- diseases that a text leaves out ----------------------------------------------------------------------------------

_EXCEPT = re.compile(
    r"\b(?:except|excluding|other than|with the exception of)(?: for| the)? (?P<what>[A-Za-z' -]{3,60}?"
    r"(?:cancers?|carcinomas?|leuka?emias?|lymphomas?|melanomas?|sarcomas?|tumou?rs?))\b(?! with)",
    re.I,
)
_NOT_FOR = re.compile(
    r"\bnot (?:indicated|recommended)(?: and is not recommended)? (?:for|in)(?: the)?(?: use in| treatment of)?(?: adult| pa?ediatric)?"
    r"(?: patients)?(?: with| of)? (?P<what>[a-z' -]{3,50}?(?:cancer|carcinoma|leuka?emia|lymphoma|melanoma|sarcoma|tumou?rs?))"
    r"\b(?! with)"
)


def excluded_diseases(text: str) -> tuple[str, ...]:
    """Diseases for which a text says that it does not hold, whatever the biomarker.

    "Not indicated for wild-type X" limits the biomarker and "newly diagnosed X" the setting: neither excludes a disease.

    >>> excluded_diseases("For solid tumors with X. Limitations of Use: Y is not indicated for patients with colorectal cancer.")
    ('Colorectal cancer',)
    """
    p = parts(text)
    found = [m["what"] for m in (*_EXCEPT.finditer(p.whole), *_NOT_FOR.finditer(p.limits))]
    if re.search(r"\bextra-?cranial (?:solid )?tumou?rs?\b|\bextracranial\b", p.indication, re.I):
        found.append("central nervous system cancer")
    names = (re.sub(r"ae(?=mia)", "e", f.strip()).replace("tumour", "tumor") for f in found if not _LIMITED.search(f))
    return tuple(dict.fromkeys(f"{n[:1].upper()}{n[1:]}" for n in names))


_LIMITED = re.compile(r"wild|mutat|mutant|positive|negative|newly|untreated|relapsed|refractory|early|stage|resist", re.I)

# -- age -------------------------------------------------------------------------------------------------------------

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
_ADULT_AGE = re.compile(r"\badults? (?:patients )?(?:aged )?\d+", re.I)


def _age(text: str) -> Iterator[tuple[str, str]]:
    """One condition, or none where the text gives several bounds or a bound for a part of the patients only."""
    adult, child = _ADULT.search(text), _CHILD.search(text)
    ranges = list(_RANGE.finditer(text))
    if ranges:
        if len(ranges) == 1 and not adult:
            m = ranges[0]
            yield "age_years", f"[{_years(m['a'], m['u'] or m['unit'])}..{_years(m['b'], m['unit'])})"
        return
    lower = {
        (_years(m["n"], m["unit"]), "above" in m.groupdict() and bool(m.groupdict().get("above")))
        for pattern in _FROM
        for m in pattern.finditer(text)
    }
    # "adults 75 years or older, or who have comorbidities" bounds only some of the adults.
    if _ADULT_AGE.search(text):
        yield "age_years", ">=18"
    elif len(lower) == 1:
        bound, above = lower.pop()
        only_children = child and not adult and not re.search(r"\byoung adults\b|(?<!atric )\bpatients \d+ (?:months|years)", text, re.I)
        if above or not only_children:
            yield "age_years", f"{'>' if above else '>='}{bound}"
        else:
            yield "age_years", f"[{bound}..18)"
    elif lower or re.search(r"\d+ years", text) and child:
        return
    elif adult and not child:
        yield "age_years", ">=18"
    elif child and not adult and re.search(r"pa?ediatric patients|\bchildren\b", text, re.I):
        yield "age_years", "<18"


def _years(number: str, unit: str) -> str:
    """In years, cut (not rounded) to two decimals, as ages in months are stated: one month is 0.08."""
    count = _numbers().get(number.casefold(), None)
    value = float(number) if count is None else float(count)
    if unit.casefold().startswith("month"):
        value = int(value / 12 * 100) / 100
    return f"{value:g}"


# -- patterns --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pattern:
    """One entry of ``indication.toml``."""

    name: str
    fact: str
    cell: str
    regex: re.Pattern[str]
    unless: re.Pattern[str] | None
    plus: int


@cache
def patterns() -> tuple[Pattern, ...]:
    """Every pattern, in file order.

    Raises:
        DataError: an unknown fact, or a cell that is not in the grammar.
    """
    found = []
    for entry in _data()["pattern"]:
        if entry["fact"] not in FACTS or entry["fact"] not in get_args(Condition.__annotations__["fact"]) + FACTS:
            raise DataError("the fact is not known", file="ingest/indication.toml", value=entry["fact"])
        compile_cell(entry["cell"].format(n=1))
        unless = re.compile(entry["unless"], re.I) if "unless" in entry else None
        regex = re.compile(entry["regex"], re.I)
        found.append(Pattern(entry["name"], entry["fact"], entry["cell"], regex, unless, entry.get("plus", 0)))
    return tuple(found)


def _patterns(text: str) -> Iterator[tuple[str, str]]:
    indication, whole = parts(text).indication, parts(text).whole
    spoken: dict[str, str] = {}
    for p in patterns():
        # A sex is only told when no sentence at all speaks of the other one.
        scope = whole if p.fact == "sex" else indication
        match = p.regex.search(indication)
        if match is None or (p.unless and p.unless.search(scope)):
            continue
        number = match.groupdict().get("n")
        cell = p.cell.format(n=int(_numbers().get(number.casefold(), number)) + p.plus) if number else p.cell
        # Two patterns that disagree about the line: the text means something that neither understands.
        if p.fact == "line" and spoken.get("line", cell) != cell:
            same = {spoken["line"], cell}
            spoken["line"] = max(same) if all(c.startswith(">=") for c in same) else ""
            continue
        spoken.setdefault(p.fact if p.fact == "line" else p.name, cell)
    by_name = {p.name: p.fact for p in patterns()}
    return ((by_name.get(key, key), cell) for key, cell in spoken.items() if cell)


def _numbers() -> dict[str, int]:
    return cast("dict[str, int]", _data()["numbers"])


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("ingest").joinpath("indication.toml").read_text(encoding="utf-8"))


# -- stage -----------------------------------------------------------------------------------------------------------

_STAGES = "I IA IB IC II IIA IIB IIC III IIIA IIIB IIIC IV IVA IVB".split()
_ONE_STAGE = r"(?:I{1,3}|IV)[ABC]?(?=\d?\b|\*)"
_STAGED = re.compile(
    rf"\b[Ss]tages? (?P<a>{_ONE_STAGE})\d?(?:\s*(?:to|-|and|or|/)\s*(?:[Ss]tage )?(?P<b>{_ONE_STAGE}))?", re.ASCII
)


def _stage(text: str) -> Iterator[tuple[str, str]]:
    """A stage or a range of stages, where it is the whole condition on extent."""
    found = {(m["a"], m["b"] or m["a"]) for m in _STAGED.finditer(text)}
    if len(found) != 1 or re.search(r"\bmetastatic\b|\bor unresectable\b", text, re.I):
        return
    first, last = found.pop()
    low = _STAGES.index(first)
    high = max(i for i, stage in enumerate(_STAGES) if re.fullmatch(rf"{last}[ABC]?" if last[-1] in "IV" else last, stage))
    inside = _STAGES[low : high + 1]
    # A stage that is stated without its letter is inside when some of its parts are.
    inside += [s for s in ("I", "II", "III", "IV") if s not in inside and any(t.rstrip("ABC") == s for t in inside)]
    yield "stage", "|".join(sorted(inside, key=_STAGES.index))


# -- prior therapy ---------------------------------------------------------------------------------------------------

_BEFORE = re.compile(
    r"(?:progress(?:ed|ion)(?: or recurrence)? (?:on or after|on or following|during or following|after|following|on)"
    r"|previously treated with|treated (?:previously )?with|previously received|have received|received both"
    r"|after (?:prior|previous)|after failure of|have failed(?: both)?|refractory to|prior therapy,? (?:including|that included)"
    r"|prior treatment with)"
    r"(?: (?:prior|previous))?(?: (?:treatment|therapy) with)? (?P<what>.+)",
    re.I,
)
_NEVER = re.compile(
    r"(?:not previously (?:been )?treated with|previously not treated with|not (?:previously )?received)"
    r"(?: (?:an?|any|prior|previous)\b)* (?P<what>.+)",
    re.I,
)
_NAIVE = re.compile(r"(?P<what>[\w /()-]{3,60}?)[- ](?:treatment[- ])?na[iï]ve\b", re.I)
_ALTERNATIVE = re.compile(
    r"\bunless\b|,? or (?:be|were|are|who|whose|have|had|has|with|developed|recurrence|in relapse|\(i|disease|intoleran|in accelerated|patients|as)"
    r"|\bor (?:\(ii\)|resistan)",
    re.I,
)
_OTHERWISE = re.compile(
    r"(?<!\bresistance )(?<!\bresistant )(?<!\bresistant to )(?<!\brecurrence )\bor (?:in (?:[\w()+-]+ ){0,4}|(?:\w+ ){0,3})$", re.I
)
"""In front of a trigger: what it triggers is one of several ways to qualify."""
_SEVERAL = re.compile(r"following settings|;|newly[- ]diagnosed.* or |\bor as an? |(?<!\w)\(?ii\)? (?:following|after|in)", re.I)
_STOP = re.compile(
    r"[.;:]|,? (?:and )?(?:who|whose|which|that|as determined|as detected|as a|in the|in any|in adults?|for (?:their|the|whom|un|met)"
    r"|including|separately|prior to|with(?:in)?|when|regimen\b(?=.*\bor\b)|and is\b|and are\b|are\b|is\b|before|where)\b| \((?!EGFR|TKI|T-DM1)",
    re.I,
)


def _prior(text: str) -> Iterator[tuple[str, str]]:
    """Conditions on earlier therapies: every one that a list joined by "and" asks for; lists joined by "or" as one."""
    if _SEVERAL.search(text):
        return
    for pattern, word in ((_NEVER, "absent"), (_BEFORE, "present")):
        for match in _starts(pattern, text):
            before = text[: match.start()]
            if word == "present" and re.search(r"\b(?:not|no|never|without)(?: \w+){0,2} $", before, re.I):
                continue
            if re.search(r"\bnot (?:have )?(?:previously )?$", before) or _OTHERWISE.search(before):
                continue
            what = _STOP.split(match["what"], maxsplit=1)[0]
            rest = match["what"][len(what) :].split(".")[0]
            if _ALTERNATIVE.search(f"{what}{rest}"):
                continue
            for names in _listed(what, strict=word == "absent"):
                yield "prior_therapies", f"{word}:{'|'.join(names)}"
    for match in _NAIVE.finditer(text):
        named = [n for c in classes() for n in c.names if c.pattern.search(match["what"])]
        if named:
            yield "prior_therapies", f"absent:{'|'.join(dict.fromkeys(named))}"


def _starts(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches that may overlap: every trigger is looked at, also inside what follows another."""
    position = 0
    while match := pattern.search(text, position):
        yield match
        position = match.start("what")


@dataclass(frozen=True, slots=True)
class TherapyClass:
    """A class of drugs as texts name it. ``names``: its own name and its members."""

    name: str
    pattern: re.Pattern[str]
    members: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.members)


@cache
def classes() -> tuple[TherapyClass, ...]:
    """The classes of ``tables/therapy_words.csv``; of two that match one text, the first is meant.

    ``of`` names classes of ``ontologies.drugs``, or ingredients.
    """
    found = []
    for row in rows("ingest", "tables/therapy_words.csv", ("class", "pattern", "of")):
        inside = (m for name in row["of"].split("|") for m in members(name) or (ingredient(name),))
        pattern = re.compile(rf"(?<![\w-]){row['pattern']}(?![\w])", re.I)
        found.append(TherapyClass(row["class"], pattern, tuple(dict.fromkeys(inside))))
    return tuple(found)


_QUANTITY = r"(?:(?:at least|a minimum of|an?|the|one|two|more|or|prior|previous|both|either|additional|standard|other) )*"


def _listed(text: str, strict: bool) -> list[tuple[str, ...]]:
    """The drugs and classes of a list, as alternatives; one entry for each that must be there.

    ``strict``: every item must be understood (nothing of "no prior A or B" may be lost by half).
    """
    text = re.sub(r"\b(\w+)-, ", r"\1, ", text.strip(" ,"))
    text = re.sub(r"(\w+)-,? and ", r"\1 and ", text)
    either = re.search(r"\bor\b|/or\b", re.sub(r"one or more|two or more|on or after", "", text))
    items = [i for i in re.split(r",? and/or |,? and |,? or |, ", text) if i.strip()]
    understood = [_item(i) for i in items]
    if not items or " if " in text or (None in understood and (either or strict)):
        return []
    found = [k for k in understood if k is not None]
    if either or (strict and len(found) > 1):
        return [tuple(dict.fromkeys(name for k in found for name in k))]
    return found


def _item(text: str) -> tuple[str, ...] | None:
    bare = re.sub(rf"^{_QUANTITY}", "", text.strip(), flags=re.I).strip()
    for known_class in classes():
        if match := known_class.pattern.match(bare):
            if re.fullmatch(r"[- ()]*(?:therapy|treatment|regimens?|chemotherapy)?", bare[match.end() :], re.I):
                return known_class.names
    name = re.sub(r"[- ]*(?:\([^)]*\)|based|containing|chemotherapy|therapy|regimens?|treatment)+$", "", bare, flags=re.I)
    for _ in range(3):
        name = re.sub(r"[- ]+(?:based|containing|chemotherapy|therapy|regimens?|treatment)$", "", name, flags=re.I)
    return (ingredient(name),) if is_drug(name) else None


_STEMS = re.compile(
    r"^[\w-]*(?:nib|mab|limus|platin|rubicin|taxel|ciclib|parib|tecan|lisib|rafenib|metinib|amide|trozole|mestane"
    r"|estrant|terone|oxifen|citabine|trexed|uracil|vedotin|deruxtecan|emtansine|ozogamicin|govitecan|staurin|rasib)$",
    re.I,
)


def is_drug(name: str) -> bool:
    """Whether a name is that of one drug: by the drug table, or by the stems of the INN system (WHO)."""
    words = name.split()
    if not 0 < len(words) <= 3 or not all(re.fullmatch(r"[A-Za-z0-9][\w-]*", w) for w in words):
        return False
    return (known(name) and not members(name)) or (len(words) <= 2 and bool(_STEMS.match(words[-1])))
