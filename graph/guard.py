"""Which Cypher a reader may run: a query is taken apart into tokens and refused unless all of it is known to only read.

This is the first of several locks (databases are asked in READ mode, with a time limit, and cannot read files), and the
one that says what is wrong and where. It allows what ``guard.toml`` lists and nothing else. Text that two Cypher lexers
could take apart differently (escapes such as ``\\u0027``, odd control characters) is refused.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

from graph.errors import QueryError, nearest, shorten

Kind = Literal["word", "name", "string", "number", "parameter", "mark"]

LONGEST = 100_000
"""Characters of a query that are looked at at most."""

_ESCAPE = re.compile(r"\\[uU]+[0-9a-fA-F]{4}")
_BLANK = re.compile(r"(?:[ \t\n]|\r\n|//[^\n]*|/\*(?s:.*?)\*/)+")
_TOKEN = re.compile(
    r"""(?P<word>[^\W\d]\w*)
      | (?P<number>0[xX][0-9a-fA-F]+|0o[0-7]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?!\w)
      | (?P<string>'(?:[^'\\]|\\[\\'"bfnrt`])*'|"(?:[^"\\]|\\[\\'"bfnrt`])*")
      | (?P<name>`(?:[^`]|``)+`)
      | (?P<parameter>\$(?:\w+|`(?:[^`]|``)+`))
      | (?P<mark>\.\.|=~|::|<>|<=|>=|\|\||[()\[\]{}.,:;|&!+\-*/%^=<>])""",
    re.VERBOSE,
)
_ENDS = {")", "]", "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` is as written; ``key`` is what it is compared by: a word in plain capitals, a name without backticks."""

    kind: Kind
    text: str
    key: str
    at: int


@dataclass(frozen=True)
class _Allowed:
    openings: frozenset[str]
    joints: frozenset[str]
    expecting: frozenset[str]
    refused: frozenset[str]
    procedures: dict[str, str]
    functions: dict[str, str]


def check_read_only(query: str) -> None:
    """Raises:
        QueryError: unless ``query`` is one statement that only reads; the message names line and column.

    >>> check_read_only("MATCH (g:Gene {symbol: 'BRAF'}) RETURN g.id LIMIT 5")
    >>> check_read_only("MATCH (g) DETACH DELETE g")
    Traceback (most recent call last):
    graph.errors.QueryError: line 1, column 11: DETACH is not allowed here: only reading is (as a name, write `DETACH`)
    """
    tokens = tokenise(query)
    allowed = _allowed()
    if tokens and tokens[-1].key == ";":
        tokens.pop()
    if not tokens:
        raise QueryError("the query is empty")
    if tokens[0].kind != "word":
        raise _refusal(query, tokens[0], f"a reading query does not begin with {shorten(tokens[0].text, 20)}")
    for index, token in enumerate(tokens):
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.key == ";" and token.kind == "mark":
            raise _refusal(query, token, "only one statement is allowed")
        if token.kind == "word" and not _is_part_of_a_thing(tokens, index):
            _check_word(query, tokens, index, allowed)
            if token.key == "CALL" and (after is None or not _may_be_called(after)):
                raise _refusal(query, token, "CALL needs a subquery or a procedure")
        if token.kind in ("word", "name") and not _is_inside_a_dotted_name(tokens, index):
            _check_called(query, tokens, index, allowed)


def tokenise(query: str) -> list[Token]:
    """The tokens of a query, comments and blanks left out.

    Raises:
        QueryError: for text that is not Cypher, or that databases could read in different ways.
    """
    if len(query) > LONGEST:
        raise QueryError(f"the query is longer than {LONGEST:,} characters")
    if escape := _ESCAPE.search(query):
        raise QueryError(f"{_place(query, escape.start())}: write the character itself instead of {escape[0]}")
    for at, character in enumerate(query):
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and not _is_plain_blank(query, at):
            raise QueryError(f"{_place(query, at)}: unexpected character U+{ord(character):04X}")
    tokens: list[Token] = []
    at = 0
    while True:
        if blank := _BLANK.match(query, at):
            at = blank.end()
        if at == len(query):
            return tokens
        found = _TOKEN.match(query, at)
        if found is None or query.startswith("/*", at):
            raise QueryError(f"{_place(query, at)}: {_unreadable(query, at)}")
        kind = cast(Kind, found.lastgroup)
        tokens.append(Token(kind, found[0], _key(kind, found[0]), at))
        at = found.end()


def _check_word(query: str, tokens: list[Token], index: int, allowed: _Allowed) -> None:
    """Refuse a bare word that is no name and no word of a reading clause."""
    token, before = tokens[index], tokens[index - 1] if index else None
    if token.key in allowed.refused:
        problem = f"{token.text} is not allowed here: only reading is (as a name, write `{token.text}`)"
        raise _refusal(query, token, problem)
    if before is None or (before.key == "{" and not _is_key_of_a_projection(tokens, index)):
        if token.key not in allowed.openings:
            raise _refusal(query, token, f"a reading query or subquery does not begin with {token.text}")
    elif _is_finished(tokens, index - 1, allowed) and token.key not in allowed.joints:
        hint = next(iter(nearest(token.text, allowed.joints)), None)
        raise _refusal(query, token, f"{token.text} is not allowed here" + (f" (did you mean {hint}?)" if hint else ""))


