"""The manifest of a release: what it was made from and the checksum of every file.

It holds no clock, host or path, so that the same sources give the same manifest; its own SHA-256 is the digest by which
a release is known.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import msgspec

from graph.errors import ReleaseError

FILE = "manifest.json"
SHORT = 12
"""How many characters of the digest name the folder of a release."""


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where content came from. ``files`` maps a file name (no folder) to the SHA-256 of its bytes."""

    name: str
    title: str
    version: str | None
    licence: str
    url: str | None
    attribution: str
    files: dict[str, str]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``counts`` maps a table to its rows by kind; ``files`` maps each file of the release to its SHA-256."""

    format: Literal[1] = 1
    sources: tuple[Source, ...]
    counts: dict[str, dict[str, int]]
    files: dict[str, str]


def encode(manifest: Manifest) -> bytes:
    """The bytes of ``manifest.json``: indented for people, keys of mappings sorted."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=1) + b"\n"


def read(folder: Path) -> tuple[Manifest, str]:
    """The manifest in ``folder`` and its digest.

    Raises:
        ReleaseError: when there is none, or it is not one that this version of Clew understands.
    """
    file = folder / FILE
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ReleaseError(f"{folder} is no release: {FILE} cannot be read ({error.strerror})") from None
    try:
        return msgspec.json.decode(content, type=Manifest), hashlib.sha256(content).hexdigest()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{file} is damaged: {error}") from None


def checksum(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_in(folder: Path) -> dict[str, Path]:
    """All files below ``folder`` save the manifest, by their name in it (``tables/nodes.parquet``)."""
    found = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_symlink() or not p.is_dir()}
    found.pop(FILE, None)
    return found
