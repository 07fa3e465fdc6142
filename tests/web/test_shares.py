"""Sharing by link: hashed at rest, ends and is revoked, counts its views, hides small groups, names nobody."""

from __future__ import annotations

import re
import time

import pytest
from browsing import Browser
from small_company import DAY_S, a_touch, send
from sqlalchemy import text
from test_customers import HOSTILE

from heartline.app import Heartline

NOW = time.time()
FORM = {"name": "The board", "by": "place", "column": ["nps", "stars"], "days": "91", "lives": "30"}


def some_places(heartline: Heartline) -> None:
    """Eight customers in the North, five in the South, four in the West; the fifth of the South gave stars alone."""
    sent = []
    for place, n in (("North", 8), ("South", 5), ("West", 4), ("jo@example.com", 6)):
        for k in range(n):
            kind, value = ("stars", 5) if place == "South" and k == 4 else ("nps", 10 if k % 2 else 2)
            block = {"channel": "app", "place": place, "score": {"kind": kind, "value": value}}
            sent.append(a_touch(f"{place}{k}", NOW - DAY_S - k, "Courier", **block, text=f"I am {place}{k}"))
    send(heartline, sent)


def share(owner: Browser, **given: object) -> str:
    """Make a link; return its path."""
    answer = owner.post("/settings/shares", {**FORM, **given}, form="/settings/shares")
    assert answer.status_code == 200, answer.text
    found = re.search(r"(/shared/[A-Za-z0-9_-]{32})", answer.text)
    assert found
    return found[1]


def test_a_link_shows_its_columns_to_a_stranger_and_hides_small_groups(
    heartline: Heartline, owner: Browser, stranger: Browser
) -> None:
    some_places(heartline)
    path = share(owner)
    answer = stranger.get(path)
    assert answer.status_code == 200
    for words in ("North", "South", "Would recommend us", "Stars", "1 group of fewer than 5 customers is not shown."):
        assert words in answer.text, words
    for words in ("West", "Satisfied", "I am", "North0", "jo@example.com", "/customers"):
        assert words not in answer.text, words
    # Four gave a recommendation in the South and one gave stars: neither figure is shown.
    south = re.search(r"<tr>(?:(?!</tr>).)*South.*?</tr>", answer.text, re.DOTALL)
    assert south
    assert south[0].count("–") == 2
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["referrer-policy"] == "same-origin"


def test_the_token_is_hashed_and_views_are_counted(heartline: Heartline, owner: Browser, stranger: Browser) -> None:
    some_places(heartline)
    path = share(owner)
    token = path.rsplit("/", 1)[1]
    with heartline.stores.database.read() as db:
        kept = repr(db.execute(text("select * from shares")).all()) + repr(
            db.execute(text("select * from audit")).all()
        )
    assert token not in kept
    for _time in range(3):
        stranger.get(path)
    assert heartline.stores.kept.shares()[0].views == 3
    assert token not in owner.get("/settings/shares").text


def test_it_ends_and_is_revoked_and_a_guess_learns_nothing(
    heartline: Heartline, owner: Browser, stranger: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_places(heartline)
    path = share(owner, lives="7")
    with monkeypatch.context() as later:
        later.setattr("heartline.web.visit.now_us", lambda: int((NOW + 8 * DAY_S) * 1e6))
        ended = stranger.get(path)
    guessed = stranger.get(path[:-1] + ("A" if path[-1] != "A" else "B"))
    assert (ended.status_code, guessed.status_code) == (404, 404)
    assert stranger.get(path).status_code == 200
    (kept,) = heartline.stores.kept.shares()
    owner.post(f"/settings/shares/{kept.share_id}/drop", {}, form="/settings/shares")
    assert stranger.get(path).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "words"), [({"name": ""}, "A link has a name."), ({"column": ["sql"]}, "Nothing was chosen to be shown.")]
)
def test_what_cannot_be_shared_is_refused(owner: Browser, wrong: dict[str, object], words: str) -> None:
    answer = owner.post("/settings/shares", {**FORM, **wrong}, form="/settings/shares")
    assert answer.status_code == 400
    assert words in answer.text


def test_hostile_names_stay_text(heartline: Heartline, owner: Browser, stranger: Browser) -> None:
    block = {"channel": "app", "place": HOSTILE, "score": {"kind": "nps", "value": 2}}
    send(heartline, [a_touch(f"u{k}", NOW - 60, "Courier", **block) for k in range(6)])
    path = share(owner, name=HOSTILE[:80])
    assert "<script>alert" not in owner.get("/settings/shares").text
    assert "<script>alert" not in stranger.get(path).text
