"""A build joins what sources say, resolves what they name, and accounts for every row."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from graph import release
from graph.claims import Criterion, DiseaseScope, Is, Statement
from graph.content import Content
from graph.errors import DataError, UsageError
from graph.model import Edge, Node
from graph.paths import criterion_node, drug_node
from graph.progress import silent
from graph.release import open_release
from graph.schema import schema
from ingest import build, lift, merge, packed, reports
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.sources import DESCRIBED, SOURCES, importer
from tests import tiny


def harvest(name: str, **content: object) -> Harvest:
    info = SourceInfo(name, name.title(), "1", "CC0-1.0", None, name.title(), {f"{name}.tsv": "0" * 64})
    return Harvest(info, Report(), **content)


def disease(id: str, name: str, *synonyms: str) -> Node:
    return Node(id=id, label="Disease", name=name, properties={"synonyms": synonyms} if synonyms else {})


def ontology() -> Harvest:
    nodes = [
        disease("DOID:162", "cancer"),
        disease("DOID:1909", "melanoma", "malignant melanoma"),
        disease("DOID:9256", "colorectal cancer"),
    ]
    edges = [
        Edge(source=n.id, target="DOID:162", type="IS_A", provenance="do", record=n.id) for n in nodes[1:]
    ]  # fmt: skip
    return harvest("do", nodes=nodes, edges=edges)


def evidence(*statements: Statement) -> Harvest:
    gene = Node(id="NCBIGene:673", label="Gene", name="BRAF", properties={"symbol": "BRAF"})
    return harvest("first", statements=list(statements), nodes=[gene])


def assemble(*harvests: Harvest) -> Content:
    return build.assemble(lift.lifted_harvests(merge.same_source(harvests), lift.Lifter(None)))


def about(name: str, *ids: str, **more: object) -> Statement:
    return tiny.statement("first:1", disease=DiseaseScope(name=name, ids=ids, **more))


def warnings(of: Harvest) -> list[str]:
    return [s.reason for s in of.report.set_aside if s.fate in ("warning", "note")]


def test_everything_of_a_build_is_of_the_schema_s_types() -> None:
    content = assemble(ontology(), evidence(tiny.STATEMENTS[0], about("Melanoma", "DOID:1909").__class__(
        **{f: getattr(tiny.STATEMENTS[2], f) for f in Statement.__struct_fields__}
    )))  # fmt: skip
    build.check(content)
    assert {e.provenance for e in content.edges} <= {"do", "first", "clew", "tables"}
    assert all(e.properties["licence"] for e in content.edges)


@pytest.mark.parametrize("name", ["Melanoma", "malignant melanoma", "MELANOMAS", "metastatic melanoma"])
def test_a_disease_by_name_finds_its_id(name: str) -> None:
    content = assemble(ontology(), evidence(about(name)))
    assert content.statements[0].disease.ids == ("DOID:1909",)
    assert ("DOID:1909", "first:1") in {(e.source, e.target) for e in content.edges if e.type == "CONDITION_OF"}


def test_an_unknown_disease_is_warned_of_with_what_it_may_have_been() -> None:
    source = evidence(about("Melanomma"))
    content = assemble(ontology(), source)
    assert content.statements[0].disease.ids == ()
    assert [w for w in warnings(source) if "did you mean" in w and "elanoma" in w]


def test_an_id_that_the_ontology_lacks_gives_way_to_the_name() -> None:
    source = evidence(about("Melanoma", "DOID:99999999"))
    assert assemble(ontology(), source).statements[0].disease.ids == ("DOID:1909",)
    assert "no disease of this id" in warnings(source)[0]


def test_without_an_ontology_stated_ids_are_taken_as_they_are() -> None:
    content = assemble(evidence(about("Melanoma", "DOID:1909")))
    assert content.statements[0].disease.ids == ("DOID:1909",)
    assert {n.name for n in content.nodes if n.label == "Disease"} == {"Melanoma", "cancer"}


def coded() -> Harvest:
    """``ontology`` with codes of another vocabulary, and one whose code was given anew."""
    source = ontology()
    more = [
        Node(id="DOID:1040", label="Disease", name="chronic lymphocytic leukemia",
             properties={"xrefs": ("NCIT:C3163",)}),
        disease("DOID:5557", "testicular germ cell cancer", "testicular germ cell tumor"),
        disease("DOID:2703", "tenosynovial giant cell tumor"),
        disease("DOID:6039", "uveal melanoma"),
    ]  # fmt: skip
    above = {"DOID:6039": "DOID:1909"}
    source.nodes += more
    source.edges += [Edge(source=n.id, target=above.get(n.id, "DOID:162"), type="IS_A", provenance="do", record=n.id)
                     for n in more]  # fmt: skip
    return source


@pytest.mark.parametrize(
    ("name", "ids", "expected", "warning"),
    [
        ("Leukaemia, so called", ("NCIT:C3163",), ("DOID:1040",), None),
        ("Leukaemia, so called", ("ncit:c3163",), ("DOID:1040",), None),
        ("Melanoma", ("NCIT:C0",), ("DOID:1909",), "no loaded ontology has this id; the name counts"),
        ("Melanoma", ("NCIT:C0", "DOID:1909"), ("DOID:1909",), "no loaded ontology has this id; the other ids count"),
        ("Quite another thing", ("NCIT:C0",), ("NCIT:C0",), "no loaded ontology has this id or name"),
    ],
)  # fmt: skip
def test_an_id_of_an_ontology_that_is_not_loaded_joins_the_hierarchy_if_it_can(
    name: str, ids: tuple[str, ...], expected: tuple[str, ...], warning: str | None
) -> None:
    source = evidence(about(name, *ids))
    assert assemble(coded(), source).statements[0].disease.ids == expected
    assert [w.startswith(warning or "") for w in warnings(source)] == ([True] if warning else [])


@pytest.mark.parametrize(
    ("name", "ids", "expected"),
    [
        ("Testicular Germ Cell Tumors", ("DOID:2703",), ("DOID:5557",)),
        ("Testicular Germ Cell Tumors", ("DOID:5557",), ("DOID:5557",)),
        ("Testicular Germ Cell Tumors", ("DOID:162",), ("DOID:162",)),  # wider
        ("Melanoma", ("DOID:6039",), ("DOID:6039",)),  # narrower
        ("Tenosynovial tumor, giant cell, diffuse", ("DOID:2703",), ("DOID:2703",)),  # the same words and more
        ("Colorectal cancer", ("DOID:1909", "DOID:9256"), ("DOID:1909", "DOID:9256")),  # one of them is meant
        ("Nobody knows", ("DOID:1909",), ("DOID:1909",)),
    ],
)
def test_an_id_of_another_disease_than_the_name_gives_way_to_the_name(
    name: str, ids: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    source = evidence(about(name, *ids))
    assert assemble(coded(), source).statements[0].disease.ids == expected
    told = [w for w in warnings(source) if "the name counts" in w]
    assert told == (["the identifier is of tenosynovial giant cell tumor, the name means testicular germ cell cancer; "
                     "the name counts"] if ids != expected else [])  # fmt: skip


def test_excluded_diseases_are_resolved_too() -> None:
    content = assemble(ontology(), evidence(about("Any", agnostic="solid", excluded=("Colorectal cancer",))))
    assert content.statements[0].disease.excluded == ("DOID:9256",)
    types = {(e.source, e.type) for e in content.edges if e.target == "first:1"}
    assert ("DOID:162", "CONDITION_OF") in types and ("DOID:9256", "EXCLUDED_FROM") in types


def test_a_cycle_of_diseases_is_refused() -> None:
    source = ontology()
    source.edges.append(Edge(source="DOID:162", target="DOID:1909", type="IS_A", provenance="do", record="DOID:162"))
    source.report.places |= {"DOID:162": ("small.obo", 4), "DOID:1909": ("small.obo", 9)}
    with pytest.raises(DataError, match=r"small\.obo, row [49]: a disease is its own ancestor"):
        assemble(source)


def test_a_negated_criterion_keeps_its_negation_in_the_graph() -> None:
    content = assemble(ontology(), evidence(tiny.statement("first:1", profile=tiny.STATEMENTS[1].profile)))
    types = {e.type for e in content.edges if e.source == criterion_node(tiny.KRAS).id}
    assert "ABSENT_FROM_PROFILE" in types and "IN_PROFILE" not in types


def test_what_does_not_support_is_never_its_opposite() -> None:
    content = assemble(ontology(), evidence(tiny.statement("first:1", direction="resistant", supports=False)))
    (edge,) = [e for e in content.edges if e.source == "first:1" and e.target.startswith("clew.therapy:")]
    assert (edge.type, edge.properties["direction"]) == ("DOES_NOT_SUPPORT", "resistant")


def test_known_changes_are_members_of_the_categories_that_hold_them() -> None:
    def criterion(**fields: object) -> Criterion:
        return Criterion(type="variant", name="x", gene="EGFR", **fields)

    changes = [criterion(protein="p.E746_A750del", exons=(19, 19)), criterion(protein="p.T790M", exons=(20, 20))]
    categories = [
        criterion(exons=(19, 19), consequences=("inframe_deletion",)), criterion(exons=(19, 19)),
        criterion(codons=(790, 790)), criterion(codons=(700, 800)), criterion(codons=(790, 790), requires="oncogenic"),
        criterion(codons=(1, 999), except_codons=(790,)), criterion(),
        criterion(exons=(19, 19), except_changes=("p.E746_A750del",)),
        criterion(exons=(19, 19), except_changes=("p.L747P",)),
    ]  # fmt: skip
    statements = [tiny.statement(f"first:{i}", profile=Is(c)) for i, c in enumerate([*changes, *categories])]
    content = assemble(ontology(), evidence(*statements))
    found = {(e.source, e.target) for e in content.edges if e.type == "MEMBER_OF"}
    deletion, gatekeeper = (criterion_node(c).id for c in changes)
    nodes = [criterion_node(c).id for c in categories]
    assert {t for s, t in found if s == deletion} == {nodes[0], nodes[1], nodes[3], nodes[5], nodes[8]}
    assert {t for s, t in found if s == gatekeeper} == {nodes[2], nodes[3]}


def test_one_gene_under_two_ids_is_one_node() -> None:
    other = harvest(
        "second",
        nodes=[
            Node(
                id="HGNC.SYMBOL:BRAF", label="Gene", name="BRAF", properties={"symbol": "BRAF", "role": ("oncogene",)}
            ),
            criterion_node(tiny.V600),
        ],
        edges=[
            Edge(
                source=criterion_node(tiny.V600).id,
                target="HGNC.SYMBOL:BRAF",
                type="IN_GENE",
                provenance="second",
                record="s:1",
            )
        ],
    )
    content = assemble(ontology(), evidence(tiny.STATEMENTS[0]), other)
    (gene,) = [n for n in content.nodes if n.label == "Gene"]
    assert gene.id == "NCBIGene:673" and gene.properties["role"] == ("oncogene",)
    assert {e.target for e in content.edges if e.type == "IN_GENE"} == {"NCBIGene:673"}


def test_one_id_for_two_kinds_of_thing_is_refused() -> None:
    other = harvest("second", nodes=[Node(id="NCBIGene:673", label="Drug", name="BRAF")])
    with pytest.raises(DataError, match="one source calls this a Gene, another a Drug"):
        assemble(evidence(), other)


def test_files_of_one_source_are_one_source() -> None:
    one, two = evidence(tiny.STATEMENTS[0]), evidence(tiny.STATEMENTS[0], tiny.STATEMENTS[2])
    two.source.files.clear()
    two.source.files["more.tsv"] = "1" * 64
    one.report.read = one.report.loaded = 1
    two.report.read = two.report.loaded = 2
    (joined,) = merge.same_source([one, two])
    assert (joined.report.read, joined.report.loaded, joined.report.merged) == (3, 2, 1)
    assert len(joined.statements) == 2 and set(joined.source.files) == {"first.tsv", "more.tsv"}


def test_one_id_for_two_statements_is_refused() -> None:
    with pytest.raises(DataError, match="first: this id is taken: first says something else under it: 'first:1'"):
        merge.same_source([evidence(tiny.STATEMENTS[0], tiny.statement("first:1"))])
    second = replace(evidence(tiny.STATEMENTS[0]), source=replace(evidence().source, name="second"))
    with pytest.raises(DataError, match="second: this id is taken: first says something else"):
        assemble(evidence(tiny.STATEMENTS[0]), second)


def test_an_edge_into_the_void_is_reported_and_left_out() -> None:
    source = evidence(tiny.STATEMENTS[0])
    source.edges.append(
        Edge(source="NCBIGene:673", target="NCBIGene:1", type="IN_GENE", provenance="first", record="first:1")
    )
    content = assemble(ontology(), source)
    assert "NCBIGene:1" not in {e.target for e in content.edges}
    assert any("no source defines" in w for w in warnings(source))


def test_a_type_that_the_schema_lacks_is_refused() -> None:
    source = evidence(tiny.STATEMENTS[0])
    source.nodes.append(Node(id="x:1", label="Genes", name="x"))
    with pytest.raises(DataError, match="did you mean Gene"):
        assemble(ontology(), source)


def test_what_is_found_out_later_names_file_and_row() -> None:
    source = evidence(about("Melanomma"))
    source.report.places["first:1"] = ("first.tsv", 7)
    assemble(ontology(), source)
    [warning] = source.report.set_aside
    assert (warning.fate, warning.file, warning.row) == ("warning", "first.tsv", 7)


def test_what_a_user_can_mend_is_a_warning_and_what_a_publisher_wrote_a_note() -> None:
    published, own = evidence(about("Melanoma", "DOID:99999999")), evidence(about("Melanoma", "DOID:99999999"))
    own.own = True
    assemble(ontology(), published)
    assemble(ontology(), own)
    assert published.report.set_aside[0].fate == "note"
    assert own.report.set_aside[0].fate == "warning"


def test_reports_list_every_row_set_aside() -> None:
    source = evidence(tiny.STATEMENTS[0])
    source.report.read, source.report.loaded = 3, 1
    source.report.aside("skipped", "first:2", "no drug is named", file="first.tsv", row=3, column="drug", value="\t")
    source.report.aside("quarantined", "first:3", "text and gene\ndiffer", file="first.tsv", row=4)
    source.report.coverage["line"] = (1, 3)
    files = reports.write([source])
    assert files["summary.tsv"].splitlines()[1].split("\t") == ["first", "3", "1", "0", "1", "1", "0", "0"]
    assert files["coverage.tsv"].splitlines()[1].split("\t") == ["first", "line", "1", "3"]
    rows = list(csv.DictReader(files["first.tsv"].splitlines(), delimiter="\t"))
    assert [(r["fate"], r["row"], r["reason"]) for r in rows] == [
        ("quarantined", "4", "text and gene differ"), ("skipped", "3", "no drug is named")
    ]  # fmt: skip


def test_a_packed_harvest_comes_back_as_it_was() -> None:
    source = evidence(*tiny.STATEMENTS)
    source.rows += sorted(tiny.ROWS, key=lambda row: row.id)
    source.classes += tiny.CLASSES
    source.edges += [Edge(source="a:1", target="b:1", type="IN_GENE", provenance="first", record="r")]
    content = packed.pack(source)
    back = packed.unpack(content, "first.jsonl.gz")
    assert back.source == source.source and back.nodes == source.nodes and back.edges == source.edges
    assert (back.statements, back.rows, back.classes) == (source.statements, source.rows, source.classes)
    assert packed.pack(back) == content
    for damaged in (content[:-20], b"", content[:20] + b"\0\0" + content[22:]):
        with pytest.raises(DataError, match="damaged"):
            packed.unpack(damaged, "first.jsonl.gz")


def test_a_source_that_there_is_not_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean civic"):
        importer("civik")
    with pytest.raises(UsageError, match=", ".join(SOURCES)):
        importer("xyz")


def test_what_is_missing_stops_the_build_and_leaves_the_home(tmp_path: Path) -> None:
    release.write(tmp_path, tiny.content(), tiny.SOURCES)
    before = open_release(tmp_path).digest
    with pytest.raises(DataError, match="no such file or folder"):
        build.build(tmp_path, [("do", tmp_path / "missing.obo")], own_tables=False)
    with pytest.raises(UsageError, match="needs a path"):
        build.build(tmp_path, [("do", None)], own_tables=False)
    assert open_release(tmp_path).digest == before


def test_published_files_become_one_release_the_same_each_time(shared: Path, tmp_path: Path) -> None:
    sources = [
        ("oncotree", shared / "ontologies/oncotree_2025_10_03.tsv"),
        ("oncotree", shared / "oncology/oncotree/oncotree_2025_10_03.json"),
        ("do", shared / "ontologies/DO_cancer_slim.obo.gz"),
        ("do", shared / "ontologies/do_terms.tsv"),
        ("civic", shared / "oncology/civic"),
        ("moalmanac", shared / "oncology/moalmanac-db"),
        ("liftover", shared / "formats/liftover"),
    ]
    told: list[str] = []
    built = build.build(tmp_path / "a", sources, progress=lambda what, done, total: told.append(what))
    assert told and "reading civic" in told
    again = build.build(tmp_path / "b", list(reversed(sources)))
    assert built.digest == again.digest
    built.verify_all()
    labels = {n.id: n.label for n in built.nodes()}
    counted = Counter(labels.values())
    assert counted["Statement"] > 4300 and counted["Disease"] > 13000
    for edge in built.edges():
        schema().check_edge(edge, labels)
    summary = {
        line.split("\t")[0]: [int(x) for x in line.split("\t")[1:]]
        for line in built.file("reports/summary.tsv").read_text().splitlines()[1:]
    }
    for source, (read, loaded, merged, quarantined, skipped, *_) in summary.items():
        assert read == loaded + merged + quarantined + skipped, source
    assert {source: counts[5] for source, counts in summary.items() if counts[5]} == {}
    unplaced = [s for s in built.statements() if not s.disease.ids and not s.disease.agnostic]
    assert len(unplaced) < 10
    assert str(shared) not in (built.path / "manifest.json").read_text()


def test_a_user_s_table_is_a_source_of_its_own(tmp_path: Path) -> None:
    table = tmp_path / "house rules.csv"
    table.write_text(
        "id,kind,biomarker,drugs,disease,disease_ids,if_unknown,strength,sources,confirmed_by,reason\n"
        "h1,exclude,BRAF V600E,Dabrafenib,melanoma,DOID:1909,caution,B,PMID:1,invented,A sentence of our own.\n"
    )
    built = build.build(tmp_path / "home", guidelines=[table])
    assert {"tables", "table-house_rules"} <= {s.name for s in built.manifest.sources}
    assert "reports/table-house_rules.tsv" in built.reports()
    mine = [r for r in built.rows() if r.id.endswith(":h1")]
    assert len(mine) == 1 and mine[0].drugs == ("Dabrafenib",)
    assert mine[0].id in built.serve().row_ids([drug_node("Dabrafenib").id])
    assert {e.provenance for e in built.edges() if e.source == mine[0].id} == {"table-house_rules"}
    alone = build.build(tmp_path / "home", own_tables=False)
    assert {r.kind for r in alone.rows()} == {"recommend"}, "what is left are guidelines that the sources report"


def test_what_nobody_knows_in_a_user_s_table_is_a_warning_with_its_row(tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text(
        "id,drugs,biomarker,disease,disease_ids,agency,state,confirmed_by\n"
        "label:mine:1,Trametnib,BRFA V600E,Melanoom,,fda,metstatic,ours\n"
        "label:mine:2,Trametinib,BRAF V600E,Melanoma,,fda,metastatic|unresectable,ours\n"
    )
    built = build.build(tmp_path / "home", guidelines=[table])
    report = csv.DictReader(built.file("reports/table-mine.tsv").read_text().splitlines(), delimiter="\t")
    said = {(r["fate"], r["file"], r["row"], r["column"], r["value"]): r["reason"] for r in report}
    assert all(key[:3] == ("warning", "mine.csv", "2") for key in said)
    assert {(key[3], key[4]): reason.rpartition("(")[2] for key, reason in said.items()} == {
        ("drugs", "Trametnib"): "did you mean Trametinib?)",
        ("biomarker", "BRFA"): "did you mean BRAF?)",
        ("disease", "Melanoom"): "did you mean melanoma, Melanocytoma, eye melanoma?)",
        ("state", "metstatic"): "did you mean metastatic?)",
    }
    [source] = [s for s in built.manifest.sources if s.name == "table-mine"]
    assert source.licence == "as its owner says"


def test_an_id_that_another_table_has_is_named_with_both_places(tmp_path: Path) -> None:
    header = "id,drugs,biomarker,disease,disease_ids,agency,confirmed_by\n"
    for name, disease in (("one", "Melanoma"), ("other", "Thyroid cancer")):
        (tmp_path / f"{name}.csv").write_text(f"{header}label:mine:1,Trametinib,BRAF V600E,{disease},,fda,ours\n")
    with pytest.raises(DataError) as caught:
        build.build(tmp_path / "home", guidelines=[tmp_path / "one.csv", tmp_path / "other.csv"])
    assert str(caught.value) == (
        "other.csv, row 2: this id is taken: one.csv, row 2 says something else under it: 'label:mine:1'"
    )


def test_two_tables_of_a_user_s_with_one_name_are_refused_with_both(tmp_path: Path) -> None:
    given = [tmp_path / "ward" / "vetoes.csv", tmp_path / "house" / "vetoes.csv"]
    for path in given:
        path.parent.mkdir()
        path.write_text("id,kind,biomarker,drugs,disease,disease_ids,if_unknown,strength,sources,confirmed_by,reason\n")
    with pytest.raises(DataError) as caught:
        build.gather([], given, True, silent)
    assert all(str(path) in str(caught.value) for path in given)


def test_a_source_without_a_path_is_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLEW_CACHE", str(tmp_path))
    monkeypatch.setattr("ingest.sources.civic_fetch.fetch", lambda folder: folder)
    assert build.fetched("civic") == tmp_path / "sources/civic"
    with pytest.raises(UsageError, match="hotspots needs a path"):
        build.fetched("hotspots")


def test_every_source_is_described_in_one_line() -> None:
    assert list(DESCRIBED) == list(SOURCES)
    assert all(len(text) < 120 and "\n" not in text for text in DESCRIBED.values())
