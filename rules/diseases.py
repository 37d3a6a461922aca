"""Whether a row's disease is the patient's: exactly, through an ancestor, in another tumour, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from graph.answer import OnTumourType
from graph.claims import DiseaseScope
from rules.kleene import Truth

BLOOD = frozenset({"myeloid", "lymphoid"})


class Taxonomy(Protocol):
    """What matching asks of the disease hierarchy of a release."""

    def ancestors(self, disease: str) -> Mapping[str, bool]:
        """Every disease that ``disease`` is one of, itself included; ``True``: only by a mapping that widens."""

    def compartments(self, disease: str) -> frozenset[str]:
        """``solid``, ``myeloid``, ``lymphoid``; several for a broad disease, none when not known."""

    def disease_name(self, disease: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The patient's disease in the hierarchy. No ``ids``: no route leads there."""

    input: str
    ids: tuple[str, ...]
    name: str | None
    ancestors: Mapping[str, bool]
    compartments: frozenset[str]
    implied: Mapping[str, str] = field(default_factory=dict)
    """Disease implied by disease plus biomarker -> why."""
    fits: dict[int, tuple[DiseaseScope, Fit]] = field(default_factory=dict, repr=False)
    """What ``fit`` has found, by identity of the scope."""

    @property
    def compartment(self) -> str | None:
        return next(iter(self.compartments)) if len(self.compartments) == 1 else None


class Fit(msgspec.Struct, frozen=True, gc=False):
    """How a row's disease scope stands. ``capped``: the row gives at most an option of tier ``clinical``."""

    truth: Truth
    on: OnTumourType
    capped: bool = False
    note: str | None = None
    missing: str | None = None
    excluded: bool = False
    """The scope names the patient's disease as one that it does not cover."""

    @property
    def inside(self) -> bool:
        """Whether the row is about the patient's disease."""
        return self.truth is True and not self.capped


def diagnose(name: str, ids: tuple[str, ...], taxonomy: Taxonomy, implied: Mapping[str, str]) -> Diagnosis:
    """Place a patient's disease; ``implied`` are diseases that follow from its biomarkers."""
    ancestors: dict[str, bool] = {}
    compartments: set[str] = set()
    for one in (*ids, *implied):
        for ancestor, widened in taxonomy.ancestors(one).items():
            ancestors[ancestor] = widened and ancestors.get(ancestor, True)
        compartments |= taxonomy.compartments(one)
    label = next((n for i in ids if (n := taxonomy.disease_name(i))), None)
    return Diagnosis(name, ids, label, ancestors, frozenset(compartments), implied)


def fit(scope: DiseaseScope, diagnosis: Diagnosis, taxonomy: Taxonomy) -> Fit:
    """Compare a row's disease with the patient's (DESIGN section 3, "Diseases")."""
    known = diagnosis.fits.get(id(scope))
    if known is None:
        known = diagnosis.fits[id(scope)] = scope, _fit(scope, diagnosis, taxonomy)
    return known[1]


def _fit(scope: DiseaseScope, diagnosis: Diagnosis, taxonomy: Taxonomy) -> Fit:
    if any(d in diagnosis.ancestors for d in scope.excluded):
        name = diagnosis.name or diagnosis.input
        return Fit(False, "exact", note=f"{scope.name} without {name}, which the row excepts", excluded=True)
    if not diagnosis.ids:
        return Fit(True, "unknown", True, "the diagnosis is not in the ontology", "diagnosis")
    if scope.agnostic:
        return _agnostic(scope, diagnosis, taxonomy)
    if not scope.ids:
        return Fit(None, "unknown", note=f"the row's disease {scope.name!r} is not in the ontology", missing="disease")
    best: Fit | None = None
    for one in scope.ids:
        if one in diagnosis.ancestors:
            found = _within(one, scope, diagnosis, taxonomy)
            best = found
            if found.on == "exact":
                break
    if best is not None:
        return _but_for_subtypes(scope, diagnosis, taxonomy) or best
    own = (*diagnosis.ids, *diagnosis.implied)
    if any(mine in taxonomy.ancestors(one) for one in scope.ids for mine in own):
        return Fit(True, "unknown", True, f"the row is for {scope.name}, a subtype of the stated diagnosis", scope.name)
    theirs = frozenset(c for one in scope.ids for c in taxonomy.compartments(one))
    if theirs & diagnosis.compartments:
        return Fit(True, "off", True, f"the row is for {scope.name}, another tumour")
    return Fit(False, "off", note=f"the row is for {scope.name}")


def _within(one: str, scope: DiseaseScope, diagnosis: Diagnosis, taxonomy: Taxonomy) -> Fit:
    why = next((reason for d, reason in diagnosis.implied.items() if one in taxonomy.ancestors(d)), None)
    stated = any(one in taxonomy.ancestors(mine) for mine in diagnosis.ids)
    if why and not stated:
        return Fit(True, "exact" if one in diagnosis.implied else "ancestor", note=why)
    if diagnosis.ancestors[one]:
        return Fit(True, "ancestor", note=f"{scope.name} is reached by a mapping that widens the diagnosis")
    same = any(mine in taxonomy.ancestors(one) for mine in diagnosis.ids)
    return Fit(True, "exact" if same else "ancestor")


def _agnostic(scope: DiseaseScope, diagnosis: Diagnosis, taxonomy: Taxonomy) -> Fit:
    if scope.agnostic == "solid":
        if not diagnosis.compartments:
            return Fit(True, "unknown", True, "whether the tumour is a solid one is not known", "diagnosis")
        if "solid" not in diagnosis.compartments:
            return Fit(False, "agnostic", note="the row is for solid tumours")
        if diagnosis.compartments & BLOOD:
            return Fit(True, "unknown", True, "the diagnosis may be a solid tumour or not", "diagnosis")
    return _but_for_subtypes(scope, diagnosis, taxonomy) or Fit(True, "agnostic")


def _but_for_subtypes(scope: DiseaseScope, diagnosis: Diagnosis, taxonomy: Taxonomy) -> Fit | None:
    """Whether the row excepts some kind of what was stated, so that it is not known to hold."""
    if any(mine in taxonomy.ancestors(d) for d in scope.excluded for mine in diagnosis.ids):
        on: OnTumourType = "agnostic" if scope.agnostic else "unknown"
        return Fit(True, on, True, "the row excepts subtypes of the stated diagnosis", "subtype")
    return None
