"""Whether the drugs of a row contradict its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ingest.indication.text import Parts, parts
from ingest.indication.therapies import classes, is_one_drug, named_drugs
from ontologies.drugs import ingredients, members

_TOGETHER = re.compile(
    r"(?:in combination with|combination therapy with|indicated with|used? with|together with):? (?P<listed>\(1\) )?",
    re.I,
)
_LIST_END = re.compile(
    r"[;:.(]|,? (?:for|as|is|are|was|in (?:adult|patients|women|men|first|the)|who|whose|that|followed"
    r"|with or without|induction|when|to|at)\b|,? (?:the )?(?:first-line|treatment|maintenance|adjuvant|neoadjuvant)\b",
    re.I,
)
_ALONE = re.compile(r"\b(?:as (?:a )?)?(?:mono-?therapy|single[- ]agent|as a single agent)\b", re.I)


def drug_contradictions(p: Parts, therapy: Sequence[str], product: tuple[str, ...], regimen: str | None) -> list[str]:
    text, row = p.indication, " + ".join(therapy)
    # A row may name a class ("platinum compound") for any of its members.
    own = set(therapy).union(*(members(name) for name in therapy))
    labelled = set().union(*map(named_drugs, product)) or named_drugs(regimen or "")
    if labelled and not _overlap(labelled, own):
        return [f"the row is for {row}; the label is that of {' or '.join(sorted(labelled))}"]
    together = _combinations(text)
    lacking = [_lacking(text[end:], own) for start, end in together if not _optional(text, start)]
    alone = len(therapy) == 1 and (_EITHER.search(text) or _THEN.search(text))
    # Several combinations in one text are alternatives.
    if lacking and lacking[0] and None not in lacking and not alone:
        return [f"the row is for {row}; its text says in combination with {' or '.join(sorted(lacking[0]))}"]
    if not together and len(therapy) > 1 and _ALONE.search(text) and own - named_drugs(p.whole):
        return [f"the row is for {row}; its text speaks of a single agent"]
    others = own.difference(named_drugs(p.whole), named_drugs(regimen or ""), *map(named_drugs, product))
    if others and len(therapy) > 1 and _alone(regimen) and not _JOINED.search(p.whole):
        return [f"the row is for {row}; its text does not name {' and '.join(sorted(others))}"]
    return []


def partners_not_named(text: str, therapy: Sequence[str]) -> str | None:
    """Why a row's drugs are only part of what its text gives, where the partners have no names to be found by:
    "in combination with chemotherapy", "a component of a combination", a single agent only after the combination.

    >>> partners_not_named("T in combination with chemotherapy for X.", ("Novatinib",))
    'the text gives it with chemotherapy, and the row does not'
    """
    core, own = parts(text).indication, set(therapy).union(*(members(name) for name in therapy))
    single = len(therapy) == 1
    if single and _EITHER.search(core):
        return None
    if single and re.search(r"\bcomponent of (?:an? )?(?:combination|multi-?agent)", core, re.I):
        return "the text gives it as a component of a combination, and the row alone"
    together = [(start, end) for start, end in _combinations(core) if not _optional(core, start)]
    lacking = [_lacking(core[end:], own) for _, end in together]
    if single and lacking and None not in lacking and _THEN.search(core):
        return "the text gives it alone only after a combination"
    unnamed = [_unnamed(core, start, end, own, single) for start, end in together]
    if any(unnamed) and all(u or gap for u, gap in zip(unnamed, lacking, strict=True)):
        return "the text gives it with chemotherapy, and the row does not"
    return None


def _combinations(text: str) -> list[tuple[int, int]]:
    """Where each combination of a text begins, and its list of partners."""
    found: list[tuple[int, int]] = []
    for m in _TOGETHER.finditer(text):
        if _EARLIER.search(text[max(0, m.start() - 90) : m.start()]):
            continue
        found.append(m.span())
        if m["listed"]:
            # "with: (1) A for X, (2) B for Y" is one combination an item.
            items = re.compile(r"\([2-9]\) ").finditer(text, m.end())
            found += [(m.start(), item.end()) for item in items]
    return found


def _optional(text: str, start: int) -> bool:
    return _OPTIONAL_HERE.search(text[max(0, start - 24) : start]) is not None


def _lacking(listed: str, own: set[str]) -> set[str] | None:
    """The first partner of a list that a row's drugs do not hold, as the drugs that may stand for it."""
    return next((a for a in _partners(listed) if not _overlap(a, own)), None)


