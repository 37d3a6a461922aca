"""Diseases that an indication text leaves out."""

from __future__ import annotations

import re

from ingest.indication.text import parts

_EXCEPT = re.compile(
    r"\b(?:except|excluding|other than|with the exception of)(?: for| the)? (?P<what>[A-Za-z' -]{3,60}?"
    r"(?:cancers?|carcinomas?|leuka?emias?|lymphomas?|melanomas?|sarcomas?|tumou?rs?))\b(?! with)",
    re.I,
)
_NOT_FOR = re.compile(
    r"\bnot (?:indicated|recommended)(?: and is not recommended)? (?:for|in)(?: the)?(?: use in| treatment of)?"
    r"(?: adult| pa?ediatric)?(?: patients)?(?: with| of)? "
    r"(?P<what>[a-z' -]{3,50}?(?:cancer|carcinoma|leuka?emia|lymphoma|melanoma|sarcoma|tumou?rs?))\b(?! with)"
)
_NOT_IN_CHILDREN = re.compile(
    r"\bin (?:pa?ediatric patients|children) with (?:(?-i:[A-Z][\w/-]*) ){0,3}"
    r"(?P<what>[a-z' -]{3,50}?(?:cancers?|carcinomas?|leuka?emias?|lymphomas?|melanomas?|sarcomas?|tumou?rs?))\b"
    r"[^.;]*not (?:been )?established",
)
_LIMITED = re.compile(
    r"wild|mutat|mutant|positive|negative|newly|untreated|relapsed|refractory|early|stage|resist", re.I
)
"""Words that make an exclusion one of a biomarker or of a setting."""


def excluded_diseases(text: str) -> tuple[str, ...]:
    """Diseases for which a text says that it does not hold, whatever the biomarker, as names in American spelling.

    "Not indicated for wild-type X" limits the biomarker, "newly diagnosed X" the setting: neither excludes a disease.

    >>> excluded_diseases("For solid tumors. Limitations of Use: X is not indicated for patients with colon cancer.")
    ('Colon cancer',)
    """
    p = parts(text)
    found = [m["what"] for m in (*_EXCEPT.finditer(p.whole), *_NOT_FOR.finditer(p.limits))]
    if re.search(r"\bextra-?cranial\b", p.indication, re.I):
        found.append("central nervous system cancer")
    return _named(found)


def unproven_in_children(text: str) -> tuple[str, ...]:
    """Diseases in which a text says that nothing is established for children, as names in American spelling.

    >>> unproven_in_children("For solid tumors. T in pediatric patients with bone cancers has not been established.")
    ('Bone cancers',)
    """
    return _named([m["what"] for m in _NOT_IN_CHILDREN.finditer(parts(text).limits)])


def _named(found: list[str]) -> tuple[str, ...]:
    names = (re.sub(r"ae(?=mia)", "e", f.strip()).replace("tumour", "tumor") for f in found if not _LIMITED.search(f))
    return tuple(dict.fromkeys(f"{n[:1].upper()}{n[1:]}" for n in names))
