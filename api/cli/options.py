"""Options that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graph.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.manifest import Manifest
    from graph.release import Release

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

RELEASE = "a home of releases, or one release (default: the starter pack)"


def release_option(text: str = RELEASE) -> Decorator:
    return click.option("--release", "release_path", metavar="DIR", type=click.Path(path_type=Path), help=text)


def graph_option(text: str) -> Decorator:
    return click.option("--graph", "graph_uri", metavar="URI", help=text)


def open_given(path: Path | None, progress: Progress = silent) -> Release:
    """The release that was asked for, else the starter pack, built once into the user's cache.

    Raises:
        ReleaseError: when there is none at ``path``.
    """
    if path is None:
        from ingest.starter import release

        return release(progress)
    from graph.release import open_release

    return open_release(path)


def holdings(manifest: Manifest) -> str:
    """What a release holds, in one phrase: ``61,203 nodes, 140,922 edges …``."""
    tables = ("nodes", "edges", "statements", "rows")
    return ", ".join(f"{sum(manifest.counts.get(table, {}).values()):,} {table}" for table in tables)
