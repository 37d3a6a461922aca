"""A MOAlmanac biomarker, from either of its schemas, as an expression of criteria.

Both schemas describe a biomarker by the same named properties. What a property narrows must not get lost: a property
that is not known here makes the whole biomarker ``Unclear``, and its statements are quarantined.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any as Json
from typing import Literal

from graph.claims import Any, Consequence, Criterion, Expression, Is, Not, Requires
from graph.hgvs import coding_change, codon, protein_change
from graph.packaged import rows
from graph.patient import CopyDirection
from ingest.sources.moalmanac_files import unused
from rules.markers import marker, scheme, units
from rules.translocations import translocation


@dataclass(frozen=True, slots=True)
class Unclear:
    """A biomarker that is not understood; ``expression`` names it and holds for no patient."""

    expression: Expression
    reason: str


def biomarker(name: str, genes: Sequence[str], properties: Mapping[str, Json]) -> Expression | Unclear:
    """The expression that a biomarker stands for; ``_present: false`` makes it a ``Not``.

    Args:
        name: as the source writes it, for people.
        genes: HGNC symbols in the source's order (5' before 3').
        properties: the biomarker's extensions, or the columns of a flat record.
    """
    kind = str(properties.get("biomarker_type") or "").casefold()
    present = properties.get("_present", True)
    read = _KINDS.get(kind)
    unclear: str | None = None
    expression: Expression = Is(Criterion(type="other", name=name))
    if read is None:
        unclear = f"a biomarker of type {properties.get('biomarker_type')!r} is not known"
    elif not isinstance(present, bool):
        unclear = "the biomarker does not say whether it is present"
    elif strange := list(unused(properties, _KNOWN)):
        unclear = f"the biomarker has a property that is not understood: {', '.join(strange)}"
    else:
        made = read(name, tuple(genes), properties)
        if isinstance(made, str):
            unclear = made
        else:
            expression = made
    if present is False:
        expression = Not(expression)
    return Unclear(expression, unclear) if unclear else expression


_KNOWN = (
    "biomarker_type", "_present", "chromosome", "arm", "start_position", "end_position", "reference_allele",
    "alternate_allele", "cdna_change", "protein_change", "variant_annotation", "exon", "rsid", "hgvsg", "hgvsc",
    "requires_oncogenic", "requires_pathogenic", "pathogenic", "rearrangement_type", "locus", "direction", "cytoband",
    "marker", "unit", "equality", "value", "status", "classification", "minimum_mutations",
    "minimum_mutations_per_megabase", "mutations_per_mb", "cosmic_signature",
)  # fmt: skip
"""Identifiers among them (``rsid``, ``hgvsg``) narrow nothing that protein change and alleles do not."""

Made = Expression | str
"""What a reader of one type returns: the expression, or why there is none."""


def _text(properties: Mapping[str, Json], key: str) -> str:
    value = properties.get(key)
    return "" if value is None else str(value).strip()


# -- variants --------------------------------------------------------------------------------------------------------

_ANNOTATIONS: Mapping[str, tuple[Consequence, ...]] = {
    "missense": ("missense",),
    "nonsense": ("nonsense",),
    "frameshift": ("frameshift",),
    "splice site": ("splice",),
    "deletion": ("inframe_deletion",),
    "insertion": ("inframe_insertion",),
    "internal tandem duplication (itd)": ("itd",),
}
_REQUIRED_ANNOTATIONS: Mapping[str, Requires] = {"activating mutation": "activating"}


def _variant(name: str, genes: tuple[str, ...], p: Mapping[str, Json]) -> Made:
    if len(genes) != 1:
        return "a variant needs exactly one gene"
    gene, stated, annotation = genes[0], _text(p, "protein_change"), _text(p, "variant_annotation").casefold()
    if annotation and annotation not in _ANNOTATIONS and annotation not in _REQUIRED_ANNOTATIONS:
        return f"the variant annotation {annotation!r} is not known"
    requires = _requires(name, p) or _REQUIRED_ANNOTATIONS.get(annotation)
    origin: Literal["germline"] | None = "germline" if "germline" in _text(p, "biomarker_type").casefold() else None
    if stated:
        return _stated(name, gene, stated, p, origin, "pathogenic" if requires == "pathogenic" else None)
    exons = _exons(_text(p, "exon"))
    if exons is None and _text(p, "exon"):
        return f"the exon {_text(p, 'exon')!r} is not understood"
    domain = _domain(gene, name)
    if domain is None and _DOMAIN.search(name):
        return f"where the domain of {name!r} lies is not known"
    consequences = _ANNOTATIONS.get(annotation, ())
    # An exon with a kind of change, or a tandem duplication, is the definition itself; nothing more is asked of it.
    if consequences and (exons or "itd" in consequences):
        requires = None
    return Is(
        Criterion(
            type="variant", name=name, gene=gene, exons=exons, codons=domain, consequences=consequences,
            alleles=_alleles(p), cdna=_coding(p), requires=requires, origin=origin,
        )
    )  # fmt: skip


_DOMAIN = re.compile(r"\b(?:TKD|domain)\b", re.I)


def _domain(gene: str, name: str) -> tuple[int, int] | None:
    """The codons of a domain that a name speaks of: nothing but the name tells it."""
    for row in rows("ingest", "tables/domains.csv", ("gene", "domain", "pattern", "first", "last", "source")):
        if row["gene"] == gene and re.search(rf"\b{row['pattern']}\b", name, re.I):
            return int(row["first"]), int(row["last"])
    return None


def _stated(
    name: str,
    gene: str,
    stated: str,
    p: Mapping[str, Json],
    origin: Literal["germline"] | None,
    requires: Requires | None,
) -> Made:
    """A variant by its protein change, or by a codon. A change that is named asks for no class of effect besides."""
    if (residue := codon(stated)) is not None:
        codons = (residue[1], residue[1])
        return Is(Criterion(type="variant", name=name, gene=gene, codons=codons, origin=origin, requires=requires))
    change = protein_change(stated)
    if change is None:
        return f"the protein change {stated!r} is not understood"
    return _same_or_renumbered(
        name,
        Criterion(
            type="variant", name=name, gene=gene, protein=change.text, codons=(change.first, change.last),
            alleles=_alleles(p), origin=origin, requires=requires,
        ),
    )  # fmt: skip


def _requires(name: str, p: Mapping[str, Json]) -> Requires | None:
    if p.get("requires_pathogenic") or str(p.get("pathogenic", "")) == "1":
        return "pathogenic"
    if p.get("requires_oncogenic"):
        return "activating" if "activating" in name.casefold() else "oncogenic"
    return None


def _same_or_renumbered(name: str, criterion: Criterion) -> Expression:
    """Histone residues are counted with and without the initiator methionine: a name that counts the other way is an
    alternative (``p.K27M`` beside ``p.K28M``)."""
    written = re.search(r"p\.\S+", name)
    other = protein_change(written[0]) if written else None
    if other is None or other.text == criterion.protein or not (criterion.gene or "").startswith(("H3", "HIST1H3")):
        return Is(criterion)
    stated = protein_change(criterion.protein or "")
    if stated is None or abs(other.first - stated.first) != 1 or other.text[2] != stated.text[2]:
        return Is(criterion)
    twin = Criterion(
        type="variant", name=name, gene=criterion.gene, protein=other.text, codons=(other.first, other.last),
        origin=criterion.origin,
    )  # fmt: skip
    return Any((Is(criterion), Is(twin)))


def _coding(p: Mapping[str, Json]) -> str | None:
    change = coding_change(_text(p, "cdna_change"))
    return change.text if change else None


def _exons(text: str) -> tuple[int, int] | None:
    """``19``, ``16/20`` (of twenty), ``18-21``."""
    match = re.fullmatch(r"(\d{1,3})(?:\s*-\s*(\d{1,3})|/\d{1,3})?", text)
    return (int(match[1]), int(match[2] or match[1])) if match else None


def _alleles(p: Mapping[str, Json]) -> tuple[str, ...]:
    """The allele, where it is a substitution: MOAlmanac's positions are GRCh37, plus strand.

    Insertions and deletions are written with ``-`` and lack the base in front; they are left to the protein change.
    """
    chromosome, start, end = (
        _text(p, "chromosome").removeprefix("chr"),
        _text(p, "start_position"),
        _text(p, "end_position"),
    )
    ref, alt = _text(p, "reference_allele").upper(), _text(p, "alternate_allele").upper()
    if not (chromosome and start.isdigit() and re.fullmatch("[ACGT]+", ref) and re.fullmatch("[ACGT]+", alt)):
        return ()
    if len(ref) != len(alt) or (end.isdigit() and int(end) - int(start) + 1 != len(ref)):
        return ()
    return (f"GRCh37:{chromosome}:{start}:{ref}:{alt}",)


# -- rearrangements, copy numbers, wild type -------------------------------------------------------------------------


def _rearrangement(name: str, genes: tuple[str, ...], p: Mapping[str, Json]) -> Made:
    kind = _text(p, "rearrangement_type").casefold()
    if kind not in ("", "fusion", "translocation"):
        return f"the rearrangement type {kind!r} is not known"
    genes = genes or translocation(_text(p, "locus") or name) or ()
    if len(genes) == 2:
        return Is(Criterion(type="fusion", name=name, gene_5p=genes[0], gene_3p=genes[1]))
    if len(genes) != 1:
        return "a rearrangement needs one gene or two"
    gene = genes[0]
    if kind != "fusion":
        return Is(Criterion(type="rearrangement", name=name, gene=gene))
    five, three = name.startswith(f"{gene}::"), name.endswith(f"::{gene}")
    return Is(
        Criterion(
            type="fusion", name=name, gene=gene, gene_5p=gene if five else None, gene_3p=gene if three else None
        )
    )  # fmt: skip


_DIRECTIONS: Mapping[str, tuple[CopyDirection, ...]] = {
    "amplification": ("amplification",),
    "deletion": ("loss", "deep_deletion"),
}


def _copy_number(name: str, genes: tuple[str, ...], p: Mapping[str, Json]) -> Made:
    directions = _DIRECTIONS.get(_text(p, "direction").casefold())
    if directions is None:
        return f"the copy-number direction {_text(p, 'direction')!r} is not known"
    region = f"{_text(p, 'chromosome')}{_text(p, 'arm')}" if _text(p, "arm") else None
    if len(genes) == 1 and region is None:
        return Is(Criterion(type="cna", name=name, gene=genes[0], directions=directions))
    band = region or _text(p, "cytoband")
    if genes or not band:
        return "a copy number needs one gene, or a chromosome arm"
    return Is(Criterion(type="cna", name=name, region=band, directions=directions))


def _wild_type(name: str, genes: tuple[str, ...], p: Mapping[str, Json]) -> Made:
    if len(genes) != 1:
        return "a wild type needs exactly one gene"
    return Is(Criterion(type="wildtype", name=name, gene=genes[0]))


# -- measured --------------------------------------------------------------------------------------------------------


def _expression(name: str, genes: tuple[str, ...], p: Mapping[str, Json]) -> Made:
    known = marker(_text(p, "marker"))
    if known is None:
        return f"the marker {_text(p, 'marker')!r} is not known"
    equality, value = _text(p, "equality"), _text(p, "value")
    if (number := _number(value)) is None:
        if _text(p, "unit").casefold() != "status" or equality != "=" or not value:
            return f"the expression {equality} {value} is not understood"
        return Is(Criterion(type="expression", name=name, marker=known, statuses=(value.casefold(),)))
    if (comparator := _COMPARATORS.get(equality)) is None:
        return f"the comparison {equality!r} is not known"
    # A share of cells without the name of a score is one of tumour cells.
    score = scheme(_text(p, "unit")) or ("TC" if _text(p, "unit").casefold() == "status" else None)
    if score is None:
        return f"the unit {_text(p, 'unit')!r} is not known"
    unit = units()[score]
    if unit == "percent":
        percent = _percent(name, number)
        if percent is None:
            return f"the value {value} and the name {name!r} do not agree"
        number = percent
    return Is(
        Criterion(
            type="expression", name=name, marker=known, comparator=comparator, value=number, unit=unit, scheme=score
        )
    )  # fmt: skip


_COMPARATORS: Mapping[str, Literal["<", "<=", ">", ">=", "="]] = {
    "<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">=", "=": "=",
}  # fmt: skip


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else None


def _percent(name: str, number: float) -> float | None:
    """Percent from a share that is written as a fraction (0.5) or as percent (50); the name tells which, if it can."""
    fraction = round(number * 100, 6)
    named = [float(n) for n in re.findall(r"(\d+(?:\.\d+)?)\s*%", name)]
    if not named:
        return fraction if number <= 1 else number
    return next((n for n in named if n in (fraction, number)), None)


def _msi(name: str, genes: tuple[str, ...], p: Mapping[str, Json]) -> Made:
    text = _text(p, "status").casefold()
    for words, status in ((("msi-h", "high"), "MSI-H"), (("msi-l", "low"), "MSI-L"), (("mss", "stable"), "MSS")):
        if any(word in re.split(r"[ ()]+|(?<=msi)-(?=high|low)", text) for word in words):
            return Is(Criterion(type="msi", name=name, statuses=(status,)))
    return f"the microsatellite status {text!r} is not known"


def _repair(name: str, genes: tuple[str, ...], p: Mapping[str, Json]) -> Made:
    status = _text(p, "status").casefold()
    if status not in ("deficient", "proficient"):
        return f"the repair status {status!r} is not known"
    if _text(p, "biomarker_type").casefold() == "mismatch repair":
        return Is(Criterion(type="mmr", name=name, statuses=(status,)))
    return Is(Criterion(type="hrd", name=name, statuses=("positive" if status == "deficient" else "negative",)))


def _burden(name: str, genes: tuple[str, ...], p: Mapping[str, Json]) -> Made:
    rate = _text(p, "minimum_mutations_per_megabase") or _text(p, "mutations_per_mb")
    classification = _text(p, "classification").casefold()
    if classification not in ("high", "low") or (rate and classification == "low"):
        return f"the mutational burden {classification!r} is not understood"
    if rate:
        if (number := _number(rate)) is None:
            return f"the mutational burden {rate!r} is no number"
        return Is(Criterion(type="tmb", name=name, comparator=">=", value=number, unit="mut/Mb"))
    # A minimum count of mutations depends on the study's panel; the status is what carries over.
    return Is(Criterion(type="tmb", name=name, statuses=(classification,)))


def _signature(name: str, genes: tuple[str, ...], p: Mapping[str, Json]) -> Made:
    signature = _text(p, "cosmic_signature")
    return Is(Criterion(type="signature", name=name, marker=signature)) if signature else "the signature has no name"


_KINDS = {
    "somatic variant": _variant,
    "germline variant": _variant,
    "rearrangement": _rearrangement,
    "copy number": _copy_number,
    "copy number (arm level)": _copy_number,
    "wild type": _wild_type,
    "protein expression": _expression,
    "microsatellite stability": _msi,
    "mismatch repair": _repair,
    "homologous recombination": _repair,
    "tumor mutational burden": _burden,
    "mutational burden": _burden,
    "mutational signature": _signature,
}
