"""What ``neo4j-admin database import`` makes of the exported files is the graph that a push makes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from neo4j_server import SCRIPT

from graph import release as releases
from graph.export import neo4j
from graph.model import Node
from graph.release import Release
from graph.stores.compare import compare
from graph.stores.neo4j import Neo4jStore
from graph.stores.push import project

ODD = Node(
    id="X:1",
    label="Disease",
    name="a \"b\", c\nd \\ 'e' ; | \t",
    properties={"synonyms": ("a;b", 'c"', ""), "tissue": ""},
)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    content = tiny.content()
    content = replace(content, nodes=(*content.nodes, ODD))
    with releases.write(tmp_path_factory.mktemp("tiny"), content, tiny.SOURCES) as written:
        yield written


def test_an_imported_graph_is_a_complete_projection(release: Release, tmp_path: Path) -> None:
    out, home = tmp_path / "out", tmp_path / "home"
    neo4j.write(release, out)
    command = [sys.executable, SCRIPT, "admin", "--home", home, "database", "import", "full", "neo4j", "@arguments.txt"]
    done = subprocess.run(command, cwd=out, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        started = subprocess.run(
            [sys.executable, SCRIPT, "start", "--home", home], capture_output=True, text=True, timeout=300
        )
        assert started.returncode == 0, started.stderr
        with Neo4jStore(started.stdout.strip()) as store:
            assert store.release() == release.digest
            assert compare(store, release) == []
            assert project(store, release).unchanged
            assert len(store.run("SHOW CONSTRAINTS YIELD name WHERE name = 'clew_id' RETURN name", {})) == 1
    finally:
        subprocess.run([sys.executable, SCRIPT, "stop", "--home", home], capture_output=True, check=True, timeout=120)


def test_an_empty_text_differs_from_none_at_all(release: Release, tmp_path: Path) -> None:
    neo4j.write(release, tmp_path)
    lines = (tmp_path / "nodes_Disease.csv").read_text(encoding="utf-8")
    header = lines.partition("\n")[0].replace('"', "").split(",")
    assert header[:4] == ["id:ID", "name", "compartment", "obsolete:boolean"]
    assert '"DOID:9256","colorectal cancer",,"false",,,,\n' in lines
    assert ',"a;b\x1fc""\x1f","",\n' in lines


def test_the_same_release_gives_the_same_bytes(release: Release, tmp_path: Path) -> None:
    for name in ("a", "b"):
        neo4j.write(release, tmp_path / name)
    files = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert files == sorted(p.name for p in (tmp_path / "b").iterdir())
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
