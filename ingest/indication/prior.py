"""Earlier treatment that an indication text asks for, or rules out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.indication.patterns import Said
from ingest.indication.therapies import classes, is_one_drug
from ontologies.drugs import ingredient

_BEFORE = re.compile(
    r"(?:progress(?:ed|ion)(?: or recurrence)? (?:on or after|on or following|during or following|after|following|on)"
    r"|previously treated with|treated (?:previously )?with|previously received|have received|received both"
    r"|after (?:prior|previous)|after failure of|have failed(?: both)?|refractory to"
    r"|prior therapy,? (?:including|that included)|prior treatment with"
    r"|(?:in|a) (?:complete |partial |complete or partial |objective )?response(?: \([^)]*\)){0,2} (?:to|following))"
    r"(?: (?:prior|previous|first[- ]line|their most recent))?(?: (?:treatment|therapy) with)? (?P<what>.+)",
    re.I,
)
_NEVER = re.compile(
    r"(?:not previously (?:been )?treated with|previously not treated with|not (?:previously )?received)"
    r"(?: (?:an?|any|prior|previous)\b)* (?P<what>.+)",
    re.I,
)
_NAIVE = re.compile(r"(?P<what>[\w /()-]{3,60}?)[- ](?:treatment[- ])?na[iï]ve\b", re.I)
_ALTERNATIVE = re.compile(
    r"\bunless\b|,? or (?:be|were|are|who|whose|have|had|has|with|developed|recurrence|in relapse|\(i|disease|intoleran"
    r"|in accelerated|patients|as)|\bor (?:\(ii\)|resistan)",
    re.I,
)
"""Behind a trigger: patients qualify in another way too."""
_OTHERWISE = re.compile(
    r"(?<!\bresistance )(?<!\bresistant )(?<!\bresistant to )(?<!\brecurrence )"
    r"\bor (?:in (?:[\w()+-]+ ){0,4}|(?:\w+ ){0,3})$",
    re.I,
)
"""In front of a trigger: what it triggers is one of several ways to qualify."""
_SEVERAL = re.compile(
    r"following settings|;|newly[- ]diagnosed.* or |\bor as an? |(?<!\w)\(?ii\)? (?:following|after|in)", re.I
)
"""The text joins several settings."""
_STOP = re.compile(
    r"[.;:]|,? (?:and )?(?:who|whose|which|that|as determined|as detected|as a|in the|in any|in adults?"
    r"|for (?:their|the|whom|un|met)|including|separately|prior to|with(?:in)?|when|regimen\b(?=.*\bor\b)|and is\b"
    r"|and are\b|are\b|is\b|before|where)\b| \((?!EGFR|TKI|T-DM1)",
    re.I,
)
"""Where a list of therapies ends."""


def prior(text: str) -> Iterator[Said]:
    """Conditions on earlier therapies: every one that a list joined by "and" asks for; lists joined by "or" as one."""
    if _SEVERAL.search(text):
        return
    for pattern, word in ((_NEVER, "absent"), (_BEFORE, "present")):
        for match in _starts(pattern, text):
            before = text[: match.start()]
            if word == "present" and re.search(r"\b(?:not|no|never|without)(?: \w+){0,2} $", before, re.I):
                continue
            if re.search(r"\bnot (?:have )?(?:previously )?$", before) or _OTHERWISE.search(before):
                continue
            what = _STOP.split(match["what"], maxsplit=1)[0]
            rest = match["what"][len(what) :].split(".")[0]
            if _ALTERNATIVE.search(f"{what}{rest}"):
                continue
            listed, whole = _listed(what, strict=word == "absent")
            spans = ((match.start(), match.start("what") + len(what)),) if whole else ()
            for names in listed:
                yield Said("prior_therapies", f"{word}:{'|'.join(names)}", spans)
    for match in _NAIVE.finditer(text):
        named = [n for c in classes() for n in c.names if c.pattern.search(match["what"])]
        if named:
            yield Said("prior_therapies", f"absent:{'|'.join(dict.fromkeys(named))}", (match.span(),))


def _starts(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches that may overlap: every trigger is looked at, also inside what follows another."""
    position = 0
    while match := pattern.search(text, position):
        yield match
        position = match.start("what")


_QUANTITY = (
    r"(?:(?:at least|a minimum of|an?|the|one|two|more|or|prior|previous|both|either|additional|standard|other) )*"
)


_COUNTED = re.compile(r"\b(?:two|three|[2-9])\b", re.I)
"""How many of them must have been given is not in a condition."""


def _listed(text: str, strict: bool) -> tuple[list[tuple[str, ...]], bool]:
    """The drugs and classes of a list, as alternatives; one entry for each that must be there; and whether that is all
    that the list says.

    ``strict``: every item must be understood (nothing of "no prior A or B" may be lost by half).
    """
    text = re.sub(r"\b(\w+)-, ", r"\1, ", text.strip(" ,"))
    text = re.sub(r"(\w+)-,? and ", r"\1 and ", text)
    either = re.search(r"\bor\b|/or\b", re.sub(r"one or more|two or more|on or after", "", text))
    items = [i for i in re.split(r",? and/or |,? and |,? or |, ", text) if i.strip()]
    understood = [_item(i) for i in items]
    if not items or " if " in text or (None in understood and (either or strict)):
        return [], False
    found = [k for k in understood if k is not None]
    whole = None not in understood and not _COUNTED.search(text)
    if either or (strict and len(found) > 1):
        return [tuple(dict.fromkeys(name for k in found for name in k))], whole
    return found, whole


def _item(text: str) -> tuple[str, ...] | None:
    bare = re.sub(rf"^{_QUANTITY}", "", text.strip(), flags=re.I).strip()
    for known_class in classes():
        match = known_class.pattern.match(bare)
        if match and re.fullmatch(r"[- ()]*(?:therapy|treatment|regimens?|chemotherapy)?", bare[match.end() :], re.I):
            return known_class.names
    name = re.sub(
        r"[- ]*(?:\([^)]*\)|based|containing|chemotherapy|therapy|regimens?|treatment)+$", "", bare, flags=re.I
    )
    for _ in range(3):
        name = re.sub(r"[- ]+(?:based|containing|chemotherapy|therapy|regimens?|treatment)$", "", name, flags=re.I)
    return (ingredient(name),) if is_one_drug(name) else None
