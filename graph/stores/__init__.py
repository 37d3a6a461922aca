"""The places where the graph of a release can be asked: its own files, Neo4j, an embedded Cypher database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.progress import Progress, silent

if TYPE_CHECKING:
    from graph.release import Release
    from graph.stores.cypher import CypherStore


def open_store(uri: str, release: Release, progress: Progress = silent) -> CypherStore:
    """The Cypher store at ``uri``: ``embedded:``, or the address of a Bolt server.

    Whoever opens it closes it. Whether it projects ``release`` is for the caller to ask (``require``), since
    ``clew doctor`` looks into stores that do not. ``progress`` hears of it when the embedded database is built first.

    Raises:
        UsageError: for an address that is none, or when the package behind it is not installed.
        StoreError: when the store cannot be opened.
    """
    if uri == "embedded:":
        from graph.stores.arcade import open_embedded

        return open_embedded(release, progress=progress)
    from graph.stores.neo4j import Neo4jStore

    return Neo4jStore(uri)
