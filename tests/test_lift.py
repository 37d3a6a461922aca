"""Alleles are known on both genome builds, in every spelling, or it is said why not."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from graph.claims import All, Criterion, Is, Not
from graph.errors import DataError
from ingest import lift
from tests import tiny


@pytest.fixture(scope="module")
def lifter(shared: Path) -> lift.Lifter:
    return lift.Lifter(shared / "formats/liftover")


def test_a_substitution_lifts_both_ways(lifter: lift.Lifter) -> None:
    both = ("GRCh37:7:140453136:A:T", "GRCh38:7:140753336:A:T")
    assert lifter.both(both[:1]) == lifter.both(both[1:]) == lifter.both(both) == both


def test_a_deletion_is_known_with_and_without_its_anchor(lifter: lift.Lifter) -> None:
    found = lifter.both(["GRCh37:7:55242464:AGGAATTAAGAGAAGC:A"])
    assert found == (
        "GRCh37:7:55242464:AGGAATTAAGAGAAGC:A", "GRCh37:7:55242465:GGAATTAAGAGAAGC:-",
        "GRCh38:7:55174771:AGGAATTAAGAGAAGC:A", "GRCh38:7:55174772:GGAATTAAGAGAAGC:-",
    )  # fmt: skip


def test_an_insertion_between_two_bases_lifts(lifter: lift.Lifter) -> None:
    assert "GRCh38:7:55181317:-:CAG" in lifter.both(["GRCh37:7:55249010:-:CAG"])


def test_what_does_not_lift_is_kept_and_named(lifter: lift.Lifter) -> None:
    for allele in ("GRCh37:MT:100:A:T", "GRCh37:1:1:A:T", "nonsense"):
        assert lifter.both([allele]) == (allele,)
        assert lifter.failed[allele]


def test_every_criterion_of_a_statement_is_lifted(lifter: lift.Lifter) -> None:
    one = Criterion(type="variant", name="x", gene="BRAF", alleles=("GRCh37:7:140453136:A:T",))
    statement = tiny.statement("first:1", profile=All((Is(one), Not(Is(one)), Is(tiny.KRAS))))
    changed = lift.lifted(statement, lifter)
    first, second, third = changed.profile.args
    assert len(first.criterion.alleles) == len(second.arg.criterion.alleles) == 2
    assert third is statement.profile.args[2]
    untouched = tiny.statement("first:2", profile=Is(tiny.KRAS))
    assert lift.lifted(untouched, lifter) is untouched


def test_without_chain_files_alleles_are_respelled_only() -> None:
    assert lift.Lifter(None).both(["GRCh37:20:10008952:CA:C"]) == ("GRCh37:20:10008952:CA:C", "GRCh37:20:10008953:A:-")


def test_a_folder_without_both_chains_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="both chain files"):
        lift.read(tmp_path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no chain file"),
        (gzip.compress(b"hello world\n"), "no chain file"),
        (bytes(range(256)) * 20, "no chain file"),
        (gzip.compress(b"chain 1 chr1 100 + 0 9 chr1 100 + 0 9 1\n" * 50)[:-9], "cut off"),
        (b"chain of office\n", "damaged"),
    ],
)
def test_a_faulty_chain_file_is_named(tmp_path: Path, content: bytes, problem: str) -> None:
    for name in lift.CHAINS.values():
        (tmp_path / f"{name}.gz").write_bytes(content)
    with pytest.raises(DataError, match=f"hg19ToHg38.*{problem}"):
        lift.Lifter(tmp_path)
