"""A release in the formats of others; each export is the same bytes for the same release."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import UsageError


@contextmanager
def finished(out: Path) -> Iterator[Path]:
    """A folder to write files in, which appear in ``out`` when all of them are written, in place of older ones.

    Raises:
        UsageError: when ``out`` is a file.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file, not a folder to write to")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=out) as beside:
        folder = Path(beside)
        yield folder
        for file in sorted(folder.iterdir()):
            file.replace(out / file.name)
