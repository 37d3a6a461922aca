"""Protein and coding changes: many spellings, one canonical text.

The spellings are those of the HGVS nomenclature (den Dunnen et al., Hum Mutat 2016;37:564) and the looser ones that
variant callers and reports use: one-letter, without ``p.``, with a transcript, ``X`` for a stop, ``>`` for ``delins``.
Two spellings of one change have the same ``text``; what is not understood is ``None``, never a guess.
"""

from __future__ import annotations

import re

import msgspec

from graph.claims import Consequence

RESIDUES = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G", "His": "H",
    "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S", "Thr": "T", "Trp": "W",
    "Tyr": "Y", "Val": "V", "Sec": "U", "Ter": "*", "Stop": "*", "Xaa": "X",
}  # fmt: skip


class ProteinChange(msgspec.Struct, frozen=True):
    """One change of one protein.

    ``first`` and ``last`` are the codons that it touches, both included (for an insertion its two neighbours).
    ``consequences`` holds the general classes beside the particular one; it is empty where the class depends on more
    than the text says.
    """

    text: str
    first: int
    last: int
    consequences: tuple[Consequence, ...]


class CodingChange(msgspec.Struct, frozen=True):
    """One change of a coding sequence: ``c.3028+1G>A``.

    ``splice``: it touches one of the two intronic bases beside an exon. ``codons``: first and last codon that it
    touches, known only when both ends are in the coding sequence.
    """

    text: str
    splice: bool
    codons: tuple[int, int] | None

    @property
    def consequences(self) -> tuple[Consequence, ...]:
        return ("splice", "truncating") if self.splice else ()


def protein_change(text: str) -> ProteinChange | None:
    """The change that ``text`` states, or ``None``.

    A codon without a change (``V600``), no effect at all (``p.=``) and unknown effect (``p.?``) are ``None``.

    >>> protein_change("NP_004324.2:p.(Val600Glu)")
    ProteinChange(text='p.V600E', first=600, last=600, consequences=('missense',))
    >>> protein_change("p.Gln1756ProfsTer74") == protein_change("Q1756Pfs*74")
    True
    >>> protein_change("E746_A750delELREA")
    ProteinChange(text='p.E746_A750del', first=746, last=750, consequences=('inframe_deletion',))
    >>> protein_change("L747_P753>S")
    ProteinChange(text='p.L747_P753delinsS', first=747, last=753, consequences=('delins', 'inframe_deletion'))
    >>> protein_change("p.Trp288Ter").text, protein_change("W288X").text, protein_change("M1?").consequences
    ('p.W288*', 'p.W288*', ('start_lost',))
    >>> protein_change("X1010_splice").consequences
    ('splice', 'truncating')
    >>> print(protein_change("V600"), protein_change("p.E746_A750delELRE"))
    None None
    """
    body = _one_letter(_without_prefix(text, "p"))
    if body is None:
        return None
    for pattern, read in _FORMS:
        if match := pattern.fullmatch(body):
            return read(match)
    return None


def residues(change: ProteinChange) -> tuple[str, ...]:
    """What the codons of a change hold then: an amino acid, ``*``, ``i`` for an insertion behind, ``d`` for nothing.

    Empty where the change does not tell it residue by residue.

    >>> [residues(c) for t in ("K65R", "D67del", "T69_S70insSS", "K65=", "K65fs") if (c := protein_change(t))]
    [('R',), ('d',), ('i',), ('K',), ()]
    """
    if match := re.fullmatch(rf"p\.({_A}){_N}({_A}|=)", change.text):
        return (match[1] if match[2] == "=" else match[2],)
    kinds: tuple[tuple[Consequence, str], ...] = (("inframe_deletion", "d"), ("inframe_insertion", "i"))
    return tuple(code for kind, code in kinds if change.consequences == (kind,))


def codon(text: str) -> tuple[str, int] | None:
    """Residue and number of a codon that is named without a change; the residue may be ``*``.

    >>> codon("p.V600"), codon("Gly12"), codon("V600E")
    (('V', 600), ('G', 12), None)
    """
    body = _one_letter(_without_prefix(text, "p"))
    match = re.fullmatch(f"({_A})({_N})", body) if body else None
    return (match[1], int(match[2])) if match else None


