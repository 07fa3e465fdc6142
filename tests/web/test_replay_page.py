"""One run moment by moment: planted waits, promises and what came after stand on the page and in its file."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from html import unescape

import pytest
from browsing import Browser, a_user
from hypothesis import given
from hypothesis import strategies as st
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.records import Journey, Role, Stage
from heartline.web.promises import keep_promise, read_promise

NBSP = "\N{NO-BREAK SPACE}"
HOUR_S = 3_600
WAY = Journey(
    journey_id="way",
    name="Way",
    stages=(
        Stage(name="Look", touchpoints=("Advert",)),
        Stage(name="Buy", touchpoints=("Checkout",)),
        Stage(name="Get", touchpoints=("Courier",)),
    ),
    ends=("Courier",),
    gap_days=60,
)
SECRET = "from-the-till-of-ada"


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    """41 go from Advert to Checkout in 2 hours and on to Courier a day later. ``slow`` takes 9 hours and three days,
    reads News in between, is promised two days, is unhappy, says so, pays again after ten days and begins once more.
    """
    start = (time.time() // DAY_S - 40) * DAY_S
    sent = []
    for number in range(41):
        at = start + number
        sent += [
            a_touch(f"u{number}", at, "Advert", channel="web"),
            a_touch(f"u{number}", at + 2 * HOUR_S, "Checkout", channel="web"),
            a_touch(f"u{number}", at + 2 * HOUR_S + DAY_S, "Courier", channel="courier"),
        ]
    door = start + 9 * HOUR_S + 3 * DAY_S
    answer = {"score": {"kind": "nps", "value": 2, "top": 10}, "text": "Late. Ring 0171 555 0101"}
    told = {"promised_days": 2, "days": 3, "note": SECRET}
    sent += [
        a_touch("slow", start, "Advert", channel="web"),
        a_touch("slow", start + HOUR_S, "News", channel="mail"),
        a_touch("slow", start + 9 * HOUR_S, "Checkout", channel="web"),
        a_touch("slow", door, "Courier", channel="courier", partner="Swiftline", **answer)
        | {"properties": told},
        a_touch("slow", door + 10 * DAY_S, "Order", channel="web", amount=12.5, currency="EUR"),
        a_touch("slow", door + 12 * DAY_S, "Advert", channel="web"),
    ]  # fmt: skip
    with open_twin() as opened:
        send(opened, sent)
        opened.stores.kept.set_journey(WAY)
        yield opened


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def find_slow(company: Heartline) -> tuple[str, int]:
    """The ref of the slow one, and the seq at the door."""
    log = company.log()
    row = int((log.score == 2).argmax())
    owner = int(log.customers[log.row[row]])
    return company.stores.derived.profiles([owner])[owner].ref, int(log.seq[row])


def rows_of(reader: Browser, path: str) -> list[dict[str, str]]:
    answer = reader.get(path)
    assert answer.status_code == 200, answer.text[:300]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_waits_stand_beside_what_is_usual_and_the_long_one_is_named(company: Heartline, reader: Browser) -> None:
    ref, seq = find_slow(company)
    rows = rows_of(reader, f"/customers/{ref}/runs/way/moments.csv?run={seq}")
    assert [row["touchpoint"] for row in rows] == ["Advert", "Checkout", "Courier"]
    assert [row["stage"] for row in rows] == ["Look", "Buy", "Get"]
    assert [row["wait_seconds"] for row in rows] == ["", "32400.0", "259200.0"]  # 9 h, 3 d
    assert [row["usual_seconds"] for row in rows] == ["", "7200.0", "86400.0"]  # the others' 2 h and 1 d
    assert [row["usual_n"] for row in rows] == ["", "42", "42"]
    page = unescape(reader.get(f"/customers/{ref}/runs/way?run={seq}").text).replace(NBSP, " ")
    assert "9 h later" in page
    assert "usually 2 h (2 h to 2 h), n 42" in page
    assert page.count("longer than nine of ten") == 2
    assert "Meanwhile, outside this journey: <bdi>News</bdi>." in page


def test_what_was_said_scored_promised_and_done_after_is_told(company: Heartline, reader: Browser) -> None:
    ref, seq = find_slow(company)
    page = unescape(reader.get(f"/customers/{ref}/runs/way?run={seq}").text).replace(NBSP, " ")
    assert "Promise broken" in page
    assert "promised 2 d, took 3 d" in page
    assert "Late. Ring" in page
    assert "2 of 10, NPS" in page
    assert "Swiftline" in page
    assert "10 d later they came by again." in page
    assert "The next payment: €12.50" in page
    row = rows_of(reader, f"/customers/{ref}/runs/way/moments.csv?run={seq}")[-1]
    assert (row["promised_seconds"], row["took_seconds"], row["late"]) == ("172800.0", "259200.0", "yes")
    assert (row["feeling"], row["comment"]) == ("-0.6", "Late. Ring [phone]")


def test_without_a_choice_the_latest_run_is_shown_with_a_way_to_the_one_before(
    company: Heartline, reader: Browser
) -> None:
    ref, _seq = find_slow(company)
    latest = unescape(reader.get(f"/customers/{ref}/runs/way").text)
    assert "Run 2 of 2 of" in latest
    assert "still under way" in latest
    assert "The run before" in latest
    assert "The run after" not in latest
    assert "Nobody asked how it was" in latest


def test_the_run_is_reached_from_the_timeline_and_from_a_cell_of_the_map(company: Heartline, reader: Browser) -> None:
    ref, seq = find_slow(company)
    here = f"/customers/{ref}/runs/way?run={seq}"
    assert here in unescape(reader.get(f"/customers/{ref}").text)
    assert here in unescape(reader.get("/journeys/way/cell?stage=Get&lane=said").text)


def test_a_touch_of_no_run_and_a_journey_never_begun_are_not_found(company: Heartline, reader: Browser) -> None:
    ref, _seq = find_slow(company)
    log = company.log()
    news = int(log.seq[(log.codes["touchpoint"] == log.names["touchpoint"].index("News")).argmax()])
    assert reader.get(f"/customers/{ref}/runs/way?run={news}").status_code == 404
    assert reader.get(f"/customers/{ref}/runs/nowhere").status_code == 404
    assert reader.get(f"/customers/{'0' * 32}/runs/way").status_code == 404


def test_who_may_see_no_personal_data_sees_the_promise_and_nothing_else_that_was_sent(company: Heartline) -> None:
    ref, seq = find_slow(company)
    with Browser(company) as browser:
        browser.sign_in(a_user(company, role=Role.VIEWER, email="viewer@example.com"))
        page = unescape(browser.get(f"/customers/{ref}/runs/way?run={seq}").text).replace(NBSP, " ")
        assert "promised 2 d, took 3 d" in page
        assert "0171" not in page
        assert browser.get(f"/customers/{ref}/runs/way/moments.csv").status_code == 403
    assert SECRET not in keep_promise(json.dumps({"promised_days": 2, "days": 3, "note": SECRET}))


@given(
    st.sampled_from(["minutes", "hours", "days"]),
    st.floats(min_value=0, max_value=1e5),
    st.none() | st.floats(min_value=0, max_value=1e5),
)
def test_a_promise_is_late_exactly_where_it_took_longer(unit: str, promised: float, took: float | None) -> None:
    told = {f"promised_{unit}": promised} | ({} if took is None else {unit: took})
    found = read_promise(json.dumps(told))
    assert found is not None
    assert found.late is (None if took is None else took > promised)
    assert read_promise(keep_promise(json.dumps(told | {"name": "Ada"}))) == found


@given(st.text() | st.builds(json.dumps, st.dictionaries(st.sampled_from(["promised", "promised_days", "late", "days"]),
       st.none() | st.booleans() | st.text() | st.floats() | st.integers())))  # fmt: skip
def test_no_properties_whatever_break_a_page(properties: str) -> None:
    found = read_promise(properties)
    assert found is None or found.promised_s is not None or found.due is not None
    assert read_promise(keep_promise(properties)) == found
