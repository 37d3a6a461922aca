"""From sources to a release: read, merge, resolve, lift, project, check, write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import msgspec

from graph import cache, release
from graph.claims import DiseaseScope, GuidelineRow, Statement, VariantClass
from graph.content import Content
from graph.describe import slug
from graph.errors import DataError, UsageError
from graph.manifest import Source
from graph.model import Edge, Node, edge_key
from graph.progress import Progress, silent
from graph.release import Release
from graph.schema import schema
from ingest import diseases, keep, lift, merge, own, reports, rulebook
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.project import OURS, Projection, stamped
from ingest.sources import importer
from ontologies import drugs
from rules import genes

Given = tuple[str, Path | None]
"""A source's name and its file or folder; no path: the published file is fetched."""

TABLES = "tables"
_BUILT_IN = {
    OURS: "What follows from definitions: a known change in its category, a drug in its class",
    TABLES: "Clew's own tables",
}


def build(
    out: Path,
    sources: Sequence[Given] = (),
    *,
    guidelines: Sequence[Path] = (),
    own_tables: bool = True,
    progress: Progress = silent,
) -> Release:
    """Build a release into the home ``out`` and make it the current one.

    Without sources it is built from the starter pack. ``guidelines`` are tables of the user's; ``own_tables`` tells
    whether Clew's own are in. What each source's rows became is in the release's reports.

    Raises:
        UsageError: for a source that Clew does not know, or one without a path that it cannot fetch.
        DataError: for a file that is missing or wrong, or content that contradicts itself.
        ReleaseError: when ``out`` is no place for releases or another build is at work there.
    """
    with release.draft(out) as draft:
        harvests, lifter = gather(sources, guidelines, own_tables, progress)
        return written(draft, lift.lifted_harvests(harvests, lifter), progress)


def written(draft: release.Draft, harvests: Sequence[Harvest], progress: Progress = silent) -> Release:
    """The release that the harvests make, written and current. They are kept in it, for ``ingest.amend``.

    Raises:
        DataError: as ``assemble``.
    """
    harvests = keep.write(harvests, draft.folder / keep.FILE)
    content = assemble(harvests, progress)
    progress("writing the release", 0, None)
    used = {e.provenance for e in content.edges}
    return release.fill(draft, content, manifest_sources(harvests, used), reports.write(harvests))


def gather(
    sources: Sequence[Given], guidelines: Sequence[Path], own_tables: bool, progress: Progress
) -> tuple[list[Harvest], lift.Lifter]:
    """Every source read, one harvest a name; and what lifts coordinates (respelling only, if no chains were given)."""
    found: list[Harvest] = []
    chains: Path | None = None
    if not sources:
        from ingest import starter

        found += starter.harvests()
    for done, (name, path) in enumerate(sources):
        read = importer(name)
        progress(f"reading {name}", done, len(sources))
        path = path if path is not None else fetched(name)
        if not path.exists():
            raise DataError("there is no such file or folder", file=str(path))
        if name == "liftover":
            chains = path
        found.append(read(path))
    if own_tables:
        with resources.as_file(resources.files("rules") / "tables") as folder:
            found.append(importer(TABLES)(folder))
    found += users_tables(guidelines)
    return merge.same_source(found), lift.Lifter(chains)


def users_tables(paths: Sequence[Path]) -> list[Harvest]:
    """Tables of the user's, each as a source of its own.

    Raises:
        DataError: for a table that cannot be read, or two that have one name.
    """
    return [_users_own(importer(TABLES)(path), path) for path in users_names(paths).values()]


def users_names(paths: Iterable[Path]) -> dict[str, Path]:
    """Tables of the user's by what they are called as sources.

    Raises:
        DataError: for two that have one name.
    """
    found: dict[str, Path] = {}
    for path in paths:
        name = users_name(path)
        if name in found:
            problem = f"a table is called by its file, and {found[name]} has this name too: rename one"
            raise DataError(problem, file=str(path), value=path.stem)
        found[name] = path
    return found


def users_name(path: Path) -> str:
    """What a table of the user's is called as a source: ``table-<name of the file>``."""
    return f"table-{slug(path.stem)}"


def _users_own(harvest: Harvest, path: Path) -> Harvest:
    """A table of the user's as a source of its own, beside Clew's tables."""
    name = users_name(path)
    return replace(
        harvest,
        source=replace(harvest.source, name=name),
        own=True,
        statements=[msgspec.structs.replace(s, provenance=name) for s in harvest.statements],
        classes=[msgspec.structs.replace(c, provenance=name) for c in harvest.classes],
    )


def fetched(name: str) -> Path:
    """The published files of a source, fetched into the user's cache.

    Raises:
        UsageError: when Clew knows no address for it.
        DataError: when it cannot be fetched.
    """
    if name != "civic":
        raise UsageError(f"the source {name} needs a path: --source {name}=PATH")
    from ingest.sources import civic_fetch

    return civic_fetch.fetch(cache.folder("sources/civic"))


@dataclass
class _Claims:
    """What sources say, with the harvest that it came from."""

    statements: list[Statement]
    rows: list[tuple[GuidelineRow, str]]
    classes: list[VariantClass]


