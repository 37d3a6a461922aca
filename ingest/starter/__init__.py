"""The starter pack: facts that need no download, and the release that is built from them.

The pack is one packed harvest a source (``ingest.packed``), made by ``python -m ingest.starter`` from sources whose
licence lets them be carried; ``NOTICE`` names them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from graph import cache
from graph.errors import DataError, ReleaseError
from graph.progress import Progress, silent
from graph.release import Release, open_release
from ingest.harvest import Harvest

SUFFIX = ".jsonl.gz"
_KEPT_DAYS = 30
_PACKAGES = ("graph", "ontologies", "rules", "ingest")


def harvests() -> list[Harvest]:
    """What the pack holds, one harvest a source.

    Raises:
        DataError: when the pack is missing from the installation, or damaged.
    """
    from ingest import packed

    found = [packed.unpack(file.read_bytes(), file.name) for file in _files()]
    if not found:
        raise DataError("the starter pack is not in this installation: build a release with clew build --source")
    return found


def release(progress: Progress = silent) -> Release:
    """The release made of the starter pack: built into the user's cache once, and anew when Clew has changed.

    One process builds and others wait for it. Releases of other installations stay until nobody has opened them for
    ``_KEPT_DAYS``.
    """
    place = cache.folder("starter")
    home = place / _key()
    try:
        opened = open_release(home)
    except ReleaseError:
        progress("opening the starter pack", 0, None)
        with cache.locked(place):
            opened = _opened_or_built(home, progress)
            _forget_unused(home)
    os.utime(home)
    return opened


def _opened_or_built(home: Path, progress: Progress) -> Release:
    try:
        return open_release(home)
    except ReleaseError:
        from ingest.build import build

        return build(home, progress=progress)


def _forget_unused(home: Path) -> None:
    for other in home.parent.iterdir():
        if other != home and other.is_dir() and time.time() - other.stat().st_mtime > _KEPT_DAYS * 86_400:
            shutil.rmtree(other, ignore_errors=True)


def _files() -> list[Traversable]:
    found = [f for f in resources.files("ingest.starter").iterdir() if f.name.endswith(SUFFIX)]
    return sorted(found, key=lambda f: f.name)


def _key() -> str:
    """What the release depends on, as file names, sizes and times: code and tables of the packages that build it."""
    told = []
    for package in _PACKAGES:
        folder = Path(str(resources.files(package)))
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".py", ".csv", ".toml", ".sql", ".gz") and file.is_file():
                stat = file.stat()
                told.append(f"{package}/{file.relative_to(folder).as_posix()} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
