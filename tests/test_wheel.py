"""What is in the built wheel: every module and every data file of the packages, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("graph", "ontologies", "rules", "ingest", "embeddings", "api", "clew")
DATA = {
    "graph/schema.toml",
    "graph/guard.toml",
    "graph/queries/serve.sql",
    "graph/queries/statements.cypher",
    "graph/queries/guideline_rows.cypher",
    "ontologies/tables/drugs.csv",
    "ontologies/tables/approved_mappings.csv",
    "rules/tables/labels.csv",
    "rules/tables/vetoes.csv",
    "rules/tables/entailments.csv",
    "ingest/starter/NOTICE",
    "ingest/starter/civic.jsonl.gz",
    "ingest/starter/demo/colon.grch38.vcf.gz",
}


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_every_file_of_the_packages_is_in_the_wheel(names: set[str]) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PACKAGES],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    here = {name for name in tracked if (ROOT / name).exists()}
    assert names == here
    assert names >= DATA


def test_the_wheel_stays_small(names: set[str]) -> None:
    assert sum((ROOT / name).stat().st_size for name in names) < 6 * 2**20
