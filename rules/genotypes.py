"""Whether what is stated of a pharmacogene satisfies a genotype criterion.

A facet (``rules.genotype_text``) decides about itself: another stated phenotype is not the one asked for, another
activity score neither, and of a diplotype a phenotype says nothing. What neither Clew's tables nor the criterion's own
guideline know is unknown, never normal. A guideline that looks results up (``Criterion.among``) does so by equality, as
CPIC's and DPWG's do (PharmCAT, "Matching Recommendations"): ``≥3.0`` is a result of its own, and one that is among its
keys rules out the others. Which score and phenotype listed alleles make, and which phenotype a score is, tables tell
(``rules.pharmacogenes``); so do they tell what one allele leaves possible, whatever the other one is. Results that
cannot both be right are at odds: what either of them says is disputed, and what both rule out is not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import combinations
from typing import Final, Literal, NamedTuple

from graph.claims import Criterion
from rules import genotype_values as values
from rules import pharmacogenes
from rules.genotype_text import (
    ALLELE,
    DIPLOTYPE,
    NEGATIVE,
    NOT_APPLICABLE,
    PHENOTYPE,
    POSITIVE,
    SCORE,
    Atom,
    Result,
    certain,
    is_a_word,
    listed,
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
    [True, False, None, True, None]
    >>> holds(poor, ("PM", "NM")), holds(poor, ())
    ('disputed', None)
    >>> holds(Criterion(type="genotype", name="", gene="DPYD", genotypes=("normal",)), ("NM; *2A heterozygous",))
    'disputed'
    """
    return _holds(criterion.gene or "", criterion.genotypes, criterion.among, listed(stated))


def contradictions(gene: str, stated: tuple[str, ...], criteria: Iterable[Criterion] = ()) -> list[tuple[str, str]]:
    """Pairs of stated results that cannot both be right, as they are written; one that contradicts itself twice.

    >>> contradictions("DPYD", ("PM; *1/*1", "2.0")), contradictions("DPYD", ("PM", "*2A/*2A"))
    ([('PM', '*1/*1'), ('PM', '2.0')], [])
    """
    words = dict.fromkeys(w for c in criteria if c.gene == gene for w in (*c.genotypes, *c.among))
    asked = _asked(gene, tuple(words), (), listed(stated))
    parts = [part.strip() for text in listed(stated) for part in re.split(r"[;|]", text)]
    said = {part: atoms for part in parts if (atoms := result(gene, part) & asked.contested)}
    pairs = ((one, other) for i, one in enumerate(said) for other in list(said)[i:])
    return [(a, b) for a, b in pairs if any(asked.at_odds(x, y) for x in said[a] for y in said[b])]


def is_read(gene: str, text: str, criteria: Iterable[Criterion] = ()) -> bool:
    """Whether a stated text is understood, by Clew's tables or by what criteria of the gene ask.

    What is not is unknown, and must be said. Of a gene that neither knows nothing can be told: ``True``.
    """
    asked = {(c.genotypes, c.among) for c in criteria if c.gene == gene}
    if not asked and not pharmacogenes.is_pharmacogene(gene):
        return True
    return all(any(_asked(gene, *of, ()).reads(one) for of in asked or {((), ())}) for one in listed((text,)))


def read_as(criterion: Criterion, stated: tuple[str, ...]) -> str | None:
    """What is stated of the criterion's gene, for people; ``None``: nothing, or nothing that is understood.

    >>> read_as(Criterion(type="genotype", name="", gene="CYP2C19", genotypes=("Poor Metabolizer",)), ("PM", "unknown"))
    'CYP2C19 PM'
    """
    return _read_as(criterion.gene or "", criterion.genotypes, criterion.among, listed(stated))


@lru_cache(maxsize=32768)
def _read_as(gene: str, genotypes: tuple[str, ...], among: tuple[str, ...], stated: tuple[str, ...]) -> str | None:
    asked = _asked(gene, genotypes, among, ())
    said = [text for text in stated if results(gene, text) and asked.reads(text)]
    return f"{gene} {'; '.join(said)}" if said else None


def is_normal(gene: str, text: str) -> bool:
    """Whether a text states that nothing is amiss with a gene."""
    return _NORMAL in result(gene, text)


