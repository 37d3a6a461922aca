"""What only the text of a row says about biomarkers, read into the row's profile.

A row can leave out what its text asks for besides: that genes are unchanged, that a marker is negative, or that one is
positive. Such a row would hold for patients for whom the label does not. What was not tested for is then named as
missing, and the row gives an option: it is left out of the source's own fields, and may not be what the source meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, cast

from graph.claims import All, Any, Criterion, Expression, Is, Not, criteria
from ingest.indication.biomarkers import asks_absence, names_of, unstated_absences
from ingest.indication.mentions import Mention, mentions
from ingest.indication.text import from_indicated, parts
from rules.markers import markers, scheme, units


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A profile with what the text says besides."""

    profile: Expression
    absent: tuple[str, ...]
    """Genes that must be unchanged, markers that must be negative, by the text alone."""
    required: tuple[str, ...]
    """Markers that must be positive, by the text alone."""
    accepts_unknown: bool
    """Whether the row holds, as an option, where what must be absent was not tested."""
    open: tuple[str, ...]
    """Markers that the text asks for in a way that was not read."""


def narrowed(text: str, profile: Expression, symbols: Iterable[str] = ()) -> Narrowed:
    """The profile with what its text asks for besides, and whether the text accepts that an absence is not known."""
    own_absence = any(asks_absence(c, negated) for c, negated in criteria(profile))
    absent = unstated_absences(text, profile, symbols)
    asked = tuple(_required(text, profile, tuple(symbols)))
    # A positive marker is asked for as "not the opposite", which is an absence: beside absences of the row's own, the
    # row could not tell which of them may stay unknown.
    required = tuple(name for name, opposite in asked if opposite is not None and not own_absence)
    opposites = [Not(opposite) for _, opposite in asked if opposite is not None and not own_absence]
    more = (*map(_absence, absent), *opposites)
    wide = _with_hormone_receptor(text, profile)
    parts_ = (*(wide.args if isinstance(wide, All) else (wide,)), *more)
    return Narrowed(
        All(parts_) if more else wide,
        absent,
        required,
        (bool(more) and not own_absence) or (own_absence and _UNKNOWN_TOO.search(parts(text).indication) is not None),
        tuple(name for name, _ in asked if name not in required),
    )


_UNKNOWN_TOO = re.compile(r"\bor (?:[\w-]+ ){0,6}?unknown\b", re.I)
"""The text holds for patients of whom the absence is not known."""


def _absence(name: str) -> Expression:
    """A gene unchanged, a chromosome arm not lost, a marker negative."""
    if re.fullmatch(r"\d+[pq]", name):
        lost = Criterion(type="cna", name=f"{name} deletion", region=name, directions=("loss", "deep_deletion"))
        return Not(Is(lost))
    if name in markers() and markers()[name].gene != name:
        return _status(name, "negative")
    return Is(Criterion(type="wildtype", name=f"Wild type {name}", gene=name))


def _status(marker: str, status: str) -> Is:
    return Is(Criterion(type="expression", name=f"{marker}-{status}", marker=marker, statuses=(status,)))


# -- markers that must be positive -----------------------------------------------------------------------------------

_POSITIVE = re.compile(r"\)?(?:[- ]?\([^()]*\))?[- ]*(?:positive\b|\+)", re.I)
_LEVEL = re.compile(
    r"[^;,]{0,60}?(?:\b(?P<a>CPS|TPS|TAP)\b|combined positive score|tumou?r proportion score)[^\d;]{0,24}"
    r"(?P<n>\d+(?:\.\d+)?)",
    re.I,
)
_EITHER = re.compile(r"\bor (?:an? )?$", re.I)


def _required(text: str, profile: Expression, symbols: tuple[str, ...]) -> Iterator[tuple[str, Expression | None]]:
    """Markers that must be positive by the text and are not in the profile, each with the opposite of what is asked;
    ``None`` where the level that is asked for is not understood."""
    core = from_indicated(parts(text).indication)
    # A mutation of a receptor's gene is not its expression.
    covered = {key for c, _ in criteria(profile) if c.type in ("expression", "cna") for key in names_of(c)}
    if {"ER", "PR", "HR"} & covered:
        covered |= {"ER", "PR", "HR"}
    seen: set[str] = set()
    for m in mentions(core, symbols):
        name = _marker(m)
        if name is None or name in seen or m.present is not True or m.word.markers & covered:
            continue
        # One of several that may be asked for, or part of a longer name.
        if _EITHER.search(core[: m.start]) or re.match(r"[\w() +-]{0,24}\bor\b", core[m.end : m.end + 40]):
            continue
        if name == "PD-L1":
            level = _LEVEL.match(core, m.end)
            seen.add(name)
            yield name, _below(name, level) if level else None
        elif _POSITIVE.match(core, m.end) and not m.statuses:
            seen.add(name)
            yield name, _hormone_receptor_negative() if name == "HR" else _status(name, "negative")


def _marker(m: Mention) -> str | None:
    if m.word.name == "HR":
        return "HR"
    return next(iter(m.word.markers)) if m.word.absence == "marker" and len(m.word.markers) == 1 else None


def _hormone_receptor_negative() -> Expression:
    return Any((_status("HR", "negative"), All((_status("ER", "negative"), _status("PR", "negative")))))


def _below(marker: str, level: re.Match[str]) -> Expression | None:
    score = scheme(level["a"]) if level["a"] else "CPS" if "combined" in level[0].casefold() else "TPS"
    if score is None:
        return None
    criterion = Criterion(
        type="expression", name=f"{marker} {score} < {level['n']}", marker=marker, comparator="<",
        value=float(level["n"]), unit=cast("Literal['percent', 'count']", units()[score]), scheme=score,
    )  # fmt: skip
    return Is(criterion)


# -- hormone receptors -----------------------------------------------------------------------------------------------


def _with_hormone_receptor(text: str, profile: Expression) -> Expression:
    """Where the text says that a hormone receptor is positive, it means either receptor: a row that names one of them
    holds for the other too."""
    found = mentions(from_indicated(parts(text).indication))
    if not any(m.word.name == "HR" and m.present for m in found):
        return profile
    named = {m.word.name for m in found} & {"ER", "PR"}
    return _either_receptor(profile, frozenset({"ER", "PR"} - named))


def _either_receptor(e: Expression, receptors: frozenset[str]) -> Expression:
    if isinstance(e, All):
        return All(tuple(_either_receptor(arg, receptors) for arg in e.args))
    if isinstance(e, Any):
        return Any(tuple(_either_receptor(arg, receptors) for arg in e.args))
    if isinstance(e, Is) and e.criterion.marker in receptors and e.criterion.statuses == ("positive",):
        return Any((e, _status("HR", "positive")))
    return e
