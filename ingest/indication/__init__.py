"""What label texts in English say: the setting in which a therapy holds, and what contradicts a row made from them.

Words and patterns are data: ``patterns.toml`` beside this file, and ``mentions.csv``, ``disease_words.csv`` and
``therapy_words.csv`` in ``ingest/tables``. Where a text is not understood for sure nothing is returned: the setting is
then unknown rather than wrong, and the row stands.
"""

from ingest.indication.biomarkers import unstated_absences
from ingest.indication.contradictions import contradictions
from ingest.indication.drugs import partners_not_named
from ingest.indication.excluded import excluded_diseases, unproven_in_children
from ingest.indication.narrowing import narrowed
from ingest.indication.patterns import FACTS
from ingest.indication.settings import settings, unread

__all__ = [
    "FACTS", "contradictions", "excluded_diseases", "narrowed", "partners_not_named", "settings",
    "unproven_in_children", "unread", "unstated_absences",
]  # fmt: skip
