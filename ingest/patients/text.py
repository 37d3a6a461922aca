"""Findings as people write them: ``BRAF V600E, MSS, melanoma``.

Pieces between commas, semicolons, ``+`` and ``and`` are read one by one by the grammar of biomarkers
(``rules.biomarkers``); a change without a gene belongs to the gene named before it. Of what is left, the piece that
reads like a diagnosis is handed over as its name; every other piece is listed as not understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from msgspec.structs import replace

from graph.claims import All, Criterion, Is
from graph.packaged import rows
from graph.patient import Biomarker, Context, Disease, Origin, PriorTherapy, Unread
from ingest.patients import course, viral
from ingest.patients.part import Part
from rules import markers
from rules.biomarkers import reading
from rules.genes import symbol
from rules.viruses import names_infection

_LONGEST = 20_000
_WORDS = 16
"""A longer piece is no change with its diagnosis, and no measured value."""
_CHARACTERS = 200
"""A longer piece is no measured value."""
_GENE = r"[A-Za-z][A-Za-z0-9]{1,9}(?:-[A-Za-z0-9]{1,3})?"
_WILD = re.compile(
    rf"(?:no|without)\s+(?P<no>{_GENE})\s+(?:mutations?|variants?|alterations?)"
    rf"|(?P<list>{_GENE}(?:\s*(?:/|,|and|&)\s*{_GENE})*)[\s-]+(?:wild[\s-]?type|WT|wt|unmutated|not\s+mutated)"
    rf"|wild[\s-]?type\s+(?P<after>{_GENE}(?:\s*(?:/|,|and|&)\s*{_GENE})*)"
)  # fmt: skip
_VALUE = re.compile(
    r"(?P<what>.+?)[\s:=]*(?:(?P<sign>>=|<=|≥|≤|>|<|=)\s*)?(?P<value>\d{1,5}(?:\.\d{1,4})?)\s*"
    r"(?P<unit>%|percent|(?:mut|mutation)s?\s*(?:/|per)\s*(?:mb|megabase))?", re.I,
)  # fmt: skip
_SIGNED = re.compile(r"(?P<marker>\S+?)\s*(?P<sign>[+-])")
_IHC = re.compile(
    r"HER-?2\s*(?:\(?IHC\)?)?:?\s*(?P<score>[0-3])\+?(?:\s*[/,]?\s*F?ISH\s*(?P<ish>positive|negative|\+|-))?", re.I
)
_PHENOTYPE = re.compile(
    r"(?P<gene>DPYD|UGT1A1|TPMT|NUDT15|G6PD|NAT2|CYP\d[A-Z]\d{1,2})\s+"
    r"(?P<state>deficien(?:t|cy)|normal|variable|(?:poor|intermediate|normal|rapid|ultrarapid)\s+metaboli[sz]er|"
    r"(?:poor|decreased|increased|normal)\s+function)", re.I,
)  # fmt: skip
_STAGE = re.compile(r"(?:(?P<rest>.+?)\s+)?stage\s+(?P<stage>(?:IV|III|II|I|[0-4])[A-D]?\d?)(?:\s+(?P<more>.+))?", re.I)
_AGE = re.compile(
    r"(?:age[d:]?\s*)?(\d{1,3}(?:\.\d+)?)[\s-]*(?P<unit>years?|yrs?|yo|y/o|months?|mo)?(?:[\s-]*old)?", re.I
)
_SEXES = {"female": "female", "woman": "female", "girl": "female", "male": "male", "man": "male", "boy": "male"}
_NAMED_VIII = re.compile(r"(EGFR)\s*v\s*III", re.I)


def read(line: str, name: str, *, diagnosis_known: bool = False, infected: bool = False) -> Part:
    """A line of text as a part of a patient.

    Args:
        diagnosis_known: no piece is taken for the diagnosis.
        infected: the diagnosis, stated elsewhere, is an infection with a virus: short names are of its genes.
    """
    if len(line) > _LONGEST:
        return Part(name, unread=[Unread(input=line[:80], reason="the text is too long", source=name)])
    found: list[Biomarker] = []
    left: list[str] = []
    genotypes: dict[str, str] = {}
    context: dict[str, Any] = {}
    disease: dict[str, str] = {}
    states: list[str] = []
    prior: list[str | PriorTherapy] = []
    unread: list[Unread] = []
    listing = False
    gene: str | None = None
    infected = infected or viral.named_in(line)
    for piece in _pieces(line, infected):
        if setting := _setting(piece):
            context.update(setting)
            continue
        if listing and (more := course.therapies(piece)):
            last = prior[-1]
            prior += [replace(last, therapy=m) if isinstance(last, PriorTherapy) else m for m in more]
            continue
        told = course.read(piece)
        if told.unread and not biomarkers(piece, gene=gene, infected=infected):
            unread.append(Unread(input=piece, reason=told.unread, source=name))
            continue
        listing = bool(told.prior) and not told.line
        prior += told.prior
        context |= _line_of(told)
        states += [told.state] if told.state else []
        piece = told.left
        if not piece:
            continue
        if staged := _STAGE.fullmatch(piece):
            disease["stage"] = staged["stage"].upper()
            piece = " ".join(part for part in (staged["rest"], staged["more"]) if part)
            if not piece:
                continue
        read_now = biomarkers(piece, gene=gene, genotypes=genotypes, infected=infected)
        if read_now:
            found += read_now
            named = [b.gene or b.gene_3p or b.gene_5p for b in read_now]
            gene = next((g for g in reversed(named) if g), gene)
        elif not genotypes.get("", ""):
            left.append(piece)
        genotypes.pop("", None)
    chosen = None if diagnosis_known else _diagnosis(left)
    if chosen is not None:
        left.remove(chosen)
        described = _described(chosen)
        disease["name"] = described["name"]
        states = [described["state"], *states] if "state" in described else states
    if states:
        disease["state"] = "; ".join(dict.fromkeys(states))
    if prior:
        context["prior_therapies"] = tuple(dict.fromkeys(prior))
    if genotypes:
        context["germline_pgx"] = genotypes
    return Part(
        name, disease=Disease(**disease) if disease else None, biomarkers=found,
        context=Context(**context) if context else None,
        unread=[*unread, *(Unread(input=piece, reason="these words are not understood", gene=_first_gene(piece),
                                  source=name) for piece in left)],
    )  # fmt: skip


def biomarkers(
    piece: str,
    *,
    gene: str | None = None,
    genotypes: dict[str, str] | None = None,
    source: str | None = None,
    infected: bool = False,
) -> list[Biomarker]:
    """What one piece states, all of it or nothing; pharmacogene genotypes go into ``genotypes``.

    >>> [(b.gene, b.hgvs_p) for b in biomarkers("T790M", gene="EGFR")]
    [('EGFR', 'p.T790M')]
    >>> [b.gene for b in biomarkers("KRAS/NRAS wild type")], biomarkers("PD-L1 TPS 60%")[0].value
    (['KRAS', 'NRAS'], 60.0)
    """
    body, origin = _without_origin(" ".join(piece.split()).strip(" ."))
    if of_virus := viral.stated(body, gene, infected=infected):
        return [replace(b, text=f"{b.gene} {b.hgvs_p}", source=source) for b in of_virus]
    found = next((f for read_as in (_wild_types, _intrachromosomal, _stained, _measured) if (f := read_as(body))), None)
    found = found or _grammar(body, gene, genotypes)
    changes = ("snv", "indel", "splice", "itd")
    return [replace(b, text=piece, source=source, origin=(origin or b.origin) if b.type in changes else b.origin)
            for b in found]  # fmt: skip


def _pieces(line: str, infected: bool) -> list[str]:
    """What stands between commas and semicolons; ``+`` and ``and`` part pieces that are not understood as one."""
    found = []
    for part in re.split(r"[;\n](?![^(]*\))|,(?!\d)", line):
        whole = " ".join(part.split()).strip(" .")
        if not whole:
            continue
        told = course.read(whole)
        if biomarkers(whole, infected=infected) or told.left != whole or told.unread:
            found.append(whole)
            continue
        if (parted := _change_and_diagnosis(whole)) is not None:
            found += parted
            continue
        parts = re.split(r"\s+\+\s*|(?<=[A-Za-z0-9*])\+(?=[A-Z])|\s+(?:and|&|with)\s+", whole)
        found += [p for p in (part.strip(" .") for part in parts) if p]
    return found


def _change_and_diagnosis(whole: str) -> tuple[str, str] | None:
    """``BRAF V600E melanoma`` as its two pieces."""
    words = whole.split()
    for cut in range(len(words) - 1, 0, -1) if len(words) <= _WORDS else ():
        change, rest = " ".join(words[:cut]), " ".join(words[cut:])
        if _like_a_diagnosis(rest) and (named := biomarkers(change)) and all(b.gene and b.hgvs_p for b in named):
            return change, rest
    return None


def _without_origin(body: str) -> tuple[str, Origin | None]:
    either = "germ-?line|somatic"
    match = re.fullmatch(rf"(?P<word>{either})\s+(?P<rest>.+)|(?P<front>.+?)\s*\(?(?P<last>{either})\)?", body, re.I)
    if match is None:
        return body, None
    word = (match["word"] or match["last"]).casefold()
    return match["rest"] or match["front"], "somatic" if word == "somatic" else "germline"


def _wild_types(body: str) -> list[Biomarker]:
    match = _WILD.fullmatch(body)
    if match is None:
        return []
    names = re.split(r"\s*(?:/|,|&)\s*|\s+and\s+", match["no"] or match["list"] or match["after"])
    genes = [g for name in names for g in (("KRAS", "NRAS") if name.upper() == "RAS" else (symbol(name),))]
    return [Biomarker(type="wildtype", gene=g) for g in dict.fromkeys(genes)]


def _intrachromosomal(body: str) -> list[Biomarker]:
    """EGFRvIII is a fusion of EGFR with itself, exons 2 to 7 lost."""
    if (match := _NAMED_VIII.fullmatch(body)) is None:
        return []
    return [Biomarker(type="rearrangement", gene=match[1].upper(), name="EGFRvIII")]


def _stained(body: str) -> list[Biomarker]:
    """``HER2+``, ``ER-``, and HER2 by its immunohistochemistry score (ASCO/CAP 2018, 2023)."""
    if match := _IHC.fullmatch(body):
        score, ish = int(match["score"]), (match["ish"] or "").casefold()
        if score == 3 or (score == 2 and ish in ("positive", "+")):
            status = "positive"
        elif score == 1 or (score == 2 and ish in ("negative", "-")):
            status = "low"
        elif score == 0:
            status = "negative"
        else:
            return []
        return [Biomarker(type="expression", marker="HER2", status=status)]
    match = _SIGNED.fullmatch(body)
    name = markers.marker(match["marker"]) if match else None
    if match is None or name is None or markers.markers()[name].kind != "expression":
        return []
    return [Biomarker(type="expression", marker=name, status="positive" if match["sign"] == "+" else "negative")]


def _measured(body: str) -> list[Biomarker]:
    """``PD-L1 TPS 60%``, ``CPS >= 10``, ``TMB 8``, ``HRD score 45``: a bound from below counts as the value."""
    # What a piece of any length would cost: the pattern is quadratic in its characters, the loop in its words.
    match = _VALUE.fullmatch(body) if len(body) <= _CHARACTERS and body.count(" ") < _WORDS else None
    if match is None:
        return []
    words = re.sub(r"\b(?:expression|score|of|is|level)\b", " ", match["what"], flags=re.I).split()
    value, sign = float(match["value"]), match["sign"] or "="
    for cut in range(len(words), -1, -1):
        name = markers.marker(" ".join(words[:cut])) if cut else ("PD-L1" if words else None)
        rest = " ".join(words[cut:])
        scheme = markers.scheme(rest) if rest else None
        if name is None or (rest and scheme is None) or (cut == 0 and scheme not in ("TPS", "CPS")):
            continue
        kind = markers.markers()[name].kind
        if kind == "tmb" and sign in ("=", ">", ">=", "≥") and match["unit"] not in ("%", "percent"):
            return [Biomarker(type="tmb", value=value, unit="mut/Mb")]
        if kind == "hrd" and sign in ("=", ">", ">=", "≥"):
            return [Biomarker(type="hrd", value=value, scheme=scheme)]
        if kind != "expression" or (match["unit"] is None and scheme is None):
            return []
        unit = markers.units()[scheme] if scheme else "percent"
        if sign in ("<", "<=", "≤"):
            # Below the lowest threshold that any score uses, 1, the marker counts as not expressed.
            return [Biomarker(type="expression", marker=name, status="negative", value=0, unit=unit, scheme=scheme)] \
                if value == 1 and sign == "<" else []  # fmt: skip
        return [Biomarker(type="expression", marker=name, value=value, unit=unit, scheme=scheme)]
    return []


def _grammar(body: str, gene: str | None, genotypes: dict[str, str] | None) -> list[Biomarker]:
    """By the grammar of biomarkers: with the gene in the text, else with the gene named before."""
    if phenotype := _PHENOTYPE.fullmatch(body):
        if genotypes is not None:
            genotypes[phenotype["gene"].upper()] = phenotype["state"].lower().replace("deficiency", "deficient")
            genotypes[""] = "read"
        return []
    spellings: list[tuple[str | None, str]] = [(None, body), (None, _capital_gene(body))]
    if gene is not None and re.search(r"\d|exon|amplif|ITD", body):
        spellings += [(gene, body), (gene, body.upper())]
    for within, spelled in spellings:
        expression = reading(within, spelled)
        if expression is None:
            continue
        args = expression.args if isinstance(expression, All) else (expression,)
        if not all(isinstance(arg, Is) for arg in args):
            return []
        found: list[Biomarker] = []
        for criterion in (arg.criterion for arg in args if isinstance(arg, Is)):
            if criterion.type == "genotype" and criterion.gene and len(criterion.genotypes) == 1:
                if genotypes is not None:
                    genotypes[criterion.gene] = criterion.genotypes[0]
                    genotypes[""] = "read"
                continue
            biomarker = _stating(criterion, body)
            if biomarker is None:
                return []
            found.append(biomarker)
        return found
    return []


def _capital_gene(body: str) -> str:
    """``braf v600e`` with gene and protein change in capitals."""
    first, _, rest = body.partition(" ")
    change = rest.upper() if re.fullmatch(r"[a-z]\d+[a-z*]?", rest) else rest
    return f"{first.upper()} {change}" if first.islower() and rest else body


def _stating(c: Criterion, body: str) -> Biomarker | None:
    """The finding that states just what a criterion asks for; ``None`` when no single finding does."""
    if c.type == "variant":
        return _changed(c, body)
    if c.type in ("fusion", "rearrangement"):
        return Biomarker(type="fusion" if c.type == "fusion" else "rearrangement", gene=c.gene, gene_5p=c.gene_5p,
                         gene_3p=c.gene_3p, exon_5p=c.exon_5p, exon_3p=c.exon_3p)  # fmt: skip
    if c.type == "cna" and (c.gene or c.region) and c.directions:
        weakest = next((d for d in ("gain", "loss") if d in c.directions), c.directions[0])
        return Biomarker(type="cna", gene=c.gene, marker=None if c.gene else c.region,
                         direction="gain" if weakest == "gain" else "loss" if weakest == "loss"
                         else c.directions[0])  # fmt: skip
    if c.type == "wildtype":
        return Biomarker(type="wildtype", gene=c.gene)
    if c.type in ("msi", "mmr", "tmb", "hrd", "expression") and c.statuses and c.value is None:
        if c.type != "expression":
            return Biomarker(type=c.type, status=c.statuses[0])
        return Biomarker(type="expression", marker=c.marker, gene=None if c.marker else c.gene, status=c.statuses[0])
    if c.type == "signature":
        return Biomarker(type="signature", name=c.marker)
    return None


def _changed(c: Criterion, body: str) -> Biomarker | None:
    if c.gene is None or c.except_codons or c.except_changes or (c.exons and c.exons[0] != c.exons[1]):
        return None
    named = None
    if c.codons and not c.protein and not c.cdna:
        residue = re.search(rf"(?<![A-Za-z])([A-Z])(?:[a-z]{{2}})?{c.codons[0]}\b", body)
        if c.codons[0] != c.codons[1] or residue is None:
            return None
        named = f"p.{residue[1]}{c.codons[0]}"
    classes = c.consequences if not c.protein else ()
    splice = "splice" in classes
    single = classes[0] if len(classes) == 1 or classes[1:2] == ("truncating",) else None
    oncogenic = True if c.requires else None
    return Biomarker(
        type="splice" if splice else "itd" if "itd" in classes else "snv" if single in (None, "missense", "nonsense")
        and not (c.protein and re.search("del|ins|dup|fs", c.protein)) and len(classes) < 2 else "indel",
        gene=c.gene, hgvs_p=c.protein or named, hgvs_c=c.cdna, exon=c.exons[0] if c.exons else None,
        consequence=single if single not in (None, "splice", "itd") else None, oncogenic=oncogenic, origin=c.origin,
        zygosity=c.zygosity,
    )  # fmt: skip


# -- what is no biomarker --------------------------------------------------------------------------------------------


def _line_of(told: course.Course) -> dict[str, Any]:
    """The line of treatment; a patient who was never treated has a complete, empty list of prior therapies."""
    if told.untreated:
        return {"line": told.line or 1, "prior_therapies": (), "prior_therapies_complete": True}
    return {"line": told.line} if told.line else {}


def _setting(piece: str) -> dict[str, Any]:
    """Age and sex."""
    words = piece.casefold().replace("-", " ").split()
    sexes = {_SEXES[w] for w in words if w in _SEXES}
    rest = " ".join(w for w in words if w not in _SEXES)
    age = _AGE.fullmatch(rest) if rest else None
    found: dict[str, Any] = {}
    if len(sexes) == 1 and (not rest or age):
        found["sex"] = sexes.pop()
    if age and (age["unit"] or "old" in rest or rest.startswith("age")) and float(age[1]) <= 130:
        months = (age["unit"] or "").startswith("mo")
        found["age_years"] = round(float(age[1]) / 12, 4) if months else float(age[1])
    return found if found and not (rest and age is None) else {}


@cache
def _words(what: str) -> frozenset[str]:
    table = rows("ingest", "patients/tables/disease_words.csv", ("word", "what"))
    return frozenset(row["word"].casefold() for row in table if row["what"] == what)


def _diagnosis(left: Sequence[str]) -> str | None:
    """The one piece that reads like a diagnosis: by a word of the table or by an ending in -oma, else the only piece
    that holds no digit."""
    told = [p for p in left if _like_a_diagnosis(p)]
    if told:
        return told[0]
    plain = [p for p in left if re.fullmatch(r"[A-Za-z][A-Za-z' ()-]{2,80}", p)]
    return plain[0] if len(plain) == 1 and len(left) == 1 else None


def _like_a_diagnosis(piece: str) -> bool:
    words = [word.strip("()") for word in piece.casefold().split()]
    return names_infection(piece) or any(w in _words("disease") or re.fullmatch(r"[a-z-]{2,}omas?", w) for w in words)


def _described(piece: str) -> dict[str, str]:
    """Name and state of a diagnosis: ``metastatic melanoma``."""
    words = piece.split()
    states = []
    while len(words) > 1 and (words[0].casefold() in _words("state") or words[0].casefold() in ("or", "and", "/")):
        states.append(words.pop(0).casefold())
    found = {"name": " ".join(words)}
    if states:
        found["state"] = " ".join(states)
    return found


def _first_gene(piece: str) -> str | None:
    """A gene-like word in capitals, whose wild type is then unknown."""
    match = re.match(r"([A-Z][A-Z0-9]{2,9})(?:\b|$)", piece)
    return symbol(match[1]) if match and match[1].casefold() not in _words("disease") else None
