"""The referenced files of MOAlmanac: statements, resolved to biomarkers, diseases, therapies and documents."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from graph.claims import (
    All,
    Condition,
    Direction,
    DiseaseScope,
    Expression,
    Level,
    Statement,
    StatementKind,
    Strength,
)
from graph.model import Node, Value
from ingest.harvest import Fate, Report
from ingest.indication import FACTS, contradictions, excluded_diseases, settings, unread
from ingest.sources.moalmanac_biomarkers import Unclear, biomarker
from ingest.sources.moalmanac_diseases import scope
from ingest.sources.moalmanac_files import Record, Table, extensions, iso_date, records, table
from ingest.sources.moalmanac_labels import LabelText, by_age, label_text
from ontologies.drugs import ingredients

KINDS = (
    "agents", "biomarkers", "codings", "contributions", "diseases", "documents", "genes", "indications", "mappings",
    "propositions", "statements", "strengths", "therapies", "therapy_groups",
)  # fmt: skip
SOMETIMES = ("organizations", "urls")
"""Files that some versions have: agencies were organizations before they were agents, links stood in the documents."""
STRENGTHS: dict[str, Strength] = {
    "approval": "label",
    "fda-approved": "label",
    "guideline": "guideline",
    "clinical trial": "B",
    "clinical evidence": "C",
    "preclinical": "D",
    "preclinical evidence": "D",
    "inferential": "E",
    "inferential evidence": "E",
}
"""MOAlmanac's evidence, as levels."""
PREDICATES: dict[str, Direction] = {"predictSensitivityTo": "sensitive", "predictResistanceTo": "resistant"}
_PRODUCT = ("drug_name_generic", "name", "drug_name_brand")
WITHDRAWN = frozenset({"withdrawn", "deprecated", "superseded"})


@dataclass
class Part:
    """What the folder gives to the harvest; ``files`` are the names that were read."""

    statements: list[Statement] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def read(folder: Path, report: Report) -> Part:
    """Read every file of the folder; counts go to ``report``, one for each statement record."""
    kinds = [*KINDS, *(kind for kind in SOMETIMES if (folder / f"{kind}.json").is_file())]
    tables = Tables({kind: table(folder / f"{kind}.json", kind, report) for kind in kinds if kind != "statements"})
    part = Part(files=[f"{kind}.json" for kind in kinds], nodes=tables.gene_nodes())
    seen: dict[int, int] = {}
    spoken: Counter[str] = Counter()
    rows = records(folder / "statements.json", "statements", report)
    for record in rows:
        number = record.values["id"]
        if number in seen:
            raise record.error(f"the id is already that of record {seen[number]}", "id", number)
        seen[number] = record.number
        report.read += 1
        made = _statements(record, tables, report)
        if not made:
            continue
        report.places[made[0].record] = (record.file, record.number)
        for said in {c.fact for c in made[0].settings}:
            spoken[said] += 1
        doubted = [m for m in made if m.quarantined]
        for statement in doubted:
            # One of several alternatives that is set aside leaves the record loaded.
            fate: Fate = "quarantined" if len(doubted) == len(made) else "note"
            report.aside(
                fate, statement.record, statement.quarantined or "", file=record.file, row=record.number, column="id",
                value=str(number),
            )  # fmt: skip
        report.loaded += len(doubted) < len(made)
        part.statements += made
    for fact in FACTS:
        report.coverage[f"moalmanac-db {fact}"] = (spoken[fact], len(rows))
    return part


