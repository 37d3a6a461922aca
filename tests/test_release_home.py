"""A home always has one whole release in use: through interrupted, failed and simultaneous builds, and back again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graph import derive_serve, release
from graph.errors import ReleaseError
from graph.home import history
from graph.release import open_release
from tests import tiny

ROOT = Path(__file__).resolve().parent.parent


def build(home: Path, date: str) -> str:
    """A release that differs by one date."""
    content = tiny.content()
    first = tiny.statement("first:1", therapy=("Dabrafenib", "Trametinib"), date=date)
    changed = type(content)(content.nodes, content.edges, (first, *content.statements[1:]), content.rows)
    return release.write(home, changed, tiny.SOURCES).digest


def left_over(home: Path) -> list[str]:
    return [p.name for p in home.iterdir() if p.name.startswith((".building-", ".damaged-"))]


def test_a_build_flips_current_and_rollback_flips_it_back(tmp_path: Path) -> None:
    one, two = build(tmp_path, "2014-01-01"), build(tmp_path, "2015-01-01")
    assert open_release(tmp_path).digest == two
    assert release.rollback(tmp_path).digest == one
    assert open_release(tmp_path).digest == one
    with pytest.raises(ReleaseError, match="no earlier release"):
        release.rollback(tmp_path)
    three = build(tmp_path, "2016-01-01")
    assert [name == d[:12] for name, d in zip(history(tmp_path), (one, three), strict=True)] == [True, True]


def test_the_same_build_again_changes_nothing(tmp_path: Path) -> None:
    build(tmp_path, "2014-01-01")
    before = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*"))
    build(tmp_path, "2014-01-01")
    assert sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*")) == before
    assert len(history(tmp_path)) == 1


def test_a_damaged_release_is_replaced_by_the_next_build_of_it(tmp_path: Path) -> None:
    digest = build(tmp_path, "2014-01-01")
    (tmp_path / digest[:12] / "serve.sqlite").write_bytes(b"x")
    assert build(tmp_path, "2014-01-01") == digest
    open_release(tmp_path).verify_all()
    assert left_over(tmp_path) == []


def test_rollback_to_a_damaged_release_is_refused(tmp_path: Path) -> None:
    one, two = build(tmp_path, "2014-01-01"), build(tmp_path, "2015-01-01")
    (tmp_path / one[:12] / "serve.sqlite").write_bytes(b"x")
    with pytest.raises(ReleaseError, match="is damaged"):
        release.rollback(tmp_path)
    assert open_release(tmp_path).digest == two


def test_a_build_that_fails_leaves_the_home_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = build(tmp_path, "2014-01-01")

    def fail(folder: Path, file: Path) -> None:
        file.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(derive_serve, "derive", fail)
    with pytest.raises(OSError, match="disk full"):
        build(tmp_path, "2015-01-01")
    assert open_release(tmp_path).digest == one
    assert left_over(tmp_path) == []


def test_a_killed_build_leaves_the_old_release_and_is_cleaned_up_by_the_next(tmp_path: Path) -> None:
    one = build(tmp_path, "2014-01-01")
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from graph import matrices; from tests import test_release_home\n"
        "matrices.derive = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "test_release_home.build(Path(sys.argv[1]), '2015-01-01')"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    (partial,) = left_over(tmp_path)
    assert open_release(tmp_path).digest == one
    with pytest.raises(ReleaseError, match="interrupted build"):
        open_release(tmp_path / partial)
    two = build(tmp_path, "2015-01-01")
    assert open_release(tmp_path).digest == two
    assert left_over(tmp_path) == []


def test_a_stop_between_history_and_current_does_no_harm(tmp_path: Path) -> None:
    one, two = build(tmp_path, "2014-01-01"), build(tmp_path, "2015-01-01")
    (tmp_path / "CURRENT").write_text(f"{one[:12]}\n")
    assert history(tmp_path) == (one[:12],)
    build(tmp_path, "2016-01-01")
    assert release.rollback(tmp_path).digest == one != two


def test_two_builds_at_once_are_refused(tmp_path: Path) -> None:
    with release.draft(tmp_path), pytest.raises(ReleaseError, match="another build is at work"):
        build(tmp_path, "2014-01-01")
    build(tmp_path, "2014-01-01")


@pytest.mark.skipif(os.name != "posix", reason="file locks of POSIX")
def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from graph import release\n"
        "with release.draft(Path(sys.argv[1])): os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, check=False)
    build(tmp_path, "2014-01-01")
    assert left_over(tmp_path) == []


def test_a_folder_of_other_things_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(ReleaseError, match=r"it holds thesis\.tex"):
        build(tmp_path, "2014-01-01")
    with pytest.raises(ReleaseError, match="is a file"):
        build(tmp_path / "thesis.tex", "2014-01-01")


def test_a_release_is_no_home_for_another(tmp_path: Path) -> None:
    digest = build(tmp_path, "2014-01-01")
    with pytest.raises(ReleaseError, match="not a folder for releases"):
        build(tmp_path / digest[:12], "2015-01-01")
