"""Biomarkers made up for a criterion: what a patient may have so that it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from graph.claims import Criterion
from graph.describe import MEASURED
from graph.patient import Biomarker, BiomarkerType
from rules.criteria import usual_side
from rules.markers import markers, units

Made = tuple[Biomarker, ...]
LOOKED_FOR: tuple[BiomarkerType, ...] = ("snv", "indel", "splice", "itd", "fusion", "cna")
"""What a test of a gene is said to have looked for, so that what it did not find is absent."""
_RESIDUES = "VACDEFGHIKLMNPQRSTWY"
_QUIET = 10
"""A codon for changes of which the row does not say where they are."""
_FORMS: Mapping[str, tuple[BiomarkerType, str]] = {
    "missense": ("snv", "p.{a}{n}{b}"), "nonsense": ("snv", "p.{a}{n}*"), "frameshift": ("indel", "p.{a}{n}fs"),
    "truncating": ("indel", "p.{a}{n}fs"), "inframe_deletion": ("indel", "p.{a}{n}del"),
    "inframe_insertion": ("indel", "p.{a}{n}_{b}{m}insGA"), "duplication": ("indel", "p.{a}{n}dup"),
    "delins": ("indel", "p.{a}{n}delinsGA"), "stop_lost": ("snv", "p.*{n}{b}ext*"), "start_lost": ("snv", "p.M1?"),
    "synonymous": ("snv", "p.{a}{n}="),
}  # fmt: skip
_TERMS = {"splice": "splice_donor_variant", "start_lost": "start_lost", "stop_lost": "stop_lost"}


def shows(c: Criterion, avoid: Iterable[int] = ()) -> tuple[Made, ...]:
    """Ways in which a patient may satisfy a criterion of a gene, the plainest first; empty where none is known.

    ``avoid`` are codons at which a change that the criterion does not place must not lie.
    """
    make = _MAKERS.get(c.type)
    return tuple(dict.fromkeys(make(c, frozenset(avoid)))) if make else ()


def measures(criteria: Sequence[Criterion]) -> tuple[Made, ...]:
    """Results of one measured marker that the criteria tell apart: every status, and values around each bound."""
    c = criteria[0]
    found: dict[Made, None] = {}
    if c.known is not None and c.scheme:
        return ((_measured(c, value=50.0, unit=units()[c.scheme], scheme=c.scheme),),)
    if any(x.comparator is not None for x in criteria):
        stated = sorted({x.value for x in criteria if x.value is not None})
        for value in around(stated, low=0.0, high=100.0 if c.unit in ("percent", "count") else None):
            found[(_measured(c, value=value, unit=c.unit, scheme=c.scheme),)] = None
    known = markers().get(c.marker or MEASURED.get(c.type, ""))
    statuses = dict.fromkeys(s for x in criteria for s in x.statuses)
    if statuses or not found:
        for status in (*statuses, *(known.statuses if known else ("positive", "negative"))):
            found[(_measured(c, status=status),)] = None
    return tuple(found)


def around(bounds: Sequence[float], *, low: float | None = None, high: float | None = None) -> list[float]:
    """The bounds themselves, a value between any two neighbours, and one beyond either end; within ``low`` and
    ``high``.

    >>> around([30, 60], low=0), around([0], low=0), around([0.5], low=0)
    ([30, 60, 45.0, 29, 61], [0, 1], [0.5, 0.25, 1.5])
    """
    points = sorted(set(bounds))
    between = [(a + b) / 2 for a, b in pairwise(points)]
    beyond = [points[0] - 1, points[-1] + 1] if points else [0.0]
    if points and low is not None and beyond[0] < low < points[0]:
        beyond[0] = (low + points[0]) / 2
    if points and high is not None and points[-1] < high < beyond[1]:
        beyond[1] = (high + points[-1]) / 2
    return [p for p in (*points, *between, *beyond) if (low is None or p >= low) and (high is None or p <= high)]


def _measured(c: Criterion, **said: Any) -> Biomarker:
    if c.type == "signature":
        return Biomarker(type="signature", name=c.marker or c.name, **said)
    if c.type == "msi" or c.type == "mmr" or c.type == "tmb" or c.type == "hrd":
        return Biomarker(type=c.type, **said)
    return Biomarker(type="expression", marker=c.marker or c.gene, **said)


def _variants(c: Criterion, avoid: frozenset[int]) -> Iterator[Made]:
    if c.residues and c.codons:
        yield from ((Biomarker(type="snv", gene=c.gene, hgvs_p=text),) for text in _viral(c))
        return
    common: dict[str, Any] = {
        "gene": c.gene, "origin": c.origin, "zygosity": c.zygosity,
        "exon": c.exons[0] if c.exons else None,
    }  # fmt: skip
    if c.protein or c.cdna:
        kind: BiomarkerType = "indel" if re.search(r"del|ins|dup|fs", c.protein or c.cdna or "") else "snv"
        named: dict[str, Any] = {"type": kind, "hgvs_p": c.protein, "hgvs_c": c.cdna, **common}
        if c.requires is None:
            yield (Biomarker(**named),)
        yield (Biomarker(**named, oncogenic=True),)
        return
    if c.alleles:
        for allele in c.alleles:
            assembly, chrom, pos, ref, alt = allele.split(":")
            place: dict[str, Any] = {"assembly": assembly, "chrom": chrom, "pos": int(pos), "ref": ref, "alt": alt}
            yield (Biomarker(type="snv" if len(ref) == len(alt) else "indel", **place, **common),)
        return
    for consequence in c.consequences or ("missense", "frameshift", "inframe_deletion"):
        codon = c.codons[0] if c.codons else next(n for n in range(_QUIET, 10_000) if n not in avoid)
        oncogenic = True if consequence in ("missense", "synonymous") or c.requires else None
        yield (_change(c, consequence, codon, oncogenic, common),)


def _viral(c: Criterion) -> Iterator[str]:
    """Changes of a virus's protein, of which only what the codon holds then matters."""
    codon = c.codons[0] if c.codons else 0
    for residue in c.residues:
        yield {"i": f"{codon}i", "d": f"{codon}d"}.get(residue, f"{codon}{residue}")


