"""Answers as a table for a notebook. pandas is imported when a table is asked for, never by a recommendation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from graph.answer import Recommendation

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = (
    "profile", "rank", "therapy", "direction", "status", "excluded_by", "tier", "level", "on_tumour_type", "match",
    "jurisdictions", "score", "sources", "missing", "against", "cautions",
)  # fmt: skip


def to_frame(answers: Recommendation | Iterable[Recommendation]) -> pd.DataFrame:
    """One row an option, in rank order; lists are joined with ``; ``, an absent value is ``None``.

    >>> to_frame([]).columns[:4].tolist()
    ['profile', 'rank', 'therapy', 'direction']
    """
    import pandas as pd

    listed = [answers] if isinstance(answers, Recommendation) else answers
    rows = [
        (
            answer.profile_id,
            rank,
            " + ".join(o.therapy),
            o.direction,
            o.status,
            o.excluded_by,
            o.tier,
            f"{o.level.scheme} {o.level.value}",
            o.on_tumour_type,
            o.match,
            "; ".join(o.jurisdictions),
            o.score,
            "; ".join(o.sources),
            "; ".join(o.missing),
            "; ".join(a.reason for a in o.against),
            "; ".join(c.reason for c in o.cautions),
        )
        for answer in listed
        for rank, o in enumerate(answer.options, 1)
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))
