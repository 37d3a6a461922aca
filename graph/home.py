"""The home of releases: which one is in use, which ones were, and who may change that.

``CURRENT`` has the name of the release in use, ``HISTORY`` the flips that led there, oldest first.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.disk import write_whole
from graph.errors import ReleaseError
from graph.manifest import SHORT

CURRENT, HISTORY, LOCK = "CURRENT", "HISTORY", ".lock"
NAME = re.compile(rf"[0-9a-f]{{{SHORT}}}")
"""What the folder of a release is called."""


def current(home: Path) -> str:
    """The name of the release that a home uses.

    Raises:
        ReleaseError: when ``CURRENT`` is missing or is not such a name.
    """
    try:
        name = (home / CURRENT).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise ReleaseError(f"{home} holds no release: {CURRENT} cannot be read (run clew build)") from None
    if not NAME.fullmatch(name):
        raise ReleaseError(f"{home / CURRENT} is damaged: it does not name a release")
    if not (home / name).is_dir():
        raise ReleaseError(f"{home / CURRENT} names {name}, which is not there")
    return name


def history(home: Path) -> tuple[str, ...]:
    """The releases that a home used, oldest first, the current one last."""
    now = current(home)
    try:
        names = [n for n in (home / HISTORY).read_text(encoding="ascii").split() if NAME.fullmatch(n)]
    except (OSError, UnicodeDecodeError):
        names = []
    before = names[: len(names) - 1 - names[::-1].index(now)] if now in names else []
    return (*before, now)


def has_current(home: Path) -> bool:
    """Whether the home has a release in use."""
    try:
        current(home)
    except ReleaseError:
        return False
    return True


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Held by one process at a time; the system lets go of it when the process ends, however it ends.

    Raises:
        ReleaseError: when there is no such home, or somebody else holds it.
    """
    if not home.is_dir():
        raise ReleaseError(f"{home} is no home of releases: there is no such folder")
    with (home / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ReleaseError(f"another build is at work in {home}") from None
        yield


def flip(home: Path, names: tuple[str, ...], back: bool = False) -> None:
    """Use the last of ``names``, which are the home's history from now on.

    Should the machine stop in between, ``CURRENT`` alone says what is true. Forwards the history is written first; a
    way back is written last, for a history without the release in use counts as none.
    """
    steps = [(home / HISTORY, "".join(f"{name}\n" for name in names)), (home / CURRENT, f"{names[-1]}\n")]
    for file, text in reversed(steps) if back else steps:
        write_whole(file, text)
