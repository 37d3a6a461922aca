"""The HIVDB algorithm of resistance to drugs against HIV, in the form of the Algorithm Specification Interface.

Every item of a drug's SCORE is a row of points, those of one MAX a group of which the most count; one row a drug holds
the levels of the sum. Rules that give a level without points become points too: the number of the level, of which the
highest counts. Ids carry the version (``guideline:HIVDB:TDF/65R@10.2``), so that several versions can be in one release
and a day chooses among them; what stands before the ``@`` is the same from version to version.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from graph.claims import All, DiseaseScope, Expression, GuidelineRow, Is, Not, phrase
from graph.describe import plain_slug
from graph.errors import DataError
from graph.model import Edge, Node
from graph.paths import drug_class_node, drug_node
from ingest import merge
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.limits import ALGORITHM, read_bytes
from ingest.rows import sha256
from ingest.sources import hivdb_asi as asi
from ingest.sources import hivdb_file
from ingest.sources.hivdb_file import Algorithm, Drug, Entry
from ontologies.drugs import ingredient
from rules import viruses

NAME = "hivdb"
_OWN = "HIVDB"
_TITLE = "HIVDB, resistance of HIV-1 to drugs"
_PAGE = "https://hivdb.stanford.edu/"
_INFECTION = DiseaseScope(name="human immunodeficiency virus infectious disease", ids=("DOID:526",))
_DISEASE = Node(id=_INFECTION.ids[0], label="Disease", name=_INFECTION.name,
                properties={"synonyms": ("HIV", "HIV infection")})  # fmt: skip
"""So that rows are decided also where the loaded ontologies are of tumours only."""


class _Named(msgspec.Struct, rename="camel"):
    """An entry of ``drugs.json``; what else it has is not read."""

    full_name: str
    display_abbr: str


def read(path: Path) -> Harvest:
    """One file of the algorithm, or every XML file of a folder, each a version.

    ``drugs.json`` beside them (a list of ``displayAbbr`` and ``fullName``) names drugs that the XML abbreviates only.

    Raises:
        DataError: no XML, another document, a rule outside the grammar, a level or a gene that is not defined, two
            files of one version that differ; names file, line, drug and rule.
    """
    folder = path if path.is_dir() else path.parent
    files = sorted(p for p in path.iterdir() if p.suffix.casefold() == ".xml") if path.is_dir() else [path]
    if not files:
        raise DataError("there is no XML file in this folder", file=path.name)
    names = _names(folder / "drugs.json")
    return merge.same_source(_file(file, names) for file in files)[0]


def _names(file: Path) -> Mapping[str, str]:
    if not file.is_file():
        return {}
    try:
        listed = msgspec.json.decode(read_bytes(file, ALGORITHM), type=list[_Named])
    except msgspec.MsgspecError as error:
        raise DataError(f"this is no list of drugs ({error})", file=file.name) from None
    return {entry.display_abbr: entry.full_name for entry in listed}


def _file(path: Path, names: Mapping[str, str]) -> Harvest:
    algorithm = hivdb_file.read(read_bytes(path, ALGORITHM), path.name, names)
    guideline = re.sub(r"[^A-Za-z0-9._-]+", "-", algorithm.name)
    own = algorithm.name == _OWN
    source = SourceInfo(
        name=NAME,
        title=_TITLE if own else f"{algorithm.name}, resistance of HIV-1 to drugs",
        version=algorithm.version,
        licence="Unlicense" if own else "as its owner says",
        url=_PAGE if own else None,
        attribution="Stanford HIV Drug Resistance Database" if own else algorithm.name,
        files={path.name: sha256(path)},
    )
    report = Report()
    harvest = Harvest(source, report, nodes=[_DISEASE])
    for drug in algorithm.drugs:
        for row in _Rows(algorithm, guideline, drug, _graded(drug)).all():
            report.read += 1
            report.loaded += 1
            report.places[row.id] = (path.name, drug.line)
            harvest.rows.append(row)
        _place(harvest, drug)
        _doubt(report, drug, path.name)
    for unused in algorithm.unused:
        report.aside("warning" if unused.strange else "note", f"{NAME}:{algorithm.version}", unused.what,
                     file=path.name, row=unused.line, value=unused.value)  # fmt: skip
    return harvest


def _doubt(report: Report, drug: Drug, file: str) -> None:
    """Say of what no finding can ever hold."""
    known = viruses.genes().get(drug.gene)
    if known is None:
        report.aside("warning", f"{NAME}:{drug.short}", "findings in this gene cannot be read", file=file,
                     row=drug.line, value=drug.gene)  # fmt: skip
        return
    for entry in drug.entries:
        if not _may_hold(entry.condition, known.residues):
            reason = f"no finding can hold: {known.symbol} has {known.residues} residues"
            report.aside("note", f"{NAME}:{drug.short}", reason, file=file, row=drug.line, value=entry.text)
    if not _graded(drug):
        report.aside("warning", f"{NAME}:{drug.short}", "this release has no rules for it: the drug is not graded",
                     file=file, row=drug.line, value=drug.full)  # fmt: skip


def _graded(drug: Drug) -> bool:
    """Whether any rule of the drug can add points: a placeholder says nothing, and no points are no good news then."""
    known = viruses.genes().get(drug.gene)
    return any(e.points and (known is None or _may_hold(e.condition, known.residues)) for e in drug.entries)


def _may_hold(condition: Expression, residues: int) -> bool:
    """Whether a condition can hold of a protein of this length."""
    if isinstance(condition, Is):
        return condition.criterion.codons is None or condition.criterion.codons[1] <= residues
    if isinstance(condition, Not):
        return True
    held = (_may_hold(arg, residues) for arg in condition.args)
    return all(held) if isinstance(condition, All) else any(held)


def _place(harvest: Harvest, drug: Drug) -> None:
    """The gene, the drug by all its names, and its class."""
    name = ingredient(drug.full)
    kind = drug_class_node(drug.drug_class)
    others = tuple(dict.fromkeys(n for n in (drug.short, drug.full) if n != name))
    harvest.nodes += [
        Node(id=f"clew.gene:{plain_slug(drug.gene)}", label="Gene", name=drug.gene, properties={"symbol": drug.gene}),
        Node(id=drug_node(name).id, label="Drug", name=name, properties={"synonyms": others}),
        kind,
    ]
    harvest.edges.append(
        Edge(source=drug_node(name).id, target=kind.id, type="IN_CLASS", provenance=NAME, record=f"{NAME}:{drug.short}")
    )


@dataclass(frozen=True)
class _Rows:
    """The rows of one drug."""

    algorithm: Algorithm
    guideline: str
    drug: Drug
    graded: bool

    def all(self) -> Iterator[GuidelineRow]:
        drug = self.drug
        if self.graded:
            reason = f"Mutations of {drug.gene} give points of resistance to {drug.full}; their sum gives the level"
            yield msgspec.structs.replace(self._row("", None, 0.0, reason, drug.short), scale=drug.scale)
        else:
            reason = f"{self.algorithm.name} {self.algorithm.version}: this release has no rules for it: not graded"
            yield self._row("", None, 0.0, reason, drug.short)
        groups = self._groups()
        seen: Counter[str] = Counter()
        for entry in drug.entries:
            key = _numbered(asi.words(entry.condition), seen)
            reason = f"{phrase(entry.condition)} {_effect(entry)} {drug.full}"
            row = self._row(f"/{key}", entry.condition, entry.points, reason, f"{drug.short}: {_item(entry)}")
            yield row if entry.group is None else msgspec.structs.replace(row, points_group=groups[entry.group])

    def _groups(self) -> Mapping[int, str]:
        """Group -> its name: the codons that all members ask about, so that it outlives another member."""
        members: dict[int, list[Entry]] = {}
        for entry in self.drug.entries:
            if entry.group is not None:
                members.setdefault(entry.group, []).append(entry)
        seen: Counter[str] = Counter()
        return {group: f"{self.drug.short}/{_numbered(_shared(listed), seen)}" for group, listed in members.items()}

    def _row(self, key: str, profile: Expression | None, points: float, reason: str, locator: str) -> GuidelineRow:
        own = self.algorithm.name == _OWN
        return GuidelineRow(
            id=f"guideline:{self.guideline}:{self.drug.short}{key}@{self.algorithm.version}",
            guideline=self.guideline,
            title=_TITLE if own else None,
            kind="score",
            drugs=(ingredient(self.drug.full),),
            reason=reason,
            sources=(f"{NAME}:{self.drug.short}",),
            profile=profile,
            disease=_INFECTION,
            points=points if self.graded else None,
            hit_policy="SUM",
            version=self.algorithm.version,
            publisher="Stanford HIVDB" if own else None,
            effective_from=self.algorithm.since,
            url=_PAGE if own else None,
            locator=locator,
        )


def _item(entry: Entry) -> str:
    """The item as the file has it, but for the order of letters and parts and for parentheses that change nothing."""
    said = asi.words(entry.condition)
    for sign, word in (("+", " AND "), ("|", " OR "), ("!", "NOT ")):
        said = said.replace(sign, word)
    return f"{said} => {entry.points:g}"


def _effect(entry: Entry) -> str:
    if entry.level is not None:
        return f"means {entry.level} to"
    return "raises resistance to" if entry.points > 0 else "lowers resistance to" if entry.points else "is counted for"


def _shared(entries: list[Entry]) -> str:
    if entries[0].level is not None:
        return "level"
    asked = [set(asi.codons(entry.condition)) for entry in entries]
    return "+".join(map(str, sorted(set.intersection(*asked) or set.union(*asked))))


def _numbered(key: str, seen: Counter[str]) -> str:
    """The key; where it was there before, with a number."""
    seen[key] += 1
    return key if seen[key] == 1 else f"{key}~{seen[key]}"
