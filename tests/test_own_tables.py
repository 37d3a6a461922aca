"""Our own tables: every row loads, and every record that a row cites exists and says what the row says."""

from __future__ import annotations

import csv
import gzip
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graph.claims import Criterion, GuidelineRow, Is, Requires, criteria
from graph.errors import DataError
from graph.patient import Biomarker, Disease, Finding, Profile
from ingest import guidelines as tables
from ingest.guidelines import sidecar
from ingest.harvest import Harvest
from ingest.patients import findings
from ingest.sources import hotspots
from ontologies import drugs
from rules.biomarkers import criterion, expression, reading
from rules.criteria import compare
from rules.entailments import entailments
from rules.facts import gather
from rules.genes import symbol
from rules.markers import marker, marker_of_gene, markers, scheme, units
from rules.match import class_of
from rules.pharmacogenes import diplotypes
from rules.translocations import translocated_gene, translocation

TABLES = Path(__file__).parent.parent / "rules" / "tables"


def _csv(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def own() -> Harvest:
    return tables.read(TABLES)


# -- the tables in themselves ----------------------------------------------------------------------------------------


def test_every_row_is_loaded(own: Harvest) -> None:
    assert own.report.read == own.report.loaded == sum(len(_csv(f"{name}.csv")) for name in
                                                       ("labels", "vetoes", "pharmacogenes", "oncogenic"))  # fmt: skip
    assert not own.report.set_aside
    ids = [s.id for s in own.statements] + [r.id for r in own.rows] + [c.id for c in own.classes]
    assert len(ids) == len(set(ids))


def test_the_starter_pack_has_its_labels_and_at_least_thirty_vetoes(own: Harvest) -> None:
    assert 60 <= len(own.statements) <= 260
    vetoes = [r for r in own.rows if r.because == "resistance"]
    assert len([r for r in vetoes if r.kind == "exclude"]) >= 30
    vetoed = {(c.gene, d) for r in vetoes if r.profile for c, _ in criteria(r.profile) for d in r.drugs}
    wanted = """EGFR Erlotinib, EGFR Osimertinib, ALK Crizotinib, ROS1 Crizotinib, RET Selpercatinib, MET Crizotinib,
        NTRK1 Larotrectinib, ABL1 Imatinib, KIT Imatinib, PDGFRA Imatinib, BTK Ibrutinib, KRAS Cetuximab,
        NRAS Panitumumab, BRAF Vemurafenib"""
    for gene, drug in (pair.split() for pair in wanted.split(",")):
        assert (gene, drug) in vetoed, f"no veto of {drug} for {gene}"


def test_resistance_is_excluded_by_its_strength_not_by_its_kind(own: Harvest) -> None:
    """What a row of weak evidence does is for the weighing to say: a caution would hide it from there."""
    resistance = [row for row in own.rows if row.because == "resistance"]
    assert {row.kind for row in resistance} == {"exclude"}
    assert {"guideline", "A", "B", "C", "D"} == {row.strength for row in resistance}


def test_every_table_has_exactly_the_columns_that_are_declared() -> None:
    declared = tomllib.loads((TABLES / "tables.toml").read_text(encoding="utf-8"))
    for form in sidecar.FORMS:
        own_columns = {c.name: {True: "+", False: "-"}[c.required] for c in sidecar.form(form).columns}
        declared[form] = {"columns": own_columns}
    for name, spec in declared.items():
        with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        optional = {c for c, text in spec["columns"].items() if text.startswith("-")}
        assert set(header) <= set(spec["columns"]), name
        assert set(spec["columns"]) - set(header) <= optional, name


def test_every_drug_of_the_tables_is_known(own: Harvest) -> None:
    named = {d for s in own.statements for d in s.therapy} | {d for r in own.rows for d in r.drugs}
    assert [d for d in sorted(named) if not drugs.known(d)] == []


# -- planted faults --------------------------------------------------------------------------------------------------

VETO = {"id": "x1", "kind": "exclude", "biomarker": "EGFR T790M", "drugs": "Gefitinib", "disease": "Lung cancer",
        "disease_ids": "DOID:1324", "if_unknown": "caution", "strength": "B", "sources": "civic:EID1",
        "confirmed_by": "civic", "reason": "A sentence."}  # fmt: skip
LABEL = {"id": "x1", "drugs": "Gefitinib", "biomarker": "EGFR L858R", "disease": "Lung cancer", "agency": "fda",
         "date": "2015-07-13", "age_years": ">=18", "confirmed_by": "x"}  # fmt: skip


def _written(folder: Path, name: str, *rows: dict[str, str]) -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("base", "change", "message"),
    [
        (VETO, {"biomarker": "EGFR T79OM!"}, "row 2, column 'biomarker': this biomarker is not understood"),
        (VETO, {"biomarker": "EGFR T790M AND"}, "row 2, column 'biomarker': a biomarker is missing in the expression"),
        (VETO, {"kind": "exlude"}, "row 2, column 'kind': one of exclude, require, caution is expected: 'exlude' "
                                   "(did you mean exclude?)"),
        (VETO, {"if_unknown": "check"}, "column 'if_unknown': one of needs_check, caution is expected: 'check'"),
        (VETO, {"strength": "F"}, "column 'strength': one of label, guideline, A, B, C, D, E is expected: 'F'"),
        (VETO, {"sources": ""}, "row 2, column 'sources': this cell must not be empty"),
        (VETO, {"drugs": ""}, "column 'drugs': a drug or a class of drugs is missing"),
        (VETO, {"drugs": "", "drug_class": "Thiopurin"}, "column 'drug_class': no drug is of this class: 'Thiopurin' "
                                                         "(did you mean Thiopurine?)"),
        (VETO, {"disease_ids": "1324"}, "column 'disease_ids': this is no identifier like DOID:1909: '1324'"),
        (VETO, {"biomarkr": "x"}, "column 'biomarkr': this column is not known (did you mean biomarker?)"),
        (LABEL, {"date": "13.07.2015"}, "row 2, column 'date': this is no date like 2024-05-31: '13.07.2015'"),
        (LABEL, {"age_years": ">=old"}, "column 'age_years': this cell is not in the grammar"),
        (LABEL, {"disease": ""}, "column 'disease': a label is for a disease, or for any or any solid tumour"),
        (LABEL, {"agnostic": "solid", "disease_ids": "DOID:1"}, "a row for any tumour names no disease"),
    ],
)  # fmt: skip
def test_a_fault_names_file_row_and_column(
    tmp_path: Path, base: dict[str, str], change: dict[str, str], message: str
) -> None:
    path = _written(tmp_path, "mine.csv", base | change)
    with pytest.raises(DataError) as caught:
        tables.read(path)
    assert str(caught.value).startswith("mine.csv, row")
    assert message in str(caught.value)


