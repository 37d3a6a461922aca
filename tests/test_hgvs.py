"""Spellings of one change are one text, and what is not a change is nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.hgvs import coding_change, codon, protein_change

GOLDEN = Path(__file__).parent / "data" / "patients" / "hgvs.tsv"
ROWS = list(csv.DictReader(GOLDEN.read_text().splitlines(), delimiter="\t"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["written"])
def test_protein_changes_of_the_golden_table(row: dict[str, str]) -> None:
    found = protein_change(row["written"])
    assert found is not None
    assert found.text == row["canonical"]
    assert (found.first, found.last) == (int(row["first"]), int(row["last"]))
    assert found.consequences == tuple(row["consequences"].split("|"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["written"])
def test_a_canonical_text_reads_as_itself(row: dict[str, str]) -> None:
    assert protein_change(row["canonical"]) == protein_change(row["written"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p.",
        "V600",
        "p.=",
        "p.?",
        "p.0",
        "p.V600Z",
        "p.E746_A750delELRE",
        "A750_E746del",
        "D770_N773insSVD",
        "V0E",
        "V999999E",
        "EML4",
        "HER2",
        "p.V600E;",
        "p.Gln18[23]",
        "Ω600E",
        "amplification",
        "V" * 500,
    ],
)
def test_what_is_no_protein_change_is_none(text: str) -> None:
    assert protein_change(text) is None


@pytest.mark.parametrize(
    ("text", "canonical", "splice", "codons"),
    [
        ("NM_000245.4:c.3028+1G>A", "c.3028+1G>A", True, None),
        ("c.2888-2A>G", "c.2888-2A>G", True, None),
        ("c.3028+3A>T", "c.3028+3A>T", False, None),
        ("c.2888-20_2900del", "c.2888-20_2900del", True, None),
        ("c.200+1_200+9del", "c.200+1_200+9del", True, None),
        ("c.200-9_200-3del", "c.200-9_200-3del", False, None),
        ("c.1799t>a", "c.1799T>A", False, (600, 600)),
        ("c.1799_1800delTGinsAA", "c.1799_1800delinsAA", False, (600, 600)),
        ("c.2236_2250delGAATTAAGAGAAGCA", "c.2236_2250del", False, (746, 750)),
        ("c.-146C>T", "c.-146C>T", False, None),
        ("c.*12del", "c.*12del", False, None),
    ],
)
def test_coding_changes(text: str, canonical: str, splice: bool, codons: tuple[int, int] | None) -> None:
    found = coding_change(text)
    assert found is not None
    assert (found.text, found.splice, found.codons) == (canonical, splice, codons)
    assert found.consequences == (("splice", "truncating") if splice else ())


@pytest.mark.parametrize("text", ["c.200A", "1799T>A", "g.1799T>A", "c.300_200del", "c.1799T>Q", ""])
def test_what_is_no_coding_change_is_none(text: str) -> None:
    assert coding_change(text) is None


def test_a_codon_is_told_from_a_change() -> None:
    assert codon("p.Val600") == ("V", 600)
    assert codon("V600E") is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_readers(text: str) -> None:
    protein_change(text)
    coding_change("c." + text)
    codon(text)


RESIDUE = st.sampled_from("ACDEFGHIKLMNPQRSTVWY")


@given(RESIDUE, st.integers(2, 9999), RESIDUE)
def test_every_substitution_has_its_own_codon(before: str, number: int, after: str) -> None:
    found = protein_change(f"{before}{number}{after}")
    assert found is not None
    assert found.first == found.last == number
    assert found.consequences == (("synonymous",) if before == after else ("missense",))
