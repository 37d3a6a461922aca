"""A table of exactly-one rows taken apart: which facts its rows ask about, which values these can have, and which rows
hold for each value. All combinations of values are then a few bit operations each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from graph.claims import All, Condition, Expression, criteria
from rules.biomarkers import reading
from rules.diseases import fit
from rules.lint import settled
from rules.lint.book import Entry, topics_of
from rules.lint.witness import Draft, branches, made
from rules.lint.world import World
from rules.match import Matcher

VALUES = 60
"""Values of one fact that are looked at."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a fact: in words, as part of a patient, and the rows (bits) that hold for it."""

    words: str
    draft: Draft
    rows: int


@dataclass(frozen=True, slots=True)
class Slot:
    """One fact that rows ask about."""

    fact: str
    choices: tuple[Choice, ...]
    declared: bool
    """The table declares all its values, so that a value without a row is a gap."""
    asking: int
    """Rows (bits) that ask about it."""
    cut: bool = False
    """Whether it has more values than are looked at."""


def slots(entries: Sequence[Entry], world: World, genotypes: Mapping[str, Sequence[str]]) -> tuple[Slot, ...] | None:
    """The facts that rows ask about; ``None`` where a row joins several facts with OR: they cannot be parted."""
    profiles: defaultdict[str, dict[int, Expression]] = defaultdict(dict)
    settings: defaultdict[str, dict[int, tuple[Condition, ...]]] = defaultdict(dict)
    diseases: dict[int, Entry] = {}
    for i, entry in enumerate(entries):
        parts = _parted(entry.row.profile)
        if parts is None or entry.row.kind == "require":
            return None
        for topic, part in parts.items():
            profiles[topic][i] = part
        for condition in entry.row.settings:
            settings[condition.fact][i] = (*settings[condition.fact].get(i, ()), condition)
        if entry.row.disease is not None:
            diseases[i] = entry
    found = [_profile_slot(topic, asked, entries, world, genotypes) for topic, asked in profiles.items()]
    found += [_fact_slot(fact, asked_, entries) for fact, asked_ in settings.items() if fact not in settled.DERIVED]
    if diseases:
        found.append(_disease_slot(diseases, entries, world))
    return tuple(sorted(found, key=lambda s: (not s.declared, -s.asking.bit_count(), s.fact)))


def _parted(profile: Expression | None) -> dict[str, Expression] | None:
    """The parts of a profile by the gene or marker that they are about."""
    if profile is None:
        return {}
    found: defaultdict[str, list[Expression]] = defaultdict(list)
    for part in profile.args if isinstance(profile, All) else (profile,):
        about = {t for c, _ in criteria(part) for t in topics_of(c)}
        if len(about) != 1:
            return None
        found[about.pop()].append(part)
    return {topic: parts[0] if len(parts) == 1 else All(tuple(parts)) for topic, parts in found.items()}


def _profile_slot(
    topic: str, asked: Mapping[int, Expression], entries: Sequence[Entry], world: World,
    genotypes: Mapping[str, Sequence[str]],
) -> Slot:  # fmt: skip
    facts = (f"germline_pgx.{topic}", f"gene.{topic}", f"marker.{topic}")
    column = next((c for e in entries for fact in facts if (c := e.declared(fact)) is not None), None)
    parts = tuple(dict.fromkeys(asked.values()))
    criteria_ = [c for part in parts for c, _ in criteria(part)]
    germline = any(c.type == "genotype" for c in criteria_)
    declared = column.values if column else ()
    if germline:
        declared = declared or tuple(dict.fromkeys(g for c in criteria_ for g in c.among))
        drafts = _genotypes(topic, declared or tuple(dict.fromkeys(g for c in criteria_ for g in c.genotypes)))
    else:
        wanted = _read(topic, declared) or [(part, want) for part in parts for want in (True, False)]
        drafts = _findings(topic, wanted, genotypes, world)
        if "unknown" in declared:
            drafts[f"{topic} unknown"] = Draft()
    choices = []
    for words, draft in islice(drafts.items(), VALUES):
        holds = partial(_holds, draft.patient(world).matcher)
        choices.append(Choice(words, draft, _mask(entries, asked, holds)))
    name = f"germline_pgx.{topic}" if germline else topic
    return Slot(name, tuple(choices), bool(declared), _bits(asked), len(drafts) > VALUES)


def _holds(matcher: Matcher, part: Expression) -> bool:
    return matcher.read(part, excludes=False).truth is True


def _genotypes(topic: str, values: Sequence[str]) -> dict[str, Draft]:
    return {f"{topic} {v}": Draft() if v == "unknown" else Draft(germline={topic: v}) for v in values}


