"""The release and the questions that every benchmark uses."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

import msgspec

from benchmarks.figures import SHARED
from graph.patient import Profile
from graph.release import Release
from ingest import patients
from ingest.build import build

SOURCES: list[tuple[str, Path | None]] = [
    ("civic", SHARED / "oncology/civic"),
    ("moalmanac", SHARED / "oncology/moalmanac-db"),
    ("oncotree", SHARED / "oncology/oncotree/oncotree_2025_10_03.json"),
    ("oncotree", SHARED / "ontologies/oncotree_2025_10_03.tsv"),
    ("do", SHARED / "ontologies/DO_cancer_slim.obo.gz"),
    ("do", SHARED / "ontologies/do_terms.tsv"),
    ("liftover", SHARED / "formats/liftover"),
]


@cache
def folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="clew-bench-")


@cache
def home() -> Path:
    """A home with one release of all sources."""
    place = Path(folder().name) / "home"
    build(place, SOURCES)
    return place


@cache
def release() -> Release:
    from graph.release import open_release

    return open_release(home())


@cache
def cases() -> tuple[Profile, ...]:
    """The twenty real tumour cases."""
    lines = (SHARED.parent / "cases" / "oncology.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(patients.decode(msgspec.json.encode({"id": c["id"], **c["profile"]})) for c in map(json.loads, lines))


@cache
def tumours() -> tuple[Profile, ...]:
    """The two real tumours, as VCF on GRCh38 without annotation."""
    place = SHARED / "oncology" / "pcgr_examples"
    named = (("T001-BRCA", "Breast Carcinoma"), ("T001-COAD", "Colon Adenocarcinoma"))
    return tuple(patients.read([place / f"{n}.grch38.vcf.gz"], disease=d)[0] for n, d in named)
