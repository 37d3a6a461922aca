"""Tables come into use through a proposal, a second person and a journal, and a home is whole wherever it stops."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api import curate, curators, proposals, reference
from api.cli import main
from api.curate import Approved, Proposed, approve, history, load, rollback
from api.recommend import Engine
from graph import release as releases
from graph.errors import DataError, ReleaseError, UsageError
from graph.home import locked
from graph.journal import END, FILE, Journal
from graph.manifest import checksum
from graph.release import open_release
from ingest import starter
from ingest.build import build

ROOT = Path(__file__).resolve().parent.parent
HEAD = "id,kind,biomarker,drugs,disease,disease_ids,if_unknown,strength,sources,confirmed_by,reason\n"
ALONE = (
    "alone,exclude,BRAF V600E,Trametinib,Melanoma,DOID:1909,caution,guideline,board:1,minutes,Not without dabrafenib.\n"
)
DOUBT = "doubt,exclude,BRAF V600E,Vemurafenib,Melanoma,DOID:1909,caution,D,board:2,minutes,Some cells lived on.\n"
ALK = "alk,caution,ALK fusion,Crizotinib,lung non-small cell carcinoma,DOID:3908,caution,,board:3,minutes,Mind him.\n"
PATIENT = ["recommend", "--text", "BRAF V600E; metastatic", "--disease", "Melanoma", "--format", "json", "--release"]


DISEASES = """id\tlabel\tparents
DOID:162\tcancer\t
DOID:1909\tmelanoma\tDOID:162
DOID:3908\tlung non-small cell carcinoma\tDOID:162
"""


LABELS = """id,drugs,biomarker,disease,disease_ids,agency,state,confirmed_by
label:base.1,Trametinib,BRAF V600E,Melanoma,DOID:1909,fda,metastatic,an invented row
label:base.2,Vemurafenib,BRAF V600E,Melanoma,DOID:1909,fda,metastatic,an invented row
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three diseases and two labels."""
    folder = tmp_path_factory.mktemp("pack")
    built(folder)
    return folder / "built"


@pytest.fixture
def home(pack: Path, tmp_path: Path) -> Path:
    """A home of one's own with that release in use."""
    return Path(shutil.copytree(pack, tmp_path / "home"))


def built(tmp_path: Path, *tables: str) -> str:
    """What a build from all sources gives, by its digest."""
    return rebuilt(tmp_path / "built", tmp_path, *tables)


def rebuilt(home: Path, folder: Path, *tables: str) -> str:
    (folder / "do.tsv").write_text(DISEASES)
    (folder / "base.csv").write_text(LABELS)
    given = [folder / "base.csv", *map(Path, tables)]
    with build(home, [("do", folder / "do.tsv")], guidelines=given, own_tables=False) as release:
        return release.digest


def write(folder: Path, *rows: str, name: str = "house.csv") -> str:
    table = folder / name
    table.write_text(HEAD + "".join(rows), encoding="utf-8")
    return str(table)


def digest(home: Path) -> str:
    with open_release(home) as release:
        return release.digest


def proposed(
    home: Path, *tables: str, by: str = "Ana Ruiz", why: str = "board of 3 March", remove: tuple[str, ...] = ()
) -> Proposed:
    return load(home, tables, by=by, why=why, remove=remove)


# -- the same as built -----------------------------------------------------------------------------------------------


def test_an_amended_release_is_the_one_that_a_build_with_the_table_gives(home: Path, tmp_path: Path) -> None:
    base = digest(home)
    first = write(tmp_path, ALONE, DOUBT)
    second = write(tmp_path, ALK, name="lung.csv")
    added = proposed(home, first, second).proposal
    assert added.release == built(tmp_path, first, second)
    approve(home, added.id, by="Jon Berg")
    replaced = proposed(home, write(tmp_path, ALONE.replace("Trametinib", "Cobimetinib"))).proposal
    assert replaced.release == built(tmp_path, first, second)
    approve(home, replaced.id, by="Jon Berg")
    assert proposed(home, remove=("house.csv", "table-lung")).proposal.release == base


