"""Lookups give what the graph says, fast, and refuse what it does not hold."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from graph import release
from graph.errors import ReleaseError
from graph.paths import criterion_genes, drug_node, marker_node, therapy_node
from graph.serve import Serve
from graph.stores.local import LocalStore
from graph.stores.protocol import Store
from tests import tiny


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> release.Release:
    return release.write(tmp_path_factory.mktemp("home"), tiny.content(), tiny.SOURCES)


@pytest.fixture
def serve(opened: release.Release) -> Serve:
    return Serve(opened.file("serve.sqlite"))


def test_statements_come_back_whole_and_in_the_order_asked(serve: Serve) -> None:
    ids = [s.id for s in reversed(tiny.STATEMENTS)]
    assert serve.statements(ids) == tuple(reversed(tiny.STATEMENTS))
    assert serve.statements(ids[:1])[0] is serve.statements(ids[:1])[0]
    assert serve.rows(r.id for r in tiny.ROWS) == tiny.ROWS


def test_an_id_that_the_release_lacks_is_an_error(serve: Serve) -> None:
    with pytest.raises(ReleaseError, match="no statement first:9"):
        serve.statements(["first:1", "first:9"])
    with pytest.raises(ReleaseError, match="no guideline row"):
        serve.rows(["guideline:none:1"])


def test_genes_markers_and_diseases_bring_statements_into_question(serve: Serve) -> None:
    assert serve.statement_ids(["NCBIGene:673"]) == {"first:1", "first:3"}
    assert serve.statement_ids(["NCBIGene:238"]) == serve.statement_ids(["HGNC.SYMBOL:EML4"]) == {"second:1"}
    assert serve.statement_ids([marker_node("PD-L1").id]) == {"second:1", "second:2"}
    assert serve.statement_ids(["DOID:9256"]) == {"first:2"}, "its only condition is an absence"
    assert serve.statement_ids(["DOID:1909"]) == frozenset(), "its statements need a finding"
    assert serve.statement_ids([]) == serve.statement_ids(["NCBIGene:0"]) == frozenset()


def test_the_facts_that_rows_and_statements_ask_for_are_known_by_name(serve: Serve) -> None:
    asked = {c.fact for claim in (*tiny.STATEMENTS, *tiny.ROWS) for c in claim.settings if c.fact.startswith("facts.")}
    assert asked
    assert serve.facts() == {fact.removeprefix("facts.") for fact in asked}


def test_drugs_and_therapies_lead_to_the_rows_that_limit_them(serve: Serve) -> None:
    assert serve.row_ids([drug_node("Vemurafenib").id]) == {"guideline:vetoes:1"}
    limits = {r.id for r in tiny.LIMITS}
    kidney = "guideline:dosing:kidney"
    assert serve.row_ids(drug_node(name).id for name in ("Dabrafenib", "Trametinib")) == {*limits, kidney}
    assert serve.row_ids([therapy_node(("Dabrafenib", "Trametinib")).id]) == {*limits, kidney}
    assert serve.row_ids([drug_node("Aspirin").id]) == frozenset()


def test_dosing_and_points_by_a_gene_come_for_the_gene_and_not_for_the_drug(serve: Serve) -> None:
    assert serve.row_ids([drug_node("Fluorouracil").id]) == serve.row_ids([drug_node("Crizotinib").id]) == frozenset()
    assert serve.row_ids(["HGNC.SYMBOL:DPYD"]) == {"guideline:dosing:poor", "guideline:germline:poor"}
    assert serve.row_ids(["NCBIGene:3845"]) == {
        *("guideline:points:older", "guideline:points:zero", "guideline:points:unsourced"),
        "guideline:points:zero-lorlatinib",
    }, "a limit by a change of the tumour comes for its drug"
    assert serve.row_ids([drug_node("Capecitabine").id]) == {"guideline:germline:poor", "guideline:germline:other"}


def test_points_bring_the_row_of_their_guideline_that_they_start_from(serve: Serve) -> None:
    points = {"guideline:points:alk", "guideline:points:zero"}
    assert serve.row_ids(["NCBIGene:238"]) == serve.row_ids(["NCBIGene:673"]) == points
    assert serve.row_ids([drug_node("Alectinib").id]) == {"guideline:others:pd-l1", "guideline:others:zero-alectinib"}


def test_the_local_store_answers_the_three_questions(opened: release.Release) -> None:
    store: Store = LocalStore(opened)
    assert store.release() == opened.digest
    assert store.statements(["NCBIGene:673", "DOID:9256"]) == {"first:1", "first:2", "first:3"}
    therapy = therapy_node(("Trametinib", "Dabrafenib")).id
    kidney = "guideline:dosing:kidney"
    assert store.guideline_rows([therapy]) == {*(r.id for r in tiny.LIMITS), kidney}
    assert store.guideline_rows([therapy], ["HGNC.SYMBOL:DPYD"]) == {
        *(r.id for r in tiny.LIMITS), kidney, "guideline:dosing:poor", "guideline:germline:poor"
    }  # fmt: skip
    store.close()


def test_genes_go_by_symbol_or_synonym_in_any_case(serve: Serve) -> None:
    assert serve.gene_id("BRAF") == serve.gene_id("braf") == serve.gene_id("B-raf") == "NCBIGene:673"
    assert serve.gene_symbol("b-raf") == "BRAF"
    assert serve.gene_id("TP53") is None
    assert serve.genes["KRAS"] == "NCBIGene:3845" and "TP53" not in serve.genes
    assert set(serve.genes) == {"BRAF", "KRAS", "ALK", "EML4", "DPYD"}


def test_a_disease_has_its_ancestors_and_compartments(serve: Serve) -> None:
    melanoma, cancer, colorectal = (serve.disease(d) for d in ("DOID:1909", "DOID:162", "DOID:9256"))
    assert melanoma and cancer and colorectal
    assert melanoma.ancestors == {"DOID:1909": False, "DOID:162": False}
    assert melanoma.compartment == "solid" and cancer.compartment is None
    assert cancer.compartments == {"solid"}, "a broad disease is what its kinds are"
    assert colorectal.ancestors == {"DOID:9256": False, "DOID:162": True}
    assert serve.disease("DOID:0") is None


def test_a_code_wins_over_a_synonym(serve: Serve) -> None:
    assert serve.disease_ids("melanoma") == ("DOID:1909",)
    assert serve.disease_ids("mel") == ("DOID:9256",)
    assert serve.disease_ids("unheard of") == ()
    assert "melanoma" in serve.disease_names()


def test_alleles_of_both_builds_lead_to_their_variant(serve: Serve) -> None:
    found = [serve.alleles(a) for a in tiny.V600E.alleles]
    assert found[0] == found[1]
    assert (found[0][0].gene, found[0][0].protein) == ("BRAF", "p.V600E")
    node = serve.node(found[0][0].variant)
    assert node and (node.label, node.name) == ("Variant", "BRAF p.V600E")
    assert serve.node("clew.variant:none") is None
    assert serve.alleles("GRCh37:7:140453136:A:C") == ()


def test_classes_are_found_by_gene(serve: Serve) -> None:
    assert serve.variant_classes("BRAF") == tiny.CLASSES[:1]
    assert serve.variant_classes("KRAS") == tiny.CLASSES[1:]
    assert serve.variant_classes("TP53") == ()


def test_tests_of_a_disease_are_those_of_its_positive_statements(serve: Serve) -> None:
    tests = serve.disease_tests(["DOID:1909", "DOID:9256", "DOID:162"])
    assert [(t.statement, t.facts) for t in tests] == [
        ("first:1", ("BRAF",)), ("first:2", ("KRAS",)), ("second:2", ("PD-L1",))
    ]  # fmt: skip


def test_a_file_that_is_no_release_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="cannot be opened"):
        Serve(tmp_path / "missing.sqlite")
    (tmp_path / "text.sqlite").write_text("not a database, only some text that is long enough to be read" * 10)
    with pytest.raises(ReleaseError, match="cannot be opened"):
        Serve(tmp_path / "text.sqlite")


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE statement",
        "DROP TABLE ruled",
        "DROP TABLE edition",
        "ALTER TABLE allele RENAME COLUMN variants TO changes",
    ],
)
def test_a_release_of_another_version_is_to_be_built_again(
    opened: release.Release, tmp_path: Path, change: str
) -> None:
    older = Path(shutil.copyfile(opened.file("serve.sqlite"), tmp_path / "older.sqlite"))
    with closing(sqlite3.connect(older)) as db:
        db.execute(change)
        db.commit()
    with pytest.raises(ReleaseError, match=rf"another version of Clew \({change.split()[2]}\): build it again"):
        Serve(older)


def test_a_path_with_odd_characters_opens(opened: release.Release, tmp_path: Path) -> None:
    odd = tmp_path / "a b?c#d%25"
    odd.mkdir()
    (odd / "serve.sqlite").write_bytes(opened.file("serve.sqlite").read_bytes())
    assert Serve(odd / "serve.sqlite").gene_id("BRAF") == "NCBIGene:673"


def test_warm_lookups_take_microseconds(serve: Serve) -> None:
    def question() -> None:
        serve.statement_ids(["NCBIGene:673", "DOID:9256", "DOID:162"])
        serve.statements(["first:1", "first:2"])
        serve.gene_id("BRAF")
        serve.disease("DOID:1909")

    question()
    best = min(_timed(question) for _ in range(50))
    assert best < 200e-6, f"{best * 1e6:.0f} microseconds"


def _timed(question: object) -> float:
    start = time.perf_counter()
    question()
    return time.perf_counter() - start


def test_a_fusion_hangs_on_the_kinase_and_on_stated_partners() -> None:
    assert criterion_genes(tiny.ALK) == ("ALK", "EML4")
