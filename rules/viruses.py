"""Genes of viruses, and how their names are told from those of the patient's own.

``PR`` is the progesterone receptor of a tumour and the protease of HIV; ``RT``, ``IN`` and ``CA`` are no human genes.
So a short name means the virus only where the diagnosis is an infection with it, and a name with the virus in it
(``HIV-1 RT``) always does. The table ``virus_genes.csv`` lists the genes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from operator import is_
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from graph.packaged import rows
from graph.patient import Biomarker, Disease, Profile, Test
from ontologies.names import fold

_CHANGES = frozenset({"snv", "indel", "splice", "itd", "wildtype"})
"""Types of biomarkers that are about a gene's sequence: the protease has no expression to speak of."""


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
    """The profile with the genes of viruses by their symbols, in findings and in tests; else the same object."""
    within = infected(profile.disease)
    found = tuple([_renamed(b, within) for b in profile.biomarkers])
    tests = tuple([_tested(test, within) for test in profile.tests])
    same = all(map(is_, (*found, *tests), (*profile.biomarkers, *profile.tests)))
    return profile if same else replace(profile, biomarkers=found, tests=tests)


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


@cache
def _table() -> list[dict[str, str]]:
    columns = ("symbol", "virus", "short", "names", "residues", "diseases", "source")
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
