"""The CSV files that the packages carry: tables of our own, read strictly."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib.resources import files

from graph.errors import DataError, nearest


def rows(package: str, path: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a packaged UTF-8 CSV file, in file order, cells stripped.

    ``path`` is relative to the package (``tables/markers.csv``); the header must be exactly ``columns``. A blank line
    and a line that starts with ``#`` in the first cell are no rows.

    Raises:
        DataError: for another header, or a row with too few or too many cells.
    """
    name = f"{package}/{path}"
    text = files(package).joinpath(path).read_text(encoding="utf-8")
    reader = csv.reader(text.splitlines())
    header = next(reader, [])
    for column in header:
        if column not in columns:
            raise DataError(
                "unknown column", file=name, row=1, column=column, suggestion=next(iter(nearest(column, columns)), None)
            )
    if header != list(columns):
        missing = [c for c in columns if c not in header]
        raise DataError("the header is not the declared one", file=name, row=1, value=",".join(missing or header))
    found = []
    for cells in reader:
        if not cells or cells[0].startswith("#"):
            continue
        if len(cells) != len(columns):
            raise DataError(
                f"{len(cells)} cells where the header has {len(columns)}",
                file=name,
                row=reader.line_num,
                value=cells[0],
            )
        found.append({column: cell.strip() for column, cell in zip(columns, cells, strict=True)})
    return found
