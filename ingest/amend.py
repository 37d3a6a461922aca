"""A release with other guideline tables and otherwise the same content, without the files of its sources.

The harvests that the release keeps (``ingest.keep``) are assembled again with the new ones in their places. The result
is, byte for byte, the release that a build from all sources with these tables gives.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from graph import release as releases
from graph.errors import DataError, UsageError, nearest
from graph.progress import Progress, silent
from graph.release import Release
from ingest import keep, lift, merge
from ingest.build import users_tables, written
from ingest.harvest import Harvest
from ingest.sources import importer

GUIDELINES = ("cpic", "hivdb")
"""Published guidelines that can be replaced as a whole, as ``NAME=PATH``: what they say needs no chain files."""


def amend(
    draft: releases.Draft,
    base: Release,
    put: Sequence[Harvest] = (),
    drop: Collection[str] = (),
    progress: Progress = silent,
) -> Release:
    """Write into ``draft`` the release ``base`` with the harvests ``put`` added or in place of those of their names.

    ``put`` is what ``given`` returns, or what ``ingest.keep`` kept of it; ``drop`` are names of sources that go.

    Raises:
        UsageError: for a source to drop that the release does not have.
        DataError: for content that contradicts itself: an id that another source has too.
        ReleaseError: when ``base`` is damaged, or keeps no sources.
    """
    progress("reading the release", 0, None)
    kept = {h.source.name: h for h in keep.read(base)}
    for name in drop:
        if name not in kept:
            close = next(iter(nearest(name, kept)), None)
            hint = f"did you mean {close}?" if close else f"it has {', '.join(sorted(kept))}"
            raise UsageError(f"release {base.digest[:12]} has no source {name!r} ({hint})")
        del kept[name]
    kept |= {h.source.name: h for h in put}
    return written(draft, [kept[name] for name in sorted(kept)], progress)


def given(tables: Sequence[str], allowed: Collection[str] = GUIDELINES) -> list[Harvest]:
    """What is to be put in: tables of the user's by their files, or published guidelines as ``NAME=PATH``.

    ``allowed`` are the names that may stand before a path.

    Raises:
        UsageError: for a source that is no guideline.
        DataError: for a table that cannot be read, or two of one name.
    """
    return together([*users_tables(own(tables)), *published(tables, allowed).values()])


def together(harvests: Iterable[Harvest]) -> list[Harvest]:
    """One harvest a source name, as a build would have it.

    Raises:
        DataError: when two of one name say different things.
    """
    return lift.lifted_harvests(merge.same_source(harvests), lift.Lifter(None))


def own(tables: Iterable[str]) -> list[Path]:
    """Of what is to be put in, the user's tables."""
    return [Path(t) for t in tables if "=" not in t or Path(t).exists()]


def published(tables: Iterable[str], allowed: Collection[str] = GUIDELINES) -> dict[str, Harvest]:
    """Of what is to be put in, the published guidelines; errors as ``given``."""
    found: dict[str, Harvest] = {}
    for text in tables:
        if "=" not in text or Path(text).exists():
            continue
        name, path = named(text)
        if name not in allowed:
            close = next(iter(nearest(name, allowed)), None)
            hint = f"did you mean {close}?" if close else f"{', '.join(sorted(allowed))} are"
            raise UsageError(f"{name!r} is no guideline that stands by itself ({hint})")
        if not path.exists():
            raise DataError("there is no such file or folder", file=str(path))
        found[text] = importer(name)(path)
    return found


def named(text: str) -> tuple[str, Path]:
    """``NAME=PATH`` apart."""
    name, _, path = text.partition("=")
    return name.strip(), Path(path.strip())
