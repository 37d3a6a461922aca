"""From a stated biomarker to a finding that rules can compare, or to a reason why not.

Derived here is only what the biomarker itself settles: canonical spelling, codons, exon (where a table knows it),
classes of change, allele keys, what a stated classification means, canonical markers and units.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from msgspec.structs import replace

from graph.describe import MEASURED
from graph.hgvs import CodingChange, ProteinChange, coding_change, codon, protein_change
from graph.packaged import rows
from graph.patient import Biomarker, Finding, Unread
from ingest.patients import consequences, exons, viral
from ingest.patients.alleles import key
from rules import markers, viruses
from rules.bands import band
from rules.biomarker_words import named_change
from rules.biomarkers import criterion
from rules.genes import symbol


def read(biomarker: Biomarker) -> Finding | Unread:
    """The finding that a biomarker states; an ``Unread`` with a plain reason when it cannot be understood.

    >>> read(Biomarker(type="snv", gene="EGFR", hgvs_p="p.Leu858Arg")).read_as
    'EGFR p.L858R'
    >>> read(Biomarker(type="expression", marker="PDL1", value=60, unit="TPS")).read_as
    'PD-L1 TPS 60 percent'
    >>> read(Biomarker(type="snv", gene="BRAF", hgvs_p="p.V600Z")).reason
    'the protein change is not understood'
    """
    found = _READERS[biomarker.type](biomarker)
    if isinstance(found, Finding):
        return found
    gene = biomarker.gene or biomarker.gene_3p or biomarker.gene_5p
    return Unread(input=as_stated(biomarker), reason=found, gene=symbol(gene) if gene else None,
                  source=biomarker.source)  # fmt: skip


def as_stated(b: Biomarker) -> str:
    """The biomarker on one line, as the file has it."""
    if b.text:
        return b.text
    fused = "::".join((b.gene_5p or "?", b.gene_3p or "?")) if b.gene_5p or b.gene_3p else None
    place = f"{b.chrom}:{b.pos}{b.ref}>{b.alt}" if b.chrom and b.pos else None
    value = f"{b.value:g}" if b.value is not None else None
    exon = f"exon {b.exon}" if b.exon and not b.hgvs_p else None
    change = b.hgvs_p or b.hgvs_c
    parts = (b.gene, fused, b.marker, b.name, exon, change, b.direction, b.status, b.scheme, value, b.unit,
             None if change else b.consequence, place if not change else None)  # fmt: skip
    return " ".join([b.type, *(part for part in parts if part)])


# -- changes of a gene -----------------------------------------------------------------------------------------------


def _variant(b: Biomarker) -> Finding | str:
    gene = symbol(b.gene) if b.gene else None
    if gene is not None and gene in viruses.genes():
        return viral.read(b, gene)
    protein = protein_change((named_change(gene, b.hgvs_p) if gene else None) or b.hgvs_p) if b.hgvs_p else None
    named_codon = codon(b.hgvs_p) if b.hgvs_p and protein is None else None
    coding = coding_change(b.hgvs_c) if b.hgvs_c else None
    alleles = key(b)
    if isinstance(alleles, str) and not (protein or coding or named_codon):
        return alleles
    located = alleles if isinstance(alleles, tuple) else ()
    if b.hgvs_p and not (protein or named_codon or coding or located or _says_no_effect(b.hgvs_p)):
        return "the protein change is not understood"
    if b.hgvs_c and not (coding or protein or named_codon or located):
        return "the coding change is not understood"
    if gene is None and not located:
        return "neither a gene nor genomic coordinates are given"
    codons = _codons(protein, named_codon, coding)
    oncogenic, uncertain = _stated(b)
    finding = Finding(
        input=as_stated(b),
        read_as="",
        kind="variant",
        gene=gene,
        protein=protein.text if protein else None,
        cdna=coding.text if coding else None,
        alleles=located,
        codons=codons,
        exon=b.exon or _exon(gene, codons, protein, coding),
        consequences=_consequences(b, protein, coding),
        origin=b.origin or "unknown",
        zygosity=b.zygosity,
        phase=b.phase,
        oncogenic=oncogenic,
        uncertain=uncertain,
        source=b.source,
    )
    words = _change_in_words(finding, b, named_codon)
    return replace(finding, read_as=f"{words} (germline)" if finding.origin == "germline" else words)


def _change_in_words(f: Finding, b: Biomarker, named_codon: tuple[str, int] | None) -> str:
    place = f"{b.assembly} {b.chrom}:{b.pos} {b.ref}>{b.alt}" if f.alleles else None
    exon = f"exon {f.exon}" if f.exon and not f.protein else None
    kind = f.consequences[0].replace("_", " ") if f.consequences and not f.protein else None
    change = f.protein or (f"codon {named_codon[0]}{named_codon[1]}" if named_codon else None) or f.cdna
    parts = [f.gene, change or exon, kind if not f.protein and not f.cdna else None, place if not change else None]
    words = " ".join(part for part in parts if part)
    return words if change or exon or kind or place else f"{words} change of unknown kind"


def _says_no_effect(text: str) -> bool:
    return re.fullmatch(r"(?:\S+:)?p\.\(?[?=0]\)?", text.strip()) is not None


def _codons(
    protein: ProteinChange | None, named: tuple[str, int] | None, coding: CodingChange | None
) -> tuple[int, int] | None:
    if protein:
        return protein.first, protein.last
    if named:
        return named[1], named[1]
    return coding.codons if coding else None


def _exon(
    gene: str | None, codons: tuple[int, int] | None, protein: ProteinChange | None, coding: CodingChange | None
) -> int | None:
    if gene is None:
        return None
    if protein and protein.text.endswith("_splice"):
        return exons.exon_of_spliced_codon(gene, protein.first)
    if coding and coding.splice and (found := exons.exon_of_splice(gene, coding.text)):
        return found
    return exons.exon_of_codons(gene, *codons) if codons else None


def _consequences(b: Biomarker, protein: ProteinChange | None, coding: CodingChange | None) -> tuple[str, ...]:
    """What kind of change it is: by the protein, else by the file's own term, else by type and coding change."""
    found: list[str] = list(protein.consequences) if protein else []
    stated = consequences.of(b.consequence).classes if b.consequence else ()
    if not found or (coding and coding.splice):
        found += stated
    if not found and coding:
        found += coding.consequences
    if b.type == "splice" and "splice" not in found:
        found += ["splice", "truncating"]
    if b.type == "itd":
        found = ["itd", "duplication", "inframe_insertion", *found]
    return tuple(dict.fromkeys(found))


