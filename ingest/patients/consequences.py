"""Consequence terms of the Sequence Ontology, bcftools and MAF files, as classes of change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from graph.packaged import rows

_WORST = 100


@dataclass(frozen=True, slots=True)
class Term:
    """``rank``: 1 is the most severe. ``classes`` of ``graph.claims.Consequence``; empty: no change of the protein or
    of its splicing that is certain."""

    rank: int
    classes: tuple[str, ...]


def of(text: str) -> Term:
    """The classes of one term, or of several joined by ``&`` or ``,``; the most severe one ranks.

    >>> of("missense_variant&splice_region_variant").classes, of("Frame_Shift_Del").classes, of("intron").classes
    (('missense',), ('frameshift', 'truncating'), ())
    """
    terms = [_terms()[part] for part in _parts(text) if part in _terms()]
    best = min(terms, key=lambda term: term.rank, default=Term(_WORST, ()))
    classes = [c for term in sorted(terms, key=lambda term: term.rank) for c in term.classes]
    if len(set(classes)) > 1 and "synonymous" in classes:
        classes = [c for c in classes if c != "synonymous"]
    return Term(best.rank, tuple(dict.fromkeys(classes)))


def is_known(text: str) -> bool:
    """Whether at least one term is in the table."""
    return any(part in _terms() for part in _parts(text))


def _parts(text: str) -> list[str]:
    return [part.strip().lstrip("*@").lower() for part in text.replace(",", "&").split("&")]


@cache
def _terms() -> Mapping[str, Term]:
    return MappingProxyType({
        row["term"]: Term(int(row["rank"]), tuple(c for c in row["classes"].split("|") if c))
        for row in rows("ingest", "patients/tables/consequences.csv", ("term", "rank", "classes"))
    })  # fmt: skip
