"""The patient's diagnosis in the disease hierarchy of a release."""

from __future__ import annotations

import re
from collections.abc import Mapping

from graph.errors import nearest
from graph.patient import Disease
from graph.serve import Serve
from ontologies.fold import fold

_CURIE = re.compile(r"(DOID|ONCOTREE):?\s*(\w+)", re.IGNORECASE)


class ReleaseTaxonomy:
    """The hierarchy as ``rules.diseases`` asks for it."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._compartments: dict[str, frozenset[str]] = {}

    def ancestors(self, disease: str) -> Mapping[str, bool]:
        entry = self._serve.disease(disease)
        return entry.ancestors if entry else {disease: False}

    def compartments(self, disease: str) -> frozenset[str]:
        known = self._compartments.get(disease)
        if known is None:
            entry = self._serve.disease(disease)
            known = frozenset({entry.compartment} if entry and entry.compartment else ())
            self._compartments[disease] = known
        return known

    def disease_name(self, disease: str) -> str | None:
        entry = self._serve.disease(disease)
        return entry.name if entry else None


def place(disease: Disease, serve: Serve, taxonomy: ReleaseTaxonomy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the diagnosis and what to warn of.

    Every id that was supplied counts. A name is looked up too: it finds the ids when none was given, and warns when it
    is another disease than the given ids.
    """
    found: list[str] = []
    warnings: list[str] = []
    for field, prefix, value in (("doid", "DOID", disease.doid), ("oncotree", "ONCOTREE", disease.oncotree)):
        if not value:
            continue
        match = _CURIE.fullmatch(value.strip())
        code = match[2] if match else value.strip()
        curie = f"{match[1].upper() if match else prefix}:{code}"
        if serve.disease(curie) is not None:
            found.append(curie)
        elif ids := serve.disease_ids(fold(code)):
            found += ids
            warnings.append(f"{field} {value!r} is an earlier code: read as {', '.join(ids)}")
        else:
            warnings.append(f"{field} {value!r} is not in the release's ontology")
    if disease.name:
        by_name = _named(disease.name, serve)
        if not found:
            found += by_name
            if not by_name:
                close = nearest(disease.name, serve.disease_names(), 3)
                hint = f" (did you mean {', '.join(close)}?)" if close else ""
                warnings.append(f"the diagnosis {disease.name!r} is not in the release's ontology{hint}")
        elif by_name and not any(_related(a, b, taxonomy) for a in by_name for b in found):
            warnings.append(f"the diagnosis is named {disease.name!r}, but its codes are {', '.join(found)}")
    if len(found) > 1 and not all(_related(a, b, taxonomy) for a in found for b in found):
        names = ", ".join(f"{i} ({taxonomy.disease_name(i)})" for i in dict.fromkeys(found))
        warnings.append(f"the codes of the diagnosis disagree: {names}; rows for any of them count")
    return tuple(dict.fromkeys(found)), tuple(warnings)


def _named(name: str, serve: Serve) -> tuple[str, ...]:
    match = _CURIE.fullmatch(name.strip())
    if match and serve.disease(curie := f"{match[1].upper()}:{match[2]}"):
        return (curie,)
    return serve.disease_ids(fold(name))


def _related(a: str, b: str, taxonomy: ReleaseTaxonomy) -> bool:
    return a in taxonomy.ancestors(b) or b in taxonomy.ancestors(a)
