"""Rows that can hold for nobody, since their own conditions contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from graph.claims import Expression
from rules.diseases import fit
from rules.lint import settled
from rules.lint.book import Book
from rules.lint.fault import Check, Fault
from rules.lint.witness import BRANCHES, TRIES, branches, made
from rules.lint.world import World


def _run(book: Book, world: World) -> Iterator[Fault]:
    profiles: dict[tuple[int, bool], bool] = {}
    for entry in book.entries:
        row = entry.row
        _, contradicted = settled.solve(row.settings)
        if contradicted is not None:
            cells = "; ".join(c.cell for c in row.settings if c.fact == contradicted)
            message = f"Nobody meets {contradicted} {cells!r}, so the row never fires."
            yield entry.fault("unsatisfiable", "error", message, column=entry.column_of(fact=contradicted))
        scope = row.disease
        if scope is not None and scope.ids:
            fits = [fit(scope, world.diagnosis((one,)), world.taxonomy) for one in scope.ids]
            if all(f.excluded for f in fits):
                message = f"The row excepts the very disease that it is for, {scope.name}."
                yield entry.fault("unsatisfiable", "error", message, column=entry.column_of(field="excluded_ids"))
        if row.profile is not None:
            key = id(row.profile), row.kind != "require"
            if key not in profiles:
                profiles[key] = _never(row.profile, key[1], book, world)
            if profiles[key]:
                message = "No tumour meets the biomarker condition: its parts contradict each other."
                yield entry.fault("unsatisfiable", "error", message, column=entry.column_of(fact="biomarker"))


def _never(profile: Expression, want: bool, book: Book, world: World) -> bool:
    """Whether every patient that can be made up for a profile, in each way to satisfy it, rules it out.

    One for whom it stays unknown leaves it open: then nothing is said.
    """
    tried = False
    for literals in islice(branches(profile, want), BRANCHES + 1):
        for draft in islice(made(literals, book.genotypes), TRIES):
            truth = draft.patient(world).matcher.read(profile, excludes=False).truth
            if truth is None or truth is want:
                return False
            tried = True
    return tried


CHECK = Check(_run, {"unsatisfiable": "a row whose own conditions contradict each other"})
