"""How results of a pharmacogene compare, facet by facet, and what Clew's tables make of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from rules import pharmacogenes
from rules.genotype_text import DIPLOTYPE, SCORE, Atom, Result, result
from rules.kleene import Truth


def entailed(gene: str, found: Atom) -> Iterator[Atom]:
    """What listed alleles make, and which phenotype an activity score is."""
    if found.facet == SCORE and len(means := phenotypes_of(gene, found)) == 1:
        yield from means
    if found.facet == DIPLOTYPE and len(pair := alleles_of(found)) == 2:
        score, phenotype = pharmacogenes.of_diplotype(gene, (pair[0], pair[1]))
        if score is not None:
            yield Atom(SCORE, f"{score:g}")
        yield from result(gene, phenotype) if phenotype else ()


def phenotypes_of(gene: str, score: Atom) -> Result:
    """The phenotypes that an activity score may be."""
    told = pharmacogenes.phenotypes_of_score(gene, float(score.value.lstrip("≥")))
    return frozenset(atom for phenotype in told for atom in result(gene, phenotype))


def at_least(asked: str, found: str) -> Truth:
    """Activity scores as numbers, for a criterion that means ``≥`` as it is written."""
    wanted, there = float(asked.lstrip("≥")), float(found.lstrip("≥"))
    if asked.startswith("≥"):
        return True if there >= wanted else None if found.startswith("≥") else False
    return None if found.startswith("≥") and wanted >= there else False


def apart(one: str, other: str) -> bool:
    """Whether two activity scores cannot be one."""
    return one != other and at_least(one, other) is False and at_least(other, one) is False


def same(gene: str, asked: str, found: str) -> Truth:
    """Whether an allele that was found is the one asked for; HLA alleles are compared by as many fields as asked."""
    if asked == found:
        return True
    if not gene.startswith("HLA-"):
        return False
    return True if within(found, asked) else None if within(asked, found) else False


def within(allele: str, group: str) -> bool:
    """Whether an HLA allele is of a group: ``*57:01:01`` of ``*57:01`` and of ``*57``."""
    return allele.startswith(f"{group}:")


def alleles_of(atom: Atom) -> list[str]:
    """The alleles that a result is about."""
    return atom.value.split("/") if atom.facet == DIPLOTYPE else [atom.allele] if atom.allele is not None else []


@lru_cache(maxsize=1024)
def word(gene: str, phenotype: str) -> str:
    """A phenotype of the tables as results have it."""
    return next(iter(result(gene, phenotype))).value
