"""A release: one immutable, verified state of everything that Clew knows, in a home (``graph.home``) or by itself.

In a home it is a folder named after the first twelve characters of its digest. A release opens completely or not at
all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from graph.disk import DRAFT, sync
from graph.errors import ReleaseError
from graph.home import CURRENT, HISTORY, LOCK, NAME, current, flip, has_current, history, locked
from graph.journal import Entry, Journal
from graph.manifest import FILE as MANIFEST
from graph.manifest import SHORT, Manifest, Source, checksum, encode, files_in
from graph.manifest import read as read_manifest
from graph.serve import Serve

if TYPE_CHECKING:
    from graph.claims import GuidelineRow, Statement, VariantClass
    from graph.content import Closure, Content, DiseaseName
    from graph.model import Edge, Node

_DAMAGED = ".damaged-"


@dataclass
class Release:
    """An open release. Its files are verified when first used; ``verify_all`` does all of them now.

    ``nodes`` and ``edges`` and the other tables are read in batches and never whole.
    """

    path: Path
    digest: str
    manifest: Manifest
    _verified: set[str] = field(default_factory=set, repr=False)
    _serve: Serve | None = field(default=None, repr=False)

    def file(self, name: str) -> Path:
        """A file of the release, verified.

        Raises:
            ReleaseError: when the manifest does not list it or its checksum is another one.
        """
        if name not in self.manifest.files:
            raise ReleaseError(f"release {self.digest[:SHORT]} has no file {name}")
        file = self.path / name
        if name not in self._verified:
            try:
                actual = checksum(file)
            except OSError as error:
                raise ReleaseError(f"{file} cannot be read ({error.strerror})") from None
            if actual != self.manifest.files[name]:
                raise ReleaseError(f"{file} is damaged: its checksum is not the one in {MANIFEST}; build it again")
            self._verified.add(name)
        return file

    def verify_all(self) -> None:
        """Raises:
        ReleaseError: when any file is missing, damaged or foreign.
        """
        _check_listing(self.path, self.manifest)
        self._verified.clear()
        for name in self.manifest.files:
            self.file(name)

    def serve(self) -> Serve:
        """The lookups that a recommendation needs (one object a release, opened once)."""
        if self._serve is None:
            self._serve = Serve(self.file("serve.sqlite"))
        return self._serve

    def nodes(self) -> Iterator[Node]:
        from graph import tables

        return tables.nodes(self.file("tables/nodes.parquet"))

    def edges(self) -> Iterator[Edge]:
        from graph import tables

        return tables.edges(self.file("tables/edges.parquet"))

    def statements(self) -> Iterator[Statement]:
        from graph import tables

        return tables.statements(self.file("tables/statements.parquet"))

    def rows(self) -> Iterator[GuidelineRow]:
        from graph import tables

        return tables.rows(self.file("tables/rows.parquet"))

    def classes(self) -> Iterator[VariantClass]:
        from graph import tables

        return tables.classes(self.file("tables/classes.parquet"))

    def names(self) -> Iterator[DiseaseName]:
        from graph import tables

        return tables.names(self.file("tables/names.parquet"))

    def closure(self) -> Iterator[Closure]:
        from graph import tables

        return tables.closure(self.file("tables/closure.parquet"))

    def reports(self) -> list[str]:
        """Names of the build's report files, to be opened with ``file``."""
        return sorted(name for name in self.manifest.files if name.startswith("reports/"))

    def close(self) -> None:
        if self._serve is not None:
            self._serve.close()
            self._serve = None

    def __enter__(self) -> Release:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_release(path: Path | str) -> Release:
    """Open the current release of a home, or one release by its folder.

    Raises:
        ReleaseError: when there is none, it is incomplete, holds a foreign file, or its name is not its digest.
    """
    path = Path(path)
    folder = path / current(path) if (path / CURRENT).exists() else path
    if folder.name.startswith((DRAFT, _DAMAGED)):
        raise ReleaseError(f"{folder} is what an interrupted build left behind, not a release")
    if folder is path and path.is_dir() and not (path / MANIFEST).exists():
        raise ReleaseError(f"{path} holds no release: neither {CURRENT} nor {MANIFEST} is in it (run clew build)")
    manifest, digest = read_manifest(folder)
    if (folder is not path or NAME.fullmatch(folder.name)) and not digest.startswith(folder.name):
        raise ReleaseError(f"{folder / MANIFEST} is damaged: its digest is {digest[:SHORT]}, not {folder.name}")
    _check_listing(folder, manifest)
    return Release(folder, digest, manifest)


Note = Callable[[Release, Release], None]
"""Told of the release in use and the one that comes into use, when both are known to be sound and nothing has happened
yet; what it raises keeps the first one in use."""


def rollback(home: Path, note: Note = lambda before, after: None) -> Release:
    """Use the release before the current one again.

    Raises:
        ReleaseError: when there is no home or no earlier one, or it is damaged: the current one then stays.
    """
    with locked(home):
        before = history(home)[:-1]
        if not before:
            raise ReleaseError(f"{home} has no earlier release to go back to")
        release = open_release(home / before[-1])
        release.verify_all()
        note(open_release(home), release)
        flip(home, before, back=True)
        return release


def use(home: Path, digest: str, instead_of: str, note: Note = lambda before, after: None) -> Release:
    """Make the release ``digest`` of the home, built beside, the current one in the place of ``instead_of``.

    For whoever holds the lock (``locked``).

    Raises:
        ReleaseError: when another release is the current one by now, or the new one is missing or damaged.
    """
    now = open_release(home)
    if now.digest != instead_of:
        raise ReleaseError(f"{home} uses release {now.digest[:SHORT]}, not {instead_of[:SHORT]}")
    release = open_release(home / digest[:SHORT])
    release.verify_all()
    if release.digest != digest:
        raise ReleaseError(f"{release.path} holds release {release.digest}, not {digest}")
    note(now, release)
    if release.digest != now.digest:
        flip(home, (*history(home), release.path.name))
    return release


