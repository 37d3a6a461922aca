"""A release as a networkx graph, for notebooks and for algorithms that Cypher does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from graph.release import Release


def to_networkx(release: Release) -> nx.MultiDiGraph[str]:
    """The whole graph in memory.

    Nodes are keyed by id and carry ``label``, ``name`` and their properties; edges are keyed by type, provenance and
    record, and carry these and their properties. Lists are tuples. The graph itself carries ``digest`` and ``sources``
    (name -> licence).
    """
    manifest = release.manifest
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(
        digest=release.digest, sources={source.name: source.licence for source in manifest.sources}
    )
    for node in release.nodes():
        graph.add_node(node.id, **{**node.properties, "label": node.label, "name": node.name})
    for edge in release.edges():
        about = {**edge.properties, "type": edge.type, "provenance": edge.provenance, "record": edge.record}
        graph.add_edge(edge.source, edge.target, key=(edge.type, edge.provenance, edge.record), **about)
    return graph