def test_an_id_that_is_there_twice_is_an_error(tmp_path: Path) -> None:
    path = _written(tmp_path, "mine.csv", VETO, VETO)
    with pytest.raises(DataError, match=r"mine.csv, row 3, column 'id': this id is in row 2 too: 'x1'"):
        tables.read(path)


def test_a_missing_column_is_an_error(tmp_path: Path) -> None:
    path = _written(tmp_path, "mine.csv", {k: v for k, v in VETO.items() if k not in ("reason", "sources")})
    with pytest.raises(DataError, match=r"comes closest to vetoes; missing columns: sources, reason\. docs/"):
        tables.read(path)


def test_a_folder_without_a_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no table here"):
        tables.read(tmp_path)


def test_a_users_table_keeps_its_own_name(tmp_path: Path) -> None:
    harvest = tables.read(_written(tmp_path, "ward7.csv", VETO))
    assert [r.id for r in harvest.rows] == ["guideline:ward7:x1"]
    assert harvest.rows[0].sources == ("civic:EID1",)


@pytest.mark.parametrize("place", ["vetoes.csv", "house/vetoes.csv"])
def test_a_users_table_of_the_name_of_ours_is_not_taken_for_ours(tmp_path: Path, place: str) -> None:
    (tmp_path / "house").mkdir()
    path = _written(tmp_path, place, VETO)
    harvest = tables.read(path if place == "vetoes.csv" else path.parent)
    assert [r.guideline for r in harvest.rows] == [place.removesuffix(".csv").replace("/", "-")]
    assert "Clew" not in harvest.source.title + harvest.source.attribution


def test_an_unknown_drug_is_a_warning_with_a_suggestion(tmp_path: Path) -> None:
    harvest = tables.read(_written(tmp_path, "mine.csv", VETO | {"drugs": "Gefitinip"}))
    assert [s.reason for s in harvest.report.set_aside] == [
        "the drug is not in the table of drugs (did you mean Gefitinib?)"
    ]


def test_a_table_of_ours_may_say_more_than_its_own_columns(tmp_path: Path) -> None:
    """Life-cycle, settings and findings of the general tables are columns of the old ones too."""
    more = {"status": "draft", "version": "2", "effective_from": "2024-01-01", "reviewer": "B. Reviewer",
            "reviewed_on": "2024-02-01", "gene.MET": "!amplification", "age_years": ">=18"}  # fmt: skip
    row = tables.read(_written(tmp_path, "mine.csv", VETO | more)).rows[0]
    assert (row.status, row.version, row.effective_from, row.reviewer) == ("draft", "2", "2024-01-01", "B. Reviewer")
    assert row.because == "resistance"
    assert row.profile is not None
    assert [(c.name, n) for c, n in criteria(row.profile)] == [("EGFR T790M", False), ("MET amplification", True)]
    assert [(c.fact, c.cell) for c in row.settings] == [("age_years", ">=18")]


def test_a_folder_gives_its_tables_of_our_names_and_those_with_a_sidecar(tmp_path: Path) -> None:
    _written(tmp_path, "vetoes.csv", VETO)
    _written(tmp_path, "board.csv", VETO | {"id": "b1"})
    (tmp_path / "board.toml").write_text('[table]\nguideline = "board"\n', encoding="utf-8")
    _written(tmp_path, "loose.csv", VETO | {"id": "l1"})
    found = {row.id: row.because for row in tables.read(tmp_path).rows}
    assert found == {
        f"guideline:{tmp_path.name}-vetoes:x1": "resistance",
        "guideline:board:b1": "contraindicated",
    }


def test_a_label_of_ours_is_a_row_of_its_agency(own: Harvest) -> None:
    rows = {row.id: row for row in own.rows}
    for label in own.statements:
        row = rows[label.row or ""]
        assert row.id == f"guideline:{label.agency}-labels:{label.id}"
        assert (row.publisher, row.jurisdiction, row.effective_from) == (label.agency, label.agency, label.date)
        assert (row.profile, row.disease, row.settings) == (label.profile, label.disease, label.settings)
        assert not label.by_row, "our labels have no end and no versions"


