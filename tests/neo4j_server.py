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

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "neo4j"


@pytest.fixture(scope="session")
def neo4j_uri() -> Iterator[str]:
    """The address of a server, with user and password. Tests share its one database and clean up after themselves.

    The server holds on to a pipe from this process and stops when the pipe closes, so that it outlives no test run,
    however that ends.
    """
    if given := os.environ.get("CLEW_TEST_NEO4J"):
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


def _pipes(server: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert server.stdin is not None
    assert server.stdout is not None
    return server.stdin, server.stdout
