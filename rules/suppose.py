"""What a fact could turn out to be: the answers that rows of a patient tell apart, each as a change of the profile.

Nothing is judged here. An answer is one value on either side of a row's condition; whoever asks what follows from it
gives the changed profile to the rules themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from msgspec.structs import replace

from graph.claims import Criterion
from graph.describe import describe
from graph.paths import criterion_genes, criterion_marker
from graph.patient import Biomarker, BiomarkerType, Finding, Profile, Test
from rules.criteria import compare
from rules.genotypes import DISPUTED, holds, is_normal
from rules.kleene import Truth
from rules.made import measures, shows
from rules.spans import Span

Apply = Callable[[Profile], Profile]
Read = Callable[[Biomarker], Finding | object]
"""Reads a stated biomarker, as ``ingest.patients.findings.read`` does."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """One answer to one fact, and the profile of a patient for whom it holds."""

    fact: str
    """A gene, a marker, ``DPYD genotype``, ``age``, ``disease state (extent)``, ``diagnosis`` …"""
    answer: str
    """In words, without the fact: ``wild type``, ``G12C``, ``17``."""
    apply: Apply
    span: Span | None = None
    """For a number: the numbers that no row tells apart from it."""

    @property
    def key(self) -> tuple[str, str]:
        return (self.fact, self.answer)


_USUAL = frozenset({"negative", "MSS", "proficient", "low"})
"""How tests say that nothing is amiss: tried before other statuses that rows do not name."""
EVERY_CHANGE: tuple[BiomarkerType, ...] = ("snv", "indel", "splice", "itd", "fusion", "rearrangement", "cna")
_TERMS = {
    "missense": "missense_variant", "nonsense": "stop_gained", "truncating": "stop_gained",
    "frameshift": "frameshift_variant", "splice": "splice_donor_variant", "inframe_deletion": "inframe_deletion",
    "inframe_insertion": "inframe_insertion", "duplication": "inframe_insertion", "delins": "inframe_indel",
    "synonymous": "synonymous_variant", "start_lost": "start_lost", "stop_lost": "stop_lost",
}  # fmt: skip
"""The Sequence Ontology term that states a consequence."""


def fact_of(criterion: Criterion) -> str | None:
    """What has to be known to tell a criterion, as ``missing`` names it; ``None``: no finding states it."""
    c = criterion
    if c.type == "genotype":
        return f"{c.gene} genotype"
    if c.type == "other":
        return None
    return criterion_marker(c) or c.gene or c.gene_3p or c.gene_5p


def of_criteria(fact: str, criteria: Iterable[Criterion], read: Read) -> list[Supposed]:
    """The answers to a gene, a marker or a germline genotype that the criteria on it tell apart.

    The first answer is the absence, where there is one; the others keep the order of the criteria. A criterion that no
    stated finding can satisfy gives none. All criteria are of one kind: changes of a gene, measured, or genotypes.
    """
    asked = list(dict.fromkeys(criteria))
    if not asked:
        return []
    if asked[0].type == "genotype":
        return _genotypes(fact, asked)
    if is_measured(asked[0]):
        return _measurements(fact, asked, read)
    genes = tuple(dict.fromkeys(g for c in asked for g in criterion_genes(c))) or (fact,)
    small = all(c.type in ("variant", "wildtype") for c in asked)
    found = [Supposed(fact, "wild type" if small else "not altered", _tested(fact if fact in genes else genes[0]))]
    for c in asked:
        if (biomarker := stated(c)) is not None and _says(c, biomarker, read):
            words = describe(c).removeprefix(f"{fact} ").removeprefix("p.")
            found.append(Supposed(fact, words, _with(biomarker)))
    return list({s.key: s for s in found}.values())


def is_measured(c: Criterion) -> bool:
    """Whether a criterion is about a status or value of a marker."""
    return criterion_marker(c) is not None and not c.region


def stated(c: Criterion) -> Biomarker | None:
    """The biomarker that a profile would state for a criterion to hold; ``None`` where none does."""
    if c.type == "variant" and not c.residues:
        return _change(c)
    ways = shows(c) if c.type != "wildtype" else ()
    return next((made[0] for made in ways if len(made) == 1), None)


def denied(biomarker: Biomarker, finding: Finding) -> Supposed:
    """That a stated biomarker, read as ``finding``, is not there: its gene was tested, what else was found stays."""
    fact = finding.gene or finding.gene_3p or finding.gene_5p or finding.marker or finding.read_as
    genes = tuple(g for g in (finding.gene, finding.gene_5p, finding.gene_3p) if g)

    def apply(profile: Profile) -> Profile:
        kept = tuple(b for b in profile.biomarkers if b != biomarker)
        tests = (*profile.tests, Test(genes=genes, alteration_types=EVERY_CHANGE)) if genes else profile.tests
        return replace(profile, biomarkers=kept, tests=tests)

    words = finding.read_as.removeprefix(f"{fact} ").removeprefix("p.")
    return Supposed(fact, f"without {words}", apply)


def _change(c: Criterion) -> Biomarker | None:
    kind = next((x for x in c.consequences if x in _TERMS or x == "itd"), None)
    protein = c.protein
    if protein is None and c.codons and c.codons[0] == c.codons[1]:
        residue = re.search(rf"\b([A-Z]){c.codons[0]}\b", c.name)
        if residue is None:
            return None
        protein = residue[0]
    harmful = c.requires is not None or c.protein is None
    return Biomarker(
        type="itd" if kind == "itd" else "snv",
        gene=c.gene,
        hgvs_p=protein,
        hgvs_c=c.cdna if c.protein is None else None,
        exon=c.exons[0] if c.exons else None,
        consequence=_TERMS.get(kind or ("truncating" if c.requires == "loss_of_function" else "")),
        origin=c.origin,
        zygosity=c.zygosity,
        oncogenic=True if harmful else None,
    )


def _says(c: Criterion, biomarker: Biomarker, read: Read) -> bool:
    """Whether the biomarker, as it is read, satisfies the criterion that it was made from."""
    finding = read(biomarker)
    return isinstance(finding, Finding) and compare(c, finding, lambda f, requires: f.oncogenic).truth is True


def _tested(gene: str) -> Apply:
    test = Test(genes=(gene,), alteration_types=EVERY_CHANGE)
    return lambda profile: replace(profile, tests=(*profile.tests, test))


def _with(biomarker: Biomarker) -> Apply:
    """The finding is there; a wild type that was stated of its gene is not."""
    genes = {biomarker.gene, biomarker.gene_5p, biomarker.gene_3p} - {None}

    def apply(profile: Profile) -> Profile:
        kept = tuple(b for b in profile.biomarkers if not (b.type == "wildtype" and b.gene in genes))
        return replace(profile, biomarkers=(*kept, biomarker))

    return apply


# -- markers and germline genotypes ----------------------------------------------------------------------------------


def _measurements(fact: str, asked: list[Criterion], read: Read) -> list[Supposed]:
    """Both sides of every threshold of every score, and every status that is named, with those that there are besides;
    scores never stand for each other."""
    by_score: dict[tuple[str | None, str | None], list[Criterion]] = {}
    for c in asked:
        by_score.setdefault((c.unit, c.scheme) if c.comparator else (None, None), []).append(c)
    options = [biomarker for group in by_score.values() for made in measures(group) for biomarker in made]
    named = {status for c in asked for status in c.statuses}
    options.sort(key=lambda b: b.status is not None and b.status not in named and b.status not in _USUAL)
    told: dict[tuple[bool | None, ...], Supposed] = {}
    for biomarker in options:
        if not isinstance(finding := read(biomarker), Finding):
            continue
        truths = tuple(compare(c, finding, lambda f, requires: None).truth for c in asked)
        if any(t is not None for t in truths):
            words = finding.read_as.removeprefix(f"{fact} ")
            told.setdefault(truths, Supposed(fact, words, _remeasured(biomarker)))
    return undominated(told)


def _remeasured(biomarker: Biomarker) -> Apply:
    return lambda profile: replace(profile, biomarkers=(*profile.biomarkers, biomarker))


def _genotypes(fact: str, asked: list[Criterion]) -> list[Supposed]:
    gene = asked[0].gene or fact
    words = [g for c in asked for g in c.genotypes if g.casefold() not in ("unknown", "no result", "indeterminate")]
    normal = next((w for w in words if is_normal(gene, w)), "normal")
    told: dict[tuple[bool | None, ...], Supposed] = {}
    for word in dict.fromkeys((normal, *(w for w in words if not w.startswith(("*", "c.", "g.", "rs"))), *words)):
        answers = [holds(c, (word,)) for c in asked]
        truths = tuple(None if answer == DISPUTED else answer for answer in answers)
        if any(t is not None for t in truths):
            told.setdefault(truths, Supposed(fact, word, _inherited(gene, word)))
    return undominated(told)


def _inherited(gene: str, word: str) -> Apply:
    return lambda profile: replace(
        profile, context=replace(profile.context, germline_pgx={**profile.context.germline_pgx, gene: word})
    )


def undominated(told: Mapping[tuple[Truth, ...], Supposed]) -> list[Supposed]:
    """Answers, by what each makes of the same conditions, of which no other tells more: one that leaves open what
    another settles the same way is left out."""

    def says_more(more: tuple[Truth, ...], less: tuple[Truth, ...]) -> bool:
        return more != less and all(b is None or a is b for a, b in zip(more, less, strict=True))

    return [s for truths, s in told.items() if not any(says_more(other, truths) for other in told)]


def in_words(answers: Sequence[Supposed]) -> str:
    """Several answers to one fact as one: ``G12C or G12D``; numbers by the stretch that they stand for."""
    spans = [s.span for s in answers if s.span]
    if len(spans) < len(answers) or len({(span.unit, span.bounds) for span in spans}) > 1:
        return " or ".join(s.answer for s in answers)
    return reduce(Span.__or__, spans).words()
