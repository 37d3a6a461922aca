"""Reference patients: whose answers are compared before tables come into use."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

import msgspec

from api.changes import compare
from api.recommend import Engine
from graph.answer import Changes
from graph.errors import DataError
from graph.patient import Profile
from graph.progress import Progress, silent
from graph.release import Release
from ingest import patients

_OURS = "reference_patients.jsonl"


class Effect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A patient whose answer differs."""

    patient: str
    changes: Changes


def read(given: Path | None = None) -> list[Profile]:
    """The institution's own patients, one file or every file of a folder; without ``given``, those that come with Clew.

    Raises:
        DataError: for a file that holds no profile, a folder without one, or two patients of one id.
    """
    if given is None:
        with as_file(files("api") / _OURS) as file:
            return patients.read([file])
    if not given.exists():
        raise DataError("there is no such file or folder", file=str(given))
    found: dict[str, Profile] = {}
    listed = sorted(p for p in given.iterdir() if p.is_file() and p.name[:1] != ".") if given.is_dir() else [given]
    for file in listed:
        for profile in patients.read([file]):
            if profile.id in found:
                raise DataError("two reference patients have this id", file=file.name, value=profile.id)
            found[profile.id] = profile
    if not found:
        raise DataError("this folder holds no profile", file=str(given))
    return list(found.values())


def effects(
    before: Release, after: Release, profiles: Sequence[Profile], progress: Progress = silent
) -> tuple[Effect, ...]:
    """The patients whose options, guidance or rules differ between two releases, in their order."""
    old, new = Engine(before), Engine(after)
    found = []
    for done, profile in enumerate(profiles, start=1):
        changes = compare(old.recommend(profile), new.recommend(profile))
        progress("reference patients", done, len(profiles))
        if changes.options or changes.guidance or changes.rules:
            found.append(Effect(patient=profile.id, changes=changes))
    return tuple(found)
