"""The published CIViC files, fetched into a folder."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from pathlib import Path

from graph.errors import DataError, LimitError

NIGHTLY = "https://civicdb.org/downloads/nightly/"
FILES = (
    "nightly-ClinicalEvidenceSummaries.tsv",
    "nightly-AssertionSummaries.tsv",
    "nightly-VariantSummaries.tsv",
    "nightly-VariantGroupSummaries.tsv",
    "nightly-GeneSummaries.tsv",
)
_LARGEST = 256 * 2**20
_CHUNK = 2**18


def fetch(folder: Path, *, base: str = NIGHTLY, timeout: float = 30.0, largest: int = _LARGEST) -> Path:
    """Fetch tonight's CIViC files into ``folder`` and give it back; their checksums come with ``read``.

    ``base`` is the address of the folder, with its last slash. A file is written under another name and renamed when
    it is complete, so that an interrupted fetch leaves nothing that looks whole.

    Raises:
        DataError: the server does not answer within ``timeout`` seconds, refuses, or sends less than it announced.
        LimitError: a file has more than ``largest`` bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        _fetch(base + name, folder / name, timeout, largest)
    return folder


def _fetch(url: str, target: Path, timeout: float, largest: int) -> None:
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise DataError("only https addresses are fetched", value=url)
    partial = target.with_name(target.name + ".part")
    request = urllib.request.Request(url, headers={"User-Agent": "clew"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer, partial.open("wb") as out:  # noqa: S310
            total = 0
            while part := answer.read(_CHUNK):
                total += len(part)
                if total > largest:
                    raise LimitError(f"the file has more than {largest:,} bytes", file=target.name)
                out.write(part)
            announced = answer.headers.get("Content-Length")
        if announced is not None and announced.isdigit() and int(announced) != total:
            raise DataError(f"{total:,} of {int(announced):,} bytes came", file=target.name)
        partial.replace(target)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(f"{url} cannot be fetched ({reason})", file=target.name) from error
    finally:
        partial.unlink(missing_ok=True)
