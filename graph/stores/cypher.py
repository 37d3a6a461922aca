"""What the two stores that speak Cypher share: the questions, read from ``graph/queries``, and plain values as answers.

A projection is laid out alike in both. Every node of Clew's carries the label ``Clew`` beside its own one, and ``id``
and ``name`` among its properties; every edge carries ``provenance`` and ``record``. One node more, ``(:Clew:Release)``,
tells the digest. Whatever else is in the graph belongs to somebody else.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, Self, TypeVar, cast

from graph.errors import QueryError, StoreError
from graph.guard import check_read_only
from graph.manifest import SHORT
from graph.model import Edge, Node, PathNode, Value
from graph.schema import schema
from graph.search import LIMIT, best, check_label, words

if TYPE_CHECKING:
    from graph.release import Release

T = TypeVar("T")

MARK = "Clew"
"""The label that tells Clew's nodes from others."""
RELEASE_NODE = "clew.release"

ROWS = 100_000
"""Rows of an answer to a reader's query, at most."""
SECONDS = 60
"""Time that a reader's query may take, at most."""

Row = dict[str, object]
"""A row of an answer: None, bool, int, float, str, lists and dicts of them.

A node is a dict of ``id``, ``label``, ``name`` and ``properties``; an edge of ``source``, ``target``, ``type``,
``provenance``, ``record`` and ``properties``; a path of ``nodes`` and ``edges``. Dates and other values that JSON lacks
are text."""


@dataclass(frozen=True)
class Answer:
    """``truncated`` tells that there were more than the rows asked for."""

    rows: list[Row]
    truncated: bool


class CypherStore(ABC):
    """One projection of a release in a Cypher database; see ``graph.stores.protocol.Store``."""

    @abstractmethod
    def stream(self, query: str, parameters: Mapping[str, object]) -> Iterator[Row]:
        """The rows of one of Clew's own reading queries, which return plain values only.

        Raises:
            StoreError: when the database does not answer.
        """

    @abstractmethod
    def _read(self, query: str, parameters: Mapping[str, object], seconds: int) -> Iterator[Row]:
        """The rows of a checked query of a reader, nodes, edges and paths made plain."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, query: str, parameters: Mapping[str, object]) -> list[Row]:
        """``stream``, all at once."""
        return list(self.stream(query, parameters))

    def release(self) -> str:
        """The digest of the release that this graph is a projection of.

        Raises:
            StoreError: when there is none, or a push is at work or broke off.
        """
        found = self.run(cypher("release"), {})
        if len(found) != 1:
            raise StoreError("this graph holds no release of Clew (run clew push)")
        if found[0]["state"] != "complete":
            raise StoreError("a push into this graph is at work, or broke off: run clew push again")
        return str(found[0]["digest"])

    def require(self, digest: str) -> None:
        """Raises:
        StoreError: unless this graph is a projection of the release of that digest.
        """
        found = self.release()
        if found != digest:
            raise StoreError(f"this graph holds release {found[:SHORT]}, not {digest[:SHORT]} (run clew push)")

    def statements(self, anchors: Iterable[str]) -> frozenset[str]:
        return self._ids("statements", anchors=sorted(set(anchors)))

    def guideline_rows(self, therapies: Iterable[str], genes: Iterable[str] = ()) -> frozenset[str]:
        return self._ids("guideline_rows", therapies=sorted(set(therapies)), genes=sorted(set(genes)))

    def search(self, text: str, label: str | None = None, limit: int = LIMIT) -> tuple[PathNode, ...]:
        check_label(label)
        wanted = words(text)
        if not wanted:
            return ()
        found = self.stream(cypher("search", LABEL=label or MARK), {"words": list(wanted)})
        nodes = (node for node in map(_node, found) if label in (None, node.label))
        return best(text, nodes, limit)

    def query(
        self, text: str, parameters: Mapping[str, object] | None = None, *, rows: int = ROWS, seconds: int = SECONDS
    ) -> Answer:
        """The answer to a reader's query.

        Raises:
            QueryError: for a query that does more than read, does not parse, or takes longer than ``seconds``.
            StoreError: when the database does not answer.
        """
        check_read_only(text)
        found = list(islice(self._read(text, parameters or {}, seconds), rows + 1))
        return Answer(found[:rows], truncated=len(found) > rows)

    def nodes(self) -> Iterator[Node]:
        """Every node of Clew's, in no order, the Release node left out."""
        yield from map(_node, self.stream(cypher("nodes"), {}))

    def edges(self) -> Iterator[Edge]:
        """Every edge of Clew's, in no order."""
        for row in self.stream(cypher("edges"), {}):
            properties = _values(row["properties"])
            yield Edge(
                source=str(row["source"]),
                target=str(row["target"]),
                type=str(row["type"]),
                provenance=str(properties.pop("provenance")),
                record=str(properties.pop("record")),
                properties=properties,
            )

    def _ids(self, query: str, **parameters: object) -> frozenset[str]:
        return frozenset(str(row["id"]) for row in self.run(cypher(query), parameters))


