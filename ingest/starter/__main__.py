"""Makes the starter pack: ``python -m ingest.starter civic=PATH do=PATH oncotree=PATH liftover=PATH [NAME=PATH …]``.

Only facts go in: identifiers, names, levels, dates, links. Sentences stay out, as does every source whose licence is
not one of ``LICENCES``. Of the diseases those of cellular proliferation are kept, and those that a statement names.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from graph.errors import ClewError, DataError
from graph.progress import silent
from ingest import lift, packed
from ingest.build import gather
from ingest.harvest import Harvest, Report
from ingest.starter import SUFFIX

LICENCES = ("CC0-1.0", "CC-BY-4.0")
_ROOTS = ("DOID:14566", "ONCOTREE:TISSUE")
_FOLDER = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """Write the pack beside this file; each argument is ``NAME=PATH``."""
    try:
        given = [(name, Path(path)) for name, _, path in (a.partition("=") for a in arguments)]
        harvests, lifter = gather(given, (), False, silent)
        kept = _kept(harvests)
        made = [facts(h, kept, lifter) for h in harvests if h.source.name != "liftover"]
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


def facts(harvest: Harvest, kept: set[str], lifter: lift.Lifter) -> Harvest:
    """The harvest without sentences, with alleles on both builds, and of its diseases those that are ``kept``.

    Raises:
        DataError: when the source's licence does not let it be carried.
    """
    if harvest.source.licence not in LICENCES:
        raise DataError("a source of this licence cannot be in the starter pack", file=harvest.source.name,
                        value=harvest.source.licence)  # fmt: skip
    left_out = {n.id for n in harvest.nodes if n.label == "Disease" and n.id not in kept}
    return replace(
        harvest,
        report=Report(),
        statements=[lift.lifted(msgspec.structs.replace(s, text=None), lifter) for s in harvest.statements],
        rows=[lift.lifted(r, lifter) for r in harvest.rows],
        classes=[lift.lifted(c, lifter) for c in harvest.classes],
        nodes=[lift.lifted_node(n, lifter) for n in harvest.nodes if n.id not in left_out],
        edges=[e for e in harvest.edges if e.source not in left_out and e.target not in left_out],
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


def _kept(harvests: list[Harvest]) -> set[str]:
    """Diseases of cellular proliferation, those that statements name, and all that they are kinds of."""
    up: dict[str, set[str]] = defaultdict(set)
    down: dict[str, set[str]] = defaultdict(set)
    for edge in (e for h in harvests for e in h.edges):
        if edge.type == "IS_A":
            up[edge.source].add(edge.target)
            down[edge.target].add(edge.source)
        elif edge.type == "MAPS_TO" and edge.properties.get("predicate") == "skos:exactMatch":
            down[edge.target].add(edge.source)
    named = {d for h in harvests for s in h.statements for d in (*s.disease.ids, *s.disease.excluded)}
    return _reach(_reach({*_ROOTS, *named}, down), up)


def _reach(starts: set[str], steps: Mapping[str, set[str]]) -> set[str]:
    found, ahead = set(starts), list(starts)
    while ahead:
        for one in steps.get(ahead.pop(), ()):
            if one not in found:
                found.add(one)
                ahead.append(one)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
