"""Words of a profile that nobody knows: they are no error, for nothing is said of them, but they may be slips."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from graph.claims import Criterion, GuidelineRow, criteria
from graph.errors import nearest, shorten
from graph.patient import Finding, Profile
from ontologies.drugs import known as is_drug
from ontologies.drugs import misspelt
from rules import genotypes, states
from rules.genes import symbol
from rules.genotype_text import of_gene
from rules.pharmacogenes import is_pharmacogene, pharmacogenes
from rules.settings import drugs_of


def doubts(
    profile: Profile,
    findings: Iterable[Finding],
    known: Callable[[str], object],
    symbols: Callable[[], Sequence[str]],
) -> Iterator[str]:
    """What to warn of in the state of the disease, in prior therapies, in germline changes and in the genes of tests.

    Args:
        findings: the patient's, for germline changes that may be meant as genotypes.
        known: what the release has of a gene symbol; ``None`` when it has nothing.
        symbols: every gene symbol of the release.
    """
    for word, meant in states.unknown(profile.disease.state or ""):
        yield f"the disease state {word!r} is not known{_hint(meant)}"
    for entry in profile.context.prior_therapies or ():
        for drug in drugs_of(entry):
            meant = misspelt(drug)
            if meant is not None or (profile.context.prior_therapies_complete and not is_drug(drug)):
                yield f"the prior therapy {drug!r} is not known{_hint(meant)}"
    for finding in findings:
        if finding.origin == "germline" and finding.gene and is_pharmacogene(finding.gene):
            yield (
                f"{finding.read_as}: a germline change of {finding.gene} is not read as a genotype; state it as "
                "germline_pgx"
            )
    tested = dict.fromkeys(gene for test in profile.tests for gene in test.genes)
    strangers = [gene for gene in tested if known(gene) is None]
    for gene in strangers:
        if (meant := _slip(gene, symbols())) is not None and meant not in tested:
            yield f"the tested gene {gene!r} is named by no row of the release{_hint(meant)}"


class StatedGenotype(NamedTuple):
    """A genotype that is stated, and what asks for it."""

    key: str
    """The gene as it is spelt."""
    gene: str
    text: str
    asked: frozenset[Criterion]

    @property
    def known(self) -> bool:
        """Whether Clew's tables or a row know the gene."""
        return bool(self.asked) or is_pharmacogene(self.gene)

    @property
    def is_read(self) -> bool:
        """Whether the text is understood."""
        return genotypes.is_read(self.gene, self.text, self.asked)


def stated_genotypes(profile: Profile, rows: Iterable[GuidelineRow]) -> list[StatedGenotype]:
    """What is stated of genotypes, in the order of the profile; ``rows`` are those on the stated genes."""
    stated = [(key, *of_gene(key, text)) for key, text in profile.context.germline_pgx.items()]
    stated = [(key, symbol(gene), text) for key, gene, text in stated]
    genes = {gene for _, gene, _ in stated}
    asked: defaultdict[str, set[Criterion]] = defaultdict(set)
    for profile_ in {id(row.profile): row.profile for row in rows if row.profile is not None}.values() if genes else ():
        for criterion, _ in criteria(profile_):
            if criterion.type == "genotype" and criterion.gene in genes:
                asked[criterion.gene].add(criterion)
    return [StatedGenotype(key, gene, text, frozenset(asked[gene])) for key, gene, text in stated]


def contradictions(stated: Iterable[StatedGenotype]) -> Iterator[tuple[str, str, str]]:
    """Gene and two stated results of it that contradict each other; one twice where it contradicts itself."""
    of: defaultdict[str, list[StatedGenotype]] = defaultdict(list)
    for genotype in stated:
        of[genotype.gene].append(genotype)
    for gene, found in of.items():
        for one, other in genotypes.contradictions(gene, tuple(g.text for g in found), found[0].asked):
            yield gene, one, other


def unread_genotypes(
    profile: Profile, rows: Iterable[GuidelineRow], symbols: Callable[[], Sequence[str]]
) -> Iterator[str]:
    """What to warn of in stated genotypes: genes and results that neither Clew's tables nor rows know, and results that
    contradict each other.

    Args:
        rows: those on the stated genes.
        symbols: every gene symbol of the release.
    """
    stated = stated_genotypes(profile, rows)
    for genotype in stated:
        if not genotype.known:
            hint = _hint(_meant(genotype.gene, symbols()))
            yield f"no row of the release asks for a germline genotype of {shorten(genotype.key)}{hint}"
        elif not genotype.is_read:
            yield f"germline {genotype.key} {shorten(genotype.text)!r} is not understood: it counts as not known"
    for gene, one, other in contradictions(stated):
        both = f"{shorten(one)!r} and {shorten(other)!r} contradict each other"
        said = both if one != other else f"{shorten(one)!r} contradicts itself"
        yield f"germline {gene} {said}: neither counts for a dose, and what it may exclude stays excluded"


def _meant(gene: str, symbols: Sequence[str]) -> str | None:
    """The pharmacogene of our tables or else the gene of the release that a stranger may be meant for."""
    if gene in symbols:
        return None
    return next(iter(nearest(gene, pharmacogenes()) or nearest(gene, symbols)), None)


def _slip(gene: str, symbols: Sequence[str]) -> str | None:
    """The symbol that ``gene`` is a slip of: two letters changed places, or one within is missing or too many.
    Another letter or number, and one more at an end, mostly makes another gene.
    """
    known, shortened = _spellings(tuple(symbols))
    word = gene.upper()
    swapped = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]
    for other in (*swapped, *_shorter(word)):
        if other in known and other != word:
            return known[other]
    return shortened.get(word)


@lru_cache(maxsize=4)
def _spellings(symbols: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """Capitals -> symbol, and capitals with one letter missing -> symbol."""
    return {s.upper(): s for s in symbols}, {short: s for s in symbols for short in _shorter(s.upper())}


def _shorter(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(1, len(word) - 1) if len(word) > 4 and not word[i].isdigit()]


def _hint(meant: str | None) -> str:
    return f" (did you mean {meant}?)" if meant else ""
