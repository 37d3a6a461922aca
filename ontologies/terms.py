"""What every ontology file becomes, whatever its format: terms with names, parents and cross-references."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from graph.errors import DataError

_CURIE = re.compile(r"[A-Za-z][A-Za-z0-9_.]*:[^\s:|,;]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One file's word that a term corresponds to a term of another ontology, before anyone has judged it."""

    target: str
    predicate: str
    """A SKOS predicate: ``skos:exactMatch``, ``skos:broadMatch`` (the target is broader) …"""
    route: str
    """How the file came to it: ``nci``, ``umls``, ``mondo``, ``history`` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One disease as a file states it. ``row`` is where it begins in the file, for errors and reports."""

    id: str
    name: str
    row: int | None = None
    synonyms: tuple[str, ...] = ()
    """Exact ones only: other words for the same disease."""
    related: tuple[str, ...] = ()
    """Broad, narrow and related synonyms: good for a suggestion, not for identity."""
    xrefs: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    """Ids that this term has taken over (alternative ids)."""
    mappings: tuple[Link, ...] = ()
    tissue: str | None = None
    obsolete: bool = False


@dataclass(frozen=True, slots=True)
class Ontology:
    """A file's terms in file order, each id once, and the version that the file states."""

    terms: tuple[Term, ...]
    version: str | None = None


class Row(Protocol):
    """A line of a table, as ``ingest.rows`` gives it: cells by column, and where it stands."""

    @property
    def number(self) -> int: ...
    @property
    def file(self) -> str: ...
    def __getitem__(self, column: str) -> str: ...


def curie(text: str, *, file: str, row: int | None, column: str | None, prefix: str | None = None) -> str:
    """``text`` when it is a CURIE (of ``prefix``, where one is demanded).

    Raises:
        DataError: located, when it is not.
    """
    if _CURIE.fullmatch(text) is None or (prefix is not None and not text.startswith(prefix + ":")):
        wanted = f"no identifier of the form {prefix}:…" if prefix else "no identifier of the form PREFIX:ID"
        raise DataError(wanted, file=file, row=row, column=column, value=text)
    return text


def once(terms: Iterable[Term], file: str, column: str = "id") -> Iterator[Term]:
    """The terms as they come.

    Raises:
        DataError: when an id comes twice; names both places.
    """
    seen: dict[str, int | None] = {}
    for term in terms:
        if term.id in seen:
            first = f" (first in row {seen[term.id]})" if seen[term.id] is not None else ""
            raise DataError(f"this id is given twice{first}", file=file, row=term.row, column=column, value=term.id)
        seen[term.id] = term.row
        yield term


_PREFIXES: Mapping[str, str] = {
    "NCI": "NCIT", "NCIt": "NCIT", "UMLS_CUI": "UMLS", "UMLS": "UMLS", "MIM": "OMIM", "ORDO": "ORPHA", "MESH": "MESH",
    "MONDO": "MONDO", "ICDO": "ICDO", "EFO": "EFO", "GARD": "GARD", "ICD10CM": "ICD10CM",
}  # fmt: skip


def xref(text: str) -> str | None:
    """A cross-reference as a CURIE with its usual prefix; ``None`` for a link or free text.

    >>> xref("NCI:C3224"), xref("UMLS_CUI:C0025202"), xref("SNOMEDCT_US_2025_09_01:39000009"), xref("see above")
    ('NCIT:C3224', 'UMLS:C0025202', 'SNOMEDCT:39000009', None)
    """
    prefix, colon, local = text.strip().partition(":")
    if not colon or not local or re.search(r"\s|//", local):
        return None
    if prefix.startswith("SNOMEDCT"):
        return f"SNOMEDCT:{local}"
    return f"{_PREFIXES.get(prefix, prefix)}:{local}"
