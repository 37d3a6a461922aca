"""Print one JSON object a figure: ``python -m benchmarks [--only PREFIX]``."""

from __future__ import annotations

import argparse
import sys

import msgspec

from benchmarks import build, recommend, rules
from benchmarks.figures import SHARED

GROUPS = {
    "recommend.cold": recommend.cold,
    "recommend.warm": recommend.warm,
    "build": build.rows,
    "push": build.edges,
    "rules": rules.figures,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="groups whose name starts with this, or that this starts with")
    only = parser.parse_args().only
    if not SHARED.is_dir():
        sys.exit(f"benchmarks: the published files are not at {SHARED}")
    for name, group in GROUPS.items():
        if not (name.startswith(only) or only.startswith(name)):
            continue
        for figure in group():
            if figure.name.startswith(only):
                print(msgspec.json.encode(figure).decode(), flush=True)


main()
