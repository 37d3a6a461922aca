"""Clew: therapies for a tumour profile, each with the thread that leads to it.

    >>> import clew
    >>> engine = clew.open()                                     # doctest: +SKIP
    >>> [answer] = map(engine.recommend, clew.read(text="BRAF V600E", disease="Melanoma"))   # doctest: +SKIP
    >>> answer.options[0].therapy                                # doctest: +SKIP
    ('Dabrafenib', 'Trametinib')

Everything named in ``__all__`` is the public interface; what it is made of may move.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from api.frame import to_frame
from api.recommend import Engine
from graph.answer import Option, Recommendation
from graph.errors import (
    ClewError,
    DataError,
    LimitError,
    QueryError,
    ReleaseError,
    StoreError,
    UsageError,
)
from graph.patient import Biomarker, Context, Disease, Profile, Test
from graph.release import Release, open_release
from graph.stores import open_store

__all__ = [
    "Biomarker",
    "ClewError",
    "Context",
    "DataError",
    "Disease",
    "Engine",
    "LimitError",
    "Option",
    "Profile",
    "QueryError",
    "Recommendation",
    "Release",
    "ReleaseError",
    "StoreError",
    "Test",
    "UsageError",
    "open",
    "open_release",
    "open_store",
    "read",
    "recommend",
    "to_frame",
]


def open(path: Path | str | None = None) -> Engine:
    """An engine over the release at ``path`` (a home or one release); without a path, over the starter pack.

    Raises:
        ReleaseError: when there is no intact release.
    """
    if path is None:
        from ingest.starter import release

        return Engine(release())
    return Engine(open_release(path))


def read(
    paths: Path | str | Iterable[Path | str] = (),
    *,
    text: str | Sequence[str] = (),
    disease: str | None = None,
    sample: str | None = None,
    assembly: str | None = None,
    jurisdiction: str | None = None,
    as_of: str | None = None,
) -> list[Profile]:
    """Profiles from patient files, or from findings in words; several files are one patient, a ``.jsonl`` is a cohort.

    Raises:
        DataError: for a file that is not what it should be, naming file, row, column and value.
    """
    from ingest import patients

    return patients.read(
        [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)],
        sample=sample,
        assembly=assembly,
        disease=disease,
        text=[text] if isinstance(text, str) else text,
        jurisdiction=jurisdiction,
        as_of=as_of,
    )


def recommend(profile: Profile, release: Path | str | None = None) -> Recommendation:
    """One answer for one patient. For many, keep the engine that ``open`` returns.

    Raises:
        DataError: for a profile that cannot be interpreted.
        ReleaseError: when there is no intact release.
    """
    return open(release).recommend(profile)
