"""Statements, guideline rows and variant classes as nodes and edges of the graph.

What a source states (a profile, a disease, a direction) is an edge a record. What follows from a thing's definition (a
variant lies in its gene, a therapy has its components) is one edge a source, with the first record that speaks of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from graph.claims import Criterion, Expression, GuidelineRow, Statement, criteria
from graph.hgvs import protein_change, residues
from graph.model import Edge, Node, Value
from graph.paths import (
    SAYS,
    condition_ids,
    criterion_genes,
    criterion_marker,
    criterion_node,
    drug_class_node,
    drug_node,
    gene_node,
    marker_node,
    presence_type,
    profile_node,
    row_node,
    statement_node,
    therapy_node,
    towards,
)

_CURIE = re.compile(r"[A-Za-z][A-Za-z0-9_.]*:[^\s:|,;/]+")
DEFINING = frozenset({"IN_GENE", "OF_MARKER", "MEMBER_OF", "HAS_COMPONENT", "IN_CLASS", "PART_OF_GUIDELINE"})
"""Types of which one edge a source is kept."""

OURS = "clew"
"""Source of what follows from definitions alone."""


@dataclass
class Projection:
    """Nodes by id and edges by key, gathered from many items. ``genes`` maps symbols to node ids."""

    genes: Mapping[str, str]
    drug_classes: Callable[[str], tuple[str, ...]] = lambda ingredient: ()
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, ...], Edge] = field(default_factory=dict)
    variants: dict[str, Criterion] = field(default_factory=dict)
    categories: dict[str, Criterion] = field(default_factory=dict)
    drugs: set[str] = field(default_factory=set)
    rows: dict[str, tuple[GuidelineRow, str]] = field(default_factory=dict)

    def statement(self, s: Statement) -> None:
        node = self._node(statement_node(s))
        self._subject(s.profile, node, s.provenance, s.record)
        self._diseases(s, node, s.provenance, s.record)
        therapy = self.therapy(s.therapy, s.provenance, s.record)
        about: dict[str, Value] = {"level": f"{s.level.scheme}:{s.level.value}"}
        if s.date:
            about["date"] = s.date
        if not s.supports:
            about["direction"] = s.direction
        self._edge(node, therapy, towards(s), s.provenance, s.record, about)
        self._document(node, s.citation, s.url, s.agency, s.provenance, s.record)
        if s.row is not None:
            self._edge(node, s.row, "GROUNDS", s.provenance, s.record)

    def row(self, row: GuidelineRow, provenance: str, record: str | None = None) -> None:
        """``record``: of the statement that the row is, if it is one. Then the edges are that record's, and what the
        statement is reported in is not repeated."""
        node = self._node(row_node(row))
        said = record or row.id
        if row.profile is not None:
            self._subject(row.profile, node, provenance, said)
        self._diseases(row, node, provenance, said)
        if row.kind == "recommend":
            self._edge(node, self.therapy(row.drugs, provenance, said), SAYS[row.kind], provenance, said)
        else:
            for ingredient in row.drugs:
                self._edge(node, self.drug(ingredient), SAYS[row.kind], provenance, said)
        self._edge(node, self._node(guideline_node(row)), "PART_OF_GUIDELINE", provenance, said)
        if record is None:
            self._document(node, None, row.url, None, provenance, said)
        for source in row.sources:
            if source.startswith("PMID:"):
                self._document(node, source, None, None, provenance, said)
        self.rows[row.id] = row, provenance

    def supersessions(self) -> None:
        """SUPERSEDES edges between the rows gathered so far; one that names a row that is not there has none."""
        for row, provenance in self.rows.values():
            if row.supersedes in self.rows:
                self._edge(row.id, row.supersedes, "SUPERSEDES", provenance, row.id)

    def criterion(self, criterion: Criterion, provenance: str, record: str) -> str:
        """The id of the criterion's node, which with its genes and marker is now in the graph."""
        node = criterion_node(criterion)
        kept = self.variants if node.label == "Variant" else self.categories
        kept.setdefault(node.id, criterion)
        id = self._node(node)
        for symbol in criterion_genes(criterion):
            self._edge(id, self._node(gene_node(symbol, self.genes)), "IN_GENE", provenance, record)
        if marker := criterion_marker(criterion):
            self._edge(id, self._node(marker_node(marker)), "OF_MARKER", provenance, record)
        return id

    def therapy(self, ingredients: tuple[str, ...], provenance: str, record: str) -> str:
        id = self._node(therapy_node(ingredients))
        for ingredient in ingredients:
            self._edge(id, self.drug(ingredient), "HAS_COMPONENT", provenance, record)
        return id

    def drug(self, ingredient: str) -> str:
        known = drug_node(ingredient)
        if known.id not in self.drugs:
            self.drugs.add(known.id)
            self._node(known)
            for name in self.drug_classes(ingredient):
                self._edge(known.id, self._node(drug_class_node(name)), "IN_CLASS", OURS, known.id)
        return known.id

    def memberships(self) -> None:
        """MEMBER_OF edges between the variants and the categories gathered so far."""
        by_gene: dict[str, list[tuple[str, Criterion]]] = {}
        for id, criterion in self.categories.items():
            if criterion.type == "variant" and criterion.gene and is_plain_category(criterion):
                by_gene.setdefault(criterion.gene, []).append((id, criterion))
        for id, variant in self.variants.items():
            for category, criterion in by_gene.get(variant.gene or "", ()):
                if belongs(variant, criterion):
                    self._edge(id, category, "MEMBER_OF", OURS, id)

    def _subject(self, profile: Expression, subject: str, provenance: str, record: str) -> None:
        id = self._node(profile_node(profile))
        self._edge(id, subject, "SUBJECT_OF", provenance, record)
        for criterion, negated in criteria(profile):
            self._edge(self.criterion(criterion, provenance, record), id, presence_type(negated), provenance, record)

    def _diseases(self, item: Statement | GuidelineRow, node: str, provenance: str, record: str) -> None:
        for disease in condition_ids(item):
            self._edge(disease, node, "CONDITION_OF", provenance, record)
        for disease in item.disease.excluded if item.disease else ():
            self._edge(disease, node, "EXCLUDED_FROM", provenance, record)

    def _document(
        self, node: str, citation: str | None, url: str | None, agency: str | None, provenance: str, record: str
    ) -> None:
        document = document_node(citation, url, agency)
        if document is not None:
            self._edge(node, self._node(document), "REPORTED_IN", provenance, record)

    def _node(self, node: Node) -> str:
        known = self.nodes.get(node.id)
        self.nodes[node.id] = node if known is None else merged(known, node)
        return node.id

    def _edge(
        self, source: str, target: str, type_: str, provenance: str, record: str,
        properties: Mapping[str, Value] | None = None,
    ) -> None:  # fmt: skip
        key = (type_, source, target, provenance, *(() if type_ in DEFINING else (record,)))
        known = self.edges.get(key)
        if known is None or record < known.record:
            self.edges[key] = Edge(
                source=source,
                target=target,
                type=type_,
                provenance=provenance,
                record=record,
                properties=properties or {},
            )


