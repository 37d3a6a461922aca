"""Criteria in Clew's own words, and readable ids made of them.

Two sources that mean the same criterion spell it differently; here both get the same words, so that they meet in one
node. The words say everything that the criterion's fields say, save the name that its source gives it and the somatic
origin, which goes without saying.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache

from msgspec.structs import replace

from graph.claims import Criterion

_WORDS = {
    "inframe_deletion": "in-frame deletion",
    "inframe_insertion": "in-frame insertion",
    "itd": "internal tandem duplication",
    "start_lost": "start lost",
    "stop_lost": "stop lost",
    "loss_of_function": "loss of function",
    "deep_deletion": "deep deletion",
    "hom": "homozygous",
    "het": "heterozygous",
    "hemi": "hemizygous",
}
_RESIDUES = {"i": "an insertion", "d": "a deletion", "*": "a stop"}
_NAMED = 3
"""How many genotypes are named before the rest is counted."""
_SPELT = {">=": "ge", "<=": "le", ">": "gt", "<": "lt", "=": "eq"}
_TAKEN = re.compile(r"_|--|Ter|\deq| (?:ge|le|gt|lt|eq) ")
"""What other characters are spelt as."""
_RANGE = re.compile(r"[A-Z]\d+_[A-Z]\d+")
"""Two residues of a protein change, whose underscore stands for nothing else."""

MEASURED: Mapping[str, str] = {"msi": "MSI", "mmr": "MMR", "tmb": "TMB", "hrd": "HRD"}
"""Types of findings and criteria that are about one marker each, with its name."""


def describe(criterion: Criterion) -> str:
    """The criterion in words that depend on nothing but its meaning.

    >>> describe(Criterion(type="variant", name="EGFR Exon 19 (Deletion)", gene="EGFR", exons=(19, 19),
    ...                    consequences=("inframe_deletion",)))
    'EGFR exon 19 in-frame deletion'
    >>> describe(Criterion(type="expression", name="high", marker="PD-L1", scheme="TPS", comparator=">=", value=50.0,
    ...                    unit="percent"))
    'PD-L1 TPS >= 50 percent'
    >>> describe(Criterion(type="fusion", name="ALK fusions", gene="ALK"))
    'ALK fusion'
    """
    if criterion.type == "other":
        words = [criterion.gene if not _mentions(criterion.name, criterion.gene) else None, criterion.name]
    elif criterion.type in ("fusion", "rearrangement"):
        words = [_partners(criterion), *_change(criterion), criterion.type]
    elif criterion.type == "wildtype":
        words = [criterion.gene, *_change(criterion), "wild type"]
    elif criterion.type == "cna":
        directions = " or ".join(_WORDS.get(d, d) for d in sorted(criterion.directions)) or "copy number change"
        words = [criterion.gene, criterion.region, *_change(criterion), directions]
    elif criterion.type == "variant":
        change = _change(criterion) or (["mutation"] if criterion.known is None else [])
        words = [criterion.gene, criterion.region, criterion.marker, *change]
    elif criterion.type == "genotype":
        words = [criterion.gene or criterion.marker, "genotype", " or ".join(sorted(criterion.genotypes))]
    else:
        words = [_subject(criterion), *_change(criterion), *_measure(criterion)]
        if criterion.type == "signature":
            words.append("signature")
    if criterion.origin == "germline":
        words.append("germline")
    if criterion.known is not None:
        words.append("known" if criterion.known else "unknown")
    if criterion.zygosity:
        words.append(_WORDS[criterion.zygosity])
    return " ".join(word for word in words if word) or criterion.name


def brief(criterion: Criterion) -> str:
    """``describe`` for people: of many genotypes two are named, phenotypes before diplotypes, and the rest counted.

    >>> names = ("poor metabolizer", "deficient", "*2A/*2A", "*13/*13")
    >>> brief(Criterion(type="genotype", name="DPYD poor metabolizer", gene="DPYD", genotypes=names))
    'DPYD genotype deficient or poor metabolizer or 2 more'
    """
    if criterion.type != "genotype" or len(criterion.genotypes) <= _NAMED:
        return describe(criterion)
    named = sorted(criterion.genotypes, key=lambda g: ("/" in g, not g.endswith("metabolizer"), -len(g), g))[:2]
    more = len(criterion.genotypes) - len(named)
    return f"{describe(replace(criterion, genotypes=tuple(named)))} or {more} more"


def is_one_change(criterion: Criterion) -> bool:
    """Whether the criterion names one allele or one protein change, so that it is a Variant and no Category."""
    return (
        criterion.type == "variant"
        and bool(criterion.protein or criterion.cdna or len(criterion.alleles) in (1, 2))
        and not (criterion.requires or criterion.except_codons or criterion.zygosity or criterion.marker)
        and criterion.origin != "germline"
    )


def slug(words: str) -> str:
    """Words as the local part of a CURIE; a short hash keeps apart what the plain letters do not.

    >>> slug("EGFR exon 19 in-frame deletion"), slug("EML4::ALK fusion"), slug("PD-L1 TPS >= 50 percent")
    ('EGFR_exon_19_in-frame_deletion', 'EML4--ALK_fusion', 'PD-L1_TPS_ge_50_percent')
    >>> slug("Non-V600 (any)")
    'Non-V600_any-74eaa8'
    """
    text = re.sub(r"(?<= )(>=|<=|>|<|=)(?= )", lambda m: _SPELT[m[0]], words)
    text = text.replace("::", "--").replace("*", "Ter").replace(" ", "_")
    text = re.sub(r"(?<=\d)=", "eq", text)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-_")
    plain = re.sub(r"_?-_|_-_?", "_", plain)
    return _kept_apart(plain, words, lossless=plain == text and not _TAKEN.search(_RANGE.sub("", words)))


@lru_cache(maxsize=16384)
def plain_slug(name: str) -> str:
    """A drug's or marker's name as the local part of a CURIE: lower case, words joined with hyphens.

    >>> plain_slug("Datopotamab deruxtecan"), plain_slug("PD-L1"), plain_slug("Interferon γ")
    ('datopotamab-deruxtecan', 'pd-l1', 'interferon-22d178')
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return _kept_apart(plain, name.lower(), lossless=re.fullmatch(r"[a-z0-9][a-z0-9 -]*", name.lower()) is not None)


