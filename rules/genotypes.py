"""Whether what is stated of a pharmacogene satisfies a genotype criterion.

A facet (``rules.genotype_text``) decides about itself: another stated phenotype is not the one asked for, another
activity score neither, and of a diplotype a phenotype says nothing. What neither Clew's tables nor the criterion's own
guideline know is unknown, never normal. A guideline that looks results up (``Criterion.among``) does so by equality, as
CPIC's and DPWG's do (PharmCAT, "Matching Recommendations"): ``≥3.0`` is a result of its own, and one that is among its
keys rules out the others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache, lru_cache
from typing import Final, Literal

from graph.claims import Criterion
from rules import pharmacogenes
from rules.genotype_text import (
    ALLELE,
    DIPLOTYPE,
    NEGATIVE,
    NOT_APPLICABLE,
    PHENOTYPE,
    SCORE,
    Atom,
    Result,
    certain,
    is_a_word,
    result,
    results,
)
from rules.kleene import Truth

DISPUTED: Final = "disputed"
"""What is stated contradicts itself: ``poor metabolizer; normal metabolizer``."""
Answer = Truth | Literal["disputed"]


def holds(criterion: Criterion, stated: tuple[str, ...]) -> Answer:
    """Whether the texts that are stated of the criterion's gene satisfy it.

    The criterion's genotypes are alternatives, in several facets also spellings of one state: it fails where one facet
    says so. ``unknown`` among them is satisfied when nothing is stated.

    >>> poor = Criterion(type="genotype", name="", gene="CYP2C19", genotypes=("Poor Metabolizer",))
    >>> [holds(poor, (text,)) for text in ("PM", "Normal Metaboliser", "Indeterminate", "*2/*2", "a slip")]
    [True, False, None, None, None]
    >>> holds(poor, ("PM", "NM")), holds(poor, ())
    ('disputed', None)
    """
    return _holds(criterion.gene or "", criterion.genotypes, criterion.among, stated)


def is_read(gene: str, text: str, criteria: Collection[Criterion] = ()) -> bool:
    """Whether a stated text is understood, by Clew's tables or by what criteria of the gene ask.

    What is not is unknown, and must be said. Of a gene that neither knows nothing can be told: ``True``.
    """
    asked = tuple(dict.fromkeys(g for c in criteria if c.gene == gene for g in (*c.genotypes, *c.among)))
    if not asked and not pharmacogenes.is_pharmacogene(gene):
        return True
    known, exact = _asked(gene, asked), any(c.among for c in criteria if c.gene == gene)
    return all(_is_known(gene, atom, known, exact) for found in results(gene, text) for atom in found)


def is_normal(gene: str, text: str) -> bool:
    """Whether a text states that nothing is amiss with a gene."""
    return Atom(PHENOTYPE, "normal") in result(gene, text)


@lru_cache(maxsize=65536)
def _holds(gene: str, genotypes: tuple[str, ...], among: tuple[str, ...], stated: tuple[str, ...]) -> Answer:
    known = _asked(gene, (*genotypes, *among))
    found = _stated(gene, stated, known)
    exact = bool(among)
    alternatives = [(r, _compare(gene, r, found, known, exact)) for g in genotypes if (r := _key(gene, g))]
    answer = _joined(alternatives)
    if len(alternatives) < len(genotypes):
        answer = _or_nothing(answer if alternatives else False, _nothing(gene, found, known, exact))
    winners = [r for r in _winners(gene, among, stated) if r not in {key for key, _ in alternatives}]
    if answer is True and any(_refines(w, key) for w in winners for key, held in alternatives if held is True):
        return False
    if answer is None and any(not _open(key, w) for w in winners for key, _ in alternatives):
        return False
    return answer


@lru_cache(maxsize=16384)
def _winners(gene: str, among: tuple[str, ...], stated: tuple[str, ...]) -> tuple[Result, ...]:
    """The keys of a lookup that what is stated equals."""
    known = _asked(gene, among)
    found = _stated(gene, stated, known)
    return tuple(r for g in among if (r := _key(gene, g)) and _compare(gene, r, found, known, True) is True)


def _refines(one: Result, other: Result) -> bool:
    """Whether a key tells more than another: ``1511 and 1502`` than either, a diplotype than a phenotype."""
    facets, others = {a.facet for a in one}, {a.facet for a in other}
    return one > other or (DIPLOTYPE in facets and DIPLOTYPE not in others)


def _open(key: Result, winner: Result) -> bool:
    """Whether a key may hold beside one that does: it tells more, or is about another allele."""
    return _refines(key, winner) or any(a.allele for a in key)


def _or_nothing(answer: Answer, nothing: Answer) -> Answer:
    if True in (answer, nothing):
        return True
    return answer if answer in (None, DISPUTED) else nothing


def _nothing(gene: str, found: Result, known: Result, exact: bool) -> Answer:
    """Whether nothing is stated; what is stated and not understood may be anything."""
    if not found:
        return True
    return False if all(_is_known(gene, atom, known, exact) for atom in found) else None


def _joined(alternatives: list[tuple[Result, Answer]]) -> Answer:
    """Alternatives in one facet are an OR; facets that contradict each other leave it open."""
    by_facets: defaultdict[frozenset[str], list[Answer]] = defaultdict(list)
    for asked, answer in alternatives:
        by_facets[frozenset(ALLELE if a.allele else a.facet for a in asked)].append(answer)
    groups = {_first((True, DISPUTED, None), answers, False) for answers in by_facets.values()} - {None}
    if len(groups) > 1:
        return DISPUTED
    return groups.pop() if groups else None


def _first(order: tuple[Answer, ...], answers: Iterable[Answer], otherwise: Answer) -> Answer:
    given = set(answers)
    return next((answer for answer in order if answer in given), otherwise)


def _compare(gene: str, asked: Result, found: Result, known: Result, exact: bool) -> Answer:
    """Whether every atom of one result holds."""
    return _first((False, None, DISPUTED), (_atom(gene, atom, found, known, exact) for atom in asked), True)


def _atom(gene: str, asked: Atom, found: Result, known: Result, exact: bool) -> Answer:
    answers: set[Truth]
    if asked.allele is not None:
        answers = _presence(gene, asked.allele, found, known)
        if asked.value == NEGATIVE:
            answers = {None if a is None else not a for a in answers}
    else:
        same = [a for a in found if a.facet == asked.facet]
        answers = {True if a == asked else _differs(gene, asked, a, known, exact) for a in same}
        if asked.facet == DIPLOTYPE and any(_presence(gene, a, found, known) == {False} for a in _pair(asked)):
            answers.add(False)
    if len(answers) > 1:
        return DISPUTED if True in answers else None
    return answers.pop() if answers else None


def _differs(gene: str, asked: Atom, found: Atom, known: Result, exact: bool) -> Truth:
    """What another value of one facet tells of the one that is asked for."""
    if not _is_known(gene, found, known, exact):
        return None
    if asked.facet == PHENOTYPE:
        return False if certain(asked.value) and certain(found.value) else None
    return False if asked.facet == DIPLOTYPE or exact else _score(asked.value, found.value)


def _score(asked: str, found: str) -> Truth:
    """Activity scores as numbers, for a criterion that means ``≥`` as it is written."""
    wanted, there = float(asked.lstrip("≥")), float(found.lstrip("≥"))
    if asked.startswith("≥"):
        return True if there >= wanted else None if found.startswith("≥") else False
    return None if found.startswith("≥") and wanted >= there else False


def _presence(gene: str, asked: str, found: Result, known: Result) -> set[Truth]:
    """What is stated of one allele: by name, or as one of a diplotype."""
    answers: set[Truth] = set()
    for atom in found:
        if atom.allele is not None and (same := _same(gene, asked, atom.allele)) is not False:
            positive = atom.value != NEGATIVE
            answers.add(positive if same else None if positive else _wider(asked, atom.allele))
        elif atom.facet == DIPLOTYPE:
            same_ = {_same(gene, asked, one) for one in _pair(atom)}
            if True in same_:
                answers.add(True)
            else:
                told = None not in same_ and all(_allele_known(gene, one, known) for one in _pair(atom))
                answers.add(False if told else None)
    return answers


def _same(gene: str, asked: str, found: str) -> Truth:
    """Whether an allele that was found is the one asked for; HLA alleles are compared by as many fields as asked."""
    if asked == found:
        return True
    if not gene.startswith("HLA-"):
        return False
    if found.startswith(f"{asked}:"):
        return True
    return None if asked.startswith(f"{found}:") else False


def _wider(asked: str, absent: str) -> Truth:
    """An HLA group that is absent takes its alleles with it."""
    return False if asked.startswith(f"{absent}:") else None


def _pair(diplotype: Atom) -> list[str]:
    return diplotype.value.split("/")


def _is_known(gene: str, atom: Atom, known: Result, exact: bool) -> bool:
    """Whether a stated value is one of those that can be told apart; ``exact``: ``known`` are the keys of a lookup."""
    if atom in known or atom in _vocabulary(gene):
        return True
    if atom.allele is not None:
        return _allele_known(gene, atom.allele, known)
    if atom.facet == DIPLOTYPE:
        return all(_allele_known(gene, one, known) for one in _pair(atom))
    if atom.facet == SCORE:
        return not exact and all(a.facet != SCORE for a in _vocabulary(gene))
    return is_a_word(atom.value)


def _allele_known(gene: str, name: str, known: Result) -> bool:
    if gene.startswith("HLA-"):
        return re.match(r"\*\d+:\d+", name) is not None
    if any(a.allele == name or (a.facet == DIPLOTYPE and name in _pair(a)) for a in known):
        return True
    listed = pharmacogenes.alleles(gene).values()
    return name in listed if listed else re.fullmatch(r"\*\d+[a-z]?", name) is not None


@cache
def _vocabulary(gene: str) -> Result:
    """What Clew's tables say of a gene."""
    return frozenset(atom for word in pharmacogenes.words(gene) for atom in result(gene, word))


@lru_cache(maxsize=16384)
def _asked(gene: str, texts: tuple[str, ...]) -> Result:
    return frozenset(atom for text in texts for atom in (*result(gene, text), *_key(gene, text)))


def _key(gene: str, text: str) -> Result:
    """A genotype that a criterion asks for; empty for ``unknown``."""
    return frozenset(_INDETERMINATE if atom == _NOT_APPLICABLE else atom for atom in result(gene, text))


def _stated(gene: str, texts: tuple[str, ...], known: Result) -> Result:
    """Everything that is stated of a gene."""
    found = {atom for text in texts for one in results(gene, text) for atom in one}
    if _NOT_APPLICABLE in found:
        found.remove(_NOT_APPLICABLE)
        if _NOT_APPLICABLE in known:
            found.add(_INDETERMINATE)
    return frozenset(found)


_NOT_APPLICABLE, _INDETERMINATE = Atom(PHENOTYPE, NOT_APPLICABLE), Atom(PHENOTYPE, "indeterminate")