def test_so_is_the_starter_pack_s(starter_cache: Path, tmp_path: Path) -> None:
    with starter.release() as release:
        home = Path(shutil.copytree(release.path.parent, tmp_path / "home"))
    table = write(tmp_path, ALONE, DOUBT, ALK)
    assert proposed(home, table).proposal.release == build(tmp_path / "built", guidelines=[Path(table)]).digest


def test_what_only_a_replaced_table_brought_is_gone(home: Path, tmp_path: Path) -> None:
    odd = ALONE.replace("BRAF V600E", "BRAF V600R").replace("Trametinib", "Inventinib")
    approve(home, proposed(home, write(tmp_path, odd)).proposal.id, by="Jon Berg")
    with open_release(home) as release:
        assert "clew.drug:inventinib" in {n.id for n in release.nodes()}
    approve(home, proposed(home, write(tmp_path, ALONE)).proposal.id, by="Jon Berg")
    with open_release(home) as release:
        assert "clew.drug:inventinib" not in {n.id for n in release.nodes()}


def test_a_release_that_keeps_no_sources_is_not_amended(home: Path, tmp_path: Path) -> None:
    with open_release(home) as release:
        files = {k: v for k, v in release.manifest.files.items() if k != "tables/sources.parquet"}
        manifest = msgspec.structs.replace(release.manifest, files=files)
        (release.path / "tables/sources.parquet").unlink()
        (release.path / "manifest.json").write_bytes(msgspec.json.encode(manifest))
        other = tmp_path / "other"
        other.mkdir()
        changed = checksum(release.path / "manifest.json")
        release.path.rename(other / changed[:12])
    (other / "CURRENT").write_text(changed[:12])
    with pytest.raises(ReleaseError, match="does not keep its sources: build it again"):
        proposed(other, write(tmp_path, ALONE))


# -- two persons -----------------------------------------------------------------------------------------------------


def test_a_table_comes_into_use_by_a_second_person_and_goes_by_one_command(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digest(home)
    assert status(home, capsys) == "recommended"
    found = proposed(home, write(tmp_path, ALONE))
    assert digest(home) == before
    assert status(home, capsys) == "recommended"
    done = approve(home, found.proposal.id, by="Jon Berg")
    assert isinstance(done, Approved)
    assert digest(home) == found.proposal.release == done.release.digest
    assert status(home, capsys) == "excluded"
    rollback(home, by="Jon Berg", why="the board changed its mind")
    assert digest(home) == before
    assert status(home, capsys) == "recommended"
    told = [(e.did, e.by, e.before, e.after) for e in history(home).entries]
    after = found.proposal.release
    assert told == [
        ("proposed", "Ana Ruiz", before, after), ("approved", "Jon Berg", before, after),
        ("rolled back", "Jon Berg", after, before),
    ]  # fmt: skip
    assert history(home).states == {found.proposal.id: "rolled back"}


def status(home: Path, capsys: pytest.CaptureFixture[str]) -> str:
    main.run([*PATIENT, str(home)])
    (answer,) = [json.loads(capsys.readouterr().out)]
    (found,) = [o["status"] for o in answer["options"]
                if o["therapy"] == ["Trametinib"] and o["direction"] == "sensitive"]  # fmt: skip
    return str(found)


@pytest.mark.parametrize("name", ["Ana Ruiz", " ana  RUIZ ", "ANA\tRUIZ", "Ａna Ruiz"])
def test_the_same_person_under_another_spelling_does_not_approve(home: Path, tmp_path: Path, name: str) -> None:
    before = digest(home)
    found = proposed(home, write(tmp_path, ALONE))
    with pytest.raises(UsageError, match="somebody else has to approve it"):
        approve(home, found.proposal.id, by=name)
    assert digest(home) == before
    assert history(home).states == {found.proposal.id: "open"}


def test_a_home_may_say_that_one_person_is_enough_and_the_history_says_it_too(home: Path, tmp_path: Path) -> None:
    (home / curators.SETTINGS).write_text("second_person = false\n")
    found = proposed(home, write(tmp_path, ALONE))
    done = approve(home, found.proposal.id, by="Ana Ruiz")
    assert isinstance(done, Approved)
    assert done.alone
    assert history(home).entries[-1].alone


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("second_persn = false", "did you mean second_person"),
        ("second_person = 'no'", "true or false is expected"),
        ("second_person =", "cannot be read"),
    ],
)
def test_settings_that_are_not_understood_let_nobody_approve(home: Path, tmp_path: Path, text: str, said: str) -> None:
    found = proposed(home, write(tmp_path, ALONE))
    (home / curators.SETTINGS).write_text(text)
    with pytest.raises(DataError, match=said):
        approve(home, found.proposal.id, by="Jon Berg")


