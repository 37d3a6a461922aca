"""The Disease Ontology and OncoTree as one: what is the same disease, what is a kind of what, and of which tissue."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import pytest

from graph.errors import DataError
from graph.model import Edge, Node
from ingest.sources import do, oncotree
from ontologies.isa import find_cycle, hierarchy
from ontologies.mappings import EXACT, PREDICATES, approved, tissues
from ontologies.names import Listed, Names
from ontologies.union import Union, merge, unite


def disease(id: str, name: str = "", **properties: object) -> Node:
    return Node(id=id, label="Disease", name=name or id, properties=properties)


def is_a(source: str, target: str) -> Edge:
    return Edge(source=source, target=target, type="IS_A", provenance="do", record=source)


def maps_to(source: str, target: str, predicate: str = EXACT, route: str = "history") -> Edge:
    return Edge(
        source=source, target=target, type="MAPS_TO", provenance="oncotree", record=source,
        properties={"predicate": predicate, "route": route},
    )  # fmt: skip


def above(union: Union, id: str) -> dict[str, bool]:
    return {row.ancestor: row.widened for row in union.closure if row.descendant == id}


def predicate(union: Union, source: str, target: str) -> str | None:
    found = [e for e in union.edges if (e.type, e.source, e.target) == ("MAPS_TO", source, target)]
    return str(found[0].properties["predicate"]) if found else None


@pytest.fixture(scope="module")
def published(shared: Path) -> Union:
    harvests = [
        oncotree.read(shared / "oncology/oncotree/oncotree_2025_10_03.json"),
        oncotree.read(shared / "ontologies/oncotree_2025_10_03.tsv"),
        do.read(shared / "ontologies/DO_cancer_slim.obo.gz"),
        do.read(shared / "ontologies/do_terms.tsv"),
    ]
    return unite([n for h in harvests for n in h.nodes], [e for h in harvests for e in h.edges])


@pytest.fixture(scope="module")
def ancestors(published: Union) -> dict[str, dict[str, bool]]:
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for row in published.closure:
        found[row.descendant][row.ancestor] = row.widened
    return found


@pytest.fixture(scope="module")
def nodes(published: Union) -> dict[str, Node]:
    return {node.id: node for node in published.nodes}


# What joins, on small invented ontologies


def test_the_small_files_join_by_name_and_route(data: Path) -> None:
    small = data / "ontologies"
    harvests = [oncotree.read(small / "tree.json"), oncotree.read(small / "oncotree.tsv"), do.read(small / "do.tsv")]
    union = unite([n for h in harvests for n in h.nodes], [e for h in harvests for e in h.edges])
    assert predicate(union, "ONCOTREE:GARD", "DOID:9000001") == EXACT
    assert predicate(union, "ONCOTREE:HEDG", "DOID:9000003") == "skos:closeMatch"
    assert predicate(union, "ONCOTREE:TISSUE", "DOID:162") == EXACT
    assert above(union, "ONCOTREE:OLDG")["DOID:9000001"] is False
    assert above(union, "ONCOTREE:PREG")["ONCOTREE:GARD"] is True


@pytest.mark.parametrize(
    ("code", "name", "doid_name", "synonyms", "xref", "expected"),
    [
        ("NSPC", "Non-Small Paw Cancer", "paw non-small carcinoma", ("Non-small paw cancer",), "NCIT:C1", EXACT),
        ("PCC", "Clear Paw Carcinoma", "clear cell paw cell carcinoma", ("pCC",), "UMLS:C2", EXACT),
        ("PCC", "Clear Paw Carcinoma", "clear cell paw cell carcinoma", (), "NCIT:C1", "skos:closeMatch"),
        ("PCC", "Clear Paw Carcinoma", "clear cell paw cell carcinoma", ("pCC",), "MESH:D1", None),
    ],
)
def test_a_shared_cross_reference_is_a_witness_without_a_table_of_routes(
    code: str, name: str, doid_name: str, synonyms: tuple[str, ...], xref: str, expected: str | None
) -> None:
    union = unite([
        disease(f"ONCOTREE:{code}", name, xrefs=(xref,)),
        disease("DOID:1", doid_name, synonyms=synonyms, xrefs=(xref,)),
    ], [])  # fmt: skip
    assert predicate(union, f"ONCOTREE:{code}", "DOID:1") == expected


@pytest.mark.parametrize(
    ("text", "id"),
    [("NSCLC", "DOID:3908"), ("SCLC", "DOID:5409"), ("ccRCC", "DOID:4467"), ("Papillary Thyroid Cancer", "DOID:3969")],
)
def test_two_published_files_alone_agree_on_common_names(text: str, id: str, shared: Path) -> None:
    harvests = [
        do.read(shared / "ontologies/DO_cancer_slim.obo.gz"),
        oncotree.read(shared / "oncology/oncotree/oncotree_2025_10_03.json"),
    ]
    union = unite([n for h in harvests for n in h.nodes], [e for h in harvests for e in h.edges])
    match = Names(Listed(union.nodes, union.names)).resolve(text)
    assert match is not None and len(match.ids) == 1
    assert id in above(union, match.ids[0]) and above(union, match.ids[0])[id] is False


def test_exact_mappings_make_one_disease_in_both_directions() -> None:
    of = hierarchy(["A:1", "B:1", "B:2"], [maps_to("A:1", "B:1"), is_a("B:1", "B:2")])
    assert of.same("A:1", "B:1")
    assert of.above("A:1") == {"A:1": False, "B:2": False}


def test_other_mappings_only_widen_and_say_so() -> None:
    ids = ["A:1", "A:2", "B:1", "B:2", "B:3"]
    edges = [maps_to("A:1", "B:1", "skos:broadMatch"), maps_to("A:2", "B:1", "skos:closeMatch"), is_a("B:1", "B:2")]
    of = hierarchy(ids, edges)
    assert of.above("A:1") == {"A:1": False, "B:1": True, "B:2": True}
    assert of.above("A:2") == {"A:2": False, "B:2": True}


def test_no_path_takes_two_widening_steps() -> None:
    edges = [maps_to("A:1", "B:1", "skos:broadMatch"), maps_to("B:1", "C:1", "skos:broadMatch")]
    assert hierarchy(["A:1", "B:1", "C:1"], edges).above("A:1") == {"A:1": False, "B:1": True}


def test_a_cycle_is_named() -> None:
    edges = [is_a("A:1", "A:2"), is_a("A:2", "A:3"), is_a("A:3", "A:1"), is_a("A:0", "A:1")]
    with pytest.raises(DataError) as caught:
        hierarchy(["A:0", "A:1", "A:2", "A:3"], edges)
    assert str(caught.value) == "a disease is its own ancestor: 'A:1 is a A:2 is a A:3 is a A:1'"


def test_a_disease_that_is_its_own_parent_is_a_cycle() -> None:
    with pytest.raises(DataError, match="own ancestor"):
        hierarchy(["A:1"], [is_a("A:1", "A:1")])


def test_a_deep_chain_is_no_problem() -> None:
    parents = {f"A:{n:05}": (f"A:{n + 1:05}",) for n in range(20_000)}
    assert find_cycle(parents) is None
    assert find_cycle(parents | {"A:20000": ("A:00000",)}) is not None


def test_an_exact_mapping_that_would_make_a_cycle_becomes_a_close_one() -> None:
    nodes = [disease(i) for i in ("ONCOTREE:UP", "ONCOTREE:DOWN", "DOID:1", "DOID:2")]
    edges = [
        is_a("ONCOTREE:DOWN", "ONCOTREE:UP"), is_a("DOID:1", "DOID:2"),
        maps_to("ONCOTREE:UP", "DOID:1"), maps_to("ONCOTREE:DOWN", "DOID:2"),
    ]  # fmt: skip
    union = unite(nodes, edges)
    assert predicate(union, "ONCOTREE:UP", "DOID:1") == "skos:closeMatch"
    assert any("would make a cycle" in note for note in union.notes)


def test_merging_keeps_every_name_and_every_list() -> None:
    one = disease("DOID:1", "heart tumor", synonyms=("a",), xrefs=("NCIT:C1",))
    other = disease("DOID:1", "tumor of heart", synonyms=("b",), obsolete=True)
    (merged,) = merge([one, other])
    assert merged.name == "heart tumor"
    assert merged.properties == {"synonyms": ("a", "b", "tumor of heart"), "xrefs": ("NCIT:C1",), "obsolete": True}


def test_a_parent_that_no_source_defines_is_a_fault_and_not_followed() -> None:
    union = unite([disease("DOID:1")], [is_a("DOID:1", "DOID:2")])
    assert union.faults == ("DOID:1: no source defines its parent DOID:2",)
    assert not union.edges


def test_order_of_sources_changes_no_ancestor(data: Path) -> None:
    small = data / "ontologies"
    harvests = [oncotree.read(small / "tree.json"), oncotree.read(small / "oncotree.tsv"), do.read(small / "do.tsv")]
    there = unite([n for h in harvests for n in h.nodes], [e for h in harvests for e in h.edges])
    back = unite([n for h in harvests[::-1] for n in h.nodes], [e for h in harvests[::-1] for e in h.edges])
    assert there.closure == back.closure
    assert [(n.id, n.properties.get("compartment")) for n in there.nodes] == [
        (n.id, n.properties.get("compartment")) for n in back.nodes
    ]


def test_blood_wins_over_an_organ() -> None:
    nodes = [disease("DOID:162"), disease("DOID:0060058"), disease("DOID:7"), disease("DOID:8")]
    edges = [is_a("DOID:0060058", "DOID:162"), is_a("DOID:7", "DOID:162"), is_a("DOID:8", "DOID:7"),
             is_a("DOID:8", "DOID:0060058")]  # fmt: skip
    found = {node.id: node.properties.get("compartment") for node in unite(nodes, edges).nodes}
    assert found == {"DOID:162": None, "DOID:0060058": "lymphoid", "DOID:7": "solid", "DOID:8": "lymphoid"}


# The curator's tables


def test_approved_mappings_name_both_sides_as_the_sources_do(nodes: dict[str, Node]) -> None:
    for row in approved():
        assert row.predicate in PREDICATES and row.reason and row.source
        assert nodes[row.object].name == row.object_name
        subject = nodes[row.subject]
        assert subject.name == row.subject_name, row.subject


def test_tissues_name_both_sides_as_the_sources_do(nodes: dict[str, Node]) -> None:
    for tissue in tissues().values():
        assert nodes[tissue.id].name == tissue.name
        if tissue.doid:
            assert nodes[tissue.doid].name == tissue.doid_name
    stated = {str(n.properties["tissue"]) for n in nodes.values() if "tissue" in n.properties}
    assert stated <= {tissue.name for tissue in tissues().values()}


@pytest.mark.parametrize("table", ["compartments.csv", "synonyms.csv"])
def test_other_tables_name_diseases_as_the_sources_do(table: str, nodes: dict[str, Node]) -> None:
    path = Path(__file__).parent.parent / "ontologies/tables" / table
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        id = row.get("doid") or row["id"]
        assert nodes[id].name == row["name"]


def test_implied_diseases_are_kinds_of_the_disease_they_narrow(ancestors: dict[str, dict[str, bool]]) -> None:
    path = Path(__file__).parent.parent / "rules/tables/implied_diseases.csv"
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        assert row["disease"] in ancestors[row["implied"]], row
        assert row["source"]


# The published ontologies


@pytest.mark.parametrize(
    ("id", "ancestor"),
    [
        ("DOID:3910", "DOID:3908"),
        ("ONCOTREE:LUAD", "DOID:3908"),
        ("DOID:3910", "ONCOTREE:NSCLC"),
        ("ONCOTREE:MEL", "DOID:1909"),
        ("ONCOTREE:ASM", "DOID:4798"),
        ("ONCOTREE:ASM", "DOID:349"),
        ("ONCOTREE:COADREAD", "DOID:0050861"),
        ("DOID:0050861", "ONCOTREE:COADREAD"),
        ("ONCOTREE:BRCA", "DOID:1612"),
        ("DOID:0060081", "ONCOTREE:BRCA"),
        ("ONCOTREE:CML", "DOID:8552"),
        ("ONCOTREE:MM", "DOID:9538"),
        ("ONCOTREE:BLL", "ONCOTREE:ALL"),
        ("ONCOTREE:TLL", "ONCOTREE:ALL"),
        ("ONCOTREE:BLLBCRABL1", "ONCOTREE:BALL"),
        ("ONCOTREE:MLNFGFR1", "ONCOTREE:MLN"),
        ("ONCOTREE:AML", "ONCOTREE:LEUK"),
        ("ONCOTREE:SS", "ONCOTREE:CTCL"),
        ("ONCOTREE:GB", "ONCOTREE:GBM"),
        ("DOID:0080191", "DOID:0050657"),
    ],
)
def test_well_known_kinds_hold_without_widening(id: str, ancestor: str, ancestors: dict[str, dict[str, bool]]) -> None:
    assert ancestors[id][ancestor] is False


@pytest.mark.parametrize(
    ("id", "other"),
    [
        ("ONCOTREE:PCM", "ONCOTREE:MNM"),
        ("ONCOTREE:ACBC", "ONCOTREE:HEAD_NECK"),
        ("DOID:1909", "ONCOTREE:BRCA"),
        ("ONCOTREE:SBWDNET", "DOID:7132"),
        ("ONCOTREE:PEMESO", "DOID:1789"),
        ("ONCOTREE:LUNG", "ONCOTREE:NSCLC"),
    ],
)
def test_a_doubtful_route_makes_no_kind(id: str, other: str, ancestors: dict[str, dict[str, bool]]) -> None:
    assert other not in ancestors[id]


def test_every_oncotree_code_is_a_cancer(ancestors: dict[str, dict[str, bool]], nodes: dict[str, Node]) -> None:
    assert [i for i in nodes if i.startswith("ONCOTREE:") and ancestors[i].get("DOID:162") is not False] == []


def test_every_mapping_keeps_its_predicate_route_and_source(published: Union) -> None:
    mappings = [edge for edge in published.edges if edge.type == "MAPS_TO"]
    assert len(mappings) > 800
    for edge in mappings:
        assert edge.properties["predicate"] in PREDICATES and edge.properties["route"]
        assert edge.provenance in ("do", "oncotree", "tables") and edge.record


def test_a_doid_is_exact_for_one_living_code_at_most(published: Union, nodes: dict[str, Node]) -> None:
    claimed: dict[str, set[str]] = defaultdict(set)
    for edge in published.edges:
        joins = edge.type == "MAPS_TO" and edge.properties["predicate"] == EXACT and edge.target.startswith("DOID:")
        if joins and edge.source.startswith("ONCOTREE:") and not nodes[edge.source].properties.get("obsolete"):
            claimed[edge.target].add(edge.source)
    assert {doid: codes for doid, codes in claimed.items() if len(codes) > 1} == {}


def test_only_tissue_decides_what_is_solid_among_codes(nodes: dict[str, Node]) -> None:
    for node in nodes.values():
        tissue = node.properties.get("tissue")
        if node.id.startswith("ONCOTREE:") and tissue:
            assert node.properties["compartment"] == {"Myeloid": "myeloid", "Lymphoid": "lymphoid"}.get(
                str(tissue), "solid"
            )


@pytest.mark.parametrize(
    ("id", "compartment"),
    [
        ("DOID:9538", "lymphoid"),
        ("DOID:9119", "myeloid"),
        ("DOID:9952", "lymphoid"),
        ("DOID:349", "myeloid"),
        ("DOID:9256", "solid"),
        ("DOID:3284", "solid"),
        ("DOID:0080366", "solid"),
        ("DOID:10146", "lymphoid"),
        ("DOID:1240", None),
        ("DOID:3883", None),
    ],
)
def test_compartments_of_the_disease_ontology(id: str, compartment: str | None, nodes: dict[str, Node]) -> None:
    assert nodes[id].properties.get("compartment") == compartment


def test_diseases_of_civic_practically_all_have_a_compartment(shared: Path, nodes: dict[str, Node]) -> None:
    table = shared / "oncology/civic/nightly-ClinicalEvidenceSummaries.tsv"
    with table.open(encoding="utf-8", newline="") as stream:
        used = {f"DOID:{row['doid']}" for row in csv.DictReader(stream, delimiter="\t") if row["doid"]}
    assert used <= nodes.keys()
    without = {id for id in used if "compartment" not in nodes[id].properties}
    assert len(without) / len(used) < 0.06


def test_codes_and_names_of_moalmanac_all_resolve(shared: Path, published: Union) -> None:
    names = Names(Listed(published.nodes, published.names))
    table = shared / "oncology/moalmanac-db/referenced/diseases.json"
    for row in json.loads(table.read_text(encoding="utf-8")):
        found = names.resolve(row["primary_coding_id"]) or names.resolve(row["name"])
        if row["primary_coding_id"].startswith("oncotree:"):
            assert found is not None and found.ids == (row["primary_coding_id"].upper(),)
        elif "solid tumor" not in row["name"]:
            assert found is not None and found.ids, row["name"]
