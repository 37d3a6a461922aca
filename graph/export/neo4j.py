"""A release as the CSV files of ``neo4j-admin database import``: the fast way into an empty Neo4j.

The imported graph is what ``clew push`` makes, indexes aside; a push afterwards finds nothing to write and adds those.
One file a node type and edge type, and ``arguments.txt``, so that in this folder the import is

    neo4j-admin database import full neo4j @arguments.txt
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING

from graph.export import finished
from graph.model import Node, Value
from graph.schema import Property, schema
from graph.stores.cypher import MARK, edge_properties, node_properties, release_node

if TYPE_CHECKING:
    from graph.release import Release

ARGUMENTS = "arguments.txt"
_BETWEEN = "\x1f"
"""Parts the items of a list: no text has it."""
_TYPES = {"str": "", "int": ":long", "float": ":double", "bool": ":boolean", "list": ":string[]"}


def write(release: Release, out: Path) -> None:
    """Write the files into the folder ``out``."""
    declared = schema()
    arguments = ["--array-delimiter=U+001F", "--multiline-fields=true", "--id-type=string"]
    with finished(out) as folder:
        for label, nodes in groupby(chain(release.nodes(), [release_node(release)]), key=lambda node: node.label):
            name = f"nodes_{label}.csv"
            _nodes(folder / name, nodes, declared.nodes[label].properties)
            arguments.append(f"--nodes={MARK}:{label}={name}")
        for kind, edges in groupby(release.edges(), key=lambda edge: edge.type):
            name = f"edges_{kind}.csv"
            rows = ((edge.source, edge.target, edge_properties(edge)) for edge in edges)
            _edges(folder / name, rows, declared.edges[kind].properties)
            arguments.append(f"--relationships={kind}={name}")
        (folder / ARGUMENTS).write_text("\n".join(arguments) + "\n", encoding="utf-8", newline="\n")


def _nodes(file: Path, nodes: Iterable[Node], declared: Mapping[str, Property]) -> None:
    columns = sorted(declared)
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(_line(["id:ID", "name", *(_header(declared[name]) for name in columns)]))
        for node in nodes:
            properties = node_properties(node)
            stream.write(_line([properties.get(name) for name in ("id", "name", *columns)]))


def _edges(file: Path, edges: Iterable[tuple[str, str, dict[str, Value]]], declared: Mapping[str, Property]) -> None:
    columns = sorted(declared)
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(_line([":START_ID", ":END_ID", "provenance", "record", *(_header(declared[c]) for c in columns)]))
        for source, target, properties in edges:
            values = (properties.get(name) for name in ("provenance", "record", *columns))
            stream.write(_line([source, target, *values]))


def _header(prop: Property) -> str:
    return prop.name + _TYPES[prop.kind]


def _line(cells: Iterable[Value | None]) -> str:
    """Every value in quotes, so that an empty text differs from none at all, which is an empty cell."""
    return ",".join("" if cell is None else '"' + _text(cell).replace('"', '""') + '"' for cell in cells) + "\n"


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return _BETWEEN.join(value)
    return value if isinstance(value, str) else repr(value)
