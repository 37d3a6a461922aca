"""``serve.sqlite`` from the tables of a release, byte for byte the same each time."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from pathlib import Path

import msgspec

from graph import tables
from graph.claims import OWN, Edition, GuidelineRow, Statement, VariantClass, criteria, editions
from graph.model import Edge, Node, Value
from graph.paths import condition_ids, criterion_genes, criterion_marker
from graph.serve import AlleleEntry, DiseaseTest

_ANCHORING = {"IN_GENE", "OF_MARKER"}
_PROFILING = {"IN_PROFILE", "ABSENT_FROM_PROFILE"}
_LIMITING = {"EXCLUDES", "CAUTIONS", "REQUIRES"}
_GUIDING = {"DOSES", "SCORES"}
_WRITER_VERSION = (3040000).to_bytes(4, "big")
"""What the header says about the library that wrote the file: always this, whichever library it was."""

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
Row = tuple[object, ...]


def derive(folder: Path, file: Path) -> None:
    """Write ``file`` from the Parquet tables in ``folder``."""
    db = sqlite3.connect(file, isolation_level=None)
    try:
        db.executescript("PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA encoding = 'UTF-8';")
        db.executescript(resources.files("graph").joinpath("queries/serve.sql").read_text(encoding="utf-8"))
        db.execute("BEGIN")
        for table, rows in _tables(folder):
            _insert(db, table, rows)
        db.execute("COMMIT")
        db.execute("VACUUM")
    finally:
        db.close()
    with file.open("r+b") as stream:
        stream.seek(96)
        stream.write(_WRITER_VERSION)


def _tables(folder: Path) -> Iterator[tuple[str, Iterable[Row]]]:
    nodes = list(tables.nodes(folder / "nodes.parquet"))
    edges = list(tables.edges(folder / "edges.parquet"))
    statements = list(tables.statements(folder / "statements.parquet"))
    yield "statement", ((s.id, _encode(s)) for s in statements)
    rows = list(tables.rows(folder / "rows.parquet"))
    yield "guideline_row", ((r.id, _encode(r)) for r in rows)
    yield "edition", _editions(rows)
    yield "node", ((n.id, n.label, n.name) for n in nodes)
    yield "anchor", _grouped(_anchored(nodes, edges))
    yield "ruled", _grouped(_ruled(nodes, edges))
    yield "gene", _genes(nodes)
    yield "variant_class", _classes(tables.classes(folder / "classes.parquet"))
    yield "allele", _alleles(nodes)
    ancestors: dict[str, dict[str, bool]] = defaultdict(dict)
    for pair in tables.closure(folder / "closure.parquet"):
        ancestors[pair.descendant][pair.ancestor] = pair.widened
    yield "disease", _diseases(nodes, ancestors)
    yield "disease_name", ((n.folded, n.kind, n.id, n.text) for n in tables.names(folder / "names.parquet"))
    yield "disease_test", _tests(statements)
    settings = (*(s.settings for s in statements), *(r.settings for r in rows))
    yield "fact", {(c.fact.removeprefix(OWN),) for asked in settings for c in asked if c.fact.startswith(OWN)}


def _insert(db: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    ordered: list[Sequence[object]] = sorted(rows, key=lambda row: tuple(x for x in row if isinstance(x, str)))
    if ordered:
        places = ", ".join("?" * len(ordered[0]))
        db.executemany(f"INSERT INTO {table} VALUES ({places})", ordered)  # noqa: S608 (names of our own tables)


def _grouped(pairs: Iterable[tuple[str, str]]) -> Iterator[Row]:
    groups: dict[str, set[str]] = defaultdict(set)
    for key, id in pairs:
        groups[key].add(id)
    return ((key, _encode(sorted(ids))) for key, ids in groups.items())


def _anchored(nodes: list[Node], edges: list[Edge]) -> Iterator[tuple[str, str]]:
    """Anchor and statement, along the same edges as ``queries/statements.cypher``."""
    anchors, profiles, subjects = (_targets(edges, types) for types in (_ANCHORING, _PROFILING, {"SUBJECT_OF"}))
    found = {n.id: n for n in nodes if n.label == "Statement"}
    for criterion, genes in anchors.items():
        for profile in profiles.get(criterion, ()):
            for statement in subjects.get(profile, ()):
                if statement in found:
                    yield from ((anchor, statement) for anchor in genes)
    for edge in edges:
        if edge.type == "CONDITION_OF" and edge.target in found and found[edge.target].properties["absence_only"]:
            yield edge.source, edge.target


def _ruled(nodes: list[Node], edges: list[Edge]) -> Iterator[tuple[str, str]]:
    """Therapy, drug or gene and row, along the same edges as ``queries/guideline_rows.cypher``."""
    rows = {n.id: n.properties for n in nodes if n.label == "GuidelineRow"}
    bases: dict[tuple[str, Value], set[str]] = defaultdict(set)
    scored: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge.type == "SCORES":
            scored[edge.source].append(edge.target)
            if rows[edge.source]["base"]:
                bases[edge.target, rows[edge.source]["guideline"]].add(edge.source)
    by_drug: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        row = rows.get(edge.source, {})
        if edge.type in _LIMITING or (edge.type in _GUIDING and not (row["guides"] or row["base"])):
            by_drug[edge.target].add(edge.source)
            if edge.type == "SCORES":
                by_drug[edge.target] |= bases[edge.target, row["guideline"]]
    for node, found in by_drug.items():
        yield from ((node, row) for row in found)
    for therapy, drugs in _targets(edges, {"HAS_COMPONENT"}).items():
        yield from ((therapy, row) for drug in drugs for row in by_drug.get(drug, ()))
    genes, profiles, subjects = (_targets(edges, types) for types in ({"IN_GENE"}, _PROFILING, {"SUBJECT_OF"}))
    for criterion, anchors in genes.items():
        for profile in profiles.get(criterion, ()):
            for row_id in subjects.get(profile, ()):
                if row_id in rows and rows[row_id]["guides"]:
                    guideline = rows[row_id]["guideline"]
                    found = {row_id}.union(*(bases[drug, guideline] for drug in scored.get(row_id, ())))
                    yield from ((gene, id) for gene in anchors for id in found)


def _editions(rows: Iterable[GuidelineRow]) -> Iterator[Row]:
    by_guideline: dict[str, list[Edition]] = defaultdict(list)
    for edition in editions(rows):
        by_guideline[edition.guideline].append(edition)
    return ((guideline, _encode(found)) for guideline, found in by_guideline.items())


def _targets(edges: list[Edge], types: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.type in types:
            found[edge.source].add(edge.target)
    return found


def _genes(nodes: list[Node]) -> Iterator[Row]:
    genes = [n for n in nodes if n.label == "Gene"]
    known: dict[str, Row] = {}
    for gene in genes:
        symbol = str(gene.properties["symbol"])
        known.setdefault(symbol.casefold(), (symbol.casefold(), gene.id, symbol))
    for gene in genes:
        synonyms = gene.properties.get("synonyms", ())
        for synonym in synonyms if isinstance(synonyms, tuple) else ():
            known.setdefault(synonym.casefold(), (synonym.casefold(), gene.id, str(gene.properties["symbol"])))
    return iter(known.values())


def _classes(classes: Iterable[VariantClass]) -> Iterator[Row]:
    by_gene: dict[str, list[VariantClass]] = defaultdict(list)
    for item in classes:
        for gene in criterion_genes(item.criterion):
            by_gene[gene].append(item)
    return ((gene, _encode(sorted(items, key=lambda c: c.id))) for gene, items in by_gene.items())


def _alleles(nodes: list[Node]) -> Iterator[Row]:
    found: dict[str, list[AlleleEntry]] = defaultdict(list)
    for node in nodes:
        alleles = node.properties.get("alleles", ())
        if node.label == "Variant" and isinstance(alleles, tuple):
            entry = AlleleEntry(node.id, _text(node, "gene"), _text(node, "protein"), _text(node, "cdna"), _exon(node))
            for allele in alleles:
                found[allele].append(entry)
    return ((allele, _encode(sorted(entries, key=lambda e: e.variant))) for allele, entries in found.items())


def _text(node: Node, key: str) -> str | None:
    value = node.properties.get(key)
    return value if isinstance(value, str) else None


def _exon(node: Node) -> int | None:
    value = node.properties.get("exon")
    return value if isinstance(value, int) else None


def _diseases(nodes: list[Node], ancestors: dict[str, dict[str, bool]]) -> Iterator[Row]:
    diseases = {node.id: node for node in nodes if node.label == "Disease"}
    below: dict[str, set[str]] = defaultdict(set)
    for id, node in diseases.items():
        if own := _text(node, "compartment"):
            for ancestor, widened in {id: False, **ancestors.get(id, {})}.items():
                if not widened:
                    below[ancestor].add(own)
    for id, node in diseases.items():
        own = _text(node, "compartment")
        yield (
            id, node.name, own, _encode([own] if own else sorted(below[id])), _text(node, "tissue"),
            int(node.properties.get("obsolete") is True), _encode({id: False, **ancestors.get(id, {})}),
        )  # fmt: skip


def _tests(statements: list[Statement]) -> Iterator[Row]:
    waiting: dict[str, list[DiseaseTest]] = defaultdict(list)
    for s in statements:
        if s.direction == "sensitive" and s.supports and s.quarantined is None:
            test = DiseaseTest(_facts(s), s.therapy, s.id)
            for disease in condition_ids(s):
                waiting[disease].append(test)
    return ((disease, _encode(tests)) for disease, tests in waiting.items())


def _facts(statement: Statement) -> tuple[str, ...]:
    facts: list[str] = []
    for criterion, _ in criteria(statement.profile):
        marker = criterion_marker(criterion)
        facts += [marker] if marker else criterion_genes(criterion)
    return tuple(dict.fromkeys(facts))
