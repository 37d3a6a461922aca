"""Fusion tables: STAR-Fusion, Arriba, FusionCatcher, PCGR, cBioPortal, or a column for each gene.

The 5' partner is the left, first or upstream one. A row whose name and genes contradict each other, or that names no
gene, is listed and not used.
"""

from __future__ import annotations

import re

from graph.patient import Biomarker
from ingest.patients.part import Part
from ingest.patients.tabular import Table
from ingest.patients.tally import Tally
from ingest.rows import Row

_FIVE = ("LeftGene", "gene_5p", "gene1", "5p_gene", "5_prime_gene", "Gene_1_symbol(5end_fusion_partner)",
         "Site1_Hugo_Symbol", "gene5", "upstream_gene")  # fmt: skip
_THREE = ("RightGene", "gene_3p", "gene2", "3p_gene", "3_prime_gene", "Gene_2_symbol(3end_fusion_partner)",
          "Site2_Hugo_Symbol", "gene3", "downstream_gene")  # fmt: skip
_NAME = ("FusionName", "FusionGene", "fusion_name", "fusion")
_GENE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,24}|v")
_NONE = {"", ".", "-", "NA", "v", "?", "unknown"}


def read(table: Table) -> Part:
    """The fusions of a table, one a row."""
    name, five, three = table.column(*_NAME), table.column(*_FIVE), table.column(*_THREE)
    if name is None and five is None and three is None:
        table.need("name of the fusion", *_NAME)
    confidence, exons = table.column("confidence"), (table.column("exon_5p"), table.column("exon_3p"))
    tally, found = Tally(table.name), []
    for row in table.rows:
        named = _split(row[name]) if name else None
        stated = (_symbol(row[five]) if five else None, _symbol(row[three]) if three else None)
        ends = stated if any(stated) else named
        shown = row[name] if name else "--".join(row[c] for c in (five, three) if c)
        problem = None
        if confidence and row[confidence].casefold() == "low":
            problem = "the caller's confidence is low"
        elif ends is None or not any(ends):
            problem = "no gene can be told from the fusion's name"
        elif named and any(stated) and {g for g in named if g} != {g for g in stated if g}:
            problem = f"the name and the genes ({'--'.join(g or '' for g in stated)}) contradict each other"
        if problem or ends is None:
            gene = next((g for g in (ends or ())[::-1] if g), None)
            tally.add(shown, problem or "", row=row.number, gene=gene)
            continue
        found.append(Biomarker(type="fusion", gene_5p=ends[0], gene_3p=ends[1], exon_5p=_exon(row, exons[0]),
                               exon_3p=_exon(row, exons[1]), source=f"{table.name}:{row.number}"))  # fmt: skip
    return Part(table.name, biomarkers=found, unread=tally.entries())


def _split(text: str) -> tuple[str | None, str | None] | None:
    """Both partners of ``EML4--ALK``, ``EML4::ALK``, ``EML4-ALK`` or ``--ALK``; ``None`` when it is not that."""
    for mark in ("--", "::", "|", "/", "-"):
        if mark in text:
            parts = text.split(mark)
            if len(parts) != 2:
                continue
            return _symbol(parts[0]), _symbol(parts[1])
    return None


def _symbol(text: str) -> str | None:
    """The gene symbol of a cell such as ``ALK^ENSG00000171094.18``; a breakpoint between two genes has none."""
    gene = text.partition("^")[0].strip()
    if gene in _NONE or gene.casefold() in _NONE or "," in text:
        return None
    return gene if _GENE.fullmatch(gene) else None


def _exon(row: Row, column: str | None) -> int | None:
    text = row[column] if column else ""
    return int(text) if re.fullmatch(r"[1-9]\d{0,2}", text) else None
