"""A release as a networkx graph holds every node, edge and property."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tiny

from graph import release as releases
from graph.export.networkx import to_networkx
from graph.model import Edge, Node
from graph.release import Release


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    with releases.write(tmp_path_factory.mktemp("tiny"), tiny.content(), tiny.SOURCES) as written:
        yield written


def test_every_node_edge_and_property_is_there(release: Release) -> None:
    graph = to_networkx(release)
    nodes = [
        Node(id=id, label=about.pop("label"), name=about.pop("name"), properties=about)
        for id, about in ((id, dict(about)) for id, about in graph.nodes(data=True))
    ]
    assert nodes == list(release.nodes())
    edges = []
    for source, target, key, about in graph.edges(keys=True, data=True):
        rest = {name: value for name, value in about.items() if name not in ("type", "provenance", "record")}
        kind, provenance, record = key
        assert (about["type"], about["provenance"], about["record"]) == key
        edges.append(
            Edge(source=source, target=target, type=kind, provenance=provenance, record=record, properties=rest)
        )
    assert sorted(edges, key=repr) == sorted(release.edges(), key=repr)


def test_the_graph_knows_its_release_and_licences(release: Release) -> None:
    graph = to_networkx(release)
    assert graph.graph == {"digest": release.digest, "sources": {"first": "CC0-1.0", "second": "CC-BY-4.0"}}


def test_a_path_from_gene_to_drug_can_be_walked(release: Release) -> None:
    import networkx as nx

    path = nx.shortest_path(to_networkx(release).to_undirected(), "NCBIGene:673", "clew.drug:dabrafenib")
    assert path[0] == "NCBIGene:673"
    assert len(path) <= 6
