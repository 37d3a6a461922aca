"""JSON as strict as a clinical input must be.

``msgspec`` refuses unknown fields, wrong types, NaN, numbers beyond a double and lone surrogates. What it lets pass is
refused here: keys that are there twice, integers that a double cannot hold, nesting without end.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

import msgspec

from graph.errors import DataError, nearest, shorten

T = TypeVar("T")
_LARGEST = 2**53 - 1
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_PATH = re.compile(r" - at `\$\.?(?P<path>.*?)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>.*)`")
_ENUM = re.compile(r"Invalid enum value '?(?P<value>.*?)'?")
_MISSING = re.compile(r"Object missing required field `(?P<field>.*)`")


def decode(content: bytes, kind: type[T], *, file: str | None = None, row: int | None = None) -> T:
    """``content`` as a value of ``kind``, or a ``DataError`` that names the field."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError("this is not UTF-8 text", file=file, row=row) from error
    try:
        json.loads(text, object_pairs_hook=_no_repeats, parse_int=_bounded, parse_constant=_no_constant)
    except _RefusedError as error:
        raise DataError(error.problem, file=file, row=row, column=error.column, value=error.value) from error
    except json.JSONDecodeError as error:
        place = row if row is not None else error.lineno
        raise DataError(f"this is not JSON ({error.msg}, column {error.colno})", file=file, row=place) from error
    except RecursionError as error:
        raise DataError("the JSON is nested too deeply", file=file, row=row) from error
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise _located(str(error), kind, file, row) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if _SURROGATE.search(text):
            raise DataError("the text holds half a surrogate pair", file=file, row=row) from error
        raise DataError(f"this is not valid JSON ({error})", file=file, row=row) from error


class _RefusedError(Exception):
    def __init__(self, problem: str, column: str | None = None, value: str | None = None) -> None:
        super().__init__(problem)
        self.problem, self.column, self.value = problem, column, value


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RefusedError("this key is there twice in one object", column=_printable(key))
            seen.add(key)
    return found


def _bounded(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > _LARGEST:
        raise _RefusedError("this number is too large", value=shorten(digits, 24))
    return int(digits)


def _no_constant(word: str) -> float:
    raise _RefusedError("this is not a number", value=word)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _located(message: str, kind: type, file: str | None, row: int | None) -> DataError:
    """msgspec's message with its path as the column and, where a word is unknown, the nearest known one."""
    match = _PATH.search(message)
    path = match["path"] if match else ""
    problem = message[: match.start()] if match else message
    if unknown := _UNKNOWN.fullmatch(problem):
        alike = nearest(unknown["field"], _fields_at(kind, path))
        return DataError("this field is not known", file=file, row=row, column=_under(path, unknown["field"]),
                         suggestion=alike[0] if alike else None)  # fmt: skip
    if missing := _MISSING.fullmatch(problem):
        return DataError("this field is missing", file=file, row=row, column=_under(path, missing["field"]))
    if enum := _ENUM.fullmatch(problem):
        alike = nearest(enum["value"], _choices_at(kind, path))
        return DataError("this value is not one of the allowed ones", file=file, row=row, column=path or None,
                         value=enum["value"], suggestion=alike[0] if alike else None)  # fmt: skip
    return DataError(problem[:1].lower() + problem[1:], file=file, row=row, column=path or None)


def _under(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field


def _type_at(kind: type, path: str) -> msgspec.inspect.Type:
    """The type that stands at a path such as ``biomarkers[0].classification``."""
    found = msgspec.inspect.type_info(kind)
    for step in re.findall(r"[^.\[\]]+|\[[^\]]*\]", path):
        found = _concrete(found)
        if step.startswith("["):
            inner: msgspec.inspect.Type | None = getattr(found, "item_type", None) or getattr(found, "value_type", None)
            found = inner or found
        elif isinstance(found, msgspec.inspect.StructType):
            found = next((f.type for f in found.fields if f.encode_name == step), found)
    return _concrete(found)


def _concrete(kind: msgspec.inspect.Type) -> msgspec.inspect.Type:
    if isinstance(kind, msgspec.inspect.UnionType):
        structured = [t for t in kind.types if not isinstance(t, msgspec.inspect.NoneType | msgspec.inspect.StrType)]
        return structured[0] if structured else kind.types[0]
    return kind


def _fields_at(kind: type, path: str) -> list[str]:
    found = _type_at(kind, path)
    return [f.encode_name for f in found.fields] if isinstance(found, msgspec.inspect.StructType) else []


def _choices_at(kind: type, path: str) -> list[str]:
    found = _type_at(kind, path)
    return [str(v) for v in found.values] if isinstance(found, msgspec.inspect.LiteralType) else []