# -- pharmacogenes ---------------------------------------------------------------------------------------------------


def test_a_pharmacogene_limits_prodrugs_too(own: Harvest) -> None:
    row = _row(own, "guideline:clew-pharmacogenes:dpyd-poor")
    assert row.kind == "exclude" and set(row.drugs) == {"Capecitabine", "Fluorouracil", "Tegafur"}
    assert row.drug_class == "Fluoropyrimidine" and row.if_unknown == "caution"
    (criterion,) = [c for c, _ in criteria(row.profile)] if row.profile else []
    assert {"*2A/*2A", "poor metabolizer", "c.1679T>G/*2A"} <= set(criterion.genotypes)
    assert "*1/*2A" not in criterion.genotypes


def test_diplotypes_have_the_phenotype_that_cpic_gives_them(shared: Path) -> None:
    with gzip.open(shared / "pgx" / "pharmcat_phenotypes.json.gz", "rt", encoding="utf-8") as file:
        published = json.load(file)["current_2025-11-05"]
    listed = _csv("haplotypes.csv")
    checked = 0
    for gene in ("CYP2C19", "DPYD", "UGT1A1", "TPMT", "NUDT15"):
        spelled = {_published(gene, r, published): r["haplotype"] for r in listed if r["gene"] == gene}
        stated = {d["diplotype"]: d["phenotype"] for d in published[gene]["diplotypes"]}
        for diplotype, phenotype in stated.items():
            a, _, b = diplotype.partition("/")
            if a in spelled and b in spelled:
                assert f"{spelled[a]}/{spelled[b]}" in diplotypes(gene, phenotype.casefold()), (gene, diplotype)
                checked += 1
    assert checked > 40


def _published(gene: str, row: dict[str, str], published: dict[str, Any]) -> str:
    """The haplotype's name in the published table."""
    names = {row["haplotype"], *row["names"].split("|")}
    known = published[gene]["haplotypes"]
    return next(n for n in sorted(names, key=len, reverse=True) if n in known)


def test_pharmacogene_rows_are_what_their_guidelines_say(shared: Path, own: Harvest) -> None:
    with gzip.open(shared / "pgx" / "cpic_dpwg_guidelines_2024-05-29.json.gz", "rt", encoding="utf-8") as file:
        published = {p["guideline"]["id"]: p for p in json.load(file).values()}
    with gzip.open(shared / "pgx" / "pharmcat_example_reports.json.gz", "rt", encoding="utf-8") as file:
        labels = file.read()
    for row in (r for r in own.rows if r.guideline == "clew-pharmacogenes"):
        gene = next(c.gene for c, _ in criteria(row.profile)) if row.profile else None
        named: set[str] = set()
        for source in row.sources:
            record = source.removeprefix("clinpgx:")
            if record in published:
                guideline = published[record]["guideline"]
                assert gene in {g["symbol"] for g in guideline["relatedGenes"]}, row.id
                named |= {drugs.ingredient(c["name"]) for c in guideline["relatedChemicals"]}
            else:
                assert re.search(rf'"{record}","name":"Annotation of FDA Label for (\w+) and {gene}"', labels), row.id
                named |= set(row.drugs)
        prodrugs = {p for drug in named for p in drugs.prodrugs_of(drug)}
        assert set(row.drugs) <= named | prodrugs, row.id
    avoid = [r["text"]["html"] for r in published["PA166122686"]["recommendations"] if "Avoid" in r["text"]["html"]]
    assert len(avoid) == 2 and all("prodrug" in text for text in avoid)


# -- vetoes against the sources --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """What a cited record says: that these changes of a gene make these drugs fail."""

    gene: str
    changes: tuple[str, ...]
    drugs: frozenset[str]
    disease: str | None


@pytest.fixture(scope="module")
def evidence(shared: Path) -> dict[str, dict[str, str]]:
    path = shared / "oncology" / "civic" / "nightly-ClinicalEvidenceSummaries.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        return {r["evidence_id"]: r for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


