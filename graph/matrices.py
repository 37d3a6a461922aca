"""One sparse matrix an edge type, as three ``.npy`` files that are mapped into memory.

Row and column are positions in the nodes table (sorted by label and id), so every matrix is square and they multiply
with each other. A cell counts the records that state the edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph import tables

if TYPE_CHECKING:
    from graph.release import Release

PARTS = ("indptr", "indices", "data")


@dataclass(frozen=True)
class Matrix:
    """Compressed sparse rows: row ``i`` holds ``indices[indptr[i]:indptr[i + 1]]``, sorted. All are int32."""

    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    data: NDArray[np.int32]

    @property
    def size(self) -> int:
        """Number of nodes: rows and columns."""
        return len(self.indptr) - 1

    def targets(self, row: int) -> NDArray[np.int32]:
        return self.indices[self.indptr[row] : self.indptr[row + 1]]


def derive(folder: Path, out: Path) -> None:
    """Write ``<edge type>.<part>.npy`` into ``out`` from the Parquet tables in ``folder``."""
    out.mkdir(parents=True, exist_ok=True)
    places = {node.id: place for place, node in enumerate(tables.nodes(folder / "nodes.parquet"))}
    ends: dict[str, list[tuple[int, int]]] = {}
    for edge in tables.edges(folder / "edges.parquet"):
        ends.setdefault(edge.type, []).append((places[edge.source], places[edge.target]))
    for type_, pairs in sorted(ends.items()):
        matrix = compress(np.asarray(pairs, dtype=np.int64), len(places))
        for part in PARTS:
            np.save(out / f"{type_}.{part}.npy", getattr(matrix, part), allow_pickle=False)


def compress(pairs: NDArray[np.int64], size: int) -> Matrix:
    """``pairs`` of shape (edges, 2) as a matrix of ``size`` rows; repeated pairs are counted.

    >>> m = compress(np.asarray([(0, 2), (0, 1), (0, 2)]), 3)
    >>> m.indptr.tolist(), m.indices.tolist(), m.data.tolist()
    ([0, 2, 2, 2], [1, 2], [1, 2])
    """
    cells, counts = np.unique(pairs[:, 0] * size + pairs[:, 1], return_counts=True)
    rows, columns = np.divmod(cells, size)
    indptr = np.zeros(size + 1, dtype=np.int32)
    indptr[1:] = np.cumsum(np.bincount(rows, minlength=size))
    return Matrix(indptr, columns.astype(np.int32), counts.astype(np.int32))


def load(release: Release, edge_type: str) -> Matrix:
    """The matrix of one edge type, verified and mapped read-only.

    Raises:
        ReleaseError: when the release has no such edges or a file is damaged.
    """
    files = [release.file(f"matrices/{edge_type}.{part}.npy") for part in PARTS]
    return Matrix(*(np.load(file, mmap_mode="r", allow_pickle=False) for file in files))
