"""What is asked of sources is kept alike in memory, on disk and on a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from heartline.errors import Missing
from heartline.records import SourceRules, TrafficFilters, Trust
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


def test_rules_filters_and_warnings_are_kept(stores: Stores) -> None:
    kept = stores.kept
    assert (kept.source_rules(), kept.traffic_filters(), kept.source_warnings()) == ({}, TrafficFilters(), {})
    source = kept.add_source(name="Shop", trust=Trust.PUBLIC)
    rules = SourceRules(origins=("https://shop.example",), only=("Ä",), identify=False, hook_secrets=("s",))
    for changed in (rules, replace(rules, only=())):
        kept.set_source_rules(source.source_id, changed)
        assert kept.source_rules() == {source.source_id: changed}
    filters = TrafficFilters(ranges=("10.0.0.0/8",), domains=("acme.example",))
    kept.set_traffic_filters(filters)
    assert kept.traffic_filters() == filters
    kept.warn_of_source(1, "oversized", n=2)
    kept.warn_of_source(1, "oversized")
    assert kept.source_warnings() == {(1, "oversized"): 3}


def test_a_key_is_replaced_whole_or_not_at_all(stores: Stores) -> None:
    kept = stores.kept
    source = kept.add_source(name="Shop", trust=Trust.TRUSTED)
    kept.set_source_rules(source.source_id, SourceRules(only=("A",)))
    fresh = kept.rotate_key(source.source_id, until_us=77)
    assert kept.sources() == [fresh] == [replace(source, write_key=fresh.write_key)]
    rules = kept.source_rules()[source.source_id]
    assert rules == SourceRules(only=("A",), former_key=source.write_key, former_until_us=77)
    with pytest.raises(Missing):
        kept.rotate_key(99, until_us=0)
