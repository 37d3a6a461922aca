"""Neo4j answers readers and the recommender as the release does, and never more than it may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tiny
from corpus import CASES, CONTENT, SOURCES, Case
from neo4j_server import clear
from stores import ANCHORS, GENES, RULES, THERAPIES, comparable, expected

from graph import release as releases
from graph.errors import QueryError, StoreError
from graph.release import Release
from graph.stores import open_store
from graph.stores.cypher import CypherStore
from graph.stores.local import LocalStore
from graph.stores.neo4j import Neo4jStore
from graph.stores.push import push


@pytest.fixture(scope="module")
def clean(neo4j_uri: str) -> Iterator[str]:
    """The server's address; what the tests of this module push is removed in the end."""
    yield neo4j_uri
    with Neo4jStore(neo4j_uri) as store:
        clear(store)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    with releases.write(tmp_path_factory.mktemp("corpus"), CONTENT, SOURCES) as written:
        yield written


@pytest.fixture(scope="module")
def store(clean: str, release: Release) -> Iterator[CypherStore]:
    push(clean, release)
    opened = open_store(clean, release)
    yield opened
    opened.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.query)
def test_the_query_corpus_is_answered_as_written(store: CypherStore, case: Case) -> None:
    assert comparable(case, store.query(case.query, case.parameters).rows) == expected(case)


def test_rows_beyond_the_limit_are_cut_and_it_is_said(store: CypherStore) -> None:
    answer = store.query("UNWIND range(1, 5000) AS x RETURN x", rows=3)
    assert [row["x"] for row in answer.rows] == [1, 2, 3]
    assert answer.truncated
    assert not store.query("UNWIND range(1, 3) AS x RETURN x", rows=3).truncated


def test_a_query_that_takes_too_long_is_ended(store: CypherStore) -> None:
    endless = "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b WITH a, b WHERE a + b < 0 RETURN count(*)"
    with pytest.raises(QueryError, match="longer than 1 seconds"):
        store.query(endless, seconds=1)


def test_a_query_that_does_not_parse_says_where(store: CypherStore) -> None:
    with pytest.raises(QueryError, match="line 1, column 8"):
        store.query("RETURN unknown")
    with pytest.raises(QueryError, match=r"(?i)parameter"):
        store.query("RETURN $missing")


def test_a_writing_query_is_refused_by_guard_and_server(store: CypherStore) -> None:
    with pytest.raises(QueryError, match="CREATE is not allowed"):
        store.query("CREATE (n:Gene)")
    with pytest.raises(StoreError, match=r"(?i)writ"):
        store.run("CREATE (n:Gene)", {})
    with pytest.raises(StoreError):
        store.run("LOAD CSV FROM 'file:///etc/hosts' AS row RETURN row", {})


def test_the_recommenders_questions_are_answered_as_by_the_release_itself(
    clean: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with releases.write(tmp_path_factory.mktemp("tiny"), tiny.content(), tiny.SOURCES) as tiny_release:
        push(clean, tiny_release)
        local = LocalStore(tiny_release)
        with open_store(clean, tiny_release) as store:
            assert store.release() == local.release()
            for anchors in ANCHORS:
                assert store.statements(anchors) == local.statements(anchors)
            for therapies in THERAPIES:
                for genes in GENES:
                    assert store.guideline_rows(therapies, genes) == local.guideline_rows(therapies, genes)
            for case in RULES:
                assert comparable(case, store.query(case.query).rows) == expected(case), case.query
            with pytest.raises(StoreError, match=r"holds release .*, not 000000000000"):
                store.require("0" * 64)


def test_a_graph_without_a_release_says_so(clean: str) -> None:
    with Neo4jStore(clean) as store:
        clear(store)
        with pytest.raises(StoreError, match="run clew push"):
            store.release()


def test_the_driver_comes_without_pandas() -> None:
    import subprocess
    import sys

    program = (
        "import sys\nfrom graph.stores.neo4j import _lean_import\nwith _lean_import():\n    import neo4j\n"
        "assert not {'pandas', 'pyarrow'} & set(sys.modules)\nimport pandas, pyarrow"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
