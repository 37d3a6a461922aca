"""The table of exons is what gene models say, and agrees with alleles that sources give on genome and transcript."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

from ingest.patients.exons import exon_of_codons

TABLE = Path(__file__).parent.parent / "ingest" / "patients" / "tables" / "exons.csv"
_SOURCE = re.compile(
    r"(?P<transcript>NM_\d+)\.\d+ at GRCh37 (?P<chromosome>\w+):(?P<first>\d+)-(?P<last>\d+) "
    r"in the RefSeq gene models of \S+ \d+\.\d+\.\d+"
)
_MINUS = {"FLT3", "KRAS", "NRAS", "BRAF"}
"""Genes of the table on the minus strand."""


@pytest.fixture(scope="module")
def exons() -> list[tuple[dict[str, str], re.Match[str]]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    return [(row, match) for row in table if (match := _SOURCE.fullmatch(row["source"]))]


def _coding(row: dict[str, str], place: re.Match[str], position: int) -> int | None:
    """The coding position of a genomic one, by the row; ``None`` outside the exon."""
    first, last = int(place["first"]), int(place["last"])
    if not first <= position <= last:
        return None
    return int(row["coding_first"]) + (last - position if row["gene"] in _MINUS else position - first)


def test_every_exon_names_the_gene_model_that_it_was_taken_from(
    exons: list[tuple[dict[str, str], re.Match[str]]],
) -> None:
    assert len(exons) == len(TABLE.read_text(encoding="utf-8").splitlines()) - 1
    for row, place in exons:
        assert place["transcript"] == row["transcript"]
        length = int(row["coding_last"]) - int(row["coding_first"])
        assert int(place["last"]) - int(place["first"]) == length, (row["gene"], row["exon"])


def test_neighbouring_exons_leave_no_base_between_them(exons: list[tuple[dict[str, str], re.Match[str]]]) -> None:
    ends = {(r["transcript"], int(r["exon"])): (int(r["coding_first"]), int(r["coding_last"])) for r, _ in exons}
    pairs = [(end, ends[name, number + 1]) for (name, number), end in ends.items() if (name, number + 1) in ends]
    assert len(pairs) > 15
    assert all(here[1] + 1 == there[0] for here, there in pairs)


def test_alleles_of_published_tables_have_the_coding_position_that_the_exon_gives_them(
    shared: Path, exons: list[tuple[dict[str, str], re.Match[str]]]
) -> None:
    anchored: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row, place in exons:
        for gene, position, change, number in [*_cgi(shared), *_civic(shared)]:
            if gene != row["gene"] or (coding := _coding(row, place, position)) is None:
                continue
            if row["transcript"] == "NM_000245" and coding + 54 == change:
                coding = change  # sources count on NM_001127500, whose exon 10 is 54 bases longer
            assert coding == change, (gene, row["exon"], position)
            assert number in (None, int(row["exon"])), (gene, position)
            anchored[gene, row["exon"]] += 1
    checked = {gene for gene, _ in anchored}
    assert checked == {row["gene"] for row, _ in exons}
    assert {("PDGFRA", "12"), ("PDGFRA", "18"), ("ERBB2", "19"), ("ERBB2", "20"), ("KIT", "11")} <= set(anchored)


def test_exons_that_civic_gives_as_a_whole_are_where_the_table_has_them(
    shared: Path, exons: list[tuple[dict[str, str], re.Match[str]]]
) -> None:
    places = {(row["gene"], row["exon"]): (place["first"], place["last"]) for row, place in exons}
    compared = 0
    for row in _variants(shared):
        named = re.fullmatch(r"exon (\d+) (?:mutation|deletion|skipping mutation)", row["variant"], re.I)
        place = places.get((row["gene"], named[1])) if named else None
        if place is None or row["start"] == "":
            continue
        # A coding end before the exon's own end (KRAS exon 2, PIK3CA exon 21) shortens our place, not theirs.
        assert int(row["start"]) <= int(place[0]) and int(place[1]) <= int(row["stop"]), row["variant"]
        assert row["start"] == place[0]
        compared += 1
    assert compared >= 7


def test_a_codon_at_the_end_of_an_exon_is_in_it() -> None:
    assert [exon_of_codons("ERBB2", n, n) for n in (755, 769, 770, 777)] == [19, 19, 20, 20]
    assert [exon_of_codons("PDGFRA", n, n) for n in (561, 842, 820)] == [12, 18, 18]


_Allele = tuple[str, int, int, int | None]
"""Gene, GRCh37 position, coding position, exon where the source says it."""


def _cgi(shared: Path) -> list[_Allele]:
    found = []
    with (shared / "oncology/cgi/cgi_biomarkers_per_variant.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            place, change = re.fullmatch(r"chr\w+:g\.(\d+)[ACGT]>[ACGT]", row["gDNA"]), _single(row["cDNA"])
            number = re.search(r"exon_(\d+)", row["region"])
            if place and change:
                found.append((row["Gene"], int(place[1]), change, int(number[1]) if number else None))
    return found


def _civic(shared: Path) -> list[_Allele]:
    found: list[_Allele] = []
    for row in _variants(shared):
        stated = [c for text in row["hgvs_expressions"].split(",") if text.startswith("NM_")
                  if (c := _single(text.partition(":")[2]))]  # fmt: skip
        single = row["reference_build"] == "GRCh37" and row["start"] and row["start"] == row["stop"]
        if single and len(set(stated)) == 1:
            found.append((row["gene"], int(row["start"]), stated[0], None))
    return found


def _single(text: str) -> int | None:
    match = re.fullmatch(r"c\.(\d+)[ACGT]>[ACGT]", text)
    return int(match[1]) if match else None


def _variants(shared: Path) -> list[dict[str, str]]:
    with (shared / "oncology/civic/nightly-VariantSummaries.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
