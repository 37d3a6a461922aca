"""Whether one finding satisfies one criterion: the leaves of matching.

``compare`` looks at one finding alone and answers ``True``, ``False`` or unknown, and whether a ``False`` settles the
criterion for the whole tumour: another change at the same codon, the other status of the same marker. What no finding
settles is left to ``rules.match``, which knows what was tested.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from graph.answer import Rung
from graph.claims import Criterion, Requires
from graph.hgvs import protein_change, residues
from graph.packaged import rows
from graph.patient import Finding
from graph.spellings import same_protein_change
from rules.bands import arm
from rules.cells import compile_cell
from rules.kleene import Truth, conjunction

ClassOf = Callable[[Finding, Requires], Truth]
"""Whether a finding is oncogenic, activating, … in this release."""


class Compared(NamedTuple):
    """``settles``: a ``False`` that no other finding or test can change. ``unnamed``: unknown only because the finding
    does not name its change, which may be an excepted one."""

    truth: Truth
    settles: bool = False
    unnamed: bool = False


YES, MAYBE, NO, NEVER = Compared(True), Compared(None), Compared(False), Compared(False, True)
UNNAMED = Compared(None, unnamed=True)

_TRUNCATING = ("truncating", "nonsense", "frameshift", "splice")
_EXCLUSIVE = {
    frozenset(pair)
    for pair in (
        ("positive", "negative"),
        ("low", "positive"),
        ("ultralow", "positive"),
        ("high", "low"),
        ("high", "negative"),
        ("low", "ultralow"),
        ("msi-h", "mss"),
        ("msi-h", "msi-l"),
        ("msi-l", "mss"),
        ("deficient", "proficient"),
    )
}
_ENOUGH = {("positive", "high"), ("gain", "amplification"), ("loss", "deep_deletion")}
"""(asked, found) where the found one is a stronger degree of the asked one."""


def rung_of(criterion: Criterion) -> Rung:
    """The scope that a criterion states.

    >>> rung_of(Criterion(type="variant", name="EGFR exon 19 deletion", gene="EGFR", exons=(19, 19)))
    'exon'
    """
    c = criterion
    if c.type != "variant":
        return "gene" if c.type == "wildtype" else "category"
    if c.protein or c.cdna or c.alleles:
        return "protein" if c.protein else "allele"
    if c.codons and c.codons[0] == c.codons[1]:
        return "codon"
    if c.codons or c.exons:
        return "exon"
    return "category" if c.consequences or c.requires or c.except_codons or c.except_changes else "gene"


def met_at(criterion: Criterion, finding: Finding) -> Rung:
    """The rung at which a finding that satisfies a criterion does so: the allele, where both name it."""
    rung = rung_of(criterion)
    if rung == "protein" and (_shared(criterion, finding) or (criterion.cdna and criterion.cdna == finding.cdna)):
        return "allele"
    return rung


def compare(criterion: Criterion, finding: Finding, class_of: ClassOf) -> Compared:
    """How one finding of the criterion's gene or marker bears on the criterion."""
    return _COMPARE[criterion.type](criterion, finding, class_of)


def _variant(c: Criterion, f: Finding, class_of: ClassOf) -> Compared:
    if f.kind != "variant" or f.gene != c.gene:
        return NO
    if c.residues:
        return _residues(c, f)
    if f.consequences == ("synonymous",):
        return NO
    change = _change(c, f)
    if change.truth is False:
        return change
    kind = _class(c, f, class_of)
    if kind is False:
        # A change stated to be harmless says nothing of others; an exception of a table does.
        return NO if f.oncogenic is False else NEVER
    if False in (_origin(c, f), _zygosity(c, f)):
        # This change is not as asked; where the row names no change, another one in the gene still may be.
        return NEVER if c.protein or c.cdna or c.alleles else MAYBE
    truth = conjunction((change.truth, _origin(c, f), _zygosity(c, f), kind))
    return UNNAMED if truth and c.except_changes and f.protein is None else Compared(truth)


