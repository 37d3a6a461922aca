"""Facts that follow from other facts, each with the source that says so (``rules/tables/entailments.csv``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from graph.claims import Criterion, Is, criteria
from graph.errors import DataError
from graph.packaged import rows
from rules.biomarkers import expression


@dataclass(frozen=True, slots=True)
class Entailment:
    """A finding that satisfies ``given`` satisfies each of ``then`` too."""

    given: Criterion
    then: tuple[Criterion, ...]
    source: str


@cache
def entailments() -> tuple[Entailment, ...]:
    """Every row of the table, in file order.

    Raises:
        DataError: when a condition is not one single criterion.
    """
    found = []
    for row in rows("rules", "tables/entailments.csv", ("if", "then", "source")):
        given = expression(row["if"])
        if not isinstance(given, Is):
            raise DataError("an entailment starts from one criterion", value=row["if"], column="if")
        then = tuple(c for c, negated in criteria(expression(row["then"])) if not negated)
        found.append(Entailment(given.criterion, then, row["source"]))
    return tuple(found)
