"""What can be made again is kept where the user says, and one process at a time makes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graph import cache


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLEW_CACHE", str(tmp_path / "mine"))
    assert cache.folder("embedded") == tmp_path / "mine" / "embedded"
    monkeypatch.delenv("CLEW_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.folder("embedded") == tmp_path / "xdg" / "clew" / "embedded"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache.folder("embedded") == tmp_path / "home" / ".cache" / "clew" / "embedded"


def test_where_nothing_can_be_written_a_temporary_folder_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CLEW_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert cache.folder("embedded").parent.parent == tmp_path


def test_a_second_process_waits_for_the_first(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from graph import cache\n"
        "with cache.locked(Path(sys.argv[1])): print('in')"
    )
    with cache.locked(tmp_path):
        second = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            second.communicate(timeout=1)
    assert second.communicate(timeout=60)[0] == "in\n"
