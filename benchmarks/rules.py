"""Guideline rows: 10,000 of them, asked for 2,000 patients, against CLIPS and clingo on the same in the same run.

Ours keeps what findings came to, so it is measured on a book that has met 2,000 other patients (``rules.patients``) and
on one that has met nobody (``rules.patients.new``); no patient is asked about twice. The rivals answer fewer patients,
for they are slower, and only which rows fire; ours also tells which rows wait and which fail. The facts of a patient
are ready beforehand for all of them, ancestors of the diagnosis included, and the rows that fire must be the same. All
run on one core; times are CPU times.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from benchmarks.figures import Figure, process, share, slower
from benchmarks.invented import DISEASES, DRUGS, GENES, OWN, Invented, Known, Reception, Words, invent
from benchmarks.rivals import Clingo, Clips, ClipsBelow
from rules.compiled import positions
from rules.rulebook import Patient, Rulebook

ROWS, PATIENTS = 10_000, 2_000
T = TypeVar("T")


def figures() -> Iterator[Figure]:
    made = invent(ROWS, 2 * PATIENTS)
    compiling, book = _timed(lambda: Rulebook(made.rows, made.tree))
    building, _ = _timed(lambda: Clips(made.table))
    yield slower("rules.compile", compiling, "s", "clipspy, building the same rules", building)
    yield from _patients(made)
    yield from _first(made, book)
    yield from _memory()
    yield from _lint()


def _patients(made: Invented) -> Iterator[Figure]:
    """Medians of three runs that take turns."""
    asked = made.patients[PATIENTS:]
    below, clingo = ClipsBelow(made.table), Clingo(made.table)
    rates: dict[str, list[float]] = {name: [] for name in ("new", "ours", "traced", "clips", "below", "clingo")}
    fired: list[set[int]] = []
    for _ in range(3):
        new, rate, fired = _passes(made, traced=False)
        rates["new"].append(new)
        rates["ours"].append(rate)
        rates["traced"].append(_passes(made, traced=True)[1])
        for name, rival, share_of in (("clips", Clips(made.table), 20), ("below", below, 4), ("clingo", clingo, 20)):
            rates[name].append(_rival(rival, asked[: PATIENTS // share_of], fired))
    rate_of = {name: statistics.median(found) for name, found in rates.items()}
    rate_of["all"] = _rival(Clips(made.table), asked, fired)
    words = {
        "clips": "clipspy, a new environment for every hundred patients",
        "all": "clipspy, one environment for all patients, which slows down",
        "below": "CLIPS below clipspy's objects",
        "clingo": "clingo, grounded once",
    }
    for name, ours in (("patients", "ours"), ("patients.new", "new"), ("traced", "traced")):
        for rival, said in words.items():
            at = f"rules.{name}" if rival == "clips" else f"rules.{name}.{rival}"
            yield share(at, rate_of[ours], "patients/s", said, rate_of[rival])


def _rival(rival: Clips | Clingo, asked: Sequence[Known], ours: Sequence[set[int]]) -> float:
    """Patients a second; the rows that fire are compared with ours."""
    taken, fired = _timed(lambda: [rival.fired(one) for one in asked])
    assert fired == ours[: len(asked)], f"{type(rival).__name__} does not agree on which rows fire"
    return len(asked) / taken


def _passes(made: Invented, *, traced: bool) -> tuple[float, float, list[set[int]]]:
    """Patients a second on a new book, then for as many others; the numbers of the rows that fire for the latter."""
    book = Rulebook(made.rows, made.tree)
    numbers = {row.id: i for i, row in enumerate(made.rows)}
    at = [numbers[row.id] for row in book.rows]

    def ask(patients: Sequence[Patient]) -> list[set[int]]:
        found = []
        for patient in patients:
            stands = book.ask(patient)
            if traced:
                stands.traces()
            found.append({at[i] for i in positions(stands.fired)})
        return found

    patients = _ready(made, made.patients)
    first = _timed(lambda: ask(patients[:PATIENTS]))[0]
    taken, fired = _timed(lambda: ask(patients[PATIENTS:]))
    return PATIENTS / first, PATIENTS / taken, fired


def _ready(made: Invented, people: Sequence[Known]) -> list[Patient]:
    reception = Reception(made.tree)
    return [reception.ready(one) for one in people]


def _first(made: Invented, book: Rulebook) -> Iterator[Figure]:
    patients = _ready(made, made.patients)
    first = _timed(lambda: book.ask(patients[0]))[0]
    later = statistics.median(_timed(lambda one=one: book.ask(one))[0] for one in patients[1:])
    yield share("rules.first", first * 1e3, "ms", "a later patient, the median", later * 1e3)


def _memory() -> Iterator[Figure]:
    """Peaks of processes that do nothing but answer; what the table itself takes is in both."""
    alone = (sys.executable, "-m", "benchmarks.rules")
    (_, ours), (_, theirs) = process(*alone, "ours", times=1), process(*alone, "clips", times=1)
    yield share("rules.memory", ours, "MB", "clipspy, the same table and patients", theirs)
    made = invent(ROWS, PATIENTS // 4)
    patients = _ready(made, made.patients)
    tracemalloc.start()
    book = Rulebook(made.rows, made.tree)
    compiled = tracemalloc.get_traced_memory()[0]
    for patient in patients:
        book.ask(patient)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    yield share("rules.memory.kept", kept / 1e6, "MB", "the book before anybody was asked about", compiled / 1e6)


def alone(who: str) -> None:
    """One of us in a process of its own, over a quarter of the patients."""
    made = invent(ROWS, PATIENTS // 4)
    if who == "ours":
        book = Rulebook(made.rows, made.tree)
        for patient in _ready(made, made.patients):
            stands = book.ask(patient)
            stands.traces()
    else:
        clips = ClipsBelow(made.table)
        for one in made.patients:
            clips.fired(one)


def _lint() -> Iterator[Figure]:
    """All checks over the table, with genes, diseases and drugs that the starter pack knows."""
    from api.diagnosis import ReleaseTaxonomy
    from graph.progress import silent
    from ingest import starter
    from ingest.patients.findings import read
    from ontologies import drugs
    from rules.lint import World, lint
    from rules.table import Table, TableRow, TableSpec

    serve = starter.release(silent).serve()
    named = [(id, name) for name in serve.disease_names() for id in serve.disease_ids(name.casefold())]
    diseases = list({id: (id, name) for id, name in named}.values())
    words = Words(serve.gene_symbols()[:GENES], diseases[:DISEASES], drugs.canonical_names()[:DRUGS])
    assert (len(words.genes), len(words.diseases), len(words.drugs)) == (GENES, DISEASES, DRUGS)
    rows = invent(ROWS, 0, words).rows
    lines = tuple(TableRow(file="invented.csv", number=i + 2, cells={}, row=row) for i, row in enumerate(rows))
    tables = [Table(spec=TableSpec(guideline="invented"), rows=lines)]
    world = World(serve, ReleaseTaxonomy(serve), read, date(2026, 1, 1))
    tracemalloc.start()
    lint(tables, world)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    taken = _timed(lambda: lint(tables, World(serve, ReleaseTaxonomy(serve), read, date(2026, 1, 1))))[0]
    building = _timed(lambda: Clips(invent(ROWS, 0, OWN).table))[0]
    yield slower("rules.lint", taken, "s", "clipspy, reading as many rules without looking for faults", building)
    tracemalloc.start()
    Rulebook(rows, ReleaseTaxonomy(serve))
    compiled = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    yield share("rules.lint.memory", peak, "MB", "compiling the same rows", compiled)


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds: nothing here waits, and other programs on the machine are not to count. What was made before is kept
    from the collector, whose rounds would fall on one or the other."""
    gc.collect()
    gc.freeze()
    start = time.process_time()
    found = call()
    return time.process_time() - start, found


if __name__ == "__main__":
    alone(sys.argv[1])
