"""Consequence annotation in VCF: VEP ``CSQ``, SnpEff ``ANN``, bcftools ``BCSQ``, by the fields that the header names.

One effect a gene is kept: that on the MANE Select transcript, else on the one marked as picked or canonical, else the
most severe.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote

from graph.hgvs import protein_change
from ingest.patients import consequences
from ingest.patients.vcf_lines import Header, Record

_NAMES = {
    "allele": ("allele",),
    "number": ("allele_num",),
    "gene": ("symbol", "gene_name", "gene"),
    "consequence": ("consequence", "annotation"),
    "hgvs_p": ("hgvsp", "hgvs.p"),
    "hgvs_c": ("hgvsc", "hgvs.c"),
    "exon": ("exon", "rank"),
    "mane": ("mane_select", "mane"),
    "canonical": ("canonical",),
    "pick": ("pick",),
    "clinvar": ("clin_sig", "clinvar_clnsig", "clnsig"),
    "position": ("protein_position",),
    "residues": ("amino_acids",),
    "change": ("amino_acid_change",),
    "dna": ("dna_change",),
}
_STANDARD_ANN = (
    "Allele|Annotation|Annotation_Impact|Gene_Name|Gene_ID|Feature_Type|Feature_ID|Transcript_BioType|Rank|HGVS.c|"
    "HGVS.p|cDNA.pos / cDNA.length|CDS.pos / CDS.length|AA.pos / AA.length|Distance|ERRORS / WARNINGS / INFO"
)
_STANDARD_BCSQ = "Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change"
KEYS = ("CSQ", "vep", "ANN", "BCSQ")


@dataclass(frozen=True, slots=True)
class Effect:
    """What one allele does to one gene. ``coding``: it changes the protein or its splicing, or is synonymous."""

    gene: str
    consequence: str
    hgvs_p: str | None
    hgvs_c: str | None
    exon: int | None
    clinvar: str | None
    rank: int
    choice: int
    """0 for MANE Select, 1 for picked or canonical, 2 for any other transcript."""

    @property
    def coding(self) -> bool:
        return bool(consequences.of(self.consequence).classes)


Effects = Callable[[Record, int], list[Effect]]


def reader(header: Header) -> Effects | None:
    """A function from a record and the index of one of its ALT alleles to one effect a gene; ``None`` without
    annotation that the header declares."""
    for name in KEYS:
        if name in header.info and (columns := _columns(name, header.info[name])):
            return partial(_effects, name=name, columns=columns)
    return None


def _columns(name: str, description: str) -> dict[str, int]:
    """Our field -> its index in an entry; empty when gene or consequence is not among the fields."""
    match = re.search(r"(?:format|annotations)\s*:\s*(.+)", description, re.I)
    text = match[1] if match and "|" in match[1] else {"ANN": _STANDARD_ANN, "BCSQ": _STANDARD_BCSQ}.get(name, "")
    fields = [re.sub(r"[\[\]*'\" ]", "", field).casefold() for field in text.split("|")]
    found = {ours: fields.index(theirs) for ours, options in _NAMES.items()
             if (theirs := next((o for o in options if o in fields), None)) is not None}  # fmt: skip
    return found if {"gene", "consequence"} <= found.keys() else {}


def _effects(record: Record, index: int, name: str, columns: dict[str, int]) -> list[Effect]:
    best: dict[str, Effect] = {}
    for entry in record.info.get(name, "").split(","):
        cells = entry.split("|")

        def cell(field: str, cells: list[str] = cells) -> str | None:
            at = columns.get(field)
            text = unquote(cells[at]).strip() if at is not None and at < len(cells) else ""
            return text or None

        effect = _effect(cell) if _about(record, index, cell) else None
        if effect is None:
            continue
        known = best.get(effect.gene)
        if known is None or (effect.choice, effect.rank) < (known.choice, known.rank):
            best[effect.gene] = effect
    return sorted(best.values(), key=lambda e: (e.rank, e.gene))


Cell = Callable[[str], str | None]


def _about(record: Record, index: int, cell: Cell) -> bool:
    """Whether an entry speaks of this ALT allele."""
    if len(record.alts) == 1:
        return True
    alt, ref = record.alts[index].upper(), record.ref.upper()
    if number := cell("number"):
        return number == str(index + 1)
    if dna := cell("dna"):
        made = dna.partition(">")[2]
        return made.upper().strip("+0123456789") == alt or ">" not in dna
    allele = (cell("allele") or "").upper()
    return allele in {alt, (alt[1:] or "-") if alt[0] == ref[0] else alt}


def _effect(cell: Cell) -> Effect | None:
    gene, consequence = cell("gene"), cell("consequence")
    if not gene or not consequence or consequence.startswith(("@", "*")):
        return None
    mane = cell("mane")
    marked = cell("canonical") == "YES" or cell("pick") == "1"
    chosen = 0 if mane and "plus" not in mane.casefold() else 1 if marked else 2
    protein = _protein(cell, consequence)
    exon = re.match(r"(\d+)/\d+", cell("exon") or "")
    term = consequences.of(consequence)
    is_exon = exon is not None and "intron" not in consequence and not consequence.startswith("splice")
    return Effect(
        gene=gene,
        consequence=consequence,
        hgvs_p=protein,
        hgvs_c=(cell("hgvs_c") or "").rpartition(":")[2] or None,
        exon=int(exon[1]) if exon and is_exon else None,
        clinvar=cell("clinvar"),
        rank=term.rank,
        choice=chosen,
    )


def _protein(cell: Cell, consequence: str) -> str | None:
    if stated := cell("hgvs_p"):
        return stated.rpartition(":")[2]
    if (position := cell("position")) and (residues := cell("residues")):
        before, _, after = residues.partition("/")
        number = position.partition("/")[0]
        if re.fullmatch(r"\d+", number) and len(before) == 1 and len(after or before) == 1:
            return f"p.{before}{number}{after or before}"
    return _bcftools(cell("change"), consequence)


def _bcftools(text: str | None, consequence: str) -> str | None:
    """``600V>600E``, ``746ELREA..>746*``, ``45R`` as HGVS; ``None`` where it does not say enough."""
    match = re.fullmatch(r"(\d+)([A-Z*]+)(?:\.\.)?(?:>(\d+)([A-Z*]+)?(?:\.\.)?)?", text or "")
    if match is None:
        return None
    number, before, after = int(match[1]), match[2], match[4]
    if match[3] is None:
        return f"p.{before[0]}{number}=" if len(before) == 1 else None
    after = after or ""
    if before == after:
        return f"p.{before[0]}{number}="
    while before and after and before[0] == after[0]:
        before, after, number = before[1:], after[1:], number + 1
    if not before:
        return None
    if "frameshift" in consequence:
        return f"p.{before[0]}{number}fs"
    last = number + len(before) - 1
    place = f"{before[0]}{number}" if len(before) == 1 else f"{before[0]}{number}_{before[-1]}{last}"
    found = protein_change(f"{place}delins{after}" if after else f"{place}del")
    return found.text if found else None
