"""Patients: from files and lines of text to profiles.

Nothing heavy is imported here; a format's reader is loaded when a file of that format is met.
"""

from __future__ import annotations

from ingest.patients.clew import decode
from ingest.patients.reading import read

__all__ = ["decode", "read"]
