"""Words for the state of a disease: how far it goes, where its course stands, and which of these exclude each other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graph.errors import nearest

EXTENT = (
    frozenset({"early", "localized", "localised", "resectable", "resected", "adjuvant", "neoadjuvant", "in remission"}),
    frozenset({"metastatic", "unresectable", "advanced", "locally advanced"}),
)
COURSE = (
    frozenset({"newly diagnosed", "untreated", "previously untreated", "de novo"}),
    frozenset({"relapsed", "refractory", "recurrent", "progressive", "previously treated"}),
)
"""Words of state that exclude each other; words of different pairs may hold at once."""
OTHERS = frozenset(
    {
        "accelerated phase", "blast phase", "castrate-resistant", "castration-resistant", "castration-sensitive",
        "chronic", "chronic phase", "hormone-sensitive", "in complete response", "in partial response", "in response",
        "maintenance", "persistent", "responding", "transformed",
    }
)  # fmt: skip
"""Words of state that stand beside any other."""
WORDS = frozenset(w for pair in (EXTENT, COURSE) for side in pair for w in side) | OTHERS
_FILLERS = frozenset({"or", "and", "disease", "cancer", "tumor", "tumour", "setting", "stage", "locally", "state"})
_STAGE = re.compile(r"[0-4]|(?:IV|III|II|I)[A-D]?\d?|m\d|n\d|t\d", re.IGNORECASE)
_KNOWN = re.compile(
    "|".join(rf"\b{'[- ]'.join(re.split('[- ]', w))}\b" for w in sorted(WORDS, key=len, reverse=True)), re.IGNORECASE
)


def known(text: str) -> bool:
    """Whether a text says nothing but words of state.

    >>> known("unresectable or metastatic disease"), known("metastatic melanoma"), known("")
    (True, False, False)
    """
    return _KNOWN.search(text) is not None and not list(unknown(text))


def unknown(text: str) -> Iterator[tuple[str, str | None]]:
    """What in a text is no word of state, each with the word that it may be a slip of.

    >>> list(unknown("relapsed, metstatic")), list(unknown("castration resistant; stage IV"))
    ([('metstatic', 'metastatic')], [])
    """
    for word in re.findall(r"[^\s,;/|]+", _KNOWN.sub(" ", text)):
        if word.casefold() not in _FILLERS and not _STAGE.fullmatch(word):
            yield word, next(iter(nearest(word, WORDS)), None)
