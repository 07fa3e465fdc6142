"""A small company in a data directory, quick to make: events in, some refused, some twice, a user, a case."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.records import Body, Role, Trust

START_US = 1_760_000_000_000_000


def messages(first: int, last: int) -> list[dict[str, object]]:
    """Logins, touches with scores and comments; every tenth is refused, every twelfth comes again."""
    made: list[dict[str, object]] = []
    for number in range(first, last):
        if number % 12 == 11:
            made.append(dict(made[-1]))
            continue
        person = number % 17
        made.append(
            {
                "type": ("track", "identify", "page")[number % 3],
                "event": f"Step {number % 5}",
                "name": f"Page {number % 4}",
                "messageId": f"m-{number}",
                "anonymousId": f"anon-{person}-{number % 2}",
                "userId": f"user-{person}" if number % 4 else None,
                "timestamp": "not a time" if number % 10 == 9 else f"2026-03-{1 + number % 28:02d}T10:00:00Z",
                "traits": {"email": f"u{person}@example.com", "plan": f"p{number % 3}", "name": f"Jo {person}"},
                "properties": {"comment": f"The wait at {number} was long — übel", "place": "North"},
            }
        )
    return made


def send(heartline: Heartline, source: int, sent: Sequence[dict[str, object]], *, size: int = 25) -> None:
    """Put messages through the intake in bodies of ``size``."""
    for start in range(0, len(sent), size):
        batch = list(sent[start : start + size])
        body = Body(
            source_id=source,
            received_us=START_US + start,
            payload=json.dumps({"batch": batch}).encode(),
            events=len(batch),
        )
        heartline.intake.submit(body)


def make_company(path: Path, *, events: int = 400) -> Path:
    """Make it, projected to its end."""
    with open_heartline(Settings(data_dir=path)) as heartline:
        source = heartline.stores.kept.add_source(name="Shop", trust=Trust.TRUSTED)
        heartline.sources.reload()
        heartline.stores.kept.add_user(
            email="ada@example.com", name="Ada", role=Role.OWNER, language="en", password_hash="x"
        )
        send(heartline, source.source_id, messages(0, events))
        heartline.catch_up()
        entry = heartline.stores.history.recent(limit=1)[0]
        handle = heartline.stores.derived.identifiers([entry.subject_id])[0].handle
        heartline.stores.kept.open_case(
            title="Call back", handle=handle, seq=entry.seq, owner="Ada", due_us=START_US, opened_by="Ada"
        )
    return path
