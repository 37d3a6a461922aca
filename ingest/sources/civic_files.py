"""The summary files that CIViC publishes: which is which in a folder, and rows with one set of column names.

CIViC renamed columns in 2022 (``drugs`` became ``therapies``, gene and variant became one molecular profile);
``civic_columns.toml`` lists the names of every version.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from graph.errors import DataError, nearest
from ingest.rows import Ragged, Row, header, table

EVIDENCE, ASSERTIONS, VARIANTS, GROUPS, GENES = (
    "ClinicalEvidenceSummaries", "AssertionSummaries", "VariantSummaries", "VariantGroupSummaries", "GeneSummaries",
)  # fmt: skip
_KINDS = (EVIDENCE, ASSERTIONS, VARIANTS, GROUPS, GENES)


@dataclass(frozen=True)
class Published:
    """The files of one version, by kind."""

    tables: dict[str, Path]


def locate(path: Path) -> Published:
    """The files at ``path``: one evidence file, or a folder as published.

    Raises:
        DataError: nothing there, no evidence file, or two files of a kind.
    """
    if path.is_file():
        lacking = set(_columns()[EVIDENCE]["required"]).difference(header(path))
        if len(lacking) > len(_columns()[EVIDENCE]["required"]) // 2:
            raise DataError(
                f"this is no evidence file of CIViC: {', '.join(sorted(lacking)[:4])} and more are missing among its "
                f"columns; CIViC's is named …{EVIDENCE}.tsv", file=path.name, row=1,
            )  # fmt: skip
        return Published({EVIDENCE: path})
    if not path.is_dir():
        raise DataError("there is no such file or folder", file=str(path))
    names = sorted(p for p in path.iterdir() if p.is_file())
    found: dict[str, Path] = {}
    for kind in _KINDS:
        of_kind = [p for p in names if p.name.endswith((f"-{kind}.tsv", f"-{kind}.tsv.gz")) or p.name == f"{kind}.tsv"]
        if len(of_kind) > 1:
            raise DataError(f"the folder has {len(of_kind)} files of one kind; give the file itself", file=path.name,
                            value=", ".join(p.name for p in of_kind))  # fmt: skip
        if of_kind:
            found[kind] = of_kind[0]
    if EVIDENCE not in found:
        raise DataError(f"the folder holds no file named …{EVIDENCE}.tsv", file=path.name)
    return Published(found)


def rows(published: Published, kind: str) -> Iterator[Row]:
    """The rows of one table, columns under the first of the names that they have had; none when the file is not there.

    Raises:
        DataError: missing, unknown or duplicate columns, and whatever ``ingest.rows`` finds.
    """
    path = published.tables.get(kind)
    if path is None:
        return
    columns = _columns()[kind]
    either: list[list[str]] = columns["either"]
    optional = [*columns["optional"], *(name for names in either for name in names)]
    checked = False
    # CIViC writes lists of addresses in the last columns of these two with tabs between them.
    ragged: Ragged = "spill" if kind in (VARIANTS, ASSERTIONS) else "error"
    for row in table(path, required=columns["required"], optional=optional, ragged=ragged):
        if not checked:
            _check(row, either)
            checked = True
        cells = dict(row.cells)
        for names in either:
            cells[names[0]] = next(row[name] for name in names if name in row)
        yield Row(row.number, row.file, cells)


def _check(row: Row, either: list[list[str]]) -> None:
    for names in either:
        if not any(name in row for name in names):
            alike = nearest(names[0], row.cells)
            raise DataError("this column is missing", file=row.file, row=1, column=" or ".join(names),
                            suggestion=alike[0] if alike else None)  # fmt: skip
    if "variant" in row and "gene" not in row:
        raise DataError("this column is missing", file=row.file, row=1, column="gene")


@cache
def words() -> dict[str, list[str]]:
    """Column of the evidence -> the words that CIViC uses in it."""
    return dict(_columns()["words"])


@cache
def _columns() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("ingest.sources").joinpath("civic_columns.toml").read_text(encoding="utf-8"))
