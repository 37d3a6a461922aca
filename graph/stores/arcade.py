"""ArcadeDB inside this process: Cypher over a release with no server to start (extra ``[cypher]``).

The database of a release is built once, from its tables, into the user's cache, and from then on opened read-only, by
as many processes as like. It can be thrown away at any time. Nothing of ArcadeDB leaves this module.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph import cache
from graph.errors import QueryError, StoreError, UsageError
from graph.manifest import SHORT, checksum
from graph.progress import Progress, silent
from graph.schema import schema
from graph.stores.cypher import (
    MARK,
    SECONDS,
    CypherStore,
    Row,
    batches,
    edge_properties,
    node_properties,
    plain_edge,
    plain_node,
    refused_by_database,
    release_node,
)

if TYPE_CHECKING:
    from graph.release import Release

_LAYOUT = 2
"""Counted up when the way in which a release is laid out changes."""
_DATABASE, _FINGERPRINT = "database", "fingerprint"
_NOTES = frozenset({"last-tx-id.bin", "statistics.json", "database.lck"})
"""Files of a database that ArcadeDB writes even when it only reads; no node and no edge is in them."""
_BATCH = 5000
_KEPT_DAYS = 30
_JAVA_NAME = re.compile(r"^(?:Query failed|Reading the result set failed): (?:[\w.$]+: )?")
_SETTINGS = {
    "arcadedb.opencypher.loadCsv.allowFileUrls": "false",
    "arcadedb.opencypher.loadCsv.allowRemoteUrls": "false",
    "arcadedb.command.timeout": str(SECONDS * 1000),
    "arcadedb.log.impl": "slf4j",
}


def open_embedded(release: Release, folder: Path | None = None, progress: Progress = silent) -> ArcadeStore:
    """The database of a release in ``folder`` (default: in the cache), built now if it is not there as it was built.

    Raises:
        UsageError: when ``arcadedb-embedded`` is not installed.
        StoreError: when the database cannot be built or opened.
    """
    _start()
    folder = folder or cache.folder("embedded")
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{release.digest[: 4 * SHORT]}-{_LAYOUT}"
    with cache.locked(folder):
        if not _is_intact(place):
            shutil.rmtree(place, ignore_errors=True)
            _forget_unused(folder)
            with tempfile.TemporaryDirectory(prefix=".building-", dir=folder) as beside:
                built = Path(beside) / "built"
                built.mkdir()
                with _errors(f"the database of release {release.digest[:SHORT]} cannot be built"):
                    _load(release, built / _DATABASE, progress)
                (built / _FINGERPRINT).write_text(_fingerprint(built / _DATABASE))
                built.rename(place)
        os.utime(place)
        store = ArcadeStore(place / _DATABASE)
    store.require(release.digest)
    return store


def _is_intact(place: Path) -> bool:
    """Whether the files of a database are those that were built."""
    try:
        return (place / _FINGERPRINT).read_text() == _fingerprint(place / _DATABASE)
    except (OSError, UnicodeDecodeError):
        return False


def _fingerprint(database: Path) -> str:
    whole = hashlib.sha256()
    for file in sorted(database.iterdir()):
        if file.name not in _NOTES:
            whole.update(f"{file.name} {checksum(file)}\n".encode())
    return whole.hexdigest()


class ArcadeStore(CypherStore):
    """One database folder, opened read-only."""

    def __init__(self, place: Path) -> None:
        """Raises:
        StoreError: when ``place`` cannot be opened.
        """
        _start()
        self._place = place.resolve()
        self._database: Any = _share(self._place)
        self._plain = _Plain()

    def stream(self, query: str, parameters: Mapping[str, object]) -> Iterator[Row]:
        self._limit(10 * SECONDS)
        with _errors("the embedded database does not answer"):
            found = self._database.query("opencypher", query, dict(parameters))
            for batch in found.iter_json_batches(_BATCH):
                yield from batch

    def close(self) -> None:
        if self._database is not None:
            _release(self._place)
            self._database = None

    def _read(self, query: str, parameters: Mapping[str, object], seconds: int) -> Iterator[Row]:
        import arcadedb_embedded

        self._limit(seconds)
        try:
            for row in self._database.query("opencypher", query, dict(parameters)):
                yield {name: self._plain(row.get_raw(name)) for name in row.get_property_names()}
        except arcadedb_embedded.ArcadeDBError as error:
            if "TimeoutException" in str(error):
                raise QueryError(f"the query took longer than {seconds} seconds") from None
            raise refused_by_database(_JAVA_NAME.sub("", str(error))) from None

    def _limit(self, seconds: int) -> None:
        """The database takes the time limit of its next command from its configuration."""
        import jpype

        key = jpype.JClass("com.arcadedb.GlobalConfiguration").COMMAND_TIMEOUT
        self._database.get_java_database().getConfiguration().setValue(key, jpype.JLong(seconds * 1000))


_shared: dict[Path, tuple[Any, int]] = {}
_sharing = threading.Lock()


def _share(place: Path) -> Any:
    """A process can open a database once only: its stores share it, and the last one closes it."""
    import arcadedb_embedded
    import jpype

    with _sharing, _errors(f"{place} cannot be opened (it may be removed, and is then built again)"):
        database, users = _shared.get(place, (None, 0))
        if database is None:
            modes = jpype.JClass("com.arcadedb.engine.ComponentFile$MODE")
            factory = jpype.JClass("com.arcadedb.database.DatabaseFactory")(str(place))
            database = arcadedb_embedded.Database(factory.open(modes.READ_ONLY))
        _shared[place] = database, users + 1
        return database


def _release(place: Path) -> None:
    with _sharing:
        database, users = _shared.pop(place)
        if users > 1:
            _shared[place] = database, users - 1
        else:
            database.close()


class _Plain:
    """Turns Java's values into plain ones."""

    def __init__(self) -> None:
        import jpype

        names = {
            "vertex": "com.arcadedb.graph.Vertex", "edge": "com.arcadedb.graph.Edge",
            "path": "com.arcadedb.query.opencypher.traversal.TraversalPath", "map": "java.util.Map",
            "list": "java.util.Collection", "truth": "java.lang.Boolean", "integer": "java.lang.Long",
            "number": "java.lang.Number", "float": "java.lang.Double",
        }  # fmt: skip
        self._java: dict[str, Any] = {key: jpype.JClass(name) for key, name in names.items()}

    def __call__(self, value: Any) -> object:
        java = self._java
        if value is None:
            return None
        if isinstance(value, java["vertex"]):
            return plain_node((str(label) for label in self._labels(value)), self._map(value.propertiesAsMap()))
        if isinstance(value, java["edge"]):
            source, target = (self(end.asVertex().get("id")) for end in (value.getOut(), value.getIn()))
            return plain_edge(source, target, str(value.getTypeName()), self._map(value.propertiesAsMap()))
        if isinstance(value, java["path"]):
            return {"nodes": self(value.getVertices()), "edges": self(value.getEdges())}
        if isinstance(value, java["map"]):
            return self._map(value)
        if isinstance(value, java["list"]):
            return [self(item) for item in value]
        if isinstance(value, bool | java["truth"]):
            return bool(value)
        if isinstance(value, int | float | java["number"]):
            whole = not isinstance(value, float | java["float"]) and float(value).is_integer()
            return int(value) if whole else float(value)
        return str(value)

    def _map(self, value: Any) -> dict[str, object]:
        return {str(entry.getKey()): self(entry.getValue()) for entry in value.entrySet()}

    def _labels(self, vertex: Any) -> Iterable[object]:
        return (vertex.getTypeName(), MARK)


