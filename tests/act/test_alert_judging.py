"""Alerts judged: planted falls are found, noise is not, and chat rooms get words that call nobody."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from heartline.act import LOOK_US, Look, look_at, space_firings, try_alert, write_shaped
from heartline.act.alerts import ask
from heartline.records import Alert, Metric
from heartline.understand import PackedLog, answer, pack

DAY_US = 86_400_000_000
NOW = 20_000 * DAY_US
ALERT = Alert(alert_id=1, name="NPS", measure="nps", bound=0.0)


def scored(scores: np.ndarray, ts_us: np.ndarray, customers: np.ndarray | None = None) -> PackedLog:
    n = len(scores)
    blank = np.zeros(n, dtype=np.uint8)
    fields = ("touchpoint", "channel", "area", "place", "partner", "employee", "product", "action")
    return pack(
        customer_id=np.arange(n) if customers is None else customers,
        ts_us=ts_us.astype(np.int64),
        seq=np.arange(n),
        codes=dict.fromkeys(fields, blank),
        names=dict.fromkeys(fields, ("",)),
        score_kind=np.ones(n, dtype=np.uint8),
        score=scores.astype(np.float32),
        score_top=np.full(n, 10, dtype=np.uint8),
        amount_minor=np.zeros(n, dtype=np.int64),
        has_text=blank > 0,
    )


def noise(draw: np.random.Generator, *, n: int = 1_300, nps: float = 0.0) -> PackedLog:
    """Answers of 37 days whose true NPS is ``nps``: as many promoters as detractors at 0."""
    up = (0.7 + nps) / 2
    scores = draw.choice([10, 3, 7], size=n, p=[up, 0.7 - up, 0.3])
    return scored(scores, NOW - draw.random(n) * 37 * DAY_US)


def test_where_the_truth_lies_on_the_bound_few_months_have_a_false_alarm() -> None:
    """60 months of noise: about 2 are expected, and more than 7 would come by chance less than once in 500 tests."""
    draw = np.random.default_rng(7)
    assert sum(bool(try_alert(noise(draw), ALERT, now_us=NOW)) for _month in range(60)) <= 7


def test_far_from_the_bound_nothing_ever_fires() -> None:
    draw = np.random.default_rng(8)
    assert not any(try_alert(noise(draw, nps=0.3), ALERT, now_us=NOW) for _month in range(20))


def test_a_planted_fall_fires_within_two_days_and_then_once_a_cooldown() -> None:
    draw = np.random.default_rng(9)
    log = noise(draw, n=4_000, nps=0.35)
    fell = log.ts_us > NOW - 6 * DAY_US
    log = replace(log, score=np.where(fell, 2, log.score).astype(np.float32))
    looks = try_alert(log, replace(ALERT, window_days=2), now_us=NOW)
    assert NOW - 6 * DAY_US < looks[0].at_us <= NOW - 4 * DAY_US
    gaps = np.diff([look.at_us for look in looks])
    assert (gaps >= DAY_US).all()
    assert len(try_alert(log, replace(ALERT, window_days=2, cooldown_days=10), now_us=NOW)) == 1


def test_a_look_is_the_tiles_own_figure_over_its_window() -> None:
    log = noise(np.random.default_rng(3))
    (look,) = look_at(log, ALERT, [NOW])
    tile = answer(log, ask(ALERT, from_us=NOW - 7 * DAY_US, to_us=NOW))
    assert (look.metric.value, look.metric.n, look.metric.customers) == (tile.value, tile.n, tile.customers)
    assert look.metric.low is not None
    assert tile.low is not None
    assert look.metric.low < tile.low


def test_too_few_answers_never_fire_whatever_they_say() -> None:
    log = scored(np.zeros(49), NOW - np.arange(49) * 1_000_000 - 1)
    assert not look_at(log, ALERT, [NOW])[0].fires
    assert look_at(log, replace(ALERT, least_n=49), [NOW])[0].fires
    assert not look_at(scored(np.zeros(0), np.zeros(0)), ALERT, [NOW])[0].fires


def test_many_answers_of_one_customer_are_one_customer() -> None:
    scores, times = np.zeros(200), NOW - np.arange(200) * 1_000_000 - 1
    assert not look_at(scored(scores, times, np.zeros(200, dtype=np.int64)), ALERT, [NOW])[0].fires
    assert look_at(scored(scores, times), ALERT, [NOW])[0].fires


def test_the_cooldown_runs_from_the_last_firing() -> None:
    metric = Metric(name="nps", value=0, low=0, high=0, n=1, customers=1, method="")
    looks = [Look(at_us=n * LOOK_US, metric=metric, fires=True) for n in range(20)]
    assert [look.at_us // LOOK_US for look in space_firings(looks, ALERT)] == [0, 8, 16]
    assert [look.at_us // LOOK_US for look in space_firings(looks, ALERT, fired_us=3 * LOOK_US)] == [11, 19]


def test_slack_and_teams_get_their_shapes_and_nobody_is_called() -> None:
    told = {
        "title": "An alert fired: <!channel> & co",
        "text": "see [x](http://evil) *now*",
        "link": "https://h.example/alerts/1",
    }
    slack = json.loads(write_shaped("slack", **told))
    assert slack == {
        "text": "*An alert fired: &lt;!channel&gt; &amp; co*\nsee [x](http://evil) ∗now∗\n<https://h.example/alerts/1>"
    }
    teams = json.loads(write_shaped("teams", **told))
    (attachment,) = teams["attachments"]
    assert (teams["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.2")
    assert card["body"][1]["text"] == r"see \[x\]\(http://evil\) \*now\*"
    assert card["actions"][0]["url"] == told["link"]
    with pytest.raises(ValueError, match="fax"):
        write_shaped("fax", **told)
