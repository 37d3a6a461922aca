"""``clew push``: a release into a Neo4j server."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import console
from api.cli.options import open_given, release_option


@click.command("push", short_help="Project a release into Neo4j.")
@click.option(
    "--graph", "graph_uri", metavar="bolt://HOST:PORT", required=True, help="the server; may hold user:password@"
)
@release_option()
def command(graph_uri: str, release_path: Path | None) -> None:
    """Write a release into a Neo4j graph, or finish what an interrupted push began.

    Pushing the same release again changes nothing.
    """
    from graph.stores.push import push

    with console.progress() as report, open_given(release_path, report) as release:
        done = push(graph_uri, release, report)
    changes = {
        "created": done.created_nodes + done.created_edges,
        "changed": done.changed_nodes + done.changed_edges,
        "removed": done.removed_nodes + done.removed_edges,
        "retired": done.retired_nodes,
    }
    said = ", ".join(f"{n:,} {what}" for what, n in changes.items() if n) or "nothing to change"
    resumed = " (an earlier push had broken off)" if done.resumed else ""
    console.say(f"release {done.digest[:12]}: {done.nodes:,} nodes, {done.edges:,} edges; {said}{resumed}")
