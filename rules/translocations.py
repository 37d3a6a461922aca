"""Karyotype notation for fusions: ``t(15;17)`` is PML::RARA (``rules/tables/translocations.csv``), ``t(KMT2A;v)`` a
rearrangement of KMT2A."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from graph.packaged import rows

_NOTATION = re.compile(
    r"(?P<kind>t|inv)\s*\(\s*(?P<first>\d+|x|y)\s*(?:[;,]\s*(?P<second>\d+|x|y)\s*)?\)(?:\s*\((?P<bands>[^()]*)\))?",
    re.I,
)
_BAND = re.compile(r"([pq]\d+)(?:\.\d+)?(?:-\d+(?:\.\d+)?)?", re.I)
_GENE = r"[A-Za-z][A-Za-z0-9-]+"
_OF_GENE = re.compile(rf"t\s*\(\s*(?:(?P<gene>{_GENE})\s*;\s*[v?]|[v?]\s*;\s*(?P<other>{_GENE}))\s*\)")

_Breaks = tuple[str, ...]
"""``15q24 17q21``: where the chromosomes break, in one order."""


class _Row(NamedTuple):
    genes: tuple[str, str]
    breaks: tuple[_Breaks, ...]


def translocation(text: str) -> tuple[str, str] | None:
    """The 5' and 3' genes that a translocation or inversion joins, or ``None`` when the table does not have it.

    The order of the chromosomes does not matter. Bands may follow, and must then be those of the table: other breaks in
    the same chromosomes join other genes. Without bands a karyotype that the table has twice says nothing.

    >>> translocation("t(15;17)(q24;q21)"), translocation("T(17;15)"), translocation("inv(16)(p13.1q22)")
    (('PML', 'RARA'), ('PML', 'RARA'), ('CBFB', 'MYH11'))
    >>> translocation("t(9;22)(q34.1;q11.2)"), translocation("t(9;22)(q22;q12)"), translocation("t(11;22)")
    (('BCR', 'ABL1'), None, None)
    """
    match = _NOTATION.fullmatch(text.strip())
    if match is None:
        return None
    known = _table().get(_key(match), ())
    if match["bands"]:
        breaks = _breaks(match, match["bands"])
        known = tuple(row for row in known if not row.breaks or breaks in row.breaks)
    return known[0].genes if len(known) == 1 else None


def translocated_gene(text: str) -> str | None:
    """The one gene of a translocation with any partner, as it is written.

    >>> translocated_gene("t(KMT2A;v)"), translocated_gene("t(v;RARA)"), translocated_gene("t(15;17)")
    ('KMT2A', 'RARA', None)
    """
    match = _OF_GENE.fullmatch(text.strip())
    return (match["gene"] or match["other"]) if match else None


@cache
def _table() -> Mapping[tuple[str, ...], tuple[_Row, ...]]:
    table: defaultdict[tuple[str, ...], tuple[_Row, ...]] = defaultdict(tuple)
    for row in rows("rules", "tables/translocations.csv", ("karyotype", "bands", "gene_5p", "gene_3p", "source")):
        if match := _NOTATION.fullmatch(row["karyotype"]):
            breaks = tuple(_breaks(match, bands) for bands in row["bands"].split("|") if bands)
            table[_key(match)] += (_Row((row["gene_5p"], row["gene_3p"]), breaks),)
    return MappingProxyType(dict(table))


def _key(match: re.Match[str]) -> tuple[str, ...]:
    chromosomes = (match["first"], match["second"])
    return (match["kind"].casefold(), *sorted(chromosome.casefold() for chromosome in chromosomes if chromosome))


def _breaks(match: re.Match[str], bands: str) -> _Breaks:
    """Each chromosome with its band, sub-bands left out; an inversion breaks one chromosome twice."""
    first = match["first"].casefold()
    chromosomes = (first, (match["second"] or first).casefold())
    found = [band.casefold() for band in _BAND.findall(bands)]
    return tuple(sorted(f"{c}{band}" for c, band in zip(chromosomes, found, strict=False))) if len(found) == 2 else ()
