"""A VCF is checked by us first; what the sample has and what it lacks are told apart from what is unknown."""

from __future__ import annotations

import gzip
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DataError
from graph.patient import Biomarker, Finding, Profile
from ingest.patients import read
from ingest.patients.findings import read as finding
from ingest.patients.vcf_lines import parse

PATIENTS = Path(__file__).parent / "data" / "patients"


def patient(name: str, **options: str) -> Profile:
    [found] = read([PATIENTS / name], **options)
    return found


def by_gene(profile: Profile) -> dict[str | None, Biomarker]:
    return {b.gene: b for b in profile.biomarkers}


def test_vep_annotation_gives_one_effect_a_gene_on_the_mane_transcript() -> None:
    found = by_gene(patient("tumour.csq.vcf"))
    braf = found["BRAF"]
    assert (braf.hgvs_p, braf.exon, braf.clinvar, braf.origin, braf.vaf, braf.zygosity) == (
        "p.Val600Glu",
        15,
        "pathogenic",
        "somatic",
        0.4,
        "het",
    )
    assert (braf.assembly, braf.chrom, braf.pos, braf.source) == ("GRCh38", "chr7", 140753336, "tumour.csq.vcf:8")
    assert "NEARBY" not in found


def test_only_the_allele_of_the_genotype_is_found() -> None:
    assert by_gene(patient("tumour.csq.vcf"))["KRAS"].hgvs_p == "p.Gly12Val"


def test_an_allele_of_the_matched_normal_is_germline() -> None:
    assert by_gene(patient("tumour.csq.vcf"))["BRCA1"].origin == "germline"


def test_changes_outside_the_protein_name_no_gene() -> None:
    [intronic] = [b for b in patient("tumour.csq.vcf").biomarkers if b.gene is None]
    assert (intronic.pos, intronic.consequence) == (116771848, "splice_region_variant&intron_variant")


def test_splice_donors_are_splice_changes_with_their_exon() -> None:
    met = by_gene(patient("tumour.csq.vcf"))["MET"]
    assert met.type == "splice"
    read_as = finding(met)
    assert isinstance(read_as, Finding)
    assert (read_as.exon, read_as.cdna) == (14, "c.3028+1G>A")


def test_failed_filters_and_structural_variants_are_listed_with_their_gene() -> None:
    found = patient("tumour.csq.vcf")
    assert [(u.gene, u.reason) for u in found.unread] == [
        ("NRAS", "did not pass its filter (weak_evidence, strand_bias)"),
        (None, "structural variants are not read from VCF: give fusions and gene-level copy numbers as tables"),
    ]


def test_missing_and_reference_genotypes_are_no_findings_and_are_counted() -> None:
    found = patient("tumour.csq.vcf")
    assert "PIK3CA" not in by_gene(found)
    assert "tumour.csq.vcf: 1 of 10 records have no genotype and are unknown" in found.warnings
    assert "tumour.csq.vcf: 1 of 10 records are reference calls or reference blocks" in found.warnings


def test_the_normal_can_be_asked_for_and_samples_must_exist() -> None:
    assert by_gene(patient("tumour.csq.vcf", sample="P1_N")).keys() == {"BRCA1"}
    with pytest.raises(DataError, match=r"there is no such sample: 'P2' \(did you mean P1_T, P1_N\?\)"):
        patient("tumour.csq.vcf", sample="P2")


def test_snpeff_annotation_and_percent_fractions() -> None:
    braf = by_gene(patient("tumour.ann.vcf"))["BRAF"]
    assert (braf.hgvs_p, braf.exon, braf.vaf, braf.zygosity, braf.assembly) == (
        "p.Val600Glu",
        15,
        0.975,
        "hom",
        "GRCh37",
    )


def test_bcftools_annotation_without_samples() -> None:
    found = patient("tumour.bcsq.vcf")
    assert [(b.gene, b.hgvs_p, b.alt) for b in found.biomarkers] == [
        ("BRAF", "p.V600E", "T"), ("EGFR", "p.E746_A750del", "A"), ("TP53", "p.R273H", "T"), ("TP53", "p.R273L", "A"),
        ("GENEX", "p.R45=", "C"),
    ]  # fmt: skip


def test_gvcf_blocks_and_reference_calls_are_reference_evidence() -> None:
    found = patient("block.g.vcf")
    assert [(b.pos, b.alt, b.vaf) for b in found.biomarkers] == [(25245350, "T", 0.5)]
    assert found.warnings[0] == "block.g.vcf: 3 of 4 records are reference calls or reference blocks"


HEAD = "##fileformat=VCFv4.2\n##reference=hg19\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n"
LINE = ["7", "140453136", ".", "A", "T", ".", "PASS", ".", "GT", "0/1"]


