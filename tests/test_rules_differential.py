"""Guideline rows against a second, independent program of the same semantics (``clingo_rules``), on random tables.

500 tables of 14 rows, four patients each, most facts of a patient missing. Nothing may differ: how a row stands, what
takes its place, for which drugs a more specific row defeats it, and the status of every recommended therapy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import pytest
from clingo_rules import Program
from invented_tables import Hierarchy, Person, ask, hierarchy, person, table, written

from graph.claims import GuidelineRow
from rules.rulebook import Rulebook

TABLES, PATIENTS, ROWS = 500, 4, 14
AT_ONCE = 5
"""Tables in one call of clingo: what it grounds grows faster than the number of facts."""


@dataclass(frozen=True)
class Answer:
    """How one table stands for one patient, in terms that both programs have."""

    outcomes: dict[str, str]
    replaced: frozenset[str]
    beaten: frozenset[tuple[str, str]]
    """Row, and a drug for which a more specific row takes its place."""
    statuses: dict[str, str]
    """Therapy -> status; a therapy that is no option is left out."""


@dataclass(frozen=True)
class Case:
    name: str
    rows: Sequence[GuidelineRow]
    person: Person
    ours: Answer
    theirs: Answer

    def differing(self, ours: object, theirs: object, rows: Iterable[GuidelineRow]) -> str:
        lines = [f"{self.name}: ours {ours}, clingo {theirs}", f"  {self.person.written()}"]
        return "\n".join([*lines, *(f"  {self.theirs.outcomes[r.id]} {written(r)}" for r in rows)])


def _ours(book: Rulebook, one: Person, diseases: Hierarchy) -> Answer:
    answered = ask(book, one, diseases)
    replaced = frozenset(book.rows[at].id for at in answered.stands.replaced)
    gave_way = [r for r in answered.ruled if r.defeated_by and r.row.id not in replaced]
    return Answer(
        {r.row.id: r.outcome for r in answered.ruled},
        replaced,
        frozenset((r.row.id, drug) for r in gave_way for drug in r.row.drugs),
        {" + ".join(therapy): verdict.status for therapy, verdict in answered.verdicts.items()},
    )


def _theirs(found: dict[str, set[tuple[str, ...]]], patient: int, numbers: dict[str, int]) -> Answer:
    ids = {str(number): id for id, number in numbers.items()}
    mine = {name: [a[1:] for a in atoms if a[0] == str(patient)] for name, atoms in found.items()}
    return Answer(
        {ids[r]: outcome for r, outcome in mine["outcome"]},
        frozenset(ids[r] for (r,) in mine.get("replaced", ())),
        frozenset((ids[loser], drug.strip('"')) for loser, _, drug in mine.get("beaten", ())),
        {therapy.strip('"'): status for therapy, status in mine.get("status", ())},
    )


def _cases(seeds: Iterable[int]) -> Iterator[Case]:
    program = Program()
    asked = []
    for seed in seeds:
        rng = Random(seed)
        diseases = hierarchy(rng)
        rows = table(rng, diseases, ROWS)
        number, numbers = program.table(rows, diseases.parents, diseases.tagged)
        book = Rulebook(rows, diseases)
        for i in range(PATIENTS):
            one = person(rng, diseases)
            at = program.patient(one.profile, one.findings, one.disease, number)
            asked.append((f"table {seed}, patient {i}", rows, one, _ours(book, one, diseases), at, numbers))
    found = program.answer()
    for name, rows, one, ours, at, numbers in asked:
        yield Case(name, rows, one, ours, _theirs(found, at, numbers))


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [c for first in range(0, TABLES, AT_ONCE) for c in _cases(range(first, first + AT_ONCE))]


def test_every_row_fires_fails_or_waits_as_the_second_program_says(cases: list[Case]) -> None:
    differing = [
        case.differing(case.ours.outcomes[r.id], case.theirs.outcomes[r.id], [r])
        for case in cases
        for r in case.rows
        if case.ours.outcomes[r.id] != case.theirs.outcomes[r.id]
    ]
    assert not differing, f"{len(differing)} rows: {differing[0]}"


def test_what_gives_way_and_for_which_drugs_is_the_same(cases: list[Case]) -> None:
    for case in cases:
        ours, theirs = case.ours, case.theirs
        assert ours.replaced == theirs.replaced, case.differing(ours.replaced, theirs.replaced, case.rows)
        # Of a row that was replaced neither program asks whether a more specific one is there too.
        assert ours.beaten == theirs.beaten, case.differing(ours.beaten, theirs.beaten, case.rows)


def test_every_therapy_has_the_status_that_the_second_program_says(cases: list[Case]) -> None:
    differing = [
        case.differing(ours, theirs, [r for r in case.rows if set(r.drugs) & set(therapy.split(" + "))])
        for case in cases
        for therapy in sorted(case.ours.statuses.keys() | case.theirs.statuses.keys())
        if (ours := case.ours.statuses.get(therapy)) != (theirs := case.theirs.statuses.get(therapy))
    ]
    assert not differing, f"{len(differing)} therapies: {differing[0]}"


def test_the_tables_reach_every_outcome_and_status(cases: list[Case]) -> None:
    outcomes = Counter(outcome for case in cases for outcome in case.theirs.outcomes.values())
    statuses = Counter(status for case in cases for status in case.theirs.statuses.values())
    assert len(cases) >= 500
    assert min(outcomes[o] for o in ("fired", "failed", "undecided")) > 1000, outcomes
    assert min(statuses[s] for s in ("recommended", "option", "needs_check", "excluded")) > 200, statuses
    assert sum(len(case.theirs.replaced) for case in cases) > 500
    assert sum(len(case.theirs.beaten) for case in cases) > 20
