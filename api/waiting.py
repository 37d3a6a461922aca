"""What the options of a patient wait for, and what each of those facts could turn out to be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import msgspec

from api.recommend import Engine, Judged
from graph.answer import Recommendation, Status
from graph.claims import Any, Condition, Criterion, Expression, Is, Not, Statement, criteria
from graph.patient import Biomarker, Disease, Finding, Profile
from ingest.patients.findings import read as read_finding
from rules import facts as patient_facts
from rules.decide import OPEN, Seen
from rules.judge import Verdict
from rules.match import Reading
from rules.settings import Setting, ask, holds
from rules.suppose import Apply, Supposed, denied, fact_of, is_measured, of_criteria
from rules.suppose_settings import facts_of, of_settings
from rules.weigh import STRENGTHS, Ruled, Weighed

ANSWERS = 4
"""Findings of one gene or marker that are tried."""
FEW = 2
"""Of these, those of a gene that is known to have none."""
SUBTYPES = 4
"""Subtypes of a broad diagnosis that are tried."""
DIAGNOSIS = "diagnosis"
_ABSENT = ("wild type", "not altered")
_TOGETHER = {
    "stage": "extent", "disease state (extent)": "extent",
    "line": "course", "prior therapy": "course", "disease state (course)": "course",
}  # fmt: skip
"""Facts of which one may settle the other: stage IV is metastatic, who was treated is beyond the first line."""


def positive(verdict: Verdict) -> list[Weighed]:
    """The rows that state an option and may hold."""
    return [
        w for w in verdict.rows
        if w.statement.direction == "sensitive" and w.statement.supports and w.outcome != "failed"
    ]  # fmt: skip


def open_facts(row: Weighed | Ruled, judged: Judged) -> tuple[str, ...]:
    """The facts that a row waits for."""
    settings = settings_of(row)
    found = [*_asked_of_findings(row.reading)]
    if ask(settings, judged.patient.setting).missing:
        found += [fact for c in settings if holds(c, judged.patient.setting) is None for fact in facts_of(c)]
    if _is_broad(row, judged):
        found.append(DIAGNOSIS)
    return tuple(dict.fromkeys(found))


def settings_of(row: Weighed | Ruled) -> tuple[Condition, ...]:
    return row.statement.settings if isinstance(row, Weighed) else row.row.settings


def seen(verdict: Verdict | None, judged: Judged) -> Seen:
    """How an option stands, and what lies between it and being recommended, or being one at all."""
    if verdict is None:
        return Seen(None, {}, frozenset())
    limits = [r for r in verdict.limits if r.outcome == "undecided"]
    waits = {fact for r in limits for fact in open_facts(r, judged)}
    needs: dict[Status, int] = {}
    for w in positive(verdict):
        facts = open_facts(w, judged)
        findings = set(_asked_of_findings(w.reading)) | (
            {DIAGNOSIS} & set(facts) if w.outcome == "undecided" else set()
        )
        alternatives = w.reading.truth is None and _has_alternatives(w.statement.profile)
        found = min(1, len(findings)) if alternatives else len(findings)
        at_least = max(found, 1 if limits else 0)
        needs["option"] = min(at_least, needs.get("option", at_least))
        waits |= findings
        if w.tier in ("label", "guideline") and w.statement.settings_stated and _is_told(w):
            beside = {_TOGETHER.get(fact, fact) for fact in facts} - findings
            at_least = max(found + len(beside), 1 if limits else 0)
            needs["recommended"] = min(at_least, needs.get("recommended", at_least))
            waits |= set(facts)
    return Seen(verdict.status, needs, frozenset(waits))


def _is_told(w: Weighed) -> bool:
    """Whether the row can come to hold with nothing missing: it is not capped for good."""
    return not w.foreign and (not w.capped or w.fit.on == "unknown") and "approval date" not in w.missing


def _asked_of_findings(reading: Reading | None) -> Iterator[str]:
    if reading is None or reading.truth is not None:
        return
    for use in reading.uses:
        if use.held.truth is None and (fact := fact_of(use.criterion)):
            yield fact


def _has_alternatives(e: Expression) -> bool:
    """Whether one part of an expression may settle it where others are not known."""
    if isinstance(e, Is):
        return False
    if isinstance(e, Not):
        return not isinstance(e.arg, Is) and not isinstance(e.arg, Any)
    return isinstance(e, Any) or any(map(_has_alternatives, e.args))


def _is_broad(row: Weighed | Ruled, judged: Judged) -> bool:
    where = row.fit
    return bool(where and where.on == "unknown" and where.missing and judged.patient.diagnosis.ids)


class Waiting:
    """The facts of one patient that rows wait for or rest on, those that most options wait for first."""

    def __init__(self, engine: Engine, profile: Profile, base: Judged, answer: Recommendation) -> None:
        self._engine = engine
        self._profile = profile
        self._base = base
        self._answer = answer
        self._verdicts = [v for v in base.verdicts if v.direction == "sensitive"]
        self._criteria = self._criteria_by_fact()
        self._settings: dict[str, list[Supposed]] | None = None
        self.more: dict[str, int] = {}
        """By fact, how many answers that rows name are not tried."""

    def unknown(self) -> list[str]:
        """Facts that are not known: first those that options wait for, then the tests of the answer, then what would
        limit an option."""
        order: Counter[str] = Counter()
        for verdict in self._verdicts:
            waits = {fact for w in positive(verdict) for fact in open_facts(w, self._base)}
            waits |= {fact for r in verdict.limits for fact in open_facts(r, self._base)}
            order.update(dict.fromkeys(waits, _weight(verdict)))
        waiting = sorted(order, key=lambda fact: (-order[fact], fact))
        tests = [t.fact for t in self._answer.would_decide if t.fact not in self._base.facts.by_gene]
        limiting = [
            fact for v in self._verdicts if v.status in OPEN for r in v.cautions for fact in open_facts(r, self._base)
        ]  # fmt: skip
        return list(dict.fromkeys((*waiting, *tests, *limiting)))

    def answers(self, fact: str) -> list[Supposed]:
        """What a fact that is not known could turn out to be; nothing where no stated value tells rows apart."""
        if self._settings is None:
            self._settings = self._told_apart()
        return self._settings.get(fact) or (self._subtypes() if fact == DIAGNOSIS else self._findings(fact))

    def known(self) -> dict[str, list[Supposed]]:
        """Facts that are known with what else they could be: stated findings that are not there, other values of
        settings, findings in genes that are tested and absent."""
        found: defaultdict[str, list[Supposed]] = defaultdict(list)
        touched = {name for v in self._base.verdicts for row in _rows(v) for name in _bearing(row.reading)}
        for biomarker, finding in zip(self._profile.biomarkers, self._base.stated, strict=True):
            if finding is not None and finding.kind != "wildtype" and finding.read_as in touched:
                for supposed in self._otherwise(biomarker, finding):
                    found[supposed.fact].append(supposed)
        rows = [settings_of(row) for v in self._verdicts for row in _rows(v)]
        for s in of_settings(rows, self._profile, self._setting, known=True):
            found[s.fact].append(s)
        for fact in self._known_absent():
            found[fact] += [s for s in self._findings(fact, FEW) if s.answer not in _ABSENT]
        return dict(found)

    # -- findings ----------------------------------------------------------------------------------------------------

    def _criteria_by_fact(self) -> Mapping[str, list[Criterion]]:
        """The criteria that rows state, by fact: those of labels first, then the ones that most rows state."""
        best: dict[str, dict[Criterion, list[int]]] = {}
        for criterion, strength in self._stated():
            if (fact := fact_of(criterion)) is not None:
                told = best.setdefault(fact, {}).setdefault(criterion, [len(STRENGTHS), 0])
                told[0] = min(told[0], STRENGTHS.index(strength))
                told[1] += 1
        return {
            fact: sorted(told, key=lambda c: (told[c][0], -told[c][1], c.name)) for fact, told in best.items()
        }  # fmt: skip

    def _stated(self) -> Iterator[tuple[Criterion, str]]:
        for s in self._statements():
            for criterion, _ in criteria(s.profile):
                yield criterion, s.strength
        for ruled in self._base.ruled:
            for criterion, _ in criteria(ruled.row.profile) if ruled.row.profile else ():
                yield criterion, ruled.row.strength

    def _statements(self) -> Iterable[Statement]:
        found = {s.id: s for s in self._engine.positive(self._base.patient.diagnosis) if not s.quarantined}
        found |= {w.statement.id: w.statement for v in self._verdicts for w in v.rows}
        return found.values()

    def _findings(self, fact: str, most: int = ANSWERS) -> list[Supposed]:
        """Its absence and the first findings, and as many results where it is measured."""
        stated = {f.read_as for f in self._base.facts.by_gene.get(fact, ())}
        asked = self._criteria.get(fact, ())
        measured = of_criteria(fact, filter(is_measured, asked), read_finding)
        changes = of_criteria(fact, (c for c in asked if not is_measured(c)), read_finding)
        if measured and changes:
            # A gene and its expression go by one name.
            measured = [replace(s, answer=f"expression {s.answer}") for s in measured]
        # Of a gene in which something was found it is the rest that is asked.
        rest = [s for s in changes if f"{fact} p.{s.answer}" not in stated and f"{fact} {s.answer}" not in stated]
        if stated:
            rest = [replace(s, answer="nothing else") if s.answer in _ABSENT else s for s in rest]
        return self._counted(fact, [*rest[: most + 1], *measured[:most]], len(rest) + len(measured))

    def _counted(self, fact: str, tried: list[Supposed], named: int) -> list[Supposed]:
        self.more[fact] = named - len(tried)
        return tried

    def _otherwise(self, biomarker: Biomarker, finding: Finding) -> list[Supposed]:
        """What else than a stated finding there could be: nothing in its gene, or another value of its marker."""
        gone = denied(biomarker, finding)
        if patient_facts.genes_of(finding) or not (names := patient_facts.markers_of(finding)):
            return [gone]
        others = [s for s in self._findings(names[0]) if f"{names[0]} {s.answer}" != finding.read_as]
        return [replace(s, apply=_then(gone.apply, s.apply)) for s in others if s.answer != finding.read_as]

    def _known_absent(self) -> list[str]:
        """Genes that open options ask to be absent, and that are."""
        found = [
            fact
            for v in self._verdicts
            if v.status in OPEN
            for w in positive(v)
            for use in w.reading.uses
            if use.negated != (use.criterion.type == "wildtype")
            and use.held.truth is (use.criterion.type == "wildtype")
            and (use.held.finding is None or use.held.finding.kind == "wildtype")
            and (fact := fact_of(use.criterion)) and fact in self._criteria and fact not in self._base.facts.by_gene
        ]  # fmt: skip
        return list(dict.fromkeys(found))

    # -- settings and the diagnosis ----------------------------------------------------------------------------------

    def _setting(self, profile: Profile) -> Setting:
        return self._engine.setting(profile, self._base.patient.diagnosis)

    def _told_apart(self) -> dict[str, list[Supposed]]:
        rows: list[tuple[Condition, ...]] = [w.statement.settings for v in self._verdicts for w in positive(v)]
        rows += [r.row.settings for v in self._verdicts for r in (*v.limits, *v.cautions)]
        # Others tell where the numbers lie that make no difference to any row.
        rows += [w.statement.settings for w in self._base.weighed if w.outcome != "failed"]
        found: defaultdict[str, list[Supposed]] = defaultdict(list)
        for s in of_settings(rows, self._profile, self._setting):
            found[s.fact].append(s)
        return found

    def _subtypes(self) -> list[Supposed]:
        """The diagnoses that rows for a part of the stated one name."""
        found: dict[str, Supposed] = {}
        for v in self._verdicts:
            for w in positive(v):
                scope = w.statement.disease
                if _is_broad(w, self._base) and scope.ids and scope.name not in found:
                    found[scope.name] = Supposed(DIAGNOSIS, scope.name, _diagnosed(scope.name, scope.ids[0]))
        return self._counted(DIAGNOSIS, list(found.values())[:SUBTYPES], len(found))


def _weight(verdict: Verdict) -> int:
    """How much it matters what an option waits for: labels of this tumour before anything else."""
    if verdict.deciding[0].fit.on == "off":
        return 1
    return {"label": 1000, "guideline": 1000, "clinical": 30}.get(verdict.tier, 1)


def _rows(verdict: Verdict) -> Iterator[Weighed | Ruled]:
    """Every row that bears on an option, for it or against it."""
    yield from verdict.rows
    yield from (*verdict.limits, *verdict.cautions)


def _bearing(reading: Reading | None) -> Iterator[str]:
    """The findings that bear on a reading, whichever way."""
    return (use.held.finding.read_as for use in (reading.uses if reading else ()) if use.held.finding is not None)


def _then(first: Apply, second: Apply) -> Apply:
    return lambda profile: second(first(profile))


def _diagnosed(name: str, id: str) -> Apply:
    code = {"oncotree": id} if id.startswith("ONCOTREE:") else {"doid": id}

    def apply(profile: Profile) -> Profile:
        disease = Disease(name=name, stage=profile.disease.stage, state=profile.disease.state, **code)
        return msgspec.structs.replace(profile, disease=disease)

    return apply