@pytest.fixture(scope="module")
def assertions(shared: Path) -> dict[int, dict[str, Any]]:
    path = shared / "oncology" / "moalmanac-db" / "molecular-oncology-almanac.json"
    return {a["assertion_id"]: a for a in json.loads(path.read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def publications(shared: Path) -> dict[str, list[Record]]:
    """PubMed id -> resistance that the biomarker table reports from it."""
    found: defaultdict[str, list[Record]] = defaultdict(list)
    path = shared / "oncology" / "cgi" / "cgi_biomarkers_per_variant.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if "Resistant" not in row["Association"]:
                continue
            listed = re.fullmatch(r"\w+ \((.*)\)", row["Biomarker"])
            changes = re.split(r"[,;]", listed[1]) if listed else [row["Biomarker"].partition(" ")[2]]
            named = frozenset(drugs.ingredient(d) for d in re.findall(r"[A-Za-z][\w-]+", row["Drug"]))
            record = Record(row["Gene"], tuple(changes), named, None)
            for source in row["Source"].split(";"):
                found[source.strip()].append(record)
    return found


@pytest.fixture(scope="module")
def said(
    evidence: dict[str, dict[str, str]], assertions: dict[int, dict[str, Any]], publications: dict[str, list[Record]]
) -> Callable[[str], list[Record]]:
    """What a source id of ours says about resistance; empty when it does not exist or says something else."""

    def look_up(source: str) -> list[Record]:
        kind, _, number = source.rpartition(":")
        if source.startswith("civic:EID"):
            row = evidence.get(source.removeprefix("civic:EID"))
            if row is None or (row["evidence_direction"], row["clinical_significance"]) != ("Supports", "Resistance"):
                return []
            named = frozenset(drugs.ingredients(row["drugs"]))
            return [Record(row["gene"], (row["variant"],), named, f"DOID:{row['doid']}")]
        if kind == "moa:assertion":
            found = assertions.get(int(number))
            if found is None or found["therapy_resistance"] != 1:
                return []
            return [Record(found["gene"], (_change(found),), frozenset(drugs.ingredients(found["therapy_name"])), None)]
        return publications.get(source, [])

    return look_up


def _change(assertion: dict[str, Any]) -> str:
    if assertion.get("protein_change"):
        return str(assertion["protein_change"]).removeprefix("p.")
    if assertion.get("exon"):
        kind = (assertion.get("variant_type") or assertion.get("variant_annotation") or "mutation").lower()
        return f"exon {assertion['exon']} {kind if kind in ('insertion', 'deletion') else 'mutation'}"
    return str(assertion.get("direction") or "mutation")


def test_every_cited_record_says_what_the_veto_says(own: Harvest, said: Callable[[str], list[Record]]) -> None:
    for row in own.rows:
        if row.because != "resistance" or row.profile is None:
            continue
        wanted = [c for c, negated in criteria(row.profile) if not negated]
        spoken: set[str] = set()
        for source in row.sources:
            agreeing = [r for r in said(source) if any(_same(c, r) for c in wanted) and set(row.drugs) & r.drugs]
            assert agreeing, f"{row.id}: {source} does not say this"
            spoken |= {d for r in agreeing for d in r.drugs}
        assert set(row.drugs) <= spoken, f"{row.id}: no record speaks of {set(row.drugs) - spoken}"


def test_an_exception_of_a_veto_cites_the_evidence_of_response(
    own: Harvest, evidence: dict[str, dict[str, str]]
) -> None:
    excepted = 0
    for row in own.rows:
        for change in (e for c, _ in criteria(row.profile) for e in c.except_changes) if row.profile else ():
            cited = re.findall(r"civic:EID(\d+)", row.reason)
            assert cited, row.id
            for record in (evidence[number] for number in cited):
                assert f"p.{record['variant']}" == change
                assert (record["evidence_direction"], record["clinical_significance"]) == (
                    "Supports", "Sensitivity/Response",
                )  # fmt: skip
                assert set(row.drugs) <= set(drugs.ingredients(record["drugs"]))
            excepted += 1
    assert excepted


def _same(wanted: Criterion, record: Record) -> bool:
    """Whether a record is about the same change, or one that contains it."""
    gene = wanted.gene or (markers()[wanted.marker].gene if wanted.marker else None)
    if symbol(record.gene) != gene:
        return False
    for change in record.changes:
        found = reading(record.gene, change)
        for c, negated in criteria(found) if found is not None else ():
            if not negated and c.type == wanted.type and _overlaps(wanted, c):
                return True
        if wanted.type == "expression" and marker(change.removesuffix(" EXPRESSION").replace("V7", "AR-V7")):
            return True
    return False


def _overlaps(a: Criterion, b: Criterion) -> bool:
    if a.type != "variant":
        return not (a.directions and b.directions) or bool(set(a.directions) & set(b.directions))
    if a.protein and b.protein:
        return a.protein == b.protein
    for one, two in ((a.codons, b.codons), (a.exons, b.exons)):
        if one and two and (one[1] < two[0] or two[1] < one[0]):
            return False
    if a.codons and not b.codons and not b.exons:
        return False
    return not (a.exons and b.exons and a.consequences and b.consequences) or bool(
        set(a.consequences) & set(b.consequences)
    )


def test_the_disease_of_a_cited_record_is_one_of_the_veto(
    shared: Path, own: Harvest, said: Callable[[str], list[Record]]
) -> None:
    parents: dict[str, list[str]] = {}
    with (shared / "ontologies" / "do_terms.tsv").open(encoding="utf-8", newline="") as file:
        for id, _, above in csv.reader(file, delimiter="\t"):
            parents[id] = re.findall(r"DOID:\d+", above)

    def closure(id: str) -> set[str]:
        return {id}.union(*(closure(p) for p in parents.get(id, ())))

    for row in own.rows:
        if row.because != "resistance" or row.disease is None:
            continue
        for source in row.sources:
            for record in said(source):
                if record.disease is not None:
                    # A row for one tumour may rest on evidence in a part of it or in cancer at large.
                    inside = bool(closure(record.disease) & set(row.disease.ids))
                    wider = any(record.disease in closure(id) for id in row.disease.ids)
                    assert inside or wider, f"{row.id}: {source} is about {record.disease}"


# -- labels against the source ---------------------------------------------------------------------------------------


def test_every_label_fact_is_confirmed_by_the_statements_it_names(shared: Path) -> None:
    folder = shared / "oncology" / "moalmanac-db" / "referenced"

    def load(name: str) -> dict[Any, dict[str, Any]]:
        return {x["id"]: x for x in json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))}

    statements, propositions, therapies = load("statements"), load("propositions"), load("therapies")
    groups, indications, biomarkers = load("therapy_groups"), load("indications"), load("biomarkers")
    for row in _csv("labels.csv"):
        wanted = set(row["drugs"].split("|"))
        texts: list[str] = []
        for record in row["confirmed_by"].split("|"):
            statement = statements[int(record.removeprefix("moa-db:statement:"))]
            proposition = propositions[statement["proposition_id"]]
            indication = indications[statement["indication_id"]]
            assert indication["id"].startswith(f"ind:{row['agency']}."), row["id"]
            single = proposition["therapy_id"]
            parts = [single] if single is not None else groups[proposition["therapy_group_id"]]["therapies"]
            named = set(drugs.ingredients([therapies[i]["name"] for i in parts]))
            text = indication["indication"]
            assert named <= wanted, row["id"]
            assert all(drug in named or drug.casefold() in text.casefold() for drug in wanted), row["id"]
            texts += [text, *(biomarkers[i]["name"] for i in proposition["biomarkers"])]
            if record == row["confirmed_by"].split("|")[0] and row["date"] and indication["initial_approval_date"]:
                # A record whose year is not that of its own original label is mistaken in the year.
                agreed = row["date"] == indication["initial_approval_date"] or _original_year(row["url"])
                assert agreed in (True, row["date"][:4]), row["id"]
                assert row["date"][4:] == indication["initial_approval_date"][4:], row["id"]
        whole = " ".join(texts)
        for asked, _ in criteria(expression(row["biomarker"])):
            thing = asked.gene or asked.gene_3p or asked.marker or asked.region or ""
            assert re.search(_ALSO.get(thing, re.escape(thing)), whole), f"{row['id']}: {asked.name}"


