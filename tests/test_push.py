"""After a push the graph holds exactly what the release holds, and what is not Clew's is as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from neo4j_server import clear, refuse_unless_empty

from graph import release as releases
from graph.content import Content
from graph.errors import StoreError, UsageError
from graph.model import Edge, Node, edge_key
from graph.release import Release
from graph.stores import push as pushing
from graph.stores.compare import compare
from graph.stores.neo4j import Neo4jStore, Step
from graph.stores.push import Pushed, project, push

EVERYTHING = "MATCH (n) RETURN labels(n) AS labels, properties(n) AS properties ORDER BY n.id, n.name"


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    with releases.write(tmp_path_factory.mktemp("first"), tiny.content(), tiny.SOURCES) as release:
        yield release


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Content], Release]:
    return lambda content: releases.write(tmp_path / "release", content, tiny.SOURCES)


@pytest.fixture
def store(neo4j_uri: str) -> Iterator[Neo4jStore]:
    """A graph that holds nothing of Clew's, and in the end nothing of the tests'."""
    with Neo4jStore(neo4j_uri) as opened:
        clear(opened)
        yield opened
        clear(opened)


def _ask(store: Neo4jStore, query: str) -> list[dict[str, object]]:
    return store.query(query).rows


def _without(content: Content, *ids: str) -> Content:
    return replace(
        content,
        nodes=tuple(n for n in content.nodes if n.id not in ids),
        edges=tuple(e for e in content.edges if e.source not in ids and e.target not in ids),
    )


def _altered(content: Content, id: str, **properties: object) -> Content:
    def alter(node: Node) -> Node:
        if node.id != id:
            return node
        return Node(id=id, label=node.label, name=f"{node.name} again", properties={**node.properties, **properties})

    return replace(content, nodes=tuple(map(alter, content.nodes)))


def test_every_node_edge_and_property_is_there(store: Neo4jStore, first: Release) -> None:
    done = project(store, first)
    assert (done.created_nodes, done.created_edges) == (len(list(first.nodes())), len(list(first.edges())))
    assert compare(store, first) == []
    assert sorted(store.nodes(), key=lambda n: n.id) == sorted(first.nodes(), key=lambda n: n.id)
    assert sorted(store.edges(), key=edge_key) == sorted(first.edges(), key=edge_key)
    assert store.release() == first.digest


def test_a_second_push_changes_nothing_and_says_so(store: Neo4jStore, first: Release) -> None:
    project(store, first)
    before = _ask(store, EVERYTHING)
    again = project(store, first)
    assert again.unchanged
    assert again == Pushed(first.digest, len(list(first.nodes())), len(list(first.edges())))
    assert _ask(store, EVERYTHING) == before


def test_push_opens_and_closes_the_connection_itself(store: Neo4jStore, neo4j_uri: str, first: Release) -> None:
    told: list[tuple[str, int, int | None]] = []
    assert not push(neo4j_uri, first, lambda *news: told.append(news)).unchanged
    assert {what for what, _, _ in told} == {"nodes", "edges"}
    assert push(neo4j_uri, first).unchanged


class Unplugged(Exception):
    """What the tests throw into a push."""


class Fragile(Neo4jStore):
    """A connection that breaks after so many transactions, before or after the last one reaches the server."""

    def __init__(self, uri: str, transactions: int, lost_answer: bool) -> None:
        super().__init__(uri)
        self._left, self._lost_answer = transactions, lost_answer

    def write(self, *steps: Step, held: Step | None = None) -> tuple[list[list[dict[str, object]]], int]:
        self._left -= 1
        if self._left < 0 and not self._lost_answer:
            raise Unplugged
        answer = super().write(*steps, held=held)
        if self._left < 0:
            raise Unplugged
        return answer


@pytest.mark.parametrize("lost_answer", [False, True], ids=["not sent", "answer lost"])
def test_a_push_that_breaks_off_anywhere_is_finished_by_the_next(
    store: Neo4jStore, neo4j_uri: str, first: Release, monkeypatch: pytest.MonkeyPatch, lost_answer: bool
) -> None:
    monkeypatch.setattr(pushing, "_BATCH", 7)
    broken = 0
    for transactions in range(1, 60, 7):
        clear(store)
        with Fragile(neo4j_uri, transactions, lost_answer) as fragile:
            try:
                project(fragile, first)
            except Unplugged:
                broken += 1
                with pytest.raises(StoreError, match=r"run clew push"):
                    store.release()
        done = project(store, first)
        assert compare(store, first) == []
        assert store.release() == first.digest
        assert done.resumed or done.unchanged or transactions == 1
    assert broken > 4


def test_a_newer_release_replaces_the_older_one(
    store: Neo4jStore, first: Release, write: Callable[[Content], Release]
) -> None:
    newer = write(_altered(_without(tiny.content(), "first:3"), "NCBIGene:673", xrefs=("HGNC:1097",)))
    project(store, first)
    done = project(store, newer)
    assert (done.created_nodes, done.changed_nodes, done.removed_nodes) == (0, 1, 1)
    assert compare(store, newer) == []
    assert store.release() == newer.digest
    back = project(store, first)
    assert (back.created_nodes, back.changed_nodes) == (1, 1)
    assert compare(store, first) == []


def test_a_push_from_one_release_to_the_next_that_breaks_off_is_finished(
    store: Neo4jStore, neo4j_uri: str, first: Release, write: Callable[[Content], Release]
) -> None:
    newer = write(_altered(_without(tiny.content(), "first:3", "first:1"), "NCBIGene:673", xrefs=("HGNC:1097",)))
    for transactions in range(1, 12):
        project(store, first)
        with Fragile(neo4j_uri, transactions, lost_answer=transactions % 2 == 0) as fragile:
            try:
                project(fragile, newer)
            except Unplugged:
                if transactions == 1:
                    assert store.release() == first.digest
                else:
                    with pytest.raises(StoreError):
                        store.release()
        project(store, newer)
        assert compare(store, newer) == []


def test_what_is_not_clews_is_never_touched(
    store: Neo4jStore, first: Release, write: Callable[[Content], Release]
) -> None:
    store.write(
        (
            "CREATE (w:Ward {id: 'NCBIGene:673', name: 'Ward 7'})-[:TREATS {since: date('2020-01-01')}]->(:Ward:Gene)"
            "CREATE (:Ward:Release {digest: 'x'}) CREATE (w)-[:IN_GENE]->(w)",
            {},
        )
    )
    foreign = "MATCH (w:Ward) OPTIONAL MATCH (w)-[r]->(x:Ward) RETURN w, r, x ORDER BY w.id, w.digest, type(r)"
    before = _ask(store, foreign)
    project(store, first)
    store.write(("MATCH (w:Ward {name: 'Ward 7'}), (g:Clew {id: 'NCBIGene:673'}) CREATE (w)-[:LIKES]->(g)", {}))
    store.write(
        ("MATCH (a:Clew {id: 'NCBIGene:673'}), (b:Clew {id: 'DOID:162'}) CREATE (a)-[:NOTE {by: 'I'}]->(b)", {})
    )
    assert compare(store, first) == []
    assert project(store, first).unchanged
    project(store, write(_without(tiny.content(), "first:3")))
    assert _ask(store, foreign) == before
    assert len(_ask(store, "MATCH (:Ward)-[r:LIKES]->(:Clew) RETURN r")) == 1
    assert len(_ask(store, "MATCH (:Clew)-[r:NOTE {by: 'I'}]->(:Clew) RETURN r")) == 1


def test_a_node_that_leaves_keeps_what_others_tied_to_it(
    store: Neo4jStore, first: Release, write: Callable[[Content], Release]
) -> None:
    project(store, first)
    store.write(("MATCH (s:Clew {id: 'first:3'}) CREATE (:Ward {name: 'Ward 7'})-[:DOUBTS]->(s)", {}))
    newer = write(_without(tiny.content(), "first:3"))
    assert project(store, newer).retired_nodes == 1
    assert compare(store, newer) == []
    assert "first:3" not in store.statements(["NCBIGene:673"])
    assert len(_ask(store, "MATCH (:Ward)-[:DOUBTS]->(s:ClewRetired {id: 'first:3'}) RETURN s")) == 1
    project(store, first)
    assert compare(store, first) == []
    assert len(_ask(store, "MATCH (:Ward)-[:DOUBTS]->(s:Clew {id: 'first:3'}) RETURN s")) == 1


SPOILT = {
    "a property changed": "MATCH (n:Clew {id: 'NCBIGene:673'}) SET n.symbol = 'RAF'",
    "a property added": "MATCH (n:Clew {id: 'NCBIGene:673'}) SET n.mine = 1",
    "a property lost": "MATCH (n:Clew {id: 'first:1'}) REMOVE n.strength",
    "a number for a text": "MATCH (n:Clew {id: 'first:1'}) SET n.strength = 1",
    "a truth for a text": "MATCH (n:Clew {id: 'first:1'}) SET n.supports = 'true'",
    "another type": "MATCH (n:Clew {id: 'NCBIGene:673'}) REMOVE n:Gene SET n:Marker",
    "no type": "MATCH (n:Clew {id: 'NCBIGene:673'}) REMOVE n:Gene",
    "a node lost": "MATCH (n:Clew {id: 'first:1'}) DETACH DELETE n",
    "a node added": "CREATE (:Clew:Gene {id: 'NCBIGene:1', name: 'X', symbol: 'X'})",
    "an edge lost": "MATCH (:Clew {id: 'DOID:1909'})-[r:IS_A]->() DELETE r",
    "an edge twice": "MATCH (a:Clew {id: 'DOID:1909'})-[r:IS_A]->(b) CREATE (a)-[s:IS_A]->(b) SET s = properties(r)",
    "an edge added": "MATCH (a:Clew {id: 'DOID:162'}), (b:Clew {id: 'DOID:1909'}) "
    "CREATE (a)-[:IS_A {provenance: 'first', record: 'x'}]->(b)",
    "an edge changed": "MATCH (:Clew {id: 'DOID:1909'})-[r:IS_A]->() SET r.version = '9'",
    "an edge turned": "MATCH (a:Clew {id: 'DOID:1909'})-[r:IS_A]->(b) "
    "CREATE (b)-[s:IS_A]->(a) SET s = properties(r) DELETE r",
}


@pytest.mark.parametrize("fault", SPOILT)
def test_every_difference_is_seen_and_mended(store: Neo4jStore, first: Release, fault: str) -> None:
    project(store, first)
    store.write((SPOILT[fault], {}))
    assert compare(store, first)
    assert not project(store, first).unchanged
    assert compare(store, first) == []


def test_a_difference_names_the_item_and_the_property(store: Neo4jStore, first: Release) -> None:
    project(store, first)
    store.write((SPOILT["a property changed"], {}), (SPOILT["an edge lost"], {}))
    changed, missing = compare(store, first)
    assert str(changed) == "changed node NCBIGene:673: symbol is 'RAF', should be 'BRAF'"
    assert str(missing) == "missing edge DOID:1909 -[IS_A]-> DOID:162 (first, DOID:1909)"


def test_the_tests_run_in_no_database_that_holds_something(store: Neo4jStore, neo4j_uri: str) -> None:
    refuse_unless_empty(neo4j_uri)
    store.write(("CREATE (:Ward)", {}))
    with pytest.raises(pytest.fail.Exception, match="a database with 1 nodes"):
        refuse_unless_empty(neo4j_uri)


def test_of_two_pushes_at_once_the_later_one_wins(
    store: Neo4jStore, neo4j_uri: str, first: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "_BATCH", 7)
    calls = 0

    def barge_in(what: str, done: int, total: int | None) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            push(neo4j_uri, first)

    with pytest.raises(StoreError, match="another push"):
        project(store, first, barge_in)
    assert compare(store, first) == []
    assert store.release() == first.digest


def test_text_of_any_kind_arrives(store: Neo4jStore, write: Callable[[Content], Release]) -> None:
    odd = "β-actin 'quoted' \"twice\" \\ back`tick` {brace} $par \u2028 \U0001f9ec\nnew line\ttab // no /* comment"
    node = Node(id="X:'\\\"`1", label="Gene", name=odd, properties={"symbol": odd, "xrefs": (odd, "")})
    edge = Edge(source="DOID:1", target="DOID:2", type="IS_A", provenance="first", record=odd)
    diseases = [Node(id=f"DOID:{i}", label="Disease", name=str(i), properties={"synonyms": ()}) for i in (1, 2)]
    release = write(Content(nodes=(node, *diseases), edges=(edge,)))
    project(store, release)
    assert compare(store, release) == []


def test_an_address_that_is_none_is_a_question_asked_wrongly(first: Release) -> None:
    for wrong in ("http://127.0.0.1", "blot://127.0.0.1", "embedded:", "bolt://", "bolt://h:x", "bolt://h?a=b", "x"):
        with pytest.raises(UsageError):
            push(wrong, first)


def test_a_server_that_is_not_there_is_named_without_the_password(first: Release) -> None:
    with pytest.raises(StoreError, match=r"^bolt://127\.0\.0\.1:1 does not answer") as caught:
        push("bolt://neo4j:secret@127.0.0.1:1", first)
    assert "secret" not in str(caught.value)


def test_a_wrong_password_is_refused_plainly(neo4j_uri: str, first: Release) -> None:
    host = neo4j_uri.rpartition("@")[2]
    with pytest.raises(StoreError, match="does not let this user in") as caught:
        push(f"bolt://neo4j:secret@{host}", first)
    assert "secret" not in str(caught.value)
