"""Which rows of real guidelines come into question, and what they say, is the same from every store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from neo4j_server import clear

from api.recommend import Engine
from api.render.json import line
from graph.patient import Biomarker, Context, Disease, Profile
from graph.release import Release
from graph.stores import open_store
from graph.stores.local import LocalStore
from graph.stores.neo4j import Neo4jStore
from graph.stores.protocol import Store
from graph.stores.push import push
from ingest import build

PROFILES = (
    Profile(
        id="pharmacogenes",
        disease=Disease(name="Colorectal adenocarcinoma"),
        biomarkers=(Biomarker(type="snv", gene="BRAF", hgvs_p="p.V600E"),),
        context=Context(germline_pgx={"DPYD": "*1/*2A", "CYP2D6": "Poor Metabolizer", "TPMT": "Normal Metabolizer"}),
    ),
    Profile(
        id="virus",
        disease=Disease(name="HIV infection"),
        biomarkers=tuple(
            Biomarker(type="snv", gene=gene, hgvs_p=change)
            for gene, change in (("RT", "p.K65R"), ("RT", "p.M184V"), ("PR", "p.I84V"))
        ),
    ),
)


@pytest.fixture(scope="module")
def release(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The guidelines of CPIC and DPWG, and two versions of HIVDB."""
    sources: list[tuple[str, Path | None]] = [
        ("cpic", shared / "pgx" / "cpic_dpwg_guidelines_2024-05-29.json.gz"), ("hivdb", shared / "amr" / "hiv")
    ]  # fmt: skip
    return build.build(tmp_path_factory.mktemp("rules"), sources)


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def store(request: pytest.FixtureRequest, release: Release) -> Iterator[Store]:
    uri = "embedded:"
    if request.param == "neo4j":
        uri = request.getfixturevalue("neo4j_uri")
        push(uri, release)
    opened = open_store(uri, release)
    yield opened
    if isinstance(opened, Neo4jStore):
        clear(opened)
    opened.close()


def test_every_gene_and_every_therapy_bring_the_same_rows(store: Store, release: Release) -> None:
    local = LocalStore(release)
    ids: dict[str, list[str]] = {"Gene": [], "Therapy": [], "Drug": []}
    for node in release.nodes():
        if node.label in ids:
            ids[node.label].append(node.id)
    by_gene, by_therapy = local.guideline_rows([], ids["Gene"]), local.guideline_rows([*ids["Therapy"], *ids["Drug"]])
    assert len(by_gene) > 5000 and len(by_therapy) > 400
    assert store.guideline_rows([], ids["Gene"]) == by_gene
    assert store.guideline_rows([*ids["Therapy"], *ids["Drug"]]) == by_therapy
    for symbol in ("DPYD", "CYP2D6", "HIV-1 RT"):
        gene = release.serve().genes[symbol]
        some = local.guideline_rows([], [gene])
        assert some and store.guideline_rows([], [gene]) == some


def test_the_answers_are_the_same_bytes(store: Store, release: Release) -> None:
    here, there = Engine(release), Engine(release, store)
    for profile in PROFILES:
        answer = here.recommend(profile)
        assert answer.guidance
        assert line(there.recommend(profile)) == line(answer)


def test_no_row_is_lost_on_the_way_to_the_graph(release: Release) -> None:
    """Each row has its guideline, at least one drug or therapy, and its profile."""
    said: dict[str, set[str]] = {}
    for edge in release.edges():
        said.setdefault(edge.source, set()).add(edge.type)
        said.setdefault(edge.target, set()).add(edge.type)
    for row in release.rows():
        verb = {"dose": "DOSES", "score": "SCORES", "recommend": "RECOMMENDS"}.get(row.kind, f"{row.kind.upper()}S")
        asked = {"SUBJECT_OF"} if row.profile is not None else set()
        assert {verb, "PART_OF_GUIDELINE", *asked} <= said[row.id], row.id
