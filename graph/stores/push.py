"""A release projected into a Bolt server, so that afterwards the graph holds exactly what the release holds.

What is there is compared with the release and only the difference is written, in batches. So a second push changes
nothing, a push that broke off is finished by the next one, and a newer release replaces an older one in place. The
Release node says ``writing`` meanwhile, and nobody gets an answer from a graph that is half written.

What is not Clew's is never touched: nodes without the label ``Clew``, and edges that name no source record. A node that
the release lacks and that somebody else's edges are tied to is kept, as ``ClewRetired`` instead of ``Clew``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from graph.errors import StoreError
from graph.model import Edge, Node, edge_key
from graph.progress import Progress, silent
from graph.stores.compare import edge_delta, node_delta
from graph.stores.cypher import RELEASE_NODE, Row, batches, cypher, edge_properties, node_properties, release_node
from graph.stores.neo4j import Neo4jStore, Step

if TYPE_CHECKING:
    from graph.release import Release

_BATCH = 10_000
_INDEX_SECONDS = 300


@dataclass(frozen=True)
class Pushed:
    """What a push did; ``resumed`` tells that an earlier one had broken off."""

    digest: str
    nodes: int
    edges: int
    created_nodes: int = 0
    changed_nodes: int = 0
    removed_nodes: int = 0
    retired_nodes: int = 0
    created_edges: int = 0
    changed_edges: int = 0
    removed_edges: int = 0
    resumed: bool = False

    @property
    def unchanged(self) -> bool:
        """Whether the graph held exactly this release already."""
        return self == Pushed(self.digest, self.nodes, self.edges)


def push(uri: str, release: Release, progress: Progress = silent) -> Pushed:
    """Make the graph at ``uri`` a projection of ``release``.

    Raises:
        UsageError: for an address that is none.
        StoreError: when the server does not answer, or another push takes over.
    """
    with Neo4jStore(uri) as store:
        return project(store, release, progress)


def project(store: Neo4jStore, release: Release, progress: Progress = silent) -> Pushed:
    """``push`` into a store that is open."""
    counts = release.manifest.counts
    result = Pushed(release.digest, sum(counts["nodes"].values()), sum(counts["edges"].values()))
    state = store.run(cypher("release"), {})
    complete = len(state) == 1 and state[0]["state"] == "complete"
    if complete and state[0]["digest"] == release.digest:
        progress("compare", 0, result.nodes + result.edges)
        if not node_delta(store, release) and not edge_delta(store, release):
            _index(store, sorted(counts["nodes"]))
            return result
    store.write((cypher("push_constraint"), {}))
    work = _Work(store, progress)
    work.begin(release.digest)
    _adopt(work, release)
    is_empty = store.run(cypher("count_nodes"), {})[0]["nodes"] == 0
    result = _fill(work, release, result) if is_empty else _mend(work, release, result)
    _index(store, sorted(counts["nodes"]))
    work.complete(release)
    return replace(result, resumed=bool(state) and not complete)


class _Work:
    """One push: each of its transactions makes sure first that no other push has taken over."""

    def __init__(self, store: Neo4jStore, progress: Progress) -> None:
        self.store, self.progress = store, progress
        self._ours: dict[str, object] = {"id": RELEASE_NODE, "push": uuid.uuid4().hex}

    def begin(self, digest: str) -> None:
        self.store.write((cypher("push_begin"), {**self._ours, "digest": digest}))

    def complete(self, release: Release) -> None:
        about = node_properties(release_node(release))
        self.write((cypher("push_complete"), {"id": RELEASE_NODE, "properties": about}))

    def write(self, *steps: Step) -> tuple[list[list[Row]], int]:
        """The rows of each query, and how many nodes and edges they created, in one transaction."""
        return self.store.write(*steps, held=(cypher("push_hold"), self._ours))

    def create(self, what: str, query: str, rows: list[object]) -> None:
        _, created = self.write((query, {"rows": rows}))
        if created != len(rows):
            raise StoreError(f"the server created {created} of {len(rows)} {what}")


def _fill(work: _Work, release: Release, result: Pushed) -> Pushed:
    """Write a whole release into a graph that holds nothing of Clew's."""
    _create_nodes(work, release.nodes(), result.nodes)
    _create_edges(work, release.edges(), result.edges)
    return replace(result, created_nodes=result.nodes, created_edges=result.edges)