def assemble(harvests: Sequence[Harvest], progress: Progress = silent) -> Content:
    """The content of a release from the lifted harvests of all sources; their reports gain what is found on the way.

    Raises:
        DataError: for content that is not of the schema's types, or two records with one id.
    """
    progress("joining sources", 0, None)
    nodes, given_up = merge.nodes(harvests)
    nodes |= merge.with_synonyms(nodes, genes.aliases())
    edges = merge.redirected((e for h in harvests for e in h.edges), given_up)
    taxonomy = diseases.Taxonomy(nodes, edges, harvests)
    distinct(harvests)
    own.check(harvests, nodes)
    claims = _claims(harvests, taxonomy)
    nodes.update(taxonomy.nodes)
    progress("projecting into the graph", 0, None)
    projection = Projection(_genes(nodes), drugs.classes)
    projection.nodes.update(nodes)
    for statement in claims.statements:
        projection.statement(statement)
    records = {s.row: s.record for s in claims.statements if s.row is not None}
    for row, provenance in claims.rows:
        projection.row(row, provenance, records.get(row.id))
    projection.supersessions()
    projection.memberships()
    all_nodes = projection.nodes
    found = _known_ends([*taxonomy.edges, *(e for e in edges if e.type not in diseases.TYPES)], all_nodes, harvests)
    versions = {s.name: (s.version, s.licence) for s in manifest_sources(harvests, set(_BUILT_IN))}
    unique = {edge_key(e): e for e in (*found, *projection.edges.values())}
    content = Content(
        nodes=tuple(all_nodes.values()),
        edges=tuple(stamped(unique.values(), versions)),
        statements=tuple(claims.statements),
        rows=tuple(row for row, _ in claims.rows),
        classes=tuple(claims.classes),
        names=taxonomy.names(),
        closure=taxonomy.closure(),
    )
    check(content)
    return content


def distinct(harvests: Sequence[Harvest]) -> None:
    """Raises:
    DataError: for a statement, row or class whose id another source has too; names both places.
    """
    first: dict[str, Harvest] = {}
    for harvest in harvests:
        ids = [(s.id, s.record) for s in harvest.statements] + [(r.id, r.id) for r in harvest.rows]
        for id, record in (*ids, *((c.id, c.record) for c in harvest.classes)):
            if first.setdefault(id, harvest) is not harvest:
                raise merge.clash(id, record, first[id], harvest)


def check(content: Content) -> None:
    """Raises:
    DataError: for a node or edge that is not of the schema's types, or an id that is given twice.
    """
    labels: dict[str, str] = {}
    for node in content.nodes:
        schema().check_node(node)
        if node.id in labels:
            raise DataError("two nodes have this id", value=node.id)
        labels[node.id] = node.label
    for edge in content.edges:
        schema().check_edge(edge, labels)
    for items in (content.statements, content.rows, content.classes):
        seen: set[str] = set()
        for item in items:
            if item.id in seen:
                raise DataError("two records of different sources have this id", value=item.id)
            seen.add(item.id)


def manifest_sources(harvests: Iterable[Harvest], used: set[str]) -> tuple[Source, ...]:
    """The sources as the manifest lists them, with Clew itself where edges say that it is their source."""
    infos = {h.source.name: h.source for h in harvests}
    for name, title in _BUILT_IN.items():
        if name in used and name not in infos:
            infos[name] = SourceInfo(name, title, None, "Apache-2.0", None, "Clew", {})
    return tuple(
        Source(
            name=i.name, title=i.title, version=i.version, licence=i.licence, url=i.url, attribution=i.attribution,
            files=i.files,
        )
        for _, i in sorted(infos.items())
    )  # fmt: skip


def _claims(harvests: Sequence[Harvest], taxonomy: diseases.Taxonomy) -> _Claims:
    claims = _Claims([], [], [])
    for harvest in harvests:
        scopes: dict[str, DiseaseScope] = {}
        for statement in harvest.statements:
            scope = taxonomy.resolved(statement.disease, statement.record, harvest)
            changed = statement if scope is statement.disease else msgspec.structs.replace(statement, disease=scope)
            if (rule := rulebook.row_of(changed)) is not None:
                claims.rows.append((rule, changed.provenance))
                changed = msgspec.structs.replace(changed, row=rule.id)
            elif changed.row is not None:
                scopes[changed.row] = scope
            claims.statements.append(changed)
        for row in harvest.rows:
            # The row of a statement has its disease, and what is odd in it is said once.
            scope_ = row.disease and (scopes.get(row.id) or taxonomy.resolved(row.disease, row.id, harvest))
            changed_ = row if scope_ is row.disease else msgspec.structs.replace(row, disease=scope_)
            claims.rows.append((changed_, harvest.source.name))
        claims.classes += harvest.classes
    replaced = {row.supersedes for row, _ in claims.rows} - {None}
    claims.statements = [
        msgspec.structs.replace(s, by_row=True) if s.row in replaced and not s.by_row else s for s in claims.statements
    ]
    return claims


def _genes(nodes: Mapping[str, Node]) -> dict[str, str]:
    return {str(n.properties["symbol"]): n.id for n in nodes.values() if n.label == "Gene"}


def _known_ends(edges: Iterable[Edge], nodes: Mapping[str, Node], harvests: Sequence[Harvest]) -> list[Edge]:
    """The edges whose ends are in the graph; the others are reported by their source."""
    by_name: dict[str, Report] = {h.source.name: h.report for h in harvests}
    kept = []
    for edge in edges:
        lost = next((end for end in (edge.source, edge.target) if end not in nodes), None)
        if lost is None:
            kept.append(edge)
        elif edge.provenance in by_name:
            by_name[edge.provenance].aside(
                "warning", edge.record, f"the {edge.type} edge leads to something that no source defines", value=lost,
            )  # fmt: skip
    return kept
