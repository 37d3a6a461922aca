"""The types of nodes and edges, read from ``schema.toml``, and the check that content is of these types."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import cast

from graph.errors import DataError, nearest
from graph.model import Edge, Node, Value

EVERY_EDGE: Mapping[str, str] = MappingProxyType({"version": "str", "licence": "str", "date": "str", "level": "str"})
"""Properties that an edge of any type may carry: those of the source record that states it."""

_KINDS: Mapping[str, type | tuple[type, ...]] = MappingProxyType(
    {"str": str, "int": int, "float": float, "bool": bool, "list": tuple}
)


@dataclass(frozen=True, slots=True)
class Property:
    """What a property holds (``str``, ``int``, ``float``, ``bool``, ``list`` of str), and whether it must be there."""

    name: str
    kind: str
    required: bool


@dataclass(frozen=True, slots=True)
class NodeType:
    name: str
    biolink: str
    description: str
    properties: Mapping[str, Property]


@dataclass(frozen=True, slots=True)
class EdgeType:
    """``source`` and ``target`` are the labels of nodes that it may join; ``negated``: ``biolink`` does not hold."""

    name: str
    biolink: str
    negated: bool
    description: str
    source: frozenset[str]
    target: frozenset[str]
    properties: Mapping[str, Property]


@dataclass(frozen=True, slots=True)
class Schema:
    nodes: Mapping[str, NodeType]
    edges: Mapping[str, EdgeType]

    def check_node(self, node: Node) -> None:
        """Raises:
        DataError: when the node's label, name or properties are not as declared.
        """
        declared = self.nodes.get(node.label)
        if declared is None:
            raise _unknown("node type", node.label, self.nodes)
        if ":" not in node.id or node.id != node.id.strip():
            raise DataError(f"the id of a {node.label} is not a CURIE", value=node.id)
        if not node.name:
            raise DataError(f"the {node.label} has no name", value=node.id)
        _check_properties(f"{node.label} {node.id}", node.properties, declared.properties)

    def check_edge(self, edge: Edge, labels: Mapping[str, str]) -> None:
        """``labels`` tells the label of every node id of the graph.

        Raises:
            DataError: when an end is missing, the type does not join such nodes, or a property is not as declared.
        """
        declared = self.edges.get(edge.type)
        if declared is None:
            raise _unknown("edge type", edge.type, self.edges)
        where = f"{edge.type} of {edge.record}"
        for side, node, allowed in (("source", edge.source, declared.source), ("target", edge.target, declared.target)):
            label = labels.get(node)
            if label is None:
                raise DataError(f"the {side} of {where} is not a node of the graph", value=node)
            if label not in allowed:
                raise DataError(f"the {side} of {where} is a {label}, not a {' or '.join(sorted(allowed))}", value=node)
        if not edge.provenance or not edge.record:
            raise DataError(f"the {edge.type} edge names no source record", value=f"{edge.source} -> {edge.target}")
        _check_properties(where, edge.properties, declared.properties)


@cache
def schema() -> Schema:
    """The packaged schema.

    >>> sorted(schema().edges["OF_MARKER"].target)
    ['Marker']
    """
    text = resources.files("graph").joinpath("schema.toml").read_text(encoding="utf-8")
    declared = tomllib.loads(text)
    nodes = {
        name: NodeType(name, _text(body, "biolink"), _text(body, "description"), _properties(body))
        for name, body in declared["node"].items()
    }
    edges = {
        name: EdgeType(
            name,
            _text(body, "biolink"),
            body.get("negated") is True,
            _text(body, "description"),
            frozenset(cast(list[str], body["source"])),
            frozenset(cast(list[str], body["target"])),
            {**{p: Property(p, kind, False) for p, kind in EVERY_EDGE.items()}, **_properties(body)},
        )
        for name, body in declared["edge"].items()
    }
    for edge in edges.values():
        for label in edge.source | edge.target:
            if label not in nodes:
                raise _unknown("node type", label, nodes)
    return Schema(MappingProxyType(nodes), MappingProxyType(edges))


def _text(body: Mapping[str, object], key: str) -> str:
    return cast(str, body.get(key, ""))


def _properties(body: Mapping[str, object]) -> Mapping[str, Property]:
    declared = cast(dict[str, str], body.get("properties", {}))
    found = {name: Property(name, kind.rstrip("*"), kind.endswith("*")) for name, kind in declared.items()}
    for prop in found.values():
        if prop.kind not in _KINDS:
            raise _unknown("kind of property", prop.kind, _KINDS)
    return MappingProxyType(found)


def _check_properties(where: str, given: Mapping[str, Value], declared: Mapping[str, Property]) -> None:
    for name, value in given.items():
        prop = declared.get(name)
        if prop is None:
            raise DataError(
                f"{where} has a property that is not declared",
                value=name,
                suggestion=next(iter(nearest(name, declared)), None),
            )
        if not _fits(value, prop.kind):
            raise DataError(f"property {name!r} of {where} is not of kind {prop.kind}", value=value)
    for prop in declared.values():
        if prop.required and prop.name not in given:
            raise DataError(f"{where} lacks the property {prop.name!r}")


def _fits(value: Value, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    if kind == "list":
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if kind == "float":
        return isinstance(value, int | float) and value == value and abs(value) != float("inf")
    return isinstance(value, _KINDS[kind])


def _unknown(what: str, name: str, known: Mapping[str, object]) -> DataError:
    return DataError(f"no such {what}", value=name, suggestion=next(iter(nearest(name, known)), None))
