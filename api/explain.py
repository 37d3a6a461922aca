"""The paths of an option: from what is known of the patient to the therapy, along the edges of the release."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice

from graph.claims import GuidelineRow
from graph.model import Path, PathEdge, PathNode
from graph.paths import condition_ids
from graph.steps import Steps, disease_steps, row_disease_steps, row_drug_steps, row_steps, statement_steps
from rules.judge import Verdict
from rules.match import Reading, Use
from rules.weigh import Ruled, Weighed, inside

_MOST = 3
"""How many paths of statements an option shows, and of rows that limit it; all of both are listed all the same."""


class Explainer:
    """Finds paths in one release; their fixed part is worked out once."""

    def __init__(self, disease_name: Callable[[str], str | None], row: Callable[[str], GuidelineRow]) -> None:
        """``row`` gives a row as the release has it: one that partly gave way is judged with some of its drugs."""
        self._disease_name = disease_name
        self._row = row
        # By identity of the criterion: they are objects of the release (graph.serve), which stays open.
        self._steps: dict[tuple[str, int, tuple[str, ...]], Steps] = {}

    def paths(self, verdict: Verdict) -> tuple[Path, ...]:
        """One path a deciding statement, best first; then one a guideline row, those first that matter most."""
        stating = (path for w in verdict.deciding if (path := self._stating(w)) is not None)
        limiting = (self._limiting(r, verdict.therapy) for r in _weightiest_first(verdict))
        return (*islice(stating, _MOST), *islice(limiting, _MOST))

    def _stating(self, w: Weighed) -> Path | None:
        """From the finding that bears on the statement, or from the diagnosis for absences."""
        s, record = w.statement, (w.statement.record,)
        for use in w.reading.satisfied_by or w.reading.uses:
            if use.held.finding is not None:
                key = (s.id, id(use.criterion), s.therapy)
                if key not in self._steps:
                    self._steps[key] = statement_steps(s, use.criterion, use.negated)
                return _path(*_start(use), self._steps[key], record)
        for disease in self._diseases(condition_ids(s)):
            return _path(_DIAGNOSIS, "IS_A", disease_steps(s, disease), record)
        return None

    def _limiting(self, r: Ruled, therapy: tuple[str, ...]) -> Path:
        """From the finding that bears on the row, else from what is known or not of its biomarker, else from the
        diagnosis, else from the patient's circumstances."""
        record = (r.row.id,)
        drug = next(drug for drug in therapy if drug in r.row.drugs)
        if r.reading is not None and r.reading.uses:
            use = _bearing(r.reading)
            key = (r.row.id, id(use.criterion), (drug, *therapy))
            if key not in self._steps:
                self._steps[key] = row_steps(self._row(r.row.id), use.criterion, use.negated, drug, therapy)
            return _path(*_start(use), self._steps[key], record)
        row = self._row(r.row.id)
        for disease in self._diseases(condition_ids(row)):
            step = "IS_A" if r.fit is not None and inside(r.fit) else "MAY_SATISFY"
            return _path(_DIAGNOSIS, step, row_disease_steps(row, disease, drug, therapy), record)
        step = "SATISFIES" if r.outcome == "fired" else "WOULD_DECIDE"
        return _path(_circumstances(row), step, row_drug_steps(row, drug, therapy), record)

    def _diseases(self, ids: tuple[str, ...]) -> list[PathNode]:
        """Those that the release knows."""
        named = ((id, self._disease_name(id)) for id in ids)
        return [PathNode(id=id, label="Disease", name=name) for id, name in named if name is not None]


def _weightiest_first(verdict: Verdict) -> Iterator[Ruled]:
    """Limits and cautions that hold, limits that wait, what gave way, what the findings clear, cautions that wait."""
    yield from (r for r in verdict.limits if r.outcome == "fired")
    yield from (r for r in verdict.cautions if r.outcome == "fired")
    yield from (r for r in verdict.limits if r.outcome != "fired")
    yield from verdict.defeated
    yield from verdict.cleared
    yield from (r for r in verdict.cautions if r.outcome != "fired")


def _bearing(reading: Reading) -> Use:
    """The criterion to start from: one that makes the profile stand as it does, with a finding if there is one."""
    if reading.truth is not False and reading.satisfied_by:
        return reading.satisfied_by[0]
    asked = [u for u in reading.uses if u.held.truth is (None if reading.truth is None else u.negated ^ reading.truth)]
    return min(asked or reading.uses, key=lambda use: use.held.finding is None)


def _path(start: PathNode, step: str, steps: Steps, sources: tuple[str, ...]) -> Path:
    """The steps with where they start from in the patient, by a step that is derived."""
    nodes, edges = steps
    first = PathEdge(source=start.id, target=nodes[0].id, type=step, sources=sources, derived=True)
    return Path(nodes=(start, *nodes), edges=(first, *edges))


def _start(use: Use) -> tuple[PathNode, str]:
    """What is known of the patient about a criterion, and the step that leads from there to it."""
    held, criterion = use.held, use.criterion
    step = "SATISFIES" if held.truth else "RULES_OUT"
    if held.finding is not None:
        return _finding(held.finding.read_as), "MAY_SATISFY" if held.truth is None else step
    if held.stated:
        return _finding(held.stated), "MAY_SATISFY" if held.truth is None else step
    fact = held.missing or criterion.gene or criterion.name
    if held.truth is None:
        return _finding(f"{fact}: not known"), "WOULD_DECIDE"
    if use.asks_unknown or criterion.known is not None:
        known = criterion.known is held.truth if criterion.known is not None else not held.truth
        return _finding(f"{fact}: {'tested' if known else 'not known'}"), step
    return _finding(criterion.name if held.truth else f"{criterion.name}: tested and absent"), step


def _circumstances(row: GuidelineRow) -> PathNode:
    return _finding(", ".join(dict.fromkeys(c.fact for c in row.settings)) or "any patient")


@lru_cache(maxsize=4096)
def _finding(name: str) -> PathNode:
    return PathNode(
        id="clew.finding:" + re.sub(r"[^A-Za-z0-9.:_+-]+", "-", name).strip("-"), label="Finding", name=name
    )


_DIAGNOSIS = PathNode(id="clew.finding:diagnosis", label="Finding", name="the diagnosis")