class Tables:
    """The files by id, with the steps from one to the next."""

    def __init__(self, tables: dict[str, Table]) -> None:
        self._tables = tables
        self.symbols = tuple(sorted(g.text("name") for g in tables["genes"].records.values()))
        self._biomarkers: dict[int, Expression | Unclear] = {}

    def follow(self, record: Record, key: str, kind: str) -> Record:
        """The record of another file that ``record`` names by ``key``."""
        return self._tables[kind].get(record, key, record.values[key])

    def each(self, record: Record, key: str, kind: str) -> list[Record]:
        return [self._tables[kind].get(record, key, identifier) for identifier in record.list(key)]

    def profile(self, proposition: Record) -> tuple[Expression, list[str]]:
        """The biomarkers of a proposition, which all must hold, and what in them is not understood."""
        made: list[Expression] = []
        unclear: list[str] = []
        for record in self.each(proposition, "biomarkers", "biomarkers"):
            read_as = self._biomarkers.get(record.values["id"])
            if read_as is None:
                genes = [g.text("name") for g in self.each(record, "genes", "genes")]
                read_as = biomarker(record.text("name"), genes, extensions(record))
                self._biomarkers[record.values["id"]] = read_as
            if isinstance(read_as, Unclear):
                unclear.append(f"{record.text('name')}: {read_as.reason}")
                read_as = read_as.expression
            made.append(read_as)
        if not made:
            raise proposition.error("a proposition needs a biomarker", "biomarkers")
        return (made[0] if len(made) == 1 else All(tuple(made))), unclear

    def therapies(self, proposition: Record) -> tuple[list[tuple[str, ...]], bool]:
        """The ingredient sets of a proposition; several are alternatives (membership ``OR``)."""
        single, group = proposition.values["therapy_id"], proposition.values["therapy_group_id"]
        if (single is None) == (group is None):
            raise proposition.error("a proposition needs a therapy or a group of therapies, and not both", "therapy_id")
        if group is None:
            return [ingredients(self.follow(proposition, "therapy_id", "therapies").text("name"))], False
        record = self.follow(proposition, "therapy_group_id", "therapy_groups")
        names = [t.text("name") for t in self.each(record, "therapies", "therapies")]
        operator = record.text("membershipOperator")
        if operator not in ("AND", "OR") or not names:
            raise record.error("a group of therapies joins its members by AND or OR", "membershipOperator", operator)
        if operator == "AND":
            return [ingredients(names)], False
        return [ingredients(name) for name in names], True

    def gene_nodes(self) -> list[Node]:
        nodes = []
        for record in self._tables["genes"].records.values():
            codes = {str(m.values["coding_id"]) for m in self.each(record, "mappings", "mappings")}
            codes.update(c for key in ("primary_coding_id", "primaryCode") if (c := record.maybe(key)))
            entrez = next((c.partition(":")[2] for c in codes if c.startswith("ncbi:")), None)
            symbol = record.text("name")
            identifier = f"NCBIGene:{entrez}" if entrez else f"HGNC.SYMBOL:{symbol}"
            xrefs = tuple(sorted(_CURIES[p](c) for c in codes if (p := c.partition(":")[0]) in _CURIES))
            properties: dict[str, Value] = {"symbol": symbol, "xrefs": xrefs}
            nodes.append(Node(id=identifier, label="Gene", name=symbol, properties=properties))
        return nodes

    def disease(self, proposition: Record, text: str) -> tuple[DiseaseScope, tuple[Condition, ...]]:
        """The disease of a proposition: its primary code, and codes that the source maps to it exactly."""
        record = self.follow(proposition, "conditionQualifier_id", "diseases")
        primary = self.follow(record, "primary_coding_id", "codings")
        codes = [primary.text("id")]
        for mapping in self.each(record, "mappings", "mappings"):
            if mapping.text("relation") == "exactMatch":
                codes.append(self.follow(mapping, "coding_id", "codings").text("id"))
        return scope(record.text("name"), codes, excluded_diseases(text))

    def agency(self, document: Record) -> str:
        """The id of the agency whose document it is."""
        for key, kind in (("agent_id", "agents"), ("organization_id", "organizations")):
            if document.maybe(key) is not None and kind in self._tables:
                return self.follow(document, key, kind).text("id")
        raise document.error("a document needs an agency", "agent_id")

    def link(self, document: Record) -> str | None:
        if "urls" not in self._tables:
            return document.maybe("url")
        urls = self.each(document, "urls", "urls")
        return urls[0].text("url") if urls else document.maybe("url")


_CURIES = {
    "hgnc": lambda code: f"HGNC:{code.partition(':')[2]}",
    "ensembl": lambda code: f"ENSEMBL:{code.partition(':')[2].upper()}",
}


