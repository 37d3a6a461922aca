"""Recommendations made by hand, for the tests of the faces. The records are invented; only their form is real."""

from __future__ import annotations

from typing import Any

from graph.answer import (
    Against,
    Caution,
    Changes,
    DiagnosisRead,
    FindingRead,
    GuidanceChange,
    Option,
    OptionChange,
    OptionRule,
    OptionStatement,
    Recommendation,
    ReleaseRef,
    ReleaseSource,
    RuleChange,
    WouldDecide,
)
from graph.claims import Level
from graph.model import Path, PathEdge, PathNode

RELEASE = ReleaseRef(
    digest="3f9c1b7d20a4" + "0" * 52,
    sources=(
        ReleaseSource(name="civic", version="2021-02-25", licence="CC0-1.0"),
        ReleaseSource(name="do", version="2025-09-30", licence="CC0-1.0"),
        ReleaseSource(name="oncotree", version="2025-10-03", licence="CC BY 4.0"),
        ReleaseSource(name="tables", version="0.1.0", licence="Apache-2.0"),
    ),
)


def statement(id: str, disease: str, profile: str, **fields: Any) -> OptionStatement:
    base: dict[str, Any] = {
        "provenance": "civic",
        "agency": None,
        "setting": (),
        "dates": (),
        "level": Level(scheme="civic", value="B"),
        "strength": "B",
        "outcome": "fired",
        "on_tumour_type": "exact",
        "missing": (),
        "notes": (),
        "url": None,
    }
    return OptionStatement(**{"id": id, "disease": disease, "profile": profile, **base, **fields})


def label(id: str, agency: str, date: str | None, disease: str, profile: str, **fields: Any) -> OptionStatement:
    given = {"provenance": "tables", "level": Level(scheme="clew", value="label"), "strength": "label"}
    dates = (date,) if date else ()
    return statement(id, disease, profile, **{**given, "agency": agency, "dates": dates, **fields})


def path(finding: str, criterion: str, statement_id: str, therapy: tuple[str, ...], word: str = "SENSITIVITY") -> Path:
    """Finding, variant, profile, statement, therapy."""
    slug = criterion.lower().replace(" ", "-")
    name = " + ".join(therapy)
    nodes = (
        PathNode(id="finding:0", label="Finding", name=finding),
        PathNode(id=f"clew.variant:{slug}", label="Variant", name=criterion),
        PathNode(id=f"clew.profile:{slug}", label="MolecularProfile", name=criterion),
        PathNode(id=statement_id, label="Statement", name=statement_id),
        PathNode(id=f"clew.therapy:{name.lower()}", label="Therapy", name=name),
    )
    types = ("SATISFIES", "IN_PROFILE", "SUBJECT_OF", f"PREDICTS_{word}_TO")
    edges = tuple(
        PathEdge(
            source=nodes[i].id,
            target=nodes[i + 1].id,
            type=types[i],
            sources=() if i == 0 else (statement_id,),
            derived=i == 0,
        )
        for i in range(4)
    )
    return Path(nodes=nodes, edges=edges)


def option(*therapy: str, statements: tuple[OptionStatement, ...] = (), **fields: Any) -> Option:
    base: dict[str, Any] = {
        "direction": "sensitive",
        "status": "option",
        "excluded_by": None,
        "tier": "clinical",
        "level": statements[0].level if statements else Level(scheme="civic", value="B"),
        "on_tumour_type": "exact",
        "match": "protein",
        "jurisdictions": tuple(dict.fromkeys(s.agency for s in statements if s.agency)),
        "score": 0.71,
        "contributions": {"level": 0.6, "match": 0.3},
        "sources": tuple(s.id for s in statements),
        "sequential": False,
        "paths": (),
        "rules": (),
        "against": (),
        "cautions": (),
        "defeated_by": (),
        "missing": (),
        "warnings": (),
    }
    return Option(**{"therapy": therapy, "statements": statements, **base, **fields})


def recommendation(profile_id: str, diagnosis: DiagnosisRead, **fields: Any) -> Recommendation:
    base: dict[str, Any] = {
        "release": RELEASE,
        "options": (),
        "findings": (),
        "guidance": (),
        "would_decide": (),
        "unmatched": (),
        "warnings": (),
    }
    return Recommendation(**{"profile_id": profile_id, "diagnosis": diagnosis, **base, **fields})


def finding(text: str, read_as: str | None = None, matched: int = 1, **fields: Any) -> FindingRead:
    base: dict[str, Any] = {"input": text, "read_as": read_as, "classes": (), "matched": matched, "why_not": None}
    return FindingRead(**{**base, **fields})


