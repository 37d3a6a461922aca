"""What a text says of a pharmacogene: phenotype, activity score, alleles that are there or not, diplotype.

Reports and guidelines write the same result in many ways. A *result* is a set of atoms, each the value of one facet:

    Poor Metaboliser, PM           phenotype poor
    Activity score: 0.5, 0.5       score 0.5
    0.5 (Poor Metabolizer)         score 0.5 and phenotype poor
    HLA-B*57:01 positive, *57:01   allele *57:01 positive
    1511 and 1502                  of HLA-B: alleles *15:11 and *15:02 positive
    *2A/*1, c.1905+1G>A/Reference  diplotype, its alleles sorted and by one name each
    No Result, unknown, empty      nothing
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from graph.packaged import rows
from rules.pharmacogenes import alleles

PHENOTYPE, SCORE, DIPLOTYPE, ALLELE = "phenotype", "score", "diplotype", "allele"
POSITIVE, NEGATIVE = "positive", "negative"
NOT_APPLICABLE = "n/a"
"""No activity score can be given. Where a guideline has a row for it, it is what ``indeterminate`` is elsewhere; in a
report it may also mean that there is none."""
_NOTHING = frozenset(
    {"", "unknown", "no result", "not tested", "not known", "not available", "unknown/unknown", "none", "no call",
     "not called", "uncalled", "pending"}
)  # fmt: skip


_LONGEST, _LONGEST_IN_ALL, _MOST = 400, 2000, 32
"""Characters of a result (the longest names of two alleles of G6PD have half as many) and of all that is stated of a
gene, and how many results that may be. What is longer is not read, and never kept."""


class Atom(NamedTuple):
    """The value of one facet. An allele is its own facet: ``Atom("allele *57:01", "positive")``."""

    facet: str
    value: str

    @property
    def allele(self) -> str | None:
        return self.facet.removeprefix(f"{ALLELE} ") if self.facet.startswith(f"{ALLELE} ") else None


Result = frozenset[Atom]


def listed(stated: tuple[str, ...]) -> tuple[str, ...]:
    """What is stated of a gene, as it is; too much of it becomes one text that nobody understands.

    >>> listed(("PM", "*2A/*2A")), listed(("PM",) * 3000)
    (('PM', '*2A/*2A'), ('too much to read',))
    """
    much = sum(map(len, stated)) > _LONGEST_IN_ALL or sum(1 + len(re.findall(r"[;|]", t)) for t in stated) > _MOST
    return ("too much to read",) if much else stated


def of_gene(key: str, text: str) -> tuple[str, str]:
    """The gene (capitals) and the text, where the allele may stand beside the gene.

    >>> of_gene("HLA-B*57:01", "positive"), of_gene("dpyd", "PM"), of_gene("HLA-B*57:01", "not tested")
    (('HLA-B', '*57:01 positive'), ('DPYD', 'PM'), ('HLA-B', 'not tested'))
    """
    gene, star, name = (part.strip() for part in key.upper().partition("*"))
    if not star or "*" in text or len(text) > _LONGEST:
        return gene, text
    parts = [part.strip() for part in re.split(r"[;|]", text)]
    return gene, "; ".join(f"*{name} {part}" if result(gene, part) else part for part in parts)


def results(gene: str, text: str) -> tuple[Result, ...]:
    """Every result that a text states, in its order; results are separated by ``;`` or ``|``.

    >>> [sorted(r) for r in results("CYP2C9", "*1/*3; Activity score: 1.0")]
    [[Atom(facet='diplotype', value='*1/*3')], [Atom(facet='score', value='1')]]
    """
    parts = re.split(r"[;|]", text)
    return tuple(found for part in parts if (found := result(gene, part)))


def result(gene: str, text: str) -> Result:
    """One result; empty when the text says that nothing is known.

    >>> sorted(result("DPYD", "0.5 (Phenotyping)"))
    [Atom(facet='phenotype', value='phenotyping'), Atom(facet='score', value='0.5')]
    """
    return frozenset({Atom(PHENOTYPE, "too long to read")}) if len(text) > _LONGEST else _result(gene, text)


@lru_cache(maxsize=16384)
def _result(gene: str, text: str) -> Result:
    folded = _bare(gene, text)
    if folded in _NOTHING:
        return frozenset()
    if gene.startswith("HLA-") and (joined := re.findall(r"\d{4}", folded)) and _JOINED.fullmatch(folded):
        return frozenset(Atom(f"{ALLELE} *{a[:2]}:{a[2:]}", POSITIVE) for a in joined)
    if within := re.fullmatch(r"(.+?)\s*\(([^()]+)\)", folded):
        outer, inner = _atoms(gene, within[1]), _atoms(gene, within[2])
        # Otherwise the brackets belong to a name: c.1905+1G>A (*2A), rs9923231 variant (T).
        facets = {a.facet for a in (*outer, *inner)}
        if facets in _PAIRS and (SCORE in facets or _words(outer | inner) <= _vocabulary().keys()):
            return outer | inner
    return _atoms(gene, folded)


_JOINED = re.compile(r"\d{4}(?: and \d{4})*")
_PAIRS = ({SCORE, PHENOTYPE}, {DIPLOTYPE, PHENOTYPE}, {DIPLOTYPE, SCORE})
_SCORE = re.compile(r"(?:(?:gene )?activity score|score|as|gas)?\s*(?:of|:|=)?\s*(≥?)\s*(\d{1,2}(?:[.,]\d{1,3})?)")
_ALLELE = re.compile(r"\*|[cgmn]\.|rs\d|ivs\d")
_STATED = re.compile(
    r"(?:(?P<first>positive|negative) for )?(?P<allele>.+?)(?:[\s,(]+(?P<state>positive|negative|present|absent|"
    r"carrier|non-carrier|detected|not detected|heterozygous|homozygous)\)?)?"
)
_STATE = re.compile(r"\b(?:positive|negative|present|absent|carrier|detected|heterozygous|homozygous)\b")
_ABSENT = frozenset({"negative", "absent", "non-carrier", "not detected"})


def _atoms(gene: str, folded: str) -> Result:
    if score := _SCORE.fullmatch(folded):
        return frozenset({Atom(SCORE, f"{score[1]}{float(score[2].replace(',', '.')):g}")})
    if "/" in folded and folded != NOT_APPLICABLE:
        pair = [allele(gene, part) for part in folded.split("/")]
        if len(pair) == 2 and not any(_STATE.search(name) for name in pair):
            return frozenset({Atom(DIPLOTYPE, "/".join(sorted(pair)))})
        # Of three alleles, or of a pair that is there or not, nobody can tell what is meant.
        return frozenset({Atom(PHENOTYPE, folded)})
    stated = _STATED.fullmatch(folded)
    name = allele(gene, stated["allele"]) if stated else ""
    if stated and (_ALLELE.match(name) or name in alleles(gene).values()):
        state = stated["state"] or stated["first"]
        if state == "homozygous":
            return frozenset({Atom(DIPLOTYPE, f"{name}/{name}")})
        return frozenset({Atom(f"{ALLELE} {name}", NEGATIVE if state in _ABSENT else POSITIVE)})
    return frozenset({Atom(PHENOTYPE, _phenotype(folded))})


def allele(gene: str, text: str) -> str:
    """An allele by one name: folded, the gene off, the first of its names in the tables."""
    bare = _bare(gene, text)
    return alleles(gene).get(bare, bare)


def certain(phenotype: str) -> bool:
    """Whether a phenotype rules others out: an indeterminate, possible or likely one may yet be another.

    >>> certain("poor"), certain("likely poor"), certain("indeterminate")
    (True, False, False)
    """
    if phenotype in _vocabulary():
        return _vocabulary()[phenotype]
    return re.match(r"(?:likely|possible|possibly|probable|probably|suspected|uncertain|unknown)\b", phenotype) is None


def is_a_word(phenotype: str) -> bool:
    """Whether a phenotype is one of the usual words, whatever the gene."""
    return phenotype in _vocabulary() or (not certain(phenotype) and phenotype.partition(" ")[2] in _vocabulary())


def _bare(gene: str, text: str) -> str:
    """Folded, and without the gene or a label in front."""
    folded = " ".join(text.casefold().replace("metaboliser", "metabolizer").replace(">=", "≥").split()).strip("\"'., ")
    while (shorter := _FRONT.sub("", folded)) != folded or (shorter := _off(gene.casefold(), folded)) != folded:
        folded = shorter
    return folded


_FRONT = re.compile(r"^(?:phenotype|genotype|diplotype|result|allele|haplotype)\s*[:=]\s*")


def _off(gene: str, folded: str) -> str:
    rest = folded.removeprefix(gene) if gene else folded
    return rest.lstrip(" :") if rest != folded and re.match(r"[\s:*-]", rest) else folded


def _phenotype(folded: str) -> str:
    bare = re.sub(r" (?:metabolizers?|function|phenotype)$", "", folded)
    return _meanings().get(bare, bare)


def _words(found: Result) -> frozenset[str]:
    return frozenset(a.value for a in found if a.facet == PHENOTYPE)


@cache
def _table() -> tuple[dict[str, str], ...]:
    return tuple(rows("rules", "tables/genotype_words.csv", ("word", "means", "certain", "source")))


@cache
def _meanings() -> Mapping[str, str]:
    return {row["word"]: row["means"] for row in _table()}


@cache
def _vocabulary() -> Mapping[str, bool]:
    """Phenotype -> whether it rules others out."""
    return {row["means"]: row["certain"] == "yes" for row in _table()}
