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


def comparable(case: Case, rows: list[dict[str, object]]) -> list[str]:
    """Rows as text, ints told from floats; sorted unless the query orders them, collected lists always."""
    found = [json.dumps([_sorted(case, value) for value in row.values()], sort_keys=True) for row in rows]
    return found if "ORDER BY" in case.query else sorted(found)


def expected(case: Case) -> list[str]:
    return comparable(case, [{str(i): value for i, value in enumerate(row)} for row in case.rows])


def _sorted(case: Case, value: object) -> object:
    return sorted(value) if isinstance(value, list) and "collect(DISTINCT" in case.query else value