def _statements(record: Record, tables: Tables, report: Report) -> list[Statement]:
    identifier = f"moa-db:statement:{record.values['id']}"
    proposition = tables.follow(record, "proposition_id", "propositions")
    indication = tables.follow(record, "indication_id", "indications")
    document = tables.follow(indication, "document_id", "documents")
    agency = tables.agency(document)
    strength = tables.follow(record, "strength_id", "strengths")
    tables.each(record, "reportedIn", "documents")
    tables.each(record, "contributions", "contributions")
    text = indication.text("indication")
    profile, unclear = tables.profile(proposition)
    therapies, alternatives = tables.therapies(proposition)
    disease, conditions = tables.disease(proposition, text)

    predicate, direction = proposition.text("predicate"), record.text("direction")
    if predicate not in PREDICATES or direction not in ("supports", "disputes"):
        reason = "the statement takes no side" if direction == "neutral" else "the kind of statement is not known"
        value = f"{direction} {predicate}"
        report.aside(
            "skipped", identifier, reason, file=record.file, row=record.number, column="direction", value=value
        )
        return []
    name = strength.text("name")
    if name.casefold() not in STRENGTHS:
        raise strength.error("the strength is not known", "name", name)
    level = STRENGTHS[name.casefold()]
    label = level == "label"

    doubts = list(unclear)
    for part in (record, indication, document):
        if (status := part.maybe("status")) and status.casefold() in WITHDRAWN:
            doubts.append(f"the source marks it as {status.casefold()}")
            break
    against: dict[tuple[str, ...], list[str]] = {therapy: list(doubts) for therapy in therapies}
    derived: list[str] = []
    if label:
        # The product is one of several alternatives, and need not be each of them.
        product = [v for k in _PRODUCT if (v := document.maybe(k))] if not alternatives else []
        for therapy in therapies:
            against[therapy] += contradictions(
                text, profile, disease.name, therapy, product=product, regimen=indication.maybe("raw_therapeutics"),
                symbols=tables.symbols,
            )  # fmt: skip
    read: LabelText | None = None
    # A row that contradicts its text is left as the source has it.
    if label and text and not all(against.values()):
        read = label_text(text, profile, [t for t in therapies if not against[t]], tables.symbols)
        profile = read.profile
        for remark in read.remarks:
            report.aside("note", identifier, remark, file=record.file, row=record.number, column="proposition_id")
    said = read.settings if read else settings(text) if text else ()
    stated = read.settings_stated if read else bool(text) and not unread(text, profile, tables.symbols)
    conditions = (*said, *conditions)
    derived += [name for name in (read.derived if read else ()) if name != "settings"]
    if conditions:
        derived.append("settings")
    if disease.excluded:
        derived.append("disease.excluded")
    date = _approved(indication, identifier, report)
    made = (
        Statement(
            id=f"{identifier}/{_slug(therapy)}" if alternatives else identifier,
            record=identifier,
            provenance="moalmanac",
            kind=_kind(level),
            direction=PREDICATES[predicate],
            supports=direction == "supports",
            therapy=therapy,
            profile=profile,
            disease=disease,
            level=Level(scheme="moalmanac", value=name),
            strength=level,
            settings=conditions,
            settings_stated=stated,
            accepts_unknown=read is not None and read.accepts_unknown,
            agency=agency if label else None,
            # A document's own date is that of a revision, and says nothing of when the indication began.
            date=date,
            url=tables.link(document),
            citation=document.text("name"),
            quarantined="; ".join(dict.fromkeys(against[therapy])) or None,
            derived_from_text=tuple(derived),
        )
        for therapy in therapies
    )
    return [statement for one in made for statement in (by_age(one, text) if label else [one])]


def _approved(indication: Record, identifier: str, report: Report) -> str | None:
    """When the indication was first approved. A year well before that of the link it rests on is noted."""
    date, link = iso_date(indication, "initial_approval_date", identifier, report), indication.maybe(_LINK) or ""
    year = re.search(r"/((?:19|20)\d\d)/", link)
    # A label may be published in the year after its approval.
    if date and year and int(year[1]) - int(date[:4]) > 1:
        reason = f"the date of approval lies years before its own document, of {year[1]}; an overlay can correct it"
        report.aside(
            "note", identifier, reason, file=indication.file, row=indication.number,
            column="initial_approval_date", value=date,
        )  # fmt: skip
    return date


_LINK = "initial_approval_url"


def _kind(strength: Strength) -> StatementKind:
    return "label" if strength == "label" else "guideline" if strength == "guideline" else "evidence"


def _slug(therapy: tuple[str, ...]) -> str:
    return "+".join(re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") for name in therapy)
