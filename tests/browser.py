"""A real Chromium for the tests of pages: what it draws, prints and tries to fetch.

Uses the ``chromium`` found on the path (or ``CLEW_CHROMIUM``). Nothing is installed and nothing is reached: the browser
runs with every host name unresolvable.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path


def find() -> str | None:
    """The browser's command, or ``None`` where there is none."""
    return os.environ.get("CLEW_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def _run(page: Path, scratch: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = find()
    assert command, "no Chromium: install it (scripts/test-setup does), or name one in CLEW_CHROMIUM"
    return subprocess.run(
        [
            command, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update", "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={scratch / 'browser'}", *flags, page.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip


def screenshot(page: Path, target: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> Path:
    """What the page looks like at its top."""
    flags = [f"--screenshot={target}", f"--window-size={width},{height}"]
    if dark:
        flags.append("--blink-settings=preferredColorScheme=0")
    _run(page, target.parent, *flags)
    return target


def pdf(page: Path, target: Path) -> Path:
    """The page as it prints."""
    _run(page, target.parent, f"--print-to-pdf={target}", "--no-pdf-header-footer")
    return target


def hosts(page: Path, scratch: Path) -> set[str]:
    """The hosts that the page made the browser ask for; what the browser asks for by itself is left out."""
    blank = scratch / "blank.html"
    blank.write_text("<!doctype html><title>blank</title>", encoding="utf-8")
    return _hosts(page, scratch) - _hosts(blank, scratch)


def _hosts(page: Path, scratch: Path) -> set[str]:
    log = scratch / "net.json"
    _run(page, scratch, f"--log-net-log={log}", "--net-log-capture-mode=Everything", "--dump-dom")
    text = log.read_text(encoding="utf-8", errors="replace")
    return set(re.findall(r'"url":"(?:https?|wss?|ftp)://([^/"]+)', text))


def dom(page: Path, scratch: Path) -> str:
    """The document as the browser understood it."""
    return _run(page, scratch, "--dump-dom").stdout


def console(page: Path, scratch: Path) -> list[str]:
    """What the page wrote to the console, refused policies included."""
    result = _run(page, scratch, "--enable-logging=stderr", "--dump-dom")
    return [line for line in result.stderr.splitlines() if "CONSOLE" in line]
