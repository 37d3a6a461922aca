"""The questions that are asked of a graph, whoever keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from graph.model import PathNode
from graph.search import LIMIT


class Store(Protocol):
    """A projection of one release: the local files, Neo4j, or an embedded Cypher database.

    Answers are sets of ids; all content comes from the release of the same digest.
    """

    def release(self) -> str:
        """The digest of the release that this graph is a projection of."""

    def statements(self, anchors: Iterable[str]) -> frozenset[str]:
        """Ids of the statements that come into question for a patient.

        ``anchors`` are node ids: Genes and Markers of the findings, and the patient's Disease with its ancestors. A
        statement answers when a criterion of its profile is IN_GENE or OF_MARKER an anchor, or when it is
        ``absence_only`` and an anchor is CONDITION_OF it.
        """

    def guideline_rows(self, therapies: Iterable[str], genes: Iterable[str] = ()) -> frozenset[str]:
        """Ids of the guideline rows that have a say for a patient (``therapies`` and ``genes``: node ids).

        A therapy brings the rows that exclude, caution or require, on itself or a component, and of the rows that dose
        or score those that ask for no gene. A gene brings the rows that *guide* by it, whatever their drug: see
        ``graph.paths.guides``. Whatever scores brings the row of its guideline on the same drug that the points start
        from. Rows that recommend never come: they are statements.
        """

    def search(self, text: str, label: str | None = None, limit: int = LIMIT) -> tuple[PathNode, ...]:
        """Nodes by name or synonym, of one node type if ``label`` says so, the closest first: see ``graph.search``.

        Raises:
            UsageError: when ``label`` is no node type.
        """

    def close(self) -> None:
        """Let go of files and connections."""
