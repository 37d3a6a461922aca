"""The page about a curator's session prints what the commands print; digests and times are left open.

``python -m tests.test_curating_page`` writes the outputs into the page anew.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from api.cli import main
from ingest.build import build

FILE = Path(__file__).resolve().parent.parent / "docs" / "curating.md"
_BLOCK = re.compile(r"^```(console|csv|toml|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = {"csv": "house-dosing.csv", "toml": "house-dosing.toml", "json": "patient.json"}
_HEX = re.compile(r"\b[0-9a-f]{8,64}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_the_page_is_what_the_commands_print(starter_cache: Path, tmp_path: Path) -> None:
    written = FILE.read_text(encoding="utf-8")
    assert masked(session(written, tmp_path)) == masked(written)


def test_masks_tell_one_digest_from_another() -> None:
    assert masked("1a2b3c4d 5e6f7a8b 1a2b3c4d5e6f") == masked("9a2b3c4d 8e6f7a8b 9a2b3c4d9999")
    assert masked("1a2b3c4d 1a2b3c4d") != masked("1a2b3c4d 5e6f7a8b")


def session(page: str, folder: Path) -> str:
    """The page with its files written, its commands run in ``folder`` and their outputs in place of what it has."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        build(Path("releases")).close()
        ids: dict[str, str] = {}

        def block(match: re.Match[str]) -> str:
            kind, text = match.groups()
            if kind != "console":
                Path(_NAMED[kind]).write_text(text, encoding="utf-8")
                return match[0]
            return f"```console\n{''.join(run(text, ids))}```"

        return _BLOCK.sub(block, page)
    finally:
        os.chdir(before)


def run(console: str, ids: dict[str, str]) -> Iterator[str]:
    """Each command of a block with its output; ``ids`` maps digests of the page to those of this run."""
    parts = re.split(r"^\$ (.+)\n", console, flags=re.MULTILINE)[1:]
    for typed, had in zip(parts[::2], parts[1::2], strict=True):
        command = " ".join(ids.get(word, word) for word in typed.split(" "))
        words = shlex.split(command)
        at = words.index("|") if "|" in words else len(words)
        if words[0] == "clew":
            text = printed(words[1:at])
        else:
            assert words[0] == "sed"
            text = subprocess.run(words[:at], check=True, capture_output=True, text=True).stdout
        if at < len(words):
            assert words[at + 1] == "grep"
            text = subprocess.run(words[at + 1 :], input=text, capture_output=True, text=True, check=False).stdout
        ids |= dict(zip(_HEX.findall(had), _HEX.findall(text), strict=False))
        yield f"$ {command}\n{text}"


def printed(arguments: list[str]) -> str:
    """What a terminal shows of a command, both streams as they come."""
    screen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(screen), redirect_stderr(screen):
        main.run(arguments)
    screen.flush()
    raw = screen.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode()


def masked(page: str) -> str:
    """The page with each digest by its number, a short one being the beginning of a long one."""
    found: dict[str, int] = {}
    text = _HEX.sub(lambda m: f"<digest {found.setdefault(m[0][:8], len(found))}>", page)
    return _TIME.sub("<time>", text)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLEW_CACHE", str(Path(folder) / "cache"))
        FILE.write_text(session(FILE.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")
    sys.exit(0)
