"""Drugs by one name each: what makes the same drug from two sources the same ingredient.

``tables/drugs.csv`` holds one fact a row with the source that confirms it:

    Gemcitabine   name                               an ingredient of which nothing else is said
    AMG 510       synonym   Sotorasib                another name of the ingredient
    Capecitibine  spelling  Capecitabine             a misspelling that a source has
    Opdualag      product   Nivolumab|Relatlimab     one product, several ingredients
    FOLFIRI       regimen   Fluorouracil|Irinotecan  a scheme; leucovorin only modulates fluorouracil and is left out
    Capecitabine  prodrug   Fluorouracil             the body makes the one from the other
    Gefitinib     class     EGFR TKI generation 1    class of an ingredient, or class of a class
    mesylate      salt                               a word that names a salt or form, not the ingredient
    Hyaluronidase vehicle                            helps a product under the skin; no ingredient of a therapy

Sources: ``civic:EIDn``, ``civic:drug`` (CIViC's list of drugs states it in the name), ``clinpgx:PAn``; ``dgidb``,
``cgi``, ``moa`` and ``moalmanac-db`` were used to check. Where none of these gives both a code name and the name that
came of it, the source is the publication or page that does.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import NamedTuple

from graph.errors import DataError
from graph.packaged import rows

COLUMNS = ("name", "relation", "of", "source")
BARE = frozenset({"name", "salt", "vehicle"})
"""Relations that have no object."""
RELATIONS = BARE | frozenset({"synonym", "spelling", "product", "regimen", "prodrug", "class"})


class Fact(NamedTuple):
    """One row of ``drugs.csv``."""

    name: str
    relation: str
    of: str
    source: str


@cache
def facts() -> tuple[Fact, ...]:
    """Every row of the table, in file order.

    Raises:
        DataError: for an unknown relation, an empty source or object, or a name that stands for two ingredients.
    """
    found = []
    for row in rows("ontologies", "tables/drugs.csv", COLUMNS):
        fact = Fact(row["name"], row["relation"], row["of"], row["source"])
        if fact.relation not in RELATIONS or not fact.source or (fact.relation in BARE) == bool(fact.of):
            raise DataError("this drug fact is incomplete", file="ontologies/tables/drugs.csv", value=",".join(fact))
        found.append(fact)
    return tuple(found)


@lru_cache(maxsize=8192)
def ingredient(name: str) -> str:
    """The canonical name of one ingredient: salts, brands, code names and spellings resolved.

    A name that the table does not have comes back tidied: ``Capitalised as on labels``, salts off. A combination
    product or a regimen keeps its own name; ``ingredients`` opens it.

    >>> ingredient("PLX4032"), ingredient("Imatinib mesylate"), ingredient("fam-trastuzumab deruxtecan-nxki")
    ('Vemurafenib', 'Imatinib', 'Trastuzumab deruxtecan')
    >>> ingredient("TRASTUZUMAB EMTANSINE"), ingredient("ABC-123  hydrochloride"), ingredient("MEK Inhibitor")
    ('Trastuzumab emtansine', 'ABC-123', 'MEK inhibitor')
    """
    text = " ".join(name.split())
    for candidate in _candidates(text):
        if (known := _names().get(_fold(candidate))) is not None:
            return known
    return _tidy(_bare(text))


def ingredients(therapy: str | Iterable[str]) -> tuple[str, ...]:
    """The ingredient set of a therapy: products and regimens opened, vehicles left out, sorted, each once.

    A text is split at ``,``, ``+``, ``;``, ``and`` and, between known names, ``/``; never inside the name of one drug.

    >>> ingredients("Trastuzumab/Hyaluronidase"), ingredients(["Cetuximab", "FOLFIRI Regimen"])
    (('Trastuzumab',), ('Cetuximab', 'Fluorouracil', 'Irinotecan'))
    """
    parts = _split(therapy) if isinstance(therapy, str) else [p for text in therapy for p in _split(text)]
    named = {ingredient(part) for part in parts if part}
    opened = {i for name in named for i in _contents().get(name, (name,))}
    return tuple(sorted(opened - _vehicles() or opened))


def classes(name: str) -> tuple[str, ...]:
    """Every class of a drug (or of a class, product or regimen), the wider ones too, sorted.

    >>> classes("Gefitinib")
    ('EGFR TKI', 'EGFR TKI generation 1', 'EGFR inhibitor')
    >>> classes("Xeloda"), "Fluoropyrimidine" in classes("FOLFOX4")
    (('Fluoropyrimidine',), True)
    """
    return _classes_of(ingredient(name))


@lru_cache(maxsize=4096)
def members(drug_class: str) -> tuple[str, ...]:
    """Every ingredient of a class and of the classes below it, sorted; empty when there is no such class.

    >>> members("thiopurine")
    ('Azathioprine', 'Mercaptopurine', 'Thioguanine')
    """
    wanted = ingredient(drug_class)
    inner = {c for parents in _parents().values() for c in parents}
    return tuple(sorted(n for n in _parents() if n not in inner and wanted in _classes_of(n)))


def active_forms(name: str) -> tuple[str, ...]:
    """What the body makes of a prodrug, sorted; empty for a drug that acts itself.

    >>> active_forms("Capecitabine"), active_forms("Fluorouracil")
    (('Fluorouracil',), ())
    """
    drug = ingredient(name)
    return tuple(sorted(f.of for f in facts() if f.relation == "prodrug" and f.name == drug))


def prodrugs_of(name: str) -> tuple[str, ...]:
    """The drugs that the body turns into this one, sorted.

    >>> prodrugs_of("5-FU")
    ('Capecitabine', 'Tegafur')
    """
    drug = ingredient(name)
    return tuple(sorted(f.name for f in facts() if f.relation == "prodrug" and f.of == drug))


def known(name: str) -> bool:
    """Whether the table has this name, as a drug, a class, a product or a regimen."""
    return any(_fold(candidate) in _names() for candidate in _candidates(" ".join(name.split())))


@lru_cache(maxsize=4096)
def misspelt(name: str) -> str | None:
    """The known name that an unknown one is a slip of: most letters are the same, and no number differs.

    >>> misspelt("Trametnib"), misspelt("Trametinib"), misspelt("AZD3463")
    ('Trametinib', None, None)
    """
    if known(name):
        return None
    numbers = re.findall(r"\d+", name)
    alike = difflib.get_close_matches(_fold(name), _names(), n=3, cutoff=0.88)
    return next((_names()[a] for a in alike if re.findall(r"\d+", a) == numbers), None)


def canonical_names() -> tuple[str, ...]:
    """Every name that ``ingredient`` resolves to by the table, for a did-you-mean."""
    return tuple(sorted(set(_names().values())))


def _fold(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _candidates(text: str) -> Iterable[str]:
    """The text as it is, then with what may be wrapped around an ingredient's name taken off."""
    yield text
    bare = _bare(text)
    yield bare
    suffixed = re.sub(
        r"-[a-z]{4}\b", "", re.sub(r"^(fam|ado|ziv)-", "", bare, flags=re.I)
    )  # biosimilar and FDA affixes
    yield suffixed
    if halves := re.fullmatch(r"(.+?)\s*\((.+)\)", text):
        yield halves[1]
        yield from re.split(r"\s*,\s*", halves[2])


