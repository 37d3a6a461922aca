"""Whether a projection holds what the release holds: every node, every edge, every property, and nothing else."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

import msgspec

from graph.model import Edge, Node, Value, edge_key

Kind = Literal["missing", "extra", "changed"]
Item = TypeVar("Item", Node, Edge)

_encode = msgspec.json.Encoder(order="deterministic").encode


class Graph(Protocol):
    """Whatever can list its nodes and edges: a release, a store."""

    def nodes(self) -> Iterator[Node]: ...

    def edges(self) -> Iterator[Edge]: ...


@dataclass(frozen=True)
class Delta(Generic[Item]):
    """What would have to change in a projection. ``changed`` pairs what is there with what should be."""

    missing: list[Item]
    extra: list[Item]
    changed: list[tuple[Item, Item]]

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.changed)


@dataclass(frozen=True)
class Difference:
    """One thing in which a projection and its release differ, for people to read."""

    kind: Kind
    what: Literal["node", "edge"]
    id: str
    """A node's id; of an edge its ends, type and record."""
    detail: str = ""
    """For ``changed``: each property with what is there and what should be."""

    def __str__(self) -> str:
        return f"{self.kind} {self.what} {self.id}" + (f": {self.detail}" if self.detail else "")


def compare(store: Graph, release: Graph) -> list[Difference]:
    """All differences, nodes first, sorted; an empty list means that the projection is exact."""
    nodes = sorted(_differences("node", node_delta(store, release)), key=str)
    return nodes + sorted(_differences("edge", edge_delta(store, release)), key=str)


def node_delta(store: Graph, release: Graph) -> Delta[Node]:
    """How the nodes of a store differ from those of a release."""
    return _delta(store.nodes, release.nodes, lambda node: node.id)


def edge_delta(store: Graph, release: Graph) -> Delta[Edge]:
    """How the edges of a store differ from those of a release; of an edge that is there twice, one is an extra one."""
    return _delta(store.edges, release.edges, edge_key)


def _delta(
    there: Callable[[], Iterator[Item]], wanted: Callable[[], Iterator[Item]], key: Callable[[Item], object]
) -> Delta[Item]:
    """Compared by fingerprints, so that of millions of items only those that differ are ever held whole."""
    unmatched = Counter(map(_fingerprint, there()))
    missing = []
    for item in wanted():
        fingerprint = _fingerprint(item)
        if unmatched[fingerprint]:
            unmatched[fingerprint] -= 1
        else:
            missing.append(item)
    extra = []
    if left := +unmatched:
        for item in there():
            fingerprint = _fingerprint(item)
            if left[fingerprint]:
                left[fingerprint] -= 1
                extra.append(item)
    should = {key(item): item for item in missing}
    changed = []
    others = []
    for item in extra:
        if (target := should.pop(key(item), None)) is not None:
            changed.append((item, target))
        else:
            others.append(item)
    return Delta(list(should.values()), others, changed)


def _fingerprint(item: Node | Edge) -> bytes:
    return hashlib.blake2b(_encode(item), digest_size=16).digest()


def _differences(what: Literal["node", "edge"], delta: Delta[Node] | Delta[Edge]) -> Iterator[Difference]:
    for item in delta.missing:
        yield Difference("missing", what, _name(item))
    for item in delta.extra:
        yield Difference("extra", what, _name(item))
    for there, wanted in delta.changed:
        yield Difference("changed", what, _name(wanted), "; ".join(_changes(there, wanted)))


def _name(item: Node | Edge) -> str:
    if isinstance(item, Node):
        return item.id
    return f"{item.source} -[{item.type}]-> {item.target} ({item.provenance}, {item.record})"


def _changes(there: Node | Edge, wanted: Node | Edge) -> Iterator[str]:
    found, should = _flat(there), _flat(wanted)
    for name in sorted(found.keys() | should.keys()):
        if name not in should:
            yield f"{name} is {found[name]!r}, should be absent"
        elif name not in found:
            yield f"{name} is absent, should be {should[name]!r}"
        elif _encode(found[name]) != _encode(should[name]):
            yield f"{name} is {found[name]!r}, should be {should[name]!r}"


def _flat(item: Node | Edge) -> Mapping[str, Value]:
    if isinstance(item, Node):
        return {**item.properties, "label": item.label, "name": item.name}
    return item.properties
