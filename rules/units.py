"""Units of measured facts: converted where both are known and measure the same, else refused; never assumed.

``rules/tables/units.csv`` lists each unit by its UCUM code with its dimension, the factor to the dimension's first
unit, and whether what it measures may be below 0. Mass and amount of a substance, and a clearance with and without body
surface, are different dimensions: what joins them depends on the substance or the patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from graph.errors import DataError, nearest
from graph.packaged import rows

_TABLE = "tables/units.csv"
_LONGEST = 40
"""No unit is written with more characters."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of the table. ``numerator`` over ``denominator`` is the factor; both are whole, so nothing is rounded."""

    code: str
    dimension: str
    numerator: int
    denominator: int
    signed: bool
    """Whether what is measured may be below 0."""


def unit(text: str) -> Unit:
    """The unit that ``text`` names, by its code or another spelling that the table lists.

    Raises:
        DataError: the table has no such unit.

    >>> unit("ml/min").code, unit("K/µL").code
    ('mL/min', '10*3/uL')
    """
    found = _units().get(_spelt(text))
    if found is None:
        # A patient's file may hold anything here, and looking for what is like it takes time with its length.
        close = next(iter(nearest(text, _units())), None) if len(text) < _LONGEST else None
        raise DataError("this unit is not known", value=text, suggestion=close)
    return found


def convert(value: float, given: str, wanted: str) -> float:
    """``value``, given in one unit, in another.

    Raises:
        DataError: a unit that is not known, or two that measure different things.

    >>> convert(1.2, "g/dL", "g/L"), convert(90, "mL/min", "L/h")
    (12.0, 5.4)
    """
    one, other = unit(given), unit(wanted)
    if one.dimension != other.dimension:
        problem = f"{one.code} measures {one.dimension}, {other.code} {other.dimension}: neither follows from the other"
        raise DataError(problem)
    return value * (one.numerator * other.denominator) / (one.denominator * other.numerator)


def known() -> tuple[str, ...]:
    """The codes of all units, in the order of the table."""
    return tuple(dict.fromkeys(u.code for u in _units().values()))


def _spelt(text: str) -> str:
    return text.strip().replace("μ", "µ").replace(" ", "")


@cache
def _units() -> Mapping[str, Unit]:
    found: dict[str, Unit] = {}
    columns = ("unit", "dimension", "numerator", "denominator", "signed", "synonyms", "source")
    for row in rows("rules", _TABLE, columns):
        numerator, denominator = int(row["numerator"]), int(row["denominator"])
        made = Unit(row["unit"], row["dimension"], numerator, denominator, row["signed"] == "yes")
        for name in (made.code, *(n for n in row["synonyms"].split("|") if n)):
            if found.setdefault(_spelt(name), made) != made:
                raise DataError("one name stands for two units", file=f"rules/{_TABLE}", value=name)
    return MappingProxyType(found)
