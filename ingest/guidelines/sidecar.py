"""Sidecars: the TOML file next to a table that says what its guideline is and what its columns mean.

    [table]
    guideline = "house-board"
    version = "2024-2"

    [columns."Age at diagnosis"]
    fact = "age_years"

A key that is not known is an error with its place and the nearest right one, for a misspelt key would leave a condition
out. Clew's own tables have sidecars too (``rules/tables``), and they are the *forms* of tables that come without one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from graph.claims import HitPolicy
from graph.errors import DataError, nearest
from ingest.guidelines import fields
from ingest.guidelines.facts import marker_of, unit_word
from ingest.limits import PROFILE, read_bytes
from ingest.rows import decoded
from rules.markers import units as score_units
from rules.table import Column, ColumnType, Suppression, TableSpec

FORMS = ("labels", "vetoes", "pharmacogenes", "oncogenic")
"""The tables of ours that a user's table may be like."""
_TABLE: Mapping[str, type | tuple[str, ...]] = {
    "guideline": str, "title": str, "publisher": str, "version": str, "jurisdiction": str, "effective_from": date,
    "effective_to": date, "hit_policy": get_args(HitPolicy), "priority": int, "licence": str, "url": str,
    "review_days": int, "sheet": str, "defaults": dict,
}  # fmt: skip
_COLUMN: Mapping[str, type | tuple[str, ...]] = {
    "field": str, "fact": str, "type": get_args(ColumnType), "unit": str, "scheme": str, "values": list,
    "required": bool, "may_be_empty": bool, "about": str,
}  # fmt: skip
_SUPPRESS: Mapping[str, type | tuple[str, ...]] = {"check": str, "reason": str, "row": str}
_CHOSEN: Mapping[str, frozenset[str]] = {"facts": frozenset({"text", "number", "enum"})}
"""What a column's type may be where the fact leaves it open."""


def path_of(table: Path) -> Path:
    """Where the sidecar of a table is: ``board.csv`` has ``board.toml``."""
    name = table.name.removesuffix(".gz")
    return table.with_name(f"{name.rpartition('.')[0] or name}.toml")


def read(path: Path) -> TableSpec:
    """The declarations of a sidecar.

    Raises:
        DataError: no TOML, a key that is not known or of another type, a column that is neither a field nor a fact, or
            both; names the key (``columns."Age".fact``).
    """
    text = decoded(read_bytes(path, PROFILE), path.name)
    return parse(text, path.name)


def parse(text: str, name: str) -> TableSpec:
    """As ``read``, for text that is here already; ``name`` is the file's for messages."""
    try:
        declared = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"this is no TOML: {error}", file=name) from error
    _known(declared, {"table": dict, "columns": dict, "suppress": list}, "", name)
    table = _known(declared.get("table", {}), _TABLE, "table", name)
    defaults = {key: _default(key, value, name) for key, value in table.pop("defaults", {}).items()}
    columns = [_column(header, said, name) for header, said in declared.get("columns", {}).items()]
    for column in columns:
        other = next((c for c in columns if c is not column and c.field == column.field != "note"), None)
        if column.field and other is not None:
            raise _error("two columns are this field", name, f'columns."{column.name}".field', column.field)
    suppress = [
        Suppression(
            **_needs(_known(said, _SUPPRESS, f"suppress[{n}]", name), ("check", "reason"), f"suppress[{n}]", name)
        )
        for n, said in enumerate(declared.get("suppress", []), 1)
    ]
    guideline = table.pop("guideline", Path(name).stem)
    if not guideline.strip() or ":" in guideline:
        raise _error("a guideline has a name without a colon", name, "table.guideline", guideline)
    return TableSpec(
        guideline=guideline, defaults=defaults, columns=tuple(columns), suppress=tuple(suppress), **table
    )  # fmt: skip