def _original_year(url: str) -> str | None:
    """The year in the link to a drug's first label (``s000``)."""
    match = re.search(r"/label/(\d{4})/\d+(?:Orig1?)?s000", url)
    return match[1] if match else None


def test_a_label_date_is_in_the_year_of_its_link() -> None:
    """A later revision may carry an indication too, but no label document is older than what it approves."""
    linked = [(r["id"], r["date"][:4], r["url"]) for r in _csv("labels.csv") if r["date"] and r["url"]]
    assert len(linked) > 100
    for row, year, url in linked:
        assert year == (_original_year(url) or year), row
        if match := re.search(r"/(?:label|appletter)/(\d{4})/", url):
            assert year <= match[1], row


def test_a_label_that_asks_more_than_the_columns_hold_is_never_met_in_full(own: Harvest) -> None:
    asked = {r["id"]: r["also"] for r in _csv("labels.csv")}
    for statement in own.statements:
        assert statement.settings_stated == (not asked[statement.id])
    olaparib = next(s for s in own.statements if s.id == "label:fda.olaparib:3")
    assert not olaparib.settings_stated
    assert "maintenance" in asked[olaparib.id]


def test_a_label_text_that_speaks_of_alternatives_or_maintenance_says_so_in_its_row(shared: Path) -> None:
    folder = shared / "oncology" / "moalmanac-db" / "referenced"
    statements = {s["id"]: s for s in json.loads((folder / "statements.json").read_text("utf-8"))}
    texts = {i["id"]: i["indication"] for i in json.loads((folder / "indications.json").read_text("utf-8"))}
    words = re.compile(
        r"no satisfactory|maintenance (?:treatment|monotherapy)|postmenopausal|platinum-resistant|high[ -]risk|grade 2"
        r"|radioactive iodine|castration|inappropriate for|extended adjuvant", re.IGNORECASE,
    )  # fmt: skip
    for row in _csv("labels.csv"):
        record = row["confirmed_by"].split("|")[0].removeprefix("moa-db:statement:")
        text = texts[statements[int(record)]["indication_id"]]
        if words.search(text) and row["id"] not in _OTHERWISE:
            assert row["also"], row["id"]


_OTHERWISE = {"label:fda.cytarabine+daunorubicin+quizartinib:1"}
"""Rows for the part of a text in which the word does not stand."""


_ALSO = {"HER2": "HER2", "ER": "ER |estrogen|HR", "PR": "PR |HR", "HR": "HR|hormone receptor",
         "RARA": "RARA|RAR-alpha", "Claudin 18.2": "[Cc]laudin 18.2", "FOLR1": "FOLR1|FR-alpha",
         "ABL1": "ABL1|T315I|Ph\\+|hiladelphia"}  # fmt: skip
"""How a label says what our tables name otherwise."""


# -- classes, entailments, translocations ----------------------------------------------------------------------------


def test_every_class_rests_on_a_record_about_its_gene(
    shared: Path, own: Harvest, evidence: dict[str, dict[str, str]], assertions: dict[int, dict[str, Any]]
) -> None:
    path = shared / "oncology" / "moalmanac-db" / "referenced" / "biomarkers.json"
    names = {b["id"]: b["name"] for b in json.loads(path.read_text(encoding="utf-8"))}
    variants = _civic_variants(shared)
    for row in own.classes:
        for source in row.sources:
            kind, _, number = source.rpartition(":")
            if source.startswith("civic:"):
                named = number.startswith("VID")
                about = variants[number.removeprefix("VID")] if named else evidence[number.removeprefix("EID")]
                assert symbol(about["gene"]) == row.criterion.gene, row.id
                if not row.holds:
                    assert about["clinical_significance"] == "Resistance", row.id
                    assert set(drugs.ingredients(about["drugs"])) & set(row.drugs), row.id
                elif row.criterion.codons is not None:
                    assert named or about["evidence_direction"] == "Supports", row.id
                    assert _overlap(row.criterion, about["variant"]), f"{row.id}: {source} is about {about['variant']}"
            elif kind == "moa:assertion":
                assert assertions[int(number)]["gene"] == row.criterion.gene, row.id
            else:
                assert names[int(number)].split()[0] == row.criterion.gene, row.id


