"""What CIViC knows of variants: criteria from names, alleles from coordinates, and checks between the two."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from graph.claims import Any, Criterion, Expression, criteria
from graph.errors import DataError
from graph.hgvs import coding_change, protein_change
from ingest.harvest import Report
from ingest.lift import with_criteria
from ingest.patients.alleles import spelled
from ingest.rows import Row
from rules import biomarkers

BUILDS = ("GRCh37", "GRCh38")
_REFSEQ_GRCH37 = {
    "1": 10, "2": 11, "3": 11, "4": 11, "5": 9, "6": 11, "7": 13, "8": 10, "9": 11, "10": 10, "11": 9, "12": 11,
    "13": 10, "14": 8, "15": 9, "16": 9, "17": 10, "18": 9, "19": 9, "20": 10, "21": 8, "22": 10, "X": 10, "Y": 9,
}  # fmt: skip
"""Version of each chromosome's RefSeq accession (NC_000001.10 …) in GRCh37; GRCh38 has the next one."""
_GENOMIC = re.compile(r"NC_0000(\d\d)\.(\d+):g\.(\d+)([ACGT])>([ACGT])")
_CODING_IN_NAME = re.compile(r"c\.[^()\s]+", re.I)


@dataclass
class Variants:
    """Everything that the rows say of variants, looked up by (gene, change)."""

    report: Report
    alleles: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """(gene, protein or coding change or genotype) -> alleles."""
    whole_exons: set[tuple[str | None, str]] = field(default_factory=set)
    """(gene, name) of deletions that CIViC calls the loss of whole exons."""
    residues: dict[tuple[str, int], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    proteins: dict[tuple[str, str], str] = field(default_factory=dict)
    """(gene, incomplete change) -> the change that CIViC's own HGVS expression gives."""

    def learn(self, rows: Iterable[tuple[Row, tuple[str, ...]]]) -> None:
        """Take up variant rows with their alleles; first the residues, then what needs them."""
        known = [(row, alleles, biomarkers.reading(*named(row))) for row, alleles in rows]
        for row, _, found in known:
            for c in changes(found):
                for residue, codon in re.findall(r"([A-Z*])(\d+)", (c.protein or "").partition("fs")[0]):
                    self.residues[c.gene or "", int(codon)][residue] += 1
            if "exon_loss_variant" in row["variant_types"] or "transcript_ablation" in row["variant_types"]:
                self.whole_exons.add(named(row))
        for row, alleles, found in known:
            exact = changes(found)
            if len(exact) == 1 and not isinstance(found, Any):
                self._learn_one(row, exact[0], alleles)

    def has_alleles(self, row: Row) -> bool:
        """Whether any change that a variant row names exactly has a known allele."""
        exact = changes(biomarkers.reading(*named(row)))
        return any(self.alleles.get((c.gene or "", key)) for c in exact for key in _keys(c))

    def profile(self, gene: str | None, text: str) -> Expression | None:
        """The expression that a row's gene and variant (or its molecular profile) state, with alleles; ``None`` when it
        is not understood."""
        found = biomarkers.reading(gene, text)
        if found is None and gene is None:
            try:
                found = biomarkers.expression(text)
            except DataError:
                return None
        if found is None:
            return None
        if (gene, text) in self.whole_exons and any(_deletes_in_exon(c) for c, _ in criteria(found)):
            return None
        return with_criteria(found, self._completed)

    def contradictions(self, row: Row, expression: Expression | None) -> Iterator[tuple[str, str]]:
        """Column and reason where the row's name disagrees with the rest of it, or with other rows."""
        coding = _CODING_IN_NAME.search(row["variant"])
        change = coding_change(coding[0]) if coding else None
        for c in changes(expression):
            protein = protein_change(c.protein) if c.protein else None
            if protein is None or "frameshift" in protein.consequences:
                continue
            if change and change.codons and not change.codons[0] - 1 <= protein.first <= change.codons[1] + 1:
                at = change.codons[0]
                yield "variant", f"the coding change is at codon {at}, the protein change at {protein.first}"
            counted = self.residues.get((c.gene or "", protein.first), Counter())
            own = (c.protein or "  ")[2]
            usual, times = counted.most_common(1)[0] if counted else (own, 0)
            if usual != own and times > 1 and times > counted[own]:
                yield "variant", f"other rows have {usual} at codon {protein.first}"

    def _learn_one(self, row: Row, c: Criterion, alleles: tuple[str, ...]) -> None:
        stated = [p for text in expressions(row) if ":p." in text and (p := protein_change(text)) is not None]
        if c.protein and protein_change(c.protein) is None and len({p.text for p in stated}) == 1:
            self.proteins[c.gene or "", c.protein] = stated[0].text
        for key in _keys(c):
            self.alleles[c.gene or "", key].update(alleles)

    def _completed(self, c: Criterion) -> Criterion:
        """The criterion with its residues filled in and its alleles."""
        gene = c.gene or ""
        keys = _keys(c)
        if c.protein and protein_change(c.protein) is None:
            text = self.proteins.get((gene, c.protein)) or self._filled(gene, c.protein)
            whole = biomarkers.criterion(gene, text) if text else None
            if whole is not None:
                c = replace(whole, name=c.name, origin=c.origin, zygosity=c.zygosity)
        alleles = {allele for key in keys for allele in self.alleles.get((gene, key), ())}
        return replace(c, alleles=tuple(sorted(alleles))) if alleles else c

    def _filled(self, gene: str, text: str) -> str | None:
        """``T1151insT`` as ``T1151_L1152insT``, where other rows name the residue."""
        match = re.fullmatch(r"p\.([A-Z]?)(\d+)(?:_([A-Z]?)(\d+))?(delins|del|ins|dup)([A-Z]*)", text)
        if match is None:
            return None
        first = int(match[2])
        last = int(match[4]) if match[4] else first + (match[5] == "ins")
        before = match[1] or self._residue(gene, first)
        behind = match[3] or self._residue(gene, last)
        if not before or not behind:
            return None
        place = f"{before}{first}_{behind}{last}" if last > first else f"{before}{first}"
        filled = f"p.{place}{match[5]}{match[6]}"
        return filled if protein_change(filled) else None

    def _residue(self, gene: str, codon: int) -> str | None:
        counted = self.residues.get((gene, codon), Counter())
        return next(iter(counted)) if len(counted) == 1 else None


def named(row: Row) -> tuple[str | None, str]:
    """Gene and text of a variant row; a fusion's row has no gene but the name of the fusion."""
    if row["gene"] or not row["feature_name"]:
        return row["gene"] or None, row["variant"]
    return None, f"{row['feature_name']} {row['variant']}"


def changes(expression: Expression | None) -> list[Criterion]:
    """The criteria of an expression that name one change exactly."""
    return [c for c, _ in criteria(expression) if _keys(c)] if expression is not None else []


def alleles_of(row: Row, report: Report) -> tuple[str, ...]:
    """The genomic alleles of a variant row: its coordinates and its HGVS expressions.

    Insertions and deletions are spelled as MAF files do, because the table gives no base in front of them. What
    contradicts itself is reported and left out.
    """
    found = set(_from_expressions(row))
    record = f"civic:VID{row['variant_id']}"
    reference, alternative = row["reference_bases"].upper(), row["variant_bases"].upper()
    if not (reference or alternative):
        return tuple(sorted(found))
    problem = _unusable(row, reference, alternative)
    if problem:
        report.aside("note", record, problem, file=row.file, row=row.number, column="reference_bases",
                     value=f"{row['chromosome']}:{row['start']}-{row['stop']} {reference}>{alternative}")  # fmt: skip
        return tuple(sorted(found))
    build, chromosome = row["reference_build"], row["chromosome"].removeprefix("chr")
    stated = spelled(build, chromosome, int(row["start"]), reference, alternative)
    twins = {allele for allele in found if allele.startswith(f"{build}:")}
    if len(reference) == len(alternative) == 1 and twins and not twins & set(stated):
        report.aside("note", record, "coordinates and HGVS expressions name different alleles", file=row.file,
                     row=row.number, column="hgvs_expressions", value=stated[0])  # fmt: skip
        found -= twins
    return tuple(sorted(found | set(stated)))


def _unusable(row: Row, reference: str, alternative: str) -> str | None:
    """Why the coordinates give no allele."""
    if row["reference_build"] not in BUILDS:
        return "alleles without a genome build that Clew knows"
    if row["chromosome"].removeprefix("chr") not in _REFSEQ_GRCH37 or not (
        row["start"].isdigit() and row["stop"].isdigit()
    ):
        return "alleles without chromosome and position"
    if set(reference + alternative) - set("ACGT"):
        return "bases other than A, C, G and T"
    span = int(row["stop"]) - int(row["start"]) + 1
    if span != (len(reference) if reference else 2):
        return "the reference bases do not fill start to stop" if reference else "an insertion lies between two bases"
    return "reference and variant bases are the same" if reference == alternative else None


def expressions(row: Row) -> list[str]:
    """The HGVS expressions of a variant row."""
    return [text.strip() for text in row["hgvs_expressions"].split(",") if text.strip() not in ("", "N/A")]


def _from_expressions(row: Row) -> Iterator[str]:
    for text in expressions(row):
        if match := _GENOMIC.fullmatch(text):
            number = int(match[1])
            chromosome = {23: "X", 24: "Y"}.get(number, str(number))
            newer = int(match[2]) - _REFSEQ_GRCH37.get(chromosome, 0)
            if newer in (0, 1):
                yield f"{BUILDS[newer]}:{chromosome}:{match[3]}:{match[4]}:{match[5]}"


def _keys(c: Criterion) -> list[str]:
    if c.type == "genotype":
        return [c.genotypes[0].partition("/")[0]] if c.genotypes else []
    return [c.protein or c.cdna or ""] if c.type == "variant" and (c.protein or c.cdna) else []


def _deletes_in_exon(c: Criterion) -> bool:
    return c.exons is not None and c.consequences == ("inframe_deletion",)
