"""Makes the starter pack: ``python -m ingest.starter civic=PATH do=PATH oncotree=PATH liftover=PATH [NAME=PATH …]``.

Only facts go in: identifiers, names, levels, dates, links. Sentences stay out, as does every source whose licence is
not one of ``LICENCES``. Of the diseases those under cancer are kept.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import msgspec

from graph.errors import ClewError, DataError
from graph.model import Edge, Node
from graph.paths import ROOT_DISEASE
from graph.progress import silent
from ingest import lift, packed
from ingest.build import gather
from ingest.harvest import Harvest, Report
from ingest.starter import SUFFIX

LICENCES = ("CC0-1.0", "CC-BY-4.0")
_FOLDER = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """Write the pack beside this file; each argument is ``NAME=PATH``."""
    try:
        given = [(name, Path(path)) for name, _, path in (a.partition("=") for a in arguments)]
        harvests, lifter = gather(given, (), False, silent)
        made = [facts(h, lifter) for h in harvests if h.source.name != "liftover"]
        for file in _FOLDER.glob(f"*{SUFFIX}"):
            file.unlink()
        for harvest in made:
            content = packed.pack(harvest)
            (_FOLDER / f"{harvest.source.name}{SUFFIX}").write_bytes(content)
            print(f"{harvest.source.name}: {len(content):,} bytes")
        (_FOLDER / "NOTICE").write_text(notice(made), encoding="utf-8")
    except ClewError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def facts(harvest: Harvest, lifter: lift.Lifter) -> Harvest:
    """The harvest without sentences, with alleles on both builds, and of its diseases those under cancer.

    Raises:
        DataError: when the source's licence does not let it be carried.
    """
    if harvest.source.licence not in LICENCES:
        raise DataError("a source of this licence cannot be in the starter pack", file=harvest.source.name,
                        value=harvest.source.licence)  # fmt: skip
    nodes, edges = _cancers(harvest.nodes, harvest.edges)
    return replace(
        harvest,
        report=Report(),
        statements=[lift.lifted(msgspec.structs.replace(s, text=None), lifter) for s in harvest.statements],
        rows=[lift.lifted(r, lifter) for r in harvest.rows],
        classes=[lift.lifted(c, lifter) for c in harvest.classes],
        nodes=[lift.lifted_node(n, lifter) for n in nodes],
        edges=edges,
    )


def notice(harvests: list[Harvest]) -> str:
    """Who the facts come from, under which licence, and what was changed."""
    lines = [
        "The starter pack holds facts from these sources, reduced to identifiers, names, levels, dates and",
        "links; coordinates on the other genome build were computed with UCSC chain files.",
        "",
    ]
    for harvest in harvests:
        info = harvest.source
        lines += [
            f"{info.title}{f', {info.version}' if info.version else ''}",
            f"  {info.attribution}",
            f"  {info.licence}{f', {info.url}' if info.url else ''}",
            "",
        ]
    return "\n".join(lines)


def _cancers(nodes: list[Node], edges: list[Edge]) -> tuple[list[Node], list[Edge]]:
    children: dict[str, list[str]] = {}
    for edge in edges:
        if edge.type == "IS_A":
            children.setdefault(edge.target, []).append(edge.source)
    if not any(n.id == ROOT_DISEASE for n in nodes):
        return nodes, edges
    kept, ahead = {ROOT_DISEASE}, [ROOT_DISEASE]
    while ahead:
        for child in children.get(ahead.pop(), ()):
            if child not in kept:
                kept.add(child)
                ahead.append(child)
    replaced = {e.source for e in edges if e.type == "MAPS_TO" and e.target in kept and e.source.startswith("DOID:")}
    kept |= replaced
    inside = [n for n in nodes if n.label != "Disease" or n.id in kept]
    dropped = {n.id for n in nodes} - {n.id for n in inside}
    return inside, [e for e in edges if e.source not in dropped and e.target not in dropped]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
