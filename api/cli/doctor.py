"""``clew doctor``: whether this installation, this release and this graph are what they should be."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

from api.cli import console
from api.cli.options import graph_option, holdings, open_given, release_option
from graph.errors import ClewError

if TYPE_CHECKING:
    from graph.progress import Progress
    from graph.release import Release

PACKAGES = ("graph", "ontologies", "rules", "ingest", "embeddings", "api", "clew")
"""The names that Clew's own distribution must own."""
OPTIONAL = {
    "arcadedb-embedded": "[cypher] Cypher without a server",
    "torch": "[kge] graph embeddings",
    "pykeen": "[kge] graph embeddings",
}

State = Literal["ok", "warning", "failed", "absent"]


class Finding(NamedTuple):
    """One thing that was looked at."""

    state: State
    what: str
    said: str


@click.command("doctor", short_help="Check the installation, a release and a graph.")
@release_option()
@graph_option("compare every node and edge of this graph with the release")
def command(release_path: Path | None, graph_uri: str | None) -> int:
    """Check that Clew is installed whole, that every file of a release is intact, and that a graph agrees with it.

    Leaves with 3 when the release is damaged, with 4 when something else wants attention.
    """
    worst: set[State] = set()
    for finding in [*installation(), *names(), *optional()]:
        _show(finding, worst)
    # Shown when the bar is gone: both may be on one terminal.
    found: list[Finding] = []
    failed = 0
    try:
        with console.progress() as report, open_given(release_path, report) as release:
            report("verifying the release", 0, None)
            release.verify_all()
            found += _release(release)
            if release_path is not None:
                found += _journal(release_path)
            if graph_uri:
                found += _graph(graph_uri, release, report)
    except ClewError as error:
        found.append(Finding("failed", "release" if not graph_uri else "release or graph", str(error)))
        failed = error.exit_code
    for finding in found:
        _show(finding, worst)
    if failed:
        return failed
    return 4 if worst & {"warning", "failed"} else 0


def _show(finding: Finding, worst: set[State]) -> None:
    worst.add(finding.state)
    click.echo(f"{finding.state:<8} {finding.what:<22} {finding.said}")


def installation() -> Iterator[Finding]:
    """Python, and every package that the installed distribution asks for."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok" if sys.version_info >= (3, 11) else "failed", "python", version)
    try:
        distribution = metadata.distribution("clew")
    except metadata.PackageNotFoundError:
        yield Finding("warning", "clew", "is run from its folder, not installed: nothing is known of what it needs")
        return
    yield Finding("ok", "clew", distribution.version)
    for requirement in distribution.requires or []:
        if "extra ==" in requirement:
            continue
        name = _project(requirement)
        try:
            yield Finding("ok", name, metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding("failed", name, f"is not installed, and Clew needs {requirement}")


def names() -> Iterator[Finding]:
    """Whether another distribution owns one of our top-level names, or another folder answers to it."""
    owners = metadata.packages_distributions()
    home = Path(__file__).resolve().parents[2]
    clean = True
    for name in PACKAGES:
        foreign = sorted(set(owners.get(name, [])) - {"clew"})
        spec = importlib.util.find_spec(name)
        folder = Path(spec.origin).resolve().parent.parent if spec and spec.origin else None
        if foreign:
            clean = False
            yield Finding(
                "failed",
                f"package {name}",
                f"is also installed by {', '.join(foreign)}: use an environment of Clew's own",
            )
        elif folder != home:
            clean = False
            yield Finding("failed", f"package {name}", f"comes from {folder or 'nowhere'}, the others from {home}")
    if clean:
        said = f"no other installed package is called {', '.join(PACKAGES[:-1])} or {PACKAGES[-1]}"
        yield Finding("ok", "package names", said)


def optional() -> Iterator[Finding]:
    """Parts that Clew can do without."""
    for name, purpose in OPTIONAL.items():
        try:
            yield Finding("ok", name, f"{metadata.version(name)} ({purpose})")
        except metadata.PackageNotFoundError:
            yield Finding("absent", name, purpose)


def _release(release: Release) -> Iterator[Finding]:
    held = holdings(release.manifest)
    yield Finding("ok", "release", f"{release.digest[:12]} intact: {len(release.manifest.files)} files, {held}")
    yield Finding("ok", "release path", str(release.path.resolve()))
    for source in release.manifest.sources:
        yield Finding("ok", f"source {source.name}", f"{source.version or 'version not stated'}, {source.licence}")


def _journal(home: Path) -> Iterator[Finding]:
    """Whether the history of the home is as it was written."""
    from api import curate

    if curate.is_curated(home):
        lines = curate.check(home)
        yield Finding("ok", "history", f"{lines} lines, each with its checksum; open proposals are as they were made")


def _graph(uri: str, release: Release, report: Progress) -> Iterator[Finding]:
    from graph.stores import open_store
    from graph.stores.compare import compare

    store = open_store(uri, release, report)
    report("comparing the graph with the release", 0, None)
    try:
        differences = list(compare(store, release))
    finally:
        store.close()
    for difference in differences[:20]:
        yield Finding("warning", "graph", str(difference))
    if len(differences) > 20:
        yield Finding("warning", "graph", f"and {len(differences) - 20:,} differences more")
    if not differences:
        yield Finding("ok", "graph", "every node and edge agrees with the release")


def _project(requirement: str) -> str:
    """The name at the head of a requirement: ``numpy>=2.0`` -> ``numpy``."""
    end = next((i for i, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")), len(requirement))
    return requirement[:end]
