"""The patient's diagnosis in the disease hierarchy of a release."""

from __future__ import annotations

from collections.abc import Mapping

from graph.patient import Disease
from graph.serve import Serve
from ontologies.names import Names


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
            known = entry.compartments if entry else frozenset()
            self._compartments[disease] = known
        return known

    def disease_name(self, disease: str) -> str | None:
        entry = self._serve.disease(disease)
        return entry.name if entry else None


def place(disease: Disease, serve: Serve, taxonomy: ReleaseTaxonomy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the diagnosis and what to warn of.

    Every code that was supplied counts. A name is looked up too: it finds the ids when no code does, and warns when it
    is another disease than the codes.
    """
    names = Names(serve)
    found: list[str] = []
    warnings: list[str] = []
    for field, prefix, value in (("doid", "DOID", disease.doid), ("oncotree", "ONCOTREE", disease.oncotree)):
        if not value:
            continue
        curie = value if ":" in value else f"{prefix}:{value.strip()}"
        match = names.resolve(curie) or names.resolve(value)
        if match is None or not match.ids:
            warnings.append(f"{field} {value!r} is not in the release's ontology")
            continue
        found += match.ids
        warnings += [match.note] if match.note else []
    if disease.name:
        match = names.resolve(disease.name)
        by_name = match.ids if match else ()
        if found:
            if by_name and not any(_related(a, b, taxonomy) for a in by_name for b in found):
                warnings.append(f"the diagnosis is named {disease.name!r}, but its codes are {', '.join(found)}")
        elif match is None:
            close = names.suggest(disease.name)
            hint = f" (did you mean {', '.join(close)}?)" if close else ""
            warnings.append(f"the diagnosis {disease.name!r} is not in the release's ontology{hint}")
        else:
            found += by_name
            meant = ", ".join(f"{name} ({id})" for id, name in match.candidates)
            warnings += [f"{match.note}: {meant}" if meant else match.note] if match.note else []
    elif not found and not warnings:
        warnings.append("no diagnosis was given: no label can hold")
    distinct = tuple(dict.fromkeys(found))
    if not all(_related(a, b, taxonomy) for a in distinct for b in distinct):
        listed = ", ".join(f"{i} ({taxonomy.disease_name(i)})" for i in distinct)
        warnings.append(f"the codes of the diagnosis disagree: {listed}; rows for any of them count")
    return distinct, tuple(warnings)


def _related(a: str, b: str, taxonomy: ReleaseTaxonomy) -> bool:
    return a in taxonomy.ancestors(b) or b in taxonomy.ancestors(a)