def _read(topic: str, declared: Sequence[str]) -> list[tuple[Expression, bool]]:
    """What the declared values of a gene's or a marker's column mean."""
    found = (reading(topic, value) or reading(None, f"{topic} {value}") for value in declared)
    return [(e, True) for e in found if e is not None]


def _findings(
    topic: str, wanted: Sequence[tuple[Expression, bool]], genotypes: Mapping[str, Sequence[str]], world: World
) -> dict[str, Draft]:  # fmt: skip
    drafts: dict[str, Draft] = {}
    for part, want in wanted:
        for literals in islice(branches(part, want), 6):
            found = (d for d in islice(made(literals, genotypes), VALUES)
                     if d.patient(world).matcher.read(part, excludes=False).truth is want)  # fmt: skip
            for draft in islice(found, 2):
                drafts.setdefault(_words(topic, draft), draft)
    return drafts


def _words(topic: str, draft: Draft) -> str:
    words = []
    for b in draft.biomarkers:
        subject = b.gene or b.marker or b.name or b.gene_3p or b.gene_5p or topic
        what = b.hgvs_p or b.hgvs_c or b.status or (f"{b.value:g}" if b.value is not None else None)
        words.append(f"{subject} {what or b.direction or b.consequence or b.type}")
    return " and ".join(words) or f"no change of {topic}"


def _fact_slot(fact: str, asked: Mapping[int, tuple[Condition, ...]], entries: Sequence[Entry]) -> Slot:
    column = next((c for e in entries if (c := e.declared(fact)) is not None), None)
    every = [c for conditions in asked.values() for c in conditions]
    unit = next((c.unit for c in every if c.unit), None)
    declared = [v for v in column.values if v != "unknown"] if column else []
    unknown = any(c.cell.strip() in ("unknown", "known") for c in every) or bool(column and "unknown" in column.values)
    if any(settled.is_number(c.cell) for c in every):
        values = settled.candidates(fact, every, declared)
    else:
        by_row = [v for conditions in asked.values() for v in settled.candidates(fact, conditions, declared)]
        values = tuple({repr(v): v for v in (*(v for v in by_row if v is not None), None)}.values())
    numeric = any(settled.is_number(c.cell) for c in every)
    if column and column.values:
        values = tuple(v for v in values if v is None or isinstance(v, float | int) or v in declared)
    # A fact that every row asks about is one that the table goes by: what its rows name are its values.
    everywhere = len(asked) == len(entries)
    if everywhere:
        values = tuple(v for v in values if v != settled.OTHER)
    if not unknown:
        values = tuple(v for v in values if v is not None)
    choices = []
    for value in values[:VALUES]:
        bits = _mask(entries, asked, partial(_meets, value))
        draft = Draft(facts={fact: value}, units={fact: unit})
        choices.append(Choice(f"{fact} {_shown(value)}", draft, bits))
    told = bool(column and column.values) or numeric or everywhere
    return Slot(fact, tuple(choices), told, _bits(asked), len(values) > VALUES)


def _meets(value: settled.Value, conditions: Sequence[Condition]) -> bool:
    return all(settled.truth(c, value) is True for c in conditions)


def _shown(value: settled.Value) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _disease_slot(asked: Mapping[int, Entry], entries: Sequence[Entry], world: World) -> Slot:
    named = dict.fromkeys(d for e in asked.values() if e.row.disease for d in e.row.disease.ids)
    choices = []
    for one in islice(named, VALUES):
        diagnosis = world.diagnosis((one,))

        def holds(entry: Entry, at: Any = diagnosis) -> bool:
            scope = entry.row.disease
            return scope is None or fit(scope, at, world.taxonomy).inside

        words = world.taxonomy.disease_name(one) or one
        choices.append(Choice(words, Draft(diagnosis=one), _mask(entries, asked, holds)))
    return Slot("disease", tuple(choices), False, _bits(asked), len(named) > VALUES)


def _mask(entries: Sequence[Entry], asked: Mapping[int, Any], holds: Any) -> int:
    return sum(1 << i for i in range(len(entries)) if i not in asked or holds(asked[i]))


def _bits(places: Mapping[int, Any]) -> int:
    return sum(1 << i for i in places)


def merged(choices: Sequence[Choice]) -> Draft:
    """One patient with all the chosen values."""
    found = Draft()
    for choice in choices:
        d = choice.draft
        found = replace(
            found,
            biomarkers=(*found.biomarkers, *d.biomarkers),
            absent=found.absent | d.absent,
            germline={**found.germline, **d.germline},
            diagnosis=d.diagnosis or found.diagnosis,
            facts={**found.facts, **d.facts},
            units={**found.units, **d.units},
        )
    return found


def firsts(rows: int) -> Iterator[int]:
    """The places of the bits that are set."""
    while rows:
        low = rows & -rows
        yield low.bit_length() - 1
        rows ^= low
