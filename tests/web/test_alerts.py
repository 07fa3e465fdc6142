"""Alerts over a running installation: looked at every three hours, told once to the owner, then to the deputy."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace

import pytest
from browsing import Browser, a_user
from small_company import DAY_S, a_touch, send
from test_customers import HOSTILE

from heartline.act import LOOK_US, last_look
from heartline.app import Heartline
from heartline.records import Alert, Bounds, Delivery, DeliveryState, Happening, LetterKind, Role
from heartline.web.alert_rounds import go_round_alerts
from heartline.web.happenings import keep_shape, write_message

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
FORM = {
    "name": "Unhappy",
    "measure": "nps",
    "way": "below",
    "bound": "0",
    "owner": "Owner",
    "by_mail": "1",
    "act": "keep",
}


@pytest.fixture
def noon_us() -> int:
    """The last look at a decent hour of the workspace (UTC), yesterday at noon."""
    now_us = time.time_ns() // 1_000
    return now_us - now_us % DAY_US - DAY_US + 12 * HOUR_US


def answers(heartline: Heartline, noon_us: int, *, scores: tuple[int, ...] = (2,), n: int = 80) -> None:
    """Some customers give scores in the days before a noon."""
    draw = random.Random(5)
    block = {"channel": "app", "place": "North"}
    send(
        heartline,
        [
            a_touch(f"u{k}", noon_us / 1e6 - draw.uniform(0.1, 5) * DAY_S, "Courier", **block, score=score)
            for k in range(n)
            for score in [{"kind": "nps", "value": draw.choice(scores)}]
        ],
    )


def an_alert(heartline: Heartline, **given: object) -> Alert:
    made = Alert(alert_id=0, name="Unhappy", measure="nps", bound=0.0, owner="Owner")
    return heartline.stores.kept.add_alert(replace(made, **given))  # type: ignore[arg-type]


def mails(heartline: Heartline) -> list[tuple[str, str]]:
    kept = heartline.stores.kept.letters(limit=99)
    assert all(one.letter.kind is LetterKind.ALERT for one in kept)
    return [(one.letter.to, one.letter.text) for one in kept]


def test_a_fall_tells_its_owner_once_and_says_why(heartline: Heartline, noon_us: int) -> None:
    a_user(heartline)
    kept = heartline.stores.kept
    endpoint = kept.add_endpoint(url="https://h.example", events=[Happening.ALERT_FIRED], secret="whsec_x")
    alert = an_alert(heartline)
    answers(heartline, noon_us)
    assert go_round_alerts(heartline, now_us=noon_us + 60_000_000) == 1
    assert go_round_alerts(heartline, now_us=noon_us + 120_000_000) == 0
    assert go_round_alerts(heartline, now_us=noon_us + LOOK_US) == 0
    ((to, text),) = mails(heartline)
    assert to == "owner@example.com"
    assert "−100 (" in text
    assert "n 80) in the last 7 days: reliably below 0." in text
    assert f"/alerts/{alert.alert_id}" in text
    (delivery,) = kept.deliveries(endpoint.endpoint_id, limit=9)
    told = json.loads(delivery.data)
    assert (told["value"], told["n"], told["bound"]) == (-100, 80, 0)
    assert kept.firings(limit=9)[0].look_us == noon_us == last_look(noon_us)


def test_a_death_after_the_letter_tells_nobody_twice(
    heartline: Heartline, noon_us: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_user(heartline)
    an_alert(heartline)
    answers(heartline, noon_us)
    with monkeypatch.context() as broken:
        broken.setattr(type(heartline.stores.kept), "note_told", _die)
        with pytest.raises(RuntimeError):
            go_round_alerts(heartline, now_us=noon_us)
    assert go_round_alerts(heartline, now_us=noon_us + 60_000_000) == 0
    assert len(mails(heartline)) == 1
    assert heartline.stores.kept.firings(limit=9)[0].told_us


def _die(*_args: object, **_given: object) -> None:
    raise RuntimeError


def test_alerts_of_one_cause_are_told_once_a_day_and_several_of_a_look_in_one_letter(
    heartline: Heartline, noon_us: int
) -> None:
    a_user(heartline)
    an_alert(heartline)
    an_alert(heartline, name="Again", bound=10.0)
    an_alert(heartline, name="In the North", field="place", value="North")
    answers(heartline, noon_us)
    assert go_round_alerts(heartline, now_us=noon_us) == 3
    ((_to, text),) = mails(heartline)
    assert "In the North" in text
    assert "Again" not in text
    assert sum(one.grouped for one in heartline.stores.kept.firings(limit=9)) == 1


def test_at_night_nobody_is_told_and_in_the_morning_they_are(heartline: Heartline, noon_us: int) -> None:
    a_user(heartline)
    an_alert(heartline)
    answers(heartline, noon_us)
    night_us = noon_us + 15 * HOUR_US
    assert go_round_alerts(heartline, now_us=night_us) == 1
    assert not mails(heartline)
    go_round_alerts(heartline, now_us=night_us + 7 * HOUR_US)
    assert len(mails(heartline)) == 1


def test_unanswered_it_goes_to_the_deputy_once_and_seen_it_does_not(heartline: Heartline, noon_us: int) -> None:
    a_user(heartline)
    a_user(heartline, role=Role.AGENT, email="nora@example.com")
    alert = an_alert(heartline, deputy="Nora", escalate_hours=2, cooldown_days=90)
    an_alert(heartline, name="Seen", deputy="Nora", escalate_hours=2, field="place", value="North", cooldown_days=90)
    answers(heartline, noon_us)
    kept = heartline.stores.kept
    go_round_alerts(heartline, now_us=noon_us)
    seen = next(one for one in kept.firings(limit=9) if one.alert_id != alert.alert_id)
    kept.note_seen(seen.firing_id, by="Owner", now_us=noon_us)
    for minutes in (60, 121, 122, 200):
        go_round_alerts(heartline, now_us=noon_us + minutes * 60_000_000)
    told = [text for to, text in mails(heartline) if to == "nora@example.com"]
    assert len(told) == 1
    assert "Nobody has looked at this yet" in told[0]


def test_an_alert_that_rests_or_is_off_does_not_look(heartline: Heartline, noon_us: int) -> None:
    an_alert(heartline, enabled=False)
    an_alert(heartline, snoozed_us=noon_us + 1)
    answers(heartline, noon_us)
    assert go_round_alerts(heartline, now_us=noon_us) == 0


def test_an_alert_is_made_tried_seen_and_forgotten(heartline: Heartline, owner: Browser, noon_us: int) -> None:
    assert "No figure is watched yet." in owner.get("/alerts").text
    answers(heartline, noon_us)
    tried = owner.post("/alerts", {**FORM, "act": "try"}, form="/alerts/new").text
    assert "Would have fired" in tried
    assert not heartline.stores.kept.alerts()
    assert owner.post("/alerts", FORM, form="/alerts/new").status_code == 303
    (alert,) = heartline.stores.kept.alerts()
    path = f"/alerts/{alert.alert_id}"
    heartline.stores.kept.set_alert(replace(alert, looked_us=0))
    go_round_alerts(heartline, now_us=noon_us)
    assert "1 alarm nobody has looked at" in owner.get("/alerts").text
    assert 'aria-label="1 alarm nobody has looked at"' in owner.get("/settings").text
    (firing,) = heartline.stores.kept.firings(limit=9)
    assert owner.post(f"{path}/firings/{firing.firing_id}", {}, form="/alerts").status_code == 303
    assert "No alarm waits" in owner.get("/alerts").text
    assert "nobody has looked at" not in owner.get("/settings").text
    for act, words in (("snooze", "Rests until"), ("wake", ">On<"), ("off", ">Off<")):
        owner.post(f"{path}/standing", {"act": act}, form=path)
        assert words in owner.get(path).text.replace("</svg>On", ">On<"), act
    owner.post(f"{path}/drop", {}, form=path)
    assert not heartline.stores.kept.alerts()


def test_what_stands_behind_a_figure_leads_to_an_alert_on_it(
    heartline: Heartline, owner: Browser, noon_us: int
) -> None:
    answers(heartline, noon_us)
    text = owner.get("/answers?measure=nps&at=t%3DCourier&where=place%3DNorth&range=all").text
    assert "/alerts/new?measure=nps&amp;touchpoint=Courier&amp;where=place%3DNorth" in text
    form = owner.get("/alerts/new?measure=nps&touchpoint=Courier&where=place%3DNorth").text
    for chosen in ('value="nps" selected', 'value="Courier" selected', 'value="place=North" selected'):
        assert chosen in form, chosen
    assert "Would have fired" in form


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "An alert has a name."),
        ({"bound": "101"}, "A bound lies on the score&#39;s own scale."),
        ({"bound": "nan"}, "A bound lies on the score&#39;s own scale."),
        ({"measure": "touches"}, "There is no such score."),
        ({"least_n": "9"}, "is no number that fits here"),
        ({"owner": "Mallory"}, "Nobody here has that name."),
    ],
)
def test_what_cannot_be_an_alert_is_refused(owner: Browser, wrong: dict[str, str], words: str) -> None:
    answer = owner.post("/alerts", {**FORM, **wrong}, form="/alerts/new")
    assert answer.status_code == 400
    assert words in answer.text


def test_hostile_names_stay_text_and_a_bound_reader_sees_no_alert_of_the_company(
    heartline: Heartline, owner: Browser, noon_us: int
) -> None:
    answers(heartline, noon_us)
    alert = an_alert(heartline, name=HOSTILE, touchpoint=HOSTILE)
    for path in ("/alerts", f"/alerts/{alert.alert_id}"):
        assert "<script>alert" not in owner.get(path).text
    nora = a_user(heartline, role=Role.AGENT, email="nora@example.com")
    heartline.stores.kept.set_bounds(nora.user_id, Bounds(places=("North",)))
    with Browser(heartline) as browser:
        browser.sign_in(nora)
        assert "No figure is watched yet." in browser.get("/alerts").text
        assert browser.get(f"/alerts/{alert.alert_id}").status_code == 404


def test_a_webhook_is_told_in_the_shape_it_asks_for(heartline: Heartline) -> None:
    data = json.dumps({"name": "<!here>", "text": "It fell.", "path": "/alerts/1"})
    delivery = Delivery(
        delivery_id=1,
        endpoint_id=4,
        message_id="m",
        kind=Happening.ALERT_FIRED,
        subject="",
        data=data,
        at_us=0,
        due_us=0,
        state=DeliveryState.WAITING,
    )
    assert json.loads(write_message(heartline, delivery))["type"] == "alert.fired"
    keep_shape(heartline, 4, "slack")
    told = json.loads(write_message(heartline, delivery))["text"]
    assert told.startswith("*An alert fired: &lt;!here&gt;*\nIt fell.\n<http")
    assert told.endswith("/alerts/1>")
    keep_shape(heartline, 4, "teams")
    assert json.loads(write_message(heartline, delivery))["type"] == "message"
