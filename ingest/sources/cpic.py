"""CPIC and DPWG recommendations, as PharmCAT publishes them: one JSON package a guideline.

A package holds the guideline, its citations, and recommendations, each with the key of results of one gene or more by
which it is looked up. A file is one package, several by name or in a list, or ``{"guidelines": [...]}``; a folder is
read whole, folders in it too. PharmCAT's files before 2024 (``annotationGroups``) have no such keys and are refused.

The texts may be in a release: CPIC's are in the public domain (CC0), DPWG's are ClinPGx's words under CC BY-SA 4.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from graph.claims import GuidelineRow
from graph.errors import DataError
from ingest.harvest import Fate, Harvest, Report, SourceInfo
from ingest.json_file import load
from ingest.rows import sha256
from ingest.sources import cpic_rows
from ingest.sources.cpic_rows import Guideline, Package, Recommendation, keys_of

NAME = "cpic"
_LICENCES = {
    "CPIC": ("CC0-1.0", "Clinical Pharmacogenetics Implementation Consortium (CPIC), cpicpgx.org"),
    "DPWG": (
        "CC-BY-SA-4.0",
        "Royal Dutch Pharmacists Association, Pharmacogenetics Working Group (DPWG), annotated by ClinPGx, clinpgx.org",
    ),
}
"""Publisher -> the licence of its texts, and whom to name. Others are counted and not read."""


def read(path: Path) -> Harvest:
    """The recommendations of a file, or of every JSON file in a folder.

    A recommendation without a key, without a drug or of another publisher is skipped and counted.

    Raises:
        DataError: no JSON, another form, a field of another type, no guideline of CPIC or DPWG, or a recommendation
            that is there twice and differs; names the file and the place in it.
    """
    report = Report()
    rows: dict[str, GuidelineRow] = {}
    files: dict[str, str] = {}
    packages: list[tuple[_Place, Package]] = []
    for file, name in _files(path):
        files[name] = sha256(file)
        for place, content in _packages(load(file, name), name):
            packages.append((place, _package(content, place)))
            _unknown(content, place, report)
    sentences = cpic_rows.Sentences(c.name for _, p in packages for r in p.recommendations for c in r.related_chemicals)
    for place, package in packages:
        _read_package(place, package, sentences, rows, report)
    report.coverage["kind exclude"] = (sum(r.kind == "exclude" for r in rows.values()), len(rows))
    publishers = sorted({p.guideline.source for _, p in packages} & _LICENCES.keys())
    if not publishers:
        raise DataError(f"there is no guideline of {' or '.join(_LICENCES)} in it", file=path.name)
    versions = sorted({p.version for _, p in packages if p.version})
    source = SourceInfo(
        name=NAME,
        title=" and ".join(publishers) + " guidelines, as published by PharmCAT",
        version=versions[-1] if versions else None,
        licence="; ".join(f"{_LICENCES[p][0]} ({p})" for p in publishers),
        url="https://www.clinpgx.org/",
        attribution="; ".join(_LICENCES[p][1] for p in publishers),
        files=files,
    )
    return Harvest(source, report, rows=list(rows.values()))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a package stands: its file, and its name in it."""

    file: str
    name: str

    def at(self, field: str) -> str:
        return f"{self.name}.{field}".strip(".")

    def error(self, problem: str, field: str, value: object = None) -> DataError:
        return DataError(problem, file=self.file, column=self.at(field.lstrip(".")), value=value, noun="field")


def _read_package(
    place: _Place, package: Package, sentences: cpic_rows.Sentences, rows: dict[str, GuidelineRow], report: Report
) -> None:
    guideline = package.guideline
    report.read += len(package.recommendations)
    record = f"clinpgx:{guideline.id}"
    if not package.recommendations and guideline.source in _LICENCES:
        reason = "the guideline gives no recommendation by genotype"
        report.aside("note", record, reason, file=place.file, column=place.name, value=guideline.name)
    try:
        among = cpic_rows.domains(package, sentences)
    except DataError as error:
        raise place.error(error.problem, error.column or "", error.value) from error
    for number in range(1, len(package.recommendations) + 1):
        try:
            made = _row(place, number, package, among, sentences, report)
        except DataError as error:
            raise place.error(error.problem, f"recommendations[{number - 1}].{error.column}", error.value) from error
        if made is None:
            continue
        known = rows.setdefault(made.id, made)
        if known is made:
            report.loaded += 1
            report.places[made.id] = (place.file, number)
        elif known == made:
            report.merged += 1
        else:
            raise place.error("another recommendation has this id", f"recommendations[{number - 1}].id", made.locator)


