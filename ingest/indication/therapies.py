"""Classes and names of drugs as indication texts write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from graph.packaged import rows
from ontologies.drugs import ingredient, ingredients, known, members


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


@lru_cache(maxsize=4096)
def named_drugs(text: str) -> frozenset[str]:
    """Ingredients that a text names, in names of up to three words.

    >>> sorted(named_drugs("Phesgo (pertuzumab and trastuzumab) with carboplatin"))
    ['Carboplatin', 'Pertuzumab', 'Trastuzumab']
    """
    found: set[str] = set()
    tokens = re.findall(r"[A-Za-z0-9][\w/-]*", text)
    i = 0
    while i < len(tokens):
        for size in (3, 2, 1):
            name = " ".join(tokens[i : i + size])
            if len(tokens) >= i + size and is_one_drug(name):
                found.update(ingredients(name))
                i += size - 1
                break
        i += 1
    return frozenset(found)


@lru_cache(maxsize=16384)
def is_one_drug(name: str) -> bool:
    """A drug, not a kind of therapy."""
    bare = re.sub(r"-[a-z]{4}$", "", name)
    if re.search(r"therap|transplant|regimen|agent\b|steroid", name, re.I):
        return False
    # Of a longer name only the table can tell where it begins.
    return known(name) or known(bare) if " " in name else is_drug(name) or is_drug(bare)
