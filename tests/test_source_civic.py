"""CIViC's published files become statements that say what CIViC says, and every row is accounted for."""

from __future__ import annotations

import gzip
import shutil
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import ClassVar

import pytest

from graph.claims import All, Criterion, Statement, criteria, phrase
from graph.errors import DataError, LimitError
from ingest.harvest import Harvest, Report
from ingest.sources import civic, civic_fetch
from ingest.sources.civic_fetch import FILES, fetch

EVIDENCE = "nightly-ClinicalEvidenceSummaries.tsv"


@pytest.fixture
def folder(data: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(data / "civic" / "nightly", tmp_path / "nightly"))


@pytest.fixture(scope="module")
def nightly() -> Harvest:
    return civic.read(Path(__file__).parent / "data" / "civic" / "nightly")


@pytest.fixture(scope="module")
def published(shared: Path) -> Harvest:
    return civic.read(shared / "oncology" / "civic")


def statement(harvest: Harvest, id: str) -> Statement:
    return next(s for s in harvest.statements if s.id == id)


def only(harvest: Harvest, id: str) -> Criterion:
    [(found, negated)] = list(criteria(statement(harvest, id).profile))
    assert not negated
    return found


def accounted(report: Report) -> bool:
    aside = report.count("quarantined") + report.count("skipped")
    return report.read == report.loaded + report.merged + aside


def edit(file: Path, old: str, new: str, count: int = -1) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, count), encoding="utf-8")


# -- what a statement says -------------------------------------------------------------------------------------------


def test_evidence_keeps_level_rating_date_and_paper(nightly: Harvest) -> None:
    found = statement(nightly, "civic:EID1409")
    assert (found.therapy, found.direction, found.supports) == (("Vemurafenib",), "sensitive", True)
    assert (found.kind, found.strength, found.level.scheme, found.level.value) == ("evidence", "A", "civic", "A")
    assert found.disease.ids == ("DOID:8923",)
    assert found.citation is not None
    assert found.citation.startswith("PMID:")
    assert found.date is not None
    assert found.text is None
    paper = next(n for n in nightly.nodes if n.id == found.citation)
    assert (paper.label, paper.properties["url"]) == ("Document", f"https://pubmed.ncbi.nlm.nih.gov/{paper.id[5:]}/")


def test_substitutes_are_one_option_a_drug_and_combinations_one_set(nightly: Harvest) -> None:
    assert statement(nightly, "civic:EID7465/imatinib").therapy == ("Imatinib",)
    assert statement(nightly, "civic:EID7465/dasatinib").record == "civic:EID7465"
    assert statement(nightly, "civic:EID3758").therapy == ("Dabrafenib", "Trametinib")
    assert statement(nightly, "civic:EID296").sequential
    assert not statement(nightly, "civic:EID3758").sequential


def test_a_comma_inside_a_chemical_name_separates_no_drugs(nightly: Harvest) -> None:
    assert len(statement(nightly, "civic:EID1192").therapy) == 1


def test_several_drugs_of_which_nobody_says_whether_together_are_quarantined(nightly: Harvest) -> None:
    assert statement(nightly, "civic:EID7655").quarantined is not None


def test_does_not_support_is_not_turned_round(nightly: Harvest) -> None:
    found = statement(nightly, "civic:EID11")
    assert (found.direction, found.supports) == ("resistant", False)


def test_directions(nightly: Harvest) -> None:
    assert statement(nightly, "civic:EID1317").direction == "adverse"
    assert statement(nightly, "civic:EID2477").direction == "reduced"


def test_cancer_and_solid_tumour_are_tumour_agnostic(nightly: Harvest) -> None:
    assert statement(nightly, "civic:EID7465/imatinib").disease.agnostic == "any"
    assert statement(nightly, "civic:EID5957").disease.agnostic == "solid"


def test_germline_origin_is_required_where_the_row_states_it(nightly: Harvest) -> None:
    assert only(nightly, "civic:EID211").origin == "germline"
    assert only(nightly, "civic:EID1409").origin is None


