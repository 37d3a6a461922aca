"""Tables as lint looks at them: a user's table with its sidecar, a folder of tables, or a published guideline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import msgspec

from graph.claims import GuidelineRow, Statement
from graph.errors import DataError
from ingest import guidelines
from ingest.guidelines import sidecar
from ingest.harvest import Harvest
from ingest.rulebook import row_of
from ingest.sources import importer
from rules.lint import Fault
from rules.table import Table, TableRow, TableSpec

TABLES = "tables"


def tables(given: str) -> tuple[list[Table], list[Fault]]:
    """The tables of a file or folder, or of a source as ``NAME=PATH``; what could not be read is a fault.

    Raises:
        UsageError: for a source that Clew does not know.
    """
    name, equals, rest = given.partition("=")
    path = Path(rest if equals else given)
    read = importer(name.strip() if equals else TABLES)
    if not path.exists():
        return [], [unread(DataError("there is no such file or folder"), path)]
    if not equals or name.strip() == TABLES:
        return _own(path)
    try:
        harvest = read(path)
    except DataError as error:
        return [], [unread(error, path)]
    return harvested(harvest, path), set_aside(harvest, path)


def _own(path: Path) -> tuple[list[Table], list[Fault]]:
    """Tables with sidecars, or of the forms of our own: every line that can be read, a fault for each that cannot."""
    found: list[Table] = []
    faults: list[Fault] = []
    listed = guidelines.tables_of(path) if path.is_dir() else [path]
    if not listed:
        faults.append(unread(DataError("no table is here: a table has a sidecar, or a name of ours"), path))
    for file in listed:
        try:
            loaded = guidelines.load(file, path.resolve().name if path.is_dir() and not _ours(path) else None)
        except DataError as error:
            faults.append(unread(error, file))
            continue
        faults += [unread(error, file) for error in loaded.faults]
        rows = tuple(
            msgspec.structs.replace(line, file=str(file), partial=bool(line.cells.get("also"))) for line in loaded.lines
        )
        # Headers that the sidecar leaves to their names are columns too.
        columns = sidecar.columns(loaded.spec, rows[0].cells, file.name).values() if rows else loaded.spec.columns
        found.append(Table(spec=msgspec.structs.replace(loaded.spec, columns=tuple(columns)), rows=rows))
    return found, faults


def _ours(folder: Path) -> bool:
    return folder.resolve() == Path(str(files("rules").joinpath("tables"))).resolve()


class _Places(dict[str, str]):
    """Where files lie that a reader calls by their names alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __missing__(self, name: str) -> str:
        inside = sorted(self._path.rglob(name)) if name and self._path.is_dir() else []
        beside = self._path.with_name(name) if name and not self._path.is_dir() else self._path
        found = self[name] = str(inside[0] if inside else beside if beside.is_file() else self._path)
        return found


def unread(error: DataError, path: Path) -> Fault:
    """The fault that an error of reading is."""
    value = f": {error.value!r}" if error.value is not None else ""
    hint = f" (did you mean {error.suggestion}?)" if error.suggestion else ""
    return Fault(
        check="unread", severity="error", file=_Places(path)[error.file or ""], row=error.row, column=error.column,
        message=f"{error.problem[:1].upper()}{error.problem[1:]}{value}{hint}.",
    )  # fmt: skip


def harvested(harvest: Harvest, path: Path) -> list[Table]:
    """The rows of a source, a table each guideline; labels and recommendations are rows too.

    One that is set aside is a row here, for somebody should look at it; its text stays beside it.
    """
    found: defaultdict[str, list[TableRow]] = defaultdict(list)
    places = _Places(path)
    labels = ((r, not s.settings_stated) for s in harvest.statements if (r := _recommendation(s)) is not None)
    for row, partial in (*((r, False) for r in harvest.rows), *labels):
        record = next(iter(row.sources), "")
        file, number = harvest.report.places.get(row.id) or harvest.report.places.get(record) or ("", None)
        number = number or len(found[row.guideline]) + 1
        found[row.guideline].append(TableRow(file=places[file], number=number, cells={}, row=row, partial=partial))
    return [
        Table(spec=TableSpec(guideline=name, hit_policy=lines[0].row.hit_policy), rows=tuple(lines))
        for name, lines in found.items()
    ]


def partial(statements: Iterable[Statement]) -> frozenset[str]:
    """Ids of the rows of statements whose source asks for more than was read."""
    rows = (s.row or ((r := row_of(s)) and r.id) for s in statements if not s.settings_stated)
    return frozenset(id for id in rows if id)


def set_aside(harvest: Harvest, path: Path) -> list[Fault]:
    """Statements whose fields contradict their own text, as the reader found when it had the whole record."""
    found = []
    places = _Places(path)
    for s in harvest.statements:
        row = row_of(msgspec.structs.replace(s, quarantined=None)) if s.quarantined else None
        if row is not None:
            file, number = harvest.report.places.get(s.record, ("", None))
            message = f"{(s.quarantined or '')[:1].upper()}{(s.quarantined or '')[1:]}."
            found.append(
                Fault(check="set-aside", severity="warning", file=places[file], row=number, id=row.id, message=message)
            )
    return found


def _recommendation(statement: Statement) -> GuidelineRow | None:
    row = row_of(msgspec.structs.replace(statement, quarantined=None))
    return row and msgspec.structs.replace(row, text=statement.text)
