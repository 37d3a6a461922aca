"""Fixtures that every test may use."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real published data beside the checkout (``CLEW_SHARED`` names another place)."""
    folder = Path(os.environ.get("CLEW_SHARED", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        warnings.warn(f"real data is not at {folder}: tests on published files are skipped", stacklevel=2)
        pytest.skip(f"REAL DATA MISSING: {folder}")
    return folder


@pytest.fixture(scope="session")
def data() -> Path:
    """The small fixtures written for the project."""
    return ROOT / "tests" / "data"
