"""The tables of a release as Parquet files: what is true, from which the rest is derived.

Each table has plain columns to look at with any tool, and a column of JSON from which the value types are read back:
``properties`` of nodes and edges, ``data`` of statements, rows and classes. Rows are sorted by their keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any as Anything
from typing import TypeVar, cast

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from graph.claims import GuidelineRow, Statement, VariantClass, phrase
from graph.content import Closure, Content, DiseaseName
from graph.model import Edge, Node, Value, edge_key

T = TypeVar("T")
Record = dict[str, Anything]

TABLES = ("nodes", "edges", "statements", "rows", "classes", "names", "closure")
_BATCH = 20_000

_text, _list = pa.string(), pa.list_(pa.string())
_SCHEMAS: dict[str, list[tuple[str, pa.DataType]]] = {
    "nodes": [("id", _text), ("label", _text), ("name", _text), ("properties", _text)],
    "edges": [
        ("source", _text), ("target", _text), ("type", _text), ("provenance", _text), ("record", _text),
        ("version", _text), ("licence", _text), ("properties", _text),
    ],
    "statements": [
        ("id", _text), ("record", _text), ("provenance", _text), ("kind", _text), ("direction", _text),
        ("supports", pa.bool_()), ("therapy", _list), ("disease", _text), ("strength", _text), ("agency", _text),
        ("date", _text), ("quarantined", _text), ("data", _text),
    ],
    "rows": [
        ("id", _text), ("guideline", _text), ("version", _text), ("publisher", _text), ("jurisdiction", _text),
        ("status", _text), ("kind", _text), ("because", _text), ("drugs", _list), ("biomarker", _text),
        ("disease", _text), ("strength", _text), ("action", _text), ("points", pa.float64()),
        ("effective_from", _text), ("effective_to", _text), ("supersedes", _text), ("reason", _text),
        ("sources", _list), ("data", _text),
    ],
    "classes": [("id", _text), ("gene", _text), ("classes", _list), ("provenance", _text), ("data", _text)],
    "names": [("folded", _text), ("id", _text), ("text", _text), ("kind", _text)],
    "closure": [("descendant", _text), ("ancestor", _text), ("widened", pa.bool_())],
}  # fmt: skip

_properties = msgspec.json.Decoder(dict[str, Value])
_statement = msgspec.json.Decoder(Statement)
_row = msgspec.json.Decoder(GuidelineRow)
_class = msgspec.json.Decoder(VariantClass)


def write(content: Content, folder: Path) -> None:
    """Write all tables into ``folder``; the same content gives the same bytes, whatever its order."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, "nodes", map(_of_node, sorted(content.nodes, key=lambda n: (n.label, n.id))))
    _write(folder, "edges", map(_of_edge, sorted(content.edges, key=edge_key)))
    _write(folder, "statements", map(_of_statement, sorted(content.statements, key=lambda s: s.id)))
    _write(folder, "rows", map(_of_row, sorted(content.rows, key=lambda r: r.id)))
    _write(folder, "classes", map(_of_class, sorted(content.classes, key=lambda c: c.id)))
    _write(folder, "names", ({f: getattr(n, f) for f in n.__struct_fields__} for n in _sorted(content.names)))
    _write(folder, "closure", ({f: getattr(c, f) for f in c.__struct_fields__} for c in _sorted(content.closure)))


def nodes(file: Path) -> Iterator[Node]:
    """The nodes, sorted by label and id: a node's position here is its row in the matrices."""
    for r in _read(file):
        yield Node(id=r["id"], label=r["label"], name=r["name"], properties=_properties.decode(r["properties"]))


def edges(file: Path) -> Iterator[Edge]:
    """The edges, sorted by type; ``version`` and ``licence`` of the source are among the properties."""
    for r in _read(file):
        properties = _properties.decode(r["properties"])
        for name in ("version", "licence"):
            if r[name] is not None:
                properties[name] = r[name]
        yield Edge(
            source=r["source"],
            target=r["target"],
            type=r["type"],
            provenance=r["provenance"],
            record=r["record"],
            properties=properties,
        )


def statements(file: Path) -> Iterator[Statement]:
    return _decoded(file, _statement.decode)


def rows(file: Path) -> Iterator[GuidelineRow]:
    return _decoded(file, _row.decode)


def classes(file: Path) -> Iterator[VariantClass]:
    return _decoded(file, _class.decode)


def names(file: Path) -> Iterator[DiseaseName]:
    return (DiseaseName(**r) for r in _read(file))


def closure(file: Path) -> Iterator[Closure]:
    return (Closure(**r) for r in _read(file))


def _of_node(node: Node) -> Record:
    return {"id": node.id, "label": node.label, "name": node.name, "properties": _json(node.properties)}


def _of_edge(edge: Edge) -> Record:
    others = {k: v for k, v in edge.properties.items() if k not in ("version", "licence")}
    return {
        "source": edge.source, "target": edge.target, "type": edge.type, "provenance": edge.provenance,
        "record": edge.record, "version": edge.properties.get("version"), "licence": edge.properties.get("licence"),
        "properties": _json(others),
    }  # fmt: skip


def _of_statement(s: Statement) -> Record:
    return {
        "id": s.id, "record": s.record, "provenance": s.provenance, "kind": s.kind, "direction": s.direction,
        "supports": s.supports, "therapy": s.therapy, "disease": s.disease.name, "strength": s.strength,
        "agency": s.agency, "date": s.date, "quarantined": s.quarantined, "data": _json(s),
    }  # fmt: skip


def _of_row(r: GuidelineRow) -> Record:
    return {
        "id": r.id, "guideline": r.guideline, "version": r.version, "publisher": r.publisher,
        "jurisdiction": r.jurisdiction, "status": r.status, "kind": r.kind, "because": r.because, "drugs": r.drugs,
        "biomarker": phrase(r.profile) if r.profile else None, "disease": r.disease.name if r.disease else None,
        "strength": r.strength, "action": r.action, "points": r.points, "effective_from": r.effective_from,
        "effective_to": r.effective_to, "supersedes": r.supersedes, "reason": r.reason, "sources": r.sources,
        "data": _json(r),
    }  # fmt: skip


def _of_class(c: VariantClass) -> Record:
    return {
        "id": c.id, "gene": c.criterion.gene, "classes": c.classes, "provenance": c.provenance, "data": _json(c)
    }  # fmt: skip


def _json(value: object) -> str:
    """JSON with the fields of a Struct in declared order and the keys of a mapping sorted."""
    return msgspec.json.encode(value, order="deterministic").decode()


def _sorted(items: Iterable[T]) -> list[T]:
    return sorted(items, key=msgspec.json.encode)


def _write(folder: Path, table: str, records: Iterable[Record]) -> None:
    schema = pa.schema(_SCHEMAS[table])
    with pq.ParquetWriter(folder / f"{table}.parquet", schema, compression="zstd", compression_level=9) as writer:
        source = iter(records)
        while batch := list(islice(source, _BATCH)):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))


def _read(file: Path) -> Iterator[Record]:
    with pq.ParquetFile(file) as parquet:
        for batch in parquet.iter_batches(batch_size=_BATCH):
            yield from cast(list[Record], batch.to_pylist())


def _decoded(file: Path, decode: Callable[[str], T]) -> Iterator[T]:
    return (decode(r["data"]) for r in _read(file))