@dataclass
class Draft:
    """A release in the making, in a folder of its own beside the finished ones."""

    home: Path
    folder: Path
    beside: bool = False
    """Whether the current release stays in use; ``use`` changes that."""
    published: Release | None = None

    def publish(self, sources: tuple[Source, ...], counts: Mapping[str, Mapping[str, int]]) -> Release:
        """Seal what is in ``folder``, move it to its place and, unless ``beside``, make it the current release."""
        files = {name: checksum(file) for name, file in files_in(self.folder).items()}
        manifest = Manifest(
            sources=tuple(sorted(sources, key=lambda s: s.name)),
            counts={table: dict(sorted(c.items())) for table, c in sorted(counts.items())},
            files=files,
        )
        (self.folder / MANIFEST).write_bytes(encode(manifest))
        sync(self.folder)
        _, digest = read_manifest(self.folder)
        place = self.home / digest[:SHORT]
        if not _is_sound(place, digest):
            if place.exists():
                place.rename(self.home / f"{_DAMAGED}{place.name}-{os.getpid()}")
            self.folder.rename(place)
        known = history(self.home) if has_current(self.home) else ()
        if known[-1:] != (place.name,) and not self.beside:
            self._note(digest)
            flip(self.home, (*known, place.name))
        self.published = open_release(place)
        return self.published

    def _note(self, digest: str) -> None:
        """Say in the journal, where the home has one, which release comes into use."""
        journal = Journal(self.home)
        if journal.exists():
            try:
                now = open_release(self.home).digest
            except ReleaseError:
                now = ""
            journal.settle(now)
            journal.add(Entry(did="built", before=now, after=digest))


@contextmanager
def draft(home: Path, beside: bool = False) -> Iterator[Draft]:
    """A place to build in; leaving without ``publish`` leaves the home as it was.

    What an interrupted build left behind is removed first. Of a release built ``beside`` only the folder appears.

    Raises:
        ReleaseError: when ``home`` is no home of releases, its journal was changed, or another build is at work in it.
    """
    _check_home(home)
    home.mkdir(parents=True, exist_ok=True)
    with locked(home):
        Journal(home).entries()
        _clear(home)
        folder = Path(tempfile.mkdtemp(prefix=DRAFT, dir=home))
        folder.chmod(0o755)
        try:
            yield Draft(home, folder, beside)
        finally:
            _clear(home)


def write(
    home: Path, content: Content, sources: tuple[Source, ...], reports: Mapping[str, str] | None = None
) -> Release:
    """Write a release into ``home`` and make it the current one; the same input gives the same digest.

    ``reports`` maps file names to their text; they become files in ``reports/``.
    """
    with draft(home) as new:
        return fill(new, content, sources, reports or {})


def fill(new: Draft, content: Content, sources: tuple[Source, ...], reports: Mapping[str, str]) -> Release:
    """Write the tables, derive the rest from them, and publish."""
    from graph import derive_serve, matrices, tables

    tables.write(content, new.folder / "tables")
    derive_serve.derive(new.folder / "tables", new.folder / "serve.sqlite")
    matrices.derive(new.folder / "tables", new.folder / "matrices")
    if reports:
        (new.folder / "reports").mkdir()
    for name, text in reports.items():
        (new.folder / "reports" / name).write_text(text, encoding="utf-8", newline="\n")
    return new.publish(sources, counts(content))


def counts(content: Content) -> dict[str, dict[str, int]]:
    """Rows of each table by label, type or source."""
    return {
        "nodes": Counter(n.label for n in content.nodes),
        "edges": Counter(e.type for e in content.edges),
        "statements": Counter(s.provenance for s in content.statements),
        "rows": Counter(r.guideline for r in content.rows),
        "classes": Counter(c.provenance for c in content.classes),
        "names": Counter(n.kind for n in content.names),
        "closure": {"pairs": len(content.closure)},
    }


def _check_listing(folder: Path, manifest: Manifest) -> None:
    present, listed = files_in(folder), manifest.files.keys()
    for name in sorted(listed - present.keys()):
        raise ReleaseError(f"{folder} is incomplete: {name} is missing; build it again")
    for name in sorted(present.keys() - listed):
        raise ReleaseError(f"{folder} holds a file that is not of the release: {name}")
    for name, file in present.items():
        if file.is_symlink() or not file.is_file():
            raise ReleaseError(f"{folder} holds something that is not a plain file: {name}")


def _check_home(home: Path) -> None:
    if home.exists() and not home.is_dir():
        raise ReleaseError(f"{home} is a file, not a folder for releases")
    if not home.is_dir() or (home / CURRENT).exists():
        return
    others = [p.name for p in home.iterdir() if p.name not in (HISTORY, LOCK) and not p.name.startswith(DRAFT)]
    if others and not all(NAME.fullmatch(name) for name in others):
        raise ReleaseError(f"{home} is not a folder for releases: it holds {sorted(others)[0]}")


def _is_sound(place: Path, digest: str) -> bool:
    if not place.exists():
        return False
    try:
        release = open_release(place)
        release.verify_all()
    except ReleaseError:
        return False
    return release.digest == digest


def _clear(home: Path) -> None:
    for left in (*home.glob(f"{DRAFT}*"), *home.glob(f"{_DAMAGED}*")):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()
