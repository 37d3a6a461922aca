"""Guideline tables: a CSV, TSV or XLSX file, and the TOML sidecar of the same name that says what its columns mean.

``read_table`` gives a table as it is written and what was read of it, for lint and change control; ``read`` gives what
a build takes. Both read by the same code, so that what was looked at is what is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import msgspec

from graph.claims import Statement, VariantClass
from graph.errors import DataError
from ingest.guidelines import sheet, sidecar
from ingest.guidelines.compile import PROVENANCE, compile_line
from ingest.guidelines.line import Line
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.rows import sha256
from rules.table import Table, TableRow, TableSpec


@dataclass
class Loaded:
    """Everything that was read from one table. A line with a fault is in none of the lists."""

    spec: TableSpec
    file: Path
    lines: list[TableRow] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    classes: list[VariantClass] = field(default_factory=list)
    faults: list[DataError] = field(default_factory=list)
    report: Report = field(default_factory=Report)


def read_table(path: Path) -> Table:
    """A table with every row that it has.

    Raises:
        DataError: the first thing that is wrong in the sidecar or the table; names file, row, column and value.
    """
    table, faults = examine(path)
    if faults:
        raise faults[0]
    return table


def examine(path: Path) -> tuple[Table, tuple[DataError, ...]]:
    """A table with the rows that could be read, and every fault of the others.

    Raises:
        DataError: the sidecar or the header is wrong, so that no row can be read.
    """
    loaded = load(path)
    return Table(spec=loaded.spec, rows=tuple(loaded.lines)), tuple(loaded.faults)


def read(path: Path) -> Harvest:
    """What a table says, or all tables of a folder: those with a sidecar, and those of the names of our own.

    Raises:
        DataError: no table, a column that is not known or is missing, a cell outside its grammar, an id that is there
            twice; names file, row and column.
    """
    found = tables_of(path) if path.is_dir() else [path]
    if not found:
        names = ", ".join(f"{name}.csv" for name in sidecar.FORMS)
        raise DataError(f"no table here: {names} are known, others have a sidecar", file=path.name)
    ours = path.resolve() == Path(str(files("rules").joinpath("tables"))).resolve()
    within = path.resolve().name if path.is_dir() else None
    harvest: Harvest | None = None
    for file in found:
        loaded = load(file, within=None if ours else within)
        if loaded.faults:
            raise loaded.faults[0]
        if harvest is None:
            harvest = Harvest(source=_source(path, found, loaded.spec, ours), report=Report())
        harvest.statements += loaded.statements
        harvest.rows += [line.row for line in loaded.lines]
        harvest.classes += loaded.classes
        harvest.report.read += loaded.report.read
        harvest.report.loaded += loaded.report.loaded
        harvest.report.set_aside += loaded.report.set_aside
        harvest.report.places |= loaded.report.places
    assert harvest is not None
    return harvest


def load(path: Path, within: str | None = None) -> Loaded:
    """A table with all that was read of it; ``within`` is the folder whose name goes before that of a table without a
    sidecar.

    Raises:
        DataError: as ``examine``.
    """
    beside = sidecar.path_of(path)
    spec = sidecar.read(beside) if beside.is_file() else None
    table = sheet.read(path, spec.sheet if spec else None)
    if spec is None:
        spec = sidecar.for_table(path, table.header, within)
    columns = sidecar.columns(spec, table.header, path.name)
    filled = {c.field for c in columns.values()}
    for name in ("id",) if "kind" in spec.defaults or "classes" in filled else ("id", "kind"):
        if name not in filled:
            raise DataError("this column is missing", file=path.name, row=1, column=name)
    # Headers that are left to their names are columns too, for whoever looks at the table.
    absent = (c for c in spec.columns if c.name not in columns)
    spec = msgspec.structs.replace(spec, columns=(*columns.values(), *absent))
    headers = {c.field or c.fact or "": header for header, c in columns.items()}
    loaded = Loaded(spec, path)
    seen: dict[str, int] = {}
    for row in table.rows:
        loaded.report.read += 1
        line = Line(spec, columns, headers, row)
        made = compile_line(line)
        if line["id"] in seen:
            line.faults.append(line.error(f"this id is in row {seen[line['id']]} too", "id"))
        seen.setdefault(line["id"], row.number)
        if made is None or line.faults:
            loaded.faults += line.faults
            continue
        place = row.file, row.number
        if made.row is not None:
            loaded.lines.append(TableRow(file=row.file, number=row.number, cells=row.cells, row=made.row))
            loaded.report.places[made.row.id] = place
        if made.statement is not None:
            loaded.statements.append(made.statement)
            loaded.report.places |= {made.statement.id: place, made.statement.record: place}
        if made.klass is not None:
            loaded.classes.append(made.klass)
            loaded.report.places[made.klass.record] = place
        for column, value, reason in line.doubts:
            loaded.report.aside(
                "warning", line["id"], reason, file=row.file, row=row.number, column=column, value=value
            )
        loaded.report.loaded += 1
    return loaded


def tables_of(folder: Path) -> list[Path]:
    """The tables of a folder, those of our names first, others in order of name."""
    forms = [folder / f"{name}.csv" for name in sidecar.FORMS]
    others = [p for p in sorted(folder.iterdir()) if p.suffix.lower() in sheet.SUFFIXES and p not in forms]
    return [*(p for p in forms if p.is_file()), *(p for p in others if p.is_file() and sidecar.path_of(p).is_file())]


def _source(path: Path, found: list[Path], spec: TableSpec, ours: bool) -> SourceInfo:
    name = path.resolve().name
    with_sidecars = [f for table in found for f in (table, sidecar.path_of(table)) if f.is_file()]
    alone = len(found) == 1
    return SourceInfo(
        name=PROVENANCE,
        title="Clew's own tables" if ours else (spec.title if alone else "") or f"Table {name}",
        version=spec.version if alone else None,
        licence="Apache-2.0" if ours else spec.licence if alone else TableSpec(guideline="").licence,
        url=spec.url if alone else None,
        attribution="The authors of Clew" if ours else spec.publisher or name,
        files={file.name: sha256(file) for file in with_sidecars},
    )