MELANOMA = DiagnosisRead(input="Melanoma", ids=("DOID:1909", "ONCOTREE:MEL"), name="Melanoma", compartment="solid")
COLON = DiagnosisRead(input="COAD", ids=("DOID:234", "ONCOTREE:COAD"), name="Colon Adenocarcinoma", compartment="solid")
MASTOCYTOSIS = DiagnosisRead(
    input="systemic mastocytosis", ids=("DOID:349",), name="Systemic Mastocytosis", compartment="myeloid"
)


def _braf(therapy: tuple[str, ...], numbers: tuple[int, ...], years: tuple[int, ...], **fields: Any) -> Option:
    agencies = ("fda", "ema", "hc", "hse")
    statements = tuple(
        label(
            f"label:{agency}:{number}",
            agency,
            f"{year}-05-29",
            "Melanoma",
            "BRAF V600E",
            url=f"https://example.org/label/{number}",
        )
        for agency, number, year in zip(agencies, numbers, years, strict=False)
    )
    return option(
        *therapy,
        **{
            "statements": statements,
            "status": "recommended",
            "tier": "label",
            "level": Level(scheme="clew", value="label"),
            "score": 0.98,
            "paths": tuple(path("BRAF p.V600E", "BRAF V600E", s.id, therapy) for s in statements),
            **fields,
        },
    )


def melanoma() -> Recommendation:
    """The usual case: several labels, evidence from other diseases, a veto, a pharmacogene caution."""
    g6pd = Caution(
        id="guideline:pharmacogenes:7",
        reason="G6PD was not tested; dabrafenib can cause haemolysis in G6PD deficiency.",
        sources=("label:fda:202806",),
    )
    off = statement(
        "civic:EID90001",
        "Colorectal Cancer",
        "BRAF V600E",
        on_tumour_type="off",
        dates=("2018-03-01",),
        notes=("the source is about another tumour type",),
    )
    hepatic = statement(
        "civic:EID90002", "Melanoma", "BRAF mutation", level=Level(scheme="civic", value="C"), dates=("2015-11-02",)
    )
    mice = statement("civic:EID90003", "Melanoma", "BRAF V600E", level=Level(scheme="civic", value="D"), strength="D")
    minor = [
        option(
            name,
            statements=(
                statement(
                    f"civic:EID9010{i}", "Melanoma", "BRAF V600E", level=Level(scheme="civic", value="D"), strength="D"
                ),
            ),
            tier="preclinical",
            score=0.2 - i / 100,
            paths=(path("BRAF p.V600E", "BRAF V600E", f"civic:EID9010{i}", (name,)),),
        )
        for i, name in enumerate(("Dactolisib", "Palbociclib", "Selumetinib", "Sorafenib", "Regorafenib"))
    ]
    return recommendation(
        "P1",
        MELANOMA,
        options=(
            _braf(("Dabrafenib", "Trametinib"), (95, 97, 488), (2014, 2015, 2015), cautions=(g6pd,)),
            _braf(("Binimetinib", "Encorafenib"), (44, 134), (2018, 2018), score=0.97),
            _braf(("Cobimetinib", "Vemurafenib"), (88, 679), (2015, 2015), score=0.96),
            _braf(
                ("Atezolizumab", "Cobimetinib", "Vemurafenib"),
                (41,),
                (2020,),
                score=0.95,
                missing=("stage",),
                status="option",
            ),
            _braf(("Dabrafenib",), (94, 928), (2013, 2013), score=0.94, cautions=(g6pd,)),
            option(
                "Cetuximab",
                "Encorafenib",
                statements=(off,),
                on_tumour_type="off",
                score=0.55,
                paths=(path("BRAF p.V600E", "BRAF V600E", off.id, ("Cetuximab", "Encorafenib")),),
                missing=("line",),
                warnings=("evidence is from colorectal cancer",),
            ),
            option(
                "Trametinib",
                statements=(hepatic,),
                match="gene",
                score=0.4,
                missing=("BRAF oncogenic",),
                paths=(path("BRAF p.V600E", "BRAF mutation", hepatic.id, ("Trametinib",)),),
            ),
            option(
                "Pictilisib",
                statements=(mice,),
                tier="preclinical",
                score=0.21,
                paths=(path("BRAF p.V600E", "BRAF V600E", mice.id, ("Pictilisib",)),),
            ),
            *minor,
            option(
                "Ipilimumab",
                status="conflict",
                tier="preclinical",
                level=Level(scheme="civic", value="D"),
                against=(
                    Against(
                        id="civic:EID90004",
                        kind="evidence",
                        strength="D",
                        sources=("civic:EID90004",),
                        reason="Preclinical resistance is reported for the same finding, of equal strength.",
                    ),
                ),
            ),
            option(
                "Imatinib",
                status="excluded",
                excluded_by="resistance",
                direction="resistant",
                statements=(statement("civic:EID90005", "Melanoma", "KIT D816V"),),
                against=(
                    Against(
                        id="civic:EID90005",
                        kind="evidence",
                        strength="B",
                        sources=("civic:EID90005",),
                        reason="KIT D816V is resistant to imatinib.",
                    ),
                ),
            ),
            *(
                option(
                    name,
                    status="excluded",
                    excluded_by="not_met",
                    tier="label",
                    rules=(
                        OptionRule(
                            id=f"label:fda:{i}",
                            kind="label",
                            outcome="failed",
                            sources=(f"label:fda:{i}",),
                            reason="needs BRAF wild type, and BRAF V600E was found",
                        ),
                    ),
                )
                for i, name in enumerate(("Larotrectinib", "Entrectinib", "Panitumumab"))
            ),
        ),
        findings=(
            finding("BRAF p.Val600Glu", "BRAF p.V600E", 31, classes=("oncogenic", "activating")),
            finding("TP53 p.R175H", "TP53 p.R175H", 0, why_not="no statement in this release names it"),
        ),
        would_decide=(
            WouldDecide(fact="MSI", options=4, therapies=("Pembrolizumab", "Dostarlimab")),
            WouldDecide(fact="TMB", options=1, therapies=("Pembrolizumab",)),
        ),
        warnings=("moa-db:statement:1500 is quarantined: its text names another drug",),
    )


