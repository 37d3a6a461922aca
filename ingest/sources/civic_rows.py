"""What one row of a CIViC file says: its drugs, disease, date and identifiers, and whether it makes a statement."""

from __future__ import annotations

import re

from graph.claims import Direction, DiseaseScope
from graph.paths import ROOT_DISEASE
from ingest.rows import Row
from ontologies.drugs import known

DIRECTIONS: dict[str, Direction] = {
    "Sensitivity/Response": "sensitive",
    "Sensitivity": "sensitive",
    "Resistance": "resistant",
    "Resistance or Non-Response": "resistant",
    "Adverse Response": "adverse",
    "Reduced Sensitivity": "reduced",
}
SUPPORTS = {"Supports": True, "Does Not Support": False}
_SOLID = re.compile(r"(advanced |metastatic )?solid tumou?rs?", re.I)


def split_drugs(text: str) -> list[str]:
    """The drugs of a comma-separated cell; a number alone between commas belongs to the name beside it.

    >>> split_drugs("Dabrafenib,Trametinib"), split_drugs("2,4-pyrimidinediamine"), split_drugs("CP-724,714,Gefitinib")
    (['Dabrafenib', 'Trametinib'], ['2,4-pyrimidinediamine'], ['CP-724,714', 'Gefitinib'])
    """
    found: list[str] = []
    held = ""
    for part in text.split(","):
        inside = bool(found) and (known(f"{found[-1]},{part.strip()}") or re.search(r"-\d+$", found[-1]) is not None)
        if inside and part.strip().isdigit():
            found[-1] += f",{part.strip()}"
        elif re.fullmatch(r"\s*\d+'?", part):
            held += f"{part.strip()},"
        elif part.strip():
            found.append(held + part.strip())
            held = ""
    return found


def no_statement(row: Row, kind: str, direction: str, status: str) -> tuple[str, str] | None:
    """Why a row gives no statement, and the column that says so."""
    about = "evidence" if "evidence_type" in row else "assertion"
    significance = row["clinical_significance"]
    if status not in ("", "accepted"):
        return f"the status is {status}", f"{about}_status"
    if kind != "Predictive":
        return f"the type is {kind or 'empty'}", f"{about}_type"
    if not split_drugs(row["drugs"]):
        return "no drug is named", "drugs"
    if direction not in SUPPORTS:
        return f"the direction is {direction or 'empty'}", f"{about}_direction"
    if significance not in DIRECTIONS:
        return f"the clinical significance is {significance or 'empty'}", "clinical_significance"
    if not row["disease"] and not row["doid"]:
        return "no disease is named", "disease"
    return None


def disease(row: Row) -> DiseaseScope:
    number = row["doid"].removeprefix("DOID:")
    if number and not number.isdigit():
        raise row.error("a Disease Ontology id is a number", "doid")
    if number and f"DOID:{number}" != ROOT_DISEASE:
        return DiseaseScope(name=row["disease"], ids=(f"DOID:{number}",))
    if number:
        return DiseaseScope(name=row["disease"], agnostic="any")
    return DiseaseScope(name=row["disease"], agnostic="solid" if _SOLID.fullmatch(row["disease"]) else None)


def review_date(row: Row) -> str | None:
    text = row["last_review_date"]
    if not text:
        return None
    if not re.match(r"\d{4}-\d{2}-\d{2}\b", text):
        raise row.error("a date begins with year-month-day", "last_review_date")
    return text[:10]


def xrefs(row: Row) -> tuple[str, ...]:
    """Identifiers of the variant elsewhere: CIViC, ClinVar, ClinGen's allele registry, dbSNP."""
    found = {f"CIVIC.VID:{row['variant_id']}"}
    found |= {f"CLINVAR:{i.strip()}" for i in row["clinvar_ids"].split(",") if i.strip().isdigit()}
    found |= {f"CAID:{i.strip()}" for i in row["allele_registry_id"].split(",") if re.fullmatch(r"CA\d+", i.strip())}
    found |= {f"DBSNP:{i.strip().lower()}" for i in row["variant_aliases"].split(",")
              if re.fullmatch(r"RS\d+", i.strip(), re.I)}  # fmt: skip
    return tuple(sorted(found))
