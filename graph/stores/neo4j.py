"""Neo4j, or another server that speaks Bolt: the graph that an institution shares."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from graph.errors import QueryError, StoreError, UsageError, nearest
from graph.stores.cypher import CypherStore, Row, cypher, plain_edge, plain_node, refused_by_database

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction, Transaction

Step = tuple[str, Mapping[str, object]]
"""A query with its parameters."""

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_OPTIONAL = ("pandas", "pyarrow")


class Neo4jStore(CypherStore):
    """Connections to one database of a server; opening it makes sure that the server answers."""

    def __init__(self, uri: str) -> None:
        """``uri``: ``bolt://HOST:PORT`` or ``neo4j://HOST:PORT`` (``+s`` for TLS), where needed with ``USER:PASSWORD@``
        before the host and ``/DATABASE`` after the port. Without them user and password are those of
        ``CLEW_NEO4J_USER`` (``neo4j`` if unset) and ``CLEW_NEO4J_PASSWORD``.

        Raises:
            UsageError: for an address that is none.
            StoreError: when the server does not answer or lets nobody in.
        """
        address, auth, self._database = _parts(uri)
        self.address = address
        with _lean_import():
            import neo4j
        self._neo4j = neo4j
        with self._errors():
            self._driver: Driver = neo4j.GraphDatabase.driver(
                address, auth=auth, user_agent="clew", connection_timeout=10, telemetry_disabled=True,
                notifications_min_severity="OFF", max_transaction_retry_time=15,
            )  # fmt: skip
            try:
                self._driver.verify_connectivity()
            except BaseException:
                self._driver.close()
                raise

    def stream(self, query: str, parameters: Mapping[str, object]) -> Iterator[Row]:
        with self._errors(), self._reading(None) as transaction:
            for record in transaction.run(query, dict(parameters)):
                yield dict(zip(record.keys(), record.values(), strict=True))

    def write(self, *steps: Step, held: Step | None = None) -> tuple[list[list[Row]], int]:
        """Run queries in one transaction; the rows of each, and how many nodes and edges were created.

        ``held`` is asked first, in the same transaction, and must find a row. A transaction that the server gave up
        for reasons of its own (a deadlock, a new leader) is run again.

        Raises:
            StoreError: when ``held`` finds none: nothing is written then.
        """

        def work(transaction: ManagedTransaction) -> tuple[list[list[Row]], int]:
            answers, created = [], 0
            if held is not None and transaction.run(held[0], dict(held[1])).peek() is None:
                raise StoreError("another push has taken this graph over")
            for query, parameters in steps:
                result = transaction.run(query, dict(parameters))
                answers.append([dict(record) for record in result])
                counters = result.consume().counters
                created += counters.nodes_created + counters.relationships_created
            return answers, created

        with self._errors(), self._driver.session(database=self._database) as session:
            return session.execute_write(work)

    def close(self) -> None:
        self._driver.close()

    def _read(self, query: str, parameters: Mapping[str, object], seconds: int) -> Iterator[Row]:
        with self._errors(query=True, seconds=seconds), self._reading(seconds) as transaction:
            result = transaction.run(query, dict(parameters))
            while batch := result.fetch(1000):
                rows = [dict(zip(record.keys(), record.values(), strict=True)) for record in batch]
                plain = _Plain(self._neo4j.graph, self._ends(transaction, rows))
                yield from ({key: plain(value) for key, value in row.items()} for row in rows)

    def _ends(self, transaction: Transaction, rows: list[Row]) -> dict[str, object]:
        """Ids of the ends of edges that were returned without their nodes: such ends come as bare references."""
        bare: set[str] = set()
        pending: list[object] = [value for row in rows for value in row.values()]
        while pending:
            value = pending.pop()
            if isinstance(value, self._neo4j.graph.Relationship):
                bare.update(n.element_id for n in value.nodes if n is not None and n.get("id") is None)
            elif isinstance(value, list):
                pending.extend(value)
            elif isinstance(value, dict):
                pending.extend(value.values())
            elif isinstance(value, self._neo4j.graph.Path):
                pending.extend(value.relationships)
        if not bare:
            return {}
        found = transaction.run(cypher("ends"), {"nodes": sorted(bare)})
        return {record["node"]: record["id"] for record in found}

    @contextmanager
    def _reading(self, seconds: int | None) -> Iterator[Transaction]:
        mode = self._neo4j.READ_ACCESS
        with (
            self._driver.session(database=self._database, default_access_mode=mode) as session,
            session.begin_transaction(timeout=seconds) as transaction,
        ):
            yield transaction

    @contextmanager
    def _errors(self, query: bool = False, seconds: int = 0) -> Iterator[None]:
        """What the driver raises, as an error of Clew's that names the server and never the password."""
        from neo4j.exceptions import AuthError, ClientError, DriverError, Neo4jError

        try:
            yield
        except AuthError as error:
            raise StoreError(f"{self.address} does not let this user in: {error.message}") from None
        except Neo4jError as error:
            code = error.code or ""
            if "Timeout" in code or "TransactionTimedOut" in code or "Terminated" in code:
                raise QueryError(f"the query took longer than {seconds} seconds") from None
            if query and isinstance(error, ClientError):
                raise refused_by_database(error.message or code) from None
            raise StoreError(f"{self.address}: {error.message}") from None
        except (DriverError, OSError) as error:
            raise StoreError(f"{self.address} does not answer: {error}") from None


class _Plain:
    """Turns the driver's values into plain ones."""

    def __init__(self, graph: object, ends: dict[str, object]) -> None:
        from neo4j import graph as types

        self._types, self._ends = types, ends

    def __call__(self, value: object) -> object:
        if value is None or isinstance(value, str | bool | int | float):
            return value
        if isinstance(value, list | tuple):
            return [self(item) for item in value]
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        if isinstance(value, self._types.Node):
            return plain_node(value.labels, {key: self(item) for key, item in value.items()})
        if isinstance(value, self._types.Relationship):
            ends = [None if n is None else n.get("id", self._ends.get(n.element_id)) for n in value.nodes]
            return plain_edge(ends[0], ends[1], value.type, {key: self(item) for key, item in value.items()})
        if isinstance(value, self._types.Path):
            return {"nodes": [self(n) for n in value.nodes], "edges": [self(r) for r in value.relationships]}
        return str(value)


def _parts(uri: str) -> tuple[str, tuple[str, str] | None, str | None]:
    """Address without secrets, user and password, database."""
    parts = urlsplit(uri)
    if parts.scheme not in SCHEMES:
        hint = next(iter(nearest(parts.scheme, SCHEMES)), "bolt")
        raise UsageError(
            f"{parts.scheme or 'this'}: is no address of a graph server (did you mean {hint}://HOST:PORT?)"
        )
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.query or parts.fragment:
        raise UsageError(f"the address of a graph server is {parts.scheme}://HOST:PORT")
    host = f"[{host}]" if ":" in host else host
    user = unquote(parts.username) if parts.username else os.environ.get("CLEW_NEO4J_USER", "neo4j")
    password = unquote(parts.password) if parts.password else os.environ.get("CLEW_NEO4J_PASSWORD")
    address = f"{parts.scheme}://{host}:{port or 7687}"
    return address, (user, password) if password else None, parts.path.strip("/") or None


@contextmanager
def _lean_import() -> Iterator[None]:
    """The driver imports pandas and pyarrow when it finds them, which takes longer than an answer; it needs neither."""
    hidden = [name for name in _OPTIONAL if name not in sys.modules]
    cast(dict[str, object], sys.modules).update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
