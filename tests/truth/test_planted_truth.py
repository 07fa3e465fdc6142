"""Over twenty companies, each another seed, day, hour and season: what was planted is found, and nothing else.

``make truth`` runs all twenty; the ordinary suite runs one small company. Each seed is one test that fills one company
and checks every story in it. Rates need all seeds: each test writes what it measured into a folder of the run, and
whichever finishes last judges them together.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from math import comb
from pathlib import Path
from typing import Any

import pytest
from companies import MINUTE, Company, live
from painful import look_at_pains
from people import Belonging, check_identities, check_mei, match_owners
from stories import (
    ARROWS,
    Measured,
    Opened,
    count_burnt,
    count_mill_lane,
    list_drivers,
    list_mill_lane,
    measure_happy_leavers,
    measure_order_ahead,
    open_home,
)

from heartline.records import Verdict
from heartline.understand import ALARM_RATE, Findings

SEEDS = range(1, 21)
NOMINAL = 0.95


def count_least(n: int, *, share: float = NOMINAL, chance: float = 0.02) -> int:
    """Return the fewest hits of ``n`` that a true rate of ``share`` undercuts with at most this ``chance``."""
    below = 0.0
    for hits in range(n + 1):
        below += comb(n, hits) * share**hits * (1 - share) ** (n - hits)
        if below > chance:
            return hits
    return n


def test_count_least_is_the_binomial_s() -> None:
    assert count_least(20) == 17  # P(X < 17) = 0.016, P(X < 18) = 0.075 at X ~ B(20, 0.95)
    assert count_least(1) == 0
    assert count_least(240, chance=0.001) == 216


def test_a_merge_a_split_a_late_handover_and_a_stranger_are_noticed() -> None:
    tablet, mei, jonas, order = ("anonymous_id", "t"), ("user_id", "mei"), ("user_id", "jonas"), ("external", "o")
    truth = Belonging(turns={tablet: [(0, 5, 1), (5, 9, 2)], mei: [(0, 9, 1)], jonas: [(0, 9, 2)], order: [(0, 9, 2)]})
    right = {tablet: [(0, 5, 70), (5, 9, 80)], mei: [(0, 9, 70)], jonas: [(0, 9, 80)], order: [(0, 9, 80)]}
    assert match_owners(truth, Belonging(turns=right)) == ({1: 70, 2: 80}, [])
    wrong: dict[str, dict[tuple[str, str], list[tuple[int, int, int]]]] = {
        "is two": {**right, jonas: [(0, 9, 70)]},
        "is split": {**right, order: [(0, 9, 90)]},
        "in State": {**right, tablet: [(0, 6, 70), (6, 9, 80)]},
        "never seen": {key: turns for key, turns in right.items() if key != order},
        "nobody's": {**right, ("email", "e"): [(0, 9, 70)]},
    }
    for said, turns in wrong.items():
        assert any(said in complaint for complaint in match_owners(truth, Belonging(turns=turns))[1]), said


@pytest.fixture
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "planted"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.truth
@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_planted_is_found(seed: int, tmp_path: Path, notes: Path) -> None:
    with live(seed, tmp_path / "data") as company:
        note = check_company(company)
    path = notes / f"{seed}.json"
    path.with_suffix(".part").write_text(json.dumps(note), encoding="utf-8")
    path.with_suffix(".part").replace(path)
    told = [json.loads(one.read_text(encoding="utf-8")) for one in sorted(notes.glob("*.json"))]
    if len(told) == len(SEEDS):
        judge_all(told)


def test_what_was_planted_is_found_in_one_small_company(tmp_path: Path) -> None:
    with live(1, tmp_path / "data", customers=1_500) as company:
        note = check_company(company)
    assert note["rank"] == 1, note["headline"]
    assert note["loss"]["low"] <= note["loss"]["planted"] <= note["loss"]["high"]
    assert note["drivers"][0] == "−place North", note["drivers"]
    assert all("place" in one for one in note["drivers"]), note["drivers"]
    pains = note["pains"]
    assert pains["courier"] == 1, pains
    assert pains["courier_days"] <= 3, pains
    assert 1 <= pains["pickup"] <= 5, pains
    assert pains["pickup_days"] <= 3, pains
    assert not pains["decoys"], pains
    assert pains["promised"], pains
    assert pains["promise_held"], pains
    assert not pains["alarms"], pains
    assert pains["money"]["low"] <= pains["money"]["planted"] <= pains["money"]["high"], pains


def check_company(company: Company) -> dict[str, Any]:
    """Hold one company to what must be so in every one; return what can only be judged over all."""
    sent, account = company.truth["counts"], company.account()
    assert account.balanced
    assert account.received == sent["messages"]
    assert (account.duplicate, account.refused) == (sent["sent_twice"], sent["broken"])
    assert len(company.log) == sent["interactions"]
    assert len(company.heartline.stores.history.of_rivals(limit=10**6)) == sent["said_of_rivals"]
    customer_of, wrong = check_identities(company)
    assert not wrong, wrong[:5]
    assert not check_mei(company)
    opened, findings = open_home(company)
    assert not opened.blamed
    mill_lane = check_mill_lane(company, findings)
    check_burnt(company)
    measured = measure_order_ahead(company) + measure_happy_leavers(company, customer_of)
    return note_down(company, opened, mill_lane, measured) | {
        "pains": asdict(look_at_pains(company)),
        "drivers": list_drivers(company),
    }


def check_mill_lane(company: Company, findings: Findings) -> dict[str, Verdict]:
    """Story 11: 31 answers on each side, a rebound in the raw numbers, and no arrow anywhere."""
    assert count_mill_lane(company) == (31, 31)
    told = company.truth["stories"]["11"]["mill_lane"]
    assert 12 <= told["raw_now"] - told["raw_before"] <= 28
    verdicts = list_mill_lane(company, findings)
    assert {"difference", "scores, filtered"} <= verdicts.keys()
    assert not ARROWS & set(verdicts.values()), verdicts
    return verdicts


def check_burnt(company: Company) -> None:
    """Story 6: sixty-one complaints in forty-five minutes, where a handful is normal."""
    of_lot, then, usual = count_burnt(company)
    story = company.truth["stories"]["6"]
    assert (of_lot, story["minutes"]) == (61, 45)
    assert company.moment("burnt_lot") % (24 * 60 * MINUTE) == (10 * 60 + 5) * MINUTE
    assert then >= of_lot
    assert then >= 5 * max(usual, 1)


def note_down(
    company: Company, opened: Opened, mill_lane: dict[str, Verdict], measured: list[Measured]
) -> dict[str, Any]:
    return {
        "seed": company.truth["seed"],
        "headline": opened.headline,
        "rank": opened.rank,
        "loss": None if opened.loss is None else asdict(opened.loss),
        "others": opened.others,
        "mill_lane": {name: verdict.value for name, verdict in mill_lane.items()},
        "measured": [asdict(one) for one in measured],
    }


def judge_all(told: list[dict[str, Any]]) -> None:
    """Judge the rates over twenty companies.

    Story 1 opens Home in at least 19. Its planted loss lies in the 95 % interval shown in at least 17 of 20: at the
    nominal rate fewer than 17 would be met with a chance of 1.6 % (fewer than 18 with 7.5 %); ``test_coverage`` holds
    the rate itself over many more. Stories 3 and 5 have twelve planted numbers each time, so 240 intervals, of which at
    the nominal rate fewer than 216 are met with a chance under 0.1 %. What Home says beside story 1 is planted nowhere:
    its budget allows one false finding in twenty, so among at least 20 findings more than four would be too many (P < 1
    % at a Poisson mean of 1). What goes most with recommending is the North in at least 19, and what is no place
    goes with it on no more pages than one budget of 5 % each allows (more than four of 20: P < 1 %). What the pain
    list must show is in ``judge_pains``.
    """
    judge_pains([one["pains"] for one in told])
    table = "\n".join(f"{one['seed']:>3} {one['rank']} {one['headline']} {one['loss']}" for one in told)
    assert sum(one["rank"] == 1 for one in told) >= 19, table
    losses = [one["loss"] for one in told if one["loss"]]
    assert sum(loss["low"] <= loss["planted"] <= loss["high"] for loss in losses) >= count_least(len(told)), table
    intervals = [(m["name"], m["low"] <= m["planted"] <= m["high"]) for one in told for m in one["measured"]]
    missed = sorted(name for name, covered in intervals if not covered)
    assert len(intervals) == 12 * len(told)
    assert len(intervals) - len(missed) >= count_least(len(intervals), chance=0.001), missed
    drivers = [one["drivers"] for one in told]
    assert sum(some[:1] == ["−place North"] for some in drivers) >= 19, drivers
    assert sum(any("place" not in one for one in some) for some in drivers) <= 4, drivers
    others = [other for one in told for other in one["others"]]
    assert len(others) <= 4, others


def judge_pains(told: list[dict[str, Any]]) -> None:
    """Judge the pain list over twenty companies: story 1 is first and story 3 among the first five in at least 19, both
    dated within three days there; no decoy is among the first ten of any; story 5 is on the contradictions card in at
    least 19, so are the broken promise among its signs and the messenger of story 10; the two answers of story 12 stand
    there in each. The days of the step of broken promises hold the planted one. Measures in which nothing was planted
    raise alarms at the stated rate (an exact binomial bound). The range of money holds the planted one at its rate (17
    of 20, as above).
    """
    table = "\n".join(str(one) for one in told)
    assert sum(one["courier"] == 1 and one["courier_days"] <= 3 for one in told) >= 19, table
    assert sum(1 <= one["pickup"] <= 5 and one["pickup_days"] <= 3 for one in told) >= 19, table
    assert not any(one["decoys"] for one in told), table
    for found in ("leavers", "promised", "unserved"):
        assert sum(one[found] for one in told) >= 19, (found, table)
    assert all(one["answered"] for one in told), table
    # The set of days is a 99 % one; fewer than 18 of 20 would be met with a chance of 0.1 %.
    assert sum(one["promise_held"] for one in told) >= 18, table
    quiet, alarms = sum(one["quiet"] for one in told), [alarm for one in told for alarm in one["alarms"]]
    assert quiet >= 4 * len(told)
    assert quiet - len(alarms) >= count_least(quiet, share=1 - ALARM_RATE, chance=0.002), alarms
    money = [one["money"] for one in told if one["money"]]
    assert sum(one["low"] <= one["planted"] <= one["high"] for one in money) >= count_least(len(told)), table
