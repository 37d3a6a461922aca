"""The published CIViC files, fetched into a folder."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from http.client import HTTPMessage
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

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
_LONGEST = 600.0
_CHUNK = 2**18


def fetch(
    folder: Path, *, base: str = NIGHTLY, timeout: float = 30.0, longest: float = _LONGEST, largest: int = _LARGEST
) -> Path:
    """Fetch tonight's CIViC files into ``folder`` and give it back; their checksums come with ``read``.

    ``base`` is the address of the folder, with its last slash. A file is written under another name and renamed when
    it is complete, so that an interrupted fetch leaves nothing that looks whole.

    Raises:
        DataError: the server does not answer within ``timeout`` seconds, is not done with a file after ``longest``
            seconds, refuses, leads to an address that is not https, or sends less than it announced.
        LimitError: a file has more than ``largest`` bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        _fetch(base + name, folder / name, timeout, longest, largest)
    return folder


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to where the first address could have been."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        _check(newurl, local=_is_local(req.full_url))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check(url: str, *, local: bool) -> None:
    """Raises:
    DataError: unless it is an https address, or one of this machine where that is allowed.
    """
    if urlsplit(url).scheme != "https" and not (local and _is_local(url)):
        raise DataError("only https addresses are fetched", value=url)


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")


def _fetch(url: str, target: Path, timeout: float, longest: float, largest: int) -> None:
    _check(url, local=True)
    partial = target.with_name(target.name + ".part")
    request = urllib.request.Request(url, headers={"User-Agent": "clew"})  # noqa: S310
    opener = urllib.request.build_opener(_Redirects)
    began = time.monotonic()
    try:
        with opener.open(request, timeout=timeout) as answer, partial.open("wb") as out:
            total = 0
            # read1 comes back with what is there: a server that sends a byte now and then keeps nobody waiting.
            while part := answer.read1(_CHUNK):
                total += len(part)
                if time.monotonic() - began > longest:
                    raise DataError(f"{url} is not done after {longest:g} seconds", file=target.name)
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
