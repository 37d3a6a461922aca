"""HTML fragments of guidelines as plain text: paragraphs, lists and tables kept readable, everything else left off."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_DEEPEST = 8
"""Lists within lists that are shown further to the right each."""
_BLOCKS = frozenset({"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "ul", "ol", "dl"})


def plain(html: str) -> str:
    """The text of a fragment: a line a paragraph, list item or table row, links by their words.

    >>> print(plain("<p>Avoid <em>it</em> &gt; 2 g.</p><ol><li>Ask</li><li>Look<ul><li>well</li></ul></li></ol>"))
    Avoid it > 2 g.
    1. Ask
    2. Look
      - well
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "\n".join(reader.finished())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._open: list[str] = []
        """What has been read of the line that is being built."""
        self._lists: list[int | None] = []
        """Of every list that is open, the number of its next item; ``None``: it has none."""
        self._mark = ""

    def finished(self) -> list[str]:
        self._end()
        return self._lines

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or tag in ("li", "tr", "br", "dt", "dd"):
            self._end()
        if tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            number = self._lists[-1] if self._lists else None
            self._mark = self._indent(len(self._lists) - 1) + ("- " if number is None else f"{number}. ")
            if number is not None:
                self._lists[-1] = number + 1
        elif tag in ("td", "th") and self._open:
            self._open.append(" | ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS or tag in ("li", "tr", "dt", "dd"):
            self._end()
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._mark = self._indent(len(self._lists))

    def _indent(self, depth: int) -> str:
        return "  " * min(depth, _DEEPEST)

    def handle_data(self, data: str) -> None:
        self._open.append(data)

    def _end(self) -> None:
        # A line that begins with a capital is one of its own: these texts were typed as lists, without their tags.
        lines = re.split(r"\n(?=\s*[A-Z])", "".join(self._open))
        self._open.clear()
        for line in lines:
            if text := " ".join(line.split()):
                # The first line of an item carries its mark; the others stand under it.
                self._lines.append(self._mark + text)
                self._mark = " " * len(self._mark) if self._lists else ""