def _overlap(wanted: Criterion, variant: str) -> bool:
    """Whether a record names the change, its codon, or an insertion there; ``S310F/Y`` names both."""
    said = reading(wanted.gene, variant)
    return any(
        c.codons is not None and wanted.codons is not None
        and c.codons[0] <= wanted.codons[1] and wanted.codons[0] <= c.codons[1]
        and (c.protein in (None, wanted.protein) or wanted.protein is None or c.codons != wanted.codons)
        for c, _ in (criteria(said) if said else ())
    )  # fmt: skip


def _civic_variants(shared: Path) -> dict[str, dict[str, str]]:
    path = shared / "oncology" / "civic" / "nightly-VariantSummaries.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        return {r["variant_id"]: r for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


def test_an_activating_change_is_said_to_be_one_or_recurs(
    shared: Path, own: Harvest, evidence: dict[str, dict[str, str]]
) -> None:
    """What is cited says so in words, ties the change to a response in patients, or the residue is a hotspot."""
    words = re.compile(r"activat|gain[ -]of[ -]function|constitutive|transform|oncogen|loss[ -]of[ -]function", re.I)
    variants = _civic_variants(shared)
    recurrent = {c for r in hotspots.read(shared / "oncology" / "hotspots").classes for c in _codons(r.criterion)}
    for row in own.classes:
        if row.holds and row.criterion.codons:
            texts = [variants[s.removeprefix("civic:VID")]["summary"] for s in row.sources if ":VID" in s]
            items = [evidence[s.removeprefix("civic:EID")] for s in row.sources if ":EID" in s]
            clinical = any(e["evidence_level"] in "ABC" for e in items)
            texts += [e["evidence_statement"] for e in items]
            assert clinical or any(map(words.search, texts)) or recurrent & _codons(row.criterion), row.id


def _codons(criterion: Criterion) -> set[tuple[str | None, int]]:
    first, last = criterion.codons or (0, -1)
    return {(criterion.gene, codon) for codon in range(first, last + 1)}


@pytest.mark.parametrize(
    ("gene", "change", "requires"),
    [("ESR1", "p.Y537S", "activating"), ("RET", "p.C634W", "oncogenic"), ("PIK3CA", "p.H1047L", "activating"),
     ("ERBB2", "p.A775_G776insYVMA", "activating"), ("KRAS", "p.G12R", "oncogenic"), ("IDH2", "p.R140L", "oncogenic"),
     ("TP53", "p.R248Q", "loss_of_function"), ("NPM1", "p.W288Cfs*12", "oncogenic")],
)  # fmt: skip
def test_textbook_alleles_are_activating_without_hotspots(
    own: Harvest, gene: str, change: str, requires: Requires
) -> None:
    stated = Biomarker(type="snv", gene=gene, hgvs_p=change)
    read = findings.read(stated)
    assert isinstance(read, Finding)
    classes = {gene: tuple(c for c in own.classes if c.criterion.gene == gene)}
    facts = gather(Profile(id="p", disease=Disease(name="cancer"), biomarkers=(stated,)), [read], classes)
    assert class_of(read, requires, facts) is True
    other = Finding(input="", read_as="", kind="variant", gene=gene, protein="p.A2V", codons=(2, 2),
                    consequences=("missense",))  # fmt: skip
    assert class_of(other, requires, facts) is None


def test_entailments_and_translocations_cite_what_says_so(shared: Path) -> None:
    variants = _civic_variants(shared)
    folder = shared / "oncology" / "moalmanac-db" / "referenced"
    indications = {i["id"]: i["indication"] for i in json.loads((folder / "indications.json").read_text("utf-8"))}
    diseases = _disease_texts(shared)
    for row in _csv("translocations.csv"):
        texts = []
        for source in row["source"].split("|"):
            if source.startswith("civic:VID"):
                texts.append(variants[source.removeprefix("civic:VID")]["variant_aliases"])
            elif source.startswith("moa-db:indication:"):
                texts.append(indications[source.removeprefix("moa-db:indication:")])
            elif not source.startswith("http"):
                texts.append(diseases[source])
        stated = re.sub(r"\s", "", " ".join(texts)).casefold()
        assert row["karyotype"] in stated, row
        for bands in row["bands"].split("|"):
            first, second = bands.split(";")
            written = rf"\);?\({first}(\.\d+)?;?{second[0]}(\d+-)?{second[1:]}\b"
            assert re.search(re.escape(row["karyotype"][:-1]) + written, stated), (row, bands)
            assert translocation(f"{row['karyotype']}({bands})") == (row["gene_5p"], row["gene_3p"])
    places = {g["id"]: g for g in json.loads((folder / "genes.json").read_text("utf-8"))}
    for entailment in (row for rows in entailments().values() for row in rows):
        genes = {c.gene or c.gene_3p for c in (entailment.given, *entailment.beside, *entailment.then)} - {None}
        assert re.search(r"ind:|VID", entailment.source)
        for cited in re.findall(r"ind:[\w.]+:\d+", entailment.source):
            assert cited in indications
        for cited in re.findall(r"civic:VID(\d+)", entailment.source):
            assert {variants[cited]["gene"]} == genes
        for cited in re.findall(r"moa-db:gene:(\d+) \(([\w.]+)\)", entailment.source):
            assert {places[int(cited[0])]["name"]} == genes
            assert {"name": "location", "value": cited[1]} in places[int(cited[0])]["extensions"]
            assert cited[1].startswith(entailment.given.region or "?")


