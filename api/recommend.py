"""The one place where the stages of a recommendation are joined.

Findings are read, candidates asked of a store, rows weighed, options judged, scored and explained. Nothing here decides
anything: verdicts come from ``rules``, scores from ``embeddings``, and neither sees the other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import msgspec

from api.agencies import Agencies
from api.diagnosis import ReleaseTaxonomy, place
from api.guidance import germline, guidance
from api.options import Presenter
from graph.answer import DiagnosisRead, FindingRead, Guidance, Option, Recommendation, ReleaseRef, ReleaseSource
from graph.claims import Statement
from graph.errors import StoreError, nearest
from graph.hgvs import protein_change
from graph.paths import gene_id, marker_node, therapy_node
from graph.patient import Context, Finding, Profile, Unread
from graph.release import Release
from graph.serve import AlleleEntry
from graph.stores.local import LocalStore
from graph.stores.protocol import Store
from ingest.patients.findings import read as read_finding
from ontologies.drugs import classes as drug_classes
from ontologies.drugs import ingredient
from ontologies.drugs import known as known_drug
from rules import facts as patient_facts
from rules import settings as patient_settings
from rules import viruses
from rules.decide import foreign, would_decide
from rules.diseases import Diagnosis, diagnose
from rules.doubts import doubts, unread_genotypes
from rules.implied import implied_diseases
from rules.judge import Verdict, judge
from rules.match import Matcher, class_of
from rules.reference import Residues
from rules.rulebook import Patient, Rulebook, Stands, in_force_by_row
from rules.stated import says_unknown
from rules.weigh import LIMITS, TIER_RANK, Ruled, Weighed, in_force, weigh

_STATUS = {s: i for i, s in enumerate(("recommended", "option", "needs_check", "conflict", "excluded"))}
_DIRECTION = {d: i for i, d in enumerate(("sensitive", "resistant", "no_benefit", "adverse"))}


Asked = tuple[tuple[frozenset[str], frozenset[tuple[str, ...]]], ...]
"""Sets of facts with the therapies that all of a set decide."""


class Judged(NamedTuple):
    """What the rules say of one patient: every row weighed, and the verdicts."""

    stated: Sequence[Finding | None]
    """Each biomarker as a finding, in order; ``None`` where it was not understood."""
    unread: Sequence[Unread]
    patient: Patient
    weighed: Sequence[Weighed]
    stands: Stands
    ruled: Sequence[Ruled]
    """Guideline rows, of every kind."""
    verdicts: Sequence[Verdict]
    guidance: tuple[Guidance, ...]
    warnings: Sequence[str]

    @property
    def facts(self) -> patient_facts.Facts:
        return self.patient.matcher.facts


class Engine:
    """Answers questions from one release, through one store that projects it."""

    def __init__(self, release: Release, store: Store | None = None, today: Callable[[], date] = date.today) -> None:
        """``today``: the day on which guideline rows must be in force where a question names no other.

        Raises:
            StoreError: when the store projects another release.
        """
        self._today = today
        self._serve = release.serve()
        self._store: Store = store or LocalStore(release)
        if (digest := self._store.release()) != release.digest:
            raise StoreError(f"the graph holds release {digest[:12]}, not {release.digest[:12]}: push it again")
        self._taxonomy = ReleaseTaxonomy(self._serve)
        self._agencies = Agencies(self._serve)
        self._residues = Residues()
        self._editions = self._serve.editions()
        self._book = Rulebook((), self._taxonomy)
        """The rows that questions have met so far: compiling all of a large release would make the first one wait."""
        self._presenter = Presenter(self._taxonomy.disease_name, lambda id: self._serve.rows((id,))[0])
        self._diagnose = lru_cache(maxsize=1024)(self._diagnosed)
        self._asked: dict[Hashable, Asked] = {}
        self._release = ReleaseRef(
            digest=release.digest,
            sources=tuple(
                ReleaseSource(name=s.name, version=s.version, licence=s.licence) for s in release.manifest.sources
            ),
        )

    def recommend(self, profile: Profile) -> Recommendation:
        """Everything that the release says about one patient.

        Raises:
            DataError: for a profile that cannot be interpreted.
            StoreError, ReleaseError: when the graph does not answer or disagrees with the release.
        """
        found = self.judged(profile)
        weighed, diagnosis = found.weighed, found.patient.diagnosis
        beside = _beside(weighed)
        options = sorted(
            ((self._presenter.option(v, _for(v, beside), found.stands, found.guidance), v) for v in found.verdicts),
            key=_order,
        )
        quarantined = [w for w in weighed if w.failed_by == "quarantine" and w.reading.touched and w.fit.inside]
        warnings = [
            *found.warnings,
            *(f"{w.statement.record} is set aside: {w.statement.quarantined}" for w in quarantined),
        ]
        read = self._findings_read(profile, found)
        return Recommendation(
            profile_id=profile.id,
            release=self._release,
            diagnosis=DiagnosisRead(
                input=diagnosis.input, ids=diagnosis.ids, name=diagnosis.name, compartment=diagnosis.compartment
            ),
            options=tuple(option for option, _ in options),
            findings=read,
            germline=germline(profile, found.ruled),
            would_decide=would_decide(weighed, self._asks(found.patient), found.facts, profile.context.jurisdiction),
            guidance=found.guidance,
            unmatched=tuple(dict.fromkeys(f.input for f in read if not f.matched)),
            warnings=tuple(dict.fromkeys(warnings)),
        )

    def judged(self, profile: Profile, about: frozenset[str] | None = None) -> Judged:
        """What the rules say of one patient, before it is worded; errors as ``recommend``.

        ``about`` are ingredients: only rows on therapies with one of them are weighed, and only the verdicts on
        therapies of these ingredients alone are whole. They are the same as without it.
        """
        profile = viruses.renamed(profile)
        warnings = [*profile.warnings, *self._agencies.check(profile.context.jurisdiction)]
        stated, unread = self._read(profile)
        findings = tuple(f for f in stated if f is not None)
        known_unread = msgspec.structs.replace(profile, unread=(*profile.unread, *unread))
        ids, said = place(profile.disease, self._serve, self._taxonomy)
        warnings += said
        warnings += doubts(profile, findings, self._serve.gene_symbol, self._serve.gene_symbols)

        genes = dict.fromkeys(g for f in findings for g in patient_facts.genes_of(f))
        classes = {g: self._serve.variant_classes(g) for g in genes}
        name = profile.disease.name or profile.disease.oncotree or profile.disease.doid or ""
        diagnosis = self._diagnose(name, ids, ())
        facts = patient_facts.gather(known_unread, findings, classes)
        candidates = self._candidates(facts, diagnosis)
        findings, misplaced = self._residues.without_misplaced(findings, candidates)
        if misplaced:
            warnings += misplaced
            facts = patient_facts.gather(known_unread, findings, classes)
        facts = patient_facts.with_named(facts, patient_facts.named_changes(candidates))
        matcher = Matcher(facts)
        if implied := implied_diseases(diagnosis, matcher):
            diagnosis = self._diagnose(name, ids, tuple(implied.items()))
            candidates = self._candidates(facts, diagnosis)

        if about is not None:
            candidates = tuple(s for s in candidates if not about.isdisjoint(s.therapy))
        setting = self.setting(profile, diagnosis)
        weighed = [
            w for s in candidates
            if (w := weigh(s, matcher, diagnosis, self._taxonomy, setting, profile.context)) is not None
        ]  # fmt: skip
        patient = Patient(matcher, diagnosis, setting, profile.context, self._today().isoformat())
        stands, ruled = self._rules(weighed, patient)
        warnings += unread_genotypes(profile, (r.row for r in ruled), self._serve.gene_symbols)
        weighed = [in_force_by_row(w, stands) for w in weighed]
        if profile.context.facts:
            warnings += patient_settings.unasked(profile.context, self._serve.facts())
        words = (profile.context.population, profile.disease.stage, profile.disease.state)
        if profile.context.facts or any(text and says_unknown(text) for text in words):
            asked = (*(w.statement.settings for w in weighed), *(r.row.settings for r in ruled))
            warnings += patient_settings.unusable((c for conditions in asked for c in conditions), setting)
        limits = [r for r in ruled if r.row.kind in LIMITS]
        return Judged(
            stated, unread, patient, weighed, stands, ruled, judge(weighed, limits), guidance(ruled, stands), warnings
        )

    def setting(self, profile: Profile, diagnosis: Diagnosis) -> patient_settings.Setting:
        """A profile's context, ready to be asked."""
        return patient_settings.gather(
            profile, lambda drug: (ingredient(drug), *drug_classes(drug)), self._names(diagnosis), known_drug
        )

    def positive(self, diagnosis: Diagnosis) -> tuple[Statement, ...]:
        """The positive statements about a diagnosis, whatever was found."""
        tests = self._serve.disease_tests(tuple(diagnosis.ancestors))
        return self._serve.statements(t.statement for t in tests)

    def _names(self, diagnosis: Diagnosis) -> list[str]:
        named = (self._taxonomy.disease_name(d) for d, widened in diagnosis.ancestors.items() if not widened)
        return [name for name in named if name]

    def _diagnosed(self, name: str, ids: tuple[str, ...], implied: tuple[tuple[str, str], ...]) -> Diagnosis:
        return diagnose(name, ids, self._taxonomy, dict(implied))

    def _read(self, profile: Profile) -> tuple[list[Finding | None], list[Unread]]:
        """Each biomarker as a finding, in order; ``None`` where it was not understood."""
        found: list[Finding | None] = []
        unread: list[Unread] = []
        for biomarker in profile.biomarkers:
            read = read_finding(biomarker)
            if isinstance(read, Unread):
                found.append(None)
                unread.append(read)
            else:
                found.append(self._resolve(read))
        return found, unread

    def _resolve(self, finding: Finding) -> Finding:
        """The finding with the release's own gene symbols, and with what is known of its genomic allele."""
        changes: dict[str, object] = {}
        for field in ("gene", "gene_5p", "gene_3p"):
            symbol = getattr(finding, field)
            if symbol and (known := self._serve.gene_symbol(symbol)) and known != symbol:
                changes[field] = known
        if finding.alleles and finding.protein is None:
            changes |= self._from_allele(finding)
        return msgspec.structs.replace(finding, **changes) if changes else finding

    def _from_allele(self, finding: Finding) -> Mapping[str, object]:
        known = [e for a in finding.alleles for e in self._serve.alleles(a) if finding.gene in (None, e.gene)]
        entry = next((e for e in known if e.protein), known[0] if known else None)
        if entry is None:
            return {}
        changes: dict[str, object] = {"gene": entry.gene, "protein": entry.protein}
        if finding.cdna is None:
            changes["cdna"] = entry.cdna
        if finding.exon is None:
            changes["exon"] = entry.exon
        change = protein_change(entry.protein) if entry.protein else None
        if change is not None:
            changes["codons"] = (change.first, change.last)
            changes["consequences"] = change.consequences
        changes["read_as"] = f"{_name(entry)} (known allele {finding.read_as})"
        return changes

    def _candidates(self, facts: patient_facts.Facts, diagnosis: Diagnosis) -> tuple[Statement, ...]:
        genes = dict.fromkeys((*facts.by_gene, *facts.wild_type))
        markers = dict.fromkeys(facts.by_marker)
        for finding in facts.findings:
            if finding.kind == "cna" and finding.gene:
                markers.update(dict.fromkeys(patient_facts.marker_behind(finding.gene)))
        anchors = [
            *(gene_id(g, self._serve.genes) for g in genes),
            *(marker_node(m).id for m in markers),
            *diagnosis.ancestors,
        ]
        return self._serve.statements(sorted(self._store.statements(anchors)))

    def _rules(self, weighed: Sequence[Weighed], patient: Patient) -> tuple[Stands, list[Ruled]]:
        """The guideline rows on the therapies in question, and those that the patient's genes ask for."""
        therapies = {w.statement.therapy for w in weighed}
        facts = patient.matcher.facts
        # That a virus's gene was sequenced and holds no change gives its points as well.
        sequenced = viruses.genes().keys() & facts.covered.keys()
        genes = dict.fromkeys((*facts.by_gene, *facts.wild_type, *facts.genotypes, *sequenced))
        asked = self._store.guideline_rows(
            (therapy_node(t).id for t in sorted(therapies)), (gene_id(g, self._serve.genes) for g in genes)
        )
        # A guideline's own recommendation is a statement; its row has a say among the rows of its guideline.
        said = (w.statement for w in weighed)
        positive = {s.row for s in said if s.row and (s.kind == "guideline" or s.by_row)}
        ids = asked | positive
        if new := ids - self._book.at.keys():
            self._book = Rulebook((*self._book.rows, *self._serve.rows(sorted(new))), self._taxonomy, self._editions)
        stands = self._book.ask(patient, self._book.positions(ids))
        return stands, stands.ruled(stands.concerned())

    def _asks(self, patient: Patient) -> Asked:
        """What the statements about a diagnosis ask: facts, and the therapies that each set of facts decides.

        Statements that ask for absences only are left out: they are candidates whatever was found. So are those that
        cannot hold whatever is found: a setting is not met, the label is another agency's, or of a later day.
        """
        diseases, context, setting = tuple(patient.diagnosis.ancestors), patient.context, patient.setting
        told = tuple((fact, patient_settings.signature(fact, setting)) for fact in sorted((*setting.facts, "state")))
        key = (diseases, context.as_of, context.jurisdiction, told)
        if (known := self._asked.get(key)) is not None:
            return known
        tests = self._serve.disease_tests(diseases)
        out = set(self._serve.statement_ids(diseases))
        told_any = setting.states or any(value is not None for value in setting.facts.values())
        if told_any or context.jurisdiction or context.as_of:
            out |= {s.id for s in self._serve.statements(t.statement for t in tests) if _ruled_out(s, setting, context)}
        found: defaultdict[frozenset[str], set[tuple[str, ...]]] = defaultdict(set)
        for test in tests:
            if test.statement not in out:
                found[frozenset(test.facts)].add(test.therapy)
        if len(self._asked) > 1024:
            self._asked.clear()
        asked = self._asked[key] = tuple((facts, frozenset(therapies)) for facts, therapies in found.items())
        return asked

    def _findings_read(self, profile: Profile, judged: Judged) -> tuple[FindingRead, ...]:
        matched: Counter[str] = Counter()
        # A row that recommends is a statement, and is counted as that.
        limiting = (r.reading for r in judged.ruled if r.reading is not None and r.row.kind != "recommend")
        for reading in (*(w.reading for w in judged.weighed), *limiting):
            for name in reading.findings:
                matched[name] += 1
        found = [
            FindingRead(
                input=f.input,
                read_as=f.read_as,
                classes=_classes(f, judged.patient.matcher),
                matched=matched[f.read_as],
                why_not=None if matched[f.read_as] else self._why_not(f),
            )
            for f in judged.stated
            if f is not None
        ]
        return (
            *found,
            *(
                FindingRead(input=u.input, read_as=None, classes=(), matched=0, why_not=_unread(u))
                for u in (*judged.unread, *profile.unread)
            ),
        )

    def _why_not(self, f: Finding) -> str:
        genes = patient_facts.genes_of(f)
        if not genes and f.alleles:
            return "no allele that the release knows is at this position"
        unknown = [g for g in genes if self._serve.gene_id(g) is None]
        if genes and len(unknown) == len(genes):
            # A file that a program wrote spells its genes right: a near name there is another gene.
            close = [] if f.source else nearest(genes[0], self._serve.gene_symbols())
            hint = f" (did you mean {close[0]}?)" if close else ""
            return f"no statement of the release names {', '.join(unknown)}{hint}"
        return "no statement of the release holds for this finding"


