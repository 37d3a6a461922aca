"""A line of text: findings by the grammar, the diagnosis by elimination, the rest listed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.patient import Context, Finding, Profile
from ingest.patients import read
from ingest.patients.findings import read as finding


def patient(text: str, **options: str) -> Profile:
    [found] = read([], text=[text], **options)  # type: ignore[arg-type]
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
