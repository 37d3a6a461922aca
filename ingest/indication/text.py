"""An indication text, taken apart by sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Parts:
    """An indication text, taken apart by sentence."""

    indication: str
    """What the therapy is indicated for."""
    subgroups: str
    """Sentences on subgroups: what patients with X should have had before."""
    limits: str
    """Limitations of use, and diseases for which it is not indicated."""

    @property
    def conditional(self) -> list[str]:
        """Sentences, limitations of use among them, that say what patients, or some of them, should have had before."""
        listed = [*_SENTENCE.split(self.subgroups), *(s for s in _SENTENCE.split(self.limits) if _HAD.search(s))]
        return [s for s in listed if s]

    @property
    def whole(self) -> str:
        return " ".join((self.indication, self.subgroups, self.limits))


_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z(])|\s+(?=Limitations? of Use\b)")
_LIMIT = re.compile(
    r"limitations? of use|\b(?:is|are) not (?:indicated|recommended)|not been (?:established|compared)"
    r"|were not established|should not (?:be used|receive)",
    re.I,
)
_HAD = re.compile(r"\b(?:should|must) (?:also )?have\b", re.I)
_BOILERPLATE = re.compile(
    r"approved under accelerated|continued approval|select patients|marketing authori[sz]ation with conditions"
    r"|registration study|approval (?:is|was) based on|efficacy of this indication|data are available|data in patients",
    re.I,
)
_SUBGROUP = re.compile(r"\b(?:should|must)\b|^(?:\w+ )?(?:patients|women) (?:with|who)\b", re.I)


@lru_cache(maxsize=4096)
def parts(text: str) -> Parts:
    """Indication, subgroups and limitations of a text.

    >>> parts("X is indicated for adults with Y. Patients with Z should have failed W.").subgroups
    'Patients with Z should have failed W.'
    """
    plain = text.translate(_PLAIN)
    plain = re.sub(r"\s+", " ", plain).strip()
    sorted_: dict[str, list[str]] = {"indication": [], "subgroups": [], "limits": []}
    for sentence in filter(None, (s.strip() for s in _SENTENCE.split(plain))):
        if _BOILERPLATE.search(sentence):
            continue
        if _LIMIT.search(sentence):
            sorted_["limits"].append(sentence)
        elif _SUBGROUP.search(sentence) and sorted_["indication"]:
            sorted_["subgroups"].append(sentence)
        else:
            sorted_["indication"].append(sentence)
    return Parts(*(" ".join(sorted_[key]) for key in ("indication", "subgroups", "limits")))


_PLAIN = str.maketrans(
    {"≥": ">=", "≤": "<=", "–": "-", "—": "-", "‑": "-", "’": "'", "“": '"', "”": '"', "\u00a0": " "}
)


@lru_cache(maxsize=4096)
def from_indicated(text: str) -> str:
    """The text from "indicated" on: what stands in front describes the drug, and may name its target.

    >>> from_indicated("X is an EGFR antagonist indicated for KRAS wild-type Y.")
    ' for KRAS wild-type Y.'
    """
    described = re.search(r"^.*?\bindicated\b", text, re.I)
    return text[described.end() :] if described else text
