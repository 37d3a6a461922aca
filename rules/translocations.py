"""Karyotype notation for fusions: ``t(15;17)`` is PML::RARA (``rules/tables/translocations.csv``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from graph.packaged import rows

_NOTATION = re.compile(r"(t|inv)\s*\(\s*(\d+|x|y)\s*(?:[;,]\s*(\d+|x|y)\s*)?\)(?:\s*\([^()]*\))?", re.I)


def translocation(text: str) -> tuple[str, str] | None:
    """The 5' and 3' genes that a translocation or inversion joins, or ``None`` when the table does not have it.

    Bands may follow; the order of the chromosomes does not matter.

    >>> translocation("t(15;17)(q24;q21)"), translocation("T(17;15)"), translocation("inv(16)(p13.1q22)")
    (('PML', 'RARA'), ('PML', 'RARA'), ('CBFB', 'MYH11'))
    """
    match = _NOTATION.fullmatch(text.strip())
    return _table().get(_key(match)) if match else None


@cache
def _table() -> Mapping[tuple[str, ...], tuple[str, str]]:
    table: dict[tuple[str, ...], tuple[str, str]] = {}
    for row in rows("rules", "tables/translocations.csv", ("karyotype", "gene_5p", "gene_3p", "source")):
        if match := _NOTATION.fullmatch(row["karyotype"]):
            table[_key(match)] = (row["gene_5p"], row["gene_3p"])
    return MappingProxyType(table)


def _key(match: re.Match[str]) -> tuple[str, ...]:
    return (match[1].casefold(), *sorted(chromosome.casefold() for chromosome in match.groups()[1:] if chromosome))