def untested_kras() -> Recommendation:
    """Two antibodies that wait for a test, and nothing recommended."""
    waiting = "KRAS and NRAS are not tested: the label holds only for RAS wild type."

    def antibody(name: str, number: int) -> Option:
        s = label(
            f"label:fda:{number}",
            "fda",
            "2012-07-06",
            "Colorectal Cancer",
            "NOT KRAS mutation",
            outcome="undecided",
            missing=("KRAS", "NRAS"),
        )
        return option(
            name,
            statements=(s,),
            status="needs_check",
            tier="label",
            missing=("KRAS", "NRAS"),
            score=0.9,
            on_tumour_type="ancestor",
            match=None,
            rules=(
                OptionRule(id="guideline:ras:1", kind="exclude", outcome="undecided", reason=waiting, sources=(s.id,)),
            ),
        )

    return recommendation(
        "untested",
        COLON,
        options=(antibody("Cetuximab", 71), antibody("Panitumumab", 72)),
        findings=(finding("APC p.R1450*", "APC p.R1450*", 0, why_not="no statement in this release names it"),),
        would_decide=(WouldDecide(fact="KRAS", options=2, therapies=("Cetuximab", "Panitumumab")),),
    )


def mastocytosis() -> Recommendation:
    """One exclusion that matters."""
    s = label("label:fda:55", "fda", "2006-10-19", "Systemic Mastocytosis", "NOT KIT D816V", outcome="failed")
    return recommendation(
        "asm",
        MASTOCYTOSIS,
        options=(
            option(
                "Avapritinib",
                status="recommended",
                tier="label",
                score=0.97,
                statements=(label("label:fda:56", "fda", "2021-06-16", "Systemic Mastocytosis", "KIT D816V"),),
                paths=(path("KIT p.D816V", "KIT D816V", "label:fda:56", ("Avapritinib",)),),
            ),
            option(
                "Imatinib",
                status="excluded",
                excluded_by="contraindicated",
                tier="label",
                statements=(s,),
                rules=(
                    OptionRule(
                        id="guideline:kit:3",
                        kind="exclude",
                        outcome="fired",
                        sources=("label:fda:55", "civic:EID90006"),
                        reason="The KIT D816V kinase does not bind imatinib; the label asks for its absence.",
                    ),
                ),
            ),
        ),
        findings=(finding("KIT D816V", "KIT p.D816V", 9, classes=("oncogenic", "activating")),),
    )


HOSTILE_NAME = '<script>alert("x")</script>\'"&\u202egnp.exe\x1b[31m'


