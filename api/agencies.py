"""Whose rules a question is asked under: a known agency, and a warning where the release has no label of it."""

from __future__ import annotations

from graph.claims import AGENCIES
from graph.errors import DataError, nearest
from graph.serve import Serve


class Agencies:
    """The agencies that a question may name: those that Clew knows, and those of the release."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._held: frozenset[str] | None = None

    def check(self, jurisdiction: str | None) -> tuple[str, ...]:
        """What to warn of when a question is asked under these rules; nothing where none are named.

        Raises:
            DataError: for a jurisdiction that nobody knows, with the ones that there are.
        """
        if not jurisdiction:
            return ()
        if self._held is None:
            self._held = self._serve.agencies()
        name = jurisdiction.casefold()
        if name in self._held:
            return ()
        known = sorted(self._held.union(AGENCIES))
        if name not in known:
            close = nearest(name, known)
            raise DataError(
                f"no agency has this name; there are {', '.join(known)}",
                column="context.jurisdiction", noun="field", value=jurisdiction,
                suggestion=close[0] if close else None,
            )  # fmt: skip
        held = f"only those of {', '.join(sorted(self._held))}" if self._held else "none at all"
        return (f"the release holds no label of {name}, {held}: none counts in full",)
