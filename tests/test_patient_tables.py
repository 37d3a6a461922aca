"""MAF, fusions, copy numbers and signatures: every row is a finding, or listed, or counted."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DataError
from graph.patient import Finding, Profile
from ingest.patients import read
from ingest.patients.findings import read as finding
from ingest.patients.tabular import read as read_table

PATIENTS = Path(__file__).parent / "data" / "patients"


def patient(name: str, **options: str) -> Profile:
    [found] = read([PATIENTS / name], **options)
    return found


def edited(folder: Path, name: str, old: str, new: str) -> Path:
    path = folder / name
    text = (PATIENTS / name).read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_maf_rows_become_variants_with_their_change_and_fraction() -> None:
    found = patient("patient.somatic.maf")
    assert found.id == "P1-T"
    assert [(b.gene, b.type, b.hgvs_p, b.origin, b.vaf) for b in found.biomarkers] == [
        ("EGFR", "snv", "p.L858R", "somatic", 0.3),
        ("EGFR", "indel", "p.E746_A750del", "somatic", 0.1),
        ("MET", "splice", "p.X1010_splice", "somatic", 0.1),
        (None, "snv", None, "somatic", 0.1),
        ("TTN", "snv", "p.A100=", "somatic", 0.2),
    ]
    exons = [f.exon for b in found.biomarkers if isinstance(f := finding(b), Finding)]
    assert exons == [21, 19, 14, None, None]


def test_maf_rows_that_are_not_used_are_listed() -> None:
    assert [(u.gene, u.reason, u.source) for u in patient("patient.somatic.maf").unread] == [
        ("TP53", "did not pass its filter (panel_of_normals)", "patient.somatic.maf:7"),
        ("APC", "the variant class 'Novel_Class' is not known", "patient.somatic.maf:8"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Start_Position", "Begin", "row 2, column 'Start_Position': the column with the position is missing"),
        ("\t55259515\t55259515", "\t5525x\t5", "row 3, column 'Start_Position': this is no position"),
        (
            "\tT\tT\tG\tP1-T",
            "\tT\tT\tQ\tP1-T",
            "row 3, column 'Tumor_Seq_Allele2': this is neither a sequence of bases nor -: 'Q'",
        ),
        (
            "EGFR\tGRCh37\t7\t55259515",
            "EGFR\tmm10\t7\t55259515",
            "row 3, column 'NCBI_Build': this assembly is neither",
        ),
        (
            "P1-T\tP1-N\tp.L858R",
            "P2-T\tP1-N\tp.L858R",
            "column 'Tumor_Sample_Barcode': the file has 2 samples; say which",
        ),
    ],
)
def test_faults_in_a_maf_are_located(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        read([edited(tmp_path, "patient.somatic.maf", old, new)])
    assert message in str(error.value)


def test_the_name_of_a_maf_tells_germline_where_no_column_does(tmp_path: Path) -> None:
    path = tmp_path / "patient.germline.maf"
    path.write_text((PATIENTS / "patient.somatic.maf").read_text())
    [found] = read([path])
    assert {b.origin for b in found.biomarkers} == {"germline"}
    assert "patient.germline.maf: germline by the name of the file" in found.warnings


def test_mafs_of_two_tumours_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.maf"
    other.write_text((PATIENTS / "patient.somatic.maf").read_text().replace("P1-T", "P2-T"))
    with pytest.raises(DataError, match="different tumour samples"):
        read([PATIENTS / "patient.somatic.maf", other])


@pytest.mark.parametrize(
    ("name", "pairs", "listed"),
    [
        ("star.tsv", [("EML4", "ALK")], ["the name and the genes (AAA--BBB) contradict each other"]),
        ("arriba.tsv", [("ETV6", "NTRK3"), (None, "ROS1")], ["the caller's confidence is low"]),
        ("pairs.csv", [("BCR", "ABL1"), (None, "FGFR2")], []),
        ("pcgr_like.tsv", [(None, "NTRK3"), ("FGFR2", None)], ["no gene can be told from the fusion's name"]),
    ],
)
def test_fusion_tables(name: str, pairs: list[tuple[str | None, str | None]], listed: list[str]) -> None:
    found = patient(name)
    assert [(b.gene_5p, b.gene_3p) for b in found.biomarkers] == pairs
    assert [u.reason for u in found.unread] == listed


def test_called_copy_numbers() -> None:
    found = patient("calls.txt")
    assert [(b.gene, b.direction) for b in found.biomarkers] == [
        ("ERBB2", "amplification"), ("CDKN2A", "deep_deletion"), ("TP53", "loss"),
    ]  # fmt: skip
    assert found.warnings == ("calls.txt: 1 of 5 genes are called unchanged",)
    assert [(u.gene, u.reason) for u in found.unread] == [("RB1", "the call is not known")]


def test_a_copy_number_matrix_needs_the_sample() -> None:
    with pytest.raises(DataError, match=r"2 samples; say which with --sample \(S1, S2\)"):
        patient("gistic.txt")
    assert [(b.gene, b.direction) for b in patient("gistic.txt", sample="S1").biomarkers] == [
        ("ERBB2", "amplification"), ("PTEN", "deep_deletion"),
    ]  # fmt: skip


def test_segments_without_genes_are_refused_politely() -> None:
    [unread] = patient("segments.tsv").unread
    assert (unread.input, unread.reason) == (
        "segments.tsv: 2 rows",
        "copy-number segments name no genes; give gene-level calls (gene, call)",
    )


def test_signatures_that_contribute_are_findings(tmp_path: Path) -> None:
    found = patient("signatures.txt")
    assert [(b.name, b.value) for b in found.biomarkers] == [("SBS3", 0.25)]
    with pytest.raises(DataError, match="row 2, column 'contribution': a contribution is a fraction from 0 to 1: '25'"):
        read([edited(tmp_path, "signatures.txt", "0.25", "25")])


def test_the_simplified_input_of_moalmanac() -> None:
    found = patient("simplified.txt")
    read_as = [f.read_as for b in found.biomarkers if isinstance(f := finding(b), Finding)]
    assert read_as == ["BRAF p.V600K", "BRCA1 p.E23* (germline)", "MET amplification", "CD74::ROS1 fusion", "MSI-H"]
    assert [u.reason for u in found.unread] == ["this feature is not understood"]


def test_the_example_patient_goes_through_whole(shared: Path) -> None:
    folder = shared / "oncology" / "moalmanac_example"
    files = [folder / f"example_patient.{part}" for part in (
        "capture.somatic.snvs.maf", "capture.somatic.indels.maf", "capture.germline.maf", "rna.somatic.snvs.maf",
        "rna.star.fusions.txt", "capture.somatic.called.cna.txt", "capture.sbs_contributions.txt")]  # fmt: skip
    [found] = read(files, disease="Melanoma")
    read_as = {f.read_as for b in found.biomarkers if isinstance(f := finding(b), Finding)}
    assert len(read_as) >= len(found.biomarkers) - 5
    assert {"BRAF p.V600E", "BRCA2 p.S1982fs (germline)", "BRAF p.R509* (germline)", "CDK4 amplification",
            "COL1A1::CITED4 fusion", "STAG2 p.F467I", "CDKN2A loss"} <= read_as  # fmt: skip
    assert "EML4::ALK fusion" not in read_as
    assert any(u.input == "EML4--ALK" and "contradict each other" in u.reason for u in found.unread)


TABLES = ["patient.somatic.maf", "star.tsv", "arriba.tsv", "pairs.csv", "calls.txt", "gistic.txt", "signatures.txt",
          "simplified.txt"]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(TABLES),
    st.binary(max_size=30) | st.sampled_from([b"\t", b"\n", b"-", b"9" * 30]),
    st.integers(0, 99),
)
def test_no_damage_gives_anything_but_a_part_or_a_data_error(name: str, noise: bytes, at: int) -> None:
    content = (PATIENTS / name).read_bytes()
    at = at * len(content) // 100
    with suppress(DataError):
        for biomarker in read_table(content[:at] + noise + content[at + len(noise) :], name, sample="S1").biomarkers:
            finding(biomarker)
