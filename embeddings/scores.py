"""The score of a (statement, match) before any table is trained: a stated sum in log-odds.

Verdicts never see it; it orders options within a tier. Each term is named, and the terms of an option sum to the
log-odds of its score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

_LEVEL = {"label": 2.0, "guideline": 1.5, "A": 1.2, "B": 0.6, "C": 0.0, "D": -0.8, "E": -1.4}
_MATCH = {"allele": 0.5, "protein": 0.5, "codon": 0.3, "exon": 0.2, "category": 0.1, "gene": -0.2}
_TUMOUR = {"exact": 0.5, "ancestor": 0.4, "agnostic": 0.1, "unknown": -0.4, "off": -0.8}
_FINDING = 0.15
_AGENCY = 0.1
_YEAR_ZERO, _PER_YEAR, _YEARS = 2010, 0.02, 20


@lru_cache(maxsize=4096)
def score(
    *, strength: str, match: str | None, findings: int, tumour: str, agencies: int, date: str | None
) -> tuple[float, Mapping[str, float]]:
    """The probability-like score in (0, 1) and its terms in log-odds.

    Args:
        strength: ``label``, ``guideline`` or a level ``A`` to ``E``.
        match: the rung at which the profile was met; ``None`` for a row that asks for absences only.
        findings: how many of the patient's findings the row asks for; more of them make the closer match.
        tumour: how the row's disease fits.
        agencies: how many agencies' labels state the option in this tier.
        date: ISO date of the row; newer counts for a little more.

    >>> value, terms = score(strength="A", match="protein", findings=1, tumour="exact", agencies=0, date=None)
    >>> round(value, 3), dict(terms)
    (0.9, {'level': 1.2, 'match': 0.5, 'tumour type': 0.5})
    """
    terms = {"level": _LEVEL[strength], "match": _MATCH[match] if match else 0.0, "tumour type": _TUMOUR[tumour]}
    if findings > 1:
        terms["findings"] = round(_FINDING * (findings - 1), 6)
    if agencies:
        terms["agencies"] = round(_AGENCY * agencies, 6)
    if date:
        terms["recency"] = round(_PER_YEAR * min(max(int(date[:4]) - _YEAR_ZERO, 0), _YEARS), 6)
    return 1 / (1 + math.exp(-math.fsum(terms.values()))), MappingProxyType(terms)