@lru_cache(maxsize=32768)
def _holds(gene: str, genotypes: tuple[str, ...], among: tuple[str, ...], stated: tuple[str, ...]) -> Answer:
    asked = _asked(gene, genotypes, among, stated)
    alternatives = [(key, asked.answer(key)) for g in genotypes if (key := _key(gene, g))]
    answer = _joined(alternatives)
    if len(alternatives) < len(genotypes):
        answer = _either(answer if alternatives else False, asked.nothing)
    winners = [key for key in _winners(gene, among, stated) if key not in {k for k, _ in alternatives}]
    if answer is True and any(_refines(w, key) for w in winners for key, held in alternatives if held is True):
        return False
    if answer is None and any(not _open(key, w) for w in winners for key, _ in alternatives):
        return False
    return answer


@lru_cache(maxsize=16384)
def _winners(gene: str, among: tuple[str, ...], stated: tuple[str, ...]) -> tuple[Result, ...]:
    """The keys of a lookup that what is stated equals."""
    asked = _asked(gene, (), among, stated)
    return tuple(key for key in asked.keys if asked.answer(key) is True)


def _refines(one: Result, other: Result) -> bool:
    """Whether a key tells more than another: ``1511 and 1502`` than either, a diplotype than a phenotype."""
    facets, others = {a.facet for a in one}, {a.facet for a in other}
    return one > other or (DIPLOTYPE in facets and DIPLOTYPE not in others)


def _open(key: Result, winner: Result) -> bool:
    """Whether a key may hold beside one that does: it tells more, or is about another allele."""
    return _refines(key, winner) or any(a.allele for a in key)


def _either(answer: Answer, nothing: Answer) -> Answer:
    if True in (answer, nothing):
        return True
    return answer if answer in (None, DISPUTED) else nothing


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


# -- one gene of one patient -----------------------------------------------------------------------------------------


