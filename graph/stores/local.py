"""The store that needs no server: the lookups of the release itself."""

from __future__ import annotations

from collections.abc import Iterable

from graph.release import Release


class LocalStore:
    """Answers from ``serve.sqlite``; see ``graph.stores.protocol.Store``."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._serve = release.serve()

    def release(self) -> str:
        return self._release.digest

    def statements(self, anchors: Iterable[str]) -> frozenset[str]:
        return self._serve.statement_ids(anchors)

    def guideline_rows(self, therapies: Iterable[str]) -> frozenset[str]:
        return self._serve.limiting_ids(therapies)

    def close(self) -> None:
        """Nothing to let go of: the release belongs to the caller."""
