"""A real Neo4j for the tests: the one that ``CLEW_TEST_NEO4J`` names, else one that lives as long as the test run.

A server that does not start fails the tests that need it; they are never skipped.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from graph.stores.neo4j import Neo4jStore

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "neo4j"


@pytest.fixture(scope="session")
def neo4j_uri() -> Iterator[str]:
    """The address of a server, with user and password. Tests share its one database and clean up after themselves.

    The server holds on to a pipe from this process and stops when the pipe closes, so that it outlives no test run,
    however that ends.
    """
    if given := os.environ.get("CLEW_TEST_NEO4J"):
        refuse_unless_empty(given)
        yield given
        return
    server = subprocess.Popen([sys.executable, SCRIPT, "run"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    pipe, told = _pipes(server)
    try:
        address = told.readline().strip()
        if not address:
            pytest.fail(f"no Neo4j for the tests: scripts/neo4j ended with {server.wait(60)}, see what it wrote")
        yield address
    finally:
        pipe.close()
        told.close()
        server.wait(60)


def refuse_unless_empty(uri: str) -> None:
    """The tests delete what they find, so that they run in no database that somebody may have a use for."""
    with Neo4jStore(uri) as store:
        (row,) = store.run("MATCH (n) RETURN count(n) AS nodes", {})
    if row["nodes"]:
        pytest.fail(f"CLEW_TEST_NEO4J names a database with {row['nodes']} nodes: the tests want an empty one")


def clear(store: Neo4jStore) -> None:
    """Remove what is Clew's and what is the tests', in steps that fit a small server's memory."""
    some = "MATCH (n) WHERE n:Clew OR n:ClewRetired OR n:Ward WITH n LIMIT 5000 DETACH DELETE n RETURN count(*) AS gone"
    while store.write((some, {}))[0][0][0]["gone"]:
        pass


def _pipes(server: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert server.stdin is not None
    assert server.stdout is not None
    return server.stdin, server.stdout
