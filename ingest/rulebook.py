"""Labels and recommendations as guideline rows: a statement that says to give a therapy is a row too."""

from __future__ import annotations

from graph.claims import GuidelineRow, Statement, phrase
from graph.describe import slug


def row_of(statement: Statement) -> GuidelineRow | None:
    """The row that a label or a guideline's recommendation is; ``None`` for every other statement.

    The labels of one agency are one guideline (``fda-labels``), and so is what one source reports of guidelines that
    are no regulator's (``civic-guideline``). The row holds from the statement's date and has its conditions; its id
    follows from the statement's.

    There is no row for what an importer made a row of itself, for evidence, for a statement against a therapy, and for
    one that is set aside: it recommends nothing, and a row that must not be followed is better not there. The
    statement stays in the release and says why.
    """
    s = statement
    gives = s.kind in ("label", "guideline") and s.direction == "sensitive" and s.supports
    if not gives or s.row is not None or s.quarantined is not None:
        return None
    whose = s.agency or s.provenance
    guideline = slug(f"{whose.lower()}-{'labels' if s.kind == 'label' else 'guideline'}")
    return GuidelineRow(
        id=f"guideline:{guideline}:{s.id}",
        guideline=guideline,
        title=_title(s),
        kind="recommend",
        drugs=s.therapy,
        reason=_reason(s),
        sources=(s.record,),
        profile=s.profile,
        disease=s.disease,
        settings=s.settings,
        strength=s.strength,
        level=s.level,
        publisher=s.agency,
        jurisdiction=s.agency,
        effective_from=s.date,
        url=s.url,
    )


def _title(s: Statement) -> str:
    if s.kind == "label":
        return f"Labels of the {s.agency.upper()}" if s.agency else f"Labels, as {s.provenance} has them"
    return f"Guidelines of the {s.agency.upper()}" if s.agency else f"Guidelines, as {s.provenance} has them"


def _reason(s: Statement) -> str:
    therapy, having = " + ".join(s.therapy), phrase(s.profile)
    where = f"{s.disease.name}{f' with {having}' if having else ''}"
    if s.kind == "label":
        return f"The {s.agency.upper() if s.agency else s.provenance} label of {therapy} covers {where}."
    return f"A guideline{f' of the {s.agency.upper()}' if s.agency else ''} recommends {therapy} for {where}."
