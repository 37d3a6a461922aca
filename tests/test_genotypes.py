"""What a stated genotype means for a row that asks for one: facet by facet, and unknown where nobody can tell."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

from graph.claims import Criterion
from rules import pharmacogenes
from rules.genotype_text import result
from rules.genotypes import DISPUTED, Answer, contradictions, holds, is_read, read_as

NO, YES, OPEN = False, True, None


def asks(gene: str, *genotypes: str, among: tuple[str, ...] = ()) -> Criterion:
    return Criterion(type="genotype", name="", gene=gene, genotypes=genotypes, among=among)


def looked_up(gene: str, among: tuple[str, ...], stated: str) -> list[Answer]:
    """What every key of a lookup answers."""
    return [holds(asks(gene, key, among=among), (stated,)) for key in among]


@pytest.mark.parametrize(
    ("gene", "spellings"),
    [
        ("CYP2C19", ["Poor Metabolizer", "poor metaboliser", "PM", "Phenotype: poor  metabolizer", "CYP2C19 PM"]),
        ("CYP2D6", ["0.5", "0.50", "0,5", "Activity score: 0.5", "activity score 0.5", "AS 0.5", "CYP2D6: 0.5"]),
        ("CYP2D6", ["≥3.0", ">=3", ">= 3.0", "activity score ≥ 3"]),
        ("DPYD", ["0.5 (Poor Metabolizer)", "Poor Metabolizer (activity score 0.5)", "PM (0.5)"]),
        ("HLA-B", ["*57:01 positive", "HLA-B*57:01 positive", "HLA-B*57:01", "positive for *57:01", "*57:01 present"]),
        ("HLA-B", ["*57:01 negative", "HLA-B*57:01 not detected", "*57:01 absent"]),
        ("DPYD", ["*2A/*1", "*1/*2A", "DPYD*1/*2A", "c.1905+1G>A (*2A)/Reference", "c.1905+1G>A/wild type"]),
        ("UGT1A1", ["*28/*28", "*28 homozygous"]),
        ("SLCO1B1", ["Decreased Function", "decreased"]),
        ("HLA-B", ["1511 and 1502", "1502 and 1511"]),
    ],
)  # fmt: skip
def test_one_result_has_many_spellings(gene: str, spellings: list[str]) -> None:
    assert len({result(gene, text) for text in spellings}) == 1
    assert result(gene, spellings[0])


@pytest.mark.parametrize("text", ["No Result", "unknown", "", "  ", "Unknown/Unknown", "not tested"])
def test_no_result_states_nothing(text: str) -> None:
    assert result("CYP2D6", text) == frozenset()
    assert holds(asks("CYP2D6", "unknown"), (text,)) is YES
    assert holds(asks("CYP2D6", "0.5"), (text,)) is OPEN


@pytest.mark.parametrize(
    ("asked", "stated", "answer"),
    [
        ("Poor Metabolizer", "Normal Metabolizer", NO),
        ("Poor Metabolizer", "Indeterminate", OPEN),
        ("Poor Metabolizer", "Likely Poor Metabolizer", OPEN),
        ("Poor Metabolizer", "Pour Metabolizer", OPEN),
        ("Poor Metabolizer", "*2/*2", OPEN),
        ("*2/*2", "Poor Metabolizer", OPEN),
        ("*2/*2", "*2/*3", NO),
        ("*2", "*1/*2", YES),
        ("*2", "*1/*1", NO),
        ("*2", "*1/odd", OPEN),
        ("≥3.0", "3.5", YES),
        ("≥3.0", "2.5", NO),
        ("≥3.0", "≥2.5", OPEN),
        ("0.5", "1.0", NO),
        ("unknown", "PM", NO),
        ("unknown", "Pour Metabolizer", OPEN),
        ("Poor Metabolizer", "PM; NM", DISPUTED),
        ("Poor Metabolizer", "PM; 0.5", YES),
        ("*2 negative", "*1/*2", NO),
    ],
)
def test_a_facet_decides_about_itself_and_what_is_not_understood_about_nothing(
    asked: str, stated: str, answer: Answer
) -> None:
    assert holds(asks("CYP9Z9", asked), (stated,)) == answer


@pytest.mark.parametrize(
    ("asked", "stated", "answer"),
    [
        ("*57:01 positive", "*57:01:01/*07:02:01", YES),
        ("*57:01 positive", "*15:02/*07:02", NO),
        ("*57:01 positive", "*57/*07", OPEN),
        ("*57:01 negative", "*15:02/*07:02", YES),
        ("*57:01 positive", "*58:01 positive", OPEN),
        ("*57:01 positive", "*57 negative", NO),
        ("*57:01 positive", "*57:01 positive; *57:01 negative", DISPUTED),
    ],
)
def test_hla_alleles_are_compared_by_their_fields(asked: str, stated: str, answer: Answer) -> None:
    assert holds(asks("HLA-B", asked), (stated,)) == answer


def test_keys_of_a_lookup_are_results_of_their_own() -> None:
    scores = ("0.0", "0.5", "3.0", "≥3.0", "n/a")
    assert looked_up("CYP2D6", scores, "3.0") == [NO, NO, YES, NO, NO]
    assert looked_up("CYP2D6", scores, "≥3.0") == [NO, NO, NO, YES, NO]
    assert YES not in looked_up("CYP2D6", scores, "3.5")
    assert looked_up("CYP2D6", scores, "Indeterminate") == looked_up("CYP2D6", scores, "n/a") == [NO, NO, NO, NO, YES]
    phenotypes = ("Poor Metabolizer", "Likely Poor Metabolizer", "Indeterminate")
    assert looked_up("CYP2C19", phenotypes, "Indeterminate") == [NO, NO, YES]
    assert looked_up("CYP2C19", phenotypes, "n/a") == [OPEN, OPEN, OPEN]


def test_a_key_that_tells_more_stands_before_one_that_tells_less() -> None:
    carbamazepine = ("*15:02 positive", "*15:11 positive", "1511 and 1502")
    assert looked_up("HLA-B", carbamazepine, "*15:02 positive") == [YES, OPEN, OPEN]
    assert looked_up("HLA-B", carbamazepine, "*15:02/*15:11") == [NO, NO, YES]
    siponimod = ("Intermediate Metabolizer", "*1/*3", "*3/*3")
    assert looked_up("CYP2C9", siponimod, "*1/*3; IM") == [NO, YES, NO]
    assert looked_up("CYP2C9", siponimod, "IM") == [YES, OPEN, OPEN]


def test_a_phenotype_leaves_one_score_and_a_score_is_of_one_phenotype() -> None:
    assert looked_up("CYP2D6", ("0.0", "0.25", "2.0", "2.5", "≥3.0"), "PM") == [YES, NO, NO, NO, NO]
    assert looked_up("CYP2D6", ("0.0", "2.0", "2.5", "≥3.0"), "UM") == [NO, NO, OPEN, OPEN]
    assert looked_up("CYP2D6", ("0.0", "0.25", "0.5", "2.0"), "IM") == [NO, OPEN, OPEN, NO]
    assert looked_up("CYP2C9", ("Poor Metabolizer", "Normal Metabolizer"), "0.0") == [YES, NO]
    assert looked_up("DPYD", ("0.0", "0.5", "1.0", "2.0"), "*2A/*1") == [NO, NO, YES, NO]
    assert looked_up("CYP2D6", ("0.0", "1.0", "2.0", "≥3.0"), "*1/*4") == [NO, YES, NO, NO]
    assert looked_up("CYP2C19", ("Poor Metabolizer", "Rapid Metabolizer"), "*1/*17") == [NO, YES]
    assert holds(asks("DPYD", "poor metabolizer"), ("Activity score 0",)) is YES
    assert holds(asks("DPYD", "poor metabolizer"), ("Activity score 0.25",)) is OPEN


def test_facets_that_contradict_each_other_leave_it_open() -> None:
    scores = ("0.0", "0.5", "1.0", "2.0")
    assert looked_up("DPYD", scores, "poor metabolizer; 2.0") == [DISPUTED, DISPUTED, NO, DISPUTED]
    assert looked_up("CYP2D6", scores, "PM; 2.0") == [DISPUTED, NO, NO, DISPUTED]
    assert looked_up("DPYD", scores, "*2A/*2A; normal metabolizer") == [DISPUTED, NO, NO, DISPUTED]
    assert holds(asks("DPYD", "poor metabolizer"), ("*2A/*2A; normal metabolizer",)) == DISPUTED
    assert looked_up("DPYD", scores, "*1/*2A; intermediate metabolizer; 1.0") == [NO, NO, YES, NO]


@pytest.mark.parametrize(
    ("gene", "stated", "both"),
    [
        ("DPYD", "NM; *2A heterozygous", ("NM", "*2A heterozygous")),
        ("DPYD", "*1/*1; *2A positive", ("*1/*1", "*2A positive")),
        ("DPYD", "2.0; *2A heterozygous", ("2.0", "*2A heterozygous")),
        ("DPYD", "normal metabolizer; c.2846A>T present", ("normal metabolizer", "c.2846A>T present")),
        ("DPYD", "NM; *2A/*99", ("NM", "*2A/*99")),
        ("TPMT", "*1/*1; *3A positive", ("*1/*1", "*3A positive")),
        ("NUDT15", "NM; *3 positive", ("NM", "*3 positive")),
        ("UGT1A1", "Normal Metabolizer; *28 positive", ("Normal Metabolizer", "*28 positive")),
        ("CYP2C19", "NM; *2 positive", ("NM", "*2 positive")),
        ("CYP2C19", "NM; *2/*9", ("NM", "*2/*9")),
        ("CYP2C9", "2.0; *3 positive", ("2.0", "*3 positive")),
        ("DPYD", "PM; *1 positive", ("PM", "*1 positive")),
    ],
)
def test_an_allele_contradicts_what_it_cannot_stand_beside(gene: str, stated: str, both: tuple[str, str]) -> None:
    """Neither clears the patient: what the allele leaves possible is as open as what is stated beside it."""
    assert contradictions(gene, (stated,)) == [both]
    for state in ("poor metabolizer", "normal metabolizer"):
        if pharmacogenes.made(gene) >= {state} and gene != "CYP2C9":
            assert holds(asks(gene, state), (stated,)) == DISPUTED, state


def test_an_allele_that_contradicts_a_score_leaves_no_row_to_hold() -> None:
    scores = ("0.0", "0.5", "1.0", "1.5", "2.0")
    assert looked_up("DPYD", scores, "NM; *2A heterozygous") == [DISPUTED, DISPUTED, DISPUTED, NO, DISPUTED]
    assert looked_up("DPYD", scores, "2.0; *2A positive") == [DISPUTED, DISPUTED, DISPUTED, NO, DISPUTED]
    assert looked_up("DPYD", scores, "*1/*1; *2A positive") == [DISPUTED, DISPUTED, DISPUTED, NO, DISPUTED]
    assert looked_up("DPYD", scores, "1.0; *2A positive") == [NO, NO, YES, NO, NO]
    dpwg = ("0.0 (Poor Metabolizer)", "1.0 (Intermediate Metabolizer)", "2.0 (Normal Metabolizer)")
    assert looked_up("DPYD", dpwg, "NM; *2A heterozygous") == [DISPUTED, DISPUTED, DISPUTED]
    diplotypes = ("*1/*1", "*1/*3A", "*3A/*3A", "*2/*2")
    assert looked_up("TPMT", diplotypes, "*1/*1; *3A positive") == [DISPUTED, DISPUTED, DISPUTED, NO]


def test_an_allele_that_nobody_knows_leaves_normal_open() -> None:
    assert holds(asks("DPYD", "normal metabolizer"), ("NM; c.9999A>T heterozygous",)) is OPEN
    assert looked_up("DPYD", ("0.0", "1.0", "2.0"), "NM; c.9999A>T heterozygous") == [NO, NO, OPEN]
    assert looked_up("DPYD", ("0.0", "1.0", "2.0"), "NM; c.9999A>T negative") == [NO, NO, YES]


@pytest.mark.parametrize(
    ("gene", "stated"),
    [
        ("DPYD", "IM; *2A heterozygous; 1.0; *1/*2A"),
        ("DPYD", "*1/*1; NM; 2.0; *2A negative; *13 not detected"),
        ("DPYD", "PM; *2A positive"),
        ("CYP2D6", "NM; *4 positive"),
        ("CYP2D6", "≥3.0; *1 positive; UM"),
        ("CYP2C19", "Likely Poor Metabolizer; *2/*9; *2 positive"),
        ("CYP2C19", "IM; *9 positive"),
        ("CYP2C19", "Indeterminate; *1/*99"),
        ("HLA-B", "*57:01 positive; *57:01:01/*07:02:01; *57:01/*07:02; *15:02 negative"),
        ("CYP9Z9", "PM; *2 positive; 0.5"),
        ("DPYD", "PM; a slip"),
    ],
)
def test_results_that_fit_each_other_are_no_contradiction(gene: str, stated: str) -> None:
    assert contradictions(gene, (stated,)) == []


@pytest.mark.parametrize(
    ("gene", "stated", "both"),
    [
        ("DPYD", "PM; *1/*1", ("PM", "*1/*1")),
        ("CYP9Z9", "PM; NM", ("PM", "NM")),
        ("DPYD", "2.0 (Poor Metabolizer)", ("2.0 (Poor Metabolizer)", "2.0 (Poor Metabolizer)")),
        ("DPYD", "*2A/*2A; *2A negative", ("*2A/*2A", "*2A negative")),
        ("HLA-B", "*57:01 positive; *57 negative", ("*57:01 positive", "*57 negative")),
        ("HLA-B", "*57:01 positive; *15:02/*07:02", ("*57:01 positive", "*15:02/*07:02")),
    ],
)
def test_contradictory_results_are_named_as_they_are_written(gene: str, stated: str, both: tuple[str, str]) -> None:
    assert contradictions(gene, (stated,)) == [both]


@pytest.mark.parametrize("text", ["*57:01/*57:01 negative", "*57:01/*07:02 positive", "*57:01/*07:02/*15:02"])
def test_a_pair_with_more_than_two_alleles_is_not_read(text: str) -> None:
    assert holds(asks("HLA-B", "*57:01 positive"), (text,)) is OPEN
    assert not is_read("HLA-B", text, [asks("HLA-B", "*57:01 positive")])


@pytest.mark.parametrize("text", ["poor metabolizer " + "x" * 3000, "PM;" * 100, "PM; " + "*1/*2;" * 500])
def test_too_long_a_text_is_not_read_and_not_kept(text: str) -> None:
    own = "".join(text)
    kept = sys.getrefcount(own)
    assert holds(asks("CYP2D6", "poor metabolizer"), (own,)) is OPEN
    assert holds(asks("CYP2D6", "unknown"), (own,)) is OPEN
    assert not is_read("CYP2D6", own)
    assert read_as(asks("CYP2D6", "poor metabolizer"), (own,)) is None
    assert contradictions("CYP2D6", (own,)) == []
    assert sys.getrefcount(own) == kept


def test_a_phenotype_beside_a_score_counts_where_the_score_stands_twice() -> None:
    dpwg = ("0.5 (Phenotyping)", "1.0 (Intermediate Metabolizer)", "1.0 (Phenotyping)", "2.0 (Normal Metabolizer)")
    assert looked_up("DPYD", dpwg, "0.5") == [YES, NO, NO, NO]
    assert looked_up("DPYD", dpwg, "1.0") == [NO, OPEN, OPEN, NO]
    assert looked_up("DPYD", dpwg, "1.0 (Phenotyping)") == [NO, NO, YES, NO]
    # Two alleles of half the activity: DPWG asks for the activity to be measured.
    assert looked_up("DPYD", dpwg, "c.2846A>T/HapB3") == [NO, OPEN, OPEN, NO]


def test_a_slip_is_told_where_the_genes_results_are_known() -> None:
    asked = [asks("CYP2D6", "0.5", among=("0.0", "0.5"))]
    assert is_read("CYP2D6", "0.5", asked) and is_read("CYP2D6", "PM", asked) and is_read("CYP2D6", "No Result", asked)
    assert not is_read("CYP2D6", "Pour Metabolizer", asked)
    assert not is_read("CYP2D6", "0.7", asked)
    assert is_read("CYP9Z9", "Pour Metabolizer"), "of a gene that no table and no row knows nothing can be told"
    assert not is_read("DPYD", "Pour Metabolizer")


def test_the_tables_agree_with_the_published_phenotypes(shared: Path) -> None:
    published = json.loads(gzip.decompress((shared / "pgx/pharmcat_phenotypes.json.gz").read_bytes()))
    genes = {**published["older_only"], **published["current_2025-11-05"]}
    scores = diplotypes = 0
    for name, gene in genes.items():
        symbol = name.removesuffix("_DPWG")
        for row in gene["diplotypes"]:
            score, phenotype = row.get("activityScore"), (row.get("phenotype") or "").casefold()
            if score not in (None, "n/a"):
                scores += 1
                assert phenotype in pharmacogenes.phenotypes_of_score(symbol, float(score.lstrip("≥"))), (name, score)
            pair = [atom.value.split("/") for atom in result(symbol, row["diplotype"]) if atom.facet == "diplotype"]
            if not pair or len(pair[0]) != 2:
                continue
            made_score, made = pharmacogenes.of_diplotype(symbol, (pair[0][0], pair[0][1]))
            if made is not None:
                diplotypes += 1
                assert made == phenotype, (name, row["diplotype"])
                assert made_score is None or made_score == float(score)
    assert (scores, diplotypes) == (9099, 5124)
