"""Where results and talk go: colours and progress only where a person looks at a terminal."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from api.render.lines import Line, plain, styled
from graph.progress import Progress, silent

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

PATIENCE = 2.0
"""Seconds after which work that still goes on shows a bar."""


def say(text: str) -> None:
    """One line of talk, on standard error."""
    click.echo(text, err=True)


def size() -> tuple[int, int]:
    """Columns and lines to fill: those of the terminal, or a fixed page where there is none."""
    if not sys.stdout.isatty():
        return 100, 40
    columns, lines = shutil.get_terminal_size((100, 42))
    return max(60, min(columns, 140)), max(24, lines - 2)


def write_lines(lines: Sequence[Line]) -> None:
    """Lines of a text answer: coloured on a terminal unless ``NO_COLOR`` is set, plain everywhere else."""
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        from rich.console import Console

        Console(file=sys.stdout, highlight=False, soft_wrap=True).print(styled(lines), end="")
    else:
        sys.stdout.write(plain(lines))


def write_bytes(content: bytes) -> None:
    """A result that has its own encoding, unchanged."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


@contextmanager
def progress() -> Iterator[Progress]:
    """A listener for long work: a bar on standard error once it takes longer than two seconds, never on a pipe."""
    if not sys.stderr.isatty():
        yield silent
        return
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    """Shown only once patience has run out, so that short work leaves the terminal as it was.

    A timer shows it, since work may say what it does once and then nothing for long.
    """

    def __init__(self) -> None:
        self._shown: tuple[RichProgress, TaskID] | None = None
        self._last: tuple[str, int, int | None] = ("working", 0, None)
        self._closed = False
        self._one_at_a_time = threading.Lock()
        self._timer = threading.Timer(PATIENCE, self._show)
        self._timer.daemon = True
        self._timer.start()

    def __call__(self, what: str, done: int, total: int | None) -> None:
        with self._one_at_a_time:
            self._last = (what, done, total)
            self._update()

    def close(self) -> None:
        self._timer.cancel()
        with self._one_at_a_time:
            self._closed = True
            if self._shown is not None:
                self._shown[0].stop()

    def _show(self) -> None:
        with self._one_at_a_time:
            if not self._closed:
                self._shown = _start()
                self._update()

    def _update(self) -> None:
        if self._shown is not None:
            bar, task = self._shown
            what, done, total = self._last
            bar.update(task, description=what, completed=done, total=total)


def _start() -> tuple[RichProgress, TaskID]:
    from rich import progress
    from rich.console import Console

    bar = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,  # results go where standard output goes, which need not be this terminal
    )
    bar.start()
    return bar, bar.add_task("", total=None)