def _stated(b: Biomarker) -> tuple[bool | None, bool]:
    """Oncogenic (or pathogenic), and whether it is stated to be of uncertain significance."""
    meanings: set[str] = set()
    if b.oncogenic is not None:
        meanings.add("oncogenic" if b.oncogenic else "benign")
    if b.classification is not None:
        meanings |= _meanings(b.classification.value, b.classification.scheme)
    if b.clinvar:
        meanings |= _meanings(b.clinvar, None)
    if b.oncogenic is not None or b.classification is not None:
        meanings -= {"uncertain"} if len(meanings) == 2 and b.oncogenic is not None else set()
    if "uncertain" in meanings or {"oncogenic", "benign"} <= meanings:
        return None, True
    return (True if "oncogenic" in meanings else False if "benign" in meanings else None), False


def _meanings(text: str, scheme: str | None) -> set[str]:
    """What each of the words that are joined in ``text`` means; words about something else mean nothing."""
    found = set()
    for part in re.split(r"[/,;&|]", text):
        word = " ".join(re.sub(r"[_\-]+", " ", part).casefold().split())
        for words, needed, means in _classifications():
            if word in words and (not needed or (scheme and needed.casefold() in scheme.casefold())):
                found.add(means)
    return found


@cache
def _classifications() -> tuple[tuple[frozenset[str], str, str], ...]:
    table = rows("ingest", "patients/tables/classifications.csv", ("words", "scheme", "means"))
    return tuple((frozenset(row["words"].split("|")), row["scheme"], row["means"]) for row in table)


# -- fusions, copy numbers, wild types -------------------------------------------------------------------------------

_FUSED = ("fusion", "rearrangement")
_NO_PARTNER = {"", "?", "v", "unknown", "na", "n/a", ".", "-", "none"}