def _change(c: Criterion, f: Finding) -> Compared:
    """Whether the change itself is the one asked for, whatever its origin or effect."""
    if _shared(c, f):
        return YES
    if c.protein or c.cdna:
        return _same_change(c, f)
    if c.alleles:
        return NO if _comparable(c, f) else MAYBE
    parts: list[Truth] = []
    if c.codons:
        if f.codons is None:
            parts.append(None)
        elif f.codons[1] < c.codons[0] or f.codons[0] > c.codons[1]:
            return NO
        elif "truncating" in f.consequences and not c.consequences:
            # "KRAS G12" means a change of the residue; whether it means a protein cut off there is not said.
            parts.append(None)
    if c.except_codons and f.codons and f.codons[0] == f.codons[1] and f.codons[0] in c.except_codons:
        return NO
    if f.protein and any(same_protein_change(change, f.protein) for change in c.except_changes):
        return NO
    if c.exons:
        if f.exon is None:
            parts.append(None)
        elif not c.exons[0] <= f.exon <= c.exons[1]:
            return NO
    if c.consequences:
        if not f.consequences:
            parts.append(None)
        elif not set(_spread(c.consequences)) & set(f.consequences):
            return NO
    return Compared(conjunction(parts))


def _same_change(c: Criterion, f: Finding) -> Compared:
    if c.protein and f.protein:
        if same_protein_change(c.protein, f.protein):
            return YES if not (c.cdna and f.cdna) or c.cdna == f.cdna else NO
        same_place = c.codons is not None and f.codons == c.codons
        return NEVER if same_place else NO
    if c.cdna and f.cdna:
        return YES if c.cdna == f.cdna else NO
    if c.codons and f.codons and (f.codons[1] < c.codons[0] or f.codons[0] > c.codons[1]):
        return NO
    return NO if _comparable(c, f) and not c.protein else MAYBE


def _residues(c: Criterion, f: Finding) -> Compared:
    """What a codon of a virus holds: of a mixture any residue may be the one asked for."""
    if f.codons is None:
        return MAYBE
    if c.codons and (f.codons[1] < c.codons[0] or f.codons[0] > c.codons[1]):
        return NO
    change = protein_change(f.protein) if f.protein and not f.residues else None
    found = residues(change) if change else f.residues
    if not found:
        return MAYBE
    return NEVER if set(found).isdisjoint(c.residues) else YES


def _shared(c: Criterion, f: Finding) -> bool:
    return bool(c.alleles and f.alleles) and not set(c.alleles).isdisjoint(f.alleles)


def _comparable(c: Criterion, f: Finding) -> bool:
    """Whether both name alleles on one assembly, so that a difference means something."""
    return bool({a.partition(":")[0] for a in c.alleles} & {a.partition(":")[0] for a in f.alleles})


def _spread(consequences: tuple[str, ...]) -> tuple[str, ...]:
    return (*consequences, *_TRUNCATING) if "truncating" in consequences else consequences


def _origin(c: Criterion, f: Finding) -> Truth:
    if c.origin is None or c.origin == "unknown":
        return True
    if f.origin == "unknown":
        return None if c.origin == "germline" else True
    return c.origin == f.origin


def _zygosity(c: Criterion, f: Finding) -> Truth:
    if c.zygosity is None:
        return True
    return None if f.zygosity is None else f.zygosity == c.zygosity


def _class(c: Criterion, f: Finding, class_of: ClassOf) -> Truth:
    if c.requires:
        return class_of(f, c.requires)
    if c.protein or c.cdna or c.alleles:
        return True
    if f.oncogenic is False:
        # The row means changes that matter; this one is stated not to.
        return False
    if f.uncertain:
        return None
    kind = c.consequences and c.consequences != ("missense",)
    if kind or (c.codons and c.codons[0] == c.codons[1]) or (f.consequences and "missense" not in f.consequences):
        return True
    # "EGFR mutation" and "KIT exon 11 mutation" hold for a missense change only if it is oncogenic.
    return True if class_of(f, "oncogenic") else None