def for_table(path: Path, header: tuple[str, ...], within: str | None = None) -> TableSpec:
    """What a table is without a sidecar: one of our forms, told by its columns, and called by its file.

    ``within`` is the folder whose name goes before the file's.

    Raises:
        DataError: it has the columns of no form; says what the one that comes closest asks for.
    """
    specs = {name: form(name) for name in FORMS}
    lacking = {n: [c.name for c in spec.columns if c.required and c.name not in header] for n, spec in specs.items()}
    unknown = {n: [h for h in header if h not in {c.name for c in spec.columns}] for n, spec in specs.items()}
    kind = min(FORMS, key=lambda name: (len(lacking[name]) + len(unknown[name]), FORMS.index(name)))
    if lacking[kind]:
        strange = [h for h in unknown[kind] if fields.column(h) is None]
        raise DataError(
            f"a table of this kind needs the sidecar {path_of(path).name} (clew guideline new writes one). Of the "
            f"tables {', '.join(FORMS)}, which need none, this comes closest to {kind}; missing columns: "
            f"{', '.join(lacking[kind])}{'; not known: ' + ', '.join(strange) if strange else ''}. "
            "docs/guideline-tables.md describes every column",
            file=path.name, row=1,
        )  # fmt: skip
    spec = specs[kind]
    called = path_of(path).stem
    return TableSpec(
        guideline=f"{within}-{called}" if within else called, defaults=spec.defaults, columns=spec.columns
    )  # fmt: skip


@cache
def form(name: str) -> TableSpec:
    """The declarations of one of our own tables."""
    return parse(files("rules").joinpath("tables", f"{name}.toml").read_text(encoding="utf-8"), f"{name}.toml")


def columns(spec: TableSpec, header: Iterable[str], file: str) -> dict[str, Column]:
    """The column that each header of a table is.

    Raises:
        DataError: a header that is neither declared nor the name of a field or fact; a declared column that is required
            and missing; two columns of one field.
    """
    declared = {c.name: c for c in spec.columns}
    names = tuple(header)
    found: dict[str, Column] = {}
    by_meaning: dict[str | None, str] = {}
    for name in names:
        column = declared.get(name) or fields.column(name)
        if column is None:
            missing = tuple(c for c in declared if c not in names)
            close = fields.close(name, missing)
            raise DataError("this column is not known", file=file, row=1, column=name, suggestion=close)
        # Settings of several columns must all hold; of a field, and of what a row has once, there is one column.
        meaning = column.field or (column.fact if column.fact in ("biomarker", "disease") else None)
        other = by_meaning.setdefault(meaning, name) if meaning not in (None, "note") else name
        if other != name:
            raise DataError(f"this column and {other!r} are both {meaning}", file=file, row=1, column=name)
        if column.type == "marker":
            try:
                marker_of((column.fact or "").removeprefix("marker."))
            except DataError as error:
                raise DataError(error.problem, file=file, row=1, column=name, value=error.value,
                                suggestion=error.suggestion) from error  # fmt: skip
        found[name] = column
    for name, column in declared.items():
        if column.required and name not in found:
            raise DataError("this column is missing", file=file, row=1, column=name)
    return found


def _column(header: str, said: Any, file: str) -> Column:
    place = f'columns."{header}"'
    given = _known(said, _COLUMN, place, file)
    by_name = fields.column(header)
    if "field" in given and "fact" in given:
        raise _error("a column is a field of the row or a fact of the patient, not both", file, place)
    if "field" not in given and "fact" not in given:
        if by_name is None:
            raise _error("say which field of the row or which fact of the patient this column is", file, place, None,
                         fields.close(header))  # fmt: skip
        given["field" if by_name.field else "fact"] = by_name.field or by_name.fact
    if "field" in given:
        name = fields.field(given["field"])
        if name is None:
            raise _error("there is no such field of a row", file, f"{place}.field", given["field"],
                         next(iter(nearest(given["field"], (*fields.fields(), *fields.same()))), None))  # fmt: skip
        kind, given["field"] = fields.fields()[name], name
    else:
        found = fields.fact(given["fact"])
        if found is None:
            raise _error("there is no such fact of a patient", file, f"{place}.fact", given["fact"],
                         fields.close(given["fact"]))  # fmt: skip
        kind = found
    stated = given.get("type")
    open_to = _CHOSEN.get(given.get("fact", "").partition(".")[0], frozenset({kind.type, "enum"}))
    if stated is not None and stated not in open_to and stated != kind.type:
        raise _error(f"this is of type {kind.type}", file, f"{place}.type", stated)
    if stated == "enum" and not (given.get("values") or kind.values):
        raise _error("an enum says which values it has", file, f"{place}.values")
    if stated is None:
        enough = given.get("fact", "").startswith("facts.")
        given["type"] = (
            "number" if enough and "unit" in given else "enum" if enough and "values" in given else kind.type
        )
    _check_unit(given, place, file)
    values = tuple(str(v) for v in given.pop("values", ()))
    if strange := [v for v in values if kind.values and v not in kind.values]:
        raise _error(f"one of {', '.join(kind.values)} is expected", file, f"{place}.values", strange[0])
    return Column(name=header, values=values, **given)


