"""Everything that one release holds, in memory: what a build hands over to be written."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from graph.claims import GuidelineRow, Statement, VariantClass
from graph.model import Edge, Node


class DiseaseName(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One way to call a disease. ``folded`` is the key of a lookup (``ontologies.names.fold`` of ``text``)."""

    folded: str
    id: str
    text: str
    kind: str
    """``name``, ``synonym`` or ``code``; a name wins over a synonym."""


class Closure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """``descendant`` is a kind of ``ancestor``, itself included.

    ``widened`` marks an ancestor that is reached only through a mapping that is not exact.
    """

    descendant: str
    ancestor: str
    widened: bool = False


@dataclass(frozen=True)
class Content:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    statements: tuple[Statement, ...] = ()
    rows: tuple[GuidelineRow, ...] = ()
    classes: tuple[VariantClass, ...] = ()
    names: tuple[DiseaseName, ...] = ()
    closure: tuple[Closure, ...] = ()
