"""The embedded store answers as Neo4j does, with no server, and keeps nothing that cannot be made again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
import tiny
from corpus import CASES, CONTENT, SOURCES, Case
from stores import ANCHORS, GENES, RULES, THERAPIES, comparable, expected

from graph import release as releases
from graph.cache import LOCK
from graph.content import Content
from graph.errors import QueryError, StoreError
from graph.model import Edge, Node, edge_key
from graph.release import Release
from graph.stores import arcade
from graph.stores.arcade import ArcadeStore, open_embedded
from graph.stores.compare import compare
from graph.stores.local import LocalStore


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    with releases.write(tmp_path_factory.mktemp("corpus"), CONTENT, SOURCES) as written:
        yield written


@pytest.fixture(scope="module")
def store(release: Release, cache: Path) -> Iterator[ArcadeStore]:
    with open_embedded(release, cache) as opened:
        yield opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.query)
def test_the_query_corpus_is_answered_as_written(store: ArcadeStore, case: Case) -> None:
    assert comparable(case, store.query(case.query, case.parameters).rows) == expected(case)


def test_every_node_edge_and_property_is_there(store: ArcadeStore, release: Release) -> None:
    assert compare(store, release) == []
    assert sorted(store.nodes(), key=lambda n: n.id) == sorted(release.nodes(), key=lambda n: n.id)
    assert sorted(store.edges(), key=edge_key) == sorted(release.edges(), key=edge_key)


def test_the_recommenders_questions_are_answered_as_by_the_release_itself(tmp_path: Path) -> None:
    with releases.write(tmp_path / "tiny", tiny.content(), tiny.SOURCES) as tiny_release:
        local = LocalStore(tiny_release)
        with open_embedded(tiny_release, tmp_path / "cache") as store:
            assert store.release() == local.release()
            assert compare(store, tiny_release) == []
            for anchors in ANCHORS:
                assert store.statements(anchors) == local.statements(anchors)
            for therapies in THERAPIES:
                for genes in GENES:
                    assert store.guideline_rows(therapies, genes) == local.guideline_rows(therapies, genes)
            for case in RULES:
                assert comparable(case, store.query(case.query).rows) == expected(case), case.query
            with pytest.raises(StoreError, match=r"holds release .*, not 000000000000"):
                store.require("0" * 64)


def test_text_and_numbers_of_any_kind_arrive(tmp_path: Path) -> None:
    odd = "β-actin 'quoted' \"twice\" \\ back`tick` {brace} $par \u2028 \U0001f9ec\nnew line\ttab // no /* comment"
    nodes = (
        Node(id="X:'\\\"`1", label="Gene", name=odd, properties={"symbol": odd, "xrefs": (odd, "")}),
        Node(id="X:2", label="Variant", name="x", properties={"exon": 2**40, "alleles": ()}),
        Node(id="X:3", label="Disease", name="x", properties={"obsolete": True, "tissue": ""}),
    )
    edges = (Edge(source="X:2", target="X:'\\\"`1", type="IN_GENE", provenance="first", record=odd),)
    with (
        releases.write(tmp_path / "release", Content(nodes=nodes, edges=edges), tiny.SOURCES) as written,
        open_embedded(written, tmp_path / "cache") as store,
    ):
        assert compare(store, written) == []


def test_rows_beyond_the_limit_are_cut_and_it_is_said(store: ArcadeStore) -> None:
    answer = store.query("UNWIND range(1, 5000) AS x RETURN x", rows=3)
    assert [row["x"] for row in answer.rows] == [1, 2, 3]
    assert answer.truncated


def test_a_query_that_takes_too_long_is_ended(store: ArcadeStore) -> None:
    endless = "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b WITH a, b WHERE a + b < 0 RETURN count(*)"
    with pytest.raises(QueryError, match="longer than 1 seconds"):
        store.query(endless, seconds=1)


def test_a_query_that_does_not_parse_says_what_is_wrong(store: ArcadeStore) -> None:
    with pytest.raises(QueryError, match=r"^UndefinedVariable: .*'unknown'"):
        store.query("RETURN unknown")


def test_writing_and_reading_of_files_are_refused_by_guard_and_database(store: ArcadeStore) -> None:
    with pytest.raises(QueryError, match="CREATE is not allowed"):
        store.query("CREATE (n:Gene)")
    with pytest.raises(StoreError, match="not idempotent"):
        store.run("CREATE (n:Gene)", {})
    for place in ("file:///etc/hosts", "/etc/hosts", "http://192.0.2.1/x"):
        with pytest.raises(StoreError, match="disabled"):
            store.run(f"LOAD CSV FROM '{place}' AS row RETURN row", {})


def test_the_database_is_built_once(
    release: Release, cache: Path, store: ArcadeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(arcade, "_load", never)
    with open_embedded(release, cache) as again:
        assert again.release() == release.digest


TAMPERED: dict[str, Callable[[Path], object]] = {
    "an edge removed": lambda database: _change(database, "MATCH (:Clew)-[r:IS_A]->(:Clew) DELETE r"),
    "a property changed": lambda database: _change(database, "MATCH (g:Gene {symbol: 'BRAF'}) SET g.symbol = 'RAF'"),
    "a file cut short": lambda database: next(database.glob("IS_A_*.bucket")).write_bytes(b""),
    "a file lost": lambda database: next(database.glob("Gene_*.bucket")).unlink(),
}


@pytest.mark.parametrize("fault", TAMPERED)
def test_a_database_that_is_not_as_it_was_built_is_built_again(release: Release, tmp_path: Path, fault: str) -> None:
    open_embedded(release, tmp_path).close()
    (database,) = tmp_path.glob("*/database")
    TAMPERED[fault](database)
    with open_embedded(release, tmp_path) as store:
        assert compare(store, release) == []


def _change(database: Path, query: str) -> None:
    import arcadedb_embedded

    with arcadedb_embedded.open_database(str(database)) as opened, opened.transaction():
        opened.command("opencypher", query)


def test_a_build_that_breaks_off_leaves_nothing_and_the_next_one_succeeds(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Half:
        digest = release.digest

        def nodes(self) -> Iterator[Node]:
            yield from list(release.nodes())[:5]

        def edges(self) -> Iterator[Edge]:
            raise OSError("unplugged")

    with pytest.raises(OSError, match="unplugged"):
        open_embedded(cast(Release, Half()), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [LOCK]
    with open_embedded(release, tmp_path) as store:
        assert compare(store, release) == []


def test_several_processes_read_at_once_and_say_nothing_on_their_own(
    release: Release, cache: Path, store: ArcadeStore, tmp_path: Path
) -> None:
    program = (
        "import sys; from graph.release import open_release; from graph.stores.arcade import open_embedded\n"
        "from pathlib import Path\n"
        "s = open_embedded(open_release(sys.argv[1]), Path(sys.argv[2]))\n"
        "print(s.query('MATCH (g:Gene) RETURN count(g) AS n').rows[0]['n']); s.close()"
    )
    command = [sys.executable, "-c", program, str(release.path), str(cache)]
    readers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=None) for _ in range(2)
    ]
    told = [reader.communicate(timeout=120) for reader in readers]
    assert told == [("2\n", ""), ("2\n", "")]
