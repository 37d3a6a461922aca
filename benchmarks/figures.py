"""What a benchmark prints, and how times are taken."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"


class Figure(msgspec.Struct, frozen=True):
    """One figure. ``ratio`` is ``baseline_value / value`` for times, ``value / baseline_value`` for rates."""

    name: str
    value: float
    unit: str
    baseline: str
    baseline_value: float
    ratio: float


def slower(name: str, value: float, unit: str, baseline: str, baseline_value: float) -> Figure:
    """A time beside a baseline's: how many times the baseline takes."""
    return Figure(name, _short(value), unit, baseline, _short(baseline_value), _short(baseline_value / value))


def share(name: str, value: float, unit: str, baseline: str, baseline_value: float) -> Figure:
    """A rate, a size or a time as a share of a baseline's."""
    return Figure(name, _short(value), unit, baseline, _short(baseline_value), _short(value / baseline_value))


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def milliseconds(call: Callable[[], object], times: int) -> list[float]:
    """Wall times of single calls."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        found.append((time.perf_counter() - start) * 1e3)
    return found


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def process(*command: str, times: int = 7) -> tuple[float, float]:
    """Median wall time (ms) and peak memory (MB) of a command, after one run that warms the disk cache."""
    # Installed packages come with their bytecode; ours is to have it too.
    compiled = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    taken, peaks = [], []
    for i in range(times + 1):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=compiled,
        )
        if i:
            elapsed, peak = done.stderr.strip().splitlines()[-1].split()
            taken.append(float(elapsed))
            peaks.append(float(peak))
        assert done.returncode == 0 and time.perf_counter() > start, done.stderr
    return statistics.median(taken), max(peaks)


_PEAK = """
import resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
taken = (time.perf_counter() - start) * 1e3
print(taken, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, file=sys.stderr)
sys.exit(0 if done.returncode in (0, 4) else 1)
"""


@contextmanager
def neo4j_server() -> Iterator[str]:
    """The address of a Neo4j that lives as long as the block."""
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "scripts" / "neo4j"), "run"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None and server.stdout is not None
    try:
        address = server.stdout.readline().strip()
        if not address:
            sys.exit("benchmarks: Neo4j did not start")
        yield address
    finally:
        server.stdin.close()
        server.stdout.close()
        server.wait(60)
