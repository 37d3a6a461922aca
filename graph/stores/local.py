"""The store that needs no server: the lookups of the release itself."""

from __future__ import annotations

from collections.abc import Iterable

from graph.model import PathNode
from graph.release import Release
from graph.search import LIMIT, best, check_label


class LocalStore:
    """Answers from ``serve.sqlite``, a search from the nodes table; see ``graph.stores.protocol.Store``."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._serve = release.serve()

    def release(self) -> str:
        return self._release.digest

    def statements(self, anchors: Iterable[str]) -> frozenset[str]:
        return self._serve.statement_ids(anchors)

    def guideline_rows(self, therapies: Iterable[str], genes: Iterable[str] = ()) -> frozenset[str]:
        return self._serve.row_ids((*therapies, *genes))

    def search(self, text: str, label: str | None = None, limit: int = LIMIT) -> tuple[PathNode, ...]:
        check_label(label)
        return best(text, (node for node in self._release.nodes() if label in (None, node.label)), limit)

    def close(self) -> None:
        """Nothing to let go of: the release belongs to the caller."""
