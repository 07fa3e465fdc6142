"""Drives a Python SDK, unchanged, through stories; prints what it was told of each message.

Takes a plan on stdin: {"sdk", "batch", "pause_s", "ways": {name: {"url", "key", "gzip", "calls"}}}. All ways run at
once, each with a client of its own. Prints {name: {"queued", "delivered", "failed"}}.
"""

from __future__ import annotations

import importlib
import json
import sys
import threading
import time
from typing import Any

MODULES = {"segment-python": "segment.analytics.client", "rudder-python": "rudderstack.analytics.client"}


class Segmentish:
    """segment-analytics-python, and RudderStack's fork of it."""

    def __init__(self, sdk: str, batch: int, way: dict[str, Any]) -> None:
        self.failed: dict[str, str] = {}
        self._client = importlib.import_module(MODULES[sdk]).Client(
            way["key"],
            host=way["url"],
            gzip=way["gzip"],
            upload_size=batch,
            upload_interval=0.1,
            on_error=self._note,
        )

    def _note(self, error: Exception, batch: list[dict[str, Any]]) -> None:
        self.failed.update({message["messageId"]: str(error) for message in batch})

    def say(self, call: str, **given: Any) -> list[str]:
        accepted, message = getattr(self._client, call)(**given)
        assert accepted
        return [message["messageId"]]

    def close(self) -> None:
        self._client.shutdown()


class Posthog:
    """posthog, in whose words the story is told."""

    def __init__(self, sdk: str, batch: int, way: dict[str, Any]) -> None:
        self.failed: dict[str, str] = {}
        self._client = importlib.import_module(sdk.removesuffix("-python")).Posthog(
            way["key"],
            host=way["url"],
            gzip=way["gzip"],
            flush_at=batch,
            flush_interval=0.1,
            max_retries=10,
            on_error=self._note,
        )

    def _note(self, error: Exception, batch: list[dict[str, Any]]) -> None:
        self.failed.update({message["uuid"]: str(error) for message in batch})

    def say(self, call: str, **given: Any) -> list[str]:
        who = given.get("user_id") or given.get("anonymous_id")
        told = given.get("properties")
        if call == "identify":
            return [
                self._client.alias(previous_id=given["anonymous_id"], distinct_id=who),
                self._client.set(distinct_id=who, properties=given["traits"]),
            ]
        if call == "alias":
            return [self._client.alias(previous_id=given["previous_id"], distinct_id=who)]
        if call == "group":
            return [self._client.group_identify("company", given["group_id"], given["traits"], distinct_id=who)]
        name = {"page": "$pageview", "screen": "$screen"}.get(call) or given["event"]
        return [self._client.capture(name, distinct_id=who, properties=told)]

    def close(self) -> None:
        self._client.shutdown()


def tell(plan: dict[str, Any], way: dict[str, Any]) -> dict[str, Any]:
    client = (Posthog if plan["sdk"] == "posthog-python" else Segmentish)(plan["sdk"], plan["batch"], way)
    queued: list[str] = []
    for call in way["calls"]:
        queued += client.say(**call)
        time.sleep(plan["pause_s"])
    client.close()
    return {"queued": queued, "delivered": [i for i in queued if i not in client.failed], "failed": client.failed}


def main() -> None:
    plan = json.load(sys.stdin)
    told: dict[str, Any] = {}

    def run(name: str) -> None:
        told[name] = tell(plan, plan["ways"][name])

    threads = [threading.Thread(target=run, args=(name,)) for name in plan["ways"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump(told, sys.stdout)


main()
