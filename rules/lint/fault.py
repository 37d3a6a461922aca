"""What lint says: one fault of a table, with its place, a plain sentence and, where it can be shown, a patient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from graph.patient import Profile

if TYPE_CHECKING:
    from rules.lint.book import Book
    from rules.lint.world import World

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Gravest first."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that somebody should look at."""

    check: str
    """The id of the check, as in ``rules.lint.CHECKS``."""
    severity: Severity
    file: str
    row: int | None = None
    """As an editor counts lines, the header is 1; ``None``: about the whole table."""
    column: str | None = None
    id: str | None = None
    """The guideline row's id."""
    message: str
    """One plain sentence."""
    related: tuple[str, ...] = ()
    """Ids of other rows that have to do with it."""
    patient: Profile | None = None
    """For whom it shows: a profile that ``clew recommend`` reads."""
    suppressed: str | None = None
    """Why somebody lets it stand."""


Run = Callable[["Book", "World"], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Check:
    """One file of this package: the faults that it finds, by id, each with what it means."""

    run: Run
    about: Mapping[str, str]
