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
_IN_WORDS = {
    "object": "an object", "array": "a list", "str": "text", "int": "a whole number", "float": "a number",
    "bool": "true or false", "null": "null",
}  # fmt: skip
_WRONG = re.compile(rf"Expected `(?P<wanted>{'|'.join(_IN_WORDS)})(?: \| null)?`, got `(?P<got>{'|'.join(_IN_WORDS)})`")
FIELD = "field"
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
        raise DataError(
            error.problem, file=file, row=row, column=error.column, value=error.value, noun=FIELD
        ) from error
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
        name, known = unknown["field"], _fields_at(kind, path)
        alike = nearest(name, known) or _elsewhere(kind, name)
        listed = f"; there are {', '.join(known)}" if known else ""
        return DataError(f"this field is not known{listed}", file=file, row=row, column=_under(path, name), noun=FIELD,
                         suggestion=alike[0] if alike else None)  # fmt: skip
    if missing := _MISSING.fullmatch(problem):
        return DataError("this field is missing", file=file, row=row, column=_under(path, missing["field"]), noun=FIELD)
    if enum := _ENUM.fullmatch(problem):
        choices = _choices_at(kind, path)
        alike = nearest(enum["value"], choices)
        return DataError(f"this value is not one of {', '.join(choices)}", file=file, row=row, column=path or None,
                         value=enum["value"], suggestion=alike[0] if alike else None, noun=FIELD)  # fmt: skip
    if wrong := _WRONG.fullmatch(problem):
        known = _fields_at(kind, path) if wrong["wanted"] == "object" else []
        inside = f" with {', '.join(known)}" if known else ""
        return DataError(f"{_IN_WORDS[wrong['wanted']]}{inside} belongs here, not {_IN_WORDS[wrong['got']]}",
                         file=file, row=row, column=path or None, noun=FIELD)  # fmt: skip
    return DataError(problem[:1].lower() + problem[1:], file=file, row=row, column=path or None, noun=FIELD)


def _elsewhere(kind: type, field: str) -> list[str]:
    """Where else a field of this name stands: ``disease.stage`` for a ``context.stage``."""
    top = msgspec.inspect.type_info(kind)
    if not isinstance(top, msgspec.inspect.StructType):
        return []
    return [f"{f.encode_name}.{field}" for f in top.fields if field in _fields_at(kind, f.encode_name)] + [
        f.encode_name for f in top.fields if f.encode_name == field
    ]


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
