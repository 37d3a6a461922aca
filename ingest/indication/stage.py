"""Stages in an indication text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.indication.patterns import Said

_STAGES = ("I", "IA", "IB", "IC", "II", "IIA", "IIB", "IIC", "III", "IIIA", "IIIB", "IIIC", "IV", "IVA", "IVB")
_ONE_STAGE = r"(?:I{1,3}|IV)[ABC]?(?=\d?\b|\*)"
_STAGED = re.compile(
    rf"\b[Ss]tages? (?P<a>{_ONE_STAGE})\d?(?:\s*(?:to|-|and|or|/)\s*(?:[Ss]tage )?(?P<b>{_ONE_STAGE}))?", re.ASCII
)


def stage(text: str) -> Iterator[Said]:
    """A stage or a range of stages, where it is the whole condition on extent."""
    found = {(m["a"], m["b"] or m["a"]) for m in _STAGED.finditer(text)}
    if len(found) != 1 or re.search(
        r"\bmetastatic\b|\bor unresectable\b|\brecurrent or\b|\bor recurrent\b", text, re.I
    ):
        return
    first, last = found.pop()
    low = _STAGES.index(first)
    upper = rf"{last}[ABC]?" if last[-1] in "IV" else last
    high = max(i for i, name in enumerate(_STAGES) if re.fullmatch(upper, name))
    inside = list(_STAGES[low : high + 1])
    # A stage that is stated without its letter is inside when some of its parts are.
    inside += [s for s in ("I", "II", "III", "IV") if s not in inside and any(t.rstrip("ABC") == s for t in inside)]
    spans = tuple(m.span() for m in _STAGED.finditer(text))
    yield Said("stage", "|".join(sorted(inside, key=_STAGES.index)), spans)
