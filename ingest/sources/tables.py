"""Clew's own tables, and a user's in the same form: labels, resistance vetoes, pharmacogenes, classes of variants.

Which columns a table has is in ``rules/tables/tables.toml``. A cell with several values separates them by ``|``;
biomarkers have the grammar of ``rules.biomarkers.expression``, settings that of ``rules.cells``; settings of one fact
that must all hold are separated by ``;``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from graph.claims import (
    Because,
    Condition,
    Criterion,
    DiseaseScope,
    Expression,
    GuidelineRow,
    Is,
    Level,
    Requires,
    Statement,
    Strength,
    VariantClass,
)
from graph.errors import DataError, nearest
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.rows import Row, header, sha256, table
from ontologies import drugs
from rules.biomarkers import expression
from rules.cells import compile_cell
from rules.pharmacogenes import diplotypes

NAME = "tables"
PAGE = "docs/guideline-tables.md"
"""Where people read what each table and column means."""
_IfUnknown = Literal["needs_check", "caution"]
_Limit = Literal["exclude", "require", "caution"]
_Fact = Literal["age_years", "line", "state", "histology", "prior_therapies"]
_Agnostic = Literal["any", "solid"]
_OURS = {"vetoes": "clew-resistance", "pharmacogenes": "clew-pharmacogenes", "oncogenic": "clew-oncogenic"}
"""What Clew's own tables are called as guidelines. A user's table is called by its file, so no two share an id."""
_CURIE = re.compile(r"[A-Z][A-Za-z0-9_.]*:\S+")


def read(path: Path) -> Harvest:
    """A folder with tables of Clew's names, or one table, told by its columns.

    Raises:
        DataError: no table, an unknown or missing column, a cell outside its grammar, an id that is there twice; names
            file, row and column.
    """
    found = [(name, path / f"{name}.csv") for name in _KINDS] if path.is_dir() else [(_kind_of(path), path)]
    found = [(name, file) for name, file in found if file.exists()]
    if not found:
        raise DataError(f"no table here: {', '.join(f'{name}.csv' for name in _KINDS)} are known", file=path.name)
    ours = path.resolve() == Path(str(files("rules").joinpath("tables"))).resolve()
    source = SourceInfo(
        name=NAME,
        title="Clew's own tables" if ours else f"Table {path.resolve().name}",
        version=None,
        licence="Apache-2.0" if ours else "as its owner says",
        url=None,
        attribution="The authors of Clew" if ours else path.resolve().name,
        files={file.name: sha256(file) for _, file in found},
    )
    harvest = Harvest(source=source, report=Report())
    for name, file in found:
        guideline = f"{path.resolve().name}-{file.stem}" if path.is_dir() else file.stem
        _read_table(name, file, _OURS.get(name, name) if ours else guideline, harvest)
    return harvest


def _read_table(name: str, file: Path, guideline: str, harvest: Harvest) -> None:
    spec = _specs()[name]
    required = [c for c, s in spec.items() if s["required"]]
    optional = [c for c, s in spec.items() if not s["required"]]
    seen: dict[str, int] = {}
    for row in table(file, required=required, optional=optional, delimiter=_delimiter(file)):
        harvest.report.read += 1
        for column in required:
            if not row[column] and not spec[column]["may_be_empty"]:
                raise row.error("this cell must not be empty", column)
        if row["id"] in seen:
            raise row.error(f"this id is in row {seen[row['id']]} too", "id")
        seen[row["id"]] = row.number
        _KINDS[name](row, guideline, harvest)
        harvest.report.loaded += 1


# -- one row of each table -------------------------------------------------------------------------------------------


def _label(row: Row, guideline: str, harvest: Harvest) -> None:
    therapy = drugs.ingredients(_drugs(row, harvest))
    record = row["id"] if row["id"].startswith("label:") else f"label:{guideline}.{row['id']}"
    harvest.report.places[record] = (row.file, row.number)
    harvest.statements.append(
        Statement(
            id=record,
            record=record,
            provenance=NAME,
            kind="label",
            direction="sensitive",
            therapy=therapy,
            profile=_biomarker(row),
            disease=_required_disease(row),
            level=Level(scheme="label", value="approved"),
            strength="label",
            settings=tuple(_settings(row)),
            # What no column holds is for a person to check: such a label is an option, never met in full.
            settings_stated=not row["also"],
            accepts_unknown=_yes(row, "accepts_unknown"),
            agency=row["agency"].casefold(),
            date=_date(row, "date"),
            url=row["url"] or None,
        )
    )


def _veto(row: Row, guideline: str, harvest: Harvest) -> None:
    _guideline_row(
        row, guideline, _drugs(row, harvest), _biomarker(row), harvest,
        because="resistance", strength=_choice(row, "strength", Strength) if row["strength"] else "guideline",
        disease=_disease(row),
    )  # fmt: skip


def _pharmacogene(row: Row, guideline: str, harvest: Harvest) -> None:
    named = _list(row, "words") + ((row["phenotype"],) if row["phenotype"] else ())
    genotypes = tuple(dict.fromkeys((*named, *diplotypes(row["gene"], row["phenotype"]))))
    criterion = Criterion(
        type="genotype", name=f"{row['gene']} {row['phenotype'] or named[0]}", gene=row["gene"], genotypes=genotypes
    )
    limited = _drugs(row, harvest)
    limited += tuple(p for drug in limited for p in drugs.prodrugs_of(drug) if p not in limited)
    _guideline_row(
        row, guideline, limited, Is(criterion), harvest,
        because=_choice(row, "because", Because),
    )  # fmt: skip


def _guideline_row(
    row: Row, guideline: str, limited: tuple[str, ...], profile: Expression, harvest: Harvest, *, because: Because,
    strength: Strength = "guideline", disease: DiseaseScope | None = None,
) -> None:  # fmt: skip
    made = GuidelineRow(
        id=f"guideline:{guideline}:{row['id']}",
        guideline=guideline,
        kind=_choice(row, "kind", _Limit),
        because=because,
        drugs=limited,
        reason=row["reason"],
        sources=_list(row, "sources"),
        profile=profile,
        disease=disease,
        if_unknown=_choice(row, "if_unknown", _IfUnknown),
        strength=strength,
        drug_class=row["drug_class"] or None,
    )
    harvest.report.places[made.id] = (row.file, row.number)
    harvest.rows.append(made)


def _class(row: Row, guideline: str, harvest: Harvest) -> None:
    profile = _biomarker(row)
    if not isinstance(profile, Is) or profile.criterion.type != "variant":
        raise row.error("a class is said of one kind of variant", "biomarker")
    named = _list(row, "classes")
    record = f"{NAME}:{guideline}:{row['id']}"
    harvest.report.places[record] = (row.file, row.number)
    harvest.classes.append(
        VariantClass(
            id=record,
            criterion=profile.criterion,
            classes=tuple(_one_of(row, "classes", name, Requires) for name in named),
            provenance=NAME,
            record=record,
            holds=_yes(row, "holds"),
            drugs=_drugs(row, harvest) if row["drugs"] else (),
            sources=_list(row, "sources"),
        )
    )


_KINDS: dict[str, Callable[[Row, str, Harvest], None]] = {
    "labels": _label,
    "vetoes": _veto,
    "pharmacogenes": _pharmacogene,
    "oncogenic": _class,
}


# -- cells -----------------------------------------------------------------------------------------------------------


def _list(row: Row, column: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in row[column].split("|")) if row[column] else ()
    if "" in parts:
        raise row.error("one of the values is empty", column)
    return parts


def _drugs(row: Row, harvest: Harvest) -> tuple[str, ...]:
    """Canonical names of the drugs that a row lists, or of the members of the class that it names."""
    if row["drug_class"]:
        members = drugs.members(row["drug_class"])
        if row["drugs"] or not members:
            problem = "a class stands instead of drugs" if row["drugs"] else "no drug is of this class"
            raise row.error(problem, "drug_class", _near_drug(row["drug_class"]))
        return members
    if not row["drugs"]:
        raise row.error("a drug or a class of drugs is missing", "drugs")
    for name in _list(row, "drugs"):
        if not drugs.known(name):
            close = _near_drug(name)
            reason = "the drug is not in the table of drugs" + (f" (did you mean {close}?)" if close else "")
            harvest.report.aside(
                "warning", row["id"], reason, file=row.file, row=row.number, column="drugs", value=name
            )
    return tuple(dict.fromkeys(drugs.ingredient(name) for name in _list(row, "drugs")))


def _near_drug(name: str) -> str | None:
    return next(iter(nearest(name, drugs.canonical_names())), None)


def _biomarker(row: Row) -> Expression:
    try:
        return expression(row["biomarker"])
    except DataError as error:
        words = f"{error.problem}: {error.value!r}" if error.value not in (None, row["biomarker"]) else error.problem
        raise row.error(words, "biomarker", error.suggestion) from error


def _required_disease(row: Row) -> DiseaseScope:
    disease = _disease(row)
    if disease is None:
        raise row.error("a label is for a disease, or for any or any solid tumour", "disease")
    return disease


def _disease(row: Row) -> DiseaseScope | None:
    if row["agnostic"]:
        if row["disease_ids"]:
            raise row.error("a row for any tumour names no disease", "disease_ids")
        agnostic = _choice(row, "agnostic", _Agnostic)
        name = row["disease"] or f"{agnostic} tumour"
        return DiseaseScope(name=name, agnostic=agnostic, excluded=_curies(row, "excluded_ids"))
    if not row["disease"]:
        return None
    return DiseaseScope(name=row["disease"], ids=_curies(row, "disease_ids"), excluded=_curies(row, "excluded_ids"))


def _curies(row: Row, column: str) -> tuple[str, ...]:
    for value in _list(row, column):
        if not _CURIE.fullmatch(value):
            raise row.error("this is no identifier like DOID:1909", column)
    return _list(row, column)


def _settings(row: Row) -> Iterator[Condition]:
    for fact in get_args(_Fact):
        for cell in row[fact].split(";") if row[fact] else ():
            try:
                compile_cell(cell.strip())
            except DataError as error:
                raise row.error(error.problem, fact) from error
            yield Condition(fact=fact, cell=cell.strip())


def _date(row: Row, column: str) -> str | None:
    if not row[column]:
        return None
    try:
        return date.fromisoformat(row[column]).isoformat()
    except ValueError as error:
        raise row.error("this is no date like 2024-05-31", column) from error


def _yes(row: Row, column: str) -> bool:
    if row[column] not in ("yes", "no", ""):
        raise row.error("yes or no is expected", column)
    return row[column] == "yes"


def _choice(row: Row, column: str, allowed: Any) -> Any:
    return _one_of(row, column, row[column], allowed)


def _one_of(row: Row, column: str, value: str, allowed: Any) -> Any:
    """``value`` when ``allowed`` (a ``Literal``) has it."""
    choices = get_args(allowed)
    if value not in choices:
        close = next(iter(nearest(value, choices)), None)
        raise DataError(f"one of {', '.join(choices)} is expected", file=row.file, row=row.number, column=column,
                        value=value, suggestion=close)  # fmt: skip
    return value


# -- columns ---------------------------------------------------------------------------------------------------------


@cache
def _specs() -> dict[str, dict[str, dict[str, bool]]]:
    """Table -> column -> whether it is required, and whether its cells may be empty."""
    declared = tomllib.loads(files("rules").joinpath("tables", "tables.toml").read_text(encoding="utf-8"))
    specs = {}
    for name in _KINDS:
        marks = {column: text[:1] for column, text in declared[name]["columns"].items()}
        specs[name] = {c: {"required": m in "*+", "may_be_empty": m != "*"} for c, m in marks.items()}
    return specs


def _kind_of(path: Path) -> str:
    """The table whose required columns a file has.

    Raises:
        DataError: no table has these columns; says what the one that comes closest asks for.
    """
    columns = [c for c in header(path, delimiter=_delimiter(path)) if c]
    lacking = {n: [c for c, s in spec.items() if s["required"] and c not in columns] for n, spec in _specs().items()}
    unknown = {n: [c for c in columns if c not in spec] for n, spec in _specs().items()}
    kind = min(_KINDS, key=lambda name: (len(lacking[name]) + len(unknown[name]), list(_KINDS).index(name)))
    if lacking[kind]:
        strange = f"; not known: {', '.join(unknown[kind])}" if unknown[kind] else ""
        problem = (
            f"of the tables {', '.join(_KINDS)}, this comes closest to {kind}; missing columns: "
            f"{', '.join(lacking[kind])}{strange}. {PAGE} describes every column"
        )
        raise DataError(problem, file=path.name, row=1)
    return kind


def _delimiter(path: Path) -> str:
    return "\t" if path.suffix == ".tsv" else ","