@pytest.mark.parametrize(
    ("by", "why"), [("", "x"), ("  ", "x"), ("Ana", " \n"), ("A\u202ena", "x"), ("Ana", "x" * 2001)]
)
def test_nobody_changes_tables_without_a_name_and_a_reason(home: Path, tmp_path: Path, by: str, why: str) -> None:
    with pytest.raises(UsageError, match=r"--(by|why)"):
        load(home, [write(tmp_path, ALONE)], by=by, why=why)
    assert not (home / FILE).exists()


def test_an_approval_counts_for_what_was_looked_at(home: Path, tmp_path: Path) -> None:
    one = proposed(home, write(tmp_path, ALONE)).proposal
    other = proposed(home, write(tmp_path, ALK, name="lung.csv"), by="Jon Berg").proposal
    approve(home, one.id, by="Jon Berg")
    in_use = digest(home)
    again = approve(home, other.id, by="Ana Ruiz")
    assert isinstance(again, Proposed)
    assert digest(home) == in_use
    assert (again.proposal.by, again.proposal.base, again.proposal.rebased_from) == ("Jon Berg", in_use, other.id)
    with pytest.raises(UsageError, match="was rebased"):
        approve(home, other.id, by="Ana Ruiz")
    with pytest.raises(UsageError, match="somebody else"):
        approve(home, again.proposal.id, by="jon berg")
    approve(home, again.proposal.id, by="Ana Ruiz")
    assert digest(home) == built(tmp_path, write(tmp_path, ALONE), write(tmp_path, ALK, name="lung.csv"))


def test_what_is_no_open_proposal_is_not_approved(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none is open"):
        approve(home, "0badc0de", by="Jon Berg")
    found = proposed(home, write(tmp_path, ALONE)).proposal
    with pytest.raises(UsageError, match=f"open are {found.id}"):
        approve(home, "../../etc", by="Jon Berg")
    approve(home, found.id, by="Jon Berg")
    with pytest.raises(UsageError, match="was approved already"):
        approve(home, found.id, by="Jon Berg")
    with pytest.raises(UsageError, match="nothing would change"):
        proposed(home, write(tmp_path, ALONE))
    rollback(home, by="Jon Berg", why="test")
    with pytest.raises(UsageError, match="rolled back: load the table again"):
        approve(home, found.id, by="Jon Berg")


def test_a_table_that_cannot_be_read_leaves_no_proposal(home: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ne of exclude, require, caution is expected"):
        proposed(home, write(tmp_path, ALONE.replace("exclude", "exclud")))
    with pytest.raises(UsageError, match="did you mean table-house"):
        approve(home, proposed(home, write(tmp_path, ALONE)).proposal.id, by="Jon Berg")
        proposed(home, remove=("hose.csv",))
    assert len(proposals_of(home)) == 1


def proposals_of(home: Path) -> list[str]:
    folder = home / proposals.FOLDER
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


# -- what was changed is noticed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tables/table-house/house.csv", "sources.parquet", "proposal.json"])
def test_a_proposal_that_was_changed_is_not_approved(home: Path, tmp_path: Path, name: str) -> None:
    before = digest(home)
    found = proposed(home, write(tmp_path, ALONE)).proposal
    file = home / proposals.FOLDER / found.id / name
    file.write_bytes(file.read_bytes().replace(b"Ana", b"Eva") + b" ")
    with pytest.raises(ReleaseError, match="was changed"):
        approve(home, found.id, by="Jon Berg")
    with pytest.raises(ReleaseError, match="was changed"):
        curate.check(home)
    assert digest(home) == before


def test_a_proposed_release_that_is_damaged_is_not_approved(home: Path, tmp_path: Path) -> None:
    before = digest(home)
    found = proposed(home, write(tmp_path, ALONE)).proposal
    (home / found.release[:12] / "serve.sqlite").write_bytes(b"x")
    with pytest.raises(ReleaseError, match="is damaged"):
        approve(home, found.id, by="Jon Berg")
    assert digest(home) == before
    assert history(home).states == {found.id: "open"}


def _changed(lines: list[bytes]) -> list[bytes]:
    return [lines[0].replace(b"3 March", b"4 March"), *lines[1:]]


def _last_changed(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-1], lines[-1].replace(b"Jon Berg", b"Eva Berg")]


TAMPERING: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a changed line": _changed,
    "the last line changed": _last_changed,
    "the first line gone": lambda lines: lines[1:],
    "a line gone": lambda lines: [lines[0], *lines[2:]],
    "the last line cut off": lambda lines: lines[:-1],
    "two lines swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "a line twice": lambda lines: [*lines, lines[-1]],
    "everything gone": lambda lines: [],
}


