"""A company of two cafés whose customers never meet, and people bound to one: what must not be seen is known."""

from __future__ import annotations

import time
from dataclasses import dataclass

from browsing import a_user
from small_company import DAY_S, WAY, send

from heartline.app import Heartline, open_twin
from heartline.records import Bounds, Case, Profile, Right, Role, User
from heartline.web.regions import keep_regions
from heartline.web.tokens import make_token

NORTH, SOUTH = "North", "South"
PEOPLE = 12


@dataclass(frozen=True, kw_only=True)
class TwoPlaces:
    """The installation, somebody and a case of each place, and who works there."""

    heartline: Heartline
    people: dict[str, Profile]
    cases: dict[str, Case]
    users: dict[str, User]
    tokens: dict[str, str]


def _touches(place: str) -> list[dict[str, object]]:
    now, sent = time.time(), []
    for number in range(PEOPLE):
        user = f"{place.lower()}-{number}"
        traits = {"name": f"Person{place} {number}", "email": f"{user}@{place.lower()}.example"}
        at = now - 40 * DAY_S
        sent.append({"type": "identify", "userId": user, "messageId": f"{user}:i", "traits": traits})
        for step, (touchpoint, channel, kind) in enumerate(WAY):
            at += (1 + number % 3) * DAY_S
            block: dict[str, object] = {"touchpoint": f"{touchpoint}", "channel": channel, "place": place}
            if kind:
                block["score"] = {
                    "kind": kind,
                    "value": (number + step) % 5 + 1,
                    "top": {"nps": 10, "ces": 7}.get(kind, 5),
                }
                block["text"] = f"Words{place} {number}"
            sent.append(
                {
                    "type": "track",
                    "event": touchpoint,
                    "userId": user,
                    "messageId": f"{user}:{step}",
                    "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
                    "context": {"heartline": block},
                }
            )
    return sent


def open_two_places() -> TwoPlaces:
    """Open it."""
    heartline = open_twin()
    send(heartline, [*_touches(NORTH), *_touches(SOUTH)])
    kept, log = heartline.stores.kept, heartline.log()
    people, cases = {}, {}
    for place in (NORTH, SOUTH):
        rows = [row for row in range(len(log)) if log.names["place"][log.codes["place"][row]] == place]
        owner = int(log.customers[log.row[rows[0]]])
        people[place] = heartline.stores.derived.profiles([owner])[owner]
        cases[place] = kept.open_case(
            title=f"Case{place}",
            handle=people[place].ref,
            seq=int(log.seq[rows[0]]),
            owner="",
            due_us=time.time_ns() // 1000,
            opened_by="",
        )
    keep_regions(heartline, {NORTH: "Upper", SOUTH: "Lower"})
    users = {role.value: a_user(heartline, role=role, email=f"{role.value}@example.com") for role in Role}
    for name, bounds in {"north": Bounds(places=(NORTH,)), "upper": Bounds(regions=("Upper",))}.items():
        users[name] = a_user(heartline, role=Role.MANAGER, email=f"{name}@example.com")
        kept.set_bounds(users[name].user_id, bounds)
    figures = frozenset({Right.SEE_FIGURES})
    everything = frozenset(Right)
    tokens = {
        "figures": make_token(heartline, users["owner"], name="f", rights=figures, days=1)[0],
        "whole": make_token(heartline, users["owner"], name="w", rights=everything, days=1)[0],
        "north": make_token(heartline, users["owner"], name="n", rights=everything, places=(NORTH,), days=1)[0],
    }
    return TwoPlaces(heartline=heartline, people=people, cases=cases, users=users, tokens=tokens)
