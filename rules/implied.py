"""Diseases that are defined by a biomarker: a broader disease plus the biomarker is one (``implied_diseases.csv``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from graph.claims import Expression
from graph.packaged import rows
from rules.biomarkers import expression
from rules.diseases import Diagnosis
from rules.match import Matcher


@dataclass(frozen=True, slots=True)
class Implied:
    """``disease`` (CURIE) with ``profile`` is ``implied`` (CURIE)."""

    disease: str
    biomarker: str
    profile: Expression
    implied: str


@cache
def _table() -> tuple[Implied, ...]:
    table = rows("rules", "tables/implied_diseases.csv", ("disease", "biomarker", "implied", "source"))
    return tuple(Implied(r["disease"], r["biomarker"], expression(r["biomarker"]), r["implied"]) for r in table)


def implied_diseases(diagnosis: Diagnosis, matcher: Matcher) -> Mapping[str, str]:
    """Implied disease -> why, for one that the diagnosis does not name already."""
    return {
        row.implied: f"{diagnosis.name or diagnosis.input} with {row.biomarker}"
        for row in _table()
        if row.disease in diagnosis.ancestors
        and row.implied not in diagnosis.ancestors
        and matcher.read(row.profile).truth is True
    }