@pytest.mark.parametrize("how", TAMPERING)
def test_a_history_that_was_changed_is_noticed(
    home: Path, tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = written(home)
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    assert main.run(["doctor", "--release", str(home)]) in (0, 4)
    assert "ok       history                3 lines" in capsys.readouterr().out
    journal.write_bytes(b"".join(TAMPERING[how](lines)))
    with pytest.raises(ReleaseError, match="not as it was written"):
        history(home)
    with pytest.raises(ReleaseError, match="not as it was written"):
        rollback(home, by="Jon Berg", why="test")
    with pytest.raises(ReleaseError, match="not as it was written"):
        rebuilt(home, tmp_path)
    assert main.run(["doctor", "--release", str(home)]) == 3
    assert "not as it was written" in capsys.readouterr().out


def written(home: Path) -> Path:
    """A journal of three lines."""
    journal = Journal(home)
    for did, by in (("proposed", "Ana Ruiz"), ("approved", "Jon Berg"), ("rolled back", "Jon Berg")):
        entry = {"did": did, "by": by, "why": "board of 3 March", "before": digest(home), "after": digest(home)}
        journal.add(msgspec.convert(entry, curate.Entry))
    return home / FILE


def test_half_a_line_and_an_end_that_lags_behind_are_no_damage(home: Path) -> None:
    journal = written(home)
    first_end = (home / END).read_text()
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"number":4,"at":"2026')
    assert len(history(home).entries) == 3
    written(home)
    assert len(history(home).entries) == 6
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:4]))
    (home / END).write_text(first_end)
    assert len(history(home).entries) == 4


# -- stopped and at once ---------------------------------------------------------------------------------------------

KILLED = """
import importlib, os, pathlib, signal, sys
import graph.home, graph.release, graph.journal, api.proposals, api.curate
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
def killed(place, name, call, before):
    known, calls = getattr(place, name), []
    def changed(*given, **named):
        calls.append(1)
        if before and len(calls) == call: die()
        found = known(*given, **named)
        if len(calls) == call: die()
        return found
    setattr(place, name, changed)
home, table, id = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
place, name, call, before, does = sys.argv[4].split(",")
killed(importlib.import_module(place), name, int(call), before == "before")
if does == "load": api.curate.load(home, [table], by="Ana Ruiz", why="killed")
elif does == "approve": api.curate.approve(home, id, by="Jon Berg")
else: api.curate.rollback(home, by="Jon Berg", why="killed")
"""
STOPS = [
    "graph.release,fill,1,before,load",
    "graph.release,fill,1,after,load",
    "api.proposals,_copy,1,after,load",
    "api.proposals,put,1,after,load",
    "graph.journal,write_whole,1,before,load",
    "graph.journal,write_whole,1,after,load",
    "graph.journal,write_whole,1,before,approve",
    "graph.journal,write_whole,2,before,approve",
    "graph.home,write_whole,1,before,approve",
    "graph.home,write_whole,1,after,approve",
    "graph.home,write_whole,2,after,approve",
    "graph.journal,write_whole,2,before,rollback",
    "graph.home,write_whole,1,before,rollback",
    "graph.home,write_whole,1,after,rollback",
    "graph.home,write_whole,2,after,rollback",
]


