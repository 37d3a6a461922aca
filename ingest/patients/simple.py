"""MOAlmanac's simplified input: feature type, feature, alteration type, alteration."""

from __future__ import annotations

from graph.patient import Biomarker
from ingest.patients import text as words
from ingest.patients.part import Part
from ingest.patients.tabular import Table
from ingest.patients.tally import Tally
from ingest.rows import Row


def read(table: Table) -> Part:
    """One finding a row; a row of another feature type is listed."""
    kind, feature = table.need("type of the feature", "feature_type"), table.need("feature", "feature")
    how, what = table.need("type of the alteration", "alteration_type"), table.column("alteration")
    tally, found = Tally(table.name), []
    for row in table.rows:
        change = row[what] if what else ""
        place = f"{table.name}:{row.number}"
        biomarkers = _read(row, row[kind].casefold(), row[feature], row[how], change, place)
        if not biomarkers:
            shown = " ".join(part for part in (row[kind], row[feature], row[how], change) if part)
            gene = row[feature] if "variant" in row[kind].casefold() else None
            tally.add(shown, "this feature is not understood", row=row.number, gene=gene or None)
        found += biomarkers
    return Part(table.name, biomarkers=found, unread=tally.entries())


def _read(row: Row, kind: str, feature: str, how: str, change: str, place: str) -> list[Biomarker]:
    if kind in ("somatic variant", "germline variant"):
        if not feature:
            return []
        origin = "germline" if kind.startswith("germline") else "somatic"
        return [Biomarker(type="snv" if how.casefold() in ("missense", "nonsense") else "indel", gene=feature,
                          hgvs_p=change or None, consequence=how.lower() or None,
                          origin="germline" if origin == "germline" else "somatic", source=place)]  # fmt: skip
    phrase = {"copy number": f"{feature} {how}", "rearrangement": change or f"{feature} {how}"}.get(kind)
    if kind in ("microsatellite stability", "mutational burden"):
        phrase = f"{feature} {how}".strip()
    if kind == "mutational signature":
        return [Biomarker(type="signature", name=feature, source=place)] if feature else []
    return words.biomarkers(phrase.replace("--", "::"), source=place) if phrase else []
