"""What two states of guideline tables say differently: rules added, removed, and changed field by field.

A *rule* is whatever a table or a published guideline states: a guideline row, a label or another statement, a class of
changes. Both sides are harvests as their importers made them, so that nothing which only follows from them is told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from graph.claims import (
    All,
    Any,
    Condition,
    DiseaseScope,
    GuidelineRow,
    Is,
    Level,
    Not,
    Statement,
    Step,
    VariantClass,
    phrase,
)
from ingest.harvest import Harvest

Rule = GuidelineRow | Statement | VariantClass
_NAMES = ("id", "record", "provenance", "row")
"""Fields that say what a rule is called, not what it says."""


class FieldChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``None``: the field is empty."""

    field: str
    old: str | None
    new: str | None


class RuleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule that differs. ``id`` is the new one where there is one."""

    id: str
    change: Literal["added", "changed", "removed"]
    says: str
    """The rule in a few words."""
    fields: tuple[FieldChange, ...] = ()
    was: str | None = None
    """The old id, where it is another one: that of an earlier version."""


class Renewal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field that changed in the same way in every rule of a guideline that both sides have: its version, say."""

    guideline: str
    field: str
    old: str | None
    new: str | None


class RuleChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that differs, in order of the rules' ids, and how many rules are the same.

    What changed in all of a guideline is told once, in ``renewed``; a rule in which nothing else changed is the same.
    """

    rules: tuple[RuleChange, ...]
    same: int
    renewed: tuple[Renewal, ...] = ()

    def count(self, change: str) -> int:
        return sum(r.change == change for r in self.rules)


def compare(old: Iterable[Harvest], new: Iterable[Harvest]) -> RuleChanges:
    """Rules of ``old`` beside those of ``new``.

    Rules are paired by their ids. Where the two sides share no guideline (a table under another file name, say), what
    the guideline is called does not count; nor does the version at the end of an id, where only one has it.
    """
    before, after = _rules(old), _rules(new)
    shared = {_guideline(r) for r in before} & {_guideline(r) for r in after}
    several = _several(before, shared) | _several(after, shared)
    first, second = _keyed(before, shared, several), _keyed(after, shared, several)
    both = [(first[key], second[key]) for key in sorted(first.keys() & second.keys())]
    renewed = _renewed(both)
    once = {(r.guideline, r.field) for r in renewed}
    changes = [_change(first.get(key), second.get(key), once) for key in sorted({*first, *second})]
    told = tuple(c for c in changes if c is not None)
    return RuleChanges(rules=told, same=len(changes) - len(told), renewed=renewed)


def describe(rule: Rule) -> str:
    """The rule in a few words: ``exclude Cetuximab: KRAS mutation, Colorectal cancer``."""
    if isinstance(rule, VariantClass):
        return f"{'' if rule.holds else 'not '}{', '.join(rule.classes)}: {rule.criterion.name}"
    if isinstance(rule, Statement):
        head = f"{rule.kind} {' + '.join(rule.therapy)}"
    else:
        joint = " + " if rule.kind == "recommend" else ", "
        head = f"{rule.kind} {rule.drug_class or joint.join(rule.drugs)}"
    asked = [phrase(rule.profile)] if rule.profile is not None else []
    asked += [rule.disease.name] if rule.disease is not None else []
    asked += [_text(c) for c in rule.settings]
    points = f" ({rule.points:+g} points)" if isinstance(rule, GuidelineRow) and rule.points is not None else ""
    return f"{head}: {', '.join(part for part in asked if part) or 'always'}{points}"


def _rules(harvests: Iterable[Harvest]) -> list[Rule]:
    found: list[Rule] = []
    for harvest in harvests:
        rows = {row.id for row in harvest.rows}
        found += harvest.rows
        # A row's statement says what the row says.
        found += [s for s in harvest.statements if s.row not in rows or s.row is None]
        found += harvest.classes
    return found


def _guideline(rule: Rule) -> str:
    return rule.guideline if isinstance(rule, GuidelineRow) else rule.provenance


def _several(rules: Sequence[Rule], shared: set[str]) -> set[tuple[str, ...]]:
    """Keys of rules of which one side has several versions."""
    often = Counter(_key(rule, shared, _unversioned(rule)) for rule in rules)
    return {key for key, times in often.items() if times > 1}


def _keyed(
    rules: Sequence[Rule], shared: set[str], several: Collection[tuple[str, ...]]
) -> dict[tuple[str, ...], Rule]:  # fmt: skip
    """The rules by what pairs them: kind of rule, guideline where both sides have it, and id without its version."""
    bare = [(rule, _key(rule, shared, _unversioned(rule))) for rule in rules]
    return {_key(rule, shared, rule.id) if key in several else key: rule for rule, key in bare}


def _key(rule: Rule, shared: set[str], id: str) -> tuple[str, ...]:
    guideline = _guideline(rule)
    if guideline in shared:
        return type(rule).__name__, guideline, id
    own = id.removeprefix(f"guideline:{guideline}:")
    # A label of a table is ``label:<table>.<row>``, a class ``tables:<table>:<row>``.
    table = guideline.removeprefix("table-")
    for prefix in (f"label:{table}.", f"tables:{table}:"):
        own = own.removeprefix(prefix)
    return type(rule).__name__, "", own


def _unversioned(rule: Rule) -> str:
    version = rule.version if isinstance(rule, GuidelineRow) else None
    return rule.id.removesuffix(f"@{version}") if version else rule.id


def _renewed(both: Sequence[tuple[Rule, Rule]]) -> tuple[Renewal, ...]:
    """What changed alike in every rule, of guidelines with more than one."""
    alike: dict[str, list[set[FieldChange]]] = defaultdict(list)
    for old, new in both:
        alike[_guideline(new)].append(set(_fields(old, new)))
    shared = {name: set.intersection(*changes) for name, changes in alike.items() if len(changes) > 1}
    told = ((name, change) for name in sorted(shared) for change in sorted(shared[name], key=lambda c: c.field))
    return tuple(Renewal(guideline=name, field=c.field, old=c.old, new=c.new) for name, c in told)


def _change(old: Rule | None, new: Rule | None, once: Collection[tuple[str, str]]) -> RuleChange | None:
    if old is None and new is not None:
        return RuleChange(id=new.id, change="added", says=describe(new))
    if new is None and old is not None:
        return RuleChange(id=old.id, change="removed", says=describe(old))
    assert old is not None and new is not None
    fields = tuple(f for f in _fields(old, new) if (_guideline(new), f.field) not in once)
    if not fields:
        return None
    return RuleChange(
        id=new.id, change="changed", says=describe(new), fields=fields, was=old.id if old.id != new.id else None
    )


def _fields(old: Rule, new: Rule) -> Iterable[FieldChange]:
    for name in new.__struct_fields__:
        one, other = getattr(old, name), getattr(new, name)
        if name in _NAMES or one == other:
            continue
        before, after = _text(one), _text(other)
        if before == after:
            # The same words for different things: told as they are stored.
            before, after = (msgspec.json.encode(value).decode() for value in (one, other))
        yield FieldChange(field=name, old=before or None, new=after or None)


def _text(value: object) -> str:
    """A field in words; empty where it is empty."""
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Is | Not | All | Any):
        return phrase(value)
    if isinstance(value, DiseaseScope):
        ids = f" ({', '.join(value.ids)})" if value.ids else ""
        return f"{value.name}{ids}" + (f" but {', '.join(value.excluded)}" if value.excluded else "")
    if isinstance(value, Condition):
        return f"{value.fact} {value.cell}" + (f" {value.unit}" if value.unit else "")
    if isinstance(value, Level):
        return f"{value.scheme} {value.value}"
    if isinstance(value, Step):
        low, high = (("" if end is None else f"{end:g}") for end in (value.low, value.high))
        return f"[{low}..{high}] {value.level}"
    if isinstance(value, tuple | list):
        return "; ".join(map(_text, value))
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {_text(item)}" for key, item in value.items())
    name = getattr(value, "name", None)
    return name if isinstance(name, str) else str(value)
