"""Measured quantities that are not one gene's variant: their canonical names, units and scores.

The tables ``markers.csv`` and ``schemes.csv`` list what CIViC and drug labels use. A gene's expression that is not in
the table goes by the gene's symbol.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, get_args

from graph.errors import DataError
from graph.packaged import rows

Kind = Literal["expression", "rearrangement", "msi", "mmr", "tmb", "hrd", "other"]


@dataclass(frozen=True, slots=True)
class Marker:
    """One row of ``markers.csv``.

    ``kind`` is the type of the finding or criterion that states it; ``gene`` the HGNC symbol behind it, where there is
    one; ``statuses`` and ``schemes`` are what may be said of it.
    """

    name: str
    kind: Kind
    gene: str | None
    synonyms: tuple[str, ...]
    statuses: tuple[str, ...]
    schemes: tuple[str, ...]


@cache
def markers() -> Mapping[str, Marker]:
    """Every marker by its canonical name, in table order."""
    found: dict[str, Marker] = {}
    for row in rows("rules", "tables/markers.csv", ("marker", "kind", "gene", "synonyms", "statuses", "schemes")):
        kind = next((k for k in get_args(Kind) if k == row["kind"]), None)
        if kind is None or row["marker"] in found:
            raise DataError(
                "an unknown kind or a repeated marker", file="rules/tables/markers.csv", value=row["marker"]
            )
        found[row["marker"]] = Marker(
            row["marker"],
            kind,
            row["gene"] or None,
            _list(row["synonyms"]),
            _list(row["statuses"]),
            _list(row["schemes"]),
        )
    return MappingProxyType(found)


def marker(text: str) -> str | None:
    """The canonical name of the marker that ``text`` names, or ``None``.

    >>> marker("pdl1"), marker("Human epidermal growth factor receptor 2 (HER2)"), marker("CLDN18.2"), marker("BRAF")
    ('PD-L1', 'HER2', 'Claudin 18.2', None)
    """
    return _named(text, _marker_names())


def marker_of_gene(symbol: str) -> str | None:
    """The marker that stands for this gene's expression where no other is named.

    >>> marker_of_gene("ERBB2"), marker_of_gene("AR"), marker_of_gene("ZEB1")
    ('HER2', 'AR', None)
    """
    return next((m.name for m in markers().values() if m.kind == "expression" and m.gene == symbol), None)


def scheme(text: str) -> str | None:
    """The canonical name of a score (``TPS``, ``CPS`` …), or ``None``: a status or a bare percentage has none.

    >>> scheme("Tumor Proportion Score (TPS)"), scheme("TIIC"), scheme("percent")
    ('TPS', 'IC', None)
    """
    return _named(text, _scheme_names())


@cache
def units() -> Mapping[str, str]:
    """The unit of each score: ``{"TPS": "percent", "CPS": "count", …}``."""
    return MappingProxyType({row["scheme"]: row["unit"] for row in _schemes()})


@cache
def _schemes() -> list[dict[str, str]]:
    return rows("rules", "tables/schemes.csv", ("scheme", "unit", "synonyms"))


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def _fold(text: str) -> str:
    return re.sub(r"[^a-z0-9α]", "", text.casefold())


def _named(text: str, names: Mapping[str, str]) -> str | None:
    """The whole text, or ``name (abbreviation)`` when both halves that are known agree."""
    if (whole := names.get(_fold(text))) is not None:
        return whole
    if (halves := re.fullmatch(r"\s*(.+?)\s*\(([^()]+)\)\s*", text)) is None:
        return None
    known = {names[_fold(half)] for half in halves.groups() if _fold(half) in names}
    return known.pop() if len(known) == 1 else None


@cache
def _marker_names() -> Mapping[str, str]:
    return _index((m.name, m.synonyms) for m in markers().values())


@cache
def _scheme_names() -> Mapping[str, str]:
    return _index((row["scheme"], _list(row["synonyms"])) for row in _schemes())


def _index(named: Iterable[tuple[str, tuple[str, ...]]]) -> Mapping[str, str]:
    """Folded name -> canonical name; a name that would stand for two things is an error in the table."""
    index: dict[str, str] = {}
    for name, synonyms in named:
        for word in (name, *synonyms):
            if index.setdefault(_fold(word), name) != name:
                raise DataError("one name stands for two entries", value=word, suggestion=index[_fold(word)])
    return MappingProxyType(index)
