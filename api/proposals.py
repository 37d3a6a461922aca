"""Amended releases that wait for a second person: what is proposed, by whom, and what it was made from.

``HOME/proposals/<id>/`` holds ``proposal.json``, ``sources.parquet`` (the new content, as ``ingest.keep`` writes it)
and ``tables/`` (copies of the files, a folder a table). The id is the beginning of the checksum of ``proposal.json``,
which names the checksums of the others: nothing in it can change unnoticed.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from graph.disk import sync
from graph.errors import DataError, ReleaseError, UsageError
from graph.manifest import checksum
from ingest import keep
from ingest.build import users_name
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


def copied(tables: Iterable[Path], harvests: Iterable[Harvest], folder: Path) -> None:
    """Copies of the files that tables were read from, sidecars included, each table's under the name of its source.

    Raises:
        DataError: when a file is another one than was read.
    """
    files = {h.source.name: h.source.files for h in harvests}
    for table in tables:
        name = users_name(table)
        into = folder / TABLES / name
        into.mkdir(parents=True)
        for file, read_as in files[name].items():
            shutil.copyfile((table if table.is_dir() else table.parent) / file, into / file)
            if checksum(into / file) != read_as:
                raise DataError("the file changed while it was read: load it again", file=str(table))


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
