"""Recommending: warm against the same question as one Cypher query, cold against importing pandas."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from api.recommend import Engine
from benchmarks.figures import Figure, milliseconds, neo4j_server, percentile, process, share, slower
from benchmarks.world import cases, home, release, tumours
from graph.patient import Profile
from graph.stores import open_store
from graph.stores.push import push

QUERY = (Path(__file__).parent / "same_question.cypher").read_text(encoding="utf-8")


def warm() -> Iterator[Figure]:
    engine = Engine(release())
    asked = _parameters(engine)
    for profile in (*cases(), *tumours()):
        engine.recommend(profile)
    times = [t for p in cases() for t in milliseconds(lambda p=p: engine.recommend(p), 30)]
    with neo4j_server() as address:
        push(address, release())
        store = open_store(address, release())
        for parameters in asked:
            store.run(QUERY, parameters)
        cypher = [t for a in asked for t in milliseconds(lambda a=a: store.run(QUERY, a), 10)]
        store.close()
    words = "one Cypher query on Neo4j, warm"
    yield slower("recommend.warm.p50", statistics.median(times), "ms", words, statistics.median(cypher))
    yield slower("recommend.warm.p99", percentile(times, 99), "ms", words, percentile(cypher, 99))
    for profile, name in zip(tumours(), ("breast", "colon"), strict=True):
        taken = statistics.median(milliseconds(lambda p=profile: engine.recommend(p), 20))
        yield slower(f"recommend.warm.pcgr-{name}", taken, "ms", words + " (the cases)", statistics.median(cypher))


def _parameters(engine: Engine) -> list[dict[str, object]]:
    """What the query needs of each case: genes, markers, and the names of the findings."""
    found = []
    for profile in cases():
        answer = engine.recommend(profile)
        found.append({"genes": _genes(profile), "diseases": list(answer.diagnosis.ids)})
    return found


def _genes(profile: Profile) -> list[str]:
    named = (g for b in profile.biomarkers for g in (b.gene, b.gene_5p, b.gene_3p, b.marker) if g)
    return sorted(set(named))


def cold() -> Iterator[Figure]:
    clew = str(Path(sys.executable).with_name("clew"))
    question = ("--release", str(home()), "--text", "BRAF V600E", "--disease", "Melanoma", "--format", "json")
    ours, peak = process(clew, "recommend", *question)
    theirs, their_peak = process(sys.executable, "-c", "import pandas")
    yield share("recommend.cold", ours, "ms", 'python -c "import pandas"', theirs)
    yield share("recommend.cold.memory", peak, "MB", 'python -c "import pandas"', their_peak)