def test_a_fusion_with_a_change_needs_both_and_the_change_has_its_alleles(nightly: Harvest) -> None:
    found = statement(nightly, "civic:EID234").profile
    assert isinstance(found, All)
    fusion, change = (c for c, _ in criteria(found))
    assert (fusion.gene_5p, fusion.gene_3p, fusion.alleles) == ("BCR", "ABL1", ())
    assert (change.gene, change.protein) == ("ABL1", "p.T315I")
    assert "GRCh37:9:133748283:C:T" in change.alleles


def test_missing_residues_are_filled_from_other_rows(nightly: Harvest) -> None:
    changes = [c.protein for c, _ in criteria(statement(nightly, "civic:EID444").profile) if c.type == "variant"]
    assert changes == ["p.T1151_L1152insT"]


def test_alternatives_and_a_second_condition(nightly: Harvest) -> None:
    found = statement(nightly, "civic:EID6262/dabrafenib").profile
    assert phrase(found) == "(BRAF V600E OR BRAF V600K) AND BRAF AMPLIFICATION"


def test_deletions_have_alleles_as_maf_files_write_them(nightly: Harvest) -> None:
    assert only(nightly, "civic:EID2513").alleles == ("GRCh37:7:55242465:GGAATTAAGAGAAGC:-",)


def test_exon_deletions_within_and_of_whole_exons_are_told_apart(nightly: Harvest) -> None:
    assert only(nightly, "civic:EID273").exons == (19, 19)
    assert only(nightly, "civic:EID662").type == "other"


def test_what_is_not_understood_is_kept_and_holds_for_nobody(nightly: Harvest) -> None:
    found = only(nightly, "civic:EID247")
    assert (found.type, found.name, found.gene) == ("other", "FLT3 TKD MUTATION", "FLT3")
    noted = {a.record for a in nightly.report.set_aside if a.fate == "note"}
    assert noted == {"civic:EID247", "civic:EID662"}


def test_assertions_take_their_combination_from_their_evidence(nightly: Harvest) -> None:
    label = statement(nightly, "civic:AID7")
    assert (label.therapy, label.kind, label.strength) == (("Dabrafenib", "Trametinib"), "guideline", "guideline")
    assert statement(nightly, "civic:AID8").kind == "evidence"
    assert statement(nightly, "civic:AID8").strength == "A"


def test_variants_carry_identifiers_and_groups(nightly: Harvest) -> None:
    v600e = next(n for n in nightly.nodes if n.id == "clew.variant:BRAF_p.V600E")
    assert {"CIVIC.VID:12", "CLINVAR:13961", "CAID:CA123643", "DBSNP:rs113488022"} <= set(v600e.properties["xrefs"])
    genes = {n.id for n in nightly.nodes if n.label == "Gene"}
    assert "NCBIGene:673" in genes
    edges = {(e.source, e.type, e.target) for e in nightly.edges}
    assert ("clew.variant:BRAF_p.V600E", "IN_GENE", "NCBIGene:673") in edges
    assert any(type_ == "MEMBER_OF" and target.startswith("CIVIC.VGID:") for _, type_, target in edges)


def test_skipped_rows_say_why(nightly: Harvest) -> None:
    assert nightly.report.reasons("skipped") == {
        "the type is Diagnostic": 2,
        "no drug is named": 1,
        "the clinical significance is N/A": 1,
        "the status is submitted": 1,
    }
    assert accounted(nightly.report)


# -- the published files ---------------------------------------------------------------------------------------------


def test_the_published_folder_adds_up(published: Harvest) -> None:
    report = published.report
    assert accounted(report)
    assert report.read == 3706 + 19 + 1467 + 25 + 440
    assert len({s.record for s in published.statements if ":EID" in s.record}) == 2346 - 5
    assert len({s.id for s in published.statements}) == len(published.statements)
    understood, looked_at = report.coverage["biomarker"]
    assert looked_at - understood <= 50
    assert set(published.source.files) == {
        f"nightly-{kind}Summaries.tsv" for kind in ("ClinicalEvidence", "Assertion", "Variant", "VariantGroup", "Gene")
    }


def test_every_published_edge_ends_at_a_node(published: Harvest) -> None:
    ids = {n.id for n in published.nodes}
    assert all(e.source in ids and e.target in ids for e in published.edges)


