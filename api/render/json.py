"""An answer as JSON: the recommendation contract, keys in the order of ``graph.answer``, the same bytes every time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from graph.answer import Recommendation

_ENCODER = msgspec.json.Encoder(order="deterministic")


def line(answer: Recommendation) -> bytes:
    """One answer on one line, without the newline: what ``jsonl`` writes for each patient.

    Raises:
        ValueError: for a score that is no finite number. JSON has no word for it, and ``null`` would be another answer.
    """
    for option in answer.options:
        for name, value in (("score", option.score), *option.contributions.items()):
            if not math.isfinite(value):
                raise ValueError(f"{' + '.join(option.therapy)}: {name} is not a finite number: {value}")
    return _ENCODER.encode(answer)


def document(answers: Sequence[Recommendation]) -> bytes:
    """Indented, with a final newline: one object for one patient, an array for a cohort."""
    lines = [line(answer) for answer in answers]
    text = lines[0] if len(lines) == 1 else b"[" + b",".join(lines) + b"]"
    return msgspec.json.format(text, indent=2) + b"\n"
