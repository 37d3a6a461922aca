"""One object for equal values: what matching finds about them it remembers by identity."""

from __future__ import annotations

from typing import TypeVar, cast

from graph.claims import Expression, Is, Not

T = TypeVar("T")


class Shared:
    """The first of every equal values that it was shown."""

    def __init__(self) -> None:
        self._one: dict[object, object] = {}

    def same(self, value: T) -> T:
        return cast("T", self._one.setdefault(value, value))

    def expression(self, e: Expression) -> Expression:
        """The expression, its parts and criteria too."""
        if (known := self._one.get(e)) is not None:
            return cast("Expression", known)
        if isinstance(e, Is):
            return self.same(Is(self.same(e.criterion)))
        if isinstance(e, Not):
            return self.same(Not(self.expression(e.arg)))
        return self.same(type(e)(tuple(self.expression(arg) for arg in e.args)))
