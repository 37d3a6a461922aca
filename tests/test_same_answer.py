"""The same question gives the same bytes from the local files, the embedded Cypher database and a real Neo4j."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from neo4j_server import clear

from api.decide import with_decisions
from api.recommend import Engine
from api.render.json import line
from graph.errors import StoreError
from graph.patient import Profile
from graph.release import Release
from graph.stores import open_store
from graph.stores.compare import compare
from graph.stores.local import LocalStore
from graph.stores.neo4j import Neo4jStore
from graph.stores.protocol import Store
from graph.stores.push import push
from ingest import patients, starter


@pytest.fixture(scope="module")
def profiles(shared: Path) -> list[Profile]:
    """The twenty real cases, and the two real tumours as VCF on both builds."""
    lines = (shared.parent / "cases" / "oncology.jsonl").read_text(encoding="utf-8").splitlines()
    stated = [patients.decode(msgspec.json.encode({"id": c["id"], **c["profile"]})) for c in map(json.loads, lines)]
    folder = shared / "oncology" / "pcgr_examples"
    tumours = [("T001-BRCA", "Breast Carcinoma"), ("T001-COAD", "Colon Adenocarcinoma")]
    read = [
        patients.read([folder / f"{name}.{build}.vcf.gz"], disease=disease)[0]
        for name, disease in tumours
        for build in ("grch37", "grch38")
    ]
    return [*stated, *read]


@pytest.fixture(scope="module")
def local(full_release: Release, profiles: list[Profile]) -> list[bytes]:
    engine = Engine(full_release)
    return [line(engine.recommend(p)) for p in profiles]


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def store(
    request: pytest.FixtureRequest, full_release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    if request.param == "neo4j":
        uri = request.getfixturevalue("neo4j_uri")
        push(uri, full_release)
    else:
        uri = "embedded:"
    opened = open_store(uri, full_release)
    yield opened
    if isinstance(opened, Neo4jStore):
        clear(opened)
    opened.close()


def test_the_answers_are_the_same_bytes(
    store: Store, full_release: Release, profiles: list[Profile], local: list[bytes]
) -> None:
    engine = Engine(full_release, store)
    assert [line(engine.recommend(p)) for p in profiles] == local


def test_what_would_decide_is_the_same_bytes(store: Store, full_release: Release, profiles: list[Profile]) -> None:
    here, there = Engine(full_release), Engine(full_release, store)
    for profile in profiles[:8:3]:
        answer = here.recommend(profile)
        assert line(with_decisions(there, profile, answer)) == line(with_decisions(here, profile, answer))


@pytest.mark.parametrize("text", ["braf v600e", "lung carcinoma", "egfr", "osimertinib", "β", "non-small", "a"])
def test_a_search_finds_the_same_nodes(store: Store, full_release: Release, text: str) -> None:
    assert store.search(text, limit=1000) == LocalStore(full_release).search(text, limit=1000)


def test_every_node_and_edge_agrees(store: Store, full_release: Release) -> None:
    assert compare(store, full_release) == []


def test_another_release_is_refused(store: Store, starter_cache: Path) -> None:
    with pytest.raises(StoreError, match="push it again"):
        Engine(starter.release(), store)
