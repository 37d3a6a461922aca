"""Where Clew keeps what it can always make or fetch again."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import ReleaseError

LOCK = ".lock"


def folder(name: str) -> Path:
    """A folder of the user's cache: below ``CLEW_CACHE``, else ``XDG_CACHE_HOME/clew``, else ``~/.cache/clew``.

    Where no such folder can be made (a read-only home), one in the system's folder for temporary files is used.

    Raises:
        ReleaseError: when that one belongs to somebody else.
    """
    stated = os.environ.get("CLEW_CACHE")
    base = Path(stated) if stated else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "clew"
    try:
        place = base / name
        place.mkdir(parents=True, exist_ok=True)
        if os.access(place, os.W_OK):
            return place
    except OSError:
        pass
    base = Path(tempfile.gettempdir()) / f"clew-{os.getuid()}"
    base.mkdir(mode=0o700, exist_ok=True)
    if base.is_symlink() or base.stat().st_uid != os.getuid():
        raise ReleaseError(f"{base} belongs to somebody else: name a folder of your own with CLEW_CACHE")
    place = base / name
    place.mkdir(parents=True, exist_ok=True)
    return place


@contextmanager
def locked(place: Path) -> Iterator[None]:
    """Held for the folder ``place`` by one process or thread at a time; others wait.

    The system lets go of it when the process ends, however it ends.
    """
    with (place / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
