"""What the text of a label row adds to its fields, for both layouts of MOAlmanac."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from graph.claims import Condition, Expression, Statement
from ingest.indication import narrowed, partners_not_named, settings, unproven_in_children, unread


@dataclass(frozen=True, slots=True)
class LabelText:
    """A row's profile and setting with what its text says besides; ``remarks`` are warnings, in plain words."""

    profile: Expression
    settings: tuple[Condition, ...]
    settings_stated: bool
    """Whether the conditions are all that the text asks for."""
    accepts_unknown: bool
    derived: tuple[str, ...]
    remarks: tuple[str, ...]


def label_text(text: str, profile: Expression, therapies: Sequence[Sequence[str]], symbols: Sequence[str]) -> LabelText:
    """Read the text of a row that was not found to contradict it."""
    said, read = settings(text), narrowed(text, profile, symbols)
    remarks: list[str] = []
    if read.absent:
        remarks.append(f"the text also asks for the absence of {' and '.join(read.absent)}; the row is read so")
    if read.required:
        remarks.append(f"the text also asks for {' and '.join(read.required)}; the row is read so")
    alone = tuple(dict.fromkeys(why for therapy in therapies if (why := partners_not_named(text, therapy))))
    remarks += [f"{why}; its setting counts as unknown" for why in alone]
    return LabelText(
        profile=read.profile,
        settings=said,
        settings_stated=not (alone or read.open or unread(text, read.profile, symbols)),
        accepts_unknown=read.accepts_unknown,
        derived=(*(("profile",) if read.profile != profile else ()), *(("settings",) if said else ())),
        remarks=tuple(remarks),
    )


def by_age(statement: Statement, text: str) -> list[Statement]:
    """One statement, or two where the text says that in some diseases nothing is established for children: one for
    adults, and one for children (``<id>/children``), whose setting counts as unknown.

    Such a disease is no exclusion of the row: that would hold for adults too.
    """
    if not unproven_in_children(text) or any(c.fact == "age_years" for c in statement.settings):
        return [statement]
    marks = tuple(dict.fromkeys((*statement.derived_from_text, "settings")))
    adults, children = (
        msgspec.structs.replace(
            statement,
            settings=(Condition(fact="age_years", cell=cell, derived_from_text=True), *statement.settings),
            derived_from_text=marks,
        )
        for cell in (">=18", "<18")
    )
    return [adults, msgspec.structs.replace(children, id=f"{statement.id}/children", settings_stated=False)]
