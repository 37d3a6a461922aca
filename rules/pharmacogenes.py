"""Diplotypes and activity scores of pharmacogenes, as CPIC assigns them to phenotypes.

``haplotypes.csv`` gives each allele's function or activity value, ``phenotypes.csv`` what two functions make and
``activity_scores.csv`` what a score is. Only alleles of settled function are listed, those of CYP2D6 only where DPWG
does not differ; a diplotype with another allele has no phenotype here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import combinations_with_replacement, product
from types import MappingProxyType

from graph.packaged import rows


def diplotypes(gene: str, phenotype: str) -> tuple[str, ...]:
    """Every spelling of every listed diplotype of a phenotype, sorted; empty for a gene or phenotype without any.

    >>> diplotypes("NUDT15", "poor metabolizer")
    ('*2/*2', '*2/*3', '*3/*2', '*3/*3')
    >>> "*2A/*13" in diplotypes("DPYD", "poor metabolizer"), diplotypes("G6PD", "deficient")
    (True, ())
    """
    return _by_phenotype().get((gene, phenotype.casefold()), ())


@cache
def _by_phenotype() -> Mapping[tuple[str, str], tuple[str, ...]]:
    made = {(gene, pair): phenotype for gene, pair, phenotype in _phenotypes()}
    alleles: defaultdict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    for row in rows("rules", "tables/haplotypes.csv", ("gene", "haplotype", "names", "function", "source")):
        names = (row["haplotype"], *(n for n in row["names"].split("|") if n))
        alleles[row["gene"]].append((names, row["function"]))
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for gene, listed in alleles.items():
        for (a, first), (b, second) in combinations_with_replacement(listed, 2):
            phenotype = made.get((gene, frozenset({first, second})))
            if phenotype is not None:
                found[gene, phenotype] |= {f"{x}/{y}" for x, y in product(a, b)} | {
                    f"{y}/{x}" for x, y in product(a, b)
                }
    return MappingProxyType({key: tuple(sorted(names)) for key, names in found.items()})


def _phenotypes() -> list[tuple[str, frozenset[str], str]]:
    table = rows("rules", "tables/phenotypes.csv", ("gene", "functions", "phenotype", "source"))
    return [(row["gene"], frozenset(row["functions"].split("|")), row["phenotype"]) for row in table]


def phenotypes_of_score(gene: str, score: float) -> frozenset[str]:
    """The phenotype that an activity score is; two where guidelines differ, none where the tables do not tell.

    >>> sorted(phenotypes_of_score("CYP2D6", 0.5)), sorted(phenotypes_of_score("CYP2D6", 2.5))
    (['intermediate metabolizer'], ['normal metabolizer', 'ultrarapid metabolizer'])
    """
    return frozenset(
        phenotype for low, high, step, phenotype in _scores().get(gene, ()) if low <= score <= high and not score % step
    )


def is_a_score(gene: str, score: float) -> bool:
    """Whether two alleles may have this activity score; of a gene that the tables do not list any may be.

    >>> is_a_score("DPYD", 0.5), is_a_score("DPYD", 0.25), is_a_score("CYP9Z9", 0.25)
    (True, False, True)
    """
    return gene not in _scores() or bool(phenotypes_of_score(gene, score))


def of_diplotype(gene: str, alleles_: tuple[str, str]) -> tuple[float | None, str | None]:
    """Activity score and phenotype of two listed alleles (folded, by their first names), as far as the tables tell.

    >>> of_diplotype("DPYD", ("*2a", "*1")), of_diplotype("TPMT", ("*1", "*3a")), of_diplotype("DPYD", ("*1", "*99"))
    ((1.0, 'intermediate metabolizer'), (None, 'intermediate metabolizer'), (None, None))
    """
    functions = [_functions().get((gene, allele)) for allele in alleles_]
    if None in functions:
        return None, None
    told = [function for function in functions if function]
    made = {(g, pair): phenotype for g, pair, phenotype in _phenotypes()}
    if not all(f.replace(".", "", 1).isdigit() for f in told):
        return None, made.get((gene, frozenset(told)))
    score = sum(map(float, told))
    phenotypes = phenotypes_of_score(gene, score)
    return score, next(iter(phenotypes)) if len(phenotypes) == 1 else None


@cache
def beside(gene: str, allele: str) -> tuple[frozenset[float], frozenset[str]]:
    """Activity scores and phenotypes that are left when a listed allele (folded, by its first name) is there, whatever
    the other one is. Of a gene whose scores have no upper end the other one may stand there several times.

    >>> beside("TPMT", "*3a") == (frozenset(), frozenset({"intermediate metabolizer", "poor metabolizer"}))
    True
    >>> sorted(beside("DPYD", "*2a")[0]), beside("DPYD", "*99")
    ([0.0, 0.5, 1.0], (frozenset(), frozenset()))
    """
    if (gene, allele) not in _functions():
        return frozenset(), frozenset()
    others = [other for g, other in _functions() if g == gene]
    made = [of_diplotype(gene, (allele, other)) for other in others]
    scores = {score for score, _ in made if score is not None}
    if scores and any(high == float("inf") for _, high, _, _ in _scores()[gene]):
        most = max(scores)
        scores |= {most + step / 4 for step in range(1, 33)}
    by_score = {phenotype for score in scores for phenotype in phenotypes_of_score(gene, score)}
    return frozenset(scores), frozenset({phenotype for _, phenotype in made if phenotype} | by_score)


@cache
def made(gene: str) -> frozenset[str]:
    """The phenotypes that the tables make of alleles or scores of a gene."""
    by_alleles = {phenotype for g, _, phenotype in _phenotypes() if g == gene}
    return frozenset(by_alleles | {phenotype for *_, phenotype in _scores().get(gene, ())})


@cache
def pharmacogenes() -> frozenset[str]:
    """Genes (symbols) that the tables know genotypes of."""
    return frozenset(_words()) | frozenset(_alleles())


def is_pharmacogene(gene: str) -> bool:
    """Whether genotypes of a gene (symbol) limit a drug by the tables."""
    return gene in pharmacogenes()


def words(gene: str) -> frozenset[str]:
    """How the tables write results of a gene that are no alleles."""
    return _words().get(gene, frozenset())


def alleles(gene: str) -> Mapping[str, str]:
    """Every name of every listed allele of a gene, folded -> the first one of that allele, folded.

    >>> alleles("DPYD")["c.1905+1g>a"], alleles("CYP9Z9")
    ('*2a', {})
    """
    return _alleles().get(gene, {})


@cache
def _words() -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    columns = (
        "id", "gene", "kind", "because", "phenotype", "words", "drugs", "drug_class", "if_unknown", "sources",
        "confirmed_by", "reason",
    )  # fmt: skip
    for row in rows("rules", "tables/pharmacogenes.csv", columns):
        found[row["gene"]] |= {row["phenotype"], *row["words"].split("|")}
    for gene, _, phenotype in _phenotypes():
        found[gene].add(phenotype)
    return MappingProxyType({gene: frozenset(names - {""}) for gene, names in found.items()})


@cache
def _alleles() -> Mapping[str, Mapping[str, str]]:
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in rows("rules", "tables/haplotypes.csv", ("gene", "haplotype", "names", "function", "source")):
        for name in (row["haplotype"], *(n for n in row["names"].split("|") if n)):
            found[row["gene"]][name.casefold()] = row["haplotype"].casefold()
    return MappingProxyType(found)


@cache
def _functions() -> Mapping[tuple[str, str], str]:
    table = rows("rules", "tables/haplotypes.csv", ("gene", "haplotype", "names", "function", "source"))
    return MappingProxyType({(row["gene"], row["haplotype"].casefold()): row["function"] for row in table})


@cache
def _scores() -> Mapping[str, list[tuple[float, float, float, str]]]:
    found: defaultdict[str, list[tuple[float, float, float, str]]] = defaultdict(list)
    for row in rows("rules", "tables/activity_scores.csv", ("gene", "low", "high", "step", "phenotype", "source")):
        low, high, step = float(row["low"]), float(row["high"] or "inf"), float(row["step"])
        found[row["gene"]].append((low, high, step, row["phenotype"]))
    return MappingProxyType(found)