def line(column: int, value: str) -> str:
    return HEAD + "\t".join([*LINE[:column], value, *LINE[column + 1 :]]) + "\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (line(1, "abc"), "x.vcf, row 4, column 'POS': this is no position (a whole number from 1): 'abc'"),
        (line(1, "0"), "x.vcf, row 4, column 'POS': this is no position (a whole number from 1): '0'"),
        (line(1, "-5"), "x.vcf, row 4, column 'POS': this is no position (a whole number from 1): '-5'"),
        (line(1, "9" * 30), "x.vcf, row 4, column 'POS': this is no position"),
        (line(1, "159999999"), "x.vcf, row 4, column 'POS': the position is outside this chromosome of GRCh37"),
        (line(3, "AQ"), "x.vcf, row 4, column 'REF': the reference allele is not a sequence of bases: 'AQ'"),
        (line(4, "T,,G"), "x.vcf, row 4, column 'ALT': an allele is empty: 'T,,G'"),
        (line(5, "high"), "x.vcf, row 4, column 'QUAL': this is no number: 'high'"),
        (line(9, "0/2"), "x.vcf, row 4, column 'GT': the genotype names an allele that the record lacks (1 in ALT)"),
        (line(9, "0/x"), "x.vcf, row 4, column 'GT': this is no genotype: '0/x'"),
        (line(9, "0/1:3"), "x.vcf, row 4, column 'FORMAT': a sample has more values than FORMAT has keys"),
        (line(9, "0/1\t0/1"), "x.vcf, row 4: the record has 11 columns, the header 10"),
        ("##fileformat=VCFv4.2\n7\t1\t.\tA\tT\n", "x.vcf, row 2: the header line #CHROM is missing before the first"),
        ("##source=x\n#CHROM\tPOS\n", "x.vcf, row 1: the first line must be ##fileformat=VCFv4.x: '##source=x'"),
        (HEAD.replace("ALT\t", ""), "x.vcf, row 3, column 'ALT': the column is missing or in another place"),
        (HEAD.replace("\tS\n", "\tS\tS\n"), "x.vcf, row 3, column 'S': this sample is there twice"),
        (HEAD.replace("\tS\n", "\tS\tR\n"), "x.vcf: the file has 2 samples; say which with --sample (S, R)"),
        (
            HEAD.replace("hg19", "unknown"),
            "x.vcf: the header does not say which assembly the coordinates are on; give it",
        ),
    ],
)
def test_faults_are_located(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "x.vcf"
    path.write_text(content)
    with pytest.raises(DataError) as error:
        read([path])
    assert str(error.value).startswith(message)


def test_wrong_encoding_and_a_cut_off_file_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf"
    path.write_bytes((HEAD + "\t".join(LINE)).encode() + b"\xe9\n")
    with pytest.raises(DataError, match=r"x.vcf, row 4: the file is not UTF-8 text \(byte 0xe9\)"):
        read([path])
    packed = gzip.compress((HEAD + "\t".join(LINE) + "\n").encode())
    path.write_bytes(packed[:-12])
    with pytest.raises(DataError, match="the gzip file is cut off"):
        read([path])


def test_a_stated_assembly_must_agree_with_the_header(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf"
    path.write_text(line(1, "140453136"))
    assert read([path], assembly="hg19")[0].biomarkers[0].assembly == "GRCh37"
    with pytest.raises(DataError, match="the header says GRCh37, --assembly says GRCh38"):
        read([path], assembly="GRCh38")
    with pytest.raises(DataError, match="neither GRCh37"):
        read([path], assembly="mm10")


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200), st.integers(0, 400), st.sampled_from(["tumour.csq.vcf", "block.g.vcf", "tumour.bcsq.vcf"])
)
def test_no_damage_gives_anything_but_records_or_a_data_error(noise: bytes, at: int, name: str) -> None:
    content = (PATIENTS / name).read_bytes()
    at = at * len(content) // 400
    with suppress(DataError):
        list(parse(content[:at] + noise + content[at + len(noise) :], "x.vcf")[1])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.text("0123456789ACGT./|<>*:,;=-[]eE+%", max_size=12)), max_size=3))
def test_whatever_passes_our_check_never_breaks_the_parser(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, str]]
) -> None:
    cells = list(LINE)
    for column, value in edits:
        cells[column] = value
    path = tmp_path_factory.mktemp("fuzz") / "x.vcf"
    path.write_text(HEAD + "\t".join(cells) + "\n")
    try:
        read([path])
    except DataError as error:
        assert "parser stopped" not in str(error)


@pytest.mark.parametrize(("name", "count"), [("T001-BRCA", 196), ("T001-COAD", 3317)])
def test_the_real_tumours_go_through_whole_on_both_builds(shared: Path, name: str, count: int) -> None:
    folder = shared / "oncology" / "pcgr_examples"
    for build, assembly in (("grch37", "GRCh37"), ("grch38", "GRCh38")):
        [found] = read(
            [
                folder / f"{name}.{build}.vcf.gz",
                folder / f"{name}.{build}.fusions.tsv",
                folder / f"{name}.{build}.cna.tsv",
            ],
            disease="ONCOTREE:BRCA",
        )
        variants = [b for b in found.biomarkers if b.chrom]
        assert {b.assembly for b in variants} == {assembly}
        assert count - 4 <= len(variants) <= count
        assert any(b.gene_5p == "EML4" and b.gene_3p == "ALK" for b in found.biomarkers)
        assert [u.reason for u in found.unread] == [
            "copy-number segments name no genes; give gene-level calls (gene, call)"
        ]
        assert all(isinstance(finding(b), Finding) for b in found.biomarkers)


def test_deepvariant_output_is_read_as_its_caller_means_it(shared: Path) -> None:
    folder = shared / "formats" / "deepvariant"
    [calls] = read([folder / "golden_excerpt.vcf"])
    [blocks] = read([folder / "golden_excerpt.g.vcf"])
    assert len(calls.biomarkers) == 9
    assert {b.alt for b in calls.biomarkers if b.pos == 10002458} == {"GTT", "GTTT"}
    assert 10001019 not in {b.pos for b in calls.biomarkers}
    assert {(b.pos, b.alt) for b in blocks.biomarkers} <= {(b.pos, b.alt) for b in calls.biomarkers}
