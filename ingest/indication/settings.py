"""The setting in which a therapy holds, as conditions read from an indication text, and what of it was not read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

from graph.claims import Condition, Expression, criteria
from ingest.indication.age import age
from ingest.indication.biomarkers import asks_absence, names_of
from ingest.indication.mentions import mentions
from ingest.indication.patterns import Said, asking, spoken
from ingest.indication.prior import prior
from ingest.indication.stage import stage
from ingest.indication.text import parts


@lru_cache(maxsize=4096)
def settings(text: str) -> tuple[Condition, ...]:
    """The setting conditions that a text states, in the cells of ``rules.cells``, in a fixed order, none twice.

    >>> [(c.fact, c.cell) for c in settings("For first-line treatment of children aged 2 years and older with Y.")]
    [('age_years', '[2..18)'), ('line', '=1')]
    """
    found = dict.fromkeys((said.fact, said.cell) for said in _read(text))
    return tuple(Condition(fact=cast("Any", fact), cell=cell, derived_from_text=True) for fact, cell in found)


def unread(text: str, profile: Expression | None = None, symbols: Iterable[str] = ()) -> tuple[str, ...]:
    """Words by which a text asks for a setting that no condition of ``settings`` states; empty: it is read whole.

    What a text asks of a subgroup ("patients with Y should have had Z") is asked of a row too, unless the row's own
    ``profile`` rules the subgroup out.

    >>> unread("For adults with X after failure of Z, in first-line treatment."), unread("For adults with X.")
    (('after', 'failure'), ())
    """
    p, (words, harmless) = parts(text), asking()
    covered = [span for said in _read(text) for span in said.spans]
    covered += [m.span() for m in harmless.finditer(p.indication)]
    left = [m[0] for m in words.finditer(p.indication) if not any(a <= m.start() < b for a, b in covered)]
    if _AGES.search(p.indication) and not any(said.fact == "age_years" for said in _read(text)):
        left.append("age")
    for sentence in p.conditional:
        if words.search(sentence) and not _ruled_out(sentence, profile, tuple(symbols)):
            left += words.findall(sentence)
    return tuple(dict.fromkeys(word.casefold() for word in left))


_AGES = re.compile(r"\b(?:\d+|one|two) (?:years?|months?)(?: of age| old| and (?:older|above))", re.I)
"""A bound of age."""


def _ruled_out(sentence: str, profile: Expression | None, symbols: tuple[str, ...]) -> bool:
    """Whether a subgroup is not the row's: each biomarker that defines it is one that the row asks to be absent."""
    found = [m for m in mentions(sentence, symbols) if m.present]
    absent: set[str] = set()
    for criterion, negated in criteria(profile) if profile is not None else ():
        if asks_absence(criterion, negated):
            absent |= names_of(criterion)
    return bool(found) and all((m.word.genes | m.word.markers) & absent for m in found)


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[Said, ...]:
    indication = parts(text).indication
    return (*age(indication), *spoken(text), *stage(indication), *prior(indication))
