"""Faults to plant into a copy of our own table of vetoes, each where lint must find it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

TABLES = Path(__file__).parent.parent / "rules" / "tables"
TODAY = date(2026, 1, 15)
SIDECAR = """
[table]
guideline = "house-resistance"
review_days = 730
licence = "Apache-2.0"
[table.defaults]
reviewed_on = "2025-06-01"
"""
MORE = (
    "version", "effective_from", "effective_to", "supersedes", "curator", "reviewed_on", "age_years", "state", "action",
    "excluded_ids", "text",
)  # fmt: skip
"""Columns of a row's life and setting, beside those of our own table of vetoes."""


def vetoes() -> list[dict[str, str]]:
    """Our own table of vetoes, with room for more columns."""
    with (TABLES / "vetoes.csv").open(encoding="utf-8", newline="") as file:
        return [{**row, **dict.fromkeys(MORE, ""), "because": "resistance"} for row in csv.DictReader(file)]


def written(folder: Path, rows: Sequence[Mapping[str, str]], sidecar: str = SIDECAR, name: str = "house") -> Path:
    file = folder / f"{name}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    file.with_suffix(".toml").write_text(sidecar, encoding="utf-8")
    return file


@dataclass(frozen=True)
class Plant:
    """A fault put into the table: cells of rows changed, and rows added as copies of others with changes."""

    check: str
    change: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    add: Sequence[tuple[str, Mapping[str, str]]] = ()
    at: str = ""
    """Where it must be found; the first row that is changed or added, if not said."""

    @property
    def row(self) -> str:
        return self.at or next(iter(self.change), "") or self.add[0][1]["id"]


def changed(check: str, row: str, **cells: str) -> Plant:
    return Plant(check, {row: cells})


def added(check: str, like: str, **cells: str) -> Plant:
    return Plant(check, add=[(like, {"id": "planted", **cells})])


def versions(check: str, *spans: tuple[str, str, str]) -> Plant:
    """All rows in the first version, with a copy of one row in every further one."""
    (version, start, end), *later = spans
    change = {row["id"]: {"version": version, "effective_from": start, "effective_to": end} for row in vetoes()}
    add = [
        ("alk-f1245c", {"id": f"planted-{v}", "version": v, "effective_from": s, "effective_to": e})
        for v, s, e in later
    ]
    return Plant(check, change, add, at=f"planted-{later[-1][0]}")


