"""Genes of viruses, and how their names are told from those of the patient's own.

``PR`` is the progesterone receptor of a tumour and the protease of HIV; ``RT``, ``IN`` and ``CA`` are no human genes.
So a short name means the virus only where the diagnosis is an infection with it, and a name with the virus in it
(``HIV-1 RT``) always does. The table ``virus_genes.csv`` lists the genes, ``virus_residues.csv`` what codons of the
reference strain hold.

A finding that may be about the virus and is not understood (``POL M184V``, ``HIV-2 RT M184V``) leaves the genes open
that it may be about: that such a gene was sequenced does not say then that nothing else is in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from operator import is_
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from graph.hgvs import RESIDUES
from graph.packaged import rows
from graph.patient import Biomarker, Disease, Profile, Test, Unread
from ontologies.names import fold
from rules.genes import aliases
from rules.genes import symbol as human
from rules.pharmacogenes import is_pharmacogene

_CHANGES = frozenset({"snv", "indel", "splice", "itd", "wildtype"})
"""Types of biomarkers that are about a gene's sequence: the protease has no expression to speak of."""
_CHANGE = re.compile(r"(?:p\.)?\(?([A-Za-z]{3}|[A-Z])([1-9]\d{0,3})([A-Za-z]{3}|[A-Z]|=)?")
_CHROMOSOME = re.compile(r"(?:chr)?(?:[1-9]|1\d|2[0-2]|X|Y|MT?)", re.I)


class VirusGene(NamedTuple):
    """One row of ``virus_genes.csv``."""

    symbol: str
    residues: int
    """Length of the protein in the numbering of the reference strain."""


@cache
def genes() -> Mapping[str, VirusGene]:
    """Every gene of a virus by its symbol (``HIV-1 RT``)."""
    return MappingProxyType({row["symbol"]: VirusGene(row["symbol"], int(row["residues"])) for row in _table()})


@lru_cache(maxsize=65536)
def gene(name: str, *, infected: bool) -> str | None:
    """The symbol of the virus's gene that ``name`` means, or ``None``.

    Args:
        infected: whether the patient's diagnosis is an infection with the virus, so that the short name is enough.

    >>> gene("HIV1 RT", infected=False), gene("rt", infected=True), gene("PR", infected=False)
    ('HIV-1 RT', 'HIV-1 RT', None)
    """
    full, short = _names()
    folded = _plain(name)
    return full.get(folded) or (short.get(folded) if infected else None)


def infected(disease: Disease) -> bool:
    """Whether the diagnosis is an infection with a virus of the table.

    >>> [infected(d) for d in (Disease(name="HIV-1 infection"), Disease(doid="DOID:526"), Disease(name="Melanoma"))]
    [True, True, False]
    """
    doid = disease.doid.upper().removeprefix("DOID:") if disease.doid else ""
    return f"DOID:{doid.strip()}" in _diseases() or bool(disease.name and names_infection(disease.name))


def names_infection(text: str) -> bool:
    """Whether a text names such an infection, by its name or code."""
    return fold(text) in _infections()


