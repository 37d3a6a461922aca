"""Rules of the Algorithm Specification Interface: ``SCORE FROM (41L => 5, MAX(65E => 10, 65R => 45), …)``.

The language is that of ASI 2 (Betts BJ, Shafer RW, J Clin Microbiol 2003;41:2792). A rule is a list of score items, or
a condition alone:

    rule       SCORE FROM ( entry , … )  |  condition
    entry      MAX ( item , … )  |  item
    item       condition => number
    condition  term AND term AND …  |  term OR term OR …
    term       ( condition )  |  NOT term  |  EXCLUDE mutation  |  SELECT amount FROM ( condition , … )  |  mutation
    amount     ATLEAST n  |  NOTMORETHAN n  |  EXACTLY n  |  amount AND amount
    mutation   41L  |  M184IV  |  69i (an insertion)  |  67d (a deletion); several letters: any of them

AND and OR side by side without parentheses are refused: what they mean depends on who evaluates them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from math import comb
from typing import NamedTuple

from graph.claims import All, Any, Criterion, Expression, Is, Not, Step, criteria
from graph.errors import DataError, nearest

_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
_TOKEN = re.compile(
    rf"\s*(?:(?P<mutation>[{_ACIDS}]?[1-9]\d{{0,3}}[A-Za-z*]+)|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z]+)"
    r"|(?P<sign>=>|[(),]))"
)
_MUTATION = re.compile(rf"[A-Z]?(\d+)([{_ACIDS}id*]+)")
_RANGE = re.compile(
    r"\s*(?P<low>-INF|-?\d+(?:\.\d+)?)\s+TO\s+(?P<high>INF|-?\d+(?:\.\d+)?)\s*=>\s*(?P<level>\d{1,4})\s*", re.I
)
_WORDS = ("SCORE", "FROM", "MAX", "AND", "OR", "NOT", "EXCLUDE", "SELECT", "ATLEAST", "NOTMORETHAN", "EXACTLY")
_DEEPEST = 40
_MOST = 500
"""Ways to choose some of several conditions; more are refused."""
_WIDEST = 20_000
"""Mutations that one rule may name once every choice of it is written out: choices within choices multiply."""
_HIGHEST = 1e9
"""Points and ends of ranges; no sum of them leaves the numbers that are exact."""


class Item(NamedTuple):
    """One condition with what it adds; ``group``: the place of its MAX in the rule, ``None`` without one."""

    condition: Expression
    points: float
    group: int | None
    text: str
    """As the rule has it, spaces made one."""


class Rule(NamedTuple):
    """``items`` of a SCORE, else the ``condition`` that stands alone."""

    items: tuple[Item, ...]
    condition: Expression | None


def rule(text: str, gene: str) -> Rule:
    """The rule that ``text`` states of the mutations of ``gene`` (``HIV-1 RT``).

    Raises:
        DataError: for text outside the grammar; its value is the place.

    >>> found = rule("SCORE FROM (41L => 5, MAX(184I => -10, 184V => -10), 41L AND 215FY => 10)", "HIV-1 RT")
    >>> [(words(i.condition), i.points, i.group) for i in found.items]
    [('41L', 5.0, None), ('184I', -10.0, 1), ('184V', -10.0, 1), ('41L+215FY', 10.0, None)]
    """
    parser = _Parser(text, gene)
    found = parser.rule()
    parser.end()
    return found


def words(condition: Expression) -> str:
    """A condition in few letters, the same however it is written: what ids are made of.

    >>> words(rule("215YF AND (NOT 41L OR 210W)", "HIV-1 RT").condition)
    '(!41L|210W)+215FY'
    """
    if isinstance(condition, Is):
        c = condition.criterion
        return f"{c.codons[0] if c.codons else ''}{''.join(c.residues)}"
    if isinstance(condition, Not):
        inner = words(condition.arg)
        return f"!{inner}" if isinstance(condition.arg, Is) else f"!({inner})"
    sign = "+" if isinstance(condition, All) else "|"
    said = [(arg, words(arg)) for arg in condition.args]
    said.sort(key=lambda part: (codons(part[0]), part[1]))
    return sign.join(text if isinstance(arg, Is | Not) else f"({text})" for arg, text in said)


def codons(condition: Expression) -> tuple[int, ...]:
    """The codons that a condition asks about, ascending."""
    return tuple(sorted({c.codons[0] for c, _ in criteria(condition) if c.codons}))


def scale(text: str, levels: Mapping[int, tuple[str, str | None]]) -> tuple[Step, ...]:
    """The steps of ``(-INF TO 9 => 1, 10 TO 14 => 2, …)``, lowest first; ``levels``: number -> name and short form.

    Raises:
        DataError: for text outside the grammar, a level that is not defined, or whole numbers that are in no step or
            in two.

    >>> scale("(-INF TO 9 => 1, 10 TO INF => 2)", {1: ("Susceptible", "S"), 2: ("Resistant", "R")})[1]
    Step(low=10.0, high=None, level='Resistant', code='R')
    """
    body = " ".join(text.split())
    if not (body.startswith("(") and body.endswith(")")):
        raise DataError("a list of ranges in parentheses is expected", value=body)
    found: list[Step] = []
    for part in body[1:-1].split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise DataError("this is no range like 10 TO 14 => 2", value=part)
        if int(match["level"]) not in levels:
            raise DataError("no level of this order is defined", value=part)
        low, high = (None if end.upper().endswith("INF") else float(end) for end in (match["low"], match["high"]))
        if any(end is not None and abs(end) > _HIGHEST for end in (low, high)):
            raise DataError("no points are that many", value=part)
        level, code = levels[int(match["level"])]
        found.append(Step(low=low, high=high, level=level, code=code))
    found.sort(key=lambda step: (step.low is not None, step.low))
    for one, other in itertools.pairwise(found):
        if one.high is None or other.low is None or other.low - one.high != 1:
            raise DataError("the ranges leave whole numbers out, or have some twice", value=body)
    if found[0].low is not None or found[-1].high is not None:
        raise DataError("the ranges must run from -INF to INF", value=body)
    return tuple(found)


class _Parser:
    """Recursive descent over one rule; ``at`` is where the next token begins."""

    def __init__(self, text: str, gene: str) -> None:
        self.text, self.gene, self.at = text, gene, 0
        self._written = 0
        self._next: re.Match[str] | None = None
        self._advance(0)

    def rule(self) -> Rule:
        if not self._take("SCORE"):
            return Rule((), self.condition(0))
        self._expect("FROM")
        self._expect("(")
        items: list[Item] = []
        for place in itertools.count():
            if self._take("MAX"):
                self._expect("(")
                items.append(self.item(place))
                while self._take(","):
                    items.append(self.item(place))
                self._expect(")")
            else:
                items.append(self.item(None))
            if not self._take(","):
                break
        self._expect(")")
        return Rule(tuple(items), None)

    def item(self, group: int | None) -> Item:
        start = self.at
        condition = self.condition(0)
        self._expect("=>")
        points = self._number()
        return Item(condition, points, group, " ".join(self.text[start : self.at].split()))

    def condition(self, depth: int) -> Expression:
        args = [self.term(depth)]
        joint: str | None = None
        while (word := next((w for w in ("AND", "OR") if self._take(w)), None)) is not None:
            if joint not in (None, word):
                raise self._error("AND and OR stand side by side; parentheses must say which binds closer")
            joint = word
            args.append(self.term(depth))
        return args[0] if len(args) == 1 else All(tuple(args)) if joint == "AND" else Any(tuple(args))

    def term(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise self._error("the rule is nested too deeply")
        if self._take("("):
            inner = self.condition(depth + 1)
            self._expect(")")
            return inner
        if self._take("NOT"):
            return Not(self.term(depth + 1))
        if self._take("EXCLUDE"):
            return Not(self.mutation())
        if self._take("SELECT"):
            return self.select(depth + 1)
        return self.mutation()

    def select(self, depth: int) -> Expression:
        """``SELECT ATLEAST 2 AND NOTMORETHAN 3 FROM (…)``."""
        amounts = [self._amount()]
        while self._take("AND"):
            amounts.append(self._amount())
        self._expect("FROM")
        self._expect("(")
        listed = [self.condition(depth)]
        while self._take(","):
            listed.append(self.condition(depth))
        self._expect(")")
        parts: list[Expression] = []
        for word, count in amounts:
            if word != "NOTMORETHAN" and count > 0:
                parts.append(self._at_least(count, listed))
            if word != "ATLEAST" and count < len(listed):
                parts.append(Not(self._at_least(count + 1, listed)))
        if not parts:
            raise self._error("this choice holds always")
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def mutation(self) -> Expression:
        token = self._next["mutation"] if self._next else None
        match = _MUTATION.fullmatch(token) if token else None
        if match is None:
            raise self._error("a mutation like 184V is expected")
        self._advance()
        codon, residues = int(match[1]), tuple(sorted(set(match[2])))
        name = f"{self.gene} {codon}{''.join(residues)}"
        return Is(Criterion(type="variant", name=name, gene=self.gene, codons=(codon, codon), residues=residues))

    def end(self) -> None:
        if self._next is not None or self.text[self.at :].strip():
            raise self._error("the rule does not end here")

    def _amount(self) -> tuple[str, int]:
        word = next((w for w in ("ATLEAST", "NOTMORETHAN", "EXACTLY") if self._take(w)), None)
        if word is None:
            raise self._error("ATLEAST, NOTMORETHAN or EXACTLY is expected")
        count = self._number()
        if count != int(count) or count < 0:
            raise self._error("this is no number of conditions")
        return word, int(count)

    def _at_least(self, count: int, listed: Sequence[Expression]) -> Expression:
        """At least so many hold: one of the ways to choose them does."""
        if count > len(listed):
            raise self._error(f"{count} of {len(listed)} conditions cannot hold")
        if comb(len(listed), count) > _MOST:
            raise self._error(f"there are more than {_MOST} ways to choose {count} of {len(listed)} conditions")
        # Of all ways, each condition is in those that choose the others from the rest.
        named = sum(sum(1 for _ in criteria(condition)) for condition in listed)
        self._written += named * comb(len(listed) - 1, count - 1)
        if self._written > _WIDEST:
            raise self._error(f"written out, the choices of this rule name more than {_WIDEST:,} mutations")
        ways = [All(way) if len(way) != 1 else way[0] for way in itertools.combinations(listed, count)]
        return ways[0] if len(ways) == 1 else Any(tuple(ways))

    # -- tokens ------------------------------------------------------------------------------------------------------

    def _advance(self, at: int | None = None) -> None:
        if at is None and self._next is not None:
            at = self._next.end()
        self.at = at or 0
        self._next = _TOKEN.match(self.text, self.at)

    def _take(self, token: str) -> bool:
        found = self._next
        if found is None or token != (found["sign"] or (found["word"] or "").upper()):
            return False
        self._advance()
        return True

    def _expect(self, token: str) -> None:
        if not self._take(token):
            found = self._next and self._next["word"]
            close = next(iter(nearest(found, _WORDS)), None) if found and found.upper() not in _WORDS else None
            raise self._error(f"{token} is expected", close)

    def _number(self) -> float:
        text = self._next["number"] if self._next else None
        if text is None:
            raise self._error("a number is expected")
        number = float(text)
        if abs(number) > _HIGHEST:
            raise self._error("no number is that large here")
        self._advance()
        return number

    def _error(self, problem: str, suggestion: str | None = None) -> DataError:
        rest = " ".join(self.text[self.at :].split())
        return DataError(problem, value=rest or "the end of the rule", suggestion=suggestion)
