"""Building a release against reading the same bytes with pandas; pushing it against plainer ways to write a graph."""

from __future__ import annotations

import gzip
import io
import json
import re
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import neo4j

from benchmarks.figures import Figure, neo4j_server, share
from benchmarks.world import SOURCES, release
from graph.stores.push import push
from ingest.build import build


def rows() -> Iterator[Figure]:
    """Rows a second of a whole build, and of ``pandas.read_csv`` (or ``read_json``) on the files that it reads."""
    import pandas as pd

    with tempfile.TemporaryDirectory() as place:
        start = time.perf_counter()
        built = build(Path(place), SOURCES)
        taken = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        summary = built.file("reports/summary.tsv").read_text(encoding="utf-8").splitlines()
        read = sum(int(row.split("\t")[1]) for row in summary[1:])
    start = time.perf_counter()
    plain = 0
    for file in _tables():
        content = file.read_bytes()
        if file.suffix == ".gz":
            content = gzip.decompress(content)
        if ".obo" in file.name:
            frame = pd.read_csv(io.BytesIO(content), sep="\0", header=None, dtype=str, quoting=3)
        elif file.suffix == ".json":
            value = json.loads(content)
            frame = pd.json_normalize(value if isinstance(value, list) else [value])
        else:
            frame = pd.read_csv(
                io.BytesIO(content), sep="\t", dtype=str, keep_default_na=False, quoting=3, on_bad_lines="skip"
            )
        plain += len(frame)
    baseline = time.perf_counter() - start
    yield share("build.rows", read / taken, "rows/s", "pandas reading the same files", plain / baseline)
    yield share("build.seconds", taken, "s", "pandas reading the same files", baseline)
    yield share("build.memory", peak, "MB", "the bytes that it reads", sum(f.stat().st_size for f in _tables()) / 2**20)


def _tables() -> Iterator[Path]:
    for name, path in SOURCES:
        if path is None or name == "liftover":
            continue
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (f for f in files if f.suffix in (".tsv", ".json", ".gz") and "history" not in f.parts)


def edges() -> Iterator[Figure]:
    """Edges a second: our push, a plain batched UNWIND script, and one statement an edge (on the first 2,000)."""
    nodes, links = list(release().nodes()), list(release().edges())
    with neo4j_server() as address:
        start = time.perf_counter()
        push(address, release())
        ours = len(links) / (time.perf_counter() - start)
    with neo4j_server() as address:
        found = re.fullmatch(r"(bolt://)(\w+):([^@]+)@(.+)", address)
        assert found is not None
        driver = neo4j.GraphDatabase.driver(found[1] + found[4], auth=(found[2], found[3]))
        start = time.perf_counter()
        with driver.session() as session:
            session.run("CREATE CONSTRAINT FOR (n:Plain) REQUIRE n.id IS UNIQUE").consume()
            for i in range(0, len(nodes), 10_000):
                batch = [{"id": n.id, "p": {"name": n.name, **_flat(n.properties)}} for n in nodes[i : i + 10_000]]
                session.run("UNWIND $rows AS r CREATE (n:Plain {id: r.id}) SET n += r.p", rows=batch).consume()
            by_type: dict[str, list[dict[str, object]]] = {}
            for e in links:
                row = {"s": e.source, "t": e.target, "p": {"record": e.record, **_flat(e.properties)}}
                by_type.setdefault(e.type, []).append(row)
            for kind, all_rows in by_type.items():
                query = (
                    "UNWIND $rows AS r MATCH (a:Plain {id: r.s}) MATCH (b:Plain {id: r.t}) "
                    f"CREATE (a)-[e:{kind}]->(b) SET e += r.p"
                )
                for i in range(0, len(all_rows), 10_000):
                    session.run(query, rows=all_rows[i : i + 10_000]).consume()
            plain = len(links) / (time.perf_counter() - start)
            some = links[:2_000]
            start = time.perf_counter()
            for e in some:
                query = (
                    f"MATCH (a:Plain {{id: $s}}) MATCH (b:Plain {{id: $t}}) CREATE (a)-[e:{e.type}]->(b) SET e += $p"
                )
                session.run(query, s=e.source, t=e.target, p=_flat(e.properties)).consume()
            single = len(some) / (time.perf_counter() - start)
        driver.close()
    yield share("push.edges", ours, "edges/s", "a plain batched UNWIND script", plain)
    yield share("push.edges.single", ours, "edges/s", "one statement an edge", single)


def _flat(properties: object) -> dict[str, object]:
    assert hasattr(properties, "items")
    return {k: list(v) if isinstance(v, tuple) else v for k, v in properties.items()}