def _load(release: Release, place: Path, progress: Progress) -> None:
    """Write a release into a new database. It is read back whole by ``clew doctor --graph``."""
    import arcadedb_embedded

    declared = schema()
    with arcadedb_embedded.create_database(str(place)) as database:
        database.command("sql", f"CREATE VERTEX TYPE `{MARK}`")
        for name in ("id", "name"):
            database.command("sql", f"CREATE PROPERTY `{MARK}`.`{name}` STRING")
        database.command("sql", f"CREATE INDEX ON `{MARK}` (id) UNIQUE")
        database.command("sql", f"CREATE INDEX ON `{MARK}` (name) NOTUNIQUE")
        for label in declared.nodes:
            database.command("sql", f"CREATE VERTEX TYPE `{label}` EXTENDS `{MARK}`")
        for kind in declared.edges:
            database.command("sql", f"CREATE EDGE TYPE `{kind}`")
        places: dict[str, str] = {}
        done = 0
        with database.graph_batch() as batch:
            for label, nodes in groupby(release.nodes(), key=lambda node: node.label):
                for some in batches(nodes, _BATCH):
                    made = batch.create_vertices(label, [node_properties(node) for node in some])
                    places.update(zip((node.id for node in some), made, strict=True))
                    progress("embedded database: nodes", len(places), None)
            for kind, edges in groupby(release.edges(), key=lambda edge: edge.type):
                for group in batches(edges, _BATCH):
                    batch.new_edges(
                        [places[edge.source] for edge in group], kind, [places[edge.target] for edge in group],
                        [edge_properties(edge) for edge in group],
                    )  # fmt: skip
                    done += len(group)
                    progress("embedded database: edges", done, None)
            batch.create_vertices("Release", [node_properties(release_node(release))])


def _start() -> None:
    """Start the virtual machine, once a process, with reading of files and addresses switched off."""
    try:
        from arcadedb_embedded.jvm import start_jvm
    except ImportError:
        raise UsageError(
            "Cypher without a server needs the extra cypher: in Clew's checkout, .venv/bin/pip install -e '.[cypher]' "
            "(or give --graph and the address of a Neo4j)"
        ) from None
    import jpype

    if not jpype.isJVMStarted():
        arguments = [f"-D{key}={value}" for key, value in _SETTINGS.items()]
        with _quiet(), _errors("the embedded database does not start"):
            start_jvm(heap_size="2g", jvm_args=arguments)
            jpype.JClass("java.util.logging.LogManager").getLogManager().reset()
    known = jpype.JClass("com.arcadedb.GlobalConfiguration")
    for key, value in _SETTINGS.items():
        if str(known.findByKey(key).getValueAsString()) != value:
            raise StoreError(f"ArcadeDB was started in this process by somebody else, without {key}={value}")


@contextmanager
def _quiet() -> Iterator[None]:
    """The virtual machine greets with a warning about a module of ArcadeDB's, on standard error, past Python."""
    kept = os.dup(2)
    silent = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silent, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silent)


@contextmanager
def _errors(what: str) -> Iterator[None]:
    import arcadedb_embedded
    import jpype

    try:
        yield
    except (arcadedb_embedded.ArcadeDBError, jpype.JException) as error:
        raise StoreError(f"{what}: {str(error).splitlines()[0]}") from None


def _forget_unused(folder: Path) -> None:
    """Remove databases that nobody opened for a month, and what builds that broke off left behind."""
    for old in folder.iterdir():
        if old.is_dir() and time.time() - old.stat().st_mtime > _KEPT_DAYS * 86_400:
            shutil.rmtree(old, ignore_errors=True)
