"""Rows that can hold for nobody, since their own conditions contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice

from graph.claims import Expression, Is
from rules.cells import Cell, parse
from rules.diseases import fit
from rules.lint import settled
from rules.lint.book import Book, topics_of
from rules.lint.fault import Check, Fault
from rules.lint.witness import BRANCHES, TRIES, Literal, branches, made
from rules.lint.world import World
from rules.made import around


def _run(book: Book, world: World) -> Iterator[Fault]:
    profiles: dict[tuple[int, bool], bool] = {}
    for entry in book.entries:
        row = entry.row
        _, contradicted = settled.solve(row.settings)
        if contradicted is not None:
            cells = "; ".join(c.cell for c in row.settings if c.fact == contradicted)
            comes_of_it = "excludes everyone" if row.kind == "require" else "never fires"
            message = f"Nobody meets {contradicted} {cells!r}, so the row {comes_of_it}."
            yield entry.fault("unsatisfiable", "error", message, column=entry.column_of(fact=contradicted))
        scope = row.disease
        if scope is not None and scope.ids:
            fits = [fit(scope, world.diagnosis((one,)), world.taxonomy) for one in scope.ids]
            if all(f.excluded for f in fits):
                message = f"The row excepts the very disease that it is for, {scope.name}."
                yield entry.fault("unsatisfiable", "error", message, column=entry.column_of(field="excluded_ids"))
        if row.profile is not None and not (row.kind == "require" and row.settings):
            key = id(row.profile), row.kind != "require"
            if key not in profiles:
                profiles[key] = _never(row.profile, key[1], book, world)
            if profiles[key]:
                message = "No tumour meets the biomarker condition: its parts contradict each other."
                yield entry.fault("unsatisfiable", "error", message, column=entry.column_of(fact="biomarker"))


def _never(profile: Expression, want: bool, book: Book, world: World) -> bool:
    """Whether every patient that can be made up for a profile, in each way to satisfy it, rules it out.

    One for whom it stays unknown leaves it open, and so do more ways than are looked at: then nothing is said.
    """
    tried = False
    for way, literals in enumerate(branches(profile, want)):
        if way >= BRANCHES:
            return False
        if _no_value(literals):
            tried = True
            continue
        if not all(_alone(literal, book, world) for literal in literals):
            # What Clew cannot make up even by itself, it cannot miss here.
            return False
        for attempt, draft in enumerate(made(literals, book.genotypes)):
            if attempt >= TRIES:
                return False
            patient = draft.patient(world)
            truth = patient.matcher.read(profile, excludes=False).truth
            if truth is None or truth is want or patient.profile.unread:
                return False
            tried = True
    return tried


def _alone(literal: Literal, book: Book, world: World) -> bool:
    """Whether a patient can be made up for one criterion by itself."""
    c, want = literal
    patients = (draft.patient(world) for draft in islice(made((literal,), book.genotypes), TRIES))
    return any(patient.matcher.read(Is(c), excludes=False).truth is want for patient in patients)


def _no_value(literals: Sequence[Literal]) -> bool:
    """Whether no value of one score lies within all the bounds that are asked of it."""
    bounds: defaultdict[Hashable, list[tuple[Cell, bool]]] = defaultdict(list)
    stated: defaultdict[Hashable, list[float]] = defaultdict(list)
    for c, want in literals:
        if c.comparator is not None and c.value is not None:
            score = topics_of(c), c.scheme, c.unit
            bounds[score].append((parse(f"{c.comparator}{c.value:.12g}"), want))
            stated[score].append(c.value)
    return any(
        not any(all(cell.holds(value) is want for cell, want in asked) for value in around(stated[score]))
        for score, asked in bounds.items()
    )


CHECK = Check(_run, {"unsatisfiable": "a row whose own conditions contradict each other"})