@pytest.mark.parametrize(("name", "predictive"), [("2018-03-02", 1465), ("2018-11-08", 1810)])
def test_older_versions_with_older_columns(shared: Path, name: str, predictive: int) -> None:
    file = shared / "oncology" / "civic" / "history" / f"{name}-ClinicalEvidenceSummaries.tsv"
    harvest = civic.read(file)
    assert accounted(harvest.report)
    assert len({s.record for s in harvest.statements}) > 0.98 * predictive
    assert harvest.source.version is not None
    assert harvest.source.version < name


def test_a_folder_with_two_versions_is_refused(shared: Path) -> None:
    with pytest.raises(DataError, match="2 files of one kind"):
        civic.read(shared / "oncology" / "civic" / "history")


def test_columns_as_published_since_2022(folder: Path) -> None:
    """Gene and variant are one molecular profile, drugs are therapies, significance has lost its first word."""
    file = folder / EVIDENCE
    lines = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    header, rows = lines[0], lines[1:]
    renamed = {
        "drugs": "therapies",
        "drug_interaction_type": "therapy_interaction_type",
        "clinical_significance": "significance",
        "variant_id": "molecular_profile_id",
    }
    gone = {"gene", "entrez_id", "gene_id", "chromosome", "start", "stop", "reference_bases", "variant_bases",
            "representative_transcript", "chromosome2", "start2", "stop2", "representative_transcript2",
            "ensembl_version", "reference_build", "variant_summary", "variant_civic_url", "gene_civic_url"}  # fmt: skip
    kept = [i for i, name in enumerate(header) if name not in gone]
    gene, variant = header.index("gene"), header.index("variant")
    profiles = {"BCR-ABL T315I": "BCR::ABL1 Fusion AND ABL1 T315I", "EML4-ALK e6-e20": "EML4::ALK e6-e20"}
    written = ["\t".join("molecular_profile" if i == variant else renamed.get(header[i], header[i]) for i in kept)]
    for row in rows:
        named = profiles.get(row[variant], f"{row[gene]} {row[variant]}")
        written.append("\t".join(named if i == variant else row[i] for i in kept))
    before = civic.read(folder)
    file.write_text("\n".join(written) + "\n", encoding="utf-8")
    after = civic.read(folder)
    assert accounted(after.report)
    assert [s.id for s in after.statements] == [s.id for s in before.statements]
    assert statement(after, "civic:EID1409").profile == statement(before, "civic:EID1409").profile
    fusion, change = (c for c, _ in criteria(statement(after, "civic:EID234").profile))
    assert (fusion.gene_3p, change.protein, change.alleles != ()) == ("ABL1", "p.T315I", True)


# -- planted faults --------------------------------------------------------------------------------------------------