def _mend(work: _Work, release: Release, result: Pushed) -> Pushed:
    """Remove what the graph has too much, write what it lacks.

    Edges go first and come last, so that a node is only ever removed when nothing of Clew's is tied to it.
    """
    work.progress("compare", 0, result.nodes + result.edges)
    edges, nodes = edge_delta(work.store, release), node_delta(work.store, release)
    removed = edges.extra + [there for there, _ in edges.changed]
    _delete_edges(work, removed)
    retired = _remove_nodes(work, [node.id for node in nodes.extra])
    _change_nodes(work, nodes.changed)
    _create_nodes(work, nodes.missing, len(nodes.missing))
    gone = {edge_key(edge) for edge in removed}
    again = [edge for edge in release.edges() if edge_key(edge) in gone] if gone else []
    missing = sorted(edges.missing + again, key=lambda edge: edge.type)
    _create_edges(work, missing, len(missing))
    return replace(
        result,
        created_nodes=len(nodes.missing),
        changed_nodes=len(nodes.changed),
        removed_nodes=len(nodes.extra) - retired,
        retired_nodes=retired,
        created_edges=len(edges.missing),
        changed_edges=len(edges.changed),
        removed_edges=len(edges.extra),
    )


def _adopt(work: _Work, release: Release) -> None:
    """Take back nodes that had left with an earlier release and were kept."""
    retired = {row["id"] for row in work.store.run(cypher("push_retired"), {})}
    back = [node.id for node in release.nodes() if node.id in retired] if retired else []
    for ids in batches(back, _BATCH):
        work.write((cypher("push_adopt"), {"ids": ids}))


def _create_nodes(work: _Work, nodes: Iterable[Node], total: int) -> None:
    done = 0
    for label, group in groupby(nodes, key=lambda node: node.label):
        for batch in batches(group, _BATCH):
            work.create("nodes", cypher("push_create_nodes", LABEL=label), [node_properties(node) for node in batch])
            done += len(batch)
            work.progress("nodes", done, total)


def _create_edges(work: _Work, edges: Iterable[Edge], total: int) -> None:
    done = 0
    for kind, group in groupby(edges, key=lambda edge: edge.type):
        for batch in batches(group, _BATCH):
            rows: list[object] = [[edge.source, edge.target, edge_properties(edge)] for edge in batch]
            work.create("edges", cypher("push_create_edges", TYPE=kind), rows)
            done += len(batch)
            work.progress("edges", done, total)


def _delete_edges(work: _Work, edges: list[Edge]) -> None:
    for kind, group in groupby(sorted(edges, key=lambda edge: edge.type), key=lambda edge: edge.type):
        for batch in batches(group, _BATCH):
            rows = [[edge.source, edge.target, edge.provenance, edge.record] for edge in batch]
            work.write((cypher("push_delete_edges", TYPE=kind), {"rows": rows}))


def _remove_nodes(work: _Work, ids: list[str]) -> int:
    """How many of them were kept because somebody else's edges are tied to them."""
    retired = 0
    for batch in batches(ids, _BATCH):
        answers, _ = work.write(
            (cypher("push_retire_nodes"), {"ids": batch}), (cypher("push_delete_nodes"), {"ids": batch})
        )
        retired += int(str(answers[0][0]["retired"]))
    return retired


def _change_nodes(work: _Work, changed: list[tuple[Node, Node]]) -> None:
    relabelled = sorted(
        (there.label or wanted.label, wanted.label, wanted.id)
        for there, wanted in changed
        if there.label != wanted.label
    )
    for (old, new), group in groupby(relabelled, key=lambda row: row[:2]):
        for rows in batches(group, _BATCH):
            work.write((cypher("push_relabel_nodes", OLD=old, NEW=new), {"ids": [row[2] for row in rows]}))
    for batch in batches(changed, _BATCH):
        work.write(
            (cypher("push_change_nodes"), {"rows": [[wanted.id, node_properties(wanted)] for _, wanted in batch]})
        )


def _index(store: Neo4jStore, labels: list[str]) -> None:
    """Indexes are made last: filling one that is there already costs more than making it from what was written."""
    store.write((cypher("push_constraint"), {}))
    for label in labels:
        for name in ("id", "name"):
            store.write((cypher("push_index", LABEL=label, PROPERTY=name, NAME=f"clew_{label}_{name}"), {}))
    store.write((cypher("push_await_indexes"), {"seconds": _INDEX_SECONDS}))
