"""What lint looks things up in, and how it asks the real rules about a patient that it made up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import msgspec

from graph.claims import DiseaseScope, GuidelineRow, VariantClass, criteria
from graph.patient import Biomarker, Context, Finding, Profile, Unread
from graph.serve import DiseaseEntry
from ontologies import drugs
from ontologies.names import Names
from rules import facts as patient_facts
from rules import settings as patient_settings
from rules.diseases import Diagnosis, Taxonomy, diagnose
from rules.implied import implied_diseases
from rules.match import Matcher
from rules.settings import Setting, name_of
from rules.weigh import Ruled, rule

Reader = Callable[[Biomarker], Finding | Unread]
"""Reads a stated biomarker, as ``ingest.patients.findings.read`` does."""


class Lookups(Protocol):
    """What is asked of a release (``graph.serve.Serve``)."""

    def disease(self, id: str) -> DiseaseEntry | None: ...
    def disease_ids(self, folded: str) -> tuple[str, ...]: ...
    def disease_names(self) -> tuple[str, ...]: ...
    def gene_symbol(self, symbol: str) -> str | None: ...
    def gene_symbols(self) -> tuple[str, ...]: ...
    def variant_classes(self, gene: str) -> tuple[VariantClass, ...]: ...


@dataclass(frozen=True, slots=True)
class Patient:
    """A made-up patient, ready to be asked about."""

    profile: Profile
    matcher: Matcher
    diagnosis: Diagnosis
    setting: Setting


@dataclass(frozen=True)
class World:
    """A release to look things up in, the reader of biomarkers, and today's date."""

    lookups: Lookups
    taxonomy: Taxonomy
    read: Reader
    today: date
    rows: frozenset[str] = frozenset()
    """Ids of the guideline rows that the release holds."""
    _diagnoses: dict[tuple[str, ...], Diagnosis] = field(default_factory=dict, repr=False)
    _classes: dict[str, tuple[VariantClass, ...]] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> Names:
        return Names(self.lookups)

    def scope(self, scope: DiseaseScope) -> DiseaseScope:
        """The scope with ids, where it has names that one disease goes by."""
        excluded = tuple(id for one in scope.excluded for id in (self._ids(one) or (one,)))
        ids = scope.ids or (() if scope.agnostic else self._ids(scope.name))
        return msgspec.structs.replace(scope, ids=ids, excluded=excluded)

    def _ids(self, name: str) -> tuple[str, ...]:
        if self.lookups.disease(name) is not None:
            return (name,)
        match = self.names.resolve(name) if " " in name or ":" not in name else None
        return match.ids if match else ()

    def patient(self, profile: Profile, ids: tuple[str, ...]) -> Patient:
        """Everything that the rules need to know of a profile whose diagnosis has these ids."""
        read = [self.read(b) for b in profile.biomarkers]
        findings = tuple(f for f in read if isinstance(f, Finding))
        unread = tuple(u for u in read if isinstance(u, Unread))
        if unread:
            profile = msgspec.structs.replace(profile, unread=unread)
        genes = dict.fromkeys(g for f in findings for g in patient_facts.genes_of(f))
        facts = patient_facts.gather(profile, findings, {g: self._class(g) for g in genes})
        matcher = Matcher(facts)
        diagnosis = self.diagnosis(ids)
        if ids and findings and (implied := implied_diseases(diagnosis, matcher)):
            diagnosis = diagnose(profile.disease.name or "", ids, self.taxonomy, implied)
        named = (self.taxonomy.disease_name(d) for d, widened in diagnosis.ancestors.items() if not widened)
        setting = setting_of(profile, [n for n in named if n])
        return Patient(profile, matcher, diagnosis, setting)

    def ask(self, row: GuidelineRow, patient: Patient) -> Ruled:
        """How the rules judge a row for a patient."""
        p = patient
        return rule(row, p.matcher, p.diagnosis, self.taxonomy, p.setting, Context())

    def fires(self, row: GuidelineRow, patient: Patient) -> bool:
        """Whether a row fires with nothing left unknown, in the patient's own disease."""
        ruled = self.ask(row, patient)
        if ruled.outcome != "fired" or (ruled.fit is not None and not ruled.fit.inside):
            return False
        return not ruled.missing or set(ruled.missing) <= _unknown(row)

    def diagnosis(self, ids: tuple[str, ...]) -> Diagnosis:
        known = self._diagnoses.get(ids)
        if known is None:
            name = next((n for i in ids if (n := self.taxonomy.disease_name(i))), "")
            known = self._diagnoses[ids] = diagnose(name, ids, self.taxonomy, {})
        return known

    def _class(self, gene: str) -> tuple[VariantClass, ...]:
        known = self._classes.get(gene)
        if known is None:
            known = self._classes[gene] = self.lookups.variant_classes(gene)
        return known


def _unknown(row: GuidelineRow) -> frozenset[str]:
    """What a row itself asks to be unknown, as ``missing`` names it."""
    asked = (c for c, _ in criteria(row.profile)) if row.profile is not None else ()
    facts = {f"{c.gene} genotype" for c in asked if "unknown" in c.genotypes}
    return frozenset(facts | {name_of(c.fact) for c in row.settings if c.cell.strip() == "unknown"})


def setting_of(profile: Profile, diseases: Iterable[str] = ()) -> Setting:
    """A profile's context, ready to be asked."""
    return patient_settings.gather(
        profile, lambda drug: (drugs.ingredient(drug), *drugs.classes(drug)), diseases, drugs.known
    )
