"""A biomarker becomes what it says, in one spelling and unit, or is listed with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from graph.patient import Biomarker, Classification, Finding, Unread
from ingest.patients.findings import read


def found(**fields: Any) -> Finding:
    result = read(Biomarker(**fields))
    assert isinstance(result, Finding), result
    return result


def reason(**fields: Any) -> str:
    result = read(Biomarker(**fields))
    assert isinstance(result, Unread), result
    return result.reason


@pytest.mark.parametrize(
    ("gene", "change", "exon"),
    [
        ("BRAF", "p.V600E", 15),
        ("EGFR", "L858R", 21),
        ("EGFR", "T790M", 20),
        ("EGFR", "E746_A750del", 19),
        ("EGFR", "G719A", 18),
        ("KIT", "D816V", 17),
        ("KIT", "V560D", 11),
        ("KIT", "V654A", 13),
        ("PDGFRA", "D842V", 18),
        ("FLT3", "D835Y", 20),
        ("KRAS", "G12C", 2),
        ("KRAS", "Q61H", 3),
        ("KRAS", "A146T", 4),
        ("NRAS", "Q61R", 3),
        ("ERBB2", "Y772_A775dup", 20),
        ("MET", "X1010_splice", 14),
        ("PIK3CA", "H1047R", 21),
        ("BRCA1", "Q1756Pfs*74", None),
    ],
)
def test_the_exon_is_derived_where_a_table_knows_it(gene: str, change: str, exon: int | None) -> None:
    assert found(type="snv", gene=gene, hgvs_p=change).exon == exon


def test_a_stated_exon_is_kept() -> None:
    assert found(type="itd", gene="FLT3", exon=14).exon == 14


def test_splice_changes_are_placed_by_their_coding_position() -> None:
    for change in ("c.3028+1G>A", "c.2888-2A>G", "c.3082+1G>T"):
        splice = found(type="snv", gene="MET", hgvs_c=change)
        assert (splice.exon, splice.consequences) == (14, ("splice", "truncating"))


def test_consequences_come_from_the_change_or_the_files_own_term() -> None:
    assert found(type="snv", gene="A", hgvs_p="p.R5*").consequences == ("nonsense", "truncating")
    assert found(type="indel", gene="A", consequence="frameshift_variant").consequences == ("frameshift", "truncating")
    assert found(type="itd", gene="FLT3").consequences == ("itd", "duplication", "inframe_insertion")
    assert found(type="snv", gene="KRAS").consequences == ()


def test_aliases_are_one_symbol() -> None:
    assert found(type="cna", gene="HER2", direction="amplification").gene == "ERBB2"
    assert found(type="expression", marker="Programmed death-ligand 1", status="positive").marker == "PD-L1"


def test_alleles_have_one_spelling_on_a_stated_assembly() -> None:
    one = found(type="snv", chrom="chr7", pos=140453136, ref="a", alt="t", assembly="GRCh37")
    assert one.alleles == ("GRCh37:7:140453136:A:T",)
    deletion = found(type="indel", chrom="7", pos=55242464, ref="AGGAATTAAGAGAAGC", alt="A", assembly="GRCh37")
    bare = found(type="indel", chrom="7", pos=55242465, ref="GGAATTAAGAGAAGC", alt="-", assembly="GRCh37")
    assert deletion.alleles == ("GRCh37:7:55242464:AGGAATTAAGAGAAGC:A", "GRCh37:7:55242465:GGAATTAAGAGAAGC:-")
    assert set(bare.alleles) < set(deletion.alleles)
    inserted = found(type="indel", chrom="5", pos=100, ref="A", alt="AGG", assembly="GRCh38")
    assert set(found(type="indel", chrom="5", pos=100, ref="-", alt="GG", assembly="GRCh38").alleles) < set(
        inserted.alleles
    )


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"type": "snv", "gene": "BRAF", "hgvs_p": "p.V600Z"}, "the protein change is not understood"),
        ({"type": "snv", "gene": "BRAF", "hgvs_c": "c.abc"}, "the coding change is not understood"),
        ({"type": "snv", "hgvs_p": "p.V600E"}, "neither a gene nor genomic coordinates are given"),
        ({"type": "snv", "chrom": "7", "pos": 1, "ref": "A", "alt": "T"}, "the coordinates name no assembly"),
        ({"type": "snv", "chrom": "7", "pos": 1}, "the coordinates are incomplete: chrom, pos, ref and alt are needed"),
        (
            {"type": "snv", "chrom": "7", "pos": 10**9, "ref": "A", "alt": "T", "assembly": "GRCh37"},
            "the position 1000000000 is outside chromosome 7 of GRCh37",
        ),
        ({"type": "fusion", "gene_5p": "?"}, "no partner of the fusion is named"),
        ({"type": "cna", "gene": "MYC"}, "neither a direction nor a copy number is given"),
        ({"type": "wildtype"}, "no gene is named"),
        ({"type": "msi", "status": "odd"}, "the status is none of MSI-H, MSI-L, MSS"),
        (
            {"type": "tmb", "value": 10, "unit": "percent"},
            "the unit is not mutations per megabase and is not converted",
        ),
        ({"type": "expression", "marker": "PD-L1", "value": 250, "unit": "TPS"}, "TPS lies between 0 and 100"),
        (
            {"type": "expression", "marker": "PD-L1", "value": 20, "unit": "TPS", "scheme": "CPS"},
            "unit and scheme name different scores (TPS, CPS)",
        ),
        ({"type": "expression", "marker": "PD-L1", "value": 50, "unit": "fraction"}, "a fraction lies between 0 and 1"),
        ({"type": "expression", "marker": "ER", "value": 10}, "the value has no unit"),
        ({"type": "expression", "marker": "ER"}, "neither a status nor a value is given"),
        ({"type": "signature"}, "no signature is named"),
    ],
)
def test_what_cannot_be_understood_says_why(fields: dict[str, Any], why: str) -> None:
    assert reason(**fields) == why


def test_an_unread_finding_keeps_its_gene() -> None:
    unread = read(Biomarker(type="snv", gene="HER2", hgvs_p="p.V600Z", source="t.vcf:7"))
    assert unread == Unread(
        input="snv HER2 p.V600Z", reason="the protein change is not understood", gene="ERBB2", source="t.vcf:7"
    )


@pytest.mark.parametrize(
    ("fields", "measured"),
    [
        ({"value": 60, "unit": "TPS"}, (60, "percent", "TPS")),
        ({"value": 60, "unit": "percent", "scheme": "TPS"}, (60, "percent", "TPS")),
        ({"value": 0.5, "unit": "fraction", "scheme": "TPS"}, (50, "percent", "TPS")),
        ({"value": 0.5, "unit": "TPS"}, (0.5, "percent", "TPS")),
        ({"value": 10, "unit": "CPS"}, (10, "count", "CPS")),
        ({"value": 5, "unit": "IC"}, (5, "percent", "IC")),
        ({"value": 10, "unit": "%"}, (10, "percent", None)),
    ],
)
def test_scores_keep_their_own_unit(fields: dict[str, Any], measured: tuple[float, str, str | None]) -> None:
    result = found(type="expression", marker="PD-L1", **fields)
    assert (result.value, result.unit, result.scheme) == measured


@pytest.mark.parametrize(
    ("fields", "oncogenic", "uncertain"),
    [
        ({"oncogenic": True}, True, False),
        ({"clinvar": "Pathogenic/Likely_pathogenic"}, True, False),
        ({"clinvar": "Benign"}, False, False),
        ({"clinvar": "Conflicting_interpretations_of_pathogenicity"}, None, True),
        ({"clinvar": "drug_response"}, None, False),
        ({"classification": Classification(value="VUS")}, None, True),
        ({"classification": Classification(value="4", scheme="ACMG")}, True, False),
        ({"classification": Classification(value="4")}, None, False),
        ({"classification": Classification(value="Oncogenic"), "clinvar": "Benign"}, None, True),
        ({"oncogenic": True, "clinvar": "Uncertain_significance"}, True, False),
    ],
)
def test_a_stated_classification_is_read(fields: dict[str, Any], oncogenic: bool | None, uncertain: bool) -> None:
    result = found(type="snv", gene="BRCA2", hgvs_p="p.A1T", **fields)
    assert (result.oncogenic, result.uncertain) == (oncogenic, uncertain)
