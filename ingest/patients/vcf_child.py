"""Run as a process of its own, with limits on memory and time: genotypes and sample values through cyvcf2.

Reads VCF on standard input, writes one JSON array a record on standard output. htslib has crashed on malformed files;
here a crash ends this process and nothing else. Imports nothing of ours.
"""

from __future__ import annotations

import json
import math
import sys

MEMORY = 4 * 2**30
SECONDS = 300


def limit() -> None:
    """Caps on address space, processor time, files and core dumps, where the system has them."""
    try:
        import resource
    except ImportError:
        return
    caps = {"RLIMIT_AS": MEMORY, "RLIMIT_CPU": SECONDS, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, most in caps.items():
        what = getattr(resource, name)
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def plain(value: object) -> object:
    """An array cell as JSON: missing integers and NaN become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value if value > -(2**31) + 8 else None
    return value


def main() -> None:
    limit()
    from cyvcf2 import VCF

    keys = sys.argv[1:]
    write = sys.stdout.write
    for record in VCF("-"):
        present = set(record.FORMAT)
        genotypes = record.genotypes if "GT" in present else None
        values = {}
        for key in keys:
            array = record.format(key) if key in present else None
            if array is not None:
                values[key] = [[plain(v) for v in (row if isinstance(row, list) else [row])] for row in array.tolist()]
        write(json.dumps([record.CHROM, record.POS, record.REF, record.ALT, genotypes, values]) + "\n")


if __name__ == "__main__":
    main()
