"""The JSON files of MOAlmanac: decoded strictly, their keys checked, every error with its place.

``moalmanac_keys.toml`` lists what each file must and may hold. A key that it does not list is a warning: later versions
add keys, and a reader that drops one unseen may drop a condition.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from graph.errors import DataError, nearest
from ingest.harvest import Fate, Report
from ingest.json_file import load


@dataclass(frozen=True, slots=True)
class Record:
    """One object of a list. ``number`` counts objects from 1; errors give it as the row."""

    file: str
    number: int
    values: Mapping[str, Any]

    def text(self, key: str) -> str:
        """A required text, spaces around it off."""
        return str(self.values[key]).strip()

    def maybe(self, key: str) -> str | None:
        """An optional text: absent, ``null`` and empty are ``None``."""
        value = self.values.get(key)
        return (str(value).strip() or None) if value is not None else None

    def list(self, key: str) -> list[Any]:
        value = self.values.get(key)
        return value if isinstance(value, list) else []

    def error(self, problem: str, key: str, value: object = None, suggestion: str | None = None) -> DataError:
        return DataError(problem, file=self.file, row=self.number, column=key, value=value, suggestion=suggestion)


@dataclass(frozen=True, slots=True)
class Table:
    """The records of one file by id."""

    file: str
    records: Mapping[str | int, Record]

    def get(self, asking: Record, key: str, identifier: object) -> Record:
        """The record that ``asking`` refers to by ``key``.

        Raises:
            DataError: when there is none.
        """
        found = self.records.get(identifier) if isinstance(identifier, str | int) else None
        if found is None:
            near = nearest(str(identifier), map(str, self.records)) if isinstance(identifier, str) else []
            raise asking.error(f"no record of {self.file} has this id", key, identifier, next(iter(near), None))
        return found


def records(path: Path, kind: str, report: Report) -> list[Record]:
    """The objects of a file that holds a list of them.

    Raises:
        DataError: wrong encoding, no JSON, cut off, a key twice, a key missing, a value of another type.
    """
    content = load(path)
    if not isinstance(content, list):
        raise DataError("a list of records is needed", file=path.name)
    rule = keys()[kind]
    found = []
    unknown: dict[str, tuple[int, str]] = {}
    for number, values in enumerate(content, 1):
        if not isinstance(values, dict):
            raise DataError("a record must be an object", file=path.name, row=number, value=values)
        record = Record(path.name, number, values)
        for key, value in values.items():
            if key in rule.types:
                _check(record, key, value, rule.types[key])
            elif key not in unknown:
                unknown[key] = (number, str(value))
        for key in rule.required:
            if key not in values:
                near = nearest(key, set(values) - set(rule.types))
                raise record.error(
                    f"the key is missing; {near[0]} is there instead" if near else "the key is missing", key
                )
        found.append(record)
    for key, (number, value) in unknown.items():
        reason = "this key is not known to the importer; what it says is not used"
        report.aside("warning", key, reason, file=path.name, row=number, column=key, value=value[:200])
    return found


def table(path: Path, kind: str, report: Report) -> Table:
    """As ``records``, by id.

    Raises:
        DataError: as ``records``; or an id that is there twice.
    """
    by_id: dict[str | int, Record] = {}
    for record in records(path, kind, report):
        identifier = record.values["id"]
        if identifier in by_id:
            raise record.error(f"the id is already that of record {by_id[identifier].number}", "id", identifier)
        by_id[identifier] = record
    return Table(path.name, by_id)


def extensions(record: Record) -> dict[str, Any]:
    """The ``extensions`` of a record, a list of named values, as one mapping.

    Raises:
        DataError: an entry that has no name, or a name that is there twice.
    """
    found: dict[str, Any] = {}
    for entry in record.list("extensions"):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or "value" not in entry:
            raise record.error("an extension needs a name and a value", "extensions", entry)
        if name in found:
            raise record.error("the extension is there twice", "extensions", name)
        found[name] = entry["value"]
    return found


def iso_date(record: Record, key: str, identifier: str, report: Report) -> str | None:
    """A date as ``YYYY-MM-DD``. One that is written otherwise is noted; a warning, where it cannot be used."""
    text = record.maybe(key)
    if text is None:
        return None
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    try:
        read = datetime.date(*(int(part) for part in found.groups())).isoformat() if found else None
    except ValueError:
        read = None
    if read != text:
        reason = f"the date is not written as YYYY-MM-DD; it is {'read as ' + read if read else 'not used'}"
        fate: Fate = "note" if read else "warning"
        report.aside(fate, identifier, reason, file=record.file, row=record.number, column=key, value=text)
    return read


@dataclass(frozen=True, slots=True)
class Keys:
    """What the objects of one kind of file hold: key -> names of JSON types."""

    required: tuple[str, ...]
    types: Mapping[str, Sequence[str]]


@cache
def keys() -> Mapping[str, Keys]:
    """Kind of file -> its keys, from ``moalmanac_keys.toml``."""
    text = files("ingest").joinpath("sources/moalmanac_keys.toml").read_text(encoding="utf-8")
    return {
        kind: Keys(tuple(k for k, t in types.items() if not t.endswith("?")), {k: _names(t) for k, t in types.items()})
        for kind, types in tomllib.loads(text).items()
    }


def _names(types: str) -> list[str]:
    return types.rstrip("?").split("|")


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "str": lambda v: isinstance(v, str),
    "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "bool": lambda v: isinstance(v, bool),
    "list": lambda v: isinstance(v, list),
    "dict": lambda v: isinstance(v, dict),
    "null": lambda v: v is None,
}


def _check(record: Record, key: str, value: object, types: Sequence[str]) -> None:
    if not any(_TYPES[t](value) for t in types):
        raise record.error(f"a value of type {' or '.join(types)} is needed", key, value)


def unused(found: Mapping[str, Any], known: Sequence[str]) -> Iterator[str]:
    """Names in ``found`` that say something and are not among ``known``."""
    return (name for name, value in found.items() if name not in known and value not in (None, False, "", []))