def _fusion(b: Biomarker) -> Finding | str:
    ends = [symbol(g) if g and g.strip().casefold() not in _NO_PARTNER else None for g in (b.gene_5p, b.gene_3p)]
    gene = symbol(b.gene) if b.gene else None
    stated = b.name or b.marker
    named = criterion(None, stated) if stated and not any(ends) else None
    if named and named.type in _FUSED and gene in (None, named.gene, named.gene_5p, named.gene_3p):
        ends, gene = [named.gene_5p, named.gene_3p], gene or named.gene
    if not any(ends) and gene is None:
        return f"{stated!r} is no fusion that is known" if stated else "no partner of the fusion is named"
    word = "fusion" if b.type == "fusion" else "rearrangement"
    name = "::".join(end or "?" for end in ends) if any(ends) else gene
    oncogenic, uncertain = _stated(b)
    return Finding(
        input=as_stated(b),
        read_as=f"{name} {word}",
        kind="fusion" if b.type == "fusion" else "rearrangement",
        gene=gene,
        gene_5p=ends[0],
        gene_3p=ends[1],
        exon_5p=b.exon_5p,
        exon_3p=b.exon_3p,
        origin=b.origin or "unknown",
        oncogenic=oncogenic,
        uncertain=uncertain,
        source=b.source,
    )


def _copy_number(b: Biomarker) -> Finding | str:
    """Of a gene, or of an arm or a band that is named instead: ``marker`` 5q, ``name`` del(5q)."""
    region = next((found for text in (b.gene, b.marker, b.name) if text and (found := band(text))), None)
    gene = symbol(b.gene) if b.gene and band(b.gene) is None else None
    if gene is None and region is None:
        return "neither a gene nor a chromosome arm is named"
    direction = b.direction or (region.direction if region and gene is None else None)
    if direction is None and b.copy_number == 0:
        direction = "deep_deletion"
    if direction is None and b.copy_number is None:
        return "neither a direction nor a copy number is given"
    words = direction.replace("_", " ") if direction else f"copy number {b.copy_number:g}"
    marker = region.region if region and gene is None else None
    return Finding(input=as_stated(b), read_as=f"{gene or marker} {words}", kind="cna", gene=gene, marker=marker,
                   direction=direction, copy_number=b.copy_number, origin=b.origin or "unknown",
                   source=b.source)  # fmt: skip


def _wild_type(b: Biomarker) -> Finding | str:
    if not b.gene:
        return "no gene is named"
    gene = symbol(b.gene)
    return Finding(input=as_stated(b), read_as=f"{gene} wild type", kind="wildtype", gene=gene, source=b.source)


# -- markers ---------------------------------------------------------------------------------------------------------


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.strip().casefold())


_STATUSES: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "msi": {"msi h": "MSI-H", "msi high": "MSI-H", "high": "MSI-H", "msih": "MSI-H", "unstable": "MSI-H",
            "instable": "MSI-H", "msi l": "MSI-L", "msi low": "MSI-L", "low": "MSI-L", "mss": "MSS", "stable": "MSS"},
    "mmr": {"deficient": "deficient", "dmmr": "deficient", "mmr d": "deficient", "loss": "deficient",
            "proficient": "proficient", "pmmr": "proficient", "mmr p": "proficient", "intact": "proficient"},
    "tmb": {"high": "high", "tmb h": "high", "tmb high": "high", "low": "low", "tmb l": "low", "tmb low": "low"},
    "hrd": {"positive": "positive", "high": "positive", "deficient": "positive", "hrd": "positive",
            "hrd positive": "positive", "negative": "negative", "low": "negative", "proficient": "negative",
            "hrp": "negative", "hrd negative": "negative"},
    "expression": {word: word for word in ("positive", "negative", "low", "ultralow", "high")}
                  | {"pos": "positive", "neg": "negative", "ultra low": "ultralow", "overexpressed": "high"},
})  # fmt: skip
_PER_MEGABASE = re.compile(r"(?:muts?|mutations?|variants?)\s*(?:/|per)\s*(?:mb|mbp|megabase)", re.I)


def _status(b: Biomarker) -> str | None:
    return _STATUSES[b.type].get(_folded(b.status)) if b.status else None