def test_what_a_status_means_is_what_the_label_defines(shared: Path) -> None:
    path = shared / "oncology" / "moalmanac-db" / "referenced" / "indications.json"
    texts = {i["id"]: f"{i['indication']} {i['description']}" for i in json.loads(path.read_text(encoding="utf-8"))}
    defined = 0
    for row in (row for rows in entailments().values() for row in rows):
        for thing in (c for c in (row.given, *row.then) if c.value is not None):
            for cited in re.findall(r"ind:[\w.]+:\d+", row.source):
                assert f"{thing.comparator}{thing.value:g}" in re.sub(r"\s", "", texts[cited]), row.source
                defined += 1
    assert defined


def test_a_status_with_a_definition_meets_rows_that_give_the_number() -> None:
    def truth(stated: Biomarker, row: str) -> bool | None:
        read = findings.read(stated)
        assert isinstance(read, Finding)
        facts = gather(Profile(id="p", disease=Disease(name="cancer"), biomarkers=(stated,)), [read], {})
        asked = expression(row)
        assert isinstance(asked, Is)
        thing = asked.criterion
        near = facts.by_gene.get(thing.gene or "", ()) + facts.by_marker.get(thing.marker or thing.region or "", ())
        found = [compare(thing, f, lambda f, requires: None).truth for f in near]
        return True if True in found else False if found and set(found) == {False} else None

    high = Biomarker(type="tmb", status="high")
    assert truth(high, "TMB >= 10 mut/Mb") is True
    assert truth(high, "TMB >= 16 mut/Mb") is None
    assert truth(Biomarker(type="tmb", value=12, unit="mut/Mb"), "TMB high") is True
    claudin = Biomarker(type="expression", marker="CLDN18.2", status="positive")
    assert truth(claudin, "CLDN18.2 >= 75%") is True
    assert truth(claudin, "CLDN18.2 >= 90%") is None
    arm = Biomarker(type="cna", name="del(17p)")
    assert truth(arm, "TP53 deletion") is True
    assert truth(Biomarker(type="cna", name="17p11.2 deletion"), "TP53 deletion") is None


def test_no_receptor_of_both_is_hormone_receptor_negative() -> None:
    stated = [Biomarker(type="expression", marker=name, status="negative") for name in ("ER", "PR")]
    read = [f for f in map(findings.read, stated) if isinstance(f, Finding)]
    profile = Profile(id="p", disease=Disease(name="cancer"), biomarkers=tuple(stated))
    assert [f.status for f in gather(profile, read, {}).by_marker["HR"]] == ["negative"]
    assert "HR" not in gather(profile, read[:1], {}).by_marker


def _disease_texts(shared: Path) -> dict[str, str]:
    """Id -> everything that the Disease Ontology or OncoTree says of a disease."""
    with gzip.open(shared / "ontologies" / "DO_cancer_slim.obo.gz", "rt", encoding="utf-8") as file:
        stanzas = file.read().split("[Term]")
    found = {match[1]: stanza for stanza in stanzas if (match := re.search(r"^id: (\S+)", stanza, re.MULTILINE))}
    for line in (shared / "ontologies" / "oncotree_2025_10_03.tsv").read_text(encoding="utf-8").splitlines():
        found[f"ONCOTREE:{line.partition(chr(9))[0]}"] = line
    return found


def test_a_gene_that_was_renamed_is_known_by_both_names(shared: Path) -> None:
    """Hetionet has the symbols of 2016, CIViC those of 2021; the Entrez id tells that they are one gene."""
    now: dict[str, str] = {}
    for file in ("nightly-ClinicalEvidenceSummaries.tsv", "nightly-GeneSummaries.tsv"):
        with (shared / "oncology" / "civic" / file).open(encoding="utf-8", newline="") as table:
            for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
                now[row["entrez_id"]] = row.get("gene") or row["name"]
    renamed = 0
    with gzip.open(shared / "kg" / "hetionet-v1.0-nodes.tsv.gz", "rt", encoding="utf-8") as nodes:
        for line in nodes:
            id_, name, kind = line.rstrip("\n").split("\t")
            current = now.get(id_.removeprefix("Gene::")) if kind == "Gene" else None
            if current is not None and current != name:
                assert symbol(name) == current, f"{name} is {current} today"
                renamed += 1
    assert renamed >= 5


def test_a_change_by_its_traditional_number_is_the_one_that_its_source_names(shared: Path) -> None:
    path = shared / "oncology" / "va_spec" / "civic_cdm_metaschema_variation_descriptors_20220912.json"
    described = {d["id"]: d for d in json.loads(path.read_text(encoding="utf-8"))}
    cited = [row for row in _csv("named_variants.csv") if row["source"].startswith("civic:VID")]
    assert cited
    for row in cited:
        record = described[row["source"].replace("civic:VID", "civic.vid:")]
        assert f"p.{record['label']}" == row["protein"]
        assert {n.casefold() for n in record["alternate_labels"]} & set(row["names"].split("|"))
        for name in row["names"].split("|"):
            found = findings.read(Biomarker(type="snv", gene=row["gene"], hgvs_p=name))
            wanted = criterion(row["gene"], name)
            assert isinstance(found, Finding)
            assert isinstance(wanted, Criterion)
            assert found.protein == wanted.protein == row["protein"]