def _unread(u: Unread) -> str:
    """Why something was not read, and where it stands when that is a file."""
    return u.reason if u.source in (None, "text") else f"{u.reason} ({u.source})"


def _ruled_out(s: Statement, setting: patient_settings.Setting, context: Context) -> bool:
    """Whether a statement is nothing to this patient, whatever is found."""
    if foreign(s, context.jurisdiction) or not in_force(s, context.as_of):
        return True
    return patient_settings.ask(s.settings, setting).failed is not None


def _beside(weighed: Iterable[Weighed]) -> list[Weighed]:
    """Fired rows that are shown with an option and change no status."""
    return [
        w for w in weighed
        if w.fired and (w.statement.direction in ("adverse", "reduced") or not w.statement.supports)
    ]  # fmt: skip


def _for(verdict: Verdict, beside: Iterable[Weighed]) -> list[Weighed]:
    if verdict.direction != "sensitive":
        return []
    drugs = set(verdict.therapy)
    return [
        w for w in beside
        if w.statement.therapy == verdict.therapy
        or (w.statement.direction == "adverse" and w.statement.supports and drugs.issuperset(w.statement.therapy))
    ]  # fmt: skip


def _order(pair: tuple[Option, Verdict]) -> tuple[object, ...]:
    """Status, tier, this tumour before others, level, fewer cautions that hold, score, therapy."""
    option, verdict = pair
    return (
        _STATUS[option.status],
        TIER_RANK[option.tier],
        {"off": 2, "unknown": 1}.get(option.on_tumour_type, 0),
        min(w.rank for w in verdict.deciding),
        sum(r.outcome == "fired" for r in verdict.cautions),
        -option.score,
        _DIRECTION[option.direction],
        option.therapy,
    )


def _classes(f: Finding, matcher: Matcher) -> tuple[str, ...]:
    found = list(f.consequences)
    if f.kind == "variant":
        if class_of(f, "oncogenic", matcher.facts):
            found.append("oncogenic")
        if f.uncertain:
            found.append("uncertain significance")
    return tuple(found)


def _name(entry: AlleleEntry) -> str:
    return " ".join(part for part in (entry.gene, entry.protein or entry.cdna) if part)
