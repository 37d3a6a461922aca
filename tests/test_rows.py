"""A table's faults are told with file, row and column; nothing larger than agreed is read."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import DataError, LimitError
from ingest.limits import Limits, read_bytes
from ingest.rows import parse, sha256, table

GOOD = b"gene\tcall\nERBB2\tgain\nMYC\tloss\n"


def cells(content: bytes, **options: object) -> list[dict[str, str]]:
    return [row.cells for row in parse(content, "t.tsv", required=("gene", "call"), **options)]


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + GOOD,
        GOOD.decode().encode("utf-16"),
        GOOD + b"\n\n",
        GOOD.replace(b"gain", b"gain\t\t"),
    ],
)
def test_line_ends_marks_and_blank_cells_do_not_matter(content: bytes) -> None:
    assert cells(content) == [{"gene": "ERBB2", "call": "gain"}, {"gene": "MYC", "call": "loss"}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "t.tsv: the file is empty; a header line is needed"),
        (b"gene\tCall\nA\tB\n", "t.tsv, row 1, column 'call': this column is missing (did you mean Call?)"),
        (b"gene\tcall\tcall\n", "t.tsv, row 1, column 'call': this column is there twice"),
        (b"gene\tcall\tnotes\n", "t.tsv, row 1, column 'notes': this column is not known"),
        (b"gene\tcall\nA\tB\tC\n", "t.tsv, row 2: the row has 3 cells, the header 2"),
        (b"gene\tcall\nA\n", "t.tsv, row 2: the row has 1 cells, the header 2"),
        (b"gene\tcall\nA\tB\n\xff\tB\n", "t.tsv, row 3: the file is not UTF-8 text (byte 0xff)"),
        (b"gene\tcall\r\rA\x00\tB\r", "t.tsv, row 3: the file holds a NUL byte; it is no text table"),
    ],
)
def test_faults_are_located(content: bytes, message: str) -> None:
    with pytest.raises(DataError) as error:
        cells(content)
    assert str(error.value) == message


def test_rows_are_numbered_as_an_editor_counts() -> None:
    content = b'# made by hand\na,b\n"x\ny",1\n\nz,2\n'
    rows = list(parse(content, "t.csv", required=("a", "b"), delimiter=",", comment="#"))
    assert [row.number for row in rows] == [3, 6]
    assert str(rows[1].error("too small", "b")) == "t.csv, row 6, column 'b': too small: '2'"


def test_short_and_long_rows_where_a_source_writes_them() -> None:
    assert cells(b"gene\tcall\nA\n", ragged="pad") == [{"gene": "A", "call": ""}]
    assert cells(b"gene\tcall\nA\tB\tC\n", ragged="spill") == [{"gene": "A", "call": "B\tC"}]


def test_a_gzip_file_that_is_cut_off_or_damaged_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv.gz"
    packed = gzip.compress(GOOD * 1000)
    path.write_bytes(packed)
    assert len(list(table(path, required=("gene", "call")))) == 2999
    path.write_bytes(packed[:-20])
    with pytest.raises(DataError, match=r"^t.tsv.gz: the gzip file is cut off"):
        list(table(path, required=("gene", "call")))
    path.write_bytes(packed[:30] + b"\x00" * 20 + packed[50:])
    with pytest.raises(DataError, match=r"^t.tsv.gz: the gzip file is (damaged|cut off)"):
        list(table(path, required=("gene", "call")))


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"0" * 2_000_000))
    with pytest.raises(LimitError, match="unpacks to more than 1,000,000 bytes"):
        read_bytes(path, Limits(bytes=1_000_000))
    with pytest.raises(LimitError, match="unpacks to more than 10 times its size"):
        read_bytes(path, Limits(ratio=10, ratio_from=1_000))


def test_a_long_line_and_many_columns_are_refused() -> None:
    with pytest.raises(LimitError, match="row 2: the line has 51 characters"):
        cells(b"gene\tcall\n" + b"A" * 50 + b"\n", limits=Limits(line=40))
    with pytest.raises(LimitError, match="the header has 3 columns"):
        list(parse(b"a\tb\tc\n", "t", required=(), others="ignore", limits=Limits(columns=2)))


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        read_bytes(tmp_path / "none.tsv")
    with pytest.raises(DataError, match="this is a folder"):
        read_bytes(tmp_path)


def test_a_checksum_is_that_of_the_bytes_on_disk(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert sha256(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with contextlib.suppress(DataError):
        list(parse(content, "t", required=(), others="ignore", ragged="spill"))