class _Asked(NamedTuple):
    """What is stated of a gene, and which of its results can be told apart."""

    gene: str
    keys: tuple[Result, ...]
    """Those of a lookup; empty where there is none and results mean what they say."""
    known: Result
    stated: Result
    entailed: Result
    """What the tables make of it."""
    contested: Result
    """Those of ``stated`` that are at odds with another of it."""

    @property
    def nothing(self) -> Truth:
        """Whether nothing is stated; what is stated and not understood may be anything."""
        if not self.stated:
            return True
        return False if all(map(self.is_known, self.stated)) else None

    def reads(self, text: str) -> bool:
        return all(self.is_known(atom) for found in results(self.gene, text) for atom in found)

    def answer(self, key: Result) -> Answer:
        """Whether a result holds: every atom of it."""
        if len(key) == 1:
            return self._agreed(next(iter(key)))
        answers = {
            atom: self._atom(atom, self.stated) if (told := self._dispute(atom)) is False else told for atom in key
        }
        if {a.facet for a in key} == {SCORE, PHENOTYPE}:
            score = next(a for a in key if a.facet == SCORE)
            answers[score] = self._agreed(score)
            # Of a score that stands in one key only, the phenotype beside it says nothing more.
            if [k for k in self.keys if score in k] == [key] and False not in answers.values():
                return answers[score]
        return _first((False, None, DISPUTED), answers.values(), True)

    def _agreed(self, asked: Atom) -> Answer:
        """What is stated of one facet, and what follows for it from others; where the two differ, it is open."""
        if (dispute := self._dispute(asked)) is not False:
            return dispute
        told = {self._atom(asked, self.stated), self._atom(asked, self.entailed)}
        if asked.facet == SCORE:
            told.add(self._by_phenotype(asked))
        told.discard(None)
        return DISPUTED if len(told) > 1 else told.pop() if told else None

    def _dispute(self, asked: Atom) -> Answer:
        """``disputed`` for what one of two results at odds says and the other rules out, unknown where neither says it,
        ``False`` where there is no such thing. Beside an allele that nobody knows nothing is known to be normal."""
        normal = asked == _NORMAL or (asked.facet == SCORE and _NORMAL in values.phenotypes_of(self.gene, asked))
        if normal and any(a.allele and a.value == POSITIVE and not self.is_known(a) for a in self.stated):
            return None
        against = {one for one in self.contested if self.at_odds(asked, one)}
        if not against or against == self.contested or asked.value == NEGATIVE:
            return False
        return DISPUTED if any(self._speaks(one, asked) for one in self.contested - against) else None

    def _speaks(self, one: Atom, asked: Atom) -> bool:
        """Whether a result says something of what is asked, beside which it may stand."""
        if asked.facet in (PHENOTYPE, SCORE):
            return one.allele is None or bool(pharmacogenes.beside(self.gene, one.allele)[1])
        return any(self._presence(name, frozenset({one})) == {True} for name in values.alleles_of(asked))

    def at_odds(self, one: Atom, other: Atom) -> bool:
        """Whether two results of the gene cannot both be right."""
        facets = {ALLELE if a.allele else a.facet: a for a in (one, other)}
        if DIPLOTYPE in facets:
            pair = facets.pop(DIPLOTYPE)
            return self._pair_at_odds(pair, other if pair == one else one)
        if ALLELE in facets:
            allele = facets.pop(ALLELE)
            return self._allele_at_odds(allele, other if allele == one else one)
        if len(facets) == 2:
            means = values.phenotypes_of(self.gene, facets[SCORE])
            return bool(means) and self._compares(facets[PHENOTYPE]) and facets[PHENOTYPE] not in means
        if one.facet == SCORE:
            return values.apart(one.value, other.value)
        return one != other and all(self.is_known(a) and certain(a.value) for a in (one, other))

    def _pair_at_odds(self, pair: Atom, other: Atom) -> bool:
        names = values.alleles_of(pair)
        if other.facet == DIPLOTYPE:
            fits = any(
                all(map(self._may_be, names, order))
                for order in (values.alleles_of(other), values.alleles_of(other)[::-1])
            )
            return self.is_known(pair) and self.is_known(other) and not fits
        if other.allele is not None:
            told = self._presence(other.allele, frozenset({pair}))
            return told == {other.value == NEGATIVE}
        score, phenotype = pharmacogenes.of_diplotype(self.gene, (names[0], names[1]))
        if other.facet == SCORE and score is not None:
            return values.apart(other.value, f"{score:g}")
        if other.facet == PHENOTYPE and phenotype is not None and certain(made := values.word(self.gene, phenotype)):
            return self._compares(other) and other.value != made
        return any(self._allele_at_odds(Atom(f"{ALLELE} {name}", POSITIVE), other) for name in names)

    def _allele_at_odds(self, allele: Atom, other: Atom) -> bool:
        name = allele.allele or ""
        if other.allele is not None:
            there, gone = (allele, other) if other.value == NEGATIVE else (other, allele)
            return there.value != gone.value and values.same(self.gene, gone.allele or "", there.allele or "") is True
        scores, phenotypes = pharmacogenes.beside(self.gene, name)
        if allele.value == NEGATIVE or not phenotypes:
            return False
        if other.facet == SCORE:
            return bool(scores) and all(values.apart(other.value, f"{score:g}") for score in scores)
        left = {values.word(self.gene, phenotype).removeprefix("likely ") for phenotype in phenotypes}
        return self._compares(other) and other.value not in left

    def _may_be(self, one: str, other: str) -> bool:
        return values.same(self.gene, one, other) is not False or values.same(self.gene, other, one) is not False

    def _compares(self, phenotype: Atom) -> bool:
        """Whether a phenotype is one that the tables make of alleles or scores of the gene, and rules others out."""
        made = {values.word(self.gene, p) for p in pharmacogenes.made(self.gene)}
        return phenotype.value in made and certain(phenotype.value)

    def _phenotypes(self) -> Result:
        """The stated phenotypes that rule others out."""
        return frozenset(a for a in self.stated if a.facet == PHENOTYPE and certain(a.value))

    def _atom(self, asked: Atom, found: Result) -> Answer:
        answers: set[Truth]
        if asked.allele is not None:
            answers = self._presence(asked.allele, found)
            if asked.value == NEGATIVE:
                answers = {None if a is None else not a for a in answers}
        else:
            answers = {True if a == asked else self._differs(asked, a) for a in found if a.facet == asked.facet}
            if asked.facet == DIPLOTYPE and any(self._presence(a, found) == {False} for a in values.alleles_of(asked)):
                answers.add(False)
        if len(answers) > 1:
            return DISPUTED if True in answers else None
        return answers.pop() if answers else None

    def _by_phenotype(self, asked: Atom) -> Truth:
        """What a phenotype tells of an activity score: it is none of another phenotype's, and the one that is left."""
        phenotypes, means = self._phenotypes(), values.phenotypes_of(self.gene, asked)
        if len(phenotypes) != 1 or not means:
            return None
        if not phenotypes & means:
            return False if all(is_a_word(a.value) for a in phenotypes) else None
        others = [values.phenotypes_of(self.gene, a) for a in self.known if a.facet == SCORE and a != asked]
        return True if self.keys and len(means) == 1 and all(o and not o & means for o in others) else None

    def _differs(self, asked: Atom, found: Atom) -> Truth:
        """What another value of one facet tells of the one that is asked for."""
        if not self.is_known(found):
            return None
        if asked.facet == PHENOTYPE:
            return False if certain(found.value) and (certain(asked.value) or asked == _INDETERMINATE) else None
        return False if asked.facet == DIPLOTYPE or self.keys else values.at_least(asked.value, found.value)

    def _presence(self, asked: str, found: Result) -> set[Truth]:
        """What is stated of one allele: by name, or as one of a diplotype."""
        answers: set[Truth] = set()
        for atom in found:
            if atom.allele is not None and (same := values.same(self.gene, asked, atom.allele)) is not False:
                absent = atom.value == NEGATIVE
                # A group that is absent takes its alleles with it.
                gone = absent and (same or values.within(asked, atom.allele))
                answers.add(False if gone else True if same and not absent else None)
            elif atom.facet == DIPLOTYPE:
                both = {values.same(self.gene, asked, one) for one in values.alleles_of(atom)}
                told = None not in both and all(map(self._allele_known, values.alleles_of(atom)))
                answers.add(True if True in both else False if told else None)
        return answers

    def is_known(self, atom: Atom) -> bool:
        """Whether a value is one of those that can be told apart."""
        if atom in self.known or atom in _vocabulary(self.gene):
            return True
        if atom.allele is not None:
            return self._allele_known(atom.allele)
        if atom.facet == DIPLOTYPE:
            return all(map(self._allele_known, values.alleles_of(atom)))
        if atom.facet == SCORE:
            return not self.keys and pharmacogenes.is_a_score(self.gene, float(atom.value.lstrip("≥")))
        return is_a_word(atom.value)

    def _allele_known(self, name: str) -> bool:
        if self.gene.startswith("HLA-"):
            return re.fullmatch(r"\*\d+(?::\d+){1,3}[a-z]?", name) is not None
        if any(a.allele == name or (a.facet == DIPLOTYPE and name in values.alleles_of(a)) for a in self.known):
            return True
        listed = pharmacogenes.alleles(self.gene).values()
        return name in listed if listed else re.fullmatch(r"\*\d+[a-z]?", name) is not None


