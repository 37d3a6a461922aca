"""Nodes, edges and paths: what a release holds and what an explanation shows."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Value = str | int | float | bool | tuple[str, ...]
"""What a property may be. An absent property has no key; there is no null."""


class Node(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One thing of the graph. ``id`` is a CURIE, ``label`` a node type of ``graph/schema.toml``."""

    id: str
    label: str
    name: str
    properties: Mapping[str, Value] = {}


class Edge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One assertion of one source. ``type`` is an edge type of ``graph/schema.toml``.

    Two sources that say the same give two edges: see ``edge_key``.
    """

    source: str
    target: str
    type: str
    provenance: str
    """Name of the source in the manifest: ``civic``, ``do`` …"""
    record: str
    """The source's own id of the row: ``civic:EID123``."""
    properties: Mapping[str, Value] = {}


def edge_key(edge: Edge) -> tuple[str, str, str, str, str]:
    """What tells edges apart, in the order of the edges table."""
    return edge.type, edge.source, edge.target, edge.provenance, edge.record


class PathNode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A node as an explanation shows it."""

    id: str
    label: str
    name: str


class PathEdge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An edge as an explanation shows it; ``derived`` marks the step from a finding, which no source states."""

    source: str
    target: str
    type: str
    sources: tuple[str, ...]
    derived: bool = False


class Path(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A walk from a patient finding to a therapy: ``len(edges) == len(nodes) - 1``."""

    nodes: tuple[PathNode, ...]
    edges: tuple[PathEdge, ...]
