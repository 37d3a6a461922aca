"""Gene-level copy numbers: a call in words, a GISTIC value from -2 to 2, or an absolute copy number."""

from __future__ import annotations

import re

from graph.errors import DataError
from graph.patient import Biomarker, CopyDirection
from ingest.patients.part import Part
from ingest.patients.tabular import Question, Table
from ingest.patients.tally import Tally
from ingest.rows import Row

_CALLS: dict[str, CopyDirection | None] = {
    "amplification": "amplification", "amplified": "amplification", "amp": "amplification",
    "high amplification": "amplification", "high level amplification": "amplification", "gain": "gain", "dup": "gain",
    "duplication": "gain", "low level gain": "gain", "loss": "loss", "heterozygous deletion": "loss",
    "heterozygous loss": "loss", "shallow deletion": "loss", "hetloss": "loss", "hemizygous deletion": "loss",
    "deletion": "loss", "deep deletion": "deep_deletion", "homozygous deletion": "deep_deletion",
    "homdel": "deep_deletion", "homozygous loss": "deep_deletion", "biallelic deletion": "deep_deletion",
    "neutral": None, "diploid": None, "wild type": None, "wildtype": None, "normal": None, "no change": None,
    "none": None, "balanced": None,
}  # fmt: skip
_GISTIC: dict[int, CopyDirection | None] = {-2: "deep_deletion", -1: "loss", 0: None, 1: "gain", 2: "amplification"}
_ANNOTATION = {"gene", "hugosymbol", "genesymbol", "symbol", "entrezgeneid", "cytoband", "chromosome", "chrom", "start",
               "end", "locusid", "geneid"}  # fmt: skip


def read(table: Table, question: Question) -> Part:
    """The called genes of a table; genes called unchanged are counted and are no finding.

    Raises:
        DataError: a copy number that cannot be, or a matrix of several samples without ``--sample``.
    """
    gene = table.need("gene", "gene", "Hugo_Symbol", "gene_symbol", "symbol")
    call = table.column("call", "direction", "alteration", "cnv", "cna")
    number = table.column("total_copy_number", "copy_number", "cn")
    gistic = None if call or number else _matrix_column(table, question)
    tally, found, unchanged = Tally(table.name), [], 0
    for row in table.rows:
        if not row[gene]:
            raise row.error("the gene is empty", gene)
        copies = _copies(row, number)
        text = row[call or gistic or ""] if call or gistic else ""
        direction, known = _direction(text, gistic is not None)
        if not known and copies is None:
            tally.add(f"{row[gene]} {text}".strip(), "the call is not known" if text else "nothing is called",
                      row=row.number, gene=row[gene])  # fmt: skip
        elif direction is None and known:
            unchanged += 1
        else:
            found.append(Biomarker(type="cna", gene=row[gene], direction=direction, copy_number=copies,
                                   source=f"{table.name}:{row.number}"))  # fmt: skip
    told = [f"{table.name}: {unchanged:,} of {len(table.rows):,} genes are called unchanged"] if unchanged else []
    return Part(table.name, biomarkers=found, unread=tally.entries(), warnings=told)


def _direction(text: str, gistic: bool) -> tuple[CopyDirection | None, bool]:
    """Direction and whether the call is known at all."""
    if re.fullmatch(r"[+-]?[012](?:\.0+)?", text) and gistic:
        return _GISTIC[int(float(text))], True
    folded = re.sub(r"[\s_-]+", " ", text).casefold().strip()
    return _CALLS.get(folded), folded in _CALLS


def _copies(row: Row, column: str | None) -> float | None:
    text = row[column] if column else ""
    if text in ("", "NA", "."):
        return None
    if not re.fullmatch(r"\d{1,5}(?:\.\d+)?", text) or float(text) > 10_000:
        raise row.error("this is no copy number", column)
    return float(text)


def _matrix_column(table: Table, question: Question) -> str:
    """The sample's column in a genes-by-samples matrix of GISTIC values."""
    samples = [column for folded, column in table.columns.items() if folded and folded not in _ANNOTATION]
    if question.sample in samples and question.sample is not None:
        return question.sample
    if len(samples) != 1:
        raise DataError(f"the table has {len(samples)} samples; say which with --sample ({', '.join(samples[:8])})",
                        file=table.name, row=table.header_row)  # fmt: skip
    return samples[0]
