"""Whether the disease of a row contradicts its text."""

from __future__ import annotations

import re
from functools import cache

from graph.packaged import rows
from ingest.indication.text import Parts, from_indicated


@cache
def _families() -> dict[str, tuple[frozenset[str], re.Pattern[str]]]:
    """Family -> (broader families, pattern)."""
    return {
        row["family"]: (
            frozenset(filter(None, row["broader"].split("|"))),
            re.compile(rf"(?<![A-Za-z]){row['pattern']}", re.I),
        )
        for row in rows("ingest", "tables/disease_words.csv", ("family", "broader", "pattern"))
    }


def families(text: str) -> frozenset[str]:
    """The narrowest families of disease that a text names."""
    found = {name for name, (_, pattern) in _families().items() if pattern.search(text)}
    return frozenset(found - {up for name in found for up in _up(name) if up != name})


def _up(family: str) -> set[str]:
    return {family}.union(*(_up(b) for b in _families()[family][0]))


def disease_contradictions(p: Parts, disease: str) -> list[str]:
    said, asked = families(from_indicated(p.indication)) or families(p.indication), families(disease)
    if "solid tumour" in asked:
        agnostic = (
            not said or "solid tumour" in families(p.whole) or re.search(r"\btumou?rs?\b that|any tumou?r", p.whole)
        )
        return [] if agnostic else [f"the row is for {disease}; its text names {', '.join(sorted(said))}"]
    if (
        said
        and asked
        and "solid tumour" not in said
        and not any(a in _up(b) or b in _up(a) for a in said for b in asked)
    ):
        return [f"the row is for {disease}; its text names {', '.join(sorted(said))}"]
    text = from_indicated(p.indication)
    for histology, other in (_HISTOLOGIES, _HISTOLOGIES[::-1]):
        if other.search(disease) and (said_so := histology.search(text)) and not other.search(text):
            return [f"the row is for {disease}; its text speaks of {said_so[0].casefold()} histology"]
    return []


_HISTOLOGIES = (re.compile(r"(?<!non-)(?<!non)squamous", re.I), re.compile(r"adenocarcinoma", re.I))
