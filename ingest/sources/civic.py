"""CIViC: clinical evidence on variants in cancer, curated in the open (CC0).

Accepted predictive evidence items and assertions become statements; variants, genes, variant groups and cited papers
become nodes. Griffith M et al., Nat Genet 2017;49:170 describes the source; levels A to E are CIViC's own.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from graph.claims import Criterion, Expression, Is, Level, Statement, Strength, criteria
from graph.describe import plain_slug
from graph.errors import nearest
from graph.model import Edge, Node, Value
from graph.paths import criterion_genes, criterion_node, gene_node
from ingest.harvest import Fate, Harvest, Report, SourceInfo
from ingest.lift import with_criteria
from ingest.project import merged
from ingest.rows import Row, sha256
from ingest.sources import civic_files as columns
from ingest.sources import civic_rows
from ingest.sources.civic_fetch import fetch
from ingest.sources.civic_variants import Variants, alleles_of, named
from ontologies.drugs import ingredients, misspelt
from rules.genes import symbol

__all__ = ["fetch", "read"]

NAME = "civic"

_LEVELS: dict[str, Strength] = {"A": "A", "B": "B", "C": "C", "D": "D", "E": "E"}
_AMP: dict[str, Strength] = {
    "Tier I - Level A": "A", "Tier I - Level B": "B", "Tier II - Level C": "C", "Tier II - Level D": "D",
}  # fmt: skip
_TOGETHER = ("Combination", "Sequential", "Substitutes")
_GERMLINE = ("Germline Mutation", "Germline Polymorphism", "Rare Germline", "Common Germline")
_NAMED = (("gene", "variant_id"), ("variant", "variant_id"), ("disease", "doid"))
"""Columns with a name, each with the column of its id."""


def read(path: Path) -> Harvest:
    """The content of a folder as CIViC publishes it, or of one evidence file (any version since 2018).

    Rows that give no statement (other evidence types, no drug, no effect on a therapy) are counted as skipped; a row
    whose biomarker is not understood keeps its statement, with a criterion of type ``other`` that holds for nobody.

    Raises:
        DataError: a file or a row is not as CIViC publishes it.
    """
    published = columns.locate(path)
    work = _Work(Report())
    work.genes(columns.rows(published, columns.GENES))
    work.groups(columns.rows(published, columns.GROUPS))
    evidence = list(columns.rows(published, columns.EVIDENCE))
    variants = list(columns.rows(published, columns.VARIANTS))
    work.variants(variants, evidence)
    work.spelled(variants, evidence)
    items = [work.evidence(row) for row in evidence]
    work.assertions(columns.rows(published, columns.ASSERTIONS), items)
    return work.harvest(published, evidence)


@dataclass
class _Item:
    """What an assertion needs to know of the evidence that it cites."""

    id: str
    drugs: frozenset[str]
    together: str


@dataclass
class _Work:
    report: Report
    statements: list[Statement] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str, str], Edge] = field(default_factory=dict)
    gene_ids: dict[str, str] = field(default_factory=dict)
    group_ids: dict[str, str] = field(default_factory=dict)
    known: Variants = field(init=False)
    ids: dict[str, Row] = field(default_factory=dict)
    usual: defaultdict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """(column, id) -> how often each name of it is there."""
    understood: int = 0
    looked_at: int = 0

    def __post_init__(self) -> None:
        self.known = Variants(self.report)

    # -- what else CIViC knows -----------------------------------------------------------------------------------------

    def genes(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.report.read += 1
            if row["feature_type"] not in ("", "Gene"):
                self._skip(row, f"civic:FID{row['gene_id']}", "the feature is no gene", "feature_type")
                continue
            self._gene(row["name"], row["entrez_id"], row, (f"CIVIC.GID:{row['gene_id']}",))
            self.report.loaded += 1

    def groups(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.report.read += 1
            id, name = f"CIVIC.VGID:{row['variant_group_id']}", row["variant_group"]
            properties: dict[str, Value] = {"kind": "group", "criterion": name}
            self._node(Node(id=id, label="Category", name=name, properties=properties))
            self.group_ids[name] = id
            self.report.loaded += 1

    def variants(self, rows: list[Row], evidence: list[Row]) -> None:
        """Variant rows; where that file is missing, what the evidence rows say of their variants."""
        said: dict[str, Row] = {}
        if not rows:
            said = {row["variant_id"]: row for row in reversed(evidence) if "gene" in row}
        sources = rows or list(said.values())
        self.known.learn([(row, alleles_of(row, self.report)) for row in sources])
        with_alleles = 0
        for row in sources:
            record = f"civic:VID{row['variant_id']}"
            self._gene(row["gene"], row["entrez_id"], row)
            fresh = self._variant(row, record)
            with_alleles += self.known.has_alleles(row)
            if not said:
                self.report.read += 1
                self.report.loaded += fresh
                self.report.merged += not fresh
        self.report.coverage["alleles"] = (with_alleles, len(sources))

    def _variant(self, row: Row, record: str) -> bool:
        """The nodes of one variant; whether any of them is new."""
        gene, text = named(row)
        expression = self.known.profile(gene, text)
        for column, reason in self.known.contradictions(row, expression):
            self.report.aside("note", record, reason, file=row.file, row=row.number, column=column,
                              value=f"{gene or ''} {text}".strip())  # fmt: skip
        found = expression if expression is not None else Is(_not_understood(gene, text))
        fresh = False
        parts = [c for c, _ in criteria(found)]
        for c in parts:
            node = criterion_node(c)
            extra: dict[str, Value] = (
                {"xrefs": civic_rows.xrefs(row)} if len(parts) == 1 and node.label == "Variant" else {}
            )
            fresh |= node.id not in self.nodes
            self._node(replace(node, properties={**node.properties, **extra}))
            for gene in criterion_genes(c):
                self._edge(node.id, self._gene_of(gene), "IN_GENE", record)
            if len(parts) == 1:
                for group in self._groups_of(row, record):
                    self._edge(node.id, group, "MEMBER_OF", record)
        return fresh

    def _groups_of(self, row: Row, record: str) -> Iterator[str]:
        rest = row["variant_groups"]
        for name in sorted(self.group_ids, key=len, reverse=True):
            if re.search(rf"(?:^|,)\s*{re.escape(name)}\s*(?:,|$)", rest):
                rest = rest.replace(name, "")
                yield self.group_ids[name]
        if rest.strip(", "):
            self.report.aside("warning", record, "a variant group that the file of groups lacks", file=row.file,
                              row=row.number, column="variant_groups", value=row["variant_groups"])  # fmt: skip

    def spelled(self, variants: list[Row], evidence: list[Row]) -> None:
        """What genes, variants and diseases are called; the file of variants has the last word on these."""
        for row in evidence:
            for column, id in _NAMED:
                if row[column] and row[id]:
                    self.usual[column, row[id]][row[column]] += 1
        # Since 2022 evidence is about molecular profiles, whose ids are others than those of variants.
        for row in variants if evidence and "gene" in evidence[0] else ():
            for column in ("gene", "variant"):
                if row[column]:
                    self.usual[column, row["variant_id"]][row[column]] += len(evidence)

    # -- statements ----------------------------------------------------------------------------------------------------

    def evidence(self, row: Row) -> _Item | None:
        """One evidence item: its statements, or why there are none."""
        self.report.read += 1
        number = row["evidence_id"]
        if not number.isdigit():
            raise row.error("an evidence id is a number", "evidence_id")
        record = f"civic:EID{number}"
        if self._repeated(row, record):
            return None
        together = row["drug_interaction_type"] or row["therapy_interaction_type"]
        self._words(row, record, "evidence")
        self._names(row, record)
        reason = civic_rows.no_statement(row, row["evidence_type"], row["evidence_direction"], row["evidence_status"])
        if reason is not None:
            self._skip(row, record, *reason)
            return None
        if row["evidence_level"] not in _LEVELS:
            raise row.error("an evidence level is one of A, B, C, D, E", "evidence_level")
        if together and together not in _TOGETHER:
            raise row.error("an unknown way of giving drugs together", "drug_interaction_type" if
                            "drug_interaction_type" in row else "therapy_interaction_type",
                            next(iter(nearest(together, _TOGETHER)), None))  # fmt: skip
        if row["rating"] not in ("", "1", "2", "3", "4", "5"):
            raise row.error("a rating is a number from 1 to 5, or empty", "rating")
        citation = self._document(row)
        base = Statement(
            id=record, record=record, provenance=NAME, kind="evidence",
            direction=civic_rows.DIRECTIONS[row["clinical_significance"]], therapy=(),
            profile=self._profile(row, record),
            disease=civic_rows.disease(row), level=Level(scheme="civic", value=row["evidence_level"]),
            strength=_LEVELS[row["evidence_level"]], supports=civic_rows.SUPPORTS[row["evidence_direction"]],
            date=civic_rows.review_date(row), rating=int(row["rating"]) if row["rating"] else None,
            url=row["evidence_civic_url"] or None, citation=citation,
        )  # fmt: skip
        if row["is_flagged"].casefold() == "true":
            self._say("note", row, record, "CIViC's curators have flagged the item", "is_flagged")
        drugs = civic_rows.split_drugs(row["drugs"])
        self._add(row, base, drugs, together)
        return _Item(number, frozenset(ingredients(drugs)), together)

    def assertions(self, rows: Iterable[Row], items: Iterable[_Item | None]) -> None:
        by_id = {item.id: item for item in items if item is not None}
        for row in rows:
            self.report.read += 1
            if not row["assertion_id"].isdigit():
                raise row.error("an assertion id is a number", "assertion_id")
            record = f"civic:AID{row['assertion_id']}"
            if self._repeated(row, record):
                continue
            self._words(row, record, "assertion")
            reason = civic_rows.no_statement(
                row, row["assertion_type"], row["assertion_direction"], row["assertion_status"]
            )
            tier = row["amp_category"]
            if reason is None and tier not in _AMP:
                reason = (f"the AMP category is {tier or 'empty'}", "amp_category")
            if reason is not None:
                self._skip(row, record, *reason)
                continue
            guideline = row["nccn_guideline"] != "" or row["fda_companion_test"].casefold() == "true"
            nccn = f"NCCN {row['nccn_guideline']} {row['nccn_guideline_version']}".strip()
            base = Statement(
                id=record, record=record, provenance=NAME, kind="guideline" if guideline else "evidence",
                direction=civic_rows.DIRECTIONS[row["clinical_significance"]], therapy=(),
                profile=self._profile(row, record),
                disease=civic_rows.disease(row), level=Level(scheme="amp", value=tier),
                strength="guideline" if guideline else _AMP[tier],
                supports=civic_rows.SUPPORTS[row["assertion_direction"]], date=civic_rows.review_date(row),
                url=row["assertion_civic_url"] or None, citation=nccn if row["nccn_guideline"] else None,
            )  # fmt: skip
            drugs = civic_rows.split_drugs(row["drugs"])
            cited = [by_id[i.strip()] for i in row["evidence_item_ids"].split(",") if i.strip() in by_id]
            self._add(row, base, drugs, _told_by(cited, drugs))

    def _add(self, row: Row, base: Statement, drugs: list[str], together: str) -> None:
        """The statement for each ingredient set; quarantined when nobody says whether several drugs go together."""
        sets = sorted({ingredients([drug]) for drug in drugs})
        if together == "Substitutes" and len(sets) > 1:
            for one in sets:
                self.statements.append(replace(base, id=f"{base.record}/{plain_slug('+'.join(one))}", therapy=one))
            self.report.loaded += 1
            return
        whole = tuple(sorted({ingredient for one in sets for ingredient in one}))
        if len(sets) > 1 and not together:
            reason = "several drugs, and nothing says whether they are given together"
            self.statements.append(replace(base, therapy=whole, quarantined=reason))
            self.report.aside("quarantined", base.record, reason, file=row.file, row=row.number, column="drugs",
                              value=row["drugs"])  # fmt: skip
            return
        self.statements.append(replace(base, therapy=whole, sequential=together == "Sequential" and len(sets) > 1))
        self.report.loaded += 1

    def _profile(self, row: Row, record: str) -> Expression:
        gene = row["gene"] or None
        if gene is not None:
            self._gene(gene, row["entrez_id"], row)
        found = self.known.profile(gene, row["variant"])
        self.looked_at += 1
        if found is None:
            self._say("note", row, record, "the biomarker is not understood: the statement holds for nobody",
                       "variant" if gene is not None else "molecular_profile")  # fmt: skip
            return Is(_not_understood(gene, row["variant"]))
        self.understood += 1
        if row["variant_origin"] in _GERMLINE:
            return with_criteria(found, _germline)
        return found

    # -- nodes and the report ------------------------------------------------------------------------------------------

    def _gene(self, name: str, entrez: str, row: Row, xrefs: tuple[str, ...] = ()) -> None:
        if not name:
            return
        if entrez and not entrez.isdigit():
            raise row.error("an Entrez id is a number", "entrez_id")
        current = symbol(name)
        if current not in self.gene_ids and entrez:
            self.gene_ids[current] = f"NCBIGene:{entrez}"
        if current in self.gene_ids and (xrefs or self.gene_ids[current] not in self.nodes):
            node = gene_node(current, self.gene_ids)
            self._node(replace(node, properties={**node.properties, "xrefs": xrefs}) if xrefs else node)

    def _gene_of(self, name: str) -> str:
        node = gene_node(name, self.gene_ids)
        if node.id not in self.nodes:
            self._node(node)
        return node.id

    def _document(self, row: Row) -> str | None:
        """The id of the cited paper, which with its short citation is now a node."""
        number = row["pubmed_id"]
        if row["source_type"] in ("", "PubMed"):
            if not number.isdigit():
                return None
            id, url = f"PMID:{number}", f"https://pubmed.ncbi.nlm.nih.gov/{number}/"
        else:
            number = row["asco_abstract_id"] or number
            if not number.isdigit():
                return row["citation"] or None
            id, url = f"{row['source_type']}:{number}", ""
        properties: dict[str, Value] = {"url": url} if url else {}
        self._node(Node(id=id, label="Document", name=row["citation"] or id, properties=properties))
        return id

    def _node(self, node: Node) -> None:
        known = self.nodes.get(node.id)
        self.nodes[node.id] = node if known is None else merged(known, node)

    def _edge(self, source: str, target: str, type_: str, record: str) -> None:
        edge = Edge(source=source, target=target, type=type_, provenance=NAME, record=record)
        self.edges.setdefault((source, target, type_), edge)

    def _repeated(self, row: Row, record: str) -> bool:
        self.report.places.setdefault(record, (row.file, row.number))
        first = self.ids.setdefault(record, row)
        if first is row:
            return False
        if first.cells != row.cells:
            column = "evidence_id" if ":EID" in record else "assertion_id"
            raise row.error(f"this id is in row {first.number} too, with other content", column)
        self.report.merged += 1
        return True

    def _skip(self, row: Row, record: str, reason: str, column: str) -> None:
        self._say("skipped", row, record, reason, column)

    def _say(self, fate: Fate, row: Row, record: str, reason: str, column: str) -> None:
        self.report.aside(fate, record, reason, file=row.file, row=row.number, column=column, value=row[column])

    def _words(self, row: Row, record: str, about: str) -> None:
        """Warns of words that CIViC does not use: a slip in one of them makes a row that nobody reads."""
        for column, known_words in columns.words().items():
            column = column.replace("evidence", about)
            if row[column] and row[column] not in known_words:
                close = next(iter(nearest(row[column], known_words)), None)
                hint = f" (did you mean {close}?)" if close else ""
                self._say("warning", row, record, f"CIViC does not use this word here{hint}", column)

    def _names(self, row: Row, record: str) -> None:
        """Warns of a gene, variant, disease or drug that other rows, or the table of drugs, spell otherwise."""
        for column, id in _NAMED:
            names = self.usual.get((column, row[id]))
            if row[column] and names and names[row[column]] < names.most_common(1)[0][1]:
                self._say("warning", row, record, f"{row[id]} is called {names.most_common(1)[0][0]} elsewhere", column)
        for drug in civic_rows.split_drugs(row["drugs"]):
            if (close := misspelt(drug)) is not None:
                self._say("warning", row, record, f"{drug} is no drug that is known (did you mean {close}?)", "drugs")

    def harvest(self, published: columns.Published, evidence: list[Row]) -> Harvest:
        self.report.coverage["biomarker"] = (self.understood, self.looked_at)
        source = SourceInfo(
            name=NAME,
            title="CIViC, Clinical Interpretation of Variants in Cancer",
            version=max((date for row in evidence if (date := civic_rows.review_date(row))), default=None),
            licence="CC0-1.0",
            url="https://civicdb.org/",
            attribution="CIViC, Washington University School of Medicine; Griffith M et al., Nat Genet 2017;49:170",
            files={file.name: sha256(file) for file in published.tables.values()},
        )
        return Harvest(
            source, self.report, statements=self.statements, nodes=list(self.nodes.values()),
            edges=list(self.edges.values()),
        )  # fmt: skip


def _told_by(cited: list[_Item], drugs: list[str]) -> str:
    """How an assertion's drugs are given: as its evidence on them says; evidence on single drugs means each alone."""
    wanted = frozenset(ingredients(drugs))
    said = {item.together for item in cited if item.drugs == wanted and item.together}
    if not said and wanted and all(any(item.drugs == {drug} for item in cited) for drug in wanted):
        return "Substitutes"
    return said.pop() if len(said) == 1 else ""


def _germline(c: Criterion) -> Criterion:
    return replace(c, origin="germline") if c.type in ("variant", "genotype") else c


def _not_understood(gene: str | None, text: str) -> Criterion:
    return Criterion(type="other", name=f"{gene} {text}" if gene else text, gene=symbol(gene) if gene else None)
