"""Two states of guideline tables beside each other: the rules that differ, and the patients whose answers do."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from api import reference
from api.curate import kept
from api.reference import Effect
from api.rulediff import RuleChanges, compare
from graph import release as releases
from graph.errors import UsageError
from graph.patient import Profile
from graph.progress import Progress, silent
from graph.release import Release
from ingest import lift
from ingest.amend import GUIDELINES, amend, given
from ingest.harvest import Harvest

COMPARED = (*GUIDELINES, "moalmanac", "tables")
"""What may be compared as ``NAME=PATH``."""


class Difference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``release`` is the digest of the release that both states were put into."""

    old: str
    new: str
    release: str
    rules: RuleChanges
    asked: int
    """Reference patients."""
    effects: tuple[Effect, ...]


def difference(
    base: Release, old: str, new: str | None, profiles: Sequence[Profile], progress: Progress = silent
) -> Difference:
    """``old`` beside ``new``; without ``new``, what ``base`` holds of the table beside the table ``old``.

    Both are tables or ``NAME=PATH``. For the patients, each is put into ``base`` in the other's place.

    Raises:
        UsageError: for a source that is no guideline, or two that are not of one kind.
        DataError: for a table that cannot be read.
    """
    if new is None:
        after = given([old], COMPARED)
        names = _names(after)
        # The release has alleles lifted to the other build; the source as published states them on its own.
        before = lift.lifted_harvests(kept(base, names), lift.Unlifter(builds=lift.builds(after)))
        said = f"release {base.digest[:12]}", old
    else:
        before, after = given([old], COMPARED), given([new], COMPARED)
        said = old, new
        if ("=" in old) != ("=" in new) and not (Path(old).exists() and Path(new).exists()):
            raise UsageError(f"{old} and {new} are not of one kind: two tables, or two of one source")
    rules = compare(before, after)
    effects: tuple[Effect, ...] = ()
    if rules.rules and profiles:
        with ExitStack() as opened:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="clew-")))
            second = opened.enter_context(_with(base, folder / "new", after, before, progress))
            first = base if new is None else opened.enter_context(_with(base, folder / "old", before, after, progress))
            effects = reference.effects(first, second, profiles, progress)
    return Difference(old=said[0], new=said[1], release=base.digest, rules=rules, asked=len(profiles), effects=effects)


def _with(base: Release, home: Path, put: Sequence[Harvest], other: Sequence[Harvest], progress: Progress) -> Release:
    """A release beside, with ``put`` in the place of ``other``."""
    gone = _names(other) - _names(put)
    drop = tuple(h.source.name for h in kept(base, gone))
    with releases.draft(home) as draft:
        return amend(draft, base, put, drop, progress)


def _names(harvests: Sequence[Harvest]) -> set[str]:
    return {h.source.name for h in harvests}
