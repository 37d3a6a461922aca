"""The starter pack: facts that need no download, and the release that is built from them.

The pack is one packed harvest a source (``ingest.packed``), made by ``python -m ingest.starter`` from sources whose
licence lets them be carried; ``NOTICE`` names them.
"""

from __future__ import annotations

import hashlib
import shutil
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from graph import cache
from graph.errors import DataError, ReleaseError
from graph.progress import Progress, silent
from graph.release import Release, open_release
from ingest.harvest import Harvest

SUFFIX = ".jsonl.gz"
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
    """The release made of the starter pack: built into the user's cache once, and anew when Clew has changed."""
    home = cache.folder("starter") / _key()
    try:
        return open_release(home)
    except ReleaseError:
        from ingest.build import build

        shutil.rmtree(home, ignore_errors=True)
        built = build(home, progress=progress)
        for other in home.parent.iterdir():
            if other != home:
                shutil.rmtree(other, ignore_errors=True)
        return built


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
