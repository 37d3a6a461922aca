"""One line of a table as it is read: its cells by what they mean, and every fault that is found in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, TypeVar, get_args

from graph.errors import DataError, nearest
from ingest.guidelines.facts import is_curie
from ingest.rows import Row
from ontologies import drugs
from rules.table import Column, TableSpec

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
T = TypeVar("T")


@dataclass
class Line:
    """A line with its table's declarations. ``faults`` and ``doubts`` grow while it is read."""

    spec: TableSpec
    columns: Mapping[str, Column]
    headers: Mapping[str, str]
    """Field or fact -> the header of its column."""
    row: Row
    faults: list[DataError] = field(default_factory=list)
    doubts: list[tuple[str, str, str]] = field(default_factory=list)
    """Column, value and reason of what is loaded and yet may be a slip."""

    def __getitem__(self, name: str) -> str:
        """The text of a field, or of a fact by its name; what the sidecar says where the cell is empty."""
        column = self.column(name)
        return (self.row[column] if column else "") or self.spec.defaults.get(name, "")

    def column(self, name: str) -> str | None:
        """The header of the column that is this field or fact."""
        return self.headers.get(name)

    def error(self, problem: str, name: str, suggestion: str | None = None, value: str | None = None) -> DataError:
        """An error about a field: it names the column that is it."""
        return DataError(problem, file=self.row.file, row=self.row.number, column=self.column(name) or name,
                         value=self[name] if value is None else value, suggestion=suggestion)  # fmt: skip

    def take(self, read: Callable[[], T], default: T, column: str | None = None) -> T:
        """What ``read`` gives. Where it cannot be read the fault is kept, placed in ``column`` if it has no place yet,
        and ``default`` stands in, so that a line tells all of its faults at once."""
        try:
            return read()
        except DataError as error:
            if error.row is None:
                error = DataError(error.problem, file=self.row.file, row=self.row.number, column=column,
                                  value=error.value, suggestion=error.suggestion)  # fmt: skip
            self.faults.append(error)
            return default

    def listed(self, name: str) -> tuple[str, ...]:
        """The values of a cell that are separated by ``|``."""
        return self.take(partial(self._listed, name), ())

    def choice(self, name: str, allowed: Any, default: str | None = None) -> Any:
        """The value of a field that is one of a ``Literal``; ``default`` where there is none."""
        if not self[name] and default is not None:
            return default
        return self.take(partial(self.one_of, name, self[name], allowed), get_args(allowed)[0])

    def one_of(self, name: str, value: str, allowed: Any) -> Any:
        """``value`` when ``allowed`` (a ``Literal``) has it.

        Raises:
            DataError: it has not.
        """
        choices = self._choices(name, get_args(allowed))
        if value not in choices:
            close = next(iter(nearest(value, choices)), None)
            raise self.error(f"one of {', '.join(choices)} is expected", name, close, value)
        return value

    def yes(self, name: str, *, default: bool = False) -> bool:
        """Whether a field says yes; ``default`` where it says nothing."""
        if self[name] not in ("yes", "no", ""):
            self.faults.append(self.error("yes or no is expected", name))
        return self[name] == "yes" if self[name] else default

    def date(self, name: str) -> str | None:
        """A day, or nothing."""
        return self.take(partial(self._date, name), None) if self[name] else None

    def number(self, name: str) -> float | None:
        """A number, or nothing."""
        if self[name] and (_NUMBER.fullmatch(self[name]) is None or abs(float(self[name])) > 1e9):
            self.faults.append(self.error("a number is expected", name))
            return None
        return float(self[name]) if self[name] else None

    def whole(self, name: str) -> int | None:
        """A whole number, or nothing."""
        number = self.number(name)
        if number is not None and number != int(number):
            self.faults.append(self.error("a whole number is expected", name))
        return None if number is None else int(number)

    def curies(self, name: str) -> tuple[str, ...]:
        """Identifiers of diseases."""
        for value in self.listed(name):
            if not is_curie(value):
                self.faults.append(self.error("this is no identifier like DOID:1909", name))
        return self.listed(name)

    def drugs(self, together: bool) -> tuple[str, ...]:
        """Canonical names of the drugs that the line lists, or of the members of the class that it names.

        ``together``: the drugs are one ingredient set, and ``+`` may stand between them too.
        """
        if self["drug_class"]:
            members = drugs.members(self["drug_class"])
            if self["drugs"] or not members or together:
                problem = (
                    "a class stands instead of drugs" if self["drugs"]
                    else "a class is not given as one therapy: name its drugs" if together
                    else "no drug is of this class"
                )  # fmt: skip
                self.faults.append(self.error(problem, "drug_class", _near_drug(self["drug_class"])))
            return members
        if not self["drugs"]:
            self.faults.append(self.error("a drug or a class of drugs is missing", "drugs"))
            return ()
        names = self.listed("drugs")
        if together:
            names = tuple(part.strip() for name in names for part in re.split(r"\s\+\s", name))
        for name in names:
            if not drugs.known(name):
                close = _near_drug(name)
                reason = "the drug is not in the table of drugs" + (f" (did you mean {close}?)" if close else "")
                self.doubts.append((self.column("drugs") or "drugs", name, reason))
        return drugs.ingredients(names) if together else tuple(dict.fromkeys(drugs.ingredient(n) for n in names))

    def _choices(self, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """What a field may be here: a column may declare fewer values than the field has."""
        column = self.columns.get(self.column(name) or "")
        return tuple(a for a in allowed if not column or not column.values or a in column.values)

    def _listed(self, name: str) -> tuple[str, ...]:
        parts = tuple(part.strip() for part in self[name].split("|")) if self[name] else ()
        if "" in parts:
            raise self.error("one of the values is empty", name)
        return parts

    def _date(self, name: str) -> str:
        try:
            if len(self[name]) != len("2024-05-31"):
                raise ValueError
            return date.fromisoformat(self[name]).isoformat()
        except ValueError as error:
            raise self.error("this is no date like 2024-05-31", name) from error


def _near_drug(name: str) -> str | None:
    return next(iter(nearest(name, drugs.canonical_names())), None)