def renamed(profile: Profile) -> Profile:
    """The profile with the genes of viruses by their symbols, in findings and in tests; else the same object.

    What may be about a virus and is not understood, or contradicts itself, is added as ``unread`` and warned of. There
    are as many biomarkers as before, in the same order.
    """
    within = infected(profile.disease)
    found = tuple([_renamed(b, within) for b in profile.biomarkers])
    tests = tuple([_tested(test, within) for test in profile.tests])
    same = all(map(is_, (*found, *tests), (*profile.biomarkers, *profile.tests)))
    named = profile if same else replace(profile, biomarkers=found, tests=tests)
    if not (within or any(b.gene in genes() for b in found) or any(map(_of_virus, tests))):
        return named
    unread: list[Unread] = []
    warnings: list[str] = []
    for stated, about, why in (*_strange(found), *_unread(profile.unread), *_misnumbered(found)):
        unread += [Unread(input=stated, reason=why, gene=symbol) for symbol in about]
        warnings.append(f"{stated}: {why}; {_left_open(about)}")
    kept = _without_contradictions(found, warnings)
    if not warnings:
        return named
    return replace(
        named, biomarkers=kept, unread=(*profile.unread, *unread), warnings=(*profile.warnings, *warnings)
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _tested(test: Test, within: bool) -> Test:
    """Cached, for patients of one laboratory have the same panel."""
    named = {g: symbol for g in test.genes if (symbol := gene(g, infected=within)) not in (None, g)}
    return replace(test, genes=tuple(named.get(g) or g for g in test.genes)) if named else test


def _renamed(biomarker: Biomarker, within: bool) -> Biomarker:
    if biomarker.gene is None or biomarker.type not in _CHANGES:
        return biomarker
    symbol = gene(biomarker.gene, infected=within)
    return biomarker if symbol in (None, biomarker.gene) else replace(biomarker, gene=symbol)


@lru_cache(maxsize=1024)
def _of_virus(test: Test) -> bool:
    return any(gene in genes() for gene in test.genes)


_Doubt = tuple[str, tuple[str, ...], str]
"""What is stated, the genes of the virus that it may be about, and why it is in doubt."""


def _strange(found: Iterable[Biomarker]) -> Iterator[_Doubt]:
    """Changes of genes that are neither of the virus, by their names, nor known to be the patient's own."""
    for b in found:
        if b.type not in _CHANGES or b.gene in genes() or b.origin == "germline" or _is_human(b):
            continue
        stated = b.text or " ".join(part for part in (b.gene, b.hgvs_p or b.hgvs_c or b.name) if part) or b.type
        yield stated, _meant(b.gene), "the gene is not known and may be one of the virus"


def _unread(listed: Iterable[Unread]) -> Iterator[_Doubt]:
    for u in listed:
        if u.gene is None or not (u.gene in genes() or _known_human(u.gene)):
            yield u.input, _meant(u.gene), "this is not understood and may be about the virus"


def _misnumbered(found: Iterable[Biomarker]) -> Iterator[_Doubt]:
    for b in found:
        match = _CHANGE.match(b.hgvs_p) if b.hgvs_p and b.gene in genes() else None
        if match is None or b.gene is None:
            continue
        before = RESIDUES.get(match[1].capitalize(), match[1])
        usual = _reference().get((b.gene, int(match[2])))
        if usual is not None and len(before) == 1 and before != usual:
            why = f"codon {match[2]} of {b.gene} is {usual} in the reference strain, not {before}"
            yield b.text or f"{b.gene} {b.hgvs_p}", (b.gene,), why


def _without_contradictions(found: tuple[Biomarker, ...], warnings: list[str]) -> tuple[Biomarker, ...]:
    """The biomarkers, those that call a changed gene of a virus its wild type turned into ones that are not read: what
    was found counts, and of the rest of the gene nothing is known."""
    changed: defaultdict[str, list[str]] = defaultdict(list)
    for b in found:
        if b.type == "wildtype" or b.type not in _CHANGES or _says_same(b.hgvs_p):
            continue
        if b.gene is not None and b.gene in genes():
            changed[b.gene].append(b.hgvs_p or b.type)
    kept: list[Biomarker] = []
    for b in found:
        if b.type == "wildtype" and b.gene is not None and b.gene in changed:
            warnings.append(
                f"{b.gene}: wild type is stated beside {', '.join(changed[b.gene])}; {_left_open((b.gene,))}"
            )
            text = b.text or f"wildtype {b.gene}"
            kept.append(Biomarker(type="snv", gene=b.gene, hgvs_p="p.=", text=text, source=b.source))
        else:
            kept.append(b)
    return tuple(kept)


def _left_open(about: tuple[str, ...]) -> str:
    where = "the virus" if len(about) == len(genes()) else ", ".join(about)
    return f"what was not found in {where} is taken as not known"


def _says_same(change: str | None) -> bool:
    match = _CHANGE.fullmatch(change.rstrip(")")) if change else None
    return match is not None and match[3] in ("=", match[1])


def _is_human(b: Biomarker) -> bool:
    return _known_human(b.gene) if b.gene else bool(b.chrom and _CHROMOSOME.fullmatch(b.chrom))


def _known_human(name: str) -> bool:
    """Whether Clew's own tables know the gene to be human."""
    return (symbol := human(name)) in _humans() or is_pharmacogene(symbol) or symbol.startswith("HLA-")


def _meant(name: str | None) -> tuple[str, ...]:
    """The genes that ``name`` may stand for, sorted: all of them where it is of another virus, or says too little."""
    regions, own = _regions()
    words = re.findall(r"[a-z0-9]+", own.sub("", name.casefold())) if name else []
    if not words or not all(word in regions for word in words):
        return tuple(sorted(genes()))
    return tuple(sorted(frozenset().union(*(regions[word] for word in words))))


@cache
def _regions() -> tuple[Mapping[str, frozenset[str]], re.Pattern[str]]:
    """Word -> the genes of that name or in that part of the genome; and the name of a virus in front."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    viruses = set()
    for row in _table():
        for name in (row["short"], *row["names"].split("|"), *row["within"].split("|")):
            found[name.casefold()].add(row["symbol"])
        viruses.add(row["virus"].casefold())
    one = "|".join(rf"{re.escape(v.partition('-')[0])}(?:[\W_]*{re.escape(v.partition('-')[2])})?" for v in viruses)
    return {word: frozenset(named) for word, named in found.items()}, re.compile(rf"^(?:{one})(?=[a-z]|[\W_]+[a-z])")


@cache
def _reference() -> Mapping[tuple[str, int], str]:
    listed = rows("rules", "tables/virus_residues.csv", ("symbol", "codon", "residue", "source"))
    return {(row["symbol"], int(row["codon"])): row["residue"] for row in listed}


@cache
def _humans() -> frozenset[str]:
    return frozenset(aliases().values())


@cache
def _table() -> list[dict[str, str]]:
    columns = ("symbol", "virus", "short", "names", "residues", "within", "diseases", "source")
    return rows("rules", "tables/virus_genes.csv", columns)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


@cache
def _names() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Names with the virus in front, with or without its number; and names without it."""
    full: dict[str, str] = {}
    short: dict[str, str] = {}
    for row in _table():
        for name in (row["short"], *row["names"].split("|")):
            short[_plain(name)] = row["symbol"]
            for virus in (row["virus"], row["virus"].partition("-")[0]):
                full[_plain(virus + name)] = row["symbol"]
    return MappingProxyType(full), MappingProxyType(short)


@cache
def _diseases() -> frozenset[str]:
    return frozenset(id for row in _table() for id in row["diseases"].split("|"))


@cache
def _infections() -> frozenset[str]:
    listed = rows("ontologies", "tables/synonyms.csv", ("id", "name", "synonym", "reason"))
    named = [row for row in listed if row["id"] in _diseases()]
    return frozenset(fold(text) for row in named for text in (row["id"], row["name"], row["synonym"]))
