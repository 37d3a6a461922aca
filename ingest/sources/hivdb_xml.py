"""XML as a tree whose elements know their lines; nothing is fetched and nothing is expanded.

A document type that names an outside file stays unread. What such a file could define cannot be used: every entity but
the five of XML itself is refused, declared or not. Attributes are not read.
"""

from __future__ import annotations

from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from graph.errors import DataError

_DEEPEST = 40


class Element(ElementTree.Element):
    """An element with the line at which it begins."""

    line = 0

    def said(self, tag: str) -> str:
        """The text of the first child of this name, spaces around it off; empty without one."""
        return (self.findtext(tag) or "").strip()

    def inner(self, path: str) -> list[Element]:
        """The elements of a path, each of this class."""
        return [found for found in self.findall(path) if isinstance(found, Element)]


def tree(content: bytes, file: str) -> Element:
    """The root of a document.

    Raises:
        DataError: XML that is not well-formed, an entity of any kind, or elements nested too deeply; names the line.
    """
    builder = ElementTree.TreeBuilder(element_factory=Element)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def refuse(what: str, value: str | None = None) -> NoReturn:
        raise DataError(what, file=file, row=parser.CurrentLineNumber, value=value)

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            refuse("the elements are nested too deeply", tag)
        element = builder.start(tag, {})
        if isinstance(element, Element):
            element.line = parser.CurrentLineNumber

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def entity(name: str, *_: object) -> None:
        refuse("the file declares an entity, which is not read", name)

    def skipped(name: str, *_: object) -> None:
        refuse("the file uses an entity that only another file could define", name)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = entity
    parser.SkippedEntityHandler = skipped
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise DataError(f"this is no well-formed XML ({expat.ErrorString(error.code)})", file=file,
                        row=error.lineno) from None  # fmt: skip
    except (LookupError, ValueError) as error:  # an encoding that is not known, or not one byte a character
        raise DataError(f"the file cannot be read ({error})", file=file, row=1) from None
    root = builder.close()
    if not isinstance(root, Element):
        raise AssertionError("the builder makes elements of this class only")
    return root
