"""What moved: a planted step stands on the page, in its file and on the score's own page, and opens what it counts."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from html import unescape

import numpy as np
import pytest
from api_calls import a_program
from browsing import Browser, a_user
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import Journey, Stage
from heartline.understand import Measure
from heartline.web.pages.moves import say_value

NBSP = "\N{NO-BREAK SPACE}"
DAYS = 150
STEP = 100
BURST = 120
BUSY = 60


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    """150 days of six answers in chat: before day 100 they score 9 or 10, since then 3 to 6; on day 120 there are sixty
    comments where two are usual; promises are kept until day 100 and broken half the time since. Then nobody sends
    anything for 30 days.
    """
    rng = np.random.default_rng(7)
    start = (time.time() // DAY_S - DAYS - 30) * DAY_S
    sent = []
    for day in range(DAYS):
        late = day >= STEP
        for one in range(6):
            at = start + day * DAY_S + 3_600 * (8 + one)
            value = int(rng.integers(3, 7) if late else rng.integers(9, 11))
            score = {"kind": "nps", "value": value, "top": 10}
            sent.append(a_touch(f"u{day}-{one}", at, "Chat", channel="chat", score=score))
            broken = bool(late and one % 2)
            sent.append(
                a_touch(f"u{day}-{one}", at + 600, "Courier", channel="courier")
                | {"properties": {"promised_days": 2, "days": 3 if broken else 2}}
            )
        for one in range(BUSY if day == BURST else int(rng.integers(1, 4))):
            at = start + day * DAY_S + 40_000 + one * 60
            sent.append(a_touch(f"w{day}-{one}", at, "Mail", channel="mail", text="Where is it?"))
    with open_twin(Settings()) as opened:
        send(opened, sent)
        opened.stores.kept.set_journey(
            Journey(
                journey_id="way", name="Way",
                stages=(Stage(name="Ask", touchpoints=("Chat",)), Stage(name="Get", touchpoints=("Courier",))),
                ends=("Courier",), gap_days=20,
            )
        )  # fmt: skip
        yield opened


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


@pytest.fixture(scope="module")
def rows(reader: Browser) -> list[dict[str, str]]:
    text = reader.get("/moves.csv?range=all").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def planted_day(company: Heartline, day: int) -> str:
    first = int(company.log().ts_us.min())
    return time.strftime("%Y-%m-%d", time.gmtime(first / 1e6 // DAY_S * DAY_S + day * DAY_S))


def test_the_file_dates_the_step_and_silence_at_the_end_is_none(company: Heartline, rows: list[dict[str, str]]) -> None:
    moved = {(row["metric"], row["where"]): row for row in rows if row["what"] == "move"}
    assert set(moved) == {("nps", "Chat"), ("promise", "Courier")}
    for row in moved.values():
        assert row["first_day"] <= planted_day(company, STEP) <= row["last_day"]
        assert row["day"] == planted_day(company, STEP)
    nps = moved["nps", "Chat"]
    assert float(nps["before"]) == 100
    assert float(nps["now"]) == pytest.approx(-100)
    assert (int(nps["before_n"]), int(nps["now_n"])) == (STEP * 6, (DAYS - STEP - 1) * 6)
    promise = moved["promise", "Courier"]
    assert (float(promise["before"]), float(promise["now"])) == (0.0, 0.5)


def test_the_api_tells_what_the_file_holds(company: Heartline, rows: list[dict[str, str]]) -> None:
    with a_program(company) as program:
        told = program.read("/moves")
    moves = [(one["measure"], one["where"], move) for one in told["measures"] for move in one["moves"]]
    wanted = [row for row in rows if row["what"] == "move"]
    assert [(m, w) for m, w, _move in moves] == [(row["metric"], row["where"]) for row in wanted]
    for (_measure, _where, move), row in zip(moves, wanted, strict=True):
        assert move["since"][:10] == row["day"]
        assert move["change"]["value"] == pytest.approx(float(row["difference"]))
        assert move["change"]["now"]["n"] == int(row["now_n"])
    odd = [day for one in told["measures"] for day in one["odd_days"]]
    assert [str(day["n"]) for day in odd] == [row["now_n"] for row in rows if row["what"] == "odd day"]


def test_an_odd_day_leads_to_what_was_written_that_day(
    company: Heartline, reader: Browser, rows: list[dict[str, str]]
) -> None:
    (odd,) = [row for row in rows if row["what"] == "odd day" and row["metric"] == "comments"]
    assert (odd["day"], odd["now_n"]) == (planted_day(company, BURST), str(BUSY))
    assert float(odd["before_high"]) < BUSY
    page = unescape(reader.get("/moves?range=all").text)
    (link,) = re.findall(r'href="(/answers\?[^"]*measure=comments[^"]*until=[^"]*)"', page)
    listed = reader.get(link.replace("/answers?", "/answers.csv?")).text
    assert len(listed.strip().splitlines()) == BUSY + 1


def test_a_move_stands_on_the_page_and_beside_the_score(reader: Browser, rows: list[dict[str, str]]) -> None:
    page = unescape(reader.get("/moves?range=all").text)
    assert "2 measures moved." in page
    assert "+100 → −100" in page
    assert f"0{NBSP}% → 50{NBSP}%" in page
    assert "Of a hundred quiet measures 1 shows a move by chance" in page
    scores = unescape(reader.get("/scores?measure=nps&range=all").text)
    assert "Moved on" in scores
    assert ": it moves" in scores
    (link,) = re.findall(r'href="(/answers\?[^"]*measure=nps[^"]*since=[^"]*)"', page)
    assert "−100" in unescape(reader.get(link).text)
    listed = reader.get(link.replace("/answers?", "/answers.csv?")).text.strip().splitlines()
    moved = next(row for row in rows if row["metric"] == "nps")
    assert len(listed) - 1 == int(moved["now_n"])


def test_a_filter_that_leaves_nobody_says_so(reader: Browser) -> None:
    page = reader.get("/moves?by=place&is=Nowhere").text
    assert "Nothing to watch yet" in page
    assert "There is nothing to watch among those chosen." in page


@pytest.mark.parametrize(
    ("measure", "value", "signed", "said"),
    [
        (Measure.NPS, 41.2, False, "+41"),
        (Measure.CSAT, 0.624, False, f"62{NBSP}%"),
        (Measure.LOST, -0.05, True, "−5"),
        (Measure.WAIT, 1.5, False, f"1.5{NBSP}d"),
        (Measure.WAIT, -1 / 24, True, f"−1{NBSP}h"),
        (Measure.TOUCHES, 427.8, False, "428"),
        (Measure.CES, None, False, "–"),
    ],
)
def test_values_are_said_on_their_own_scale(measure: Measure, *, value: float | None, signed: bool, said: str) -> None:
    assert say_value(measure, value, signed=signed) == said
