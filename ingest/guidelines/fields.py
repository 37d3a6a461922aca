"""What a column can be: the fields of a row and the facts of a patient, as ``rules/tables/fields.toml`` lists them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, cast, get_args

from graph.errors import nearest
from rules.table import Column, ColumnType

NAMED = ("gene", "marker", "germline_pgx", "facts")
"""Facts of which there are many: ``gene.KRAS``, ``facts.ecog``."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One field or fact."""

    type: ColumnType
    values: tuple[str, ...]
    about: str


@cache
def fields() -> Mapping[str, Kind]:
    """The fields of a row by name, in the order in which they are explained."""
    return _kinds("fields")


@cache
def facts() -> Mapping[str, Kind]:
    """The facts of a patient; those of ``NAMED`` without the name of the one meant."""
    return _kinds("facts")


@cache
def same() -> Mapping[str, str]:
    """Other names of fields."""
    return MappingProxyType({name: str(field) for name, field in _declared()["same"].items()})


def field(name: str) -> str | None:
    """The field that goes by a name.

    >>> field("therapy"), field("reason"), field("age_years")
    ('drugs', 'reason', None)
    """
    name = same().get(name, name)
    return name if name in fields() else None


def fact(name: str) -> Kind | None:
    """What kind of fact a name is one of.

    >>> fact("gene.KRAS").type, fact("gene"), fact("age_years").type, fact("age_years.x")
    ('gene', None, 'number', None)
    """
    group, dot, which = name.partition(".")
    if (group in NAMED) != bool(dot) or (dot and (not which.strip() or which != which.strip())):
        return None
    if group in ("gene", "germline_pgx") and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", which) is None:
        return None
    return facts().get(group)


def column(header: str) -> Column | None:
    """The column that a header means by itself."""
    if (name := field(header)) is not None:
        return Column(name=header, field=name, type=fields()[name].type)
    if (kind := fact(header)) is not None:
        return Column(name=header, fact=header, type=kind.type)
    return None


def close(name: str, others: tuple[str, ...] = ()) -> str | None:
    """The field, fact or other word that a name is a slip of."""
    known = (*others, *fields(), *same(), *(f for f in facts() if f not in NAMED))
    if meant := nearest(name, known):
        return meant[0]
    group, dot, which = name.partition(".")
    return f"{meant[0]}.{which}" if dot and (meant := nearest(group, NAMED)) else None


def _kinds(part: str) -> Mapping[str, Kind]:
    found: dict[str, Kind] = {}
    for name, said in _declared()[part].items():
        type_ = said.get("type", "text")
        assert type_ in get_args(ColumnType), f"{name}: {type_}"
        values = tuple(str(value) for value in said.get("values", ()))
        found[name] = Kind(cast(ColumnType, type_), values, str(said["about"]))
    return MappingProxyType(found)


@cache
def _declared() -> Mapping[str, dict[str, Any]]:
    return tomllib.loads(files("rules").joinpath("tables", "fields.toml").read_text(encoding="utf-8"))
