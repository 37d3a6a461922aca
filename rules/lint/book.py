"""The rows that are linted together, with the indexes that keep the checks from comparing all with all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from graph.claims import Criterion, DiseaseScope, Expression, GuidelineRow, criteria
from graph.paths import criterion_genes, criterion_marker, profile_node
from graph.patient import Profile
from graph.shared import Shared
from rules.lint.fault import Fault, Severity
from rules.lint.world import World
from rules.table import Column, Table, TableSpec

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row with its place. ``row`` has its diseases resolved and shares equal parts with the others."""

    spec: TableSpec
    file: str
    number: int
    cells: Mapping[str, str]
    row: GuidelineRow
    partial: bool
    """Whether the source asks for more than the row does."""

    def fault(
        self, check: str, severity: Severity, message: str, *, column: str | None = None,
        related: Sequence[str] = (), patient: Profile | None = None,
    ) -> Fault:  # fmt: skip
        return Fault(
            check=check, severity=severity, file=self.file, row=self.number, column=column, id=self.row.id,
            message=message, related=tuple(related), patient=patient,
        )  # fmt: skip

    def column_of(self, *, field: str | None = None, fact: str | None = None) -> str | None:
        """The column that fills a field or asks a fact, where the table declares its columns."""
        asked = ((c.name, c.field == field if field else c.fact == fact) for c in self.spec.columns)
        return next((name for name, is_it in asked if is_it), field or fact)

    def declared(self, fact: str) -> Column | None:
        """The column that is about a fact."""
        return next((c for c in self.spec.columns if c.fact == fact), None)


@dataclass(frozen=True)
class Book:
    """All tables of one run."""

    tables: tuple[Table, ...]
    entries: tuple[Entry, ...]
    by_id: Mapping[str, Entry]
    active: tuple[Entry, ...]
    """Entries that are neither draft nor retired: only these are compared with each other."""
    genotypes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Pharmacogene -> every phenotype or diplotype that a row asks for."""


def book(tables: Iterable[Table], world: World) -> Book:
    """The rows of all tables, ready to be looked at."""
    given = tuple(tables)
    sharer = _Sharer(world)
    entries = tuple(
        Entry(table.spec, line.file, line.number, line.cells, sharer.row(line.row), line.partial)
        for table in given
        for line in table.rows
    )
    genotypes: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for entry in entries:
        for c in asked(entry.row.profile):
            if c.type == "genotype" and c.gene:
                genotypes[c.gene].update(dict.fromkeys(c.genotypes))
    return Book(
        tables=given,
        entries=entries,
        by_id={e.row.id: e for e in entries},
        active=tuple(e for e in entries if e.row.status == "active"),
        genotypes={gene: tuple(found) for gene, found in genotypes.items()},
    )


def asked(profile: Expression | None) -> Iterator[Criterion]:
    """Every criterion of a profile, negated ones too."""
    if profile is not None:
        yield from (c for c, _ in criteria(profile))


def topics(row: GuidelineRow) -> frozenset[str]:
    """Genes and markers that a row's profile asks about."""
    return frozenset(t for c in asked(row.profile) for t in topics_of(c))


def topics_of(c: Criterion) -> tuple[str, ...]:
    marker = criterion_marker(c)
    return (marker,) if marker else criterion_genes(c) or (c.name,)


def conditions_key(row: GuidelineRow) -> tuple[object, ...]:
    """Rows with the same key ask the same, whatever their order and spelling."""
    d = row.disease
    return (
        profile_node(row.profile).id if row.profile is not None else None,
        (frozenset(d.ids) or d.name, d.agnostic, frozenset(d.excluded)) if d is not None else None,
        frozenset((c.fact, "".join(c.cell.casefold().split()), c.unit) for c in row.settings),
    )


def together(a: GuidelineRow, b: GuidelineRow) -> bool:
    """Whether there is a day on which both rows are in force, of one version where they are of one guideline."""
    if a.guideline == b.guideline and a.version != b.version:
        return False
    if b.id == a.supersedes or a.id == b.supersedes:
        return False
    start = max(a.effective_from or "", b.effective_from or "")
    ends = [end for end in (a.effective_to, b.effective_to) if end]
    return not ends or start < min(ends)


class _Sharer:
    """One object for equal parts: what the rules find about them they remember by identity."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._one = Shared()
        self._scopes: dict[DiseaseScope, DiseaseScope] = {}

    def row(self, row: GuidelineRow) -> GuidelineRow:
        return msgspec.structs.replace(
            row,
            disease=None if row.disease is None else self._scope(row.disease),
            profile=None if row.profile is None else self._one.expression(row.profile),
            settings=self._one.same(row.settings),
        )

    def _scope(self, scope: DiseaseScope) -> DiseaseScope:
        known = self._scopes.get(scope)
        if known is None:
            known = self._scopes[scope] = self._one.same(self._world.scope(scope))
        return known
