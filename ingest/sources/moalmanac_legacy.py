"""The flat file of MOAlmanac: one assertion a record, with its biomarker in columns."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from graph.claims import Condition, Direction, Level, Statement
from ingest.harvest import Report
from ingest.indication import FACTS, contradictions, excluded_diseases, settings, unread
from ingest.sources.moalmanac_biomarkers import Unclear, biomarker
from ingest.sources.moalmanac_diseases import scope
from ingest.sources.moalmanac_files import Record, iso_date, records
from ingest.sources.moalmanac_labels import LabelText, by_age, label_text
from ingest.sources.moalmanac_referenced import STRENGTHS
from ontologies.drugs import ingredients

_BIOMARKER = (
    "chromosome", "start_position", "end_position", "reference_allele", "alternate_allele", "cdna_change",
    "protein_change", "variant_annotation", "exon", "rsid", "pathogenic", "rearrangement_type", "locus", "direction",
    "cytoband", "status", "cosmic_signature", "classification", "minimum_mutations", "mutations_per_mb",
)  # fmt: skip
_NOT_A_FINDING = {
    "knockdown": "a knockdown is an experiment, not a finding of a tumour",
    "aneuploidy": "whole-genome events are not findings that a profile can state",
}


def read(path: Path, report: Report) -> list[Statement]:
    """Every assertion on a therapy; counts go to ``report``, one for each record."""
    made: list[Statement] = []
    seen: dict[int, int] = {}
    spoken: Counter[str] = Counter()
    labels = 0
    rows = records(path, "assertions", report)
    symbols = tuple(sorted({g for r in rows for k in ("gene", "gene1", "gene2") if (g := r.maybe(k))}))
    for record in rows:
        number = record.values["assertion_id"]
        if number in seen:
            raise record.error(f"the id is already that of record {seen[number]}", "assertion_id", number)
        seen[number] = record.number
        report.read += 1
        statement = _statement(record, report, symbols)
        if statement is None:
            continue
        report.places[statement.record] = (record.file, record.number)
        labels += statement.kind == "label"
        if statement.kind == "label":
            for said in {c.fact for c in statement.settings}:
                spoken[said] += 1
        if statement.quarantined:
            report.aside(
                "quarantined", statement.record, statement.quarantined, file=record.file, row=record.number,
                column="assertion_id", value=str(number),
            )  # fmt: skip
        else:
            report.loaded += 1
        made += by_age(statement, record.text("description")) if statement.kind == "label" else [statement]
    for fact in FACTS:
        report.coverage[f"moalmanac assertions {fact}"] = (spoken[fact], labels)
    return made


def _statement(record: Record, report: Report, symbols: tuple[str, ...]) -> Statement | None:
    identifier = f"moa:assertion:{record.values['assertion_id']}"

    if (why := _skipped(record)) is not None:
        reason, column = why
        value = str(record.values.get(column, ""))
        report.aside("skipped", identifier, reason, file=record.file, row=record.number, column=column, value=value)
        return None
    feature, therapy, said = record.text("feature_type"), record.text("therapy_name"), _direction(record)
    assert said is not None
    direction, supports = said
    evidence = record.text("predictive_implication")
    strength = STRENGTHS.get(evidence.casefold())
    if strength is None:
        raise record.error("the evidence is not known", "predictive_implication", evidence)

    genes = [g for k in ("gene", "gene1", "gene2") if (g := record.maybe(k))]
    properties: dict[str, Any] = {k: v for k in _BIOMARKER if (v := record.maybe(k)) is not None}
    profile = biomarker(_name(record, feature, genes), genes, {"biomarker_type": feature, **properties})
    text, ingredient_set = record.text("description"), ingredients(therapy)
    code = record.maybe("oncotree_code")
    disease, conditions = scope(
        record.maybe("disease") or record.text("oncotree_code"), [f"oncotree:{code}"] if code else [],
        excluded_diseases(text) if strength == "label" else (),
    )  # fmt: skip
    quarantined: list[str] = []
    if isinstance(profile, Unclear):
        quarantined.append(profile.reason)
        profile = profile.expression
    elif strength == "label" and direction == "sensitive" and supports:
        quarantined += contradictions(text, profile, disease.name, ingredient_set, symbols=symbols)
    read: LabelText | None = None
    spoken_for = strength in ("label", "guideline")
    if spoken_for and direction == "sensitive" and supports and not quarantined:
        read = label_text(text, profile, [ingredient_set], symbols)
        profile = read.profile
        for remark in read.remarks:
            report.aside("note", identifier, remark, file=record.file, row=record.number, column="description")
    asked: tuple[Condition, ...] = read.settings if read else settings(text) if spoken_for else ()
    stated = read.settings_stated if read else strength == "label" and not unread(text, profile, symbols)
    marks = [name for name in (read.derived if read else ()) if name != "settings"]
    if not asked and (context := record.maybe("context")):
        asked = settings(f"{context} disease")
        stated = not unread(f"{context} disease") if read is None else stated
    if strength == "guideline" and not asked:
        # A guideline's summary that names no setting leaves it open, for guidelines have settings.
        stated = False
    marks += ["settings"] if asked else []
    return Statement(
        id=identifier,
        record=identifier,
        provenance="moalmanac",
        kind="label" if strength == "label" else "guideline" if strength == "guideline" else "evidence",
        direction=direction,
        supports=supports,
        therapy=ingredient_set,
        profile=profile,
        disease=disease,
        level=Level(scheme="moalmanac", value=record.text("predictive_implication")),
        strength=strength,
        settings=(*asked, *conditions),
        settings_stated=stated,
        accepts_unknown=read is not None and read.accepts_unknown,
        agency="fda" if strength == "label" else None,
        date=iso_date(record, "publication_date", identifier, report),
        url=record.maybe("url"),
        citation=_citation(record),
        quarantined="; ".join(dict.fromkeys(quarantined)) or None,
        derived_from_text=tuple(marks),
    )


def _skipped(record: Record) -> tuple[str, str] | None:
    """Why an assertion says nothing that a release holds, and the column that tells."""
    if record.values.get("_deprecated"):
        return "the source marks it as deprecated", "_deprecated"
    if (reason := _NOT_A_FINDING.get(record.text("feature_type").casefold())) is not None:
        return reason, "feature_type"
    if record.maybe("therapy_name") is None or _direction(record) is None:
        return "it says nothing of a therapy (prognostic or diagnostic)", "therapy_name"
    if record.maybe("disease") is None and record.maybe("oncotree_code") is None:
        return "it names no disease", "disease"
    return None


def _direction(record: Record) -> tuple[Direction, bool] | None:
    """Direction and whether it is supported. "Not sensitive" is no benefit; "not resistant" is no support for it."""
    sensitive, resistant = record.maybe("therapy_sensitivity"), record.maybe("therapy_resistance")
    for key, value in (("therapy_sensitivity", sensitive), ("therapy_resistance", resistant)):
        if value not in (None, "0", "1"):
            raise record.error("1, 0 or empty is needed", key, value)
    if sensitive == "1" and resistant == "1":
        raise record.error(
            "an assertion cannot state sensitivity and resistance at once", "therapy_resistance", resistant
        )
    if sensitive is not None:
        return ("sensitive", True) if sensitive == "1" else ("no_benefit", True)
    if resistant is not None:
        return "resistant", resistant == "1"
    return ("adverse", True) if record.maybe("adverse_event_risk") == "1" else None


def _name(record: Record, feature: str, genes: list[str]) -> str:
    """The biomarker in words, since the flat file has no name for it."""
    subject = "::".join(genes)
    kind = feature.casefold()
    detail = {
        "rearrangement": record.maybe("rearrangement_type") or "rearrangement",
        "copy number": record.maybe("direction"),
        "microsatellite stability": record.maybe("status"),
        "mutational signature": record.maybe("cosmic_signature"),
        "mutational burden": f"TMB {record.maybe('classification') or ''}".strip(),
    }.get(kind)
    if kind in ("somatic variant", "germline variant"):
        exon, annotation = record.maybe("exon"), record.maybe("variant_annotation")
        place = f"exon {exon} " if exon else ""
        detail = record.maybe("protein_change") or f"{place}{(annotation or 'mutation').casefold()}"
        if kind == "germline variant":
            detail = f"germline {detail}"
    where = record.maybe("cytoband") if not genes else None
    return " ".join(part for part in (subject, where, detail) if part)


def _citation(record: Record) -> str | None:
    if (pmid := record.maybe("pmid")) is not None:
        return f"PMID:{pmid}"
    doi = record.maybe("doi")
    return f"doi:{doi}" if doi else None
