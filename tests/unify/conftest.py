"""Merges are met here after a handful of keys and identifiers, as installations meet them after tens of thousands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from heartline.store import identifier_book, key_filter, sql_messages


@pytest.fixture(autouse=True, scope="session")
def early_merges() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql_messages, "SETTLE_KEYS", 23)
        patch.setattr(key_filter, "SEGMENT_KEYS", 512)
        patch.setattr(identifier_book, "SORT_AFTER", 5)
        yield
