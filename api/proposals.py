"""Amended releases that wait for a second person: what is proposed, by whom, and what it was made from.

``HOME/proposals/<id>/`` holds ``proposal.json``, ``sources.parquet`` (the new content, as ``ingest.keep`` writes it)
and ``tables/`` (copies of the files, a folder a table). The id is the beginning of the checksum of ``proposal.json``,
which names the checksums of the others: nothing in it can change unnoticed.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from graph.disk import sync
from graph.errors import DataError, ReleaseError, UsageError
from graph.manifest import checksum
from ingest import keep
from ingest.build import users_names
from ingest.guidelines import tables_of
from ingest.guidelines.sidecar import path_of
from ingest.harvest import Harvest

FOLDER, TABLES = "proposals", "tables"
SHORT = 8
_FILE, _SOURCES = "proposal.json", "sources.parquet"


class Proposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amended release, built and not in use. ``base`` and ``release`` are digests."""

    by: str
    at: str
    why: str
    base: str
    release: str
    put: tuple[str, ...]
    """Names of the sources that are added or replaced."""
    drop: tuple[str, ...]
    """Names of the sources that are taken away."""
    added: int
    """Rules, as are ``changed`` and ``removed``."""
    changed: int
    removed: int
    files: dict[str, str]
    """File in the folder -> SHA-256."""
    rebased_from: str | None = None

    @property
    def id(self) -> str:
        return hashlib.sha256(_encoded(self)).hexdigest()[:SHORT]

    @property
    def tables(self) -> tuple[str, ...]:
        """As a journal names them."""
        return (*self.put, *(f"-{name}" for name in self.drop))


class Copies:
    """Tables as they are now, in a folder of their own: what is checked, read and kept stays one, whoever writes."""

    def __init__(self, tables: Sequence[Path], folder: Path) -> None:
        """Raises:
        DataError: for a file that cannot be read, or two tables of one name.
        """
        self._folder = folder
        self._from = users_names(tables)
        self.paths: list[Path] = []
        """Of the copies, in the order of the tables; of a table that is not there, where it would be."""
        for name, table in self._from.items():
            (folder / name).mkdir()
            copy = folder / name / (table.name or table.resolve().name)
            self.paths.append(copy if table.exists() else table)
            try:
                _copy(table, copy)
            except OSError as error:
                raise DataError(f"cannot be read ({error.strerror})", file=str(table)) from None

    def original(self, file: str) -> str:
        """Where a file lies that was copied; any other is where it is."""
        if not Path(file).is_relative_to(self._folder):
            return file
        name, _, *inside = Path(file).relative_to(self._folder).parts
        table = self._from[name]
        return str(table.joinpath(*inside) if table.is_dir() else table.with_name(Path(file).name))

    def keep(self, folder: Path) -> None:
        """Put every file into the folder of a proposal, each table's under the name of its source."""
        for name, copy in zip(self._from, self.paths, strict=True):
            shutil.copytree(copy if copy.is_dir() else copy.parent, folder / TABLES / name)


def _copy(table: Path, copy: Path) -> None:
    """A table with its sidecar, or the tables of a folder with theirs."""
    if table.is_dir():
        copy.mkdir()
        for inside in tables_of(table):
            _copy(inside, copy / inside.name)
        return
    for file in (table, path_of(table)):
        if file.is_file():
            shutil.copyfile(file, copy.with_name(file.name))


def draft(home: Path) -> Path:
    """A folder to prepare a proposal in; if it is never put in its place, the next build removes it."""
    return Path(tempfile.mkdtemp(prefix=".building-proposal-", dir=home))


def put(home: Path, folder: Path, proposal: Proposal, harvests: Sequence[Harvest]) -> Proposal:
    """Seal what is in ``folder`` (of ``draft``) and move it to its place among the home's proposals."""
    keep.write(harvests, folder / _SOURCES)
    files = {p.relative_to(folder).as_posix(): checksum(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    proposal = msgspec.structs.replace(proposal, files=files)
    (folder / _FILE).write_bytes(_encoded(proposal))
    folder.chmod(0o755)
    sync(folder)
    place = home / FOLDER / proposal.id
    place.parent.mkdir(exist_ok=True)
    folder.rename(place)
    sync(place.parent)
    return proposal


def read(home: Path, id: str) -> Proposal:
    """A proposal whose files are what they were when it was made.

    Raises:
        UsageError: when there is none of this id.
        ReleaseError: when it or one of its files was changed.
    """
    folder = home / FOLDER / id
    if not id.isalnum() or not (folder / _FILE).is_file():
        raise UsageError(f"{home} has no proposal {id!r}")
    content = (folder / _FILE).read_bytes()
    try:
        proposal = msgspec.json.decode(content, type=Proposal)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{folder / _FILE} is damaged: {error}") from None
    if hashlib.sha256(content).hexdigest()[:SHORT] != id:
        raise ReleaseError(f"{folder / _FILE} was changed: its checksum is not its name")
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()} - {_FILE}
    for name in sorted(present ^ proposal.files.keys()):
        raise ReleaseError(f"{folder} was changed: {name} is {'foreign' if name in present else 'missing'}")
    for name, known in proposal.files.items():
        if checksum(folder / name) != known:
            raise ReleaseError(f"{folder / name} was changed since it was proposed: load the table again")
    return proposal


def content(home: Path, id: str) -> list[Harvest]:
    """What a proposal puts into a release."""
    return keep.read_file(home / FOLDER / id / _SOURCES, f"proposal {id}")


def copied_again(home: Path, id: str, folder: Path) -> None:
    """The copies that a proposal has, for one in its place."""
    known = home / FOLDER / id / TABLES
    if known.is_dir():
        shutil.copytree(known, folder / TABLES)


def _encoded(proposal: Proposal) -> bytes:
    return msgspec.json.format(msgspec.json.encode(proposal, order="deterministic"), indent=1) + b"\n"
