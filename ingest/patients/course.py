"""Where a patient's treatment stands, as people write it: state of the disease, line, and what was given before.

``metastatic``, ``second line``, ``progressed on imatinib``: a piece of text, or the beginning or end of one. A therapy
is taken only when its name is known; everything else stays where it was and is read, or listed, as before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from graph.patient import PriorTherapy
from ontologies import drugs
from rules import states

_ORDINALS = {
    "front": 1,
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
}
_LINE = re.compile(
    rf"\b(?:(?P<word>{'|'.join(_ORDINALS)})[\s-]*line(?:\s+(?:treatment|therapy|setting))?|(?P<short>[1-9])\s?L"
    r"|line(?:\s+of\s+(?:treatment|therapy))?\s*[:=]?\s*(?P<number>[1-9]))(?![\w+])", re.I,
)  # fmt: skip
_NAIVE = re.compile(
    r"\b(?:(?:treatment|therapy)[\s-]na(?:i|ï)ve|(?:previously\s+)?untreated"
    r"|(?:no|without)\s+(?:prior|previous)\s+(?:systemic\s+)?(?:treatments?|therap(?:y|ies)))\b", re.I,
)  # fmt: skip
_FAILED = (
    r"progress(?:ed|ing|ion)\s+(?:on|after|under|following|despite|to)|fail(?:ed|ure\s+of)|refractory\s+to"
    r"|resistant\s+to"
)
_GIVEN = (
    r"(?:prior|previous)(?:\s+(?:treatments?|therap(?:y|ies)))?(?:\s+with)?"
    r"|(?:previously|formerly)\s+(?:treated\s+with|received)"
    r"|pre-?treated\s+with|(?:status\s+)?post|after|following|received"
)
_BEFORE = re.compile(rf"(?<![\w-])(?:(?P<failed>{_FAILED})|(?P<given>{_GIVEN}))\s*:?\s+(?P<rest>.+)", re.I)
_PHASE = re.compile(r"((?:chronic|accelerated|blast)[\s-]phase)\s+(?=\S)", re.I)
_WORDS = 8
"""As many words at the end may tell a state."""
_APART = re.compile(r"\s*(?:,|/|\+|&|\band\b|\bor\b|\bthen\b|\bfollowed by\b)\s*", re.I)
_ARTICLE = re.compile(r"^(?:an?|the|one|prior|previous|any)\s+", re.I)


@dataclass(frozen=True, slots=True)
class Course:
    """What a piece says of the course, and what of the piece is left."""

    left: str
    state: str | None = None
    line: int | None = None
    prior: tuple[str | PriorTherapy, ...] = ()
    untreated: bool = False
    unread: str | None = None
    """Why the piece is no course though it begins like one."""


def read(piece: str) -> Course:
    """The course that a piece tells; ``left`` is the whole piece when it tells nothing.

    >>> read("unresectable or metastatic").state, read("second-line NSCLC").line, read("melanoma after ipilimumab").left
    ('unresectable or metastatic', 2, 'melanoma')
    """
    left, line, untreated = piece, None, False
    prior: tuple[str | PriorTherapy, ...] = ()
    if (before := _BEFORE.search(left)) is not None:
        named = therapies(before["rest"])
        if named:
            prior = tuple(PriorTherapy(therapy=n, outcome="progression") if before["failed"] else n for n in named)
            left = left[: before.start()]
        elif not before.start():
            meant = drugs.misspelt(before["rest"].strip(" ."))
            hint = f" (did you mean {meant}?)" if meant else ""
            return Course(piece, unread=f"no therapy of this name is known{hint}")
    if (at := _LINE.search(left)) is not None:
        line = _ORDINALS[at["word"].casefold()] if at["word"] else int(at["short"] or at["number"])
        left = _without(left, at)
    if not prior and (naive := _NAIVE.search(left)) is not None:
        untreated = True
        left = _without(left, naive)
    left = left.strip(" ,;-:")
    left, state = _stated(left)
    told = prior or line or untreated or state
    return Course(left if told else piece, state, line, prior, untreated)


def _stated(text: str) -> tuple[str, str | None]:
    """The text without words of state that stand alone, behind a diagnosis, or as the phase in front of it."""
    if states.known(text):
        return "", text
    if (phase := _PHASE.match(text)) is not None:
        return text[phase.end() :], phase[1]
    words = text.split()
    for cut in range(max(1, len(words) - _WORDS), len(words)):
        if states.known(words[cut]) and states.known(" ".join(words[cut:])):
            return " ".join(words[:cut]), " ".join(words[cut:])
    return text, None


def therapies(text: str) -> tuple[str, ...]:
    """The therapies that a text lists, if it lists nothing else; a class or ``chemotherapy`` is one too.

    >>> therapies("ipilimumab and nivolumab"), therapies("an EGFR TKI"), therapies("surgery in May")
    (('ipilimumab', 'nivolumab'), ('EGFR TKI',), ())
    """
    whole = _ARTICLE.sub("", text.strip(" ."))
    if drugs.known(whole):
        return (whole,)
    parts = [_ARTICLE.sub("", part.strip(" .")) for part in _APART.split(whole)]
    named = [
        part if drugs.known(part) else re.sub(r"(?:[\s-]+based)?\s+chemotherapy$", "", part) for part in parts if part
    ]
    return tuple(named) if named and all(map(drugs.known, named)) else ()


def _without(text: str, found: re.Match[str]) -> str:
    return " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())
