"""A release as KGX TSV: ``clew_nodes.tsv`` and ``clew_edges.tsv`` with Biolink classes and predicates.

Format: https://github.com/biolink/kgx/blob/master/specification/kgx-format.md. It has no quoting: tabs and line ends
inside a text become spaces, and a bar inside an item of a list becomes ``%7C``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from graph.export import finished
from graph.model import Edge, Node, Value
from graph.schema import schema

if TYPE_CHECKING:
    from graph.release import Release

T = TypeVar("T", Node, Edge)
Cells = dict[str, Value]

NODES, EDGES = "clew_nodes.tsv", "clew_edges.tsv"
_FIRST: dict[str, tuple[str, ...]] = {
    NODES: ("id", "category", "name"),
    EDGES: (
        "id", "subject", "predicate", "object", "category", "knowledge_level", "agent_type", "primary_knowledge_source",
        "aggregator_knowledge_source",
    ),
}  # fmt: skip
_SLOTS = {"xrefs": "xref", "synonyms": "synonym", "licence": "license"}
"""Names of ours for which Biolink has another one."""
_INFORES = {"do": "disease-ontology"}
"""Sources that the registry of information resources lists under another name."""


def write(release: Release, out: Path) -> None:
    """Write both files into the folder ``out``."""
    with finished(out) as folder:
        _write(folder / NODES, release.nodes, _of_node)
        _write(folder / EDGES, release.edges, _of_edge)


def _of_node(node: Node) -> Cells:
    others = {_SLOTS.get(name, name): value for name, value in node.properties.items()}
    return {**others, "id": node.id, "category": schema().nodes[node.label].biolink, "name": node.name}


def _of_edge(edge: Edge) -> Cells:
    others = {_SLOTS.get(name, name): value for name, value in edge.properties.items()}
    derived = edge.provenance == "clew"
    key = "\t".join((edge.source, edge.target, edge.type, edge.provenance, edge.record))
    return {
        **others,
        "id": f"clew.edge:{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}",
        "subject": edge.source,
        "predicate": schema().edges[edge.type].biolink,
        "object": edge.target,
        "category": "biolink:Association",
        "knowledge_level": "logical_entailment" if derived else "knowledge_assertion",
        "agent_type": "automated_agent" if derived else "manual_agent",
        "primary_knowledge_source": f"infores:{_INFORES.get(edge.provenance, edge.provenance)}",
        "aggregator_knowledge_source": "infores:clew",
        "clew_type": edge.type,
        "source_record": edge.record,
    }


def _write(file: Path, items: Callable[[], Iterator[T]], cells: Callable[[T], Cells]) -> None:
    """The columns are those that some row fills, the known ones first: so the items are gone through twice."""
    first: tuple[str, ...] = _FIRST[file.name]
    found: set[str] = {name for item in items() for name in cells(item)}
    columns = [*first, *sorted(found - set(first))]
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("\t".join(columns) + "\n")
        for item in items():
            stream.write(_line(columns, cells(item)))


def _line(columns: Iterable[str], cells: Mapping[str, Value]) -> str:
    return "\t".join(_text(cells[name]) if name in cells else "" for name in columns) + "\n"


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "|".join(_text(item).replace("|", "%7C") for item in value)
    return re.sub(r"\s+", " ", value) if isinstance(value, str) else repr(value)
