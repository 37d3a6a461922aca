"""Whose word a row is, and whether somebody has looked at it lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from rules.lint.book import Book, Entry
from rules.lint.fault import Check, Fault
from rules.lint.world import World


def _run(book: Book, world: World) -> Iterator[Fault]:
    for entry in book.entries:
        row = entry.row
        if not any(s.strip() for s in row.sources) and not row.url:
            yield entry.fault("missing-source", "warning", "The row names no source: no record and no link.",
                              column=entry.column_of(field="sources"))  # fmt: skip
        if row.status != "retired":
            yield from _review(entry, world.today)


def _review(entry: Entry, today: date) -> Iterator[Fault]:
    row, days = entry.row, entry.spec.review_days
    column = entry.column_of(field="reviewed_on")
    if row.reviewed_on is None:
        if row.curator or days is not None:
            who = f"{row.curator} wrote the row" if row.curator else "The table asks for reviews"
            yield entry.fault("review", "warning", f"{who}, and nobody has reviewed it.", column=column)
        return
    try:
        on = date.fromisoformat(row.reviewed_on)
    except ValueError:
        return  # rules.lint.values says that it is no date
    if on > today:
        yield entry.fault("review", "warning", f"The review of {on} has not happened yet.", column=column)
    elif days is not None and on + timedelta(days=days) < today:
        late = (today - on).days - days
        message = f"The review of {on} is {late} days overdue: the table asks for one every {days} days."
        yield entry.fault("review", "warning", message, column=column)


CHECK = Check(
    _run,
    {
        "missing-source": "a row that names no source",
        "review": "a row whose review is overdue, missing or in the future",
    },
)
