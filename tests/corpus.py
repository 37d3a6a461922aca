"""Queries that every Cypher store must answer alike, with their answers, over a small invented graph.

A Bolt server that is not Neo4j may be used when it passes these.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.content import Content
from graph.manifest import Source
from graph.model import Edge, Node, Value


def _node(label: str, id: str, name: str, **properties: Value) -> Node:
    return Node(id=id, label=label, name=name, properties=properties)


def _edge(source: str, type: str, target: str, record: str, **properties: Value) -> Edge:
    return Edge(source=source, target=target, type=type, provenance="lab", record=record, properties=properties)


CONTENT = Content(
    nodes=(
        _node("Gene", "G:1", "AAA1", symbol="AAA1", xrefs=("HGNC:1", "ENS:1")),
        _node("Gene", "G:2", "BBB2", symbol="BBB2"),
        _node("Variant", "V:1", "AAA1 p.V10E", gene="AAA1", protein="p.V10E", exon=3),
        _node("Variant", "V:2", "AAA1 p.V10K", gene="AAA1", protein="p.V10K", exon=3),
        _node("Category", "C:1", "BBB2 mutation", kind="variant", gene="BBB2", criterion="BBB2 mutation"),
        _node("MolecularProfile", "P:1", "AAA1 V10E", expression="AAA1 V10E"),
        _node("MolecularProfile", "P:2", "no BBB2 mutation", expression="NOT BBB2 mutation"),
        _node("Disease", "D:1", "cancer", synonyms=("tumour", "malignancy")),
        _node("Disease", "D:2", "skin cancer", obsolete=False),
        _node("Disease", "D:3", "melanoma", compartment="solid"),
        _node("Therapy", "T:1", "Ain + Bin", ingredients=("Ain", "Bin")),
        _node("Therapy", "T:2", "Cin", ingredients=("Cin",)),
        _node("Drug", "M:1", "Ain"),
        _node("Drug", "M:2", "Bin"),
        _node("Drug", "M:3", "Cin", synonyms=()),
    ),
    edges=(
        _edge("V:1", "IN_GENE", "G:1", "r1", version="1", licence="CC0-1.0"),
        _edge("V:2", "IN_GENE", "G:1", "r2"),
        _edge("C:1", "IN_GENE", "G:2", "r3"),
        _edge("V:1", "IN_PROFILE", "P:1", "r1"),
        _edge("C:1", "ABSENT_FROM_PROFILE", "P:2", "r3", level="A"),
        _edge("D:2", "IS_A", "D:1", "r4"),
        _edge("D:3", "IS_A", "D:2", "r5"),
        _edge("T:1", "HAS_COMPONENT", "M:1", "r6"),
        _edge("T:1", "HAS_COMPONENT", "M:2", "r6"),
        _edge("T:2", "HAS_COMPONENT", "M:3", "r7"),
    ),
)
SOURCES = (
    Source(name="lab", title="Lab", version="1", licence="CC0-1.0", url=None, attribution="Lab", files={}),
)  # fmt: skip

AAA1 = {"id": "G:1", "label": "Gene", "name": "AAA1", "properties": {"symbol": "AAA1", "xrefs": ["HGNC:1", "ENS:1"]}}
V10E = {
    "id": "V:1", "label": "Variant", "name": "AAA1 p.V10E",
    "properties": {"exon": 3, "gene": "AAA1", "protein": "p.V10E"},
}  # fmt: skip
R1 = {
    "source": "V:1", "target": "G:1", "type": "IN_GENE", "provenance": "lab", "record": "r1",
    "properties": {"licence": "CC0-1.0", "version": "1"},
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """``rows`` in order where the query orders them, else in any order; one value a column."""

    query: str
    rows: list[list[object]]
    parameters: dict[str, object] = field(default_factory=dict)


CASES = (
    Case("MATCH (g:Gene {id: 'G:1'}) RETURN g", [[AAA1]]),
    Case("MATCH (v:Variant {id: 'V:1'})-[r:IN_GENE]->(g) RETURN v, r, g", [[V10E, R1, AAA1]]),
    Case("MATCH (:Variant {id: 'V:1'})-[r:IN_GENE]->() RETURN r", [[R1]]),
    Case(
        "MATCH (:Variant {id: 'V:1'})-[r]->(g:Gene) RETURN [r, [g]] AS both, {edge: r} AS held",
        [[[R1, [AAA1]], {"edge": R1}]],
    ),
    Case("MATCH p = (:Variant {id: 'V:1'})-[:IN_GENE]->(:Gene) RETURN p", [[{"nodes": [V10E, AAA1], "edges": [R1]}]]),
    Case("MATCH (v:Variant) RETURN v.name ORDER BY v.name DESC", [["AAA1 p.V10K"], ["AAA1 p.V10E"]]),
    Case("MATCH (n:Clew) WHERE n:Gene OR n:Marker RETURN n.id ORDER BY n.id", [["G:1"], ["G:2"]]),
    Case("MATCH (n {id: $id}) RETURN n.name", [["BBB2"]], {"id": "G:2"}),
    Case("MATCH (n) WHERE n.id IN $ids RETURN n.id ORDER BY n.id", [["D:1"], ["G:2"]], {"ids": ["G:2", "D:1", "X:9"]}),
    Case(
        "UNWIND $rows AS row MATCH (n {id: row.id}) RETURN row.x + 1, n.name",
        [[3, "AAA1"]],
        {"rows": [{"id": "G:1", "x": 2}]},
    ),
    Case("MATCH (d:Disease)-[:IS_A*1..3]->(a:Disease {id: 'D:1'}) RETURN d.id ORDER BY d.id", [["D:2"], ["D:3"]]),
    Case("MATCH (d:Disease {id: 'D:3'})-[:IS_A*0..3]->(a) RETURN collect(DISTINCT a.id)", [[["D:1", "D:2", "D:3"]]]),
    Case(
        "MATCH p = (:Disease {id: 'D:3'})-[:IS_A*..4]->(:Disease {id: 'D:1'}) RETURN length(p), [n IN nodes(p) | n.id]",
        [[2, ["D:3", "D:2", "D:1"]]],
    ),
    Case(
        "MATCH (a:Variant {id: 'V:1'}), (b:Variant {id: 'V:2'}) MATCH p = shortestPath((a)-[*..4]-(b)) "
        "RETURN [n IN nodes(p) | n.id], [r IN relationships(p) | type(r)]",
        [[["V:1", "G:1", "V:2"], ["IN_GENE", "IN_GENE"]]],
    ),
    Case(
        "MATCH (c)-[r:IN_PROFILE|ABSENT_FROM_PROFILE]->(p) RETURN type(r), p.name ORDER BY type(r)",
        [["ABSENT_FROM_PROFILE", "no BBB2 mutation"], ["IN_PROFILE", "AAA1 V10E"]],
    ),
    Case(
        "MATCH (g:Gene) OPTIONAL MATCH (g)<-[:IN_GENE]-(v:Variant) RETURN g.id, count(v) ORDER BY g.id",
        [["G:1", 2], ["G:2", 0]],
    ),
    Case("MATCH (g:Gene)<-[:IN_GENE]-(x) WITH g, count(x) AS n WHERE n > 1 RETURN g.symbol, n", [["AAA1", 2]]),
    Case("MATCH (g:Gene) WHERE NOT (g)<-[:IN_GENE]-(:Variant) RETURN g.id", [["G:2"]]),
    Case("MATCH (g:Gene) WHERE EXISTS { MATCH (g)<-[:IN_GENE]-(v:Variant) WHERE v.exon = 3 } RETURN g.id", [["G:1"]]),
    Case("MATCH (g:Gene) RETURN g.id, COUNT { (g)<-[:IN_GENE]-() } AS n ORDER BY g.id", [["G:1", 2], ["G:2", 1]]),
    Case(
        "MATCH (g:Gene) CALL { WITH g MATCH (g)<-[:IN_GENE]-(v) RETURN max(v.id) AS m } RETURN g.id, m ORDER BY g.id",
        [["G:1", "V:2"], ["G:2", "C:1"]],
    ),
    Case(
        "MATCH (g:Gene) RETURN g.id AS id UNION MATCH (d:Drug) WHERE d.name STARTS WITH 'A' RETURN d.id AS id",
        [["G:1"], ["G:2"], ["M:1"]],
    ),
    Case("MATCH (t:Therapy) WHERE 'Ain' IN t.ingredients RETURN t.id, size(t.ingredients)", [["T:1", 2]]),
    Case(
        "MATCH (t:Therapy)-[:HAS_COMPONENT]->(d) WITH t, d ORDER BY d.name RETURN t.id, collect(d.name) ORDER BY t.id",
        [["T:1", ["Ain", "Bin"]], ["T:2", ["Cin"]]],
    ),
    Case("MATCH (d:Drug {id: 'M:3'}) RETURN d.synonyms, d.xrefs", [[[], None]]),
    Case(
        "MATCH (d:Disease) RETURN d.obsolete, coalesce(d.compartment, '-') ORDER BY d.id",
        [[None, "-"], [False, "-"], [None, "solid"]],
    ),
    Case("MATCH (d:Disease) WHERE d.obsolete IS NOT NULL AND NOT d.obsolete RETURN d.id", [["D:2"]]),
    Case("MATCH (v:Variant) WHERE v.protein =~ 'p\\\\.V10[EK]' RETURN v.id ORDER BY v.id", [["V:1"], ["V:2"]]),
    Case(
        "MATCH (v:Variant) WHERE v.name CONTAINS 'V10' AND v.name ENDS WITH 'E' XOR v.id = 'V:2' "
        "RETURN v.id ORDER BY v.id",
        [["V:1"], ["V:2"]],
    ),
    Case(
        "MATCH (n:Drug) RETURN toLower(n.name), substring(n.name, 1), split('a|b', '|') ORDER BY n.id LIMIT 1",
        [["ain", "in", ["a", "b"]]],
    ),
    Case("MATCH (n:Drug) RETURN n.id ORDER BY n.id SKIP 1 LIMIT 1", [["M:2"]]),
    Case("MATCH (v:Variant) RETURN sum(v.exon), avg(v.exon), min(v.id), count(DISTINCT v.exon)", [[6, 3.0, "V:1", 1]]),
    Case(
        "RETURN 1 AS a, 1.5 AS b, true AS c, null AS d, 'x' AS e, [1, 'a', null] AS f, {k: [1.0]} AS g",
        [[1, 1.5, True, None, "x", [1, "a", None], {"k": [1.0]}]],
    ),
    Case(
        "RETURN CASE WHEN 2 > 1 THEN 'yes' ELSE 'no' END AS x, reduce(s = 0, i IN range(1, 4) | s + i) AS y",
        [["yes", 10]],
    ),
    Case(
        "RETURN all(x IN [1, 2] WHERE x > 0) AS a, any(x IN [] WHERE x) AS b, none(x IN [1] WHERE x = 2) AS c",
        [[True, False, True]],
    ),
    Case("MATCH (n:Nothing)-[:AT_ALL]->() RETURN n.id", []),
    Case("MATCH (v:Variant {id: 'V:1'}) RETURN v {.name, .exon} AS some", [[{"name": "AAA1 p.V10E", "exon": 3}]]),
    Case("MATCH (a:Gene), (b:Gene) WHERE a.id < b.id RETURN a.id, b.id", [["G:1", "G:2"]]),
    Case(
        "MATCH ()-[r]->() RETURN type(r) AS t, count(*) AS n ORDER BY n DESC, t LIMIT 2",
        [["HAS_COMPONENT", 3], ["IN_GENE", 3]],
    ),
    Case(
        "MATCH (v:Variant)-[:IN_GENE]->(g)<-[:IN_GENE]-(w:Variant) RETURN v.id, w.id ORDER BY v.id",
        [["V:1", "V:2"], ["V:2", "V:1"]],
    ),
    Case("MATCH (r:Release) RETURN r.state", [["complete"]]),
)
