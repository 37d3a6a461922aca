"""The words of biomarker texts, from ``rules/tables/biomarker_words.csv`` and ``marker_states.csv``.

Columns of the first: alternative wordings; the type of criterion they state alone (empty: never alone; ``status``: only
of a marker); its consequences, directions, class or statuses; ``of``: what of the gene is measured, when it is not its
expression; ``in_exon``: the consequences that the words mean behind ``exon N`` (``any``: every change there).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from graph.claims import Consequence, CriterionType, Requires
from graph.errors import DataError, nearest
from graph.packaged import rows
from graph.patient import CopyDirection

_COLUMNS = ("words", "type", "consequences", "directions", "requires", "statuses", "of", "in_exon")


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Word:
    """What one wording means."""

    type: CriterionType | None
    needs_marker: bool
    consequences: tuple[Consequence, ...]
    directions: tuple[CopyDirection, ...]
    requires: Requires | None
    statuses: tuple[str, ...]
    of: str
    in_exon: tuple[Consequence, ...] | None
    """``None``: the words cannot follow an exon; empty: any change."""


@dataclass(frozen=True, slots=True)
class State:
    """A whole phrase about one of the markers that are no gene's: ``MSI-H``."""

    type: CriterionType
    marker: str
    status: str


def fold(text: str) -> str:
    """Lower case, hyphens and slashes as spaces.

    >>> fold("LOSS-OF-FUNCTION")
    'loss of function'
    """
    return re.sub(r"[\s_/-]+", " ", text.casefold()).strip()


def word(text: str) -> Word | None:
    """What ``text`` means as a whole."""
    return _words().get(fold(text))


def state(text: str) -> State | None:
    """The state of MSI, MMR, TMB or HRD that ``text`` names as a whole."""
    return _states().get(fold(text))


def named_change(gene: str, text: str) -> str | None:
    """The protein change that has a name of its own in this gene: ``VIII`` of EGFR."""
    return _named_changes().get((gene, fold(text)))


def nearest_word(text: str) -> str | None:
    """The known wording closest to ``text``, for a did-you-mean."""
    return next(iter(nearest(fold(text), _words())), None)


@cache
def _words() -> Mapping[str, Word]:
    found: dict[str, Word] = {}
    for row in rows("rules", "tables/biomarker_words.csv", _COLUMNS):
        meaning = Word(
            type=_checked("expression" if row["type"] == "status" else row["type"] or None, CriterionType | None),
            needs_marker=row["type"] == "status",
            consequences=_checked(_list(row["consequences"]), tuple[Consequence, ...]),
            directions=_checked(_list(row["directions"]), tuple[CopyDirection, ...]),
            requires=_checked(row["requires"] or None, Requires | None),
            statuses=_list(row["statuses"]),
            of=row["of"],
            in_exon=_exon(row["in_exon"]),
        )
        _enter(found, row["words"], meaning)
    return MappingProxyType(found)


@cache
def _states() -> Mapping[str, State]:
    found: dict[str, State] = {}
    for row in rows("rules", "tables/marker_states.csv", ("words", "type", "marker", "status")):
        _enter(found, row["words"], State(_checked(row["type"], CriterionType), row["marker"], row["status"]))
    return MappingProxyType(found)


@cache
def _named_changes() -> Mapping[tuple[str, str], str]:
    table = rows("rules", "tables/named_variants.csv", ("gene", "names", "protein", "source"))
    return {(row["gene"], fold(name)): row["protein"] for row in table for name in _list(row["names"])}


def _enter(found: dict[str, _T], words: str, meaning: _T) -> None:
    for text in _list(words):
        if found.setdefault(fold(text), meaning) != meaning:
            raise DataError("one wording stands for two things", file="rules/tables/biomarker_words.csv", value=text)


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def _exon(cell: str) -> tuple[Consequence, ...] | None:
    if not cell:
        return None
    return () if cell == "any" else _checked(_list(cell), tuple[Consequence, ...])


def _checked(value: object, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise DataError("a word of the table is not in the vocabulary", value=value) from error