def message(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        civic.read(path)
    return str(caught.value)


def test_a_missing_column_is_named(folder: Path) -> None:
    edit(folder / EVIDENCE, "evidence_level", "evidence_lvl", 1)
    assert message(folder) == (
        f"{EVIDENCE}, row 1, column 'evidence_level': this column is missing (did you mean evidence_lvl?)"
    )


def test_a_column_that_had_two_names_is_named_with_both(folder: Path) -> None:
    edit(folder / EVIDENCE, "\tdrugs\t", "\tasco_abstract_id_\t", 1)
    assert "this column is not known" in message(folder)
    edit(folder / EVIDENCE, "\tasco_abstract_id_\t", "\ttherapy_interaction_type\t", 1)
    assert message(folder) == f"{EVIDENCE}, row 1, column 'drugs or therapies': this column is missing"


def test_an_unknown_column_is_named(folder: Path) -> None:
    edit(folder / EVIDENCE, "variant_summary", "varaint_summary", 1)
    assert message(folder) == (
        f"{EVIDENCE}, row 1, column 'varaint_summary': this column is not known (did you mean variant_summary?)"
    )


def test_a_bad_hgvs_expression_beside_the_coordinates_is_a_warning(folder: Path) -> None:
    edit(folder / "nightly-VariantSummaries.tsv", "NC_000007.13:g.140453136A>T", "NC_000007.13:g.140453136A>C")
    warned = [a for a in civic.read(folder).report.set_aside if a.column == "hgvs_expressions"]
    assert [(a.record, a.reason) for a in warned] == [
        ("civic:VID12", "coordinates and HGVS expressions name different alleles")
    ]


def test_reference_bases_that_do_not_fit_give_no_allele(folder: Path) -> None:
    edit(folder / "nightly-VariantSummaries.tsv", "\tGGAATTAAGAGAAGC\t", "\tGGAATTAAGAGAAG\t")
    harvest = civic.read(folder)
    assert only(harvest, "civic:EID2513").alleles == ()
    assert "the reference bases do not fill start to stop" in harvest.report.reasons("note")


def test_wrong_encoding_is_named_with_its_row(folder: Path) -> None:
    file = folder / EVIDENCE
    lines = file.read_bytes().split(b"\n")
    lines[3] = lines[3].replace(b"Chronic", b"Chr\xf6nic")
    file.write_bytes(b"\n".join(lines))
    assert message(folder).startswith(f"{EVIDENCE}, row 4: the file is not UTF-8 text (byte 0xf6)")


def test_a_truncated_gzip_is_named(folder: Path) -> None:
    packed = folder.parent / "nightly-ClinicalEvidenceSummaries.tsv.gz"
    packed.write_bytes(gzip.compress((folder / EVIDENCE).read_bytes())[:-900])
    assert message(packed) == "nightly-ClinicalEvidenceSummaries.tsv.gz: the gzip file is cut off: its end is missing"


def test_a_repeated_id_is_merged_when_equal_and_an_error_when_not(folder: Path) -> None:
    file = folder / EVIDENCE
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([*lines, lines[3]]) + "\n", encoding="utf-8")
    report = civic.read(folder).report
    assert report.merged == 1
    assert accounted(report)
    file.write_text("\n".join([*lines, lines[3].replace("Imatinib", "Dasatinib")]) + "\n", encoding="utf-8")
    assert message(folder) == (
        f"{EVIDENCE}, row {len(lines) + 1}, column 'evidence_id': this id is in row 4 too, with other content: '234'"
    )


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("\tSupports\tA\t", "\tSupports\tF\t", "'evidence_level': an evidence level is one of A, B, C, D, E: 'F'"),
        ("\tCombination\t", "\tCombinaton\t", "way of giving drugs together: 'Combinaton' (did you mean Combination"),
        ("\t9119\t", "\tAML\t", "column 'doid': a Disease Ontology id is a number: 'AML'"),
        ("\t25\t", "\tABL1\t", "column 'entrez_id': an Entrez id is a number: 'ABL1'"),
    ],
)
def test_a_wrong_cell_is_named_with_its_place(folder: Path, old: str, new: str, problem: str) -> None:
    edit(folder / EVIDENCE, old, new, 1)
    assert problem in message(folder)


@pytest.mark.parametrize(
    ("old", "new", "column", "problem"),
    [
        ("\tPredictive\t", "\tPredictve\t", "evidence_type", "does not use this word here (did you mean Predictive?)"),
        ("\tSupports\t", "\tSuports\t", "evidence_direction", "(did you mean Supports?)"),
        ("\taccepted\t", "\taccepte\t", "evidence_status", "(did you mean accepted?)"),
        ("\tResistance\t", "\tResistence\t", "clinical_significance", "(did you mean Resistance?)"),
        ("\tImatinib\t", "\tImatnib\t", "drugs", "Imatnib is no drug that is known (did you mean Imatinib?)"),
        ("\tV600E\t", "\tV6OOE\t", "variant", "12 is called V600E elsewhere"),
        ("\tMelanoma\t1909", "\tMelanom\t1909", "disease", "1909 is called Melanoma elsewhere"),
    ],
)
def test_a_slip_of_the_pen_is_a_warning_with_the_right_word(
    folder: Path, old: str, new: str, column: str, problem: str
) -> None:
    assert "warning" not in {a.fate for a in civic.read(folder).report.set_aside}
    edit(folder / EVIDENCE, old, new, 1)
    report = civic.read(folder).report
    [warning] = [a for a in report.set_aside if a.fate == "warning"]
    assert (warning.file, warning.column) == (EVIDENCE, column) and warning.row
    assert problem in warning.reason
    assert accounted(report)


