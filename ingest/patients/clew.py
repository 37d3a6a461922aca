"""Clew's own profile: one JSON object, or a cohort with one object a line."""

from __future__ import annotations

import math
from datetime import date

from graph.errors import DataError, LimitError
from graph.patient import Biomarker, Profile
from ingest.limits import COHORT
from ingest.patients.strict import FIELD
from ingest.patients.strict import decode as strictly


def decode(content: bytes, *, file: str | None = None, row: int | None = None) -> Profile:
    """The profile that a JSON object states.

    Raises:
        DataError: names the field; unknown fields and values come with a did-you-mean.

    >>> decode(b'{"id": "P1", "disease": {"oncotree": "MEL"}, "biomarkers": []}').disease.oncotree
    'MEL'
    """
    profile = strictly(content, Profile, file=file, row=row)
    for column, problem, value in _faults(profile):
        raise DataError(problem, file=file, row=row, column=column, value=value, noun=FIELD)
    return profile


def cohort(content: bytes, file: str) -> list[Profile]:
    """One profile a line, in file order; blank lines are passed over.

    Raises:
        DataError: a line that is no profile, by line and field; an id that is there twice.
    """
    profiles: list[Profile] = []
    rows: dict[str, int] = {}
    for row, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        if len(line) > COHORT.line:
            raise LimitError(f"the line has {len(line):,} bytes; {COHORT.line:,} are allowed", file=file, row=row)
        profile = decode(line, file=file, row=row)
        if profile.id in rows:
            raise DataError(f"this id is in line {rows[profile.id]} too", file=file, row=row, column="id",
                            value=profile.id, noun=FIELD)  # fmt: skip
        rows[profile.id] = row
        profiles.append(profile)
    if not profiles:
        raise DataError("the file holds no profile", file=file)
    return profiles


Fault = tuple[str, str, object]


def _faults(profile: Profile) -> list[Fault]:
    """Values that have the right type and still cannot be."""
    found: list[Fault] = []
    if not profile.id.strip():
        found.append(("id", "the id is empty", None))
    context = profile.context
    if context.age_years is not None and not 0 <= context.age_years <= 130:
        found.append(("context.age_years", "an age in years lies between 0 and 130", context.age_years))
    if context.line is not None and context.line < 1:
        found.append(("context.line", "lines of treatment count from 1", context.line))
    if context.as_of is not None and not is_date(context.as_of):
        found.append(("context.as_of", "this is not a date like 2022-06-01", context.as_of))
    for index, biomarker in enumerate(profile.biomarkers):
        found += [(f"biomarkers[{index}].{field}", problem, value) for field, problem, value in _impossible(biomarker)]
    return found


def _impossible(b: Biomarker) -> list[Fault]:
    found: list[Fault] = []
    if b.vaf is not None and not 0 <= b.vaf <= 1:
        found.append(("vaf", "an allele fraction lies between 0 and 1", b.vaf))
    if b.pos is not None and b.pos < 1:
        found.append(("pos", "positions count from 1", b.pos))
    for field in ("exon", "exon_5p", "exon_3p"):
        if (exon := getattr(b, field)) is not None and not 1 <= exon <= 400:
            found.append((field, "exons count from 1", exon))
    if b.copy_number is not None and not 0 <= b.copy_number <= 10_000:
        found.append(("copy_number", "a copy number is not negative", b.copy_number))
    if b.value is not None and not (math.isfinite(b.value) and b.value >= 0):
        found.append(("value", "a measured value is not negative", b.value))
    return found


def is_date(text: str) -> bool:
    """Whether text is an ISO date of ten characters."""
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False
