"""A search finds nodes by what they are called, and the same ones in every store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from neo4j_server import clear

from graph import release as releases
from graph.content import Content
from graph.errors import UsageError
from graph.model import Node
from graph.release import Release
from graph.stores.arcade import open_embedded
from graph.stores.local import LocalStore
from graph.stores.neo4j import Neo4jStore
from graph.stores.protocol import Store
from graph.stores.push import push
from tests import tiny

CALLED = {
    "X:1": ("Lung cancer", ("Carcinoma of the lung", "β-lung")),
    "X:2": ("Small cell lung cancer", ("SCLC", "oat cell carcinoma")),
    "X:3": ("Sjögren's syndrome", ("Sicca ﬁbrosis",)),
    "X:4": ("Straße disease", ("line\none",)),
    "X:5": ("lung_cancer", ()),
    "X:6": ("İstanbul ΟΔΟΣ", ("a 'quoted' \"name\" \\ `tick`",)),
    "X:7": ("HER2 low", ("%_ (x)",)),
}
FOUND = {
    "lung cancer": ["X:1", "X:5", "X:2"],
    "CANCER  lung": ["X:1", "X:5", "X:2"],
    "lung": ["X:1", "X:5", "X:2"],
    "sclc": ["X:2"],
    "carc": ["X:2", "X:1"],
    "oat carcinoma": ["X:2"],
    "oat cancer": [],
    "sjogren": ["X:3"],
    "SJÖGREN’S": ["X:3"],
    "fibro": ["X:3"],
    "strasse": ["X:4"],
    "one": ["X:4"],
    "istanbul": ["X:6"],
    "οδος": ["X:6"],
    "tick": ["X:6"],
    "β": ["X:1"],
    "her2-low": ["X:7"],
    "ancer": [],
    "": [],
    "%": [],
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    diseases = [
        Node(id=id, label="Disease", name=name, properties={"synonyms": synonyms} if synonyms else {})
        for id, (name, synonyms) in CALLED.items()
    ]
    drug = Node(id="X:8", label="Drug", name="Lungase", properties={"synonyms": ("cancer-lung",)})
    with releases.write(tmp_path_factory.mktemp("called"), Content((*diseases, drug), ()), tiny.SOURCES) as written:
        yield written


@pytest.fixture(scope="module", params=["local", "embedded", "neo4j"])
def store(
    request: pytest.FixtureRequest, release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    if request.param == "local":
        yield LocalStore(release)
    elif request.param == "embedded":
        with open_embedded(release, tmp_path_factory.mktemp("cache")) as opened:
            yield opened
    else:
        uri = cast(str, request.getfixturevalue("neo4j_uri"))
        push(uri, release)
        with Neo4jStore(uri) as server:
            yield server
            clear(server)


@pytest.mark.parametrize("text", FOUND)
def test_words_of_a_name_or_synonym_find_it_the_closest_first(store: Store, text: str) -> None:
    found = store.search(text, "Disease")
    assert [node.id for node in found] == FOUND[text]
    assert all((node.label, node.name) == ("Disease", CALLED[node.id][0]) for node in found)


def test_without_a_type_nodes_of_every_type_are_found(store: Store) -> None:
    assert [node.id for node in store.search("lung", limit=9)] == ["X:8", "X:1", "X:5", "X:2"]
    assert [node.id for node in store.search("lung cancer", limit=2)] == ["X:1", "X:5"]
    assert [node.id for node in store.search("lung", "Drug")] == ["X:8"]
    assert store.search("clew.release") == store.search("Release") == ()


def test_an_unknown_type_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match=r"no node is called 'Diseas' \(did you mean Disease\?\)"):
        store.search("lung", "Diseas")
