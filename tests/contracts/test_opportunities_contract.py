"""Opportunities are kept alike in memory, on disk and on a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heartline.errors import Missing
from heartline.records import Effort, OpportunityStatus
from heartline.store import Stores, open_memory, open_stores


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def test_an_opportunity_is_filed_found_by_its_pain_and_changed_in_parts(stores: Stores) -> None:
    kept = stores.kept
    assert kept.opportunities() == ()
    first = kept.file_opportunity(
        pain="wait-met-door", title="Zwei Fahrer „mehr“", gain=(4_400_000, 2**40), effort=Effort.MEDIUM, owner="Ines",
        due_us=2**50, filed_by="Tom",
    )  # fmt: skip
    second = kept.file_opportunity(
        pain="again", title="Call back", gain=None, effort=Effort.UNKNOWN, owner="", due_us=None, filed_by="Tom"
    )
    assert kept.opportunities() == (first, second)
    assert kept.opportunities(pain="again") == (second,)
    assert (second.gain_low, second.gain_high, second.due_us, second.cases) == (None, None, None, ())
    assert first.status is OpportunityStatus.IDEA
    moved = kept.change_opportunity(first.opportunity_id, status=OpportunityStatus.UNDER_WAY, cases=(7, 3, 7))
    assert (moved.status, moved.cases) == (OpportunityStatus.UNDER_WAY, (3, 7))
    assert (moved.title, moved.owner, moved.gain_high, moved.due_us) == ("Zwei Fahrer „mehr“", "Ines", 2**40, 2**50)
    assert moved.changed_us >= first.changed_us
    assert kept.change_opportunity(first.opportunity_id, owner="", cases=()).owner == ""
    with pytest.raises(Missing):
        kept.change_opportunity(99, status=OpportunityStatus.DONE)
