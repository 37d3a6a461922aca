"""Rows that recommend a therapy and rows that exclude it, for one and the same patient.

Across guidelines, a row that excludes on a finding that the recommendation does not ask for is no contradiction: that
is what vetoes are for. Told are exclusions of patients who have nothing but what the recommendation asks for, and, as a
note, of those among them in a narrower setting or disease. A resistance veto on one drug of a combination is answered
by a recommendation of the combination for that very finding (DESIGN section 3). Within one guideline a more specific
exclusion is an exception, and one on another finding is told as a note; all others contradict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from graph.claims import GuidelineRow
from rules.lint.book import Book, Entry, together, topics
from rules.lint.fault import Check, Fault, Severity
from rules.lint.witness import firing, witness
from rules.lint.world import Patient, World
from rules.policy import more_specific, settle

PAIRS = 20_000
"""Pairs of rows for which patients are made up in one run."""
_TRIED = 12
"""Recommendations that are put beside one exclusion on another finding."""


def _run(book: Book, world: World) -> Iterator[Fault]:
    against: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in book.active:
        if entry.row.kind in ("exclude", "require"):
            for drug in entry.row.drugs:
                against[drug].append(entry)
    about: dict[str, frozenset[str]] = {e.row.id: topics(e.row) for e in book.active}
    beside: defaultdict[str, list[Entry]] = defaultdict(list)
    budget = PAIRS
    for entry in book.active:
        if entry.row.kind not in ("recommend", "dose"):
            continue
        rivals = {e.row.id: e for drug in entry.row.drugs for e in against.get(drug, ()) if _meet(entry, e)}
        near = [e for e in rivals.values() if about[e.row.id] <= about[entry.row.id]]
        plain = list(firing(entry.row, world, book.genotypes)) if near else []
        met = {e.row.id for e in near if any(_found(e.row, p) for p in plain)}
        for rival in rivals.values():
            if rival.row.id not in met:
                within = entry.row.kind == "recommend" and rival.row.guideline == entry.row.guideline
                if within and not more_specific(rival.row, entry.row, world.taxonomy):
                    beside[rival.row.id].append(entry)
                continue
            budget -= 1
            if budget < 0:
                message = f"Only the first {PAIRS:,} pairs of rows that recommend and exclude were compared."
                yield entry.fault("contradiction", "note", message)
                return
            if (fault := _between(entry, rival, plain, book, world)) is not None:
                yield fault
    yield from _beside(beside, book, world)


def _meet(entry: Entry, rival: Entry) -> bool:
    """Whether two rows may hold on one day and in one place, and contradict each other by what they say."""
    a, b = entry.row, rival.row
    if not together(a, b) or (a.jurisdiction and b.jurisdiction and a.jurisdiction != b.jurisdiction):
        return False
    # What another guideline says of the dose, or requires, is for those who may have the drug at all.
    return a.guideline == b.guideline or (a.kind != "dose" and b.kind != "require")


def _between(entry: Entry, rival: Entry, plain: list[Patient], book: Book, world: World) -> Fault | None:
    a, b = entry.row, rival.row
    within = a.guideline == b.guideline
    patient = next((p for p in plain if world.fires(b, p)), None)
    always = patient is not None
    if patient is None:
        patient = witness((a, b), world, book.genotypes)
    if patient is None or (not within and _answered(a, b, patient)) or (within and _settled(a, b, patient, world)):
        return None
    severity: Severity = "error" if within else "warning" if always else "note"
    drugs = ", ".join(d for d in a.drugs if d in b.drugs)
    verb = "requires something else for" if b.kind == "require" else "excludes"
    whose = "" if within else f" of {b.guideline}"
    what = "doses" if a.kind == "dose" else "recommends"
    where = f"{b.id.rpartition(':')[2]}{whose} (row {rival.number})"
    reach = "for this very patient" if always else "for a patient whom both meet"
    message = f"The row {what} {drugs}; {where} {verb} it {reach}."
    return entry.fault("contradiction", severity, message, related=[b.id], patient=patient.profile)


def _settled(a: GuidelineRow, b: GuidelineRow, patient: Patient, world: World) -> bool:
    """Whether one guideline's own order of rows says which of two counts: the more specific one."""
    if more_specific(b, a, world.taxonomy):
        return True
    return any(r.defeated_by for r in settle([world.ask(a, patient), world.ask(b, patient)], world.taxonomy))


def _beside(beside: Mapping[str, list[Entry]], book: Book, world: World) -> Iterator[Fault]:
    """Exclusions on another finding than the recommendations of the same guideline: one note an exclusion."""
    for id, entries in beside.items():
        rival = book.by_id[id]
        patient = next(
            (p for e in entries[:_TRIED] if (p := witness((e.row, rival.row), world, book.genotypes)) is not None), None
        )
        if patient is not None:
            drugs = sorted({d for e in entries for d in e.row.drugs} & set(rival.row.drugs))
            count = f"{len(entries)} rows" if len(entries) > 1 else f"row {entries[0].number}"
            message = (
                f"The row excludes {', '.join(drugs)} on another finding than {count} of the same guideline ask for: "
                "a patient may have both, and the exclusion counts."
            )
            related = [e.row.id for e in entries[:_TRIED]]
            yield rival.fault("contradiction", "note", message, related=related, patient=patient.profile)


def _found(row: GuidelineRow, patient: Patient) -> bool:
    """Whether a patient who has nothing but what a recommendation asks for has what a row excludes for, in whatever
    setting."""
    return row.profile is None or patient.matcher.read(row.profile, excludes=True).truth is (row.kind != "require")


def _answered(row: GuidelineRow, veto: GuidelineRow, patient: Patient) -> bool:
    """Whether a recommendation of a combination names the findings for which a veto takes out one of its drugs."""
    if veto.because != "resistance" or veto.profile is None or row.profile is None:
        return False
    excluding, naming = (patient.matcher.read(p, excludes=True) for p in (veto.profile, row.profile))
    return not set(row.drugs) <= set(veto.drugs) and excluding.findings <= naming.named


CHECK = Check(_run, {"contradiction": "a therapy that one row recommends and another excludes, for one patient"})
