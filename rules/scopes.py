"""The diseases of compiled guideline rows: every distinct scope once, found from a diagnosis without asking them all.

A scope that names diseases can hold, or be left open, only where one of them is the patient's, an ancestor of it or a
descendant: these are found through two indexes, and every other scope with diseases is outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from graph.answer import CellRead
from graph.claims import DiseaseScope
from rules.diseases import Diagnosis, Fit, Taxonomy, fit
from rules.kleene import Truth
from rules.sheet import OUTCOME
from rules.weigh import inside


class Scopes:
    """The distinct scopes of a table, each with the rows that have it, as bits; a row has one at most."""

    def __init__(self) -> None:
        self.listed: list[DiseaseScope] = []
        self._numbers: dict[DiseaseScope, int] = {}
        self._rows: list[int] = []
        self._all = 0
        self._open: list[int] = []
        """Scopes that name no disease."""
        self._by_id: defaultdict[str, list[int]] | None = None
        self._by_ancestor: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, scope: DiseaseScope, bit: int) -> int:
        """The number of a scope, which one more row has."""
        number = self._numbers.setdefault(scope, len(self.listed))
        if number == len(self.listed):
            self.listed.append(scope)
            self._rows.append(0)
        self._rows[number] |= bit
        self._all |= bit
        return number

    def place(self, diagnosis: Diagnosis, taxonomy: Taxonomy) -> Placed:
        """How all scopes stand for a diagnosis."""
        truths = {n: inside(fit(self.listed[n], diagnosis, taxonomy)) for n in self._near(diagnosis, taxonomy)}
        near = failed = unknown = 0
        for number, truth in truths.items():
            near |= self._rows[number]
            if truth is False:
                failed |= self._rows[number]
            elif truth is None:
                unknown |= self._rows[number]
        return Placed(self, diagnosis, taxonomy, truths, failed | self._all & ~near, unknown)

    def _near(self, diagnosis: Diagnosis, taxonomy: Taxonomy) -> set[int]:
        """The scopes that are not certainly outside."""
        if not diagnosis.ids:
            return set(range(len(self.listed)))
        if self._by_id is None:
            self._index(taxonomy)
        assert self._by_id is not None
        found = set(self._open)
        for disease in diagnosis.ancestors:
            found.update(self._by_id.get(disease, ()))
        for disease in (*diagnosis.ids, *diagnosis.implied):
            found.update(self._by_ancestor.get(disease, ()))
        return found

    def _index(self, taxonomy: Taxonomy) -> None:
        self._by_id = defaultdict(list)
        for number, scope in enumerate(self.listed):
            if not scope.ids:
                self._open.append(number)
            for id in scope.ids:
                self._by_id[id].append(number)
                for ancestor in taxonomy.ancestors(id):
                    self._by_ancestor[ancestor].append(number)


class Placed:
    """What the scopes of all rows come to for one diagnosis."""

    __slots__ = ("_cells", "_diagnosis", "_scopes", "_taxonomy", "_truths", "failed", "unknown")

    def __init__(
        self,
        scopes: Scopes,
        diagnosis: Diagnosis,
        taxonomy: Taxonomy,
        truths: Mapping[int, Truth],
        failed: int,
        unknown: int,
    ) -> None:
        self._scopes = scopes
        self._diagnosis = diagnosis
        self._taxonomy = taxonomy
        self._truths = truths
        self.failed = failed
        self.unknown = unknown
        self._cells: tuple[CellRead, ...] = ()

    def fit(self, number: int) -> Fit:
        """How one scope stands, with why."""
        return fit(self._scopes.listed[number], self._diagnosis, self._taxonomy)

    @property
    def cells(self) -> tuple[CellRead, ...]:
        """One a scope."""
        if not self._cells:
            name = self._diagnosis.name or self._diagnosis.input or "not known"
            self._cells = tuple(
                CellRead(fact="disease", asked=scope.name, found=name, outcome=OUTCOME[self._truths.get(number, False)])
                for number, scope in enumerate(self._scopes.listed)
            )
        return self._cells
