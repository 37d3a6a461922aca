"""Copy numbers of chromosome arms and bands in words and in karyotype notation: ``del(5q)``, ``17p deletion``."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

_CHROMOSOME = r"(?:\d{1,2}|X|Y)"
_POINT = r"\d{1,2}(?:\.\d+)?"
_REGION = rf"(?P<region>{_CHROMOSOME}[pq](?:{_POINT})?(?:-[pq]?{_POINT})?)"
_LOST, _GAINED = r"(?P<lost>del|deletion|loss|deleted)", r"(?P<gained>gain|amplification|duplication)"
_WHERE = r"(?:chromosome |chr)?(?:arm )?"
_FORMS = tuple(
    re.compile(form, re.I)
    for form in (
        rf"(?P<lost>del)\s*\(?{_REGION}\)?",
        rf"(?:(?P<lost>del)|(?P<gained>dup))\s*\((?P<chromosome>{_CHROMOSOME})\)\s*"
        rf"\((?P<from>[pq](?:{_POINT})?)(?P<to>[pq]{_POINT})?\)",
        rf"{_WHERE}{_REGION}(?:\s+[\d.]+\s?[kM]b)?\s+(?:{_LOST}|{_GAINED})",
        rf"(?:{_LOST}|{_GAINED})\s+(?:of\s+)?{_WHERE}{_REGION}",
        rf"{_WHERE}{_REGION}\s?(?P<lost>-)",
    )
)
_ALONE = re.compile(rf"{_WHERE}{_REGION}", re.I)


class Band(NamedTuple):
    """An arm or a band (``5q``, ``13q14``, ``5q13-q33``) and what became of it; ``None``: the text does not say."""

    region: str
    direction: Literal["loss", "gain"] | None


def band(text: str) -> Band | None:
    """What a text says of the copy number of one region, or ``None``: not understood as a whole.

    >>> band("del(5q)"), band("chr17p loss"), band("gain of 1q21")
    (Band(region='5q', direction='loss'), Band(region='17p', direction='loss'), Band(region='1q21', direction='gain'))
    >>> band("del(5)(q13q33)"), band("17p"), band("del(17)")
    (Band(region='5q13-q33', direction='loss'), Band(region='17p', direction=None), None)
    """
    body = text.strip()
    for form in _FORMS:
        if (match := form.fullmatch(body)) is None:
            continue
        groups = match.groupdict()
        region = groups.get("region") or _joined(groups["chromosome"], groups["from"], groups["to"])
        return Band(_spelt(region), "loss" if groups["lost"] else "gain") if region else None
    alone = _ALONE.fullmatch(body)
    return Band(_spelt(alone["region"]), None) if alone else None


def arm(region: str) -> str | None:
    """The arm that a band lies on; of an arm, the arm itself.

    >>> arm("17p13"), arm("5q"), arm("PD-L1")
    ('17p', '5q', None)
    """
    match = re.match(rf"{_CHROMOSOME}[pq](?![A-Za-z])", region)
    return match[0] if match and _ALONE.fullmatch(region) else None


def _joined(chromosome: str, first: str, last: str | None) -> str | None:
    """One region from two breakpoints, if they are on one arm."""
    if last is None:
        return f"{chromosome}{first}"
    return f"{chromosome}{first}-{last}" if first[0].casefold() == last[0].casefold() else None


def _spelt(region: str) -> str:
    return region.lower().replace("x", "X").replace("y", "Y")