def _check_called(query: str, tokens: list[Token], index: int, allowed: _Allowed) -> None:
    """Refuse a call of a procedure or function that is not listed; ``index`` is where its name begins."""
    end, parts = index + 1, [tokens[index].text.strip("`")]
    while end + 1 < len(tokens) and tokens[end].key == "." and tokens[end + 1].kind in ("word", "name"):
        parts.append(tokens[end + 1].text.strip("`"))
        end += 2
    name = ".".join(parts)
    before = tokens[index - 1] if index else None
    if before and before.key == "CALL" and before.kind == "word":
        if name.casefold() not in allowed.procedures:
            raise _unlisted(query, tokens[index], "procedure", name, allowed.procedures)
    elif end < len(tokens) and tokens[end].key == "(":
        language = allowed.joints | allowed.expecting
        is_language = len(parts) == 1 and tokens[index].kind == "word" and tokens[index].key in language
        if not is_language and name.casefold() not in allowed.functions:
            raise _unlisted(query, tokens[index], "function", name, allowed.functions)


def _is_part_of_a_thing(tokens: list[Token], index: int) -> bool:
    """Whether a word is a property, a label, a type or the key of a map, where the language has no words of its own."""
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if before is None or before.kind != "mark":
        return False
    if before.key == ".":
        owner = tokens[index - 2] if index > 1 else None
        return owner is not None and (owner.kind in ("word", "name", "parameter") or owner.key in _ENDS | {"{", ","})
    if before.key == ":":
        return True
    return before.key in ("{", ",") and after is not None and after.key == ":" and after.kind == "mark"


def _is_inside_a_dotted_name(tokens: list[Token], index: int) -> bool:
    """Whether a name such as ``db.labels`` began before this part of it."""
    return index > 1 and tokens[index - 1].key == "." and tokens[index - 2].kind in ("word", "name")


def _is_key_of_a_projection(tokens: list[Token], index: int) -> bool:
    """Whether the word after an opening brace is a variable in a map projection: ``n {x, .name}``."""
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    return after is not None and after.kind == "mark" and after.key in (",", "}")


def _is_finished(tokens: list[Token], index: int, allowed: _Allowed) -> bool:
    """Whether an expression or pattern may end with this token, so that only a word of the language can follow."""
    token = tokens[index]
    if token.kind == "word" and not _is_part_of_a_thing(tokens, index):
        return token.key not in allowed.expecting
    if token.kind == "mark":
        whole = token.key == "*" and index > 0 and tokens[index - 1].key in ("RETURN", "WITH", "YIELD", "DISTINCT")
        return whole or token.key in _ENDS
    return True


def _may_be_called(token: Token) -> bool:
    return token.kind in ("word", "name") or token.key in ("{", "(")


def _key(kind: Kind, text: str) -> str:
    """Databases fold case in ways of their own: a dotless i and a long s can spell INSERT."""
    if kind != "word":
        return text
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.lower().upper()


def _is_plain_blank(query: str, at: int) -> bool:
    return query[at] in "\t\n" or query.startswith("\r\n", at)


def _unreadable(query: str, at: int) -> str:
    if query.startswith("/*", at):
        return "the comment does not end"
    if query[at] in "'\"`":
        return "the text in quotes does not end, or holds an escape that is not Cypher"
    return f"unexpected {shorten(query[at:], 20)!r}"


def _unlisted(query: str, token: Token, what: str, name: str, known: dict[str, str]) -> QueryError:
    hint = next(iter(nearest(name, known.values())), None)
    return _refusal(query, token, f"the {what} {name} is not allowed" + (f" (did you mean {hint}?)" if hint else ""))


def _refusal(query: str, token: Token, problem: str) -> QueryError:
    return QueryError(f"{_place(query, token.at)}: {problem}")


def _place(query: str, at: int) -> str:
    line = query.count("\n", 0, at) + 1
    return f"line {line}, column {at - query.rfind(chr(10), 0, at)}"


@cache
def _allowed() -> _Allowed:
    listed = tomllib.loads(resources.files("graph").joinpath("guard.toml").read_text(encoding="utf-8"))
    words = {key: frozenset(listed[key]) for key in ("openings", "joints", "expecting", "refused")}
    called = {key: {name.casefold(): name for name in listed[key]} for key in ("procedures", "functions")}
    return _Allowed(
        words["openings"], words["joints"], words["expecting"], words["refused"],
        called["procedures"], called["functions"],
    )  # fmt: skip
