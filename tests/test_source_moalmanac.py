"""What the MOAlmanac importer promises: every row accounted for, no negation lost, no contradicted label believed."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from graph.claims import All, Criterion, Is, Not, Statement, criteria, phrase
from graph.errors import DataError
from ingest.harvest import Harvest
from ingest.sources.moalmanac import read
from ingest.sources.moalmanac_biomarkers import Unclear, biomarker
from ingest.sources.moalmanac_diseases import scope


@pytest.fixture
def invented(data: Path) -> Harvest:
    return read(data / "moalmanac")


@pytest.fixture
def copy(data: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(data / "moalmanac", tmp_path / "db"))


@cache
def published(shared: Path) -> Harvest:
    return read(shared / "oncology" / "moalmanac-db")


def named(harvest: Harvest, record: str) -> Statement:
    return next(s for s in harvest.statements if s.id == record)


def change(path: Path, edit: Callable[[Any], None]) -> None:
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


def test_counts_add_up(invented: Harvest) -> None:
    r = invented.report
    assert r.read == r.loaded + r.merged + r.count("quarantined") + r.count("skipped") == 22


def test_a_label_row_carries_agency_date_link_and_settings(invented: Harvest) -> None:
    s = named(invented, "moa-db:statement:1")
    assert (s.kind, s.strength, s.level.value, s.agency, s.date) == ("label", "label", "Approval", "fda", "2020-05-06")
    assert s.url == "https://label.example/novatinib"
    assert (s.therapy, s.disease.ids) == (("Novatinib",), ("ONCOTREE:MEL",))
    assert [(c.fact, c.cell) for c in s.settings][:2] == [("age_years", ">=18"), ("line", "=1")]
    assert all(c.derived_from_text for c in s.settings)
    assert s.text is None, "the source's licence does not let a release carry its wording"


def test_a_variant_keeps_protein_change_codon_and_allele(invented: Harvest) -> None:
    profile = named(invented, "moa-db:statement:1").profile
    assert isinstance(profile, Is)
    c = profile.criterion
    assert (c.gene, c.protein, c.codons, c.alleles) == (
        "BRAF", "p.V600E", (600, 600), ("GRCh37:7:140453136:A:T",),
    )  # fmt: skip


def test_a_biomarker_that_must_be_absent_is_a_not(invented: Harvest) -> None:
    s = named(invented, "moa-db:statement:2")
    assert isinstance(s.profile, Not)
    assert phrase(s.profile) == "NOT KRAS p.G12D"
    assert s.quarantined is None


def test_an_absence_that_the_text_contradicts_is_quarantined(invented: Harvest) -> None:
    s = named(invented, "moa-db:statement:3")
    assert isinstance(s.profile, Not), "quarantine never turns a row into its opposite"
    assert s.quarantined == "the row asks for no BCR::ABL1; its text says that Philadelphia chromosome is present"


def test_several_biomarkers_must_all_hold_and_a_fraction_is_a_percentage(invented: Harvest) -> None:
    s = named(invented, "moa-db:statement:4")
    assert isinstance(s.profile, All)
    expression = next(c for c, _ in criteria(s.profile) if c.type == "expression")
    assert (expression.marker, expression.comparator, expression.value, expression.unit, expression.scheme) == (
        "PD-L1", ">=", 50.0, "percent", "TPS",
    )  # fmt: skip


def test_an_absence_that_only_the_text_states_is_read_into_the_row(invented: Harvest) -> None:
    s = named(invented, "moa-db:statement:5")
    assert phrase(s.profile) == "PD-L1 >= 50% AND Wild type EGFR AND Wild type ALK"
    assert s.derived_from_text == ("profile", "settings")
    warning = next(a for a in invented.report.set_aside if a.record == s.record)
    assert (warning.fate, warning.reason) == (
        "note", "the text also asks for the absence of EGFR and ALK; the row is read so",
    )  # fmt: skip


def test_a_tumour_agnostic_row_has_its_exclusions(invented: Harvest) -> None:
    s = named(invented, "moa-db:statement:6")
    assert (s.disease.agnostic, s.disease.ids, s.disease.excluded) == ("solid", (), ("Colorectal cancer",))


def test_rows_whose_disease_or_drug_is_not_the_texts_are_quarantined(invented: Harvest) -> None:
    reasons = {a.record: a.reason for a in invented.report.set_aside if a.fate == "quarantined"}
    assert reasons["moa-db:statement:7"] == "the row is for Melanoma; its text names acute myeloid leukaemia"
    assert reasons["moa-db:statement:9"] == "the source marks it as withdrawn"
    assert reasons["moa-db:statement:10"] == (
        "the row is for Cisplatin + Exemplumab; its text says in combination with Pemetrexed"
    )
    assert reasons["moa-db:statement:13"] == "the row is for Novatinib; the label is that of Ficticiclib"


def test_a_property_that_is_not_understood_never_widens_a_row(invented: Harvest) -> None:
    s = named(invented, "moa-db:statement:12")
    assert s.quarantined == "BRAF p.V600E, clonal: the biomarker has a property that is not understood: clonal_only"
    assert [c.type for c, _ in criteria(s.profile)] == ["other"], "it holds for no patient"


def test_a_label_without_a_date_stays_undated(invented: Harvest) -> None:
    s = named(invented, "moa-db:statement:8")
    assert (s.agency, s.date) == ("hc", None)


def test_alternatives_become_one_statement_a_drug(invented: Harvest) -> None:
    made = [s for s in invented.statements if s.record == "moa-db:statement:11"]
    assert [(s.id, s.therapy) for s in made] == [
        ("moa-db:statement:11/novatinib", ("Novatinib",)),
        ("moa-db:statement:11/ficticiclib", ("Ficticiclib",)),
    ]


def reworded(copy: Path, number: int, text: str, **more: str) -> Harvest:
    """The invented files with another text for one indication."""
    change(copy / "referenced" / "indications.json", lambda c: c[number - 1].update(indication=text, **more))
    return read(copy)


def test_a_setting_that_is_not_read_whole_counts_as_unknown(invented: Harvest, copy: Path) -> None:
    assert named(invented, "moa-db:statement:1").settings_stated
    text = "NOVALOX is indicated for adults with melanoma with a BRAF V600E mutation with no satisfactory alternative."
    assert not named(reworded(copy, 1, text), "moa-db:statement:1").settings_stated


def test_a_disease_in_which_nothing_is_known_of_children_makes_two_statements(copy: Path) -> None:
    text = (
        "NOVALOX is indicated for adult and pediatric patients with solid tumors with a BRAF V600E mutation. "
        "The safety of NOVALOX in pediatric patients with bone cancers has not been established."
    )
    made = [s for s in reworded(copy, 6, text).statements if s.record == "moa-db:statement:6"]
    assert [(s.id, s.settings[0].cell, s.settings_stated) for s in made] == [
        ("moa-db:statement:6", ">=18", True), ("moa-db:statement:6/children", "<18", False),
    ]  # fmt: skip
    assert {s.disease.excluded for s in made} == {()}


def test_a_date_that_lies_years_before_its_document_is_noted(copy: Path) -> None:
    text = "NOVALOX is indicated for adults with melanoma with a BRAF V600E mutation."
    harvest = reworded(copy, 1, text, initial_approval_url="https://label.example/label/2023/1.pdf")
    warning = next(a for a in harvest.report.set_aside if a.column == "initial_approval_date")
    assert (warning.fate, warning.value) == ("note", "2020-05-06")
    assert named(harvest, "moa-db:statement:1").date == "2020-05-06"


def test_an_assertion_holds_only_for_what_its_text_names(copy: Path) -> None:
    text = "Approved for adults with HER2-negative NSCLC with an EGFR mutation, in combination with chemotherapy."
    path = copy / "molecular-oncology-almanac.json"
    change(path, lambda c: next(r for r in c if r["assertion_id"] == 12).update(description=text))
    s = named(read(copy), "moa:assertion:12")
    assert [c.marker for c, _ in criteria(s.profile)] == [None, "HER2"]
    assert (s.accepts_unknown, s.settings_stated) == (True, False)


def test_a_domain_that_only_a_name_tells_bounds_the_codons() -> None:
    properties = {"biomarker_type": "Somatic Variant", "requires_oncogenic": True}
    made = biomarker("ERBB2 TKD activating variants", ("ERBB2",), properties)
    assert isinstance(made, Is)
    assert (made.criterion.codons, made.criterion.requires) == ((720, 987), "activating")
    unknown = biomarker("BRAF SH2 domain variants", ("BRAF",), properties)
    assert isinstance(unknown, Unclear)


def test_genes_come_as_nodes_with_their_identifiers(invented: Harvest) -> None:
    nodes = {n.name: n for n in invented.nodes}
    assert nodes["BRAF"].id == "NCBIGene:673"
    assert nodes["BRAF"].properties["xrefs"] == ("ENSEMBL:ENSG00000157764", "HGNC:1097")
    assert nodes["KRAS"].id == "HGNC.SYMBOL:KRAS"


def test_assertions_of_the_flat_file_keep_direction_and_level(invented: Harvest) -> None:
    made = {s.id: (s.direction, s.kind, s.strength) for s in invented.statements if s.id.startswith("moa:")}
    assert made == {
        "moa:assertion:11": ("resistant", "guideline", "guideline"),
        "moa:assertion:12": ("sensitive", "label", "label"),
        "moa:assertion:13": ("no_benefit", "evidence", "C"),
        "moa:assertion:17": ("sensitive", "evidence", "D"),
        "moa:assertion:18": ("sensitive", "evidence", "E"),
        "moa:assertion:19": ("sensitive", "evidence", "B"),
    }
    assert named(invented, "moa:assertion:19").profile == Is(
        Criterion(type="variant", name="EGFR p.G719", gene="EGFR", codons=(719, 719))
    )


def test_skipped_assertions_say_why(invented: Harvest) -> None:
    assert invented.report.reasons("skipped") == Counter(
        {
            "it says nothing of a therapy (prognostic or diagnostic)": 1,
            "a knockdown is an experiment, not a finding of a tumour": 1,
            "the source marks it as deprecated": 1,
        }
    )


def test_either_part_alone_is_a_source(data: Path) -> None:
    folder = read(data / "moalmanac" / "referenced")
    flat = read(data / "moalmanac" / "molecular-oncology-almanac.json")
    assert {s.record.rpartition(":")[0] for s in folder.statements} == {"moa-db:statement"}
    assert {s.record.rpartition(":")[0] for s in flat.statements} == {"moa:assertion"}
    assert "statements.json" in folder.source.files and "statements.json" not in flat.source.files


@pytest.mark.parametrize(
    ("name", "equality", "unit", "value", "expected"),
    [
        ("PD-L1 >= 50%", ">=", "Tumor Proportion Score (TPS)", 0.5, (50.0, "percent", "TPS")),
        ("PD-L1 >= 50%", ">=", "Tumor Proportion Score (TPS)", 50, (50.0, "percent", "TPS")),
        ("PD-L1 >= 1%", ">=", "Tumor Proportion Score (TPS)", 1, (1.0, "percent", "TPS")),
        ("PD-L1 (CPS) >= 1", ">=", "Combined Positive Score (CPS)", 1, (1.0, "count", "CPS")),
        ("PD-L1 high", ">=", "Tumor Area Positivity (TAP)", 0.05, (5.0, "percent", "TAP")),
    ],
)
def test_a_share_is_read_as_percent_however_it_is_written(
    name: str, equality: str, unit: str, value: float, expected: tuple[float, str, str]
) -> None:
    made = biomarker(
        name, (), {"biomarker_type": "Protein expression", "marker": "PD-L1", "unit": unit, "equality": equality,
                   "value": value, "_present": True},
    )  # fmt: skip
    assert isinstance(made, Is)
    assert (made.criterion.value, made.criterion.unit, made.criterion.scheme) == expected


def test_a_value_that_its_name_denies_is_unclear() -> None:
    made = biomarker(
        "PD-L1 >= 50%", (), {"biomarker_type": "Protein expression", "marker": "PD-L1", "equality": ">=",
                             "unit": "Tumor Proportion Score (TPS)", "value": 0.1},
    )  # fmt: skip
    assert isinstance(made, Unclear)
    assert made.reason == "the value 0.1 and the name 'PD-L1 >= 50%' do not agree"


def test_sides_of_a_fusion_are_kept() -> None:
    properties = {"biomarker_type": "Rearrangement", "rearrangement_type": "Fusion"}
    three, five, both = (biomarker(n, g, properties) for n, g in (
        ("v::ALK", ("ALK",)), ("FGFR2::v", ("FGFR2",)), ("BCR::ABL1", ("BCR", "ABL1")),
    ))  # fmt: skip
    assert isinstance(three, Is) and (three.criterion.gene, three.criterion.gene_3p) == ("ALK", "ALK")
    assert isinstance(five, Is) and (five.criterion.gene, five.criterion.gene_5p) == ("FGFR2", "FGFR2")
    assert isinstance(both, Is) and (both.criterion.gene_5p, both.criterion.gene_3p) == ("BCR", "ABL1")


def test_a_histone_residue_is_found_by_either_way_of_counting() -> None:
    made = biomarker("H3-3A p.K27M", ("H3-3A",), {"biomarker_type": "Somatic Variant", "protein_change": "p.K28M"})
    assert not isinstance(made, Unclear)
    assert [c.protein for c, _ in criteria(made)] == ["p.K28M", "p.K27M"]


def test_a_disease_that_no_ontology_names_is_the_broader_one_with_its_condition() -> None:
    found, conditions = scope("Lung Non-Squamous Non-Small Cell Carcinoma", ["ncit:C135017"])
    assert found.ids == ("ONCOTREE:NSCLC",)
    assert [(c.fact, c.cell.split("|")[0]) for c in conditions] == [("histology", "!squamous")]


# -- planted faults: the message that the user sees ------------------------------------------------------------------


def fault(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read(path)
    return str(caught.value)


def test_a_missing_key_is_named(copy: Path) -> None:
    change(copy / "referenced" / "statements.json", lambda c: c[2].pop("proposition_id"))
    assert fault(copy) == "statements.json, row 3, column 'proposition_id': the key is missing"


def test_a_misspelt_key_is_seen(copy: Path) -> None:
    change(copy / "referenced" / "statements.json", lambda c: c[0].update(propositionid=c[0].pop("proposition_id")))
    assert fault(copy) == (
        "statements.json, row 1, column 'proposition_id': the key is missing; propositionid is there instead"
    )


def test_a_value_of_another_type_is_named(copy: Path) -> None:
    change(copy / "referenced" / "propositions.json", lambda c: c[0].update(conditionQualifier_id="melanoma"))
    assert fault(copy) == (
        "propositions.json, row 1, column 'conditionQualifier_id': a value of type int is needed: 'melanoma'"
    )


def test_a_reference_that_leads_nowhere_is_named(copy: Path) -> None:
    change(copy / "referenced" / "propositions.json", lambda c: c[3].update(conditionQualifier_id=99))
    assert fault(copy) == (
        "propositions.json, row 4, column 'conditionQualifier_id': no record of diseases.json has this id: '99'"
    )


def test_a_reference_close_to_a_known_one_is_suggested(copy: Path) -> None:
    change(copy / "referenced" / "documents.json", lambda c: c[0].update(agent_id="fdaa"))
    assert fault(copy) == (
        "documents.json, row 1, column 'agent_id': no record of agents.json has this id: 'fdaa' (did you mean fda?)"
    )


def test_an_id_that_is_there_twice_is_named(copy: Path) -> None:
    change(copy / "referenced" / "statements.json", lambda c: c[4].update(id=1))
    assert fault(copy) == "statements.json, row 5, column 'id': the id is already that of record 1: '1'"
    change(copy / "referenced" / "genes.json", lambda c: c[1].update(id=0))
    assert fault(copy) == "genes.json, row 2, column 'id': the id is already that of record 1: '0'"


def test_a_wrong_encoding_is_named(copy: Path) -> None:
    path = copy / "referenced" / "diseases.json"
    path.write_bytes(path.read_bytes().replace(b"Melanoma", b"Mela\xe9oma"))
    assert fault(copy) == "diseases.json, row 4: the file is not UTF-8 text (byte 0xe9)"


def test_a_file_that_is_cut_off_is_named(copy: Path) -> None:
    path = copy / "referenced" / "urls.json"
    path.write_text(path.read_text()[:40])
    assert fault(copy).startswith("urls.json, row 4: the file ends in the middle of its JSON; it is cut off (")


def test_a_key_that_is_there_twice_is_named(copy: Path) -> None:
    path = copy / "molecular-oncology-almanac.json"
    path.write_text(path.read_text().replace('"gene": "EGFR"', '"gene": "EGFR", "gene": "KRAS"', 1))
    assert fault(copy) == "molecular-oncology-almanac.json, column 'gene': the key is there twice in one object"


def test_a_missing_file_and_an_empty_folder_are_named(copy: Path, tmp_path: Path) -> None:
    (copy / "referenced" / "strengths.json").unlink()
    assert fault(copy).endswith("strengths.json: there is no such file")
    (tmp_path / "empty").mkdir()
    assert fault(tmp_path / "empty") == (
        "empty: the folder holds neither referenced/statements.json nor molecular-oncology-almanac.json"
    )


def test_a_strength_that_is_not_known_is_an_error(copy: Path) -> None:
    change(copy / "referenced" / "strengths.json", lambda c: c[0].update(name="Rumour"))
    assert fault(copy) == "strengths.json, row 1, column 'name': the strength is not known: 'Rumour'"


def test_an_assertion_cannot_say_both(copy: Path) -> None:
    change(copy / "molecular-oncology-almanac.json", lambda c: c[0].update(therapy_sensitivity=1))
    assert fault(copy) == (
        "molecular-oncology-almanac.json, row 1, column 'therapy_resistance': "
        "an assertion cannot state sensitivity and resistance at once: '1'"
    )


def test_an_unknown_disease_keeps_its_name_for_the_build_to_resolve(copy: Path) -> None:
    change(copy / "referenced" / "diseases.json", lambda c: c[0].update(name="Nosuchoma", primary_coding_id="ncit:X1"))
    s = named(read(copy), "moa-db:statement:1")
    assert (s.disease.name, s.disease.ids) == ("Nosuchoma", ())


def test_a_later_version_with_more_keys_and_statements_is_read(copy: Path) -> None:
    change(copy / "referenced" / "statements.json", lambda c: c.append({**c[0], "id": 77, "reviewers": ["A"]}))
    harvest = read(copy)
    assert named(harvest, "moa-db:statement:77").quarantined is None
    warning = next(a for a in harvest.report.set_aside if a.column == "reviewers")
    assert (warning.fate, warning.file, warning.row, warning.reason) == (
        "warning", "statements.json", 14, "this key is not known to the importer; what it says is not used",
    )  # fmt: skip


def test_an_earlier_version_with_organizations_and_links_in_documents_is_read(copy: Path) -> None:
    folder = copy / "referenced"
    agents = json.loads((folder / "agents.json").read_text())
    (folder / "organizations.json").write_text(json.dumps([{"id": a["id"], "name": a["name"]} for a in agents[:2]]))
    (folder / "urls.json").unlink()

    def older(documents: list[dict[str, Any]]) -> None:
        for document in documents:
            document["organization_id"] = document.pop("agent_id")
            document["url"] = f"https://old.example/{document.pop('urls')[0]}"

    change(folder / "documents.json", older)
    s = named(read(copy), "moa-db:statement:1")
    assert (s.agency, s.url) == ("fda", "https://old.example/url:1")


# -- the published files ---------------------------------------------------------------------------------------------


def test_published_counts_add_up(shared: Path) -> None:
    r = published(shared).report
    assert r.read == r.loaded + r.merged + r.count("quarantined") + r.count("skipped") == 1944 + 1018


def test_no_published_negation_is_lost(shared: Path) -> None:
    """Every statement with a biomarker that must be absent has it under a Not, or is quarantined with it there."""
    folder = shared / "oncology" / "moalmanac-db" / "referenced"
    absent = {
        b["id"]: b["name"]
        for b in json.loads((folder / "biomarkers.json").read_text())
        if any(e["name"] == "_present" and e["value"] is False for e in b["extensions"])
    }
    asked = {
        p["id"]: [absent[b] for b in p["biomarkers"] if b in absent]
        for p in json.loads((folder / "propositions.json").read_text())
    }
    by_id = {s.record: s for s in published(shared).statements}
    rows = [s for s in json.loads((folder / "statements.json").read_text()) if asked[s["proposition_id"]]]
    assert len(rows) == 41
    for row in rows:
        statement = by_id[f"moa-db:statement:{row['id']}"]
        negated = {c.name for c, under_not in criteria(statement.profile) if under_not}
        assert set(asked[row["proposition_id"]]) <= negated


def test_published_negations_that_contradict_their_text_are_quarantined(shared: Path) -> None:
    negated = [s for s in published(shared).statements if any(n for _, n in criteria(s.profile))]
    quarantined = [s for s in negated if s.quarantined and "is present" in s.quarantined]
    philadelphia = [s for s in quarantined if "Philadelphia" in (s.quarantined or "")]
    assert len(philadelphia) == 18
    assert len([s for s in philadelphia if s.disease.name == "Chronic Myelogenous Leukemia"]) == 10
    assert all("17p" in (s.quarantined or "") for s in quarantined if s not in philadelphia)
    assert any(s.disease.name == "Aggressive Systemic Mastocytosis" and not s.quarantined for s in negated)


def test_quarantine_drops_few_published_labels(shared: Path) -> None:
    """Counted, so that a pattern that has become loose is seen: read by hand, every one of them is a contradiction."""
    statements = [s for s in published(shared).statements if s.record.startswith("moa-db")]
    contradicted = [s for s in statements if s.quarantined and "marks it as" not in s.quarantined]
    assert len(contradicted) == 104
    assert len([s for s in statements if s.quarantined]) == 112
    diseases = [s for s in contradicted if re.match(r"the row is for [^;]+; its text names", s.quarantined or "")]
    assert len(diseases) == 33


def test_no_published_label_is_quarantined_for_its_own_wording(shared: Path) -> None:
    """Expected sources of the tumour cases stay believed, save where row and text do contradict each other."""
    cases = (shared.parent / "cases" / "oncology.jsonl").read_text().splitlines()
    expected = {s for line in cases for e in json.loads(line)["expected"] for s in e["sources"]}
    by_id = {s.record: s for s in published(shared).statements}
    doubted = {s: by_id[s].quarantined for s in expected if s in by_id and by_id[s].quarantined}
    assert set(doubted.values()) <= {
        "the row asks for no BCR::ABL1; its text says that Philadelphia chromosome is present",
        "the row asks for Wild type HRAS; its text names NRAS",
        "the row asks for HER2-low; its text says positive",
    }


def test_published_dates_agencies_and_scores(shared: Path) -> None:
    made = [s for s in published(shared).statements if s.record.startswith("moa-db")]
    statements = [s for s in made if not s.id.endswith("/children")]
    assert sum(s.date is None for s in statements) == 439
    assert Counter(s.agency for s in statements) == {"fda": 686, "ema": 509, "hc": 380, "hse": 347, "hpra": 22}
    shares = {c.value for s in statements for c, _ in criteria(s.profile) if c.unit == "percent"}
    assert shares == {1.0, 5.0, 10.0, 50.0, 75.0}


def test_published_assertions_go_by_their_own_id(shared: Path) -> None:
    s = named(published(shared), "moa:assertion:264")
    assert (s.direction, s.therapy, phrase(s.profile)) == ("resistant", ("Erlotinib",), "EGFR p.T790M")