def _bare(text: str) -> str:
    """Without registers in brackets (``[USAN:INN]``) and without salts."""
    text = re.sub(r"\s*(\[[A-Z:]+\]|\((?:[A-Z]{3,4}/?)+\))$", "", text).strip()
    words = text.split()
    while len(words) > 1 and (size := next((s for s in (2, 1) if _fold(" ".join(words[-s:])) in _salts()), 0)):
        if size >= len(words):
            break
        words = words[:-size]
    return " ".join(words)


def _tidy(text: str) -> str:
    words = [w.casefold() if w.isalpha() and ((w.istitle() and len(w) > 1) or len(w) > 5) else w for w in text.split()]
    tidied = " ".join(words)
    return tidied[:1].upper() + tidied[1:] if re.match(r"[a-z]{3}[a-z]*(?![a-z]*[A-Z])", tidied) else tidied


def _split(text: str) -> list[str]:
    """Comma-separated parts, joined again where several of them are the name of one drug, then the other separators."""
    if re.fullmatch(r"[^\s,]*\d,\d[^,]*", text):  # 5,6-dimethyl…: the comma is inside a chemical name
        return [text]
    pieces = re.split(r",(?![^()\[\]]*[)\]])", text)
    found: list[str] = []
    while pieces:
        size = next((n for n in range(len(pieces), 1, -1) if known(",".join(pieces[:n]))), 1)
        part, pieces = ",".join(pieces[:size]), pieces[size:]
        found += [part] if size > 1 or known(part) else _split_further(part)
    return [part.strip() for part in found if part.strip()]


def _split_further(part: str) -> list[str]:
    parts = [p for p in re.split(r"\s*(?:[;+]|\band\b)\s*", part) if p]
    opened: list[str] = []
    for p in parts:
        halves = p.split("/")
        # PI3K/mTOR inhibitor is one thing, Gemcitabine/cisplatin two
        opened += halves if len(halves) > 1 and all(known(h) or ingredient(h) in _vehicles() for h in halves) else [p]
    return opened


@cache
def _names() -> Mapping[str, str]:
    """Folded name -> canonical name."""
    index: dict[str, str] = {}
    for fact in facts():
        renamed = fact.relation in {"synonym", "spelling"}
        pairs = [(fact.of, fact.of), (fact.name, fact.of)] if renamed else [(fact.name, fact.name)]
        if fact.relation in {"class", "prodrug"}:
            pairs.append((fact.of, fact.of))
        if fact.relation in {"product", "regimen"}:
            pairs += [(part, part) for part in fact.of.split("|")]
        for name, canonical in pairs if fact.relation != "salt" else ():
            if index.setdefault(_fold(name), canonical) != canonical:
                raise DataError(
                    "one name stands for two ingredients", file="ontologies/tables/drugs.csv", value=name,
                    suggestion=index[_fold(name)],
                )  # fmt: skip
    return MappingProxyType(index)


@cache
def _salts() -> frozenset[str]:
    return frozenset(_fold(f.name) for f in facts() if f.relation == "salt")


@cache
def _vehicles() -> frozenset[str]:
    return frozenset(f.name for f in facts() if f.relation == "vehicle")


@cache
def _contents() -> Mapping[str, tuple[str, ...]]:
    return {f.name: tuple(f.of.split("|")) for f in facts() if f.relation in {"product", "regimen"}}


@cache
def _parents() -> Mapping[str, frozenset[str]]:
    """Name -> the classes that the table states for it."""
    found: dict[str, set[str]] = defaultdict(set)
    for fact in facts():
        if fact.relation == "class":
            found[fact.name].add(fact.of)
    return {name: frozenset(of) for name, of in found.items()}


@lru_cache(maxsize=4096)
def _classes_of(name: str) -> tuple[str, ...]:
    found: set[str] = set()
    ahead = list(_contents().get(name, (name,)))
    while ahead:
        for parent in _parents().get(ahead.pop(), ()):
            if parent not in found:
                found.add(parent)
                ahead.append(parent)
    return tuple(sorted(found))