def _change(
    c: Criterion, consequence: str, codon: int, oncogenic: bool | None, common: Mapping[str, Any]
) -> Biomarker:  # fmt: skip
    if consequence == "itd":
        return Biomarker(type="itd", oncogenic=oncogenic, **common)
    if consequence in _TERMS and not c.codons:
        kind: BiomarkerType = "splice" if consequence == "splice" else "snv"
        return Biomarker(type=kind, consequence=_TERMS[consequence], oncogenic=oncogenic, **common)
    kind, form = _FORMS.get(consequence, _FORMS["missense"])
    stated = re.search(rf"([A-Z]){codon}(?!\d)", c.name)
    a = stated[1] if stated else "A"
    taken = {change[-1] for change in c.except_changes}
    b = next(r for r in _RESIDUES if r != a and r not in taken)
    text = form.format(a=a, b=b, n=codon, m=codon + 1)
    return Biomarker(type=kind, hgvs_p=text, oncogenic=oncogenic, **common)


def _fusions(c: Criterion, avoid: frozenset[int]) -> Iterator[Made]:
    five, three = c.gene_5p, c.gene_3p
    if c.gene and c.gene not in (five, three):
        if usual_side(c.gene) == "5p":
            five = five or c.gene
        else:
            three = three or c.gene
    kind: BiomarkerType = "rearrangement" if c.type == "rearrangement" else "fusion"
    yield (Biomarker(type=kind, gene_5p=five, gene_3p=three, exon_5p=c.exon_5p, exon_3p=c.exon_3p),)


def _copies(c: Criterion, avoid: frozenset[int]) -> Iterator[Made]:
    for direction in c.directions or ("amplification",):
        yield (Biomarker(type="cna", gene=c.gene, marker=None if c.gene else c.region, direction=direction),)


def _wild(c: Criterion, avoid: frozenset[int]) -> Iterator[Made]:
    yield (Biomarker(type="wildtype", gene=c.gene),)


_MAKERS: Mapping[str, Callable[[Criterion, frozenset[int]], Iterator[Made]]] = {
    "variant": _variants, "fusion": _fusions, "rearrangement": _fusions, "cna": _copies, "wildtype": _wild,
}  # fmt: skip
