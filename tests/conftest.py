"""Fixtures that every test may use."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.release import Release

pytest_plugins = ["neo4j_server"]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real published data beside the checkout (``CLEW_SHARED`` names another place)."""
    folder = Path(os.environ.get("CLEW_SHARED", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        warnings.warn(f"real data is not at {folder}: tests on published files are skipped", stacklevel=2)
        pytest.skip(f"REAL DATA MISSING: {folder}")
    return folder


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
