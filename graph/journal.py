"""Who changed what a home's releases say, when and why: a file to which lines are only ever added.

Each line of ``JOURNAL`` carries the checksum of itself and of the line before, and ``JOURNAL.end`` names the last one:
damage and careless edits are noticed. Forgery is not: there is no key, and whoever writes every line anew passes. What
was being written when the machine stopped is not taken for damage: the file of the end lags behind by one line at most,
and half a line at the end counts as not written.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from graph.disk import write_whole
from graph.errors import ReleaseError

FILE, END = "JOURNAL", "JOURNAL.end"
Did = Literal["proposed", "approved", "rebased", "rolled back", "built", "interrupted"]
_TAKES_INTO_USE = ("approved", "rolled back", "built")


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line. Releases are named by their digests."""

    number: int = 0
    at: str = ""
    """UTC, ``2026-03-01T12:00:00Z``."""
    did: Did
    by: str = ""
    why: str = ""
    proposal: str | None = None
    tables: tuple[str, ...] = ()
    """Names of the sources that are added or replaced, those that are taken away with a minus in front."""
    added: int = 0
    """Rules, as are ``changed`` and ``removed``."""
    changed: int = 0
    removed: int = 0
    before: str
    """The release in use; none where a build found no valid one."""
    after: str
    """The release proposed, or taken into use."""
    rebased_from: str | None = None
    """The proposal in whose place this one is."""
    alone: bool = False
    """Approved by the person who had proposed it, where the home allows that."""
    digest: str = ""
    """SHA-256 of the digest of the line before and of this line without its digest."""


def pending(entries: Sequence[Entry], now: str) -> Entry | None:
    """The last line, where it takes a release into use and ``now``, the one before, is still the one in use."""
    last = entries[-1] if entries else None
    return last if last is not None and last.did in _TAKES_INTO_USE and now == last.before != last.after else None


def utc_now() -> datetime:
    return datetime.now(UTC)


class Journal:
    """The journal of one home. Adding is for whoever holds the home's lock."""

    def __init__(self, home: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self._file, self._end, self._clock = home / FILE, home / END, clock

    def exists(self) -> bool:
        return self._file.exists() or self._end.exists()

    def entries(self) -> tuple[Entry, ...]:
        """All lines, oldest first.

        Raises:
            ReleaseError: when a line was changed, taken out or cut off; says which.
        """
        return self._read()[0]

    def add(self, entry: Entry) -> Entry:
        """Add a line; it is on the disk when this returns. ``number``, ``at`` and ``digest`` are filled in.

        Raises:
            ReleaseError: as ``entries``; nothing is then added.
        """
        known, whole = self._read()
        last = known[-1].digest if known else ""
        at = self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        entry = msgspec.structs.replace(entry, number=len(known) + 1, at=at, digest="")
        entry = msgspec.structs.replace(entry, digest=_digest(entry, last))
        if known:
            write_whole(self._end, f"{len(known)} {last}\n")
        with self._file.open("ab") as stream:
            stream.truncate(whole)
            stream.write(msgspec.json.encode(entry) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        write_whole(self._end, f"{entry.number} {entry.digest}\n")
        return entry

    def settle(self, now: str) -> None:
        """Write down that what the last line says did not come about, where it did not; ``now`` is in use."""
        if (lost := pending(self.entries(), now)) is not None:
            why = f"line {lost.number} did not come about"
            self.add(Entry(did="interrupted", why=why, proposal=lost.proposal, before=now, after=now))

    def _read(self) -> tuple[tuple[Entry, ...], int]:
        """The lines, and how many bytes of the file they are."""
        try:
            content = self._file.read_bytes() if self._file.exists() else b""
            end = self._end.read_text(encoding="ascii").split() if self._end.exists() else ["0", ""]
        except (OSError, UnicodeDecodeError) as error:
            raise ReleaseError(f"{self._file} cannot be read ({error})") from None
        whole = content.rfind(b"\n") + 1
        found: list[Entry] = []
        last = ""
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                entry = msgspec.json.decode(line, type=Entry)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise self._damaged(f"line {number} is no entry ({error})") from None
            if entry.number != number:
                raise self._damaged(f"line {number} says that it is line {entry.number}: one was put in or taken out")
            if entry.digest != _digest(entry, last):
                raise self._damaged(f"line {number} does not have its checksum: it or the one before was changed")
            found.append(entry)
            last = entry.digest
        written = [str(len(found)), last] if found else ["0", ""]
        behind = [str(len(found) - 1), found[-2].digest] if len(found) > 1 else ["0", ""]
        if [*end, ""][:2] not in (written, behind):
            raise self._damaged(
                f"{END} names line {end[0] if end else '?'} as the last, which is not line {len(found)}"
            )
        return tuple(found), whole

    def _damaged(self, problem: str) -> ReleaseError:
        return ReleaseError(f"{self._file} is not as it was written: {problem}")


def _digest(entry: Entry, last: str) -> str:
    bare = msgspec.structs.replace(entry, digest="")
    return hashlib.sha256(last.encode() + msgspec.json.encode(bare)).hexdigest()
