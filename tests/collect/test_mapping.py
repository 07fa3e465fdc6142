"""The mapping of docs/reference/mapping.md: the table, the heartline block, money, scores, and hostile strings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from heartline.collect import TOUCHES, GateRules, pass_gate
from heartline.collect.money import read_amount
from heartline.records import Area, Body, Interaction, Score, ScoreKind, Source

PAGE = Path(__file__).parents[2] / "docs/reference/mapping.md"
AREAS = {area.value for area in Area} | {""}


def read(source: Source, *, currency: str = "EUR", **event: Any) -> Interaction:
    event = {"type": "track", "event": "Tried", "userId": "u1", **event}
    body = Body(source_id=1, received_us=10**15, payload=json.dumps({"batch": [event]}).encode(), events=1)
    (outcome,) = pass_gate(body, source, GateRules(currency=currency))
    assert isinstance(outcome, Interaction), outcome
    return outcome


def read_block(source: Source, **block: Any) -> Interaction:
    return read(source, context={"heartline": block})


def test_the_page_shows_the_table_as_it_is() -> None:
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \| (.*?) \| (.+?) \| (.*?) \| (.*?) \|$", PAGE.read_text(), re.MULTILINE)
    shown = {row[0]: tuple(cell.strip() for cell in row[1:]) for row in rows}
    money = {0: "", 1: "paid", -1: "given back"}
    table = {
        name: (touch.touchpoint, str(touch.area), touch.action, touch.channel or "by context", money[touch.money])
        for name, touch in TOUCHES.items()
    }
    assert shown == table


@pytest.mark.parametrize("name", TOUCHES)
def test_every_known_name_reads_as_the_table_says(public: Source, name: str) -> None:
    touch = TOUCHES[name]
    for spelling in (name, name.upper(), f" {name.lower()} "):
        outcome = read(public, event=spelling)
        assert (outcome.touchpoint, outcome.area, outcome.action) == (touch.touchpoint, touch.area, touch.action)
        assert outcome.channel == (touch.channel or "other")
    assert touch.area in AREAS


def test_an_unknown_name_is_a_touchpoint_of_its_own(public: Source) -> None:
    outcome = read(public, event="Latte workshop booked")
    assert (outcome.touchpoint, outcome.area, outcome.action) == ("Latte workshop booked", "", "do")


@pytest.mark.parametrize(
    ("call", "touchpoint", "channel"),
    [
        ({"type": "page", "name": "Pricing"}, "Pricing", "web"),
        ({"type": "page", "properties": {"name": "Pricing"}}, "Pricing", "web"),
        ({"type": "page", "event": None}, "Page viewed", "web"),
        ({"type": "screen", "name": "Basket"}, "Basket", "app"),
        ({"type": "screen", "event": "Basket"}, "Basket", "app"),
        ({"type": "screen", "event": None}, "Screen viewed", "app"),
    ],
)
def test_pages_and_screens_are_called_by_their_names(public: Source, call: Any, touchpoint: str, channel: str) -> None:
    outcome = read(public, **call)
    assert (outcome.touchpoint, outcome.channel, outcome.action) == (touchpoint, channel, "view")


@pytest.mark.parametrize(
    ("event", "channel"),
    [
        ({"context": {"library": {"name": "analytics.js"}}}, "web"),
        ({"context": {"library": {"name": "RudderLabs JavaScript SDK"}}}, "web"),
        ({"context": {"library": {"name": "analytics-android"}}}, "app"),
        ({"context": {"library": {"name": "@segment/analytics-react-native"}}}, "app"),
        ({"context": {"device": {"type": "iOS"}}}, "app"),
        ({"context": {"page": {"url": "https://shop.example/"}}}, "web"),
        ({"channel": "web"}, "web"),
        ({"channel": "mobile"}, "app"),
        ({"channel": "server", "context": {"library": {"name": "analytics-python"}}}, "other"),
        ({}, "other"),
    ],
)
def test_the_channel_is_told_by_who_sent_it(public: Source, event: Any, channel: str) -> None:
    assert read(public, **event).channel == channel


def test_the_heartline_block_wins(public: Source) -> None:
    outcome = read(
        public,
        event="Order Completed",
        properties={"revenue": 5, "currency": "USD", "order_id": "o1", "product_id": "p1"},
        context={
            "heartline": {
                "channel": "Café",
                "touchpoint": "Counter order",
                "area": "Place",
                "action": "order",
                "place": "Mill Lane",
                "text": "Lovely.\r\nThank you!",
                "score": {"kind": "csat", "value": 4, "top": 5},
                "amount": "12.5",
                "currency": "gbp",
                "employee": "Ines",
                "partner": "North Couriers",
                "order": "o2",
                "product": "Guji",
            }
        },
    )
    assert (outcome.channel, outcome.touchpoint, outcome.area, outcome.action) == (
        "café",
        "Counter order",
        "place",
        "order",
    )
    assert (outcome.place, outcome.text, outcome.score) == (
        "Mill Lane",
        "Lovely.\nThank you!",
        Score(ScoreKind.CSAT, 4, 5),
    )
    assert (outcome.amount_minor, outcome.currency) == (1250, "GBP")
    assert (outcome.employee, outcome.partner, outcome.order, outcome.product) == (
        "Ines",
        "North Couriers",
        "o2",
        "Guji",
    )


def test_a_block_without_an_event_name_is_enough(public: Source) -> None:
    assert read(public, event=None, context={"heartline": {"touchpoint": "Delivery"}}).touchpoint == "Delivery"


def test_an_area_of_its_own_making_is_not_taken(public: Source) -> None:
    assert read_block(public, area="kitchen").area == ""


@pytest.mark.parametrize(
    ("given", "score"),
    [
        ({"kind": "nps", "value": 0}, Score(ScoreKind.NPS, 0, 10)),
        ({"kind": "NPS", "value": "9", "top": 10}, Score(ScoreKind.NPS, 9, 10)),
        ({"kind": "ces", "value": 7}, Score(ScoreKind.CES, 7, 7)),
        ({"kind": "csat", "value": 5}, Score(ScoreKind.CSAT, 5, 5)),
        ({"kind": "csat", "value": 80, "top": 100}, Score(ScoreKind.CSAT, 80, 100)),
        ({"kind": "stars", "value": 3.5}, Score(ScoreKind.STARS, 3.5, 5)),
        ({"kind": "nps", "value": 11}, None),
        ({"kind": "nps", "value": -1}, None),
        ({"kind": "nps", "value": 5, "top": 5}, None),
        ({"kind": "stars", "value": 0}, None),
        ({"kind": "stars", "value": 8, "top": 10}, None),
        ({"kind": "csat", "value": 6}, None),
        ({"kind": "csat", "value": 3, "top": 1e9}, None),
        ({"kind": "csat", "value": 3, "top": 4.5}, None),
        ({"kind": "csat", "value": True}, None),
        ({"kind": "csat", "value": "inf"}, None),
        ({"kind": "mood", "value": 3}, None),
        ({"value": 3}, None),
        (9, None),
        ([], None),
    ],
)
def test_a_score_off_its_scale_is_no_score(public: Source, given: Any, score: Score | None) -> None:
    assert read_block(public, score=given).score == score


def test_a_product_review_is_words_and_stars(public: Source) -> None:
    outcome = read(
        public,
        event="Product Reviewed",
        properties={"product_id": "p1", "review_body": "Too dark.", "rating": "2", "name": "Guji"},
    )
    assert (outcome.text, outcome.score, outcome.product) == ("Too dark.", Score(ScoreKind.STARS, 2, 5), "Guji")


@pytest.mark.parametrize(
    ("event", "properties", "money"),
    [
        ("Order Completed", {"revenue": 19.99, "total": 25, "currency": "GBP"}, (1999, "GBP")),
        ("Order Completed", {"total": "25.005"}, (2500, "EUR")),
        ("Order Completed", {"revenue": 1200, "currency": "JPY"}, (1200, "JPY")),
        ("Order Completed", {"revenue": "1.2345", "currency": "KWD"}, (1234, "KWD")),
        ("Order Completed", {"revenue": 10, "currency": "pounds"}, (1000, "EUR")),
        ("Order Completed", {"revenue": "a lot"}, (None, None)),
        ("Order Completed", {"revenue": 1e30}, (None, None)),
        ("Order Completed", {"revenue": True}, (None, None)),
        ("Order Refunded", {"total": 25}, (-2500, "EUR")),
        ("Checkout Started", {"revenue": 25}, (None, None)),
        ("Order Updated", {"revenue": 25}, (None, None)),
        ("Product Viewed", {"value": 25, "currency": "EUR"}, (None, None)),
        ("Topped up", {"revenue": 25}, (2500, "EUR")),
        ("Topped up", {"value": 25, "currency": "EUR"}, (2500, "EUR")),
        ("Topped up", {"value": 25}, (None, None)),
    ],
)
def test_money_is_counted_once_and_in_minor_units(public: Source, event: str, properties: Any, money: Any) -> None:
    outcome = read(public, event=event, properties=properties)
    assert (outcome.amount_minor, outcome.currency) == money


def test_the_workspaces_currency_stands_in(public: Source) -> None:
    outcome = read(public, currency="JPY", context={"heartline": {"amount": 500}})
    assert (outcome.amount_minor, outcome.currency) == (500, "JPY")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-sNaN", "1e400", "", " ", "1" * 50, "٣", "0x10"])
def test_an_odd_amount_is_none_or_a_number(text: str) -> None:
    assert read_amount(text, "EUR") in {None, 300}


@pytest.mark.parametrize(
    "field", ["channel", "touchpoint", "place", "employee", "partner", "order", "product", "action"]
)
@pytest.mark.parametrize(
    "hostile", ["x" * 1_000_000, "a\x00b\r\nc\x1b[31m", "\u202egpj.exe", "\ud800", "\u2028", " \t "]
)
def test_names_are_one_clean_line_of_sane_length(public: Source, field: str, hostile: str) -> None:
    name = getattr(read_block(public, **{field: hostile}), field) or ""
    assert len(name) <= 200
    assert not re.search("[\x00-\x1f\x7f\u2028-\u202e\ud800-\udfff]", name)
    assert name == name.strip()


def test_text_keeps_its_lines_and_loses_its_controls(public: Source) -> None:
    outcome = read_block(public, text="one\n\ttwo\x00\x07\ud800 three" + "x" * 100_000)
    assert outcome.text is not None
    assert outcome.text.startswith("one\n\ttwo")
    assert "\x00" not in outcome.text
    assert len(outcome.text) == 20_000
    assert read_block(public, text=" \n ").text is None
    assert read_block(public, text={"a": 1}).text is None


def test_markup_is_kept_for_the_page_to_escape(public: Source) -> None:
    """What people wrote is theirs; escaping belongs where it is shown."""
    assert read(public, event="<script>alert(1)</script>").touchpoint == "<script>alert(1)</script>"


def test_traits_are_cleaned_and_bounded(public: Source) -> None:
    many = {f"trait {i}": i for i in range(1000)}
    outcome = read(public, type="identify", traits={"a\x00": "b\x00c", "n": None, "": 1, "deep": {"x": 1}, **many})
    assert (outcome.traits["a"], outcome.traits["deep"], len(outcome.traits)) == ("bc", {"x": 1}, 200)
    assert "n" not in outcome.traits
