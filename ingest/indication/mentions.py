"""Which biomarkers a label text names, and how: present or absent, what kind of change, which change, which value.

The vocabulary is ``tables/mentions.csv``; a symbol of a gene that the source knows is a name too. Names that stand in
the name of a therapy ("EGFR inhibitor", "anti-HER2") are not mentions of a biomarker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal, cast

from graph.packaged import rows

Kind = Literal["mutation", "fusion", "amplification", "expression", "deletion"]


@dataclass(frozen=True, slots=True)
class Word:
    """One row of ``mentions.csv``: a name with the genes and markers that it stands for."""

    name: str
    pattern: re.Pattern[str]
    genes: frozenset[str]
    markers: frozenset[str]
    absence: Literal["gene", "marker", "each marker", ""]
    """What "no X" or "X-negative" is about: the gene unchanged, the marker negative, or nothing a row can state. Of a
    name for several markers it tells whether each is negative."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a text names a biomarker."""

    word: Word
    start: int
    end: int
    present: bool | None
    """``False`` under a negation: "no EGFR", "HER2-negative", "RAS wild-type"; ``None`` where its reach is unsure."""
    statuses: frozenset[str] = frozenset()
    """``low``, ``ultralow``, ``MSI-H``, ``deficient`` …, where the text says one."""
    kinds: frozenset[Kind] = frozenset()


@cache
def words() -> tuple[Word, ...]:
    """The vocabulary, in file order."""
    return tuple(
        Word(
            row["name"],
            re.compile(rf"(?<![A-Za-z0-9]){row['pattern']}(?![A-Za-z])", re.I),
            frozenset(filter(None, row["genes"].split("|"))),
            frozenset(filter(None, row["markers"].split("|"))),
            cast('Literal["gene", "marker", "each marker", ""]', row["absence"]),
        )
        for row in rows("ingest", "tables/mentions.csv", ("name", "pattern", "genes", "markers", "absence"))
    )


@lru_cache(maxsize=4096)
def _symbol(symbol: str) -> Word:
    pattern = re.compile(rf"(?<![A-Za-z0-9-]){re.escape(symbol)}(?![A-Za-z0-9])")
    return Word(symbol, pattern, frozenset({symbol}), frozenset(), "gene")


_IN_THERAPY_AFTER = re.compile(
    r"(?:\)|/neu)?(?:[- ]?\((?:EGFR|HER2|CTLA-4|PD-L?1)\))?(?:(?:,| or|/| and)? ?[A-Z][\w-]{1,7})?[- ]?"
    r"(?:-? ?(?:tyrosine[- ])?kinase inhibitors?\b|-? ?TKIs?\b|(?:pathway )?inhibit|(?:receptor[- ])?directed|targeted"
    r"|targeting|blocking|(?:receptor )?antagonist|antibod|(?:receptor )?agonist|-?based (?:treatment|therap|regimen)"
    r"|degrader|therap(?:y|ies)\b|mono|binding)",
    re.I,
)
_IN_THERAPY_BEFORE = re.compile(r"(?:\banti-? ?|targeting |inhibitors? of (?:the )?)$", re.I)
_UNKNOWN = re.compile(r"[\w ]{0,24}\bstatus (?:is )?unknown", re.I)
"""A status that the text leaves open says neither present nor absent."""

_CHANGE = r"[A-Z]\d{2,4}[A-Z]?"
_CUE = re.compile(
    r"\b(?:no (?:known )?(?:sensiti[sz]ing )?|without (?:the |a )?|absence of (?:a )?|do(?:es)? not have (?:an? )?"
    r"|not have (?:an? )?|do not (?:have|harbou?r) |lack(?:ing)? |wild[- ]type (?:in )?(?:both )?"
    rf"|non-mutated (?:\(wild-type\) )?|is not |or not |negative for )(?:{_CHANGE} )?$",
    re.I,
)
"""In front of a name: it is absent."""
_POST_CUE = re.compile(
    r"(?:\)|\s?\([^()]{1,40}\)|[- ]?fusion kinase|\s(?:fusion|mutation))*"
    r"[- ]{0,2}(?:negative|wild[- ]?type|unmutated|proficient\b)",
    re.I,
)
"""Behind a name: it is absent."""
_NOUNS = (
    r"genomic|sensiti[sz]ing|activating|known|tumou?r|gene|positive|genetic|\([^()]{1,24}\)|mutations?|mutated|mutant"
    rf"|rearrangements?|translocations?|aberrations?|alterations?|deletions?|fusions?|{_CHANGE}|receptor"
)
_ARTICLE = r"(?:an? |the )?(?:sensiti[sz]ing |known |activating )?"
_LINK = re.compile(
    rf"^\)?(?:(?:\s*\)?\s*(?:{_NOUNS}))*\s*(?:,|/|or|nor|, or|and/or)+|\s*(?:and|, and))\s*{_ARTICLE}$", re.I
)
"""Between two names of one list."""
_UNSURE = re.compile(rf"^\)?(?:\s*\)?\s*(?:{_NOUNS}))+\s*,? and\s*{_ARTICLE}$", re.I)
"""Between two names that may be one list, or the end of a negation: "no X mutation and Y rearrangement"."""