@pytest.mark.parametrize("stop", STOPS)
def test_a_home_is_whole_wherever_the_machine_stops(home: Path, tmp_path: Path, stop: str) -> None:
    does = stop.rpartition(",")[2]
    base = digest(home)
    table = write(tmp_path, ALONE)
    id, after = "none", ""
    if does != "load":
        found = proposed(home, table).proposal
        id, after = found.id, found.release
    if does == "rollback":
        approve(home, id, by="Jon Berg")
    done = subprocess.run([sys.executable, "-c", KILLED, str(home), table, id, stop], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    with open_release(home) as release:
        release.verify_all()
        assert release.digest in (base, after)
    history(home)
    curate.check(home)
    # The same again, or what is left to do, ends as if nothing had happened.
    if does == "load":
        id = next((i for i, s in history(home).states.items() if s == "open"), "") or proposed(home, table).proposal.id
        approve(home, id, by="Jon Berg")
    elif does == "approve" and digest(home) == base:
        approve(home, id, by="Jon Berg")
    elif does == "rollback" and digest(home) == after:
        rollback(home, by="Jon Berg", why="again")
    assert digest(home) == (base if does == "rollback" else built(tmp_path, table))
    found_states = history(home)
    assert found_states.pending is None
    assert set(found_states.states.values()) <= {"in use", "rolled back"}
    curate.check(home)


def full(*_: object, **__: object) -> None:
    raise OSError("the disk is full")


def test_an_approval_that_did_not_come_about_is_said_and_given_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = proposed(home, write(tmp_path, ALONE)).proposal

    with monkeypatch.context() as patch:
        patch.setattr(releases, "flip", full)
        with pytest.raises(OSError, match="full"):
            approve(home, found.id, by="Jon Berg")
    assert main.run(["guideline", "history", "--release", str(home)]) == 4
    assert "line 2 did not come about" in capsys.readouterr().err
    approve(home, found.id, by="Jon Berg")
    assert [e.did for e in history(home).entries] == ["proposed", "approved", "interrupted", "approved"]
    assert digest(home) == found.release


def test_a_rollback_that_did_not_come_about_leaves_the_table_in_use(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = proposed(home, write(tmp_path, ALONE)).proposal
    approve(home, found.id, by="Jon Berg")

    with monkeypatch.context() as patch:
        patch.setattr(releases, "flip", full)
        with pytest.raises(OSError, match="full"):
            rollback(home, by="Jon Berg", why="test")
    assert history(home).states == {found.id: "in use"}
    other = proposed(home, write(tmp_path, ALK, name="lung.csv")).proposal
    assert history(home).states == {found.id: "in use", other.id: "open"}
    rollback(home, by="Jon Berg", why="again")
    assert history(home).states == {found.id: "rolled back", other.id: "open"}


def test_a_state_that_a_later_interruption_does_not_concern_stays(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = proposed(home, write(tmp_path, ALONE)).proposal
    approve(home, found.id, by="Jon Berg")
    rebuilt(home, tmp_path, write(tmp_path, ALONE), write(tmp_path, ALK, name="lung.csv"))
    with monkeypatch.context() as patch:
        patch.setattr(releases, "flip", full)
        with pytest.raises(OSError, match="full"):
            rollback(home, by="Jon Berg", why="test")
    other = proposed(home, write(tmp_path, DOUBT, name="more.csv")).proposal
    assert history(home).entries[-2].did == "interrupted"
    assert history(home).states == {found.id: "in use", other.id: "open"}


def test_a_build_that_brings_a_release_back_does_not_make_the_rollback_undone(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = write(tmp_path, ALONE)
    found = proposed(home, table).proposal
    approve(home, found.id, by="Jon Berg")
    rollback(home, by="Jon Berg", why="test")
    assert rebuilt(home, tmp_path, table) == found.release
    code, out, err = run(capsys, "history", "--release", str(home))
    assert (code, err) == (0, "")
    assert [line.split()[1] for line in out.splitlines() if line[:2] == "20"] == [
        "proposed", "approved", "rolled", "built"
    ]  # fmt: skip
    proposed(home, write(tmp_path, ALK, name="lung.csv"))
    assert [e.did for e in history(home).entries][3:] == ["built", "proposed"]
    assert history(home).states[found.id] == "rolled back"


def test_an_approval_that_did_not_come_about_is_known_for_one_where_the_two_releases_followed_before(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, table = digest(home), write(tmp_path, ALONE)
    release = rebuilt(home, tmp_path, table)
    assert rebuilt(home, tmp_path) == base
    found = proposed(home, table).proposal
    assert found.release == release
    with monkeypatch.context() as patch:
        patch.setattr(releases, "flip", full)
        with pytest.raises(OSError, match="full"):
            approve(home, found.id, by="Jon Berg")
    assert history(home).states == {found.id: "open"}


def test_a_build_that_did_not_come_into_use_is_said(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = proposed(home, write(tmp_path, ALONE)).proposal
    with monkeypatch.context() as patch:
        patch.setattr(releases, "flip", full)
        with pytest.raises(OSError, match="full"):
            rebuilt(home, tmp_path, write(tmp_path, ALK, name="lung.csv"))
    lost = history(home).pending
    assert lost is not None
    assert lost.did == "built"
    approve(home, found.id, by="Jon Berg")
    assert [e.did for e in history(home).entries] == ["proposed", "built", "interrupted", "approved"]


def test_a_build_mends_a_home_whose_release_is_damaged(home: Path, tmp_path: Path) -> None:
    table = write(tmp_path, ALONE)
    approve(home, proposed(home, table).proposal.id, by="Jon Berg")
    (home / digest(home)[:12] / "manifest.json").write_text("{")
    (home / "CURRENT").write_text("nothing")
    now = rebuilt(home, tmp_path, table)
    last = history(home).entries[-1]
    assert (last.did, last.before, last.after) == ("built", "", now)


def test_what_lint_looked_at_is_what_is_proposed_whoever_writes_meanwhile(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = write(tmp_path, ALONE)
    known, looked = curate.check_given, []

    def changed(*given: Any) -> Any:
        found = known(*given)
        looked.append(found)
        write(tmp_path, ALONE, DOUBT.replace("Melanoma,DOID:1909", "Melanomia,"))
        return found

    monkeypatch.setattr(curate, "check_given", changed)
    found = proposed(home, table).proposal
    assert [outcome.rows for outcome in looked] == [1]
    assert (found.added, found.changed, found.removed) == (1, 0, 0)
    kept = home / proposals.FOLDER / found.id / proposals.TABLES / "table-house" / "house.csv"
    assert kept.read_text(encoding="utf-8") == HEAD + ALONE
    assert found.release == built(tmp_path, write(tmp_path, ALONE))


def test_a_published_guideline_is_read_once_for_lint_and_for_the_release(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(shutil.copyfile(ROOT / "tests/data/hivdb/invented_1.xml", tmp_path / "algorithm.xml"))
    known = curate.check_given

    def changed(*given: Any) -> Any:
        found = known(*given)
        file.write_text("no algorithm")
        return found

    monkeypatch.setattr(curate, "check_given", changed)
    assert proposed(home, f"hivdb={file}").proposal.put == ("hivdb",)


def test_a_folder_of_tables_is_loaded_as_it_is_built(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "board"
    folder.mkdir()
    for name, row in (("one", ALONE), ("two", ALK)):
        write(folder, row, name=f"{name}.csv")
        (folder / f"{name}.toml").write_text('[table]\ntitle = "Board"\n')
    (folder / "minutes.txt").write_text("no table")
    found = proposed(home, str(folder)).proposal
    assert found.release == built(tmp_path, str(folder))
    kept = home / proposals.FOLDER / found.id / proposals.TABLES / "table-board"
    assert sorted(p.name for p in kept.iterdir()) == ["one.csv", "one.toml", "two.csv", "two.toml"]


def test_two_tables_of_one_name_are_told_by_where_they_are(home: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, two = write(tmp_path, ALONE), write(tmp_path / "other", ALK)
    with pytest.raises(DataError, match=f"{one} has this name too") as told:
        proposed(home, one, two)
    assert told.value.file == two
    assert not (home / FILE).exists()


def test_faults_are_told_at_the_files_that_were_given(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "board"
    folder.mkdir()
    bad = write(folder, ALONE.replace("exclude", "exclud"), name="one.csv")
    (folder / "one.toml").write_text('[table]\ntitle = "Board"\n')
    for given in (str(folder), bad):
        with pytest.raises(curate.FaultyTableError) as told:
            proposed(home, given)
        assert {fault.file for fault in told.value.outcome.faults} == {bad}
    (folder / "one.toml").write_text("[table")
    with pytest.raises(curate.FaultyTableError) as told:
        proposed(home, bad)
    assert told.value.file == str(folder / "one.toml")
    with pytest.raises(curate.FaultyTableError) as told:
        proposed(home, str(tmp_path / "nowhere.csv"))
    assert told.value.file == str(tmp_path / "nowhere.csv")


def test_a_proposal_that_the_history_does_not_know_so_is_not_approved(home: Path, tmp_path: Path) -> None:
    found = proposed(home, write(tmp_path, ALONE)).proposal
    place = home / proposals.FOLDER / found.id
    forged = msgspec.structs.replace(found, by="Somebody", release=found.base)
    (place / "proposal.json").write_bytes(msgspec.json.format(msgspec.json.encode(forged), indent=1) + b"\n")
    with pytest.raises(ReleaseError, match="was changed"):
        approve(home, found.id, by="Ana Ruiz")
    place.rename(place.with_name(forged.id))
    with pytest.raises(UsageError, match="no proposal"):
        approve(home, forged.id, by="Ana Ruiz")


def test_only_one_is_at_work_in_a_home(home: Path, tmp_path: Path) -> None:
    found = proposed(home, write(tmp_path, ALONE)).proposal
    with locked(home):
        for work in (
            lambda: proposed(home, write(tmp_path, ALK)),
            lambda: approve(home, found.id, by="Jon Berg"),
            lambda: rollback(home, by="Jon Berg", why="test"),
        ):
            with pytest.raises(ReleaseError, match="at work"):
                work()
    assert isinstance(approve(home, found.id, by="Jon Berg"), Approved)


def test_a_build_after_a_load_is_a_release_like_any_other(home: Path, tmp_path: Path) -> None:
    found = proposed(home, write(tmp_path, ALONE)).proposal
    now = rebuilt(home, tmp_path, write(tmp_path, ALK, name="lung.csv"))
    again = approve(home, found.id, by="Jon Berg")
    assert isinstance(again, Proposed)
    assert again.proposal.base == now
    approve(home, again.proposal.id, by="Jon Berg")
    rollback(home, by="Ana Ruiz", why="test")
    assert digest(home) == now


def test_a_build_without_a_table_that_was_loaded_says_so(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    approve(home, proposed(home, write(tmp_path, ALONE)).proposal.id, by="Jon Berg")
    rebuilt(tmp_path / "elsewhere", tmp_path)
    again = ["build", str(home), "--source", f"do={tmp_path / 'do.tsv'}", "--guidelines", str(tmp_path / "base.csv")]
    main.run([*again, "--guidelines", str(tmp_path / "house.csv")])
    assert "and this one does not" not in capsys.readouterr().err
    assert main.run(again) == 4
    assert "holds table-house, and this one does not" in capsys.readouterr().err


# -- the command line ------------------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main.run(["guideline", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_session(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = write(tmp_path, ALONE, DOUBT)
    code, out, _ = run(capsys, "diff", table, "--release", str(home))
    assert code == 0
    assert "2 rules added" in out
    assert "Trametinib: recommended (label) -> excluded (label)" in out
    code, out, err = run(capsys, "load", table, "--release", str(home), "--by", "Ana", "--why", "board")
    assert code == 4
    assert "no other source names this gene" in err
    id = out.split()[1].rstrip(":")
    assert f"clew guideline approve {id} --release {home} --by NAME" in err
    assert run(capsys, "approve", id, "--release", str(home), "--by", "ana")[0] == 2
    assert run(capsys, "approve", id, "--release", str(home), "--by", "Jon")[0] == 0
    code, _, err = run(capsys, "rollback", str(home))
    assert code == 2
    assert "say who goes back and why" in err
    assert run(capsys, "rollback", "--release", str(home), "--by", "Jon", "--why", "no")[0] == 0
    code, out, _ = run(capsys, "history", "--release", str(home))
    assert code == 0
    assert [line.split()[1] for line in out.splitlines() if line[:2] == "20"] == ["proposed", "approved", "rolled"]
    code, out, _ = run(capsys, "history", "--release", str(home), "--format", "json")
    assert [e["did"] for e in json.loads(out)["entries"]] == ["proposed", "approved", "rolled back"]


def test_a_slip_in_a_table_is_a_warning_with_its_place(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = write(tmp_path, ALONE.replace("Trametinib", "Trametinb"))
    code, _, err = run(capsys, "load", table, "--release", str(home), "--by", "Ana", "--why", "board")
    assert code == 4
    assert "house.csv, row 2, column drugs" in err
    assert "did you mean Trametinib?" in err


def test_a_diff_tells_fields_old_beside_new_and_patients_of_ones_own(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = write(tmp_path, ALONE, DOUBT, name="house-2024.csv")
    new = write(tmp_path, ALONE.replace("guideline", "D"), ALK, name="house-2025.csv")
    cases = tmp_path / "cases"
    cases.mkdir()
    for id, gene in (("ours-1", "BRAF"), ("ours-2", "KRAS")):
        change = {"type": "snv", "gene": gene, "hgvs_p": "p.V600E" if gene == "BRAF" else "p.G12C"}
        profile = {"id": id, "disease": {"name": "Melanoma", "state": "metastatic"}, "biomarkers": [change]}
        (cases / f"{id}.json").write_text(json.dumps(profile))
    asked = ("diff", old, new, "--release", str(home), "--cases", str(cases))
    code, out, _ = run(capsys, *asked, "--format", "json")
    found = json.loads(out)
    assert code == 0
    told = [(r["id"], r["change"], r["was"]) for r in found["rules"]["rules"]]
    assert told == [
        ("guideline:house-2025:alk", "added", None),
        ("guideline:house-2025:alone", "changed", "guideline:house-2024:alone"),
        ("guideline:house-2024:doubt", "removed", None),
    ]
    strength = {"field": "strength", "old": "guideline", "new": "D"}
    assert strength in found["rules"]["rules"][1]["fields"]
    assert found["asked"] == 2
    assert [e["patient"] for e in found["effects"]] == ["ours-1"]
    _, out, _ = run(capsys, *asked)
    assert "    strength: guideline -> D\n" in out
    assert "Trametinib: excluded (label) -> " in out


def test_the_same_table_has_no_differences(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = write(tmp_path, ALONE, DOUBT)
    code, out, _ = run(capsys, "diff", table, table, "--release", str(home))
    assert code == 0
    assert "2 rules as before" in out
    assert "0 answers change" in out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("civic=x", None, "no guideline that stands by itself"),
        ("hivbd=x", None, "did you mean hivdb"),
        ("hivdb=nowhere", None, "no such file"),
        ("nowhere.csv", None, "nowhere.csv"),
    ],
)
def test_what_is_no_guideline_is_not_compared(
    home: Path, capsys: pytest.CaptureFixture[str], old: str, new: str | None, said: str
) -> None:
    code, _, err = run(capsys, "diff", old, *([new] if new else []), "--release", str(home))
    assert code in (2, 3)
    assert said in err


def test_since_tells_which_rules_changed_for_the_patient(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digest(home)
    approve(home, proposed(home, write(tmp_path, ALONE, ALK)).proposal.id, by="Jon Berg")
    main.run([*PATIENT, str(home), "--since", before])
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert [(r["id"], r["change"], r["after"]) for r in changes["rules"]] == [
        ("guideline:house:alone", "added", "fired")
    ]
    assert all(o["because_before"] for o in changes["options"])


# -- the patients that come with Clew --------------------------------------------------------------------------------


def test_every_reference_patient_is_understood(starter_cache: Path) -> None:
    profiles = reference.read()
    assert len({p.id for p in profiles}) == len(profiles) >= 15
    with starter.release() as release:
        engine = Engine(release)
        for profile in profiles:
            answer = engine.recommend(profile)
            # The starter pack speaks of tumours only.
            known = answer.diagnosis.ids or profile.disease.doid == "DOID:526"
            assert known, profile.id
            assert all(f.read_as for f in answer.findings), profile.id
            assert answer.options or profile.disease.doid == "DOID:526", profile.id


def test_two_patients_of_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text('{"id": "P1", "disease": {"name": "Melanoma"}, "biomarkers": []}')
    with pytest.raises(DataError, match="two reference patients have this id"):
        reference.read(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no profile"):
        reference.read(tmp_path / "empty")
