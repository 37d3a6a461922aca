"""Guideline tables as they are declared and as they were read: what a lint, a diff and a load look at.

A table is a CSV, TSV or XLSX file with a TOML sidecar of the same name; reading is in ``ingest.guidelines``.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from graph.claims import GuidelineRow, HitPolicy

ColumnType = Literal["text", "number", "enum", "list", "date", "expression", "gene", "marker", "genotype", "disease"]


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One column: either it fills a field of the row, or its cells are conditions on a fact of the patient."""

    name: str
    """As in the header line."""
    field: str | None = None
    """A field of a row (``reason``, ``drugs``, ``kind`` …)."""
    fact: str | None = None
    """``biomarker``, ``disease``, ``gene.KRAS``, ``marker.PD-L1``, ``germline_pgx.DPYD``, ``age_years`` and the other
    context facts, or ``facts.NAME``."""
    type: ColumnType = "text"
    unit: str | None = None
    """The unit of the numbers in the cells (UCUM)."""
    scheme: str | None = None
    """The score that a marker's numbers are on: ``TPS``."""
    values: tuple[str, ...] = ()
    """All values that the fact can have: lint looks for gaps over them."""
    required: bool = False
    may_be_empty: bool = True
    about: str = ""


class Suppression(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding of lint that somebody has looked at and lets stand."""

    check: str
    reason: str
    row: str | None = None
    """The row's own id; ``None``: the whole table."""


class TableSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a sidecar declares."""

    guideline: str
    title: str = ""
    publisher: str | None = None
    version: str | None = None
    jurisdiction: str | None = None
    effective_from: str | None = None
    effective_to: str | None = None
    hit_policy: HitPolicy = "COLLECT"
    priority: int = 0
    licence: str = "as its owner says"
    url: str | None = None
    review_days: int | None = None
    """A row whose review is older than this is overdue."""
    defaults: dict[str, str] = {}
    """Field -> what an empty cell, or a column that is left out, means."""
    sheet: str | None = None
    """Which sheet of an XLSX file is the table."""
    columns: tuple[Column, ...] = ()
    suppress: tuple[Suppression, ...] = ()


class TableRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table: as it is written and what was read."""

    file: str
    number: int
    cells: dict[str, str]
    """Column -> text; empty for rows of an importer."""
    row: GuidelineRow
    partial: bool = False
    """Whether its source asks for more than the row does: two that look alike may then differ."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table with everything that was read from it."""

    spec: TableSpec
    rows: tuple[TableRow, ...]
