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
        "id", "subject", "predicate", "object", "negated", "category", "knowledge_level", "agent_type",
        "primary_knowledge_source", "aggregator_knowledge_source",
    ),
}  # fmt: skip
_SLOTS = {"xrefs": "xref", "synonyms": "synonym", "licence": "license"}
"""Names of ours for which Biolink has another one."""
_FIELDS = {
    "IN_PROFILE": "profile", "ABSENT_FROM_PROFILE": "profile", "SUBJECT_OF": "profile",
    "EXCLUDED_FROM": "disease.excluded",
}  # fmt: skip
"""Edge types, each with the field of a statement that it says."""
_INFORES = {"do": "disease-ontology"}
"""Sources that the registry of information resources lists under another name."""


def write(release: Release, out: Path) -> None:
    """Write both files into the folder ``out``."""
    with finished(out) as folder:
        _write(folder / NODES, release.nodes, _of_node)
        read = _read_from_text(release)
        _write(folder / EDGES, release.edges, lambda edge: _of_edge(edge, read))


def _of_node(node: Node) -> Cells:
    others = {_SLOTS.get(name, name): value for name, value in node.properties.items()}
    return {**others, "id": node.id, "category": schema().nodes[node.label].biolink, "name": node.name}


def _read_from_text(release: Release) -> set[tuple[str, str]]:
    """Record and field of what statements say because a program read the text of an indication."""
    return {(statement.record, field) for statement in release.statements() for field in statement.derived_from_text}


def _of_edge(edge: Edge, read: set[tuple[str, str]]) -> Cells:
    others = {_SLOTS.get(name, name): value for name, value in edge.properties.items()}
    declared = schema().edges[edge.type]
    if edge.provenance == "clew":
        level, agent = "logical_entailment", "automated_agent"
    elif (edge.record, _FIELDS.get(edge.type, "")) in read:
        level, agent = "not_provided", "text_mining_agent"
    else:
        level, agent = "knowledge_assertion", "manual_agent"
    key = "\t".join((edge.source, edge.target, edge.type, edge.provenance, edge.record))
    return {
        **others,
        "id": f"clew.edge:{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}",
        "subject": edge.source,
        "predicate": declared.biolink,
        "object": edge.target,
        "negated": declared.negated,
        "category": "biolink:Association",
        "knowledge_level": level,
        "agent_type": agent,
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