def test_a_karyotype_means_a_fusion_only_with_its_own_breaks() -> None:
    assert translocation("t(22;9)(q11.2;q34)") == translocation("t(9;22)") == ("BCR", "ABL1")
    assert translocation("t(9;22)(q22;q12)") is None
    assert translocation("t(9;22)(?;?)") is None
    assert translocation("t(11;22)") is None, "two fusions are called so"
    assert translocation("t(11;22)(q24;q12)") == ("EWSR1", "FLI1")
    assert translocation("t(11;14)") is None
    assert [translocated_gene(t) for t in ("t(KMT2A;v)", "t( v ; KMT2A )", "t(9;22)", "t(v;v)")] == [
        "KMT2A", "KMT2A", None, None,
    ]  # fmt: skip


# -- drugs and markers against the sources ---------------------------------------------------------------------------


def test_every_therapy_of_both_sources_is_one_name(shared: Path, evidence: dict[str, dict[str, str]]) -> None:
    almanac = json.loads((shared / "oncology" / "moalmanac-db" / "referenced" / "therapies.json").read_text("utf-8"))
    ours = {i for t in almanac for i in drugs.ingredients(t["name"])}
    theirs = {i for r in evidence.values() if r["drugs"] for i in drugs.ingredients(r["drugs"])}
    for name in ours | theirs:
        assert drugs.ingredient(name) == name, "a canonical name is its own"
    folded: defaultdict[str, set[str]] = defaultdict(set)
    for name in ours | theirs:
        folded[re.sub(r"[^a-z0-9]", "", name.casefold())].add(name)
    assert [names for names in folded.values() if len(names) > 1] == []
    assert [d for d in sorted(ours) if not drugs.known(d)] == []
    assert len(ours & theirs) >= 80


def test_the_evidence_that_a_drug_name_cites_speaks_of_it(shared: Path, evidence: dict[str, dict[str, str]]) -> None:
    texts: defaultdict[str, str] = defaultdict(str)
    for id, row in evidence.items():
        texts[id] += f" {row['drugs']} {row['evidence_statement']}"
    for path in sorted((shared / "oncology" / "civic" / "history").glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                texts[row["evidence_id"]] += f" {row['drugs']} {row['evidence_statement']}"
    aliases: defaultdict[str, set[str]] = defaultdict(set)
    for fact in drugs.facts():
        if fact.relation == "synonym":
            aliases[fact.of] |= {fact.name, fact.of}
    for fact in drugs.facts():
        if fact.source.startswith("civic:EID"):
            folded = re.sub(r"[^a-z0-9]", "", texts[fact.source.removeprefix("civic:EID")].casefold())
            names = {fact.name} | (aliases[fact.name] if fact.relation != "synonym" else set())
            assert any(re.sub(r"[^a-z0-9]", "", n.casefold()) in folded for n in names), fact


def test_every_drug_fact_names_a_record_or_a_page() -> None:
    for fact in drugs.facts():
        assert re.match(
            r"(civic|clinpgx|dgidb|cgi|moa|moalmanac-db|drugmechdb|metakb)(:|$)|by definition|PMID:\d|doi:10\.|https://",
            fact.source,
        ), fact


def test_a_code_name_that_two_sources_share_by_one_identifier_is_one_drug(shared: Path) -> None:
    path = shared / "oncology" / "va_spec" / "moa_cdm_metaschema_statements_20220913.json"
    labels: defaultdict[str, set[str]] = defaultdict(set)
    ahead: list[Any] = [json.loads(path.read_text(encoding="utf-8"))]
    while ahead:
        one = ahead.pop()
        if isinstance(one, dict):
            if one.get("type") == "TherapeuticDescriptor" and one.get("therapeutic"):
                labels[one["therapeutic"]].add(one["label"])
            ahead += one.values()
        elif isinstance(one, list):
            ahead += one
    assert labels["rxcui:2550714"] == {"AMG 510", "Sotorasib"}
    for names in labels.values():
        assert len({drugs.ingredients(name) for name in names}) == 1, names


def test_every_marker_of_the_almanac_is_known(shared: Path) -> None:
    path = shared / "oncology" / "moalmanac-db" / "referenced" / "biomarkers.json"
    for biomarker in json.loads(path.read_text(encoding="utf-8")):
        fields = {e["name"]: e["value"] for e in biomarker["extensions"]}
        if "marker" in fields:
            assert marker(fields["marker"]) is not None, biomarker["name"]
            assert fields["unit"] == "status" or scheme(fields["unit"]) is not None, biomarker["name"]


def test_markers_name_one_thing() -> None:
    assert marker("Human epidermal growth factor receptor 2 (HER2)") == marker("ERBB2") == "HER2"
    assert marker("HER2 (EGFR)") is None
    assert marker_of_gene("CD274") == "PD-L1" and marker_of_gene("ZEB1") is None
    assert units() == {"TPS": "percent", "CPS": "count", "TC": "percent", "IC": "percent", "TAP": "percent"}


def _row(harvest: Harvest, id: str) -> GuidelineRow:
    return next(r for r in harvest.rows if r.id == id)