def merged(one: Node, other: Node) -> Node:
    """Two descriptions of one node as one: the first one's word where both speak, lists joined and sorted."""
    if one == other:
        return one
    properties: dict[str, Value] = {**other.properties, **one.properties}
    for name, value in other.properties.items():
        mine = one.properties.get(name)
        if isinstance(value, tuple) and isinstance(mine, tuple) and mine != value:
            properties[name] = tuple(sorted({*mine, *value}))
    return Node(id=one.id, label=one.label, name=one.name, properties=properties)


def document_node(citation: str | None, url: str | None, agency: str | None) -> Node | None:
    """The document that a record cites: by its identifier where it has one, else by its address."""
    properties: dict[str, Value] = {k: v for k, v in (("url", url), ("agency", agency)) if v}
    if citation and _CURIE.fullmatch(citation):
        return Node(id=citation, label="Document", name=citation, properties=properties)
    if url:
        short = hashlib.sha256(url.encode()).hexdigest()[:12]
        return Node(id=f"clew.document:{short}", label="Document", name=citation or url, properties=properties)
    return None


def guideline_node(row: GuidelineRow) -> Node:
    """One node for all versions of a guideline."""
    given = (("publisher", row.publisher), ("jurisdiction", row.jurisdiction))
    properties: dict[str, Value] = {k: v for k, v in given if v}
    if row.version:
        properties["versions"] = (row.version,)
    name = row.title or row.guideline
    return Node(id=f"guideline:{row.guideline}", label="Guideline", name=name, properties=properties)


def is_plain_category(criterion: Criterion) -> bool:
    """Whether membership follows from a change itself: not from how it was classified, nor from where it arose."""
    narrowed = (
        criterion.codons
        or criterion.exons
        or criterion.consequences
        or criterion.residues
        or criterion.except_codons
        or criterion.except_changes
    )
    open_ended = criterion.requires or criterion.zygosity or criterion.origin == "germline"
    return bool(narrowed) and not open_ended and not (criterion.protein or criterion.cdna or criterion.alleles)


def belongs(variant: Criterion, category: Criterion) -> bool:
    """Whether a known change is in a category of its gene. What the change does not tell counts as no."""
    first, last, consequences = _extent(variant)
    if category.codons and not (first and last and category.codons[0] <= first and last <= category.codons[1]):
        return False
    if category.residues:
        change = protein_change(variant.protein) if variant.protein else None
        if change is None or set(residues(change)).isdisjoint(category.residues):
            return False
    if category.except_codons and (not first or any(first <= c <= (last or first) for c in category.except_codons)):
        return False
    if category.except_changes and (variant.protein is None or variant.protein in category.except_changes):
        return False
    if category.exons and not (
        variant.exons and category.exons[0] <= variant.exons[0] and variant.exons[1] <= category.exons[1]
    ):
        return False
    return not category.consequences or bool(set(consequences) & set(category.consequences))


def _extent(variant: Criterion) -> tuple[int | None, int | None, tuple[str, ...]]:
    change = protein_change(variant.protein) if variant.protein else None
    if change is not None:
        return change.first, change.last, tuple(change.consequences)
    first, last = variant.codons or (None, None)
    return first, last, variant.consequences


def stamped(edges: Iterable[Edge], versions: Mapping[str, tuple[str | None, str]]) -> Iterator[Edge]:
    """The edges with version and licence of their source (provenance -> both)."""
    for edge in edges:
        version, licence = versions[edge.provenance]
        stamp: dict[str, Value] = {"licence": licence} if version is None else {"version": version, "licence": licence}
        yield Edge(
            source=edge.source,
            target=edge.target,
            type=edge.type,
            provenance=edge.provenance,
            record=edge.record,
            properties={**edge.properties, **stamp},
        )
