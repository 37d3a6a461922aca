"""What the tests of the two Cypher stores share."""

from __future__ import annotations

import json

import tiny
from corpus import Case

from graph.paths import drug_node, marker_node, therapy_node

ANCHORS = (
    ["NCBIGene:673"], ["NCBIGene:3845"], ["NCBIGene:238"], [marker_node("PD-L1").id], ["DOID:9256"], ["DOID:162"],
    ["NCBIGene:673", "NCBIGene:238", "DOID:9256", "DOID:162", "DOID:162"], ["NCBIGene:1", "first:1"], [],
)  # fmt: skip
THERAPIES = (
    *([therapy_node(s.therapy).id] for s in tiny.STATEMENTS),
    [drug_node("Trametinib").id],
    [therapy_node(("Dabrafenib", "Trametinib")).id, therapy_node(("Cetuximab",)).id],
    *([drug_node(drug).id] for row in tiny.ROWS for drug in row.drugs),
    ["clew.therapy:nothing"],
    [],
)
GENES = (
    ["NCBIGene:673"], ["NCBIGene:238"], ["NCBIGene:3845"], ["HGNC.SYMBOL:DPYD"],
    ["HGNC.SYMBOL:EML4", "HGNC.SYMBOL:DPYD", "NCBIGene:1"], [],
)  # fmt: skip

RULES = (
    Case(
        """MATCH (:Therapy {name: 'Dabrafenib + Trametinib'})-[:HAS_COMPONENT]->(d:Drug)
MATCH (d)<-[:EXCLUDES|REQUIRES|CAUTIONS]-(r:GuidelineRow)
RETURN DISTINCT d.name, r.kind, r.because, r.reason, r.sources ORDER BY d.name""",
        [
            ["Dabrafenib", "exclude", "resistance", "An invented reason.", ["PMID:2"]],
            ["Trametinib", "caution", "toxicity", "Another.", ["label:x"]],
        ],
    ),
    Case(
        """MATCH (:Gene {symbol: 'DPYD'})<-[:IN_GENE]-(c:Category)-[:IN_PROFILE]->(p:MolecularProfile)
MATCH (p)-[:SUBJECT_OF]->(r:GuidelineRow)-[:DOSES]->(d:Drug)
RETURN DISTINCT r.guideline, r.version, d.name, c.name, r.action ORDER BY d.name""",
        [["dosing", "2", "Fluorouracil", "DPYD genotype poor metabolizer", "half the dose"]],
    ),
    Case(
        """MATCH (r:GuidelineRow {guideline: 'fda-labels'})-[:RECOMMENDS]->(t:Therapy)
WITH r, t, r.effective_from <= '2022-06-01' AND coalesce(r.effective_to, '9999') > '2022-06-01' AS before,
     r.effective_from <= '2024-06-01' AND coalesce(r.effective_to, '9999') > '2024-06-01' AS after
WHERE before <> after
RETURN CASE WHEN after THEN 'gained' ELSE 'lost' END AS label, t.name, r.reason ORDER BY label, t.name""",
        [["lost", "Capecitabine", "Invented."]],
    ),
    Case(
        """MATCH (:Gene {symbol: 'KRAS'})<-[:IN_GENE]-(c)-[:IN_PROFILE|ABSENT_FROM_PROFILE]->(p:MolecularProfile)
MATCH (p)-[:SUBJECT_OF]->(r:GuidelineRow)
WHERE NOT (r)-[:REPORTED_IN]->(:Document) AND NOT (r)<-[:GROUNDS]-(:Statement)-[:REPORTED_IN]->(:Document)
RETURN DISTINCT r.id, r.reason, r.sources ORDER BY r.id""",
        [["guideline:points:unsourced", "Invented.", ["said"]]],
    ),
    Case(
        """MATCH (v)-[:IN_PROFILE]->(:MolecularProfile)-[:SUBJECT_OF]->(no:GuidelineRow)-[:EXCLUDES]->(d:Drug)
WITH DISTINCT v, no, d
MATCH (v)-[:IN_PROFILE]->(p:MolecularProfile)
WITH DISTINCT v, no, d, p
MATCH (p)-[:SUBJECT_OF]->(yes:GuidelineRow)-[:RECOMMENDS]->(t:Therapy)
WHERE d.name IN t.ingredients
RETURN v.name, t.name, no.id, collect(DISTINCT yes.guideline) AS recommended_by ORDER BY v.name, t.name""",
        [["KRAS mutation", "Capecitabine", "guideline:germline:other", ["fda-labels"]]],
    ),
    Case(
        """MATCH (new:GuidelineRow)-[:SUPERSEDES]->(old:GuidelineRow)
RETURN old.id, old.version, new.id, new.version, new.effective_from ORDER BY old.id""",
        [["guideline:points:older", "1", "guideline:points:alk", "2", None]],
    ),
)
"""What a researcher may ask about guideline rows, as ``docs/graph.md`` asks it, with what the tiny release answers."""


def comparable(case: Case, rows: list[dict[str, object]]) -> list[str]:
    """Rows as text, ints told from floats; sorted unless the query orders them, collected lists always."""
    found = [json.dumps([_sorted(case, value) for value in row.values()], sort_keys=True) for row in rows]
    return found if "ORDER BY" in case.query else sorted(found)


def expected(case: Case) -> list[str]:
    return comparable(case, [{str(i): value for i, value in enumerate(row)} for row in case.rows])


def _sorted(case: Case, value: object) -> object:
    return sorted(value) if isinstance(value, list) and "collect(DISTINCT" in case.query else value