def _check_unit(given: dict[str, Any], place: str, file: str) -> None:
    """Whether the unit and score of a column are known; a score that stands as the unit of a marker is its score."""
    if "unit" in given:
        if "field" in given or not given["fact"].startswith(("facts.", "marker.")):
            raise _error("only facts.NAME and marker.NAME have a unit", file, f"{place}.unit", given["unit"])
        if given["fact"].startswith("marker.") and given["unit"] in score_units() and "scheme" not in given:
            given["scheme"] = given.pop("unit")
            return
        try:
            unit_word(given["unit"])
        except DataError as error:
            raise _error(error.problem, file, f"{place}.unit", given["unit"], error.suggestion) from error
    if "scheme" in given and given["scheme"] not in score_units():
        close = next(iter(nearest(given["scheme"], score_units())), None)
        raise _error(
            f"there is no such score (there are {', '.join(score_units())})",
            file,
            f"{place}.scheme",
            given["scheme"],
            close,
        )


def _known(said: Any, keys: Mapping[str, type | tuple[str, ...]], place: str, file: str) -> dict[str, Any]:
    """The keys of one part of a sidecar, each of its type; dates as text."""
    if not isinstance(said, dict):
        raise _error("this is a table of keys", file, place, said)
    found: dict[str, Any] = {}
    for key, value in said.items():
        where = f"{place}.{key}" if place else key
        kind = keys.get(key)
        if kind is None:
            close = next(iter(nearest(key, keys)), None)
            known = "" if close else f"; there are {', '.join(keys)}"
            raise _error(f"this key is not known{known}", file, where, None, close)
        found[key] = _of_type(value, kind, where, file)
    return found


def _of_type(value: Any, kind: type | tuple[str, ...], where: str, file: str) -> Any:
    if isinstance(kind, tuple):
        if value not in kind:
            close = next(iter(nearest(str(value), kind)), None)
            raise _error(f"one of {', '.join(kind)} is expected", file, where, value, close)
        return value
    if kind is date:
        try:
            return value.isoformat() if type(value) is date else date.fromisoformat(value).isoformat()
        except (TypeError, ValueError) as error:
            raise _error("this is no date like 2024-05-31", file, where, value) from error
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        wanted = {str: "text in quotes", int: "a whole number", bool: "true or false", list: "a list in [ ]",
                  dict: "a table of keys"}[kind]  # fmt: skip
        raise _error(f"{wanted} is expected", file, where, value)
    return value


def _default(key: str, value: Any, file: str) -> str:
    name = fields.field(key) or (key if key in ("biomarker", "disease") else None)
    if name is None:
        close = next(iter(nearest(key, fields.fields())), None)
        raise _error("there is no such field of a row", file, f"table.defaults.{key}", None, close)
    return str(_of_type(value, str, f"table.defaults.{key}", file))


def _needs(found: dict[str, Any], keys: Iterable[str], place: str, file: str) -> dict[str, Any]:
    for key in keys:
        if not str(found.get(key, "")).strip():
            raise _error(f"{key} is missing", file, place)
    return found


def _error(problem: str, file: str, place: str, value: object = None, suggestion: str | None = None) -> DataError:
    return DataError(problem, file=file, column=place, value=value, suggestion=suggestion, noun="key")
