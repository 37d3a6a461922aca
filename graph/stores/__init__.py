"""The places where the graph of a release can be asked: its own files, Neo4j, an embedded Cypher database."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.release import Release
    from graph.stores.cypher import CypherStore


def open_store(uri: str, release: Release) -> CypherStore:
    """The Cypher store at ``uri``: ``embedded:``, or the address of a Bolt server.

    Whoever opens it closes it. Whether it projects ``release`` is for the caller to ask (``require``), since
    ``clew doctor`` looks into stores that do not.

    Raises:
        UsageError: for an address that is none, or when the package behind it is not installed.
        StoreError: when the store cannot be opened.
    """
    if uri == "embedded:":
        from graph.stores.arcade import open_embedded

        return open_embedded(release)
    from graph.stores.neo4j import Neo4jStore

    return Neo4jStore(uri)