CML, CRC, MELANOMA = "DOID:8552", "DOID:9256", "DOID:1909"
PLANTS = (
    changed("unknown-code", "abl1-v299l", disease_ids="DOID:99999999"),
    changed("unknown-code", "braf-antiegfr", disease_ids="ONCOTREE:COADREADX"),
    changed("unknown-code", "ar-f877l", disease="Prostrate cancer", disease_ids=""),
    changed("obsolete-code", "abl1-v299l", disease="Ewing sarcoma", disease_ids="DOID:0050607"),
    changed("obsolete-code", "ar-v7", disease="ovarian cancer", disease_ids="DOID:0060070"),
    changed("obsolete-code", "bcl2-f104i", disease="Cutaneous T-Cell Lymphoma", disease_ids="ONCOTREE:CTCL"),
    changed("wrong-system", "braf-antiegfr", disease_ids="DOID:COADREAD"),
    changed("wrong-system", "ar-f877l", disease_ids="ONCOTREE:10283"),
    changed("wrong-system", "bcl2-f104i", disease_ids="MESH:D008224"),
    changed("name-disagrees", "abl1-v299l", disease_ids=CRC),
    changed("name-disagrees", "braf-antiegfr", disease_ids=MELANOMA),
    changed("name-disagrees", "ar-f877l", disease="Melanoma"),
    changed("unknown-gene", "abl1-v299l", biomarker="ABBL1 V299L"),
    changed("unknown-gene", "alk-f1245c", biomarker="ALKK F1245C"),
    changed("unknown-gene", "ar-f877l", biomarker="AAR F877L"),
    changed("alias", "abl1-v299l", biomarker="ABL V299L"),
    added("alias", "alk-f1245c", biomarker="MEK1 F129L", drugs="Trametinib", reason="MEK1 F129L blunts trametinib."),
    added("alias", "alk-f1245c", biomarker="MEK2 F57L", drugs="Trametinib", reason="MEK2 F57L blunts trametinib."),
    changed("unknown-drug", "abl1-v299l", drugs="Dasatinibb"),
    changed("unknown-drug", "alk-f1245c", drugs="Crizotinob"),
    changed("unknown-drug", "ar-f877l", drugs="Enzalutamide|Apalutamid"),
    changed("brand", "abl1-v299l", drugs="Sprycel"),
    changed("brand", "alk-f1245c", drugs="Xalkori"),
    added("brand", "abl1-t315i-imatinib", biomarker="ABL1 Q252H", drugs="Gleevec", reason="Imatinib fails."),
    changed("unread", "abl1-v299l", age_years="adult"),
    changed("unread", "alk-f1245c", reviewed_on="15.01.2026"),
    changed("unread", "ar-v7", kind="exlude"),
    changed("unread", "ar-f877l", age_years="(65..18)"),
    changed("value", "abl1-v299l", state="metstatic"),
    changed("value", "alk-f1245c", age_years=">=180"),
    changed("value", "ar-v7", state="untreatable"),
    changed("unsatisfiable", "braf-antiegfr", biomarker="BRAF V600E AND NOT BRAF mutation"),
    changed("unsatisfiable", "ar-v7", age_years=">=18;<12"),
    changed("unsatisfiable", "abl1-v299l", excluded_ids=CML),
    changed("unsatisfiable", "alk-f1245c", state="metastatic;!metastatic"),
    added(
        "unsatisfiable", "ar-v7", biomarker="PD-L1 TPS >= 50% AND PD-L1 TPS < 1%", drugs="Pembrolizumab", reason="No."
    ),
    added("duplicate", "abl1-v299l"),
    added("duplicate", "alk-f1245c", reason="Said in other words."),
    added(
        "duplicate",
        "braf-antiegfr",
        drugs="Cetuximab",
        reason="Cetuximab does not help with BRAF V600E.",
        action="stop",
    ),
    added("shadowed", "abl1-t315i-imatinib", disease="Chronic myeloid leukaemia", disease_ids=CML),
    added("shadowed", "alk-f1245c", age_years=">=18"),
    added("shadowed", "kras-antiegfr", biomarker="KRAS G12C", drugs="Cetuximab", reason="KRAS G12C: no cetuximab."),
    added(
        "contradiction",
        "braf-antiegfr",
        kind="recommend",
        because="",
        drugs="Cetuximab",
        reason="Cetuximab for BRAF V600E.",
    ),
    added("contradiction", "alk-f1245c", kind="recommend", because="", reason="Crizotinib for ALK F1245C."),
    added("contradiction", "abl1-v299l", kind="recommend", because="", reason="Dasatinib for ABL1 V299L."),
    versions("date-hole", ("1", "2020-01-01", "2021-01-01"), ("2", "2021-03-01", "")),
    versions(
        "date-hole", ("1", "2019-01-01", "2020-01-01"), ("2", "2020-01-01", "2021-01-01"), ("3", "2022-01-01", "")
    ),
    Plant(
        "date-hole",
        {"alk-f1245c": {"effective_from": "2020-01-01", "effective_to": "2021-01-01"}},
        [("alk-f1245c", {"id": "planted", "effective_from": "2021-02-01", "supersedes": "alk-f1245c"})],
        at="planted",
    ),
    versions("date-overlap", ("1", "2020-01-01", "2021-01-01"), ("2", "2020-07-01", "")),
    versions("date-overlap", ("1", "2020-01-01", ""), ("2", "2020-01-01", "")),
    Plant(
        "date-overlap",
        {"alk-f1245c": {"effective_from": "2021-01-01"}},
        [("alk-f1245c", {"id": "planted", "effective_from": "2020-01-01", "supersedes": "alk-f1245c"})],
        at="planted",
    ),
    changed("empty-interval", "alk-f1245c", effective_from="2021-01-01", effective_to="2021-01-01"),
    changed("supersedes-unknown", "alk-f1245c", supersedes="alk-f1245d"),
    changed("supersedes-unknown", "ar-v7", supersedes="guideline:house-resistance:ar-v8"),
    changed("supersedes-unknown", "abl1-v299l", supersedes="gone"),
    changed("supersedes-cycle", "alk-f1245c", supersedes="alk-f1245c"),
    Plant(
        "supersedes-cycle", {"ar-v7": {"supersedes": "ar-f877l"}, "ar-f877l": {"supersedes": "ar-v7"}}, at="ar-f877l"
    ),
    Plant(
        "supersedes-cycle",
        {
            "abl1-e255": {"supersedes": "abl1-f317"},
            "abl1-f317": {"supersedes": "abl1-f359"},
            "abl1-f359": {"supersedes": "abl1-e255"},
        },
    ),
    changed("missing-source", "alk-f1245c", sources=""),
    changed("missing-source", "ar-v7", sources=""),
    changed("missing-source", "abl1-v299l", sources=""),
    changed("review", "alk-f1245c", reviewed_on="2020-01-01"),
    changed("review", "ar-v7", reviewed_on="2027-01-01"),
    changed("review", "abl1-v299l", reviewed_on="2024-01-14"),
    changed("text", "abl1-v299l", reason="A tumour with ABL1 V299L does not respond to nilotinib."),
    changed("text", "alk-f1245c", reason="A tumour with ROS1 F1245C does not respond to crizotinib."),
    changed("text", "braf-antiegfr", reason="Without BRAF V600E, cetuximab and panitumumab fail."),
    changed("text", "ar-f877l", reason="A tumour with AR F876L does not respond to enzalutamide or apalutamide."),
    changed("text", "bcl2-f104i", reason="A melanoma with BCL2 F104I does not respond to venetoclax."),
    changed(
        "text", "ar-v7", action="give 50 % of the dose", text="Give 75 % of the dose of abiraterone or enzalutamide."
    ),
)


def planted(plant: Plant) -> list[dict[str, str]]:
    rows = vetoes()
    by_id = {row["id"]: row for row in rows}
    added = [{**by_id[like], **cells} for like, cells in plant.add]
    for row, cells in plant.change.items():
        by_id[row].update(cells)
    return rows + added
