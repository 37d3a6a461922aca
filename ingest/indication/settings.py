"""The setting in which a therapy holds, as conditions read from an indication text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from graph.claims import Condition
from ingest.indication.age import age
from ingest.indication.patterns import spoken
from ingest.indication.prior import prior
from ingest.indication.stage import stage
from ingest.indication.text import parts


@lru_cache(maxsize=4096)
def settings(text: str) -> tuple[Condition, ...]:
    """The setting conditions that a text states, in the cells of ``rules.cells``, in a fixed order, none twice.

    >>> [(c.fact, c.cell) for c in settings("For first-line treatment of children aged 2 years and older with Y.")]
    [('age_years', '[2..18)'), ('line', '=1')]
    """
    indication = parts(text).indication
    found = (*age(indication), *spoken(text), *stage(indication), *prior(indication))
    return tuple(
        Condition(fact=cast("Any", fact), cell=cell, derived_from_text=True) for fact, cell in dict.fromkeys(found)
    )
