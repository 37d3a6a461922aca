"""The starter pack carries facts only, small, from sources that allow it, and becomes a release without a download."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

import pytest

from graph.claims import criteria
from graph.errors import DataError
from graph.model import Node
from graph.progress import Progress
from graph.release import Release, write
from ingest import lift, packed, starter
from ingest.harvest import Harvest
from ingest.starter.__main__ import LICENCES, facts, main, notice
from tests import tiny
from tests.test_build import harvest


@pytest.fixture(scope="module")
def pack() -> list[Harvest]:
    return starter.harvests()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Release:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLEW_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(starter, "_key", lambda: "key")
        return starter.release()


@pytest.fixture
def cached(built: Release, monkeypatch: pytest.MonkeyPatch) -> Release:
    """The built release, where the next call will look for it."""
    monkeypatch.setenv("CLEW_CACHE", str(built.path.parents[2]))
    monkeypatch.setattr(starter, "_key", lambda: "key")
    return built


def test_the_pack_is_small_and_names_its_sources(pack: list[Harvest]) -> None:
    files = [f for f in resources.files("ingest.starter").iterdir() if f.name.endswith(starter.SUFFIX)]
    assert 0 < sum(len(f.read_bytes()) for f in files) < 6_000_000
    assert {h.source.name for h in pack} == {"civic", "do", "oncotree"}
    told = resources.files("ingest.starter").joinpath("NOTICE").read_text(encoding="utf-8")
    assert told == notice(pack)
    assert all(h.source.licence in LICENCES and h.source.attribution in told for h in pack)


def test_the_pack_holds_no_sentence(pack: list[Harvest]) -> None:
    for statement in (s for h in pack for s in h.statements):
        assert statement.text is None
        assert len(statement.citation or "") < 100 and len(statement.disease.name) < 100, statement.id
    for node in (n for h in pack for n in h.nodes):
        assert "description" not in node.properties and len(node.name) < 200, node.id


def test_the_pack_s_alleles_are_on_both_builds(pack: list[Harvest]) -> None:
    known = [c.alleles for h in pack for s in h.statements for c, _ in criteria(s.profile) if c.alleles]
    both = [a for a in known if {x.split(":")[0] for x in a} == {"GRCh37", "GRCh38"}]
    assert len(known) > 500 and len(both) > 0.99 * len(known)


def test_it_becomes_a_release_once(cached: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    cached.verify_all()
    assert cached.manifest.counts["statements"]["civic"] > 2000
    monkeypatch.setattr("ingest.build.build", None)
    assert starter.release().digest == cached.digest


def test_a_damaged_cache_is_built_again(cached: Release) -> None:
    (cached.path / "manifest.json").write_text("{}")
    assert starter.release().digest == cached.digest


def test_of_two_first_runs_one_builds_and_the_other_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLEW_CACHE", str(tmp_path))
    monkeypatch.setattr(starter, "_key", lambda: "key")
    made: list[Path] = []

    def slow(home: Path, progress: Progress) -> Release:
        made.append(home)
        time.sleep(0.3)
        return write(home, tiny.content(), tiny.SOURCES)

    monkeypatch.setattr("ingest.build.build", slow)
    with ThreadPoolExecutor(2) as both:
        found = [both.submit(starter.release) for _ in range(2)]
    assert len({f.result().digest for f in found}) == 1
    assert made == [tmp_path / "starter" / "key"]


def test_only_releases_that_nobody_opens_are_forgotten(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLEW_CACHE", str(tmp_path))
    monkeypatch.setattr("ingest.build.build", lambda home, progress: write(home, tiny.content(), tiny.SOURCES))
    for key in ("old", "other", "mine"):
        monkeypatch.setattr(starter, "_key", lambda key=key: key)
        starter.release()
        if key == "old":
            os.utime(tmp_path / "starter" / "old", (0, 0))
    assert {p.name for p in (tmp_path / "starter").iterdir() if p.is_dir()} == {"other", "mine"}


def test_changed_code_or_tables_ask_for_another_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "table.csv").write_text("a")
    monkeypatch.setattr(starter, "_PACKAGES", ("x",))
    monkeypatch.setattr("ingest.starter.resources.files", lambda package: tmp_path)
    before = starter._key()
    (tmp_path / "table.csv").write_text("ab")
    assert starter._key() != before


def test_a_source_that_may_not_be_carried_stays_out() -> None:
    other = harvest("closed")
    closed = Harvest(other.source.__class__(**{**vars(other.source), "licence": "GPL-2.0"}), other.report)
    with pytest.raises(DataError, match=r"cannot be in the starter pack: 'GPL-2\.0'"):
        facts(closed, set(), lift.Lifter(None))


def test_only_diseases_that_are_kept_go_in() -> None:
    nodes = [Node(id=f"DOID:{i}", label="Disease", name=f"d{i}") for i in (1, 2)]
    assert facts(harvest("do", nodes=nodes), {"DOID:2"}, lift.Lifter(None)).nodes == nodes[1:]


def test_making_it_from_a_missing_file_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["do=missing.obo"]) == 3
    assert "no such file or folder" in capsys.readouterr().err


def test_the_pack_is_what_its_generator_makes_of_the_published_files(
    shared: Path, pack: list[Harvest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.starter.__main__._FOLDER", tmp_path)
    given = {
        "civic": ["oncology/civic"], "liftover": ["formats/liftover"],
        "do": ["ontologies/DO_cancer_slim.obo.gz", "ontologies/do_terms.tsv"],
        "oncotree": ["oncology/oncotree/oncotree_2025_10_03.json", "ontologies/oncotree_2025_10_03.tsv"],
    }  # fmt: skip
    assert main([f"{name}={shared / path}" for name, paths in given.items() for path in paths]) == 0
    for old in pack:
        new = packed.unpack((tmp_path / f"{old.source.name}{starter.SUFFIX}").read_bytes(), old.source.name)
        assert (new.source, new.nodes, new.edges) == (old.source, old.nodes, old.edges)
        assert (new.statements, new.rows, new.classes) == (old.statements, old.rows, old.classes)
