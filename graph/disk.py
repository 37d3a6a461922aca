"""Files and folders that are on the disk as a whole, or not at all, whenever the machine stops."""

from __future__ import annotations

import os
from pathlib import Path

DRAFT = ".building-"
"""How the names of files and folders begin that are not finished."""


def write_whole(file: Path, text: str) -> None:
    """Write a file so that it has the old or the new text."""
    beside = file.with_name(f"{DRAFT}{file.name}")
    with beside.open("w", encoding="ascii", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)
    _sync_folder(file.parent)


def sync(folder: Path) -> None:
    """Everything in the folder is on the disk when this returns."""
    for file in (p for p in folder.rglob("*") if p.is_file()):
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    for inner in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
        _sync_folder(inner)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
