"""Which exon a change is in, for genes whose exons matter in labels and guidelines.

The table ``exons.csv`` holds coding positions (``c.``) of whole exons on one transcript a gene, and for each the gene
model and genomic place that they were counted from. A change that touches a codon shared by two exons, or an exon that
the table lacks, has no exon here: unknown is better than wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from graph.packaged import rows


def exon_of_codons(gene: str, first: int, last: int) -> int | None:
    """The one exon that holds all of the codons ``first`` to ``last``.

    >>> exon_of_codons("EGFR", 746, 750), exon_of_codons("KIT", 449, 449), exon_of_codons("BRCA1", 10, 10)
    (19, None, None)
    """
    touched = [number for number, (start, end) in _exons().get(gene, {}).items()
               if start <= 3 * last and end >= 3 * first - 2]  # fmt: skip
    if len(touched) != 1:
        return None
    start, end = _exons()[gene][touched[0]]
    return touched[0] if start <= 3 * first - 2 and 3 * last <= end else None


def exon_of_splice(gene: str, coding: str) -> int | None:
    """The exon whose boundary a splice change names: ``c.3028+1G>A`` of MET is at exon 14, on either transcript.

    >>> [exon_of_splice("MET", change) for change in ("c.3028+1G>A", "c.2888-19_2905del", "c.3082+2T>C")]
    [14, 14, 14]
    """
    bases = {int(base) for base in re.findall(r"(?<![\d+-])(\d+)(?=[+-]\d)", coding)}
    found = {exon for base in bases if (exon := _boundaries().get((gene, base))) is not None}
    return found.pop() if len(found) == 1 else None


def exon_of_spliced_codon(gene: str, number: int) -> int | None:
    """The exon that begins or ends in a codon: ``X1010_splice`` of MET is at exon 14.

    >>> exon_of_spliced_codon("MET", 1010)
    14
    """
    found = {exon for base in range(3 * number - 2, 3 * number + 1)
             if (exon := _boundaries().get((gene, base))) is not None}  # fmt: skip
    return found.pop() if len(found) == 1 else None


@cache
def _table() -> list[dict[str, str]]:
    columns = ("gene", "transcript", "exon", "coding_first", "coding_last", "source")
    return rows("ingest", "patients/tables/exons.csv", columns)


@cache
def _exons() -> Mapping[str, dict[int, tuple[int, int]]]:
    """Gene -> exon -> coding positions on the gene's first transcript in the table, the one that codons count on."""
    first: dict[str, str] = {}
    found: defaultdict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for row in _table():
        if first.setdefault(row["gene"], row["transcript"]) == row["transcript"]:
            found[row["gene"]][int(row["exon"])] = (int(row["coding_first"]), int(row["coding_last"]))
    return MappingProxyType(dict(found))


@cache
def _boundaries() -> Mapping[tuple[str, int], int]:
    """(gene, first or last coding base) -> exon, on every transcript of the table."""
    return MappingProxyType(
        {(row["gene"], int(row[end])): int(row["exon"]) for row in _table() for end in ("coding_first", "coding_last")}
    )