@lru_cache(maxsize=8192)
def mentions(text: str, symbols: tuple[str, ...] = ()) -> tuple[Mention, ...]:
    """Every mention in reading order; ``symbols`` are gene symbols to look for beside the vocabulary."""
    spans: list[tuple[int, int, Word]] = []
    for word in _vocabulary(symbols):
        for match in word.pattern.finditer(text):
            if _IN_THERAPY_AFTER.match(text, match.end()) or _IN_THERAPY_BEFORE.search(text[: match.start()]):
                continue
            if _UNKNOWN.match(text, match.end()):
                continue
            spans.append((match.start(), match.end(), word))
    spans.sort(key=lambda s: (s[0], -s[1]))
    found: list[Mention] = []
    for start, end, word in spans:
        before, after = text[max(0, start - 60) : start], text[end : end + 90]
        previous = found[-1] if found else None
        between = text[previous.end : start] if previous and previous.end <= start else None
        post = _POST_CUE.match(after) is not None
        absent: bool | None = post or word.name == "triple-negative"
        if (cue := _CUE.search(before)) is not None:
            # "RAS wild-type HER2-positive": what stands behind a name belongs to it, not to the next.
            behind_name = "wild" in cue[0] and any(m.end in range(start - len(cue[0]) - 1, start) for m in found)
            absent = absent or not behind_name
        elif between is not None and previous is not None and not previous.present and not _post(text, previous):
            if _ALIAS.fullmatch(between) or _LINK.match(between):
                absent = True if previous.present is False else None
            elif _UNSURE.match(between):
                absent = absent or None
        if post:
            found = _back(found, text, start)
        statuses, kinds = _statuses(word, text[start:end], after), _kinds(before, after)
        found.append(Mention(word, start, end, None if absent is None else not absent, statuses, kinds))
    return tuple(found)


@lru_cache(maxsize=64)
def _vocabulary(symbols: tuple[str, ...]) -> tuple[Word, ...]:
    named = {next(iter(w.genes)) for w in words() if len(w.genes) == 1}
    return (*words(), *(_symbol(s) for s in symbols if s not in named))


_ALIAS = re.compile(r"\s*\(")
"""Between a name and its abbreviation in brackets."""


def _post(text: str, mention: Mention) -> bool:
    """Whether the negation of a mention stands behind it: it does not reach forward."""
    return _POST_CUE.match(text, mention.end) is not None


def _back(found: list[Mention], text: str, start: int) -> list[Mention]:
    """Negate the mentions that are joined to the one at ``start``: "KRAS and NRAS wild-type", "EGFR (…) negative"."""
    result = list(found)
    for i in range(len(result) - 1, -1, -1):
        if not re.fullmatch(r"\s*(?:\(|/|and|or)\s*", text[result[i].end : start]):
            break
        result[i] = replace(result[i], present=False)
        start = result[i].start
    return result


def _statuses(word: Word, named: str, after: str) -> frozenset[str]:
    if word.name == "HER2":
        found = re.match(r"[\s)-]*(?:\([^)]*\))?[\s-]*(ultra-?low|low)\b", after, re.I)
        return frozenset({found[1].casefold().replace("-", "")}) if found else frozenset()
    if word.name == "MMR":
        text = f"{named}{after[:24]}".casefold()
        pro = named.casefold().startswith("p") or "proficien" in text
        return frozenset({"proficient" if pro else "deficient"})
    if word.name == "MSI":
        return frozenset({"MSI-H"})
    return frozenset()


_KIND_WORDS: tuple[tuple[Kind, str], ...] = (
    ("fusion", r"fusions?|rearrange\w*|re-arrange\w*|translocations?"),
    ("mutation", r"mutations?|mutated|mutant|exon|substitution|insertion"),
    ("amplification", r"amplif\w+"),
    ("expression", r"(?:over-?)?express\w*"),
    ("deletion", r"deletions?"),
)


def _kinds(before: str, after: str) -> frozenset[Kind]:
    """Kinds of change that the words right around a mention name."""
    clause = re.split(r"[;.]|,(?! (?:or|and)\b)|\bwho\b|\bwhose\b|\bwith\b|\bas \w+ed\b", after, maxsplit=1)[0][:60]
    near = before[-28:]
    near = re.split(r"[;.,]|\bwith\b|\bhave\b|\bexcept\b", near)[-1]
    return frozenset(
        kind
        for kind, pattern in _KIND_WORDS
        if re.search(rf"\b(?:{pattern})\b", clause, re.I) or re.search(rf"\b(?:{pattern})\b[^A-Z]*$", near, re.I)
    )


CHANGE = re.compile(r"(?<![\w.])(?:p\.)?([A-Z])(\d{2,4})([A-Z])?(?![\w])")
"""A protein change or a codon, as labels write them: ``V600E``, ``V600``."""


def changes(text: str) -> set[tuple[str, str]]:
    """Codons and residues that a text names: ``{("V600", "E"), ("V600", "")}``; "V600E or K" names both.

    >>> sorted(changes("BRAF V600E or V600K, or V600E/R, and R132"))
    [('R132', ''), ('V600', 'E'), ('V600', 'K'), ('V600', 'R')]
    """
    found = set()
    for match in CHANGE.finditer(text):
        codon = f"{match[1]}{match[2]}"
        found.add((codon, match[3] or ""))
        for more in re.findall(r"(?:/| or )([A-Z])(?![\w])", text[match.end() : match.end() + 12]):
            if match[3]:
                found.add((codon, more))
    return found


def exons(text: str) -> set[int]:
    """Exon numbers that a text names.

    >>> sorted(exons("exon 19 deletions or exon 21 (L858R)")), sorted(exons("exons 18 and 20"))
    ([19, 21], [18, 20])
    """
    listed = re.finditer(r"\bex(?:ons?)? ?(\d{1,2})((?:(?:,| and| or|/) ?\d{1,2}(?!\d| ?\())*)", text, re.I)
    return {int(n) for m in listed for n in re.findall(r"\d+", m[1] + m[2])}