@cache
def cypher(name: str, **words: str) -> str:
    """The text of ``graph/queries/<name>.cypher``; ``words`` replace names in backticks (labels and types, which Cypher
    takes as no parameters).

    >>> cypher("push_create_edges", TYPE="IN_GENE").count("`IN_GENE`")
    1
    """
    text = resources.files("graph").joinpath(f"queries/{name}.cypher").read_text(encoding="utf-8")
    text = re.sub(r"^//.*\n", "", text, flags=re.MULTILINE)
    for word, value in words.items():
        quoted = "`" + value.replace("`", "``") + "`"
        text = text.replace(f"`{word}`", quoted)
    return text


def own_label(labels: Iterable[str]) -> str:
    """The node type among a node's labels: the one that the schema declares, else the first other than ``Clew``.

    >>> own_label(["Clew", "Gene", "Favourite"]), own_label(["Ward"]), own_label(["Clew"])
    ('Gene', 'Ward', '')
    """
    others = sorted(label for label in labels if label != MARK)
    declared = [label for label in others if label in schema().nodes]
    return (declared or others or [""])[0]


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def node_properties(node: Node) -> dict[str, Value]:
    """All properties of a node in a projection."""
    return {**node.properties, "id": node.id, "name": node.name}


def edge_properties(edge: Edge) -> dict[str, Value]:
    """All properties of an edge in a projection."""
    return {**edge.properties, "provenance": edge.provenance, "record": edge.record}


def release_node(release: Release) -> Node:
    """What the Release node says once a projection is complete."""
    sources = tuple(f"{s.name} {s.version or ''} ({s.licence})" for s in release.manifest.sources)
    properties: dict[str, Value] = {"digest": release.digest, "state": "complete", "sources": sources}
    return Node(id=RELEASE_NODE, label="Release", name="Release", properties=properties)


def plain_node(labels: Iterable[str], properties: dict[str, object]) -> Row:
    """A node as answers show it; somebody else's may have no id and no name."""
    others = {key: properties[key] for key in sorted(properties) if key not in ("id", "name")}
    return {
        "id": properties.get("id"), "label": own_label(labels), "name": properties.get("name"), "properties": others,
    }  # fmt: skip


def plain_edge(source: object, target: object, kind: str, properties: dict[str, object]) -> Row:
    """An edge as answers show it; somebody else's may have no provenance and no record."""
    others = {key: properties[key] for key in sorted(properties) if key not in ("provenance", "record")}
    return {
        "source": source, "target": target, "type": kind, "provenance": properties.get("provenance"),
        "record": properties.get("record"), "properties": others,
    }  # fmt: skip


def refused_by_database(problem: str) -> QueryError:
    """The error for a query that passed the guard and that the database does not take."""
    return QueryError(problem.strip().split("\n(Transactions committed")[0])


def _node(row: Row) -> Node:
    properties = _values(row["properties"])
    return Node(
        id=str(properties.pop("id")),
        name=str(properties.pop("name", "")),
        label=own_label(cast(list[str], row["labels"])),
        properties=properties,
    )


def _values(properties: object) -> dict[str, Value]:
    """Properties as the release has them: lists of text are tuples."""
    found = cast(dict[str, object], properties)
    return {key: tuple(v) if isinstance(v, list) else cast(Value, v) for key, v in found.items()}
