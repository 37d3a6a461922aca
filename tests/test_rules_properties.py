"""What holds for all guideline rows and all patients, tried on tables that hypothesis draws."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_tables import GENES, KINDS, Answered, Hierarchy, Person, ask, hierarchy, person, row, table, written
from world import change, found, limits

from api.guidance import guidance
from graph.answer import CellRead
from graph.claims import GuidelineRow, criteria
from rules.compiled import positions
from rules.kleene import Truth, conjunction
from rules.rulebook import Rulebook
from rules.weigh import LIMITS

examples = settings(max_examples=300, deadline=None, derandomize=True)
LIMITING = ("recommend", "recommend", "exclude", "exclude", "require", "caution")


class Question(NamedTuple):
    diseases: Hierarchy
    rows: tuple[GuidelineRow, ...]
    person: Person
    rng: Random
    """Where further draws come from."""

    def __repr__(self) -> str:
        return self.told()

    def told(self, *more: GuidelineRow) -> str:
        """The question, for the message of a test that fails."""
        return "\n".join([self.person.written(), str(self.diseases.parents), *map(written, (*self.rows, *more))])


def questions(kinds: tuple[str, ...] = KINDS) -> st.SearchStrategy[Question]:
    """Tables of all sizes, so that what fails shrinks to a small one."""

    def question(size: int, seed: int) -> Question:
        rng = Random(seed)
        diseases = hierarchy(rng)
        return Question(diseases, table(rng, diseases, size, kinds), person(rng, diseases), rng)

    return st.builds(question, st.integers(1, 12), st.integers(0, 2**32))


# -- knowing less ------------------------------------------------------------------------------------------------------


def _less(one: Person) -> Iterator[tuple[str, Person]]:
    """The patient with one known fact fewer, for every fact that is known."""
    profile, context = one.profile, one.profile.context
    for gene in GENES:
        tested = tuple(t for t in profile.tests for g in t.genes if g == gene)
        if tested or any(f.gene == gene for f in one.findings):
            tests = tuple(
                msgspec.structs.replace(t, genes=tuple(g for g in t.genes if g != gene)) for t in profile.tests
            )
            unread = tuple(u for u in profile.unread if u.gene != gene)
            kept = tuple(f for f in one.findings if f.gene != gene)
            yield gene, Person(msgspec.structs.replace(profile, tests=tests, unread=unread), kept, one.disease)
    for marker in {f.marker for f in one.findings if f.marker}:
        yield marker, Person(profile, tuple(f for f in one.findings if f.marker != marker), one.disease)
    if one.disease is not None:
        unknown = msgspec.structs.replace(profile.disease, name="something else")
        yield "diagnosis", Person(msgspec.structs.replace(profile, disease=unknown), one.findings, None)
    if profile.disease.stage is not None:
        unknown = msgspec.structs.replace(profile.disease, stage=None)
        yield "stage", Person(msgspec.structs.replace(profile, disease=unknown), one.findings, one.disease)
    blank: dict[str, object] = {
        "age_years": None, "sex": None, "population": None, "germline_pgx": {}, "prior_therapies_complete": False,
    }  # fmt: skip
    for fact, value in blank.items():
        if getattr(context, fact) != value:
            yield fact, _with(one, **{fact: value})
    if context.prior_therapies is not None:
        yield "prior therapies", _with(one, prior_therapies=None, prior_therapies_complete=False)


def _with(one: Person, **changes: Any) -> Person:
    context = msgspec.structs.replace(one.profile.context, **changes)
    return Person(msgspec.structs.replace(one.profile, context=context), one.findings, one.disease)


def _wants_ignorance(r: GuidelineRow) -> bool:
    """Whether a row asks that something is known, or is not: to know less is then to know something else."""
    asked = [] if r.profile is None else [c for c, _ in criteria(r.profile)]
    return any("unknown" in c.genotypes for c in asked) or any(s.cell in ("known", "unknown") for s in r.settings)


def _needs_check(r: GuidelineRow) -> GuidelineRow:
    """The row as the property has it. What a recommendation excepts is no exclude row: its exceptions are taken off."""
    disease = r.disease
    if r.kind == "recommend" and disease is not None:
        disease = msgspec.structs.replace(disease, excluded=())
    return msgspec.structs.replace(r, if_unknown="needs_check", disease=disease)


def _limited(answered: Answered, therapy: tuple[str, ...]) -> bool:
    """Whether a guideline row that fires is why a therapy is excluded."""
    verdict = answered.verdicts.get(therapy)
    return verdict is not None and verdict.status == "excluded" and any(r.outcome == "fired" for r in verdict.limits)


@examples
@given(questions(kinds=LIMITING))
def test_knowing_less_recommends_nothing_and_clears_no_exclusion(question: Question) -> None:
    diseases, drawn, one, _ = question
    rows = [_needs_check(r) for r in drawn if not _wants_ignorance(r)]
    book = Rulebook(rows, diseases)
    knowing = ask(book, one, diseases)
    for fact, less in _less(one):
        answered = ask(book, less, diseases)
        for therapy, verdict in answered.verdicts.items():
            before = knowing.verdicts[therapy].status if therapy in knowing.verdicts else None
            told = f"{fact}: {therapy} {before} -> {verdict.status}\n" + question.told()
            assert verdict.status != "recommended" or before == "recommended", told
            if _limited(knowing, therapy):
                assert verdict.status in ("excluded", "needs_check"), told


@examples
@given(questions(kinds=LIMITING))
def test_a_row_that_says_caution_is_shown_as_one_when_it_cannot_be_told(question: Question) -> None:
    diseases, drawn, one, _ = question
    rows = [msgspec.structs.replace(r, if_unknown="caution") for r in drawn]
    answered = ask(Rulebook(rows, diseases), one, diseases)
    for verdict in answered.verdicts.values():
        assert verdict.status != "needs_check" or verdict.deciding[0].outcome == "undecided", question.told()
        for r in answered.ruled:
            concerned = r.row.kind in LIMITS and r.defeated_by is None and set(r.row.drugs) & set(verdict.therapy)
            if concerned and (r.outcome == "undecided" or (r.row.kind == "caution" and r.outcome == "fired")):
                assert r in verdict.cautions, f"{verdict.therapy}: {written(r.row)}\n{question.told()}"


# -- order, repetition, days -------------------------------------------------------------------------------------------


@examples
@given(questions())
def test_the_order_of_rows_never_matters(question: Question) -> None:
    diseases, rows, one, rng = question
    shuffled = list(rows)
    rng.shuffle(shuffled)
    assert _all(Rulebook(rows, diseases), one, diseases) == _all(Rulebook(shuffled, diseases), one, diseases)


def _all(book: Rulebook, one: Person, diseases: Hierarchy) -> bytes:
    """Everything that is answered, as bytes."""
    answered = ask(book, one, diseases)
    traces = [answered.stands.cells(i) for i in range(len(book.rows))]
    # Verdicts hold the patient's readings, which say the same in other words: ids and reasons are enough of them.
    verdicts = [
        (
            v.therapy,
            v.status,
            v.excluded_by,
            v.missing,
            [w.statement.id for w in v.deciding],
            [o.id for o in v.objections],
        )
        for _, v in sorted(answered.verdicts.items())
    ]
    ruled = [(r.row, r.outcome, r.missing, r.why, r.defeated_by, r.foreign) for r in answered.ruled]
    return msgspec.json.encode([verdicts, ruled, traces, guidance(answered.ruled, answered.stands)])


@examples
@given(questions())
def test_what_a_book_was_asked_before_never_matters(question: Question) -> None:
    diseases, rows, one, rng = question
    asked = Rulebook(rows, diseases)
    for _ in range(6):
        _all(asked, person(rng, diseases), diseases)
    assert _all(asked, one, diseases) == _all(Rulebook(rows, diseases), one, diseases), question.told()


@examples
@given(questions(kinds=LIMITING))
def test_saying_a_thing_twice_changes_nothing(question: Question) -> None:
    diseases, rows, one, rng = question
    again = msgspec.structs.replace(rng.choice(rows), supersedes=None)
    rows = (*(r for r in rows if r.id != again.id), again)
    once = ask(Rulebook(rows, diseases), one, diseases)
    assert _all(Rulebook((*rows, again), diseases), one, diseases) == _all(Rulebook(rows, diseases), one, diseases)
    # Under another id it is another row, but it says nothing new; what supersedes it supersedes both.
    copies = [msgspec.structs.replace(again, id=f"{again.id}-again")]
    copies += [
        msgspec.structs.replace(r, id=f"{r.id}-too", supersedes=copies[0].id) for r in rows if r.supersedes == again.id
    ]
    copied = ask(Rulebook((*rows, *copies), diseases), one, diseases)
    assert {t: v.status for t, v in copied.verdicts.items()} == {t: v.status for t, v in once.verdicts.items()}


@examples
@given(questions())
def test_a_newer_version_never_leaks_into_an_earlier_day(question: Question) -> None:
    diseases, rows, drawn, rng = question
    one = _with(drawn, as_of="2021-06-01")
    later = [
        msgspec.structs.replace(
            row(rng, diseases, 100 + i, ("recommend", "exclude", "require", "caution", "dose", "score")),
            guideline=rng.choice("ghi"),
            version=rng.choice(("3", None)),
            effective_from=rng.choice(("2021-06-02", "2024-01-01")),
            effective_to=None,
            supersedes=rng.choice((None, rng.choice(rows).id)),
        )
        for i in range(5)
    ]
    before = ask(Rulebook(rows, diseases), one, diseases)
    after = ask(Rulebook((*rows, *later), diseases), one, diseases)
    new = {r.id for r in later}
    told = question.told(*later)
    assert [_row(r) for r in after.ruled if r.row.id not in new] == [_row(r) for r in before.ruled], told
    assert all(r.outcome == "failed" for r in after.ruled if r.row.id in new), told
    assert guidance(after.ruled, after.stands) == guidance(before.ruled, before.stands), told
    for therapy, verdict in after.verdicts.items():
        was = before.verdicts.get(therapy)
        if was is None:
            # Named only by rows of a later day: said to be so, and nothing more.
            assert verdict.status == "excluded", told
        else:
            assert verdict.status == was.status, told
            assert [r.row.id for r in verdict.limits] == [r.row.id for r in was.limits], told
            assert [r.row.id for r in verdict.cautions] == [r.row.id for r in was.cautions], told
    assert before.verdicts.keys() <= after.verdicts.keys()


def _row(r: Any) -> tuple[object, ...]:
    return r.row.id, r.row.drugs, r.outcome, r.missing, r.why, r.defeated_by


# -- traces ------------------------------------------------------------------------------------------------------------


@examples
@given(questions())
def test_the_cells_of_a_row_explain_how_it_stands(question: Question) -> None:
    diseases, rows, one, _ = question
    book = Rulebook(rows, diseases)
    answered = ask(book, one, diseases)
    outcomes = {r.row.id: r.outcome for r in answered.ruled}
    day = one.profile.context.as_of
    for i, r in enumerate(book.rows):
        late = day and ((r.effective_from or "") > day or (r.effective_to or "9999") <= day)
        if r.status != "active" or late:
            assert outcomes[r.id] == "failed"
            continue
        cells = answered.stands.cells(i)
        where = [_truth(c) for c in cells if c.fact == "disease"]
        tumour = [_truth(c) for c in cells if c.fact == "biomarker"]
        asked = [_truth(c) for c in cells if c.fact not in ("biomarker", "disease")]
        # Of a row that does not limit, settings that are not known are listed as missing.
        held = conjunction((*tumour, *(asked if r.kind in LIMITS else [t for t in asked if t is not None])))
        if r.kind == "require" and held is not None:
            held = not held
        assert outcomes[r.id] == _outcome(conjunction((*where, held))), f"{written(r)} {cells}"


def _truth(cell: CellRead) -> Truth:
    return {"fired": True, "failed": False, "undecided": None}[cell.outcome]


def _outcome(truth: Truth) -> str:
    return "undecided" if truth is None else "fired" if truth else "failed"


def test_the_questions_are_not_empty() -> None:
    """Seeds instead of hypothesis, so that what the properties are about is there."""
    known, limited, waiting = 0, 0, 0
    for seed in range(100):
        rng = Random(seed)
        diseases = hierarchy(rng)
        rows = table(rng, diseases, 8, LIMITING)
        one = person(rng, diseases)
        answered = ask(Rulebook(rows, diseases), one, diseases)
        known += len(list(_less(one)))
        limited += sum(_limited(answered, therapy) for therapy in answered.verdicts)
        waiting += sum(r.outcome == "undecided" for r in answered.ruled)
    assert known > 200 and limited > 10 and waiting > 50


def test_an_insertion_written_at_another_gap_of_a_repeat_is_the_same_in_a_book() -> None:
    """Residues apart though they are, both names mean one change."""
    rng = Random(0)
    diseases = hierarchy(rng)
    of_row, found_ = change("EGFR", "D770_N771insSVD"), found("EGFR", "A767_S768insSVD")
    rows = [limits("Alpha", of_row), limits("Beta", change("EGFR", "L858R"))]
    one = Person(person(rng, diseases).profile, (found_,), None)
    stands = ask(Rulebook(rows, diseases), one, diseases).stands
    assert [stands.book.rows[i].drugs for i in positions(stands.fired)] == [("Alpha",)]
