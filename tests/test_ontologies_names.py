"""Names, synonyms, codes and CURIEs: what is understood, what is ambiguous, what is suggested."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Node
from ingest.sources import do, oncotree
from ontologies.names import Listed, Names, fold
from ontologies.union import Union, unite


def listed(*nodes: Node) -> Names:
    union = unite(nodes, [])
    return Names(Listed(union.nodes, union.names))


def disease(id: str, name: str, **properties: object) -> Node:
    return Node(id=id, label="Disease", name=name, properties=properties)


@pytest.fixture(scope="module")
def published(shared: Path) -> Union:
    harvests = [
        oncotree.read(shared / "oncology/oncotree/oncotree_2025_10_03.json"),
        oncotree.read(shared / "ontologies/oncotree_2025_10_03.tsv"),
        do.read(shared / "ontologies/DO_cancer_slim.obo.gz"),
        do.read(shared / "ontologies/do_terms.tsv"),
    ]
    return unite([n for h in harvests for n in h.nodes], [e for h in harvests for e in h.edges])


@pytest.fixture(scope="module")
def names(published: Union) -> Names:
    return Names(Listed(published.nodes, published.names))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lung Non-small Cell Carcinoma", "non-small cell lung carcinomas"),
        ("Non small", "NON-SMALL"),
        ("Hodgkin's lymphoma", "Hodgkin lymphomas"),
        ("Tumours of the Thymus", "thymus tumor"),
        ("Leukaemia", "leukemia"),
        ("Sézary syndrome", "Sezary Syndrome"),
        ("HER2+ breast cancer", "HER2 positive breast cancer"),
    ],
)
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("small cell lung cancer", "non-small cell lung cancer"),
        ("lung cancer", "lung carcinoma"),
        ("HER2+ breast cancer", "HER2- breast cancer"),
        ("hormone receptor-positive/HER2-negative", "hormone receptor-negative/HER2-positive"),
        ("B-cell lymphoma", "T-cell lymphoma"),
    ],
)
def test_names_of_two_diseases_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(max_size=60))
def test_folding_never_fails_and_does_not_fold_further(text: str) -> None:
    assert isinstance(fold(text), str)
    assert fold(text.upper().lower()) == fold(text.upper().lower().strip())


def test_a_label_beats_a_synonym_of_another_disease() -> None:
    found = listed(disease("DOID:1", "wart"), disease("DOID:2", "knot", synonyms=("wart",))).resolve("Warts")
    assert found is not None and found.ids == ("DOID:1",)


def test_a_name_of_several_diseases_is_reported_not_guessed() -> None:
    found = listed(disease("DOID:1", "knot"), disease("DOID:2", "knot")).resolve("knot")
    assert found is not None and found.ids == ()
    assert found.candidates == (("DOID:1", "knot"), ("DOID:2", "knot"))
    assert found.note == "'knot' may mean several diseases"


def test_a_code_that_is_a_synonym_of_another_disease_is_ambiguous() -> None:
    found = listed(disease("ONCOTREE:KNOT", "hard knot"), disease("DOID:2", "loop", synonyms=("KNOT",))).resolve("knot")
    assert found is not None and found.ids == () and len(found.candidates) == 2


def test_a_related_synonym_names_nothing() -> None:
    assert listed(disease("DOID:1", "knot", related=("swelling",))).resolve("swelling") is None


def test_a_slip_of_the_pen_gets_suggestions() -> None:
    names = listed(disease("DOID:1", "garden carcinoma"), disease("DOID:2", "hedge tumor"))
    assert names.resolve("gardn carcinoma") is None
    assert names.suggest("gardn carcinoma") == ["garden carcinoma"]
    assert names.suggest("zzz") == []


@pytest.mark.parametrize(
    ("text", "doid"),
    [
        ("Non-Small Cell Lung Cancer", "DOID:3908"),
        ("Lung Non-small Cell Carcinoma", "DOID:3908"),
        ("NSCLC", "DOID:3908"),
        ("melanoma", "DOID:1909"),
        ("LUAD", "DOID:3910"),
        ("oncotree:luad", "DOID:3910"),
        ("doid:1909", "DOID:1909"),
        ("ncit:C3224", "DOID:1909"),
        ("Colorectal Adenocarcinoma", "DOID:0050861"),
        ("AML", "DOID:9119"),
        ("Multiple Myeloma", "DOID:9538"),
        ("Melanoma (MEL)", "DOID:1909"),
        ("metastatic melanoma", "DOID:1909"),
        ("Stage IV non-small cell lung cancer", "DOID:3908"),
        ("Triple-negative breast cancer", "DOID:0060081"),
        ("Glioblastoma multiforme", "DOID:3068"),
    ],
)
def test_people_find_the_disease_that_they_mean(text: str, doid: str, published: Union) -> None:
    found = Names(Listed(published.nodes, published.names)).resolve(text)
    assert found is not None and found.ids
    assert all(published.hierarchy.same(id, doid) for id in found.ids)


def test_what_was_set_aside_is_said(names: Names) -> None:
    found = names.resolve("unresectable or metastatic melanoma")
    assert found is not None and found.note == "'unresectable or metastatic' is not part of the disease's name"


def test_a_former_code_says_so(names: Names) -> None:
    found = names.resolve("ONCOTREE:ALL")
    assert found is not None and found.note == "ONCOTREE:ALL is a former code or identifier"


def test_unknown_names_come_back_with_the_nearest(names: Names) -> None:
    assert names.resolve("Lung adenocarcnoma") is None
    assert names.suggest("Lung adenocarcnoma")[0].casefold() == "lung adenocarcinoma"
