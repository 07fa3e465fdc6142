"""What never came, the whole way: from touches to the list, its lines, the file and the API."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator

import pytest
from api_calls import Program, a_program
from browsing import Browser, a_user
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.understand import PainList, find_pains
from heartline.web.sayings import read_sayings
from heartline.web.sight import Reach, see

NOW = time.time() // DAY_S * DAY_S
KEPT, LATE, LOST, OFF = 330, 60, 110, 9
"""How many parcels came in time, came four days late, never came, and were called off."""


def day(at_s: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at_s))


def ship(number: int) -> Iterator[dict[str, object]]:
    """One order of a shop where nobody orders twice: dispatched for the third day, told to have come, and judged."""
    at = NOW - (5 + number % 80) * DAY_S
    user, order, due = f"u{number}", {"order": f"o-{number}"}, at + 3 * DAY_S
    came = number < KEPT + LATE
    late = KEPT <= number < KEPT + LATE
    status = {"order_status": "canceled"} if number >= KEPT + LATE + LOST else {}
    yield a_touch(user, at, "Paid", channel="web", amount=50, currency="EUR", **order)
    yield a_touch(user, at + 60, "Dispatched", channel="mail", **order) | {
        "properties": {"promised": day(due), **status}
    }
    if came:
        said = {"promised": day(due), "late": late}
        yield a_touch(user, due + 4 * DAY_S * late, "At the door", channel="courier", **order) | {"properties": said}
    if not status:
        stars = {"kind": "stars", "value": 5 - number % 2 if came and not late else 1 + number % 2, "top": 5}
        yield a_touch(user, due + 0.4 * DAY_S, "Review", channel="mail", score=stars)


@pytest.fixture(scope="module")
def shop() -> Iterator[Heartline]:
    with open_twin(Settings(api_calls_a_minute=0)) as opened:
        sent = [one for number in range(KEPT + LATE + LOST + OFF) for one in ship(number) if not _ahead(one)]
        send(opened, sent)
        yield opened


def _ahead(message: dict[str, object]) -> bool:
    return str(message["timestamp"]) > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(NOW + DAY_S / 2))


@pytest.fixture(scope="module")
def reader(shop: Heartline) -> Iterator[Browser]:
    with Browser(shop) as browser:
        yield browser.sign_in(a_user(shop))


@pytest.fixture(scope="module")
def program(shop: Heartline) -> Iterator[Program]:
    with a_program(shop) as opened:
        yield opened


def find(heartline: Heartline) -> PainList:
    return find_pains(heartline.log(), now_us=int(NOW * 1e6), sayings=read_sayings(heartline))


def test_the_list_its_lines_the_file_and_the_api_tell_what_never_came(
    shop: Heartline, reader: Browser, program: Program
) -> None:
    reader.get("/pains/list")
    first = program.read("/pains")["pains"][0]
    assert (first["kind"], first["spot"]) == ("promise", "At the door")
    missed = first["missed"]
    assert LOST - 8 <= missed <= LOST, "some were due yesterday, and may yet be told of"
    assert first["customers"] >= missed + LATE - 8
    assert first["worth"] is None
    assert first["at_stake"] == 5_000 * first["customers"], "what the orders were worth"
    page = reader.get(f"/pains/{first['key']}").text
    assert f"{missed} times its day has passed and nothing came" in page
    assert "Of too few is it known whether they ordered again" in page, "orders there are, and young ones"
    told = program.walk(f"/pains/{first['key']}/touches", of="touched", limit=200)
    assert all(one["late"] for one in told)
    assert {one["touchpoint"] for one in told} == {"At the door", "Dispatched"}
    rows = list(csv.DictReader(io.StringIO(reader.get(f"/pains/{first['key']}/touches.csv?of=touched").text)))
    assert [row["days_late"] for row in rows if row["touchpoint"] == "At the door"] == ["4"] * (len(rows) - missed)
    assert [row["days_late"] for row in rows if row["touchpoint"] == "Dispatched"] == [""] * missed
    assert all(row["promised_day"] for row in rows)
    lines = "".join(reader.get(f"/pains/{first['key']}/touches?of=touched&page={page}").text for page in (1, 2, 3, 4))
    assert lines.count("has not come") == missed
    assert lines.count("4 days late") == len(rows) - missed


def test_who_sees_no_names_reads_the_same_promises(shop: Heartline) -> None:
    whole, narrow = read_sayings(shop), read_sayings(see(shop, Reach(personal=False)))
    assert len(whole.missed.seq) > LOST - 8
    assert narrow.missed.seq.tolist() == whole.missed.seq.tolist(), (
        "what was called off is owed nothing for them either"
    )


def test_what_counts_is_the_day_that_was_promised(shop: Heartline) -> None:
    found = find(shop)
    (pain,) = [one for one in found.pains if one.spot == "At the door"]
    dates = dict(zip(read_sayings(shop).missed.seq.tolist(), read_sayings(shop).missed.until_us.tolist(), strict=True))
    counted = [dates[seq] for seq in pain.seqs.tolist() if seq in dates]
    assert len(counted) == pain.missed
    assert min(counted) >= (NOW - 91 * DAY_S) * 1e6