def _state(b: Biomarker) -> Finding | str:
    """Microsatellites, mismatch repair, tumour mutational burden, homologous recombination."""
    status = _status(b)
    if b.status and status is None:
        return f"the status is none of {', '.join(dict.fromkeys(_STATUSES[b.type].values()))}"
    if status is None and b.value is None:
        return "neither a status nor a value is given"
    unit, scheme = b.unit, b.scheme
    if b.value is not None and b.type in ("msi", "mmr"):
        return "a value cannot be read as a status here"
    if b.type == "tmb":
        if unit and not _PER_MEGABASE.fullmatch(unit.strip()):
            return "the unit is not mutations per megabase and is not converted"
        unit = "mut/Mb" if b.value is not None else None
        if b.value is not None and b.value > 100_000:
            return "a burden of this size is not possible"
    if b.type == "hrd" and b.value is not None and b.value > 1_000:
        return "a score of this size is not possible"
    name = MEASURED[b.type]
    value = f"{b.value:g}" if b.value is not None else None
    words = " ".join(part for part in (name, scheme, status, value, unit) if part)
    return Finding(input=as_stated(b), read_as=status if b.type == "msi" and status else words,
                   kind="msi" if b.type == "msi" else "mmr" if b.type == "mmr" else "tmb" if b.type == "tmb" else "hrd",
                   marker=name, status=status, value=b.value, unit=unit, scheme=scheme, source=b.source)  # fmt: skip


def _expression(b: Biomarker) -> Finding | str:
    stated = b.marker or b.gene
    if not stated:
        return "no marker is named"
    name = markers.marker(stated) or markers.marker_of_gene(symbol(stated)) or symbol(stated)
    status = _status(b)
    if b.status and status is None:
        return "the status is none of positive, negative, low, ultralow, high"
    if status is None and b.value is None:
        return "neither a status nor a value is given"
    measured = _measured(b)
    if isinstance(measured, str):
        return measured
    value, unit, scheme = measured
    shown = f"{value:g} {unit}" if value is not None else None
    words = " ".join(part for part in (name, scheme, status, shown) if part)
    return Finding(input=as_stated(b), read_as=words, kind="expression", marker=name, status=status, value=value,
                   unit=unit, scheme=scheme, source=b.source)  # fmt: skip


_Measured = tuple[float | None, str | None, str | None]


def _measured(b: Biomarker) -> _Measured | str:
    """Value, unit and score, converted to the score's own unit; a text says why it cannot be."""
    if b.value is None:
        return None, None, markers.scheme(b.scheme) or b.scheme if b.scheme else None
    unit = (b.unit or "").strip()
    scheme = next((found for text in (b.scheme, unit) if text and (found := markers.scheme(text))), None)
    if b.scheme and markers.scheme(b.scheme) is None:
        return f"the score {b.scheme!r} is not known"
    folded = unit.casefold()
    is_score = bool(unit) and markers.scheme(unit) is not None
    if is_score and markers.scheme(unit) != scheme:
        return f"unit and scheme name different scores ({b.unit}, {b.scheme})"
    if scheme and markers.units()[scheme] == "count":
        if folded not in ("", "count", "points") and not is_score:
            return f"{scheme} is a count, not {unit}"
        return (b.value, "count", scheme) if b.value <= 100 else f"{scheme} lies between 0 and 100"
    if folded in ("fraction", "proportion"):
        return (b.value * 100, "percent", scheme) if b.value <= 1 else "a fraction lies between 0 and 1"
    if is_score or folded in ("percent", "%", "pct", "percentage") or (scheme and not unit):
        return (b.value, "percent", scheme) if b.value <= 100 else f"{scheme or 'a percentage'} lies between 0 and 100"
    return f"the unit {unit!r} is not known" if unit else "the value has no unit"


def _signature(b: Biomarker) -> Finding | str:
    name = (b.name or b.marker or "").strip()
    if not name:
        return "no signature is named"
    value = f" {b.value:g}" if b.value is not None else ""
    return Finding(input=as_stated(b), read_as=f"signature {name}{value}", kind="signature", marker=name,
                   status=b.status, value=b.value, unit=b.unit, source=b.source)  # fmt: skip


_READERS: Mapping[str, Callable[[Biomarker], Finding | str]] = MappingProxyType({
    "snv": _variant, "indel": _variant, "splice": _variant, "itd": _variant, "fusion": _fusion,
    "rearrangement": _fusion, "cna": _copy_number, "wildtype": _wild_type, "msi": _state, "mmr": _state,
    "tmb": _state, "hrd": _state, "expression": _expression, "signature": _signature,
})  # fmt: skip
