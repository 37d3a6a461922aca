"""The scope of a MOAlmanac disease: codes of ontologies that releases know, tumour-agnostic names, exclusions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from graph.claims import Condition, DiseaseScope
from graph.packaged import rows

_PREFIXES = {"oncotree": "ONCOTREE", "doid": "DOID"}
_SOLID = re.compile(r"\b(?:any|all|advanced)? ?solid tumou?rs?\b|\bany solid\b", re.I)
_ANY = re.compile(r"\bany (?:cancer|tumou?r|neoplasm)s?\b", re.I)


def scope(name: str, codes: Sequence[str], excluded: Sequence[str] = ()) -> tuple[DiseaseScope, tuple[Condition, ...]]:
    """The disease by its codes (``oncotree:MEL``, ``ncit:C3163``), and conditions that its name implies.

    A code of an ontology that releases do not hold is left out: the name is then resolved by ``ingest.build``. A name
    that no ontology has is in ``tables/disease_scopes.csv``, as the broader disease with what the name adds.
    """
    agnostic: Literal["solid", "any"] | None = "solid" if _SOLID.search(name) else "any" if _ANY.search(name) else None
    if agnostic:
        return DiseaseScope(name=name, agnostic=agnostic, excluded=tuple(excluded)), ()
    if (known := _scopes().get(name.casefold())) is not None:
        ids, histology = known
        condition = Condition(fact="histology", cell=histology) if histology else None
        return DiseaseScope(name=name, ids=ids, excluded=tuple(excluded)), (condition,) if condition else ()
    ids = tuple(
        dict.fromkeys(
            f"{_PREFIXES[prefix.casefold()]}:{code}"
            for prefix, _, code in (c.partition(":") for c in codes)
            if prefix.casefold() in _PREFIXES and code
        )
    )
    return DiseaseScope(name=name, ids=ids, excluded=tuple(excluded)), ()


@cache
def _scopes() -> Mapping[str, tuple[tuple[str, ...], str]]:
    return {
        row["name"].casefold(): (tuple(row["ids"].split("|")), row["histology"])
        for row in rows("ingest", "tables/disease_scopes.csv", ("name", "ids", "histology", "source"))
    }
