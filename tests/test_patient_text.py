"""A line of text: findings by the grammar, the diagnosis by elimination, the rest listed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.patient import Context, Finding, PriorTherapy, Profile
from ingest.patients import read
from ingest.patients.findings import read as finding


def patient(text: str, **options: str) -> Profile:
    [found] = read([], text=[text], **options)
    return found


def words(profile: Profile) -> list[str]:
    return [f.read_as for b in profile.biomarkers if isinstance(f := finding(b), Finding)]


@pytest.mark.parametrize(
    ("text", "findings", "diagnosis"),
    [
        ("BRAF V600E, MSS, melanoma", ["BRAF p.V600E", "MSS"], "melanoma"),
        ("EGFR L858R + T790M; lung adenocarcinoma", ["EGFR p.L858R", "EGFR p.T790M"], "lung adenocarcinoma"),
        ("EGFR exon 19 deletion and T790M, NSCLC", ["EGFR exon 19 inframe deletion", "EGFR p.T790M"], "NSCLC"),
        ("KRAS/NRAS wild type, colorectal cancer", ["KRAS wild type", "NRAS wild type"], "colorectal cancer"),
        ("EML4-ALK, MET exon 14 skipping", ["EML4::ALK fusion", "MET exon 14 splice"], None),
        ("HER2 low, ER+, PR-, breast cancer", ["HER2 low", "ER positive", "PR negative"], "breast cancer"),
        ("HER2 IHC 2+/ISH-", ["HER2 low"], None),
        ("PD-L1 TPS 60%, CPS 10, TMB 8", ["PD-L1 TPS 60 percent", "PD-L1 CPS 10 count", "TMB 8 mut/Mb"], None),
        ("FLT3-ITD, AML", ["FLT3 itd"], "AML"),
        ("germline BRCA1 p.Gln1756ProfsTer74", ["BRCA1 p.Q1756Pfs*74 (germline)"], None),
        ("ERBB2 amplification, CDKN2A deletion", ["ERBB2 amplification", "CDKN2A loss"], None),
        ("braf v600e", ["BRAF p.V600E"], None),
        ("BRAF V600", ["BRAF codon V600"], None),
    ],
)
def test_lines_as_people_write_them(text: str, findings: list[str], diagnosis: str | None) -> None:
    found = patient(text)
    assert words(found) == findings
    assert found.disease.name == diagnosis
    assert found.unread == ()


def test_stage_state_age_sex_and_genotypes() -> None:
    found = patient("metastatic melanoma stage IV, 54 year old woman, DPYD *2A/*2A, G6PD deficient")
    assert (found.disease.name, found.disease.stage, found.disease.state) == ("melanoma", "IV", "metastatic")
    assert (found.context.age_years, found.context.sex) == (54, "female")
    assert found.context.germline_pgx == {"DPYD": "*2A/*2A", "G6PD": "deficient"}
    assert patient("TMB-high, 8 months old").context.age_years == pytest.approx(8 / 12, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "name", "state"),
    [
        ("BRAF V600E; metastatic", None, "metastatic"),
        ("BRAF V600E, unresectable, melanoma", "melanoma", "unresectable"),
        ("advanced or metastatic urothelial carcinoma", "urothelial carcinoma", "advanced or metastatic"),
        ("newly diagnosed AML, FLT3-ITD", "AML", "newly diagnosed"),
        ("AML relapsed/refractory", "AML", "relapsed/refractory"),
        ("chronic phase CML", "CML", "chronic phase"),
        ("castration-resistant prostate cancer", "castration-resistant prostate cancer", None),
        ("metastatic melanoma, relapsed", "melanoma", "metastatic; relapsed"),
        ("BRAF V600E melanoma", "melanoma", None),
    ],
)
def test_the_state_of_the_disease_is_read_wherever_it_stands(text: str, name: str | None, state: str | None) -> None:
    found = patient(text)
    assert (found.disease.name, found.disease.state, found.unread) == (name, state, ())


@pytest.mark.parametrize(
    ("text", "line", "prior"),
    [
        ("first line, NSCLC", 1, None),
        ("EGFR L858R NSCLC, 2L", 2, None),
        ("second-line NSCLC", 2, None),
        ("GIST, line 3", 3, None),
        ("treatment-naive NSCLC", 1, ()),
        ("no prior therapy, NSCLC", 1, ()),
        ("prior treatment: ipilimumab, nivolumab; melanoma", None, ("ipilimumab", "nivolumab")),
        ("NSCLC after osimertinib, EGFR T790M", None, ("osimertinib",)),
        ("NSCLC, previously treated with an EGFR TKI and platinum-based chemotherapy", None, ("EGFR TKI", "platinum")),
        ("melanoma progressed on dabrafenib + trametinib", None, ("dabrafenib", "trametinib")),
    ],
)
def test_line_and_prior_therapies_are_read(text: str, line: int | None, prior: tuple[str, ...] | None) -> None:
    found = patient(text)
    named = found.context.prior_therapies
    told = None if named is None else tuple(p.therapy if isinstance(p, PriorTherapy) else p for p in named)
    assert (found.context.line, told, found.unread) == (line, prior, ())
    assert found.context.prior_therapies_complete is (prior == ())


def test_progression_on_a_therapy_is_its_outcome() -> None:
    [prior] = patient("melanoma progressing on vemurafenib").context.prior_therapies or ()
    assert prior == PriorTherapy(therapy="vemurafenib", outcome="progression")


def test_a_prior_therapy_that_nobody_knows_is_listed_and_is_no_diagnosis() -> None:
    found = patient("BRAF V600E, prior ipilimumb")
    assert found.disease.name is None and found.context == Context()
    assert [(u.input, u.reason) for u in found.unread] == [
        ("prior ipilimumb", "no therapy of this name is known (did you mean Ipilimumab?)")
    ]


def test_words_that_are_not_understood_are_listed_with_their_gene() -> None:
    found = patient("BRAF V600E, KRAS perhaps something, melanoma, zzz 3")
    assert [(u.input, u.gene) for u in found.unread] == [("KRAS perhaps something", "KRAS"), ("zzz 3", None)]
    assert found.disease.name == "melanoma"


def test_a_change_without_any_gene_is_not_understood() -> None:
    assert [u.input for u in patient("V600E").unread] == ["V600E"]


def test_a_stated_diagnosis_is_not_looked_for_in_the_text() -> None:
    found = patient("BRAF V600E, of unclear relevance", disease="Melanoma")
    assert found.disease.name == "Melanoma"
    assert [u.input for u in found.unread] == ["of unclear relevance"]


PIECES = st.sampled_from(
    ["BRAF", "V600E", "melanoma", "stage", "IV", "+", "and", ",", ";", "TPS", "60%", "<1%", "-", "::", "/", "wild type",
     "HER2", "2+", "exon", "19", "(", ")", "c.", "p.", "germline", "no"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=6), max_size=8))
def test_no_text_breaks_the_reader_and_none_is_lost(pieces: list[str]) -> None:
    text = " ".join(pieces)
    found = patient(text)
    for biomarker in found.biomarkers:
        finding(biomarker)
    if "".join(text.split()).strip(".,;+&"):
        assert (
            found.biomarkers or found.unread or found.disease.name or found.disease.stage or found.context != Context()
        )


@pytest.mark.parametrize("text", ["1 " * 8_000, "TMB" + ":" * 16_000 + "x"])
def test_a_long_line_without_sense_is_unread_at_once(text: str) -> None:
    began = time.monotonic()
    assert patient(text, disease="Melanoma").unread
    assert time.monotonic() - began < 2
