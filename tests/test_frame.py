"""Answers as a table."""

from __future__ import annotations

from pathlib import Path

import clew


def test_one_row_an_option_in_rank_order(starter_cache: Path) -> None:
    engine = clew.open()
    (profile,) = clew.read(text="KIT D816V", disease="Aggressive Systemic Mastocytosis")
    answer = engine.recommend(profile)
    table = clew.to_frame(answer)
    assert len(table) == len(answer.options)
    assert table["rank"].tolist() == list(range(1, len(answer.options) + 1))
    imatinib = table[(table.therapy == "Imatinib") & (table.direction == "sensitive")]
    assert imatinib.status.tolist() == ["excluded"]
    assert "imatinib" in imatinib.against.item()