def _kept_apart(plain: str, words: str, *, lossless: bool) -> str:
    if lossless and plain and len(plain) <= 96:
        return plain
    short = hashlib.sha256(words.encode()).hexdigest()[:6]
    return f"{plain[:96].rstrip('-_')}-{short}" if plain else short


def _subject(criterion: Criterion) -> str | None:
    if criterion.type in MEASURED:
        return MEASURED[criterion.type]
    return criterion.marker or (f"{criterion.gene} {criterion.type}" if criterion.gene else None)


def _mentions(name: str, gene: str | None) -> bool:
    return gene is None or re.search(rf"\b{re.escape(gene)}\b", name) is not None


def _partners(criterion: Criterion) -> str | None:
    five = _partner(criterion.gene_5p, criterion.exon_5p)
    three = _partner(criterion.gene_3p, criterion.exon_3p)
    if five is None and three is None:
        return criterion.gene or criterion.region
    joined = f"{five or 'v'}::{three or 'v'}"
    kinase = criterion.gene not in (None, criterion.gene_5p, criterion.gene_3p)
    return f"{joined} of {criterion.gene}" if kinase else joined


def _partner(gene: str | None, exon: int | None) -> str | None:
    return f"{gene or 'v'}(e{exon})" if exon is not None else gene


def _change(criterion: Criterion) -> list[str]:
    """The words of the change within a gene; a protein change implies its codons, exon and consequence."""
    words: list[str] = []
    if criterion.protein:
        words.append(criterion.protein)
    elif criterion.cdna:
        words.append(criterion.cdna)
    elif criterion.alleles:
        words.append(" or ".join(sorted(criterion.alleles)))
    else:
        if criterion.exons:
            words.append(_span("exon", criterion.exons))
        if criterion.codons:
            words.append(_span("codon", criterion.codons))
        if criterion.residues:
            words.append("to " + " or ".join(_RESIDUES.get(r, r) for r in sorted(criterion.residues)))
        if criterion.consequences:
            words.append(" or ".join(_WORDS.get(c, c) for c in sorted(criterion.consequences)))
    if criterion.except_codons:
        words.append("not " + _codons(criterion.except_codons))
    if criterion.except_changes:
        words.append("except " + " or ".join(sorted(criterion.except_changes)))
    if criterion.requires:
        words.append(_WORDS.get(criterion.requires, criterion.requires))
    return words


def _span(word: str, ends: tuple[int, int]) -> str:
    first, last = ends
    return f"{word} {first}" if first == last else f"{word}s {first} to {last}"


def _codons(codons: tuple[int, ...]) -> str:
    return "codon " + " or ".join(str(c) for c in sorted(codons))


def _measure(criterion: Criterion) -> list[str]:
    words = [criterion.scheme or "", " or ".join(sorted(criterion.statuses))]
    if criterion.value is not None:
        words += [criterion.comparator or "=", f"{criterion.value:g}", criterion.unit or ""]
    return words
