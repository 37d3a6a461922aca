"""What differs between tables, as lines of text: the same in ``diff``, ``load`` and ``approve``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from api.render import words

if TYPE_CHECKING:
    from api.reference import Effect
    from api.rulediff import FieldChange, Renewal, RuleChange, RuleChanges
    from ingest.harvest import SetAside

_SIGN = {"added": "+", "changed": "~", "removed": "-"}


def counts(changes: RuleChanges) -> str:
    """``2 rules added, 1 changed, 12 as before``"""
    return counted(changes.count("added"), changes.count("changed"), changes.count("removed"), changes.same)


def counted(added: int, changed: int, removed: int, same: int = 0) -> str:
    told = [(added, "added"), (changed, "changed"), (removed, "removed"), (same, "as before")]
    (first, what), *others = [(number, what) for number, what in told if number] or [(0, "added or removed")]
    return ", ".join([f"{words.number(first, 'rule')} {what}", *(f"{number:,} {what}" for number, what in others)])


def rules(changes: RuleChanges) -> Iterator[str]:
    """What changed in all rules; each rule with its sign and what it says; what changed in it, old beside new."""
    for renewal in changes.renewed:
        yield f"= {words.clean(renewal.guideline)}, every rule: {_sides(renewal)}"
    for rule in changes.rules:
        yield from _rule(rule)


def _rule(rule: RuleChange) -> Iterator[str]:
    was = f"  (was {words.clean(rule.was)})" if rule.was else ""
    yield f"{_SIGN[rule.change]} {words.clean(rule.id)}{was}"
    yield f"    {words.clean(rule.says)}"
    for field in rule.fields:
        yield f"    {_sides(field)}"


def _sides(change: FieldChange | Renewal) -> str:
    old, new = (words.clean(side) if side else "(empty)" for side in (change.old, change.new))
    return f"{change.field}: {old} -> {new}"


def effects(found: Sequence[Effect], asked: int) -> Iterator[str]:
    """Each patient whose answer differs: options, guidance and rules, old beside new."""
    differ = [e for e in found if e.changes.options or e.changes.guidance]
    verb = "changes" if len(differ) == 1 else "change"
    yield f"{words.number(asked, 'reference patient')}: {words.number(len(differ), 'answer')} {verb}"
    for effect in found:
        yield f"  {words.clean(effect.patient)}"
        for option in effect.changes.options:
            name = words.therapy(option.therapy)
            direction = f" ({words.DIRECTION[option.direction]})" if option.direction != "sensitive" else ""
            before, after = words.was(option.before, option.tier_before), words.was(option.after, option.tier_after)
            yield f"    {name}{direction}: {before} -> {after}"
            if option.because_before:
                yield f"      was: {words.clean(option.because_before)}"
            if option.because and option.after:
                yield f"      now: {words.clean(option.because)}"
        for g in effect.changes.guidance:
            yield f"    {words.clean(g.drug)}, {words.clean(g.guideline)}:"
            yield f"      was: {words.guidance_was(g, before=True)}"
            yield f"      now: {words.guidance_was(g, before=False)}"
        for rule in effect.changes.rules:
            yield f"    rule {rule.change} ({words.rule_was(rule)}): {words.clean(rule.id)}"


def warning(item: SetAside) -> str:
    """What was odd in a table, with its place."""
    row, column = (f"row {item.row}" if item.row else ""), (f"column {item.column}" if item.column else "")
    place = ", ".join(part for part in (item.file, row, column) if part)
    return words.clean(f"{place}: {item.reason}: {item.value!r}" if item.value else f"{place}: {item.reason}")
