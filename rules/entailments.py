"""Facts that follow from other facts, each with the source that says so (``rules/tables/entailments.csv``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from graph.claims import All, Criterion, Is, criteria
from graph.errors import DataError
from graph.packaged import rows
from rules.biomarkers import expression


@dataclass(frozen=True, slots=True)
class Entailment:
    """A finding that satisfies ``given`` satisfies each of ``then`` too, where ``beside`` are satisfied by others."""

    given: Criterion
    beside: tuple[Criterion, ...]
    then: tuple[Criterion, ...]
    source: str


@cache
def entailments() -> Mapping[str, tuple[Entailment, ...]]:
    """Kind of the finding that a row starts from -> the rows, in file order.

    Raises:
        DataError: when a condition is not criteria joined by AND.
    """
    found: defaultdict[str, list[Entailment]] = defaultdict(list)
    for row in rows("rules", "tables/entailments.csv", ("if", "then", "source")):
        stated = expression(row["if"])
        parts = stated.args if isinstance(stated, All) else (stated,)
        given = [part.criterion for part in parts if isinstance(part, Is)]
        if len(given) != len(parts):
            raise DataError("an entailment starts from criteria joined by AND", value=row["if"], column="if")
        then = tuple(c for c, negated in criteria(expression(row["then"])) if not negated)
        found[given[0].type].append(Entailment(given[0], tuple(given[1:]), then, row["source"]))
    return {kind: tuple(rows_) for kind, rows_ in found.items()}
