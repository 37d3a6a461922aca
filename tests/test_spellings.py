"""One change that is named in two ways is one change; two changes stay two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.claims import Criterion
from graph.hgvs import protein_change
from graph.patient import Finding
from graph.spellings import same_protein_change
from rules.biomarkers import criterion
from rules.criteria import compare

SAME = """
p.A775_G776insYVMA p.Y772_A775dup
p.M774_A775insAYVM p.Y772_A775dup
p.E770_A771insAYVM p.Y772_A775dup
p.M774_A775insAYVM p.A775_G776insYVMA
p.A767_V769dup p.V769_D770insASV
p.A767_V769dup p.S768_V769insVAS
p.D770_P772dup p.P772_H773insDNP
p.P780_Y781insGSP p.G778_P780dup
p.P772_H773insP p.P772dup
p.W288fs p.W288Cfs*12
p.W288C p.W288C
"""
OTHER = """
p.P772_H773insYNP p.D770_P772dup
p.A775_G776insYVMA p.A775_G776insYVM
p.A775_G776insYVMA p.A775dup
p.A775_G776insVVMA p.Y772_A775dup
p.D770_N771insSVD p.N771_H773dup
p.V777_G778insCG p.G776_V777dup
p.W288Cfs*12 p.W288Cfs*10
p.W288Cfs*12 p.W288Lfs*12
p.W288fs p.W290fs
p.L287fs p.W287fs
p.Y772_A775dup p.Y772_A775del
p.W288fs p.W288*
p.A10_G11ins4 p.A7_A10dup
"""


@pytest.mark.parametrize("pair", SAME.strip().splitlines())
def test_two_names_of_one_change_are_one(pair: str) -> None:
    a, b = pair.split()
    assert same_protein_change(a, b)
    assert same_protein_change(b, a)


@pytest.mark.parametrize("pair", OTHER.strip().splitlines())
def test_what_the_names_contradict_is_two_changes(pair: str) -> None:
    a, b = pair.split()
    assert not same_protein_change(a, b)
    assert not same_protein_change(b, a)


@pytest.mark.parametrize(
    ("asked", "found"),
    [("ERBB2 p.Y772_A775dup", "A775_G776insYVMA"), ("ERBB2 A775_G776insYVMA", "Tyr772_Ala775dup"),
     ("NPM1 W288fs", "p.Trp288CysfsTer12"), ("NPM1 W288Cfs*12", "W288fs")],
)  # fmt: skip
def test_a_row_holds_for_the_change_however_it_is_named(asked: str, found: str) -> None:
    gene, change = asked.split()
    wanted, stated = criterion(gene, change), protein_change(found)
    assert isinstance(wanted, Criterion)
    assert stated is not None
    finding = Finding(
        input=found, read_as=found, kind="variant", gene=gene, protein=stated.text,
        codons=(stated.first, stated.last), consequences=stated.consequences,
    )  # fmt: skip
    assert compare(wanted, finding, lambda f, requires: None).truth is True


@given(st.text("ACDEFGHIKLMNPQRSTVWY", min_size=12, max_size=12), st.integers(1, 5), st.integers(0, 5), st.data())
def test_the_true_names_of_a_repeat_are_one_change(protein: str, size: int, start: int, data: st.DataObject) -> None:
    """Whatever the protein: its stretch twice in a row, named as a duplication and as an insertion at either end."""
    first, last = start + 2, start + 1 + size
    stretch = protein[first - 1 : last]
    ends = f"{protein[first - 1]}{first}" + (f"_{protein[last - 1]}{last}" if size > 1 else "")
    behind = f"p.{protein[last - 1]}{last}_{protein[last]}{last + 1}ins{stretch}"
    before = f"p.{protein[first - 2]}{first - 1}_{protein[first - 1]}{first}ins{stretch}"
    names = [f"p.{ends}dup", behind, before]
    a, b = data.draw(st.permutations(names))[:2]
    assert same_protein_change(a, b)
