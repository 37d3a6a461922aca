"""A harvest as one compact file: what the starter pack is kept in.

Gzipped JSON lines: the first holds the source, each other one a statement, row, class, node or edge, sorted. The same
harvest gives the same bytes.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator

import msgspec

from graph.claims import GuidelineRow, Statement, VariantClass
from graph.errors import DataError
from graph.model import Edge, Node
from ingest.harvest import Harvest, Report, SourceInfo


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line; exactly one field is set."""

    source: SourceInfo | None = None
    statement: Statement | None = None
    row: GuidelineRow | None = None
    variant_class: VariantClass | None = None
    node: Node | None = None
    edge: Edge | None = None


_decoder = msgspec.json.Decoder(Line)
_encode = msgspec.json.Encoder(order="deterministic").encode


def pack(harvest: Harvest) -> bytes:
    """The harvest's content; of its report only what can be counted again is kept."""
    lines = sorted(_encode(line) for line in _lines(harvest))
    text = b"\n".join([_encode(Line(source=harvest.source)), *lines, b""])
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0, filename="") as stream:
        stream.write(text)
    return packed.getvalue()


def unpack(content: bytes, file: str) -> Harvest:
    """The harvest in the bytes of ``file``.

    Raises:
        DataError: when they are damaged.
    """
    at = 0
    try:
        first, *others = gzip.decompress(content).splitlines()
        source = _decoder.decode(first).source
        if source is None:
            raise DataError("the first line names no source", file=file, row=1)
        harvest = Harvest(source, Report())
        for number, text in enumerate(others, start=2):
            at = number
            _put(_decoder.decode(text), harvest)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DataError(f"the starter pack is damaged ({error})", file=file, row=at or None) from None
    harvest.report.read = harvest.report.loaded = len(others)
    return harvest


def _lines(harvest: Harvest) -> Iterator[Line]:
    yield from (Line(statement=s) for s in harvest.statements)
    yield from (Line(row=r) for r in harvest.rows)
    yield from (Line(variant_class=c) for c in harvest.classes)
    yield from (Line(node=n) for n in harvest.nodes)
    yield from (Line(edge=e) for e in harvest.edges)


def _put(line: Line, harvest: Harvest) -> None:
    if line.statement is not None:
        harvest.statements.append(line.statement)
    elif line.row is not None:
        harvest.rows.append(line.row)
    elif line.variant_class is not None:
        harvest.classes.append(line.variant_class)
    elif line.node is not None:
        harvest.nodes.append(line.node)
    elif line.edge is not None:
        harvest.edges.append(line.edge)