def _unnamed(text: str, start: int, end: int, own: set[str], single: bool) -> bool:
    """Whether a list has a chemotherapy of no name for which none of the row's drugs is left."""
    items = _items(text[end:])
    if not any(re.fullmatch(r"(?:[\w-]+ ){0,4}chemotherapy", i, re.I) and _partner(i) is None for i in items):
        return False
    named = set().union(*(p for i in items if (p := _partner(i)))) | named_drugs(text[:start])
    return single or not own - named


def _alone(regimen: str | None) -> bool:
    """Whether a regimen is one drug: ``Brand (ingredient)``, or a name alone."""
    found = re.fullmatch(r"\s*(?:[\w-]+ )?\(?([^()]+)\)?\s*", regimen or "")
    return found is not None and is_one_drug(found[1])


_JOINED = re.compile(
    r"combin|together|\+|\bplus\b|chemotherap|regimen|backbone|integrated|component|;|\w, \w+ and"
    r"|\b(?-i:[A-Z]{3,})\b(?= (?:chemo)?therapy)",
    re.I,
)
"""Words for partners that need not be named one by one."""


_EARLIER = re.compile(
    r"\b(?:prior|previous|following|after)\b[\w() -]{0,50}$|(?:treatment|therapy) with [\w-]+(?: [\w-]+)? $", re.I
)
"""In front of "in combination with": the combination was given before."""
_EITHER = re.compile(
    r"\beither\b|\balone or\b|(?:mono-?therapy|single[- ]agent),? (?:or|and) |or as (?:an? )?(?:mono|single)", re.I
)
"""The text allows the drug alone too."""
_THEN = re.compile(
    r"maintenance (?:mono)?therapy|(?:followed by|continued as|and then|, and,? )[^.]*(?:single[- ]agent|monotherapy)",
    re.I,
)
"""The text allows the drug alone once it was given with partners."""
_OPTIONAL_HERE = re.compile(r"\bor $|monotherapy or |with or without $", re.I)


_COMPANIONS = frozenset(
    {"Prednisone", "Prednisolone", "Dexamethasone", "Methylprednisolone", "Corticosteroid", "Leucovorin"}
)
_SAME = ({"Paclitaxel", "Nab-paclitaxel", "Paclitaxel protein-bound"}, {"Prednisone", "Prednisolone"})
"""Forms of one active substance: a label's other form is no other drug."""


def _overlap(a: Iterable[str], b: set[str]) -> bool:
    wide = set(a)
    for group in _SAME:
        if wide & group:
            wide |= group
    return bool(wide & b)


def _partners(text: str) -> list[set[str]]:
    """What a combination must hold: for each partner that is named, the drugs that may stand for it.

    A list joined by "or" is one partner with alternatives; an item that is not understood ends the reading.
    """
    listed = _list(text)
    if len(listed) > 160:
        return []
    items = _items(text)
    read = [_partner(i) for i in items]
    if re.search(r"\bor\b|/", listed):
        known = [r for r in read if r is not None]
        if len(known) < len(read) or re.search(r",? and ", listed):
            return [set().union(*known)] if known and len(known) == len(read) else []
        return [set().union(*known)]
    return [r for r in read if r]


def _list(text: str) -> str:
    end = _LIST_END.search(text)
    return text[: end.start()] if end else text


def _items(text: str) -> list[str]:
    return [i.strip() for i in re.split(r",? and/or |,? and |,? or |, ", _list(text)) if i.strip()]


_AROUND = r"an?|the|either|both|standard|(?:low|intermediate|high)[- ]dose|\d+ cycles? of"
"""Words in front of a partner that say how it is given."""


def _partner(item: str) -> set[str] | None:
    bare = re.sub(rf"^(?:(?:{_AROUND})\s+)+", "", item.strip(), flags=re.I)
    for known_class in classes():
        if known_class.pattern.fullmatch(bare) or known_class.pattern.match(bare):
            return set(known_class.members)
    name = re.sub(
        r"-(?:containing|based).*$|\s+(?:chemotherapy|therapy|induction|consolidation)\b.*$", "", bare, flags=re.I
    )
    if not is_one_drug(name):
        return None
    # Hydrocortisone and its like accompany a treatment; a row without them is no other treatment.
    return set(ingredients(name)) - _COMPANIONS