def test_published_files_give_notes_and_no_warning(published: Harvest) -> None:
    assert published.report.count("note") > 50
    assert [a for a in published.report.set_aside if a.fate == "warning"] == []


def test_a_file_of_another_source_is_said_to_be_none_of_civic(tmp_path: Path) -> None:
    other = tmp_path / "genes.txt"
    other.write_text("gene\t\t\nBRAF\t1\t2\n")
    assert message(other).startswith("genes.txt, row 1: this is no evidence file of CIViC")


def test_a_folder_without_evidence_says_what_is_missing(tmp_path: Path) -> None:
    assert message(tmp_path).endswith("the folder holds no file named \u2026ClinicalEvidenceSummaries.tsv")


# -- fetching --------------------------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    content: ClassVar[dict[str, bytes]] = {}
    short: ClassVar[int] = 0
    elsewhere: ClassVar[str] = ""
    pause: ClassVar[float] = 0

    def do_GET(self) -> None:
        if self.elsewhere:
            self.send_response(302)
            self.send_header("Location", self.elsewhere)
            self.end_headers()
            return
        body = self.content.get(self.path.rpartition("/")[2])
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + self.short))
        self.end_headers()
        step = 10 if self.pause else len(body)
        with suppress(ConnectionError):
            for at in range(0, len(body), step):
                self.wfile.write(body[at : at + step])
                time.sleep(self.pause)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(data: Path) -> Iterator[str]:
    _Handler.content = {name: (data / "civic" / "nightly" / name).read_bytes() for name in FILES}
    _Handler.short, _Handler.elsewhere, _Handler.pause = 0, "", 0
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}/downloads/nightly/"
        running.shutdown()
        thread.join()


def test_the_published_files_are_fetched_and_read(server: str, tmp_path: Path, nightly: Harvest) -> None:
    fetched = fetch(tmp_path / "civic", base=server)
    assert sorted(p.name for p in fetched.iterdir()) == sorted(FILES)
    assert civic.read(fetched).source.files == nightly.source.files


@pytest.mark.parametrize(
    "elsewhere", ["http://example.invalid/x", "ftp://127.0.0.1/x", "http://127.0.0.1:1@x.invalid/"]
)
def test_a_redirect_leads_to_no_address_that_would_not_be_fetched(server: str, tmp_path: Path, elsewhere: str) -> None:
    _Handler.elsewhere = elsewhere
    with pytest.raises(DataError, match="only https"):
        fetch(tmp_path, base=server)
    assert list(tmp_path.iterdir()) == []


def test_https_leads_to_nothing_on_this_machine() -> None:
    request = urllib.request.Request("https://example.invalid/x")
    with pytest.raises(DataError, match="only https"):
        civic_fetch._Redirects().redirect_request(request, BytesIO(), 302, "", HTTPMessage(), "http://localhost:80/x")


def test_a_server_that_sends_for_ever_is_left(server: str, tmp_path: Path) -> None:
    _Handler.pause = 0.05
    began = time.monotonic()
    with pytest.raises(DataError, match=r"not done after 0\.3 seconds"):
        fetch(tmp_path, base=server, longest=0.3)
    assert time.monotonic() - began < 5
    assert list(tmp_path.iterdir()) == []


def test_a_fetch_that_fails_leaves_nothing_half(server: str, tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="more than 100 bytes"):
        fetch(tmp_path, base=server, largest=100)
    _Handler.short = 10
    with pytest.raises(DataError, match=r"bytes came|cannot be fetched"):
        fetch(tmp_path, base=server)
    _Handler.content = {}
    with pytest.raises(DataError, match="cannot be fetched"):
        fetch(tmp_path, base=server)
    with pytest.raises(DataError, match="only https"):
        fetch(tmp_path, base="ftp://127.0.0.1/")
    assert list(tmp_path.iterdir()) == []