def _fusion(c: Criterion, f: Finding, class_of: ClassOf) -> Compared:
    if f.kind not in ("fusion", "rearrangement"):
        return NO
    parts: list[Truth] = []
    if c.gene_5p or c.gene_3p:
        straight = _partner(c.gene_5p, f.gene_5p), _partner(c.gene_3p, f.gene_3p)
        reversed_ = _partner(c.gene_5p, f.gene_3p), _partner(c.gene_3p, f.gene_5p)
        if False in straight:
            return NO if False in reversed_ else MAYBE
        parts += straight
        parts += (_exon(c.exon_5p, f.exon_5p), _exon(c.exon_3p, f.exon_3p))
    if c.gene:
        here = [side for side, gene in (("5p", f.gene_5p), ("3p", f.gene_3p)) if gene == c.gene]
        if not here and f.gene != c.gene:
            return NO
        side = usual_side(c.gene)
        parts.append(True if not here or side == "either" or side in here else None)
    truth = conjunction(parts)
    return NO if truth is False else Compared(truth)


def _partner(asked: str | None, found: str | None) -> Truth:
    if asked is None:
        return True
    return None if found is None else asked == found


def _exon(asked: int | None, found: int | None) -> Truth:
    if asked is None:
        return True
    return None if found is None else asked == found


@cache
def _sides() -> dict[str, str]:
    return {row["gene"]: row["side"] for row in rows("rules", "tables/fusion_sides.csv", ("gene", "side", "source"))}


def usual_side(gene: str) -> str:
    """``5p``, ``3p`` or ``either``: where a gene stands in the fusions that a row without a side means.

    Genes that the table does not list are kinases at the 3' end, as most are.
    """
    return _sides().get(gene, "3p")


def _cna(c: Criterion, f: Finding, class_of: ClassOf) -> Compared:
    if f.kind != "cna" or f.gene != c.gene:
        return NO
    if c.gene is None and f.marker != c.region:
        # A band that is lost is a loss of its arm; what became of the rest of the arm it does not tell.
        within = f.marker is not None and arm(f.marker) == c.region
        return YES if within and _goes(c, f) else NO
    if f.direction is None:
        return MAYBE
    if _goes(c, f):
        return YES
    if (f.direction == "loss" and "deep_deletion" in c.directions) or (
        f.direction == "gain" and f.copy_number is None and "amplification" in c.directions
    ):
        # How far it went is not said.
        return MAYBE
    return NEVER


def _goes(c: Criterion, f: Finding) -> bool:
    return any(d == f.direction or (d, f.direction) in _ENOUGH for d in c.directions)


def _measured(c: Criterion, f: Finding, class_of: ClassOf) -> Compared:
    """Markers: by status, or by a value on the same score."""
    if c.comparator is not None and c.value is not None:
        if f.value is None or f.unit != c.unit or _scheme(c.scheme, c) != _scheme(f.scheme, f):
            return MAYBE
        held = compile_cell(f"{c.comparator}{c.value:g}")(f.value)
        if f.at_least:
            # What holds for a bound holds for all above it, or fails for all above it.
            return (YES if held else MAYBE) if ">" in c.comparator else (MAYBE if held else NEVER)
        return Compared(held, held is False)
    asked = {s.casefold() for s in c.statuses}
    if f.status is None:
        return MAYBE if asked or f.value is not None else YES
    found = f.status.casefold()
    if not asked or found in asked or any((a, found) in _ENOUGH for a in asked):
        return YES
    if all(frozenset((a, found)) in _EXCLUSIVE for a in asked):
        return NEVER
    return MAYBE


def _scheme(stated: str | None, of: Criterion | Finding) -> str | None:
    """The score that a value is on. A bare percentage is of tumour cells, save for PD-L1, which has several."""
    return stated or ("TC" if of.unit == "percent" and of.marker != "PD-L1" else None)


def _never(c: Criterion, f: Finding, class_of: ClassOf) -> Compared:
    return MAYBE


_COMPARE: dict[str, Callable[[Criterion, Finding, ClassOf], Compared]] = {
    "variant": _variant,
    "fusion": _fusion,
    "rearrangement": _fusion,
    "cna": _cna,
    "expression": _measured,
    "msi": _measured,
    "mmr": _measured,
    "tmb": _measured,
    "hrd": _measured,
    "signature": _measured,
    "other": _never,
}
