"""How long work says how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done in a few words, how much of it is done, and how much there is (``None``: not known).
It may be called as often as there is news; the listener decides what it shows."""


def silent(what: str, done: int, total: int | None) -> None:
    """The listener that nobody sees."""