@lru_cache(maxsize=32768)
def _asked(gene: str, genotypes: tuple[str, ...], among: tuple[str, ...], stated: tuple[str, ...]) -> _Asked:
    texts = (*genotypes, *among)
    known = frozenset(atom for text in texts for atom in (*result(gene, text), *_key(gene, text)))
    found = {atom for text in stated for one in results(gene, text) for atom in one}
    if _NOT_APPLICABLE in found:
        found.remove(_NOT_APPLICABLE)
        if _NOT_APPLICABLE in known:
            found.add(_INDETERMINATE)
    entailed = frozenset(atom for one in found for atom in values.entailed(gene, one))
    keys = tuple(key for text in among if (key := _key(gene, text)))
    asked = _Asked(gene, keys, known, frozenset(found), entailed, frozenset())
    pairs = combinations(sorted(found), 2)
    return asked._replace(contested=frozenset(atom for pair in pairs if asked.at_odds(*pair) for atom in pair))


def _key(gene: str, text: str) -> Result:
    """A genotype that a criterion asks for; empty for ``unknown``."""
    return frozenset(_INDETERMINATE if atom == _NOT_APPLICABLE else atom for atom in result(gene, text))


_NOT_APPLICABLE, _INDETERMINATE = Atom(PHENOTYPE, NOT_APPLICABLE), Atom(PHENOTYPE, "indeterminate")
_NORMAL = Atom(PHENOTYPE, "normal")


@cache
def _vocabulary(gene: str) -> Result:
    """What Clew's tables say of a gene."""
    return frozenset(atom for word in pharmacogenes.words(gene) for atom in result(gene, word))
