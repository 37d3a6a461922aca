"""Tables of a patient: which kind a table is, by its columns, and its reader.

A table whose columns fit no reader is an error that lists the kinds; kinds that are recognised and not clinical input
(segments without genes, expression values) are set aside with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graph.errors import DataError
from graph.patient import Assembly, Unread
from ingest.patients.part import Part
from ingest.rows import Row, decoded, parse


@dataclass(frozen=True)
class Table:
    """A table's rows, with its columns by folded name: case, spaces, ``_``, ``-``, ``.`` and a leading ``#`` do not
    count."""

    name: str
    columns: dict[str, str]
    rows: list[Row]
    header_row: int = 1

    def column(self, *names: str) -> str | None:
        """The column that is there under one of the names, the first named first."""
        return next((self.columns[n] for n in map(fold, names) if n in self.columns), None)

    def need(self, what: str, *names: str) -> str:
        """As ``column``; a ``DataError`` when there is none."""
        found = self.column(*names)
        if found is None:
            problem = f"the column with the {what} is missing"
            raise DataError(problem, file=self.name, row=self.header_row, column=names[0])
        return found


Reader = Callable[[Table, "Question"], Part]


@dataclass(frozen=True)
class Question:
    """What the user says beside the file."""

    sample: str | None
    assembly: Assembly | None


def fold(column: str) -> str:
    return re.sub(r"[\s_.#()-]+", "", column).casefold()


def read(content: bytes, name: str, *, sample: str | None = None, assembly: Assembly | None = None) -> Part:
    """One table as a part of a patient.

    Raises:
        DataError: damaged, of no known kind, or with values that cannot be.
    """
    table = _table(content, name)
    for wanted, reader in _KINDS:
        if all(any(fold(option) in table.columns for option in options) for options in wanted):
            return reader(table, Question(sample, assembly))
    raise DataError(
        "the columns fit none of the tables that are read: MAF, fusions (a column for each gene or one FusionName), "
        "gene-level copy numbers (gene and call), mutational signatures (signature and contribution)",
        file=name, row=table.header_row, value=", ".join(list(table.columns.values())[:8]),
    )  # fmt: skip


def _table(content: bytes, name: str) -> Table:
    text = decoded(content, name)
    lines = text.split("\n")
    skipped = 0
    while skipped < len(lines) and (not lines[skipped].strip() or re.match(r"#(?:#|version)", lines[skipped])):
        skipped += 1
    first = lines[skipped] if skipped < len(lines) else ""
    delimiter = "\t" if "\t" in first else ","
    header = [cell.strip() for cell in first.split(delimiter)]
    columns: dict[str, str] = {}
    for column in header:
        if fold(column) in columns and fold(column):
            raise DataError("this column is there twice", file=name, row=skipped + 1, column=column)
        columns.setdefault(fold(column), column)
    # Blank lines in front keep the line numbers as an editor counts them.
    body = "\n" * skipped + "\n".join(lines[skipped:])
    rows = list(parse(body.encode(), name, required=(), others="ignore", delimiter=delimiter, ragged="pad"))
    return Table(name, columns, rows, skipped + 1)


def set_aside(table: Table, reason: str) -> Part:
    """A table that is understood and not used."""
    unread = Unread(input=f"{table.name}: {len(table.rows):,} rows", reason=reason, source=table.name)
    return Part(table.name, unread=(unread,))


def _maf(table: Table, question: Question) -> Part:
    from ingest.patients import maf

    return maf.read(table, question)


def _fusions(table: Table, question: Question) -> Part:
    from ingest.patients import fusions

    return fusions.read(table)


def _copy_numbers(table: Table, question: Question) -> Part:
    from ingest.patients import cna

    return cna.read(table, question)


def _signatures(table: Table, question: Question) -> Part:
    from ingest.patients import signatures

    return signatures.read(table)


def _simple(table: Table, question: Question) -> Part:
    from ingest.patients import simple

    return simple.read(table)


def _segments(table: Table, question: Question) -> Part:
    return set_aside(table, "copy-number segments name no genes; give gene-level calls (gene, call)")


def _expression(table: Table, question: Question) -> Part:
    return set_aside(table, "expression values are not clinical markers; give a marker's status or score")


_GENE = ("gene", "Hugo_Symbol", "gene_symbol", "symbol")
Wanted = Sequence[Sequence[str]]
_KINDS: tuple[tuple[Wanted, Reader], ...] = (
    ((("Hugo_Symbol",), ("Variant_Classification",)), _maf),
    ((("feature_type",), ("feature",), ("alteration_type",)), _simple),
    ((("FusionName", "FusionGene", "fusion", "fusion_name", "LeftGene", "gene_5p", "gene1", "5p_gene", "5_prime_gene",
       "Gene_1_symbol(5end_fusion_partner)", "Site1_Hugo_Symbol", "gene_3p"),), _fusions),
    ((("signature", "signatures"), ("contribution", "weight", "exposure", "value")), _signatures),
    ((_GENE, ("call", "direction", "alteration", "copy_number", "total_copy_number", "cn", "cnv", "cna")),
     _copy_numbers),
    ((("Chromosome", "chrom", "chr"), ("Start", "loc.start", "chromStart", "start_position"),
      ("End", "loc.end", "chromEnd", "stop", "end_position")), _segments),
    (((*_GENE, "gene_id", "TargetID", "ensembl_gene_id", "transcript_id"),
      ("TPM", "FPKM", "expression", "counts", "log2TPM")), _expression),
    ((("Hugo_Symbol", "gene"), ("Entrez_Gene_Id", "Cytoband")), _copy_numbers),
)  # fmt: skip
