"""Suggestions on data with known truth, through the real importer, beside Splink's documented starting points.

Floors lie under what ``python bench/matching.py`` prints (docs/explanation/duplicates.md has the table). The truth is
that of the data sets' own READMEs: ``entity`` and ``cluster``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from heartline.unify import THRESHOLD

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (ROOT.parent / "shared/data").is_dir(), reason="the real data sets do not lie beside us"),
]


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    sys.path.insert(0, str(ROOT / "bench"))
    try:
        import matching  # noqa: PLC0415
    finally:
        sys.path.remove(str(ROOT / "bench"))
    return matching


@pytest.mark.parametrize(("place", "precision", "recall"), [(0, 0.99, 0.97), (2, 0.99, 0.69)], ids=["febrl 1", "fake"])
def test_suggestions_find_more_than_splinks_starting_point_and_are_right(
    bench: ModuleType, place: int, precision: float, recall: float
) -> None:
    known = bench.SETS[place]
    people = known.people()
    with bench.import_set(known, strong=False) as heartline:
        ours = bench.judge(bench.suggest(heartline), people)
    theirs = bench.judge(bench.over(bench.rival(known), THRESHOLD), people)
    assert ours.precision >= precision
    assert ours.recall >= recall
    assert ours.recall >= theirs.recall
    assert ours.precision >= theirs.precision - 0.005


@pytest.mark.parametrize("place", [0, 1, 2], ids=["febrl 1", "febrl 2", "fake"])
def test_strong_identifiers_join_records_and_never_two_people(bench: ModuleType, place: int) -> None:
    known = bench.SETS[place]
    people = known.people()
    with bench.import_set(known, strong=True) as heartline:
        customers = bench.records_by_customer(heartline)
        # One row of fake_1000 is called "0", which stands for nobody (rule I5): its e-mail alone knows it.
        assert len(people) - sum(len(records) for records in customers.values()) <= 1
        assert bench.false_merges(heartline, people) == 0
        assert sum(len(records) > 1 for records in customers.values()) >= 150
