"""Gene names that are not HGNC symbols: older symbols and the names of proteins, for one symbol each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from graph.packaged import rows


def symbol(name: str) -> str:
    """The HGNC symbol for ``name``; a name that the table ``gene_aliases.csv`` lacks comes back as it is.

    Case is kept where it means something (``C11orf95``); names in lower case only are taken as symbols in capitals.

    >>> symbol("MLL"), symbol("HER-2"), symbol("egfr"), symbol("C11orf95")
    ('KMT2A', 'ERBB2', 'EGFR', 'C11orf95')
    """
    text = name.strip()
    return aliases().get(text.upper()) or (text.upper() if text.islower() else text)


@cache
def aliases() -> Mapping[str, str]:
    """Name in capitals -> symbol."""
    return MappingProxyType(
        {row["alias"]: row["symbol"] for row in rows("rules", "tables/gene_aliases.csv", ("alias", "symbol"))}
    )
