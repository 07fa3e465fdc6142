"""Story 10: a plain reading of the linking rules over the messages gives exactly the persons that were drawn."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from heartline.records import Trust
from heartline.simulate import SOURCES, Simulation
from heartline.simulate.household import DANIEL_USER, MEI_USER, TABLET

Handle = tuple[str, str]
STRONG = {"user_id", "loyalty_card", "email", "phone"}
TRUSTED = {name for name, trust, _ in SOURCES if trust is Trust.TRUSTED}


def micros(stamp: str) -> int:
    return round(datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp() * 1e6)


def handles(message: dict[str, Any]) -> list[Handle]:
    found = []
    heartline = message.get("context", {}).get("heartline", {})
    if message.get("userId"):
        found.append(("user_id", message["userId"]))
    for kind, value in heartline.get("identifiers", {}).items():
        found.append((kind, value.replace(" ", "") if kind == "phone" else value.lower() if kind == "email" else value))
    if heartline.get("order"):
        found.append(("external", f"order:{heartline['order']}"))
    if message.get("anonymousId"):
        found.append(("anonymous_id", message["anonymousId"]))
    return found


def resolve(
    sent: list[tuple[str, dict[str, Any]]],
) -> tuple[dict[Handle, Handle], dict[Handle, list[tuple[int, Handle]]]]:
    """Give the root of every strong handle, and the logins of every weak one: (time, strong handle), in time order."""
    parent: dict[Handle, Handle] = {}
    logins: dict[Handle, list[tuple[int, Handle]]] = defaultdict(list)

    def root(handle: Handle) -> Handle:
        parent.setdefault(handle, handle)
        while parent[handle] != handle:
            parent[handle] = parent[parent[handle]]
            handle = parent[handle]
        return handle

    for source, message in sent:
        if "-broken-" in message["messageId"]:
            continue
        found = handles(message)
        strong = [handle for handle in found if handle[0] in STRONG]
        for handle in found:
            root(handle)
        if source in TRUSTED:
            for handle in strong[1:]:
                parent[root(handle)] = root(strong[0])
        if strong and (source in TRUSTED or message["type"] == "identify"):
            for handle in found:
                if handle[0] not in STRONG:
                    logins[handle].append((micros(message["timestamp"]), strong[0]))
    for when in logins.values():
        when.sort()
    return {handle: root(handle) for handle in parent}, logins


def test_identities_are_exact(small: Simulation, sent: list[tuple[str, dict[str, Any]]]) -> None:
    roots, logins = resolve(sent)
    person_of_root: dict[Handle, int] = {}
    told: set[Handle] = set()
    for person in small.identities():
        mine: dict[Handle, list[tuple[int, int]]] = defaultdict(list)
        for owned in person["identifiers"]:
            turn = (owned["from_us"] or 0, owned["to_us"] or 2**63)
            mine[owned["kind"], owned["value"]].append(turn)
        told |= set(mine)
        strong = {roots[handle] for handle in mine if handle[0] in STRONG}
        assert len(strong) <= 1, person
        for root in strong:
            assert person_of_root.setdefault(root, person["person"]) == person["person"]
        for handle, turns in mine.items():
            if handle[0] in STRONG or not strong:
                continue
            for at_us, by in logins[handle]:
                inside = any(since <= at_us < until for since, until in turns)
                assert (roots[by] in strong) == inside, (handle, person["person"])
            assert logins[handle], handle
        if not strong:
            assert len(mine) == 1
    assert told == set(roots)


def test_mei_has_five_kinds_of_handles_and_her_partner_is_apart(
    small: Simulation, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    persons = list(small.identities())
    mei, daniel = persons[0], persons[1]
    assert mei["name"] == "Mei Zhang 张梅"
    kinds = [owned["kind"] for owned in mei["identifiers"] if owned["kind"] != "external"]
    assert sorted(kinds) == ["anonymous_id"] * 3 + ["email", "loyalty_card", "phone", "user_id"]
    hers = next(owned for owned in mei["identifiers"] if owned["value"] == TABLET)
    his = next(owned for owned in daniel["identifiers"] if owned["value"] == TABLET)
    assert hers["to_us"] == his["from_us"] is not None
    assert (hers["from_us"], his["to_us"]) == (None, None)
    users = {m["userId"] for _, m in sent if m.get("anonymousId") == TABLET and m.get("userId")}
    assert users == {MEI_USER, DANIEL_USER}


def test_most_customers_are_known_by_several_handles(small: Simulation) -> None:
    sizes = [len(person["identifiers"]) for person in islice(small.identities(), small.truth["customers"])]
    assert sum(size >= 3 for size in sizes) > 0.6 * len(sizes)
    assert small.truth["stories"]["10"]["other_couples"] >= 10


def test_web_research_precedes_the_share_told_of_bean_sales(small: Simulation) -> None:
    story = small.truth["stories"]["10"]
    assert abs(story["bean_sales_researched"] / story["bean_sales"] - 0.22) < 0.05
