"""How much we agree to read, and the one door through which files are read.

A small compressed file can hold gigabytes, and a single line can fill the memory; so every reader goes through
``read_bytes`` and the caps here. The numbers are several times the largest published file of each kind.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

from graph.errors import DataError, LimitError


@dataclass(frozen=True)
class Limits:
    """Caps of one kind of file; bytes are decompressed bytes."""

    bytes: int = 512 * 2**20
    ratio: int = 200
    """Decompressed over compressed bytes, looked at once ``ratio_from`` bytes are out."""
    ratio_from: int = 16 * 2**20
    line: int = 4 * 2**20
    """Characters of one line."""
    columns: int = 2_000
    rows: int = 5_000_000
    cells: int = 2_000_000
    """Cells of one sheet of a workbook, empty ones between others included."""
    sheets: int = 100
    parts: int = 2_000
    """Files inside an archive."""


TABLE = Limits()
PROFILE = replace(TABLE, bytes=16 * 2**20)
COHORT = replace(TABLE, line=16 * 2**20)
ALGORITHM = replace(TABLE, bytes=16 * 2**20)
WORKBOOK = replace(TABLE, bytes=128 * 2**20, rows=200_000)

_GZIP = b"\x1f\x8b"
_CHUNK = 2**20


def read_bytes(path: Path, limits: Limits = TABLE) -> bytes:
    """The content of a file, gzip or plain, told apart by its first bytes and not by its name.

    Raises:
        DataError: the file is missing, is no regular file, or its gzip stream is damaged or cut off.
        LimitError: it is larger than ``limits`` allow.
    """
    try:
        if path.is_dir():
            raise DataError("this is a folder; a file is needed", file=path.name)
        if not path.is_file():
            raise DataError("there is no such file", file=str(path))
        size = path.stat().st_size
        if size > limits.bytes:
            raise LimitError(f"the file has {size:,} bytes; {limits.bytes:,} are allowed", file=path.name)
        with path.open("rb") as stream:
            if stream.read(2) != _GZIP:
                stream.seek(0)
                return stream.read(limits.bytes + 1)
            stream.seek(0)
            return _unpacked(gzip.GzipFile(fileobj=stream), path.name, size, limits)
    except OSError as error:
        raise DataError(f"the file cannot be read ({error.strerror or error})", file=path.name) from error


def unpacked(content: bytes, name: str, limits: Limits = TABLE) -> bytes:
    """``content``, decompressed when it is gzip; as ``read_bytes`` for bytes that are already here."""
    if content[:2] != _GZIP:
        if len(content) > limits.bytes:
            raise LimitError(f"{len(content):,} bytes; {limits.bytes:,} are allowed", file=name)
        return content
    return _unpacked(gzip.GzipFile(fileobj=io.BytesIO(content)), name, len(content), limits)


def _unpacked(stream: gzip.GzipFile, name: str, size: int, limits: Limits) -> bytes:
    parts, total = [], 0
    try:
        while part := stream.read(_CHUNK):
            parts.append(part)
            total += len(part)
            if total > limits.bytes:
                raise LimitError(f"the file unpacks to more than {limits.bytes:,} bytes", file=name)
            if total > limits.ratio_from and total > limits.ratio * size:
                raise LimitError(f"the file unpacks to more than {limits.ratio} times its size", file=name)
    except EOFError as error:
        raise DataError("the gzip file is cut off: its end is missing", file=name) from error
    except (OSError, zlib.error) as error:
        raise DataError(f"the gzip file is damaged ({error})", file=name) from error
    return b"".join(parts)


def unzipped(content: bytes, name: str, limits: Limits = TABLE) -> dict[str, bytes]:
    """Every file of a ZIP archive by its path inside.

    Raises:
        DataError: the archive is damaged, encrypted, compressed otherwise than by deflate, or holds two
            files of one path.
        LimitError: it unpacks to more than ``limits`` allow, or holds more files.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > limits.parts:
                raise LimitError(f"the archive holds more than {limits.parts:,} files", file=name)
            # zipfile reads no more of an entry than its stated size, so that these sums are binding.
            total = sum(entry.file_size for entry in entries)
            if total > limits.bytes or (total > limits.ratio_from and total > limits.ratio * max(len(content), 1)):
                raise LimitError(f"the archive unpacks to {total:,} bytes", file=name)
            if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
                raise DataError("the archive is compressed in another way than deflate", file=name)
            if len({entry.filename for entry in entries}) < len(entries):
                raise DataError("the archive holds two files of one path", file=name)
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise DataError(f"the file is no archive, or a damaged one ({error})", file=name) from error
