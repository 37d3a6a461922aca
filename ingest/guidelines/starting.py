"""Starting tables: a table with its sidecar that loads as it is, every row a draft, for somebody to write on.

The templates say which columns a kind of table has; what each column is comes from the list of fields and facts, as a
comment in the sidecar.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import msgspec

from graph.errors import UsageError
from ingest.guidelines import fields, sidecar
from rules.table import Column, TableSpec

KINDS = {
    "vetoes": "findings for which a drug is not to be given",
    "labels": "drugs and what they are approved for",
    "recommendations": "what a board recommends, by findings and settings",
    "dosing": "doses by genotype and by measured facts; exactly one row may hold",
    "scores": "points that add up to a level",
    "pharmacogenes": "inherited genotypes that make a drug toxic",
}
_TABLE = {
    "guideline": "what the rows are called by: guideline:<guideline>:<id>",
    "title": "for people",
    "publisher": "who publishes it",
    "version": "newer versions replace older ones of the same guideline",
    "jurisdiction": "where it holds: fda, ema, de ...",
    "effective_from": "the first day on which its rows hold: 2024-05-31",
    "effective_to": "the first day on which they no longer do",
    "hit_policy": "COLLECT: all rows that hold count; UNIQUE: one may; SUM: points add up",
    "priority": "higher is shown first where guidelines differ",
    "licence": "under which the text may be passed on",
    "url": "link to the source",
    "review_days": "after so many days a row's review is overdue",
    "sheet": "which sheet of an XLSX file is the table",
}


def write(kind: str, path: Path) -> tuple[Path, Path]:
    """Write a starting table of a kind to ``path`` (``.csv`` is added) and its sidecar beside it; both are returned.

    Raises:
        UsageError: an unknown kind, another suffix, a file that is there already, or a place that cannot be written.
    """
    if kind not in KINDS:
        raise UsageError(f"there is no such kind of table: {kind!r} (there are {', '.join(KINDS)})")
    table = path if path.suffix.lower() == ".csv" else path.with_name(f"{path.name}.csv")
    if path.suffix.lower() in (".tsv", ".xlsx", ".toml"):
        raise UsageError(f"a starting table is a CSV file: {path.with_suffix('.csv')}")
    beside = sidecar.path_of(table)
    for file in (table, beside):
        if file.exists():
            raise UsageError(f"{file} is there already; nothing is overwritten")
    folder = files("ingest").joinpath("guidelines", "templates")
    spec = sidecar.parse(folder.joinpath(f"{kind}.toml").read_text(encoding="utf-8"), f"{kind}.toml")
    rows = folder.joinpath(f"{kind}.csv").read_text(encoding="utf-8")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text(msgspec.structs.replace(spec, guideline=table.stem)))
        with table.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(rows)
    except OSError as error:
        raise UsageError(f"{error.filename or table} cannot be written ({error.strerror or error})") from error
    return table, beside


def text(spec: TableSpec) -> str:
    """A sidecar with every key explained; what is not said is there as a comment."""
    lines = ["# What the table beside this file means. docs/guideline-tables.md has all of it.", "", "[table]"]
    for key, about in _TABLE.items():
        value = getattr(spec, key)
        said = value not in (None, "", 0) and (value != getattr(TableSpec(guideline=""), key) or key == "hit_policy")
        lines.append(f"{'' if said else '# '}{key} = {_toml(value if said else _EXAMPLES.get(key, ''))}  # {about}")
    if spec.defaults:
        lines += ["", "# What an empty cell means, and a column that the table does not have.", "[table.defaults]"]
        lines += [f"{key} = {_toml(value)}" for key, value in spec.defaults.items()]
    for column in spec.columns:
        lines += ["", *_column(column)]
    return "\n".join(lines) + "\n"


_EXAMPLES = {"priority": 1, "review_days": 365}


def _column(column: Column) -> list[str]:
    known = fields.fields()[column.field] if column.field else fields.fact(column.fact or "")
    about = column.about or (known.about if known else "")
    quoted = (
        column.name if column.name.replace("_", "").isascii() and column.name.isidentifier() else _toml(column.name)
    )
    lines = [f"# {about[:1].upper()}{about[1:]}.".replace("....", "..."), f"[columns.{quoted}]"]
    if column.field and fields.field(column.name) != column.field:
        lines.append(f"field = {_toml(column.field)}")
    if column.fact and column.fact != column.name:
        lines.append(f"fact = {_toml(column.fact)}")
    if known and column.type != known.type:
        lines.append(f"type = {_toml(column.type)}")
    for key in ("unit", "scheme"):
        if value := getattr(column, key):
            lines.append(f"{key} = {_toml(value)}")
    if column.values:
        lines.append(f"values = {_toml(list(column.values))}")
    if column.required:
        lines.append("required = true")
    if not column.may_be_empty:
        lines.append("may_be_empty = false")
    return lines


def _toml(value: object) -> str:
    """A TOML value: strings, numbers and lists of strings are written as in JSON."""
    return json.dumps(value, ensure_ascii=False)