def coding_change(text: str) -> CodingChange | None:
    """The coding change that ``text`` states, or ``None``; the ``c.`` is required.

    >>> coding_change("NM_000245.4:c.3028+1G>A")
    CodingChange(text='c.3028+1G>A', splice=True, codons=None)
    >>> coding_change("c.2573T>G").codons, coding_change("c.2236_2250delGAATTAAGAGAAGCA").text
    ((858, 858), 'c.2236_2250del')
    >>> coding_change("c.3028+18A>G").splice, coding_change("c.2888-19_2905del").splice
    (False, True)
    """
    body = _without_prefix(text, "c")
    match = _CODING.fullmatch(body) if body else None
    if not match or "c." not in text:
        return None
    start, end, change = match["start"], match["end"] or match["start"], _coding_edit(match["change"])
    ends = (_position(start), _position(end))
    if change is None or ends[0] > ends[1]:
        return None
    place = start if start == end else f"{start}_{end}"
    coding = all(zone == 0 and offset == 0 for zone, _, offset in ends)
    codons = ((ends[0][1] + 2) // 3, (ends[1][1] + 2) // 3) if coding else None
    return CodingChange(f"c.{place}{change}", _touches_splice_site(*ends), codons)


# -- reading ---------------------------------------------------------------------------------------------------------

_A = r"[ACDEFGHIKLMNPQRSTUVWXY*]"
_N = r"[1-9]\d{0,4}"
_STOP = r"[*X]"
_TITLE = re.compile("|".join(RESIDUES))
_UPPER = {name.upper(): letter for name, letter in RESIDUES.items()}


def _without_prefix(text: str, kind: str) -> str | None:
    """What stands behind transcript and ``p.``, brackets off."""
    body = "".join(text.split())
    if len(body) > 400 or not body.isascii():
        return None
    body = body.rpartition(":")[2]
    body = body.removeprefix(f"{kind}.")
    if body.startswith("(") and body.endswith(")"):
        body = body[1:-1]
    return body or None


def _one_letter(body: str | None) -> str | None:
    if body is None:
        return None
    if simple := re.fullmatch(rf"([A-Za-z]{{3,4}})({_N})([A-Za-z]{{3,4}}|[*=?])", body):
        first, last = _UPPER.get(simple[1].upper()), _UPPER.get(simple[3].upper(), simple[3])
        if first and len(last) == 1:
            return f"{first}{simple[2]}{last}"
    if re.fullmatch(rf"[a-z]{_N}[a-z*=]", body):
        return body.upper()
    return _TITLE.sub(lambda found: RESIDUES[found[0]], body)


def _stop(residues: str) -> str:
    return residues.replace("X", "*")


def _substitution(m: re.Match[str]) -> ProteinChange | None:
    before, number, after = _stop(m[1]), int(m[2]), _stop(m[3])
    return _replaced(before, number, after)


def _replaced(before: str, number: int, after: str) -> ProteinChange | None:
    """One residue for another."""
    consequences: tuple[Consequence, ...] = ("missense",)
    if after in ("=", before):
        after, consequences = "=", ("synonymous",)
    elif number == 1 and before == "M":
        consequences = ("start_lost",)
    elif after == "?":
        return None
    elif before == "*":
        consequences = ("stop_lost",)
    elif after == "*":
        consequences = ("nonsense", "truncating")
    return ProteinChange(f"p.{before}{number}{after}", number, number, consequences)


def _frameshift(m: re.Match[str]) -> ProteinChange | None:
    # Oncotator names every residue of the deleted stretch (``LP112fs``); HGVS names the first that changes.
    residue, number, new, length = m["a"][0], int(m["n"]), m["new"] or "", m["length"] or ""
    tail = f"fs*{length}" if length.isdigit() else "fs"
    if residue == "X" or (new and not tail[2:]):
        new = "" if not tail[2:] else new
    return ProteinChange(f"p.{_stop(residue)}{number}{_stop(new)}{tail}", number, number, ("frameshift", "truncating"))


def _range(m: re.Match[str]) -> tuple[str, int, str, int] | None:
    """First residue and number, last residue and number; a stretch before the number (``ELREA746``) spans codons."""
    stretch, first = _stop(m["a"]), int(m["n"])
    last_residue, last = m["b"], int(m["m"]) if m["m"] else first
    if len(stretch) > 1:
        if m["m"]:
            return None
        last_residue, last = stretch[-1], first + len(stretch) - 1
    if last < first or (last == first and m["m"] and last_residue != stretch[0]):
        return None
    return stretch[0], first, _stop(last_residue or stretch[0]), last


def _spelled(span: tuple[str, int, str, int]) -> str:
    a, first, b, last = span
    return f"p.{a}{first}" if first == last else f"p.{a}{first}_{b}{last}"


def _agrees(span: tuple[str, int, str, int], stated: str | None) -> bool:
    """Whether the residues (or their count) that are written behind ``del`` or ``dup`` fit the codons."""
    a, first, b, last = span
    if not stated:
        return True
    if stated.isdigit():
        return int(stated) == last - first + 1
    return len(stated) == last - first + 1 and stated[0] == a and stated[-1] == b


def _deletion(m: re.Match[str]) -> ProteinChange | None:
    span = _range(m)
    if span is None or not _agrees(span, m["stated"]):
        return None
    if m["what"] == "dup":
        return ProteinChange(f"{_spelled(span)}dup", span[1], span[3], ("duplication", "inframe_insertion"))
    return ProteinChange(f"{_spelled(span)}del", span[1], span[3], ("inframe_deletion",))


def _insertion(m: re.Match[str]) -> ProteinChange | None:
    span = _range(m)
    if span is None or span[3] != span[1] + 1:
        return None
    new = _inserted(m["new"])
    consequences: tuple[Consequence, ...] = ("nonsense", "truncating") if "*" in new else ("inframe_insertion",)
    return ProteinChange(f"{_spelled(span)}ins{new}", span[1], span[3], consequences)


def _delins(m: re.Match[str]) -> ProteinChange | None:
    span = _range(m)
    new = _inserted(m["new"])
    if span is None or not _agrees(span, m["stated"]):
        return None
    size, count = span[3] - span[1] + 1, int(new) if new.isdigit() else len(new)
    if size == 1 and len(new) == 1 and not new.isdigit():
        return _replaced(span[0], span[1], new)
    consequences: tuple[Consequence, ...] = ("delins",)
    if "*" in new:
        consequences = ("delins", "nonsense", "truncating")
    elif new and count != size:
        consequences = ("delins", "inframe_deletion" if count < size else "inframe_insertion")
    return ProteinChange(f"{_spelled(span)}delins{new}", span[1], span[3], consequences)


def _inserted(text: str | None) -> str:
    """New residues, or their number where only that is given (``5``, ``(5)``, ``X[5]``)."""
    if not text:
        return ""
    if counted := re.search(r"\d+", text):
        return counted[0]
    return _stop(text) if text.strip("X") else text


def _stretch(m: re.Match[str]) -> ProteinChange | None:
    """Neighbouring residues replaced together: ``VK600EE``, ``VK600_601EE``, ``600_601VK>E``."""
    before, after, first = _stop(m["old"]), _stop(m["new"] or ""), int(m["n"])
    if m["m"] and int(m["m"]) != first + len(before) - 1:
        return None
    if before == after:
        return ProteinChange(f"p.{before[0]}{first}=", first, first, ("synonymous",))
    while before and after and before[0] == after[0]:
        before, after, first = before[1:], after[1:], first + 1
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    if not before:
        return None
    last = first + len(before) - 1
    place = f"{before[0]}{first}" if len(before) == 1 else f"{before[0]}{first}_{before[-1]}{last}"
    return protein_change(f"{place}delins{after}" if after else f"{place}del")


def _extension(m: re.Match[str]) -> ProteinChange | None:
    number, new, length = int(m["n"]), m["new"] or "", m["length"] or ""
    tail = f"ext*{length}" if length.isdigit() else "ext*?" if m["ext"] else ""
    return ProteinChange(f"p.*{number}{new}{tail}", number, number, ("stop_lost",))


def _start_extension(m: re.Match[str]) -> ProteinChange | None:
    return ProteinChange(f"p.M1ext-{m[1]}", 1, 1, ())


def _splice(m: re.Match[str]) -> ProteinChange | None:
    first = int(m["n"])
    return ProteinChange(f"p.X{first}_splice", first, int(m["m"] or first), ("splice", "truncating"))


_PLACE = rf"(?P<a>{_A}+)(?P<n>{_N})(?:_(?P<b>{_A})(?P<m>{_N}))?"
_NEW = rf"(?P<new>{_A}*|\(?\d{{1,4}}\)?|X\[\d{{1,4}}\])"
_FORMS = (
    (re.compile(rf"({_A})({_N})({_A}|[=?])"), _substitution),
    (re.compile(rf"(?P<a>{_A}+)(?P<n>{_N})(?:_{_A}{_N})?(?P<new>{_A})?fs(?:{_STOP}(?P<length>\d{{1,5}}|\?)?)?"),
     _frameshift),
    (re.compile(rf"{_PLACE}(?P<what>del|dup)(?P<stated>{_A}*|\d{{1,4}})"), _deletion),
    (re.compile(rf"{_PLACE}ins{_NEW}"), _insertion),
    (re.compile(rf"{_PLACE}(?:del(?P<stated>{_A}*)ins|>){_NEW}"), _delins),
    (re.compile(rf"(?P<old>{_A}{{2,}})(?P<n>{_N})(?:_(?P<m>{_N}))?>?(?P<new>{_A}+)"), _stretch),
    (re.compile(rf"(?P<n>{_N})_(?P<m>{_N})(?P<old>{_A}+)>(?P<new>{_A}*)"), _stretch),
    (re.compile(rf"{_STOP}(?P<n>{_N})(?P<new>{_A})?(?P<ext>ext)(?:{_STOP}(?P<length>\d{{1,5}}|\?)?)?"), _extension),
    (re.compile(r"M1ext-(\d{1,5})"), _start_extension),
    (re.compile(rf"{_A}(?P<n>{_N})(?:_{_A}?(?P<m>{_N}))?_?splice(?:_?region)?"), _splice),
)  # fmt: skip

# -- coding changes --------------------------------------------------------------------------------------------------

_P = r"[*-]?\d{1,6}(?:[+-]\d{1,6})?"
_CODING = re.compile(rf"(?P<start>{_P})(?:_(?P<end>{_P}))?(?P<change>[A-Za-z>=0-9]+)")
_Position = tuple[int, int, int]


def _position(text: str) -> _Position:
    """Zone (-1 before the start codon, 0 coding, 1 behind the stop), exonic base, intronic offset; sorts along the
    transcript."""
    match = re.fullmatch(r"([*-]?)(\d+)([+-]\d+)?", text)
    if match is None:
        raise AssertionError("positions are matched before they are read")
    base = int(match[2])
    zone = {"-": -1, "": 0, "*": 1}[match[1]]
    return zone, -base if zone < 0 else base, int(match[3] or 0)


def _touches_splice_site(start: _Position, end: _Position) -> bool:
    if start == end:
        return 0 < abs(start[2]) <= 2
    if start[:2] == end[:2]:
        low, high = start[2], end[2]
        return low <= 2 and high >= 1 if low >= 0 else high >= -2 and low <= -1
    # Two anchors: from an intron into its exon, or over a whole exon or intron.
    return start[2] < 0 or end[2] > 0 or 0 < start[2] <= 2 or -2 <= end[2] < 0


def _coding_edit(text: str) -> str | None:
    """The edit with bases in capitals; deleted and duplicated bases are left out, as HGVS recommends."""
    bases = "[ACGTN]"
    upper = text.upper()
    if re.fullmatch(f"{bases}>{bases}|=", upper):
        return upper
    if match := re.fullmatch(rf"DEL(?:{bases}*|\d+)INS({bases}+|\d+)", upper):
        return f"delins{match[1]}"
    if match := re.fullmatch(rf"{bases}+>({bases}{{2,}})|{bases}{{2,}}>({bases})", upper):
        return f"delins{match[1] or match[2]}"
    if match := re.fullmatch(rf"(DEL|DUP|INV)(?:{bases}*|\d+)", upper):
        return match[1].lower()
    if match := re.fullmatch(rf"INS({bases}+|\d+)", upper):
        return f"ins{match[1]}"
    return None
