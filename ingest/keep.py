"""What a release keeps of its sources, so that one of them can be replaced without the files of the others.

``tables/sources.parquet`` holds the harvests that the release was assembled from, as they were before that: for each
source in turn its description, its report, and every statement, row, class, node and edge in the importer's order, a
line each. Assembling them again gives the same release.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from graph.claims import GuidelineRow, Statement, VariantClass
from graph.errors import ReleaseError
from graph.model import Edge, Node
from graph.release import Release
from ingest.harvest import Harvest, Report, SourceInfo

FILE = "tables/sources.parquet"
_SCHEMA = pa.schema([("source", pa.string()), ("kind", pa.string()), ("data", pa.string())])
_PARTS: dict[str, Any] = {
    "statements": Statement, "rows": GuidelineRow, "classes": VariantClass, "nodes": Node, "edges": Edge,
}  # fmt: skip
_BATCH = 20_000
_encode = msgspec.json.Encoder(order="deterministic").encode


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line of a source."""

    source: SourceInfo
    report: Report
    own: bool


def write(harvests: Sequence[Harvest], file: Path) -> list[Harvest]:
    """Write the harvests, and return them as ``read`` does; the same harvests give the same bytes.

    What is assembled must be what was returned: a value that equals the default of its field is written out or left
    out depending on whether it is the very object, and only what was read once is written the same ever after. The
    reports must be the importers' own still.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = _decoded(list(_lines(harvests)))
    lines = list(_lines(kept))
    columns = [[line[i] for line in lines] for i in range(3)]
    pq.write_table(pa.table(columns, schema=_SCHEMA), file, compression="zstd", compression_level=9)
    return kept


def read(release: Release) -> list[Harvest]:
    """The harvests of a release, in order of their names.

    Raises:
        ReleaseError: when the release keeps none, or in a form that this version of Clew does not know.
    """
    if FILE not in release.manifest.files:
        raise ReleaseError(f"release {release.digest[:12]} does not keep its sources: build it again")
    return read_file(release.file(FILE), f"release {release.digest[:12]}")


def read_file(file: Path, whose: str) -> list[Harvest]:
    """The harvests in a file that ``write`` has written; ``whose`` it is, for the error.

    Raises:
        ReleaseError: it has a form that this version of Clew does not know.
    """
    try:
        with pq.ParquetFile(file) as parquet:
            batches = parquet.iter_batches(batch_size=_BATCH)
            return _decoded(line for b in batches for line in zip(*b.to_pydict().values(), strict=True))
    except (msgspec.DecodeError, KeyError, pa.ArrowInvalid) as error:
        reason = f"{whose} was built by another version of Clew ({error}): build it again"
        raise ReleaseError(reason) from error


def _decoded(lines: Iterable[Sequence[str]]) -> list[Harvest]:
    """The harvests, in order of their names."""
    decoders = {kind: msgspec.json.Decoder(type_) for kind, type_ in (("head", _Head), *_PARTS.items())}
    found: dict[str, Harvest] = {}
    for source, kind, data in lines:
        item = decoders[kind].decode(data)
        if kind == "head":
            found[source] = Harvest(source=item.source, report=item.report, own=item.own)
        else:
            getattr(found[source], kind).append(item)
    return [found[name] for name in sorted(found)]


def _lines(harvests: Iterable[Harvest]) -> Iterator[tuple[str, str, str]]:
    for harvest in sorted(harvests, key=lambda h: h.source.name):
        name = harvest.source.name
        # Sorted here: the encoder's own sorting goes as deep as a mapping is long, and these may be very long.
        source = replace(harvest.source, files=dict(sorted(harvest.source.files.items())))
        told = harvest.report
        report = replace(told, coverage=dict(sorted(told.coverage.items())), places=dict(sorted(told.places.items())))
        head = _Head(source=source, report=report, own=harvest.own)
        yield name, "head", msgspec.json.encode(head).decode()
        for kind in _PARTS:
            for item in getattr(harvest, kind):
                yield name, kind, _encode(item).decode()
