"""What is sent along with touches, read: promises kept and broken, questions answered, where somebody came from."""

from __future__ import annotations

import json
import time
from unittest.mock import patch

import pytest
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline
from heartline.understand import PackedLog, Sayings, find_said
from heartline.web import sayings as reading
from heartline.web.sayings import find_host, keep_said, read_sayings
from heartline.web.sight import Reach, see

START = (time.time() // DAY_S - 40) * DAY_S


def day(number: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(START + number * DAY_S))


def tell(user: str, at: float, touchpoint: str, *, order: str = "", **given: object) -> dict[str, object]:
    more = {"order": order} if order else {}
    return a_touch(user, START + at * DAY_S, touchpoint, channel="web", **more) | {"properties": given}


def broken_of(log: PackedLog, said: Sayings) -> dict[str, bool]:
    rows, place = find_said(log, said.promises.seq)
    names = [log.names["touchpoint"][code] for code in log.codes["touchpoint"][rows]]
    return dict(zip(names, said.promises.broken[place].tolist(), strict=True))


def test_a_promise_is_broken_by_what_is_said_or_by_the_day_at_which_it_ends(heartline: Heartline) -> None:
    send(
        heartline,
        [
            tell("a", 1, "Said late", promised=day(2), late=True),
            tell("a", 2, "Took longer", promised_days=2, days=3),
            tell("a", 3, "Took less", promised_minutes=10, minutes=8),
            tell("b", 1, "Dispatched", order="o-1", promised=day(3)),
            tell("b", 2, "Reminded", order="o-1", promised=day(3)),
            tell("b", 3, "Delivered in time", order="o-1", promised=day(3)),
            tell("c", 1, "Dispatched too", order="o-2", promised=day(3)),
            tell("c", 5, "Delivered late", order="o-2", promised=day(3)),
            tell("d", 1, "Promised only", order="o-3", promised=day(3)),
            tell("e", 1, "Dispatched for the courier", order="o-4", promised=day(3)),
            tell("e", 5, "Courier says", order="o-4", promised=day(3), late=False),
        ],
    )
    assert broken_of(heartline.log(), read_sayings(heartline)) == {
        "Said late": True,
        "Took longer": True,
        "Took less": False,
        "Delivered in time": False,
        "Delivered late": True,
        "Courier says": False,
    }


def dispatch(kept: int, *, lost: int) -> list[dict[str, object]]:
    """Orders dispatched with a day: ``kept`` told to have come, ``lost`` never heard of again, and one still due."""
    told = [
        one
        for number in range(kept)
        for one in (
            tell(f"k{number}", 1, "Dispatched", order=f"k-{number}", promised=day(3)),
            tell(f"k{number}", 3, "At the door", order=f"k-{number}", promised=day(3), late=False),
        )
    ]
    told += [tell(f"n{number}", 1, "Dispatched", order=f"n-{number}", promised=day(3)) for number in range(lost)]
    young = tell("y", 4, "Dispatched", order="y-1", promised=day(9))
    return [*told, young, tell("z", 5, "At the door", order="z-1", promised=day(9), late=False)]


def test_what_never_came_is_missed_where_senders_tell_what_comes(heartline: Heartline) -> None:
    send(heartline, dispatch(6, lost=3))
    log, missed = heartline.log(), read_sayings(heartline).missed
    rows, place = find_said(log, missed.seq)
    assert {log.names["touchpoint"][code] for code in log.codes["touchpoint"][rows]} == {"Dispatched"}
    assert len(rows) == 3, "the one that is due later is not missed yet"
    assert {missed.spots[code] for code in missed.spot[place]} == {"At the door"}
    ends = {time.strftime("%Y-%m-%d", time.gmtime(us / 1e6 - 12 * 3_600)) for us in missed.until_us.tolist()}
    assert ends == {day(3)}
    # What comes after all is late, and missed no more; of what was called off nothing is owed.
    send(
        heartline,
        [
            tell("n0", 6, "At the door", order="n-0", promised=day(3), late=True),
            tell("n1", 6, "Called off", order="n-1", promised=day(3), order_status="Canceled"),
        ],
    )
    said = read_sayings(heartline)
    assert said.promises.broken.sum() == 1
    assert len(said.missed.seq) == 1


def test_nothing_is_missed_where_most_of_what_comes_is_not_told(heartline: Heartline) -> None:
    send(heartline, dispatch(2, lost=3))
    assert len(read_sayings(heartline).missed.seq) == 0


def test_answers_and_origins_are_read_and_what_names_nothing_is_left(heartline: Heartline) -> None:
    send(
        heartline,
        [
            tell("a", 1, "Chat", question="How long?", answer="Within 30 days, or call 0171 555 0101"),
            tell("b", 1, "Café", question="how LONG", answer="14 days"),
            tell("c", 1, "Chat", question="", answer="14 days"),
            tell("d", 1, "Chat", question="How long?", answer=7),
            tell("e", 1, "Page", referrer="https://www.messenger.example/x", url="https://shop.example/"),
            tell("f", 1, "Page", referrer="https://shop.example/a", url="https://shop.example/b"),
        ],
    )
    said = read_sayings(heartline)
    assert said.replies.questions == ("How long?",)
    assert len(said.replies.seq) == 2
    assert "0171" not in "".join(said.replies.quotes)
    assert said.origins.hosts == ("messenger.example",)
    assert len(said.origins.seq) == 1


def test_what_came_since_is_added_and_all_is_read_anew_where_history_changed(heartline: Heartline) -> None:
    send(heartline, [tell("a", number, f"Late {number}", promised=day(1), late=True) for number in range(7)])
    with patch.object(reading, "_AT_ONCE", 2):
        first = read_sayings(heartline)
    assert read_sayings(heartline) is first
    send(heartline, [tell("b", 9, "Kept", promised=day(9), late=False)])
    grown = read_sayings(heartline)
    assert grown.promises.broken.tolist() == [True] * 7 + [False]
    assert (grown.promises.seq[:7] == first.promises.seq).all()
    seq = int(grown.promises.seq[0])
    heartline.stores.history.remove([(seq, seq)], offset=heartline.stores.history.offset())
    assert read_sayings(heartline).promises.seq.tolist() == grown.promises.seq[1:].tolist()


@pytest.mark.parametrize(
    ("address", "host"),
    [("https://www.a.example/x", "a.example"), ("//b.example", "b.example"), ("a.example", ""), (None, ""), (3, ""),
     ("http://[::1", ""), (json.dumps({}), "")],
)  # fmt: skip
def test_a_host_is_read_or_nothing_is(address: object, host: str) -> None:
    assert find_host(address) == host


def test_a_reader_bound_to_a_place_reads_what_was_said_there_and_of_nobody_by_name(heartline: Heartline) -> None:
    told = {"promised_days": 2, "days": 3, "question": "How long?", "answer": "30 days", "guest": "Ada"}
    send(
        heartline,
        [
            a_touch(f"u{number}", START + number, "Counter", channel="café", place=place) | {"properties": told}
            for number, place in enumerate(("North", "South", "South", "South", "South", "North"))
        ],
    )
    north = see(heartline, Reach(places=frozenset({"North"}), personal=False))
    with patch.object(reading, "_AT_ONCE", 2):
        said = read_sayings(north)
    assert said.promises.seq.tolist() == sorted(north.log().seq.tolist())
    assert (len(said.promises.seq), len(said.replies.seq)) == (2, 2)
    assert len(read_sayings(heartline).promises.seq) == 6
    (first, *_rest) = north.stores.history.told(("promised",), limit=9)
    assert "Ada" not in first.properties
    assert read_sayings(see(heartline, Reach(places=frozenset({"Nowhere"})))).promises.seq.tolist() == []


@pytest.mark.parametrize("text", ["", "[]", "7", "{", '{"question": 3, "referrer": "x"}'])
def test_what_is_no_saying_is_kept_from_nobody(text: str) -> None:
    assert keep_said(text) == "{}"
