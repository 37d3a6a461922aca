"""Every error that Clew raises on purpose, as one family.

    ClewError                 exit 1
      UsageError              exit 2   the question is wrong (option, name, address)
      DataError               exit 3   a file or a profile is wrong; names file, row, column, value
        LimitError                     the input is larger than we agree to read
      ReleaseError            exit 3   no valid release, a checksum that does not match, a foreign digest
      StoreError              exit 1   a graph server does not answer or disagrees with the release
      QueryError              exit 2   a Cypher query that is not allowed or does not parse

A caller that shows errors to people prints ``str(error)``; nothing else is needed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ClewError(Exception):
    """Base of the family; ``exit_code`` is what the command line returns."""

    exit_code = 1


class UsageError(ClewError):
    """The question cannot be asked this way."""

    exit_code = 2


class QueryError(UsageError):
    """A Cypher query that is refused or does not parse."""


class DataError(ClewError):
    """Input that is rejected, located as exactly as the format allows.

    ``row`` counts from 1 and includes the header line, as editors and spreadsheets count. ``noun`` is what the format
    calls its columns: in JSON they are fields.
    """

    exit_code = 3

    def __init__(
        self,
        problem: str,
        *,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        suggestion: str | None = None,
        noun: str = "column",
    ) -> None:
        self.problem = problem
        self.file = file
        self.row = row
        self.column = column
        self.value = value
        self.suggestion = suggestion
        self.noun = noun
        super().__init__(problem)

    def __str__(self) -> str:
        place = [part for part in (self.file, _numbered("row", self.row), _quoted(self.noun, self.column)) if part]
        text = f"{', '.join(place)}: {self.problem}" if place else self.problem
        if self.value is not None:
            text += f": {shorten(self.value)!r}"
        if self.suggestion:
            text += f" (did you mean {self.suggestion}?)"
        return text


class LimitError(DataError):
    """Input larger than the limits in ``ingest.limits``."""


class ReleaseError(ClewError):
    """A release that is missing, damaged or another one than was asked for."""

    exit_code = 3


class StoreError(ClewError):
    """A graph store that does not answer, or that disagrees with the release."""


def shorten(value: object, width: int = 80) -> str:
    """``value`` as text of at most ``width`` characters, for use inside a message."""
    text = str(value)
    return text if len(text) <= width else text[: width - 1] + "…"


def nearest(word: str, known: Iterable[str], count: int = 1) -> list[str]:
    """The known words closest to ``word``, nearest first, for a did-you-mean."""
    by_folded = {k.casefold(): k for k in known}
    return [by_folded[m] for m in difflib.get_close_matches(word.casefold(), by_folded, n=count, cutoff=0.75)]


def _numbered(word: str, number: int | None) -> str | None:
    return f"{word} {number}" if number is not None else None


def _quoted(word: str, text: str | None) -> str | None:
    return f"{word} {text!r}" if text is not None else None
