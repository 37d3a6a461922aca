"""What cannot be right as it is written is said, with the word or the residue that may have been meant."""

from __future__ import annotations

import pytest

from graph.claims import Criterion, GuidelineRow, Is
from graph.patient import Context, Disease, Finding, Profile, Test
from rules.biomarkers import criterion
from rules.criteria import compare
from rules.doubts import doubts, unread_genotypes
from rules.facts import gather
from rules.reference import Residues
from rules.states import known, unknown
from tests import tiny


def change(gene: str, text: str) -> Finding:
    c = criterion(gene, text)
    assert c is not None
    return Finding(input=text, read_as=f"{gene} {c.protein}", kind="variant", gene=gene, protein=c.protein,
                   codons=c.codons, consequences=c.consequences)  # fmt: skip


def about(gene: str, *texts: str) -> list[object]:
    found = [criterion(gene, text) for text in texts]
    return [tiny.statement(f"first:{i}", profile=Is(c)) for i, c in enumerate(found) if c is not None]


def test_another_reference_residue_than_the_release_knows_is_no_change_at_that_codon() -> None:
    statements = about("BRAF", "V600E", "V600K", "V600R")
    [finding], [warning] = Residues().without_misplaced([change("BRAF", "Q600E")], statements)
    assert "codon 600 of BRAF is V in this release, not Q" in warning
    codon = Criterion(type="variant", name="", gene="BRAF", codons=(600, 600))
    assert compare(codon, finding, lambda f, requires: None).truth is None
    assert finding.gene == "BRAF" and finding.protein == "p.Q600E"


@pytest.mark.parametrize(
    ("gene", "text", "known_changes"),
    [
        ("BRAF", "V600D", ("V600E", "V600K")),
        ("BRAF", "Q600E", ("V600E",)),
        ("BRAF", "Q601E", ("V600E", "V600K")),
        ("KRAS", "Q600E", ("V600E", "V600K")),
        ("BRAF", "Q600E", ("V600E", "V600K", "Q600L")),
    ],
)
def test_a_residue_is_doubted_only_where_statements_agree_on_another(
    gene: str, text: str, known_changes: tuple[str, ...]
) -> None:
    finding = change(gene, text)
    statements = about("BRAF", *known_changes)
    assert Residues().without_misplaced([finding], statements) == ((finding,), ())


@pytest.mark.parametrize(
    "text",
    ["metastatic", "unresectable or metastatic disease", "Locally Advanced", "castration resistant",
     "relapsed/refractory", "newly diagnosed", "stage IV, metastatic"],
)  # fmt: skip
def test_words_of_state_are_known(text: str) -> None:
    assert known(text) and not list(unknown(text))


@pytest.mark.parametrize(
    ("text", "word", "meant"),
    [
        ("metstatic", "metstatic", "metastatic"),
        ("relapsed, unresctable", "unresctable", "unresectable"),
        ("purple", "purple", None),
    ],
)
def test_a_word_of_state_that_is_none_is_named_with_the_nearest(text: str, word: str, meant: str | None) -> None:
    assert list(unknown(text)) == [(word, meant)]


def test_a_slip_in_state_prior_therapy_or_tested_genes_is_said_with_what_may_be_meant() -> None:
    profile = Profile(
        id="P1", disease=Disease(name="Melanoma", state="metstatic"), biomarkers=(),
        tests=(Test(genes=("NRSA", "KRAS", "PRDM2", "EGFFR", "ATR", "RAD51")),),
        context=Context(prior_therapies=("Ipilimumb", "Nivolumab")),
    )  # fmt: skip
    symbols = ("NRAS", "KRAS", "PRDM1", "EGFR", "ATRX", "RAD51C")
    found = list(doubts(profile, [], lambda gene: gene if gene in symbols else None, lambda: symbols))
    assert found == [
        "the disease state 'metstatic' is not known (did you mean metastatic?)",
        "the prior therapy 'Ipilimumb' is not known (did you mean Ipilimumab?)",
        "the tested gene 'NRSA' is named by no row of the release (did you mean NRAS?)",
        "the tested gene 'EGFFR' is named by no row of the release (did you mean EGFR?)",
    ]


def _on_hla() -> GuidelineRow:
    asked = Criterion(type="genotype", name="", gene="HLA-B", genotypes=("*57:01 positive",))
    return GuidelineRow(id="guideline:t:1", guideline="t", title="t", kind="exclude", drugs=("Invented",), reason="r",
                        sources=("t:1",), profile=Is(asked))  # fmt: skip


def _said(germline: dict[str, str]) -> list[str]:
    profile = Profile(id="P", disease=Disease(name="?"), biomarkers=(), context=Context(germline_pgx=germline))
    return list(unread_genotypes(profile, [_on_hla()], lambda: ("HLA-B", "KRAS", "EGFR")))


@pytest.mark.parametrize(
    ("germline", "warned"),
    [
        ({"DYPD": "*2A/*2A"}, "DYPD (did you mean DPYD?)"),
        ({"DPD": "*2A/*2A"}, "DPD (did you mean DPYD?)"),
        ({"HLAB": "*57:01 positive"}, "HLAB (did you mean HLA-B?)"),
        ({"KRAS": "PM"}, "KRAS"),
        ({"XYZ123": "PM"}, "XYZ123"),
    ],
)
def test_a_gene_of_germline_genotypes_that_no_row_asks_for_is_said(germline: dict[str, str], warned: str) -> None:
    assert _said(germline) == [f"no row of the release asks for a germline genotype of {warned}"]


def test_an_allele_beside_its_gene_is_read() -> None:
    profile = Profile(id="P", disease=Disease(name="?"), biomarkers=(),
                      context=Context(germline_pgx={"hla-b*57:01": "positive"}))  # fmt: skip
    assert gather(profile, (), {}).genotypes == {"HLA-B": ("*57:01 positive",)}
    assert _said({"HLA-B*57:01": "positive", "DPYD": "NM"}) == []
    assert _said({"HLA-B*57:01": "posetive"}) == [
        "germline HLA-B*57:01 '*57:01 posetive' is not understood: it counts as not known"
    ]


def test_results_that_contradict_each_other_are_said_with_both() -> None:
    ending = "neither counts for a dose, and what it may exclude stays excluded"
    assert _said({"DPYD": "PM; *1/*1"}) == [f"germline DPYD 'PM' and '*1/*1' contradict each other: {ending}"]
    assert _said({"HLA-B": "*57:01 negative", "HLA-B*57:01": "positive"}) == [
        f"germline HLA-B '*57:01 negative' and '*57:01 positive' contradict each other: {ending}"
    ]
    assert _said({"DPYD": "0.0 (Normal Metabolizer)"}) == [
        f"germline DPYD '0.0 (Normal Metabolizer)' contradicts itself: {ending}"
    ]


def test_a_text_that_is_too_long_is_said_in_short() -> None:
    [warning] = _said({"DPYD": "PM; " * 3000})
    assert warning.endswith("is not understood: it counts as not known") and len(warning) < 200
