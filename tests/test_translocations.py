"""Fusions in karyotype notation: how they are read, and what they mean for a patient."""

from __future__ import annotations

from typing import Any

import pytest

from api.recommend import Engine
from graph.patient import Biomarker, Finding, Unread
from graph.release import Release
from ingest.patients import read
from ingest.patients.findings import read as finding
from rules.biomarkers import criterion

NOTATIONS = [
    ("t(15;17)", "PML::RARA fusion"),
    ("t(15;17)(q24.1;q21.2)", "PML::RARA fusion"),
    ("T(17;15)", "PML::RARA fusion"),
    ("t(9;22)", "BCR::ABL1 fusion"),
    ("inv(16)(p13.1q22)", "CBFB::MYH11 fusion"),
    ("t(9;11) translocation", "KMT2A::MLLT3 fusion"),
    ("t(KMT2A;v)", "KMT2A rearrangement"),
    ("t(v;RARA)", "RARA rearrangement"),
]


@pytest.mark.parametrize(("text", "read_as"), NOTATIONS)
def test_a_line_of_text_states_a_translocation(text: str, read_as: str) -> None:
    [patient] = read([], text=[f"acute myeloid leukemia; {text}"])
    [result] = [finding(b) for b in patient.biomarkers]
    assert isinstance(result, Finding)
    assert (result.read_as, result.input) == (read_as, text)
    assert patient.unread == () and patient.disease.name == "acute myeloid leukemia"


@pytest.mark.parametrize(("text", "read_as"), NOTATIONS)
def test_a_profile_states_a_translocation_by_name(text: str, read_as: str) -> None:
    result = finding(Biomarker(type="rearrangement", name=text))
    assert isinstance(result, Finding)
    assert result.read_as.rpartition(" ")[0] == read_as.rpartition(" ")[0]


@pytest.mark.parametrize(
    ("fields", "gene", "ends"),
    [
        ({"name": "EML4::ALK"}, None, ("EML4", "ALK")),
        ({"name": "t(15;17)", "gene": "RARA"}, "RARA", ("PML", "RARA")),
        ({"name": "t(15;17)", "gene": "ALK"}, "ALK", (None, None)),  # the gene is stated, the name is another's
        ({"name": "t(15;17)", "gene_5p": "BCR", "gene_3p": "ABL1"}, None, ("BCR", "ABL1")),
        ({"name": "EGFRvIII", "gene": "EGFR"}, "EGFR", (None, None)),
    ],
)
def test_a_name_fills_in_what_is_not_stated(fields: dict[str, Any], gene: str, ends: tuple[str, str]) -> None:
    result = finding(Biomarker(type="fusion", **fields))
    assert isinstance(result, Finding)
    assert (result.gene, (result.gene_5p, result.gene_3p)) == (gene, ends)


@pytest.mark.parametrize("text", ["t(11;14)", "t(9;22)(q22;q12)", "t(11;22)"])
def test_a_translocation_that_no_source_explains_is_listed(text: str) -> None:
    [patient] = read([], text=[f"{text}, multiple myeloma"])
    assert patient.biomarkers == () and [u.input for u in patient.unread] == [text]
    named = finding(Biomarker(type="fusion", name=text))
    assert isinstance(named, Unread) and named.reason == f"{text!r} is no fusion that is known"


def test_a_row_s_gene_must_be_one_of_the_two() -> None:
    assert criterion("ABL1", "t(9;22)") is not None and criterion("ALK", "t(9;22)") is None
    assert criterion("KMT2A", "t(KMT2A;v)") is not None and criterion("ALK", "t(KMT2A;v)") is None


@pytest.mark.parametrize(
    ("text", "therapy"),
    [
        ("acute myeloid leukemia, t(15;17)", "Arsenic trioxide"),
        ("chronic myeloid leukemia, t(9;22)(q34;q11)", "Imatinib"),
        ("acute myeloid leukemia, t(KMT2A;v)", "Revumenib"),
        ("acute myeloid leukemia, t(9;11)(p21.3;q23.3)", "Revumenib"),
    ],
)
def test_a_translocation_meets_the_labels_about_its_fusion(full_release: Release, text: str, therapy: str) -> None:
    [patient] = read([], text=[text])
    answer = Engine(full_release).recommend(patient)
    labels = {o.therapy for o in answer.options if o.tier == "label" and o.status in ("recommended", "option")}
    assert (therapy,) in labels
    assert answer.unmatched == ()
