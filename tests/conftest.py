"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graph.release import Release

if TYPE_CHECKING:
    from rules.lint import World

pytest_plugins = ["neo4j_server"]

ROOT = Path(__file__).resolve().parent.parent


MISSING = "the published files are not beside the checkout"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real published data beside the checkout (``CLEW_SHARED`` names another place)."""
    named = os.environ.get("CLEW_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        if named:
            pytest.fail(f"CLEW_SHARED names {folder}, which is no folder")
        pytest.skip(f"{MISSING}: {folder}")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    without = [report for report in skipped if MISSING in str(report.longrepr)]
    if without:
        terminalreporter.section("NOT TESTED ON REAL DATA", red=True, bold=True)
        terminalreporter.write_line(f"{len(without)} tests were skipped: {MISSING} (set CLEW_SHARED)", red=True)
    other = len(skipped) - len(without)
    if other and os.environ.get("CI"):
        terminalreporter.write_line(f"{other} tests were skipped for another reason", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In continuous integration only missing published files may skip a test."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") and any(MISSING not in str(report.longrepr) for report in skipped):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def data() -> Path:
    """The small fixtures written for the project."""
    return ROOT / "tests" / "data"


@pytest.fixture(scope="session")
def full_release(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release built from the published files: what the acceptance of the tumour cases is measured on."""
    from ingest.build import build

    published: list[tuple[str, Path | None]] = [
        ("civic", shared / "oncology/civic"),
        ("moalmanac", shared / "oncology/moalmanac-db"),
        ("oncotree", shared / "oncology/oncotree/oncotree_2025_10_03.json"),
        ("oncotree", shared / "ontologies/oncotree_2025_10_03.tsv"),
        ("do", shared / "ontologies/DO_cancer_slim.obo.gz"),
        ("do", shared / "ontologies/do_terms.tsv"),
        ("liftover", shared / "formats/liftover"),
    ]
    return build(tmp_path_factory.mktemp("full"), published)


@pytest.fixture(scope="session")
def starter_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of the tests' own, in which the starter pack is built once."""
    with pytest.MonkeyPatch.context() as patch:
        cache = tmp_path_factory.mktemp("cache")
        patch.setenv("CLEW_CACHE", str(cache))
        yield cache


@pytest.fixture(scope="module")
def starter_release(starter_cache: Path) -> Iterator[Release]:
    """The starter pack as a release."""
    from graph.progress import silent
    from ingest import starter

    with starter.release(silent) as release:
        yield release


@pytest.fixture(scope="module")
def lint_world(starter_release: Release) -> World:
    """Where lint looks things up: the starter pack, on a day."""
    from lint_plants import TODAY

    from api.diagnosis import ReleaseTaxonomy
    from ingest.patients.findings import read
    from rules.lint import World

    serve = starter_release.serve()
    return World(serve, ReleaseTaxonomy(serve), read, TODAY)
