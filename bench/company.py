"""A company of a million interactions for the pages bar, made once and kept in a folder that git ignores.

Harbour & Bean is simulated at 5,000 customers and sent through the door; then its journal is told again several times
with other people in it, so that the journal, State and History are those of a company eight times as large. All of it
goes the usual way, through the gate and the projector.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec

from heartline.app import open_heartline
from heartline.config import read_settings
from heartline.records import Body
from heartline.web import fill_with_sample

KEPT = Path(__file__).parent.parent / ".make" / "bench"
FORM = 2
"""Counted up when what is kept here is no longer what this heartline would write."""
_NAMING = frozenset({"userId", "anonymousId", "previousId", "messageId", "order", "order_id", "phone", "loyalty_card"})
_read = msgspec.json.Decoder().decode
_write = msgspec.json.Encoder().encode


def find_company(*, customers: int = 5_000, tellings: int = 8) -> Path:
    """Return the data directory of the company, making it where it is missing (about three minutes)."""
    path = KEPT / f"company-{FORM}-{customers}-{tellings}"
    if not (path / "done").exists():
        shutil.rmtree(path, ignore_errors=True)
        with open_heartline(read_settings(data_dir=path, log_level="error")) as heartline:
            fill_with_sample(heartline, customers=customers, seed=1)
            journal = heartline.stores.journal
            last = journal.head()
            for telling in range(1, tellings):
                after = 0
                while after < last:
                    bodies = [body for body in journal.read(after, events=5_000) if body.seq <= last]
                    journal.append([retell(body, telling) for body in bodies])
                    after = bodies[-1].seq
                heartline.catch_up()
        (path / "done").touch()
    return path


def retell(body: Body, telling: int) -> Body:
    """Return a body with other people in it."""
    payload = _write(_rename(_read(body.payload), f"-{telling}", telling))
    return Body(source_id=body.source_id, received_us=body.received_us, payload=payload, events=body.events)


def _rename(value: Any, mark: str, telling: int, name: str = "") -> Any:  # noqa: ANN401  # whatever JSON holds
    if isinstance(value, dict):
        # An identifier of a kind of its own is told as {"type", "id"}.
        own = "id" if name in {"externalIds", "external"} else ""
        return {
            key: f"{item}{mark}" if key == own else _rename(item, mark, telling, key) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_rename(item, mark, telling, name) for item in value]
    if isinstance(value, str) and value:
        if name == "email":
            return f"{telling}.{value}"
        if name in _NAMING:
            return value + mark
    return value