def _row(
    place: _Place,
    number: int,
    package: Package,
    among: cpic_rows.Domains,
    sentences: cpic_rows.Sentences,
    report: Report,
) -> GuidelineRow | None:
    """The recommendation as a row, or ``None`` when it is skipped."""
    recommendation, source = package.recommendations[number - 1], package.guideline.source
    reason, column, value, means = "", "lookupKey", "", None
    if source not in _LICENCES:
        reason, column, value = f"published by {source}: of CPIC and DPWG alone", "source", source
    elif not recommendation.alternatives:
        reason = "without a key nobody can be told whom it is for"
    elif not recommendation.related_chemicals:
        reason, column = "it names no drug", "relatedChemicals"
    elif (means := sentences.meaning(recommendation)) == "invalid":
        reason, value = "the source says that nobody can have its key", str(recommendation.lookup_key)
    if reason:
        report.aside("skipped", f"clinpgx:{recommendation.id}", reason, file=place.file, row=number,
                     column=place.at(column), value=value)  # fmt: skip
        return None
    made = cpic_rows.row(package, recommendation, among, means)
    if means == "avoid":
        note = "read from the text: the drug is not to be given"
        if made.kind == "dose":
            note = "the text says that the drug is to be avoided, and how it is dosed otherwise: read as a dose"
        report.aside("note", made.id, note, file=place.file, row=number, column=place.at("text"),
                     value=cpic_rows.first_sentence(made.text or ""))  # fmt: skip
    return made


# -- files -----------------------------------------------------------------------------------------------------------


def _files(path: Path) -> list[tuple[Path, str]]:
    """Every file with the name that errors give it."""
    if not path.is_dir():
        return [(path, path.name)]
    found = sorted(p for p in path.rglob("*") if p.name.removesuffix(".gz").endswith(".json") and p.is_file())
    if not found:
        raise DataError("the folder holds no JSON file", file=path.name)
    return [(file, file.relative_to(path).as_posix()) for file in found]


def _packages(content: Any, file: str) -> Iterator[tuple[_Place, Any]]:
    """The packages in a file, whichever of its forms it has."""
    if isinstance(content, dict) and "guideline" in content:
        yield _Place(file, ""), content
        return
    listed = content.get("guidelines", content) if isinstance(content, dict) else content
    named: Mapping[str, Any] = {}
    if isinstance(listed, dict):
        named = listed
    elif isinstance(listed, list):
        named = {f"guidelines[{i}]" if listed is not content else f"[{i}]": p for i, p in enumerate(listed)}
    if not named or not all(isinstance(p, dict) and "guideline" in p for p in named.values()):
        problem = "this is no guideline of PharmCAT: an object with guideline and recommendations is needed"
        strange = next((n for n, p in named.items() if not (isinstance(p, dict) and "guideline" in p)), None)
        raise DataError(problem, file=file, column=strange, noun="field")
    for name, package in named.items():
        yield _Place(file, name), package


def _package(content: Mapping[str, Any], place: _Place) -> Package:
    if "recommendations" not in content and (groups := content.get("annotationGroups")) is not None:
        if groups:
            problem = "this is the form of PharmCAT before 2024: its annotations have no lookupKey"
            raise place.error(problem, "annotationGroups")
        content = {**content, "recommendations": []}
    try:
        return msgspec.convert(content, Package)
    except msgspec.ValidationError as error:
        problem, _, at = str(error).partition(" - at `$")
        raise place.error(problem[:1].lower() + problem[1:], at.rstrip("`")) from error


_KNOWN: tuple[tuple[str, Fate, frozenset[str]], ...] = (
    ("", "note", keys_of(Package)),
    ("guideline", "note", keys_of(Guideline)),
    ("recommendations", "warning", keys_of(Recommendation)),
)


def _unknown(content: Mapping[str, Any], place: _Place, report: Report) -> None:
    """Keys that a later release may add, each told once: a condition must not be lost unseen."""
    told = {s.record for s in report.set_aside}
    for where, fate, known in _KNOWN:
        objects = [content] if not where else content.get(where, [])
        for values in [objects] if isinstance(objects, dict) else objects:
            for key in sorted(values.keys() - known):
                record = f"{where}.{key}".lstrip(".")
                if record not in told:
                    told.add(record)
                    reason = "this key is not known to the importer; what it says is not used"
                    report.aside(fate, record, reason, file=place.file, column=place.at(record),
                                 value=str(values[key])[:200])  # fmt: skip
