"""Chromosome arms and bands: how a loss is written, which rows it meets, and the two labels that rest on one."""

from __future__ import annotations

from typing import Any

import pytest
from world import ask, says

from api.recommend import Engine
from graph.answer import Recommendation
from graph.claims import Criterion, Is, Not
from graph.paths import criterion_marker
from graph.patient import Biomarker, Finding, Unread
from graph.release import Release
from ingest.patients import read
from ingest.patients.findings import read as finding
from rules.bands import Band, band

LOSS_5Q = Criterion(type="cna", name="5q deletion", region="5q", directions=("loss", "deep_deletion"))


def found(**fields: Any) -> Finding:
    result = finding(Biomarker(type="cna", **fields))
    assert isinstance(result, Finding), result
    return result


@pytest.mark.parametrize(
    ("text", "region", "direction"),
    [
        ("del(5q)", "5q", "loss"),
        ("DEL5Q", "5q", "loss"),
        ("5q-", "5q", "loss"),
        ("deletion 5q", "5q", "loss"),
        ("del(5)(q13q33)", "5q13-q33", "loss"),
        ("del(17)(p13)", "17p13", "loss"),
        ("17p deletion", "17p", "loss"),
        ("deletion of chromosome arm 17p", "17p", "loss"),
        ("chr17p loss", "17p", "loss"),
        ("gain of 1q21.3", "1q21.3", "gain"),
        ("dup(1)(q21q32)", "1q21-q32", "gain"),
        ("Xq", "Xq", None),
    ],
)
def test_one_region_has_many_spellings(text: str, region: str, direction: Any) -> None:
    assert band(text) == Band(region, direction)


@pytest.mark.parametrize("text", ["del(5)", "del(5)(p15q33)", "EGFR deletion", "p53 loss", "17", "5q and 7q", "q5-"])
def test_other_texts_name_no_region(text: str) -> None:
    assert band(text) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"marker": "5q", "direction": "loss"},
        {"name": "5q", "direction": "loss"},
        {"name": "del(5q)"},
        {"marker": "5q deletion"},
        {"gene": "5q", "direction": "loss"},
    ],
)
def test_a_profile_states_a_region_by_marker_or_name(fields: dict[str, Any]) -> None:
    result = found(**fields)
    assert (result.kind, result.gene, result.marker, result.direction) == ("cna", None, "5q", "loss")
    assert result.marker == criterion_marker(LOSS_5Q)


def test_a_gene_is_a_gene_whatever_region_stands_beside_it() -> None:
    result = found(gene="TP53", marker="17p", direction="loss")
    assert (result.gene, result.marker, result.read_as) == ("TP53", None, "TP53 loss")


def test_neither_gene_nor_region_is_not_understood() -> None:
    nothing = finding(Biomarker(type="cna", name="something", direction="loss"))
    assert isinstance(nothing, Unread) and nothing.reason == "neither a gene nor a chromosome arm is named"
    undirected = finding(Biomarker(type="cna", marker="5q"))
    assert isinstance(undirected, Unread) and "neither a direction nor a copy number" in undirected.reason


@pytest.mark.parametrize("text", ["del(5q)", "5q deletion", "5q-", "loss of 5q"])
def test_a_line_of_text_states_a_region(text: str) -> None:
    [patient] = read([], text=[f"{text}, myelodysplastic syndrome"])
    [biomarker] = patient.biomarkers
    result = finding(biomarker)
    assert isinstance(result, Finding)
    assert (result.read_as, result.marker, biomarker.text) == ("5q loss", "5q", text)
    assert patient.disease.name == "myelodysplastic syndrome" and patient.unread == ()


@pytest.mark.parametrize(
    ("fields", "present", "absent"),
    [
        ({"name": "del(5q)"}, "recommended", "excluded"),
        ({"name": "del(5)(q31)"}, "recommended", "excluded"),  # a band of the arm
        ({"marker": "5q", "copy_number": 0}, "recommended", "excluded"),
        ({"marker": "5q", "direction": "gain"}, "excluded", "recommended"),
        ({"marker": "5q31", "direction": "gain"}, None, None),  # the rest of the arm may be lost
        ({"marker": "5p", "direction": "loss"}, None, None),
        ({"gene": "APC", "direction": "loss"}, None, None),
    ],
)
def test_a_loss_meets_the_rows_about_its_arm(fields: dict[str, Any], present: str | None, absent: str | None) -> None:
    rows = [says("A", LOSS_5Q), says("B", Not(Is(LOSS_5Q)))]
    verdicts = ask(rows, [found(**fields)])
    assert (verdicts["A"].status if "A" in verdicts else None) == present
    assert verdicts["B"].status == (absent or "needs_check")


@pytest.fixture(scope="module")
def engine(full_release: Release) -> Engine:
    return Engine(full_release)


def answered(engine: Engine, text: str) -> Recommendation:
    [patient] = read([], text=[text])
    return engine.recommend(patient)


@pytest.mark.parametrize("words", ["del(5q)", "5q deletion", "del(5)(q13q33)"])
def test_lenalidomide_for_myelodysplastic_syndrome_with_a_lost_5q(engine: Engine, words: str) -> None:
    answer = answered(engine, f"myelodysplastic syndrome, {words}")
    first = answer.options[0]
    assert (first.therapy, first.status, first.tier) == (
        ("Lenalidomide",),
        "option",
        "label",
    )  # its text asks for more than is known
    assert [node.label for node in first.paths[0].nodes] == [
        "Finding", "Category", "MolecularProfile", "Statement", "GuidelineRow", "Therapy",
    ]  # fmt: skip
    assert answer.unmatched == ()
    untested = answered(engine, "myelodysplastic syndrome, TP53 R175H")
    assert ("Lenalidomide",) not in {o.therapy for o in untested.options if o.status in ("recommended", "option")}


def test_a_lost_17p_in_chronic_lymphocytic_leukaemia(engine: Engine) -> None:
    answer = answered(engine, "chronic lymphocytic leukemia, 17p deletion, age 70")
    by_therapy = {o.therapy: o for o in answer.options}
    assert (by_therapy[("Ibrutinib",)].status, by_therapy[("Ibrutinib",)].tier) == ("recommended", "label")
    assert [f.read_as for f in answer.findings] == ["17p loss"]
    assert all(f.matched for f in answer.findings)