def hostile() -> Recommendation:
    """Every text field holds markup, quotes, control characters or right-to-left text."""
    bad = HOSTILE_NAME
    s = statement(
        bad,
        bad,
        bad,
        agency=bad,
        dates=(bad,),
        setting=(bad,),
        missing=(bad,),
        notes=(bad,),
        url="javascript:alert(1)",
        level=Level(scheme=bad, value=bad),
    )
    weighed = OptionRule(id=bad, kind=bad, outcome="fired", reason=bad, sources=(bad,))
    return recommendation(
        bad,
        DiagnosisRead(input=bad, ids=(bad,), name="سرطان الجلد", compartment=None),
        options=tuple(
            option(
                bad,
                "דברפניב",
                statements=(s,),
                status=status,
                excluded_by="resistance" if status == "excluded" else None,
                paths=(path(bad, bad, bad, (bad,)),),
                rules=(weighed,),
                defeated_by=(bad,),
                missing=(bad,),
                warnings=(bad,),
                cautions=(Caution(id=bad, reason=bad, sources=(bad,)),),
                contributions={bad: 0.1},
                against=(Against(id=bad, kind=bad, reason=bad, sources=(bad,), strength=None),),
            )
            for status in ("recommended", "option", "needs_check", "conflict", "excluded")
        ),
        findings=(FindingRead(input=bad, read_as=bad, classes=(bad,), matched=1, why_not=bad),),
        would_decide=(WouldDecide(fact=bad, options=1, therapies=(bad,)),),
        unmatched=(bad,),
        warnings=(bad,),
        changes=Changes(
            since=bad,
            unchanged=0,
            options=(
                OptionChange(
                    therapy=(bad,),
                    direction="sensitive",
                    before=None,
                    after="option",
                    tier_before=None,
                    tier_after="clinical",
                    because=bad,
                    because_before=bad,
                ),
            ),
            guidance=(
                GuidanceChange(
                    drug=bad,
                    guideline=bad,
                    score_before=None,
                    score_after=15.0,
                    level_before=None,
                    level_after=bad,
                    rows_before=(),
                    rows_after=(bad,),
                ),
            ),
            rules=(RuleChange(id=bad, change="added", before=None, after="fired", reason=bad),),
        ),
    )


def empty() -> Recommendation:
    """A diagnosis without a route to the ontology, and not one option."""
    return recommendation("none", DiagnosisRead(input="Made-up tumour", ids=(), name=None, compartment=None))


def huge() -> Recommendation:
    """A hypermutated tumour: thousands of findings that say nothing, and many options."""
    open_options = tuple(
        option(
            f"Drugamide {i}",
            statements=(statement(f"civic:EID{70000 + i}", "Colorectal Cancer", f"GENE{i % 9} mutation"),),
            tier=("clinical", "preclinical", "inferred")[i * 3 // 90],
            level=Level(scheme="civic", value="BDE"[i * 3 // 90]),
            score=1 - i / 100,
            paths=(
                path(f"GENE{i % 9} p.R{i}W", f"GENE{i % 9} mutation", f"civic:EID{70000 + i}", (f"Drugamide {i}",)),
            ),
        )
        for i in range(90)
    )
    vetoed = tuple(
        option(
            f"Antibody {i}",
            status="excluded",
            excluded_by="resistance",
            against=(
                Against(
                    id="guideline:ras:1",
                    kind="exclude",
                    reason="KRAS G12D excludes antibodies to EGFR.",
                    sources=("civic:EID90007",),
                    strength="guideline",
                ),
            ),
        )
        for i in range(20)
    )
    failing = tuple(option(f"Elsewhere {i}", status="excluded", excluded_by="not_met") for i in range(60))
    return recommendation(
        "T001-COAD",
        COLON,
        options=(*open_options, *vetoed, *failing),
        findings=(
            finding("12:25245350 C>T", "KRAS p.G12D", 44, classes=("oncogenic",)),
            finding("3:179218303 G>A", "PIK3CA p.E545K", 12, classes=("oncogenic",)),
            *(
                finding(f"1:{i} C>T", f"GRCh38:1:{i}:C:T", 0, why_not="no known allele at this coordinate")
                for i in range(3300)
            ),
        ),
        unmatched=tuple(f"1:{i} C>T" for i in range(3300)),
        would_decide=tuple(WouldDecide(fact=f"TEST{i}", options=30 - i, therapies=("A",)) for i in range(12)),
    )


def changed() -> Recommendation:
    """The melanoma answer beside an earlier release."""
    import msgspec

    return msgspec.structs.replace(
        melanoma(),
        changes=Changes(
            since="aa00bb11cc22" + "0" * 52,
            unchanged=13,
            options=(
                OptionChange(
                    therapy=("Binimetinib", "Encorafenib"),
                    direction="sensitive",
                    before=None,
                    after="recommended",
                    tier_before=None,
                    tier_after="label",
                    because="",
                    because_before="",
                ),
                OptionChange(
                    therapy=("Ipilimumab",),
                    direction="sensitive",
                    before="option",
                    after="conflict",
                    tier_before="preclinical",
                    tier_after="preclinical",
                    because="Preclinical resistance is reported for the same finding, of equal strength.",
                    because_before="stated by civic:EID1",
                ),
            ),
            guidance=(
                GuidanceChange(
                    drug="Abacavir",
                    guideline="HIVDB",
                    score_before=15.0,
                    score_after=45.0,
                    level_before="Potential Low",
                    level_after="Intermediate",
                    rows_before=(),
                    rows_after=(),
                ),
            ),
            rules=(
                RuleChange(
                    id="guideline:house:1",
                    change="changed",
                    before="undecided",
                    after="fired",
                    reason="Our board gives no ipilimumab here.",
                ),
            ),
        ),
    )
