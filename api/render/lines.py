"""Lines of terminal text: spans with a role, measured in columns, wrapped at words, plain or in colour."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from rich.text import Text

Role = Literal["plain", "head", "name", "good", "check", "bad", "dim"]
_STYLES: dict[Role, str] = {
    "plain": "",
    "head": "bold",
    "name": "bold",
    "good": "bold green",
    "check": "bold yellow",
    "bad": "bold red",
    "dim": "dim",
}


class Span(NamedTuple):
    """A piece of a line with what it is, for faces that have colours."""

    text: str
    role: Role = "plain"


Line = list[Span]


def plain(lines: Sequence[Line]) -> str:
    """The lines as text without any escape sequence, each ended by a newline."""
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines)


def styled(lines: Sequence[Line]) -> Text:
    """The lines as ``rich`` text. Only terminals need it, so ``rich`` is imported here."""
    from rich.text import Text

    text = Text(end="")
    for line in lines:
        for span in line:
            text.append(span.text, style=_STYLES[span.role] or None)
        text.append("\n")
    return text


def cells(text: str) -> int:
    """How many terminal columns ``text`` takes: combining marks none, wide characters two.

    >>> cells("EGFR"), cells("肺癌")
    (4, 4)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def size(line: Line) -> int:
    return sum(cells(span.text) for span in line)


def pad(text: str, width: int) -> str:
    return text + " " * max(0, width - cells(text))


def wrap(spans: Line, width: int, indent: int) -> Iterator[Line]:
    """One long line as lines of at most ``width`` columns, broken at spaces; a longer word stays whole."""
    line: Line = []
    used = 0
    for span in spans:
        for word in _words(span.text):
            size = cells(word.rstrip())
            if used and used + size > width and used > indent:
                yield line
                line, used = [Span(" " * indent)], indent
                word = word.lstrip()
                if not word:
                    continue
            used += cells(word)
            if line and line[-1].role == span.role:
                line[-1] = Span(line[-1].text + word, span.role)
            else:
                line.append(Span(word, span.role))
    if line:
        yield line


def _words(text: str) -> Iterator[str]:
    """Words with the spaces before them."""
    start = 0
    for i in range(1, len(text)):
        if text[i] == " " and text[i - 1] != " ":
            yield text[start:i]
            start = i
    if text:
        yield text[start:]
