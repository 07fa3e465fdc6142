"""Recall holds on to few copies of the log, and to no old log at all."""

from __future__ import annotations

import gc
import time
from typing import Any
from weakref import ref

import numpy as np
from small_company import a_company, a_touch, send

from heartline.app import open_twin
from heartline.understand import PackedLog, encode, pack
from heartline.web import let_go_of_old
from heartline.web.recall import Recall, recall_of
from heartline.web.sight import Reach, see

FIELDS = ("touchpoint", "channel", "area", "place", "partner", "employee", "product", "action")


def a_log(rows: int) -> PackedLog:
    coded = {field: encode([""] * rows) for field in FIELDS}
    ints = np.arange(rows, dtype=np.int64)
    return pack(
        customer_id=ints,
        ts_us=ints,
        seq=ints,
        codes={field: codes for field, (codes, _) in coded.items()},
        names={field: names for field, (_, names) in coded.items()},
        score_kind=np.zeros(rows, dtype=np.uint8),
        score=np.zeros(rows, dtype=np.float32),
        score_top=np.zeros(rows, dtype=np.uint8),
        amount_minor=ints,
        has_text=np.zeros(rows, dtype=np.bool_),
    )


def test_the_oldest_copies_of_the_log_go_first_and_light_answers_stay() -> None:
    recall, log = Recall(), a_log(100)
    asked: list[int] = []

    def copy(number: int) -> PackedLog:
        return recall.of(log, number, lambda: asked.append(number) or a_log(80))

    recall.of(log, "light", lambda: "kept")
    for number in range(4):
        copy(number)
    assert recall.of(log, "light", lambda: "made anew") == "kept"
    asked.clear()
    for number in (3, 2, 0):
        copy(number)
    assert asked == [0], "two copies fit into twice the log, the others went"


def test_an_old_log_is_let_go_though_its_answers_are_kept() -> None:
    recall, log = Recall(), a_log(10)
    recall.of(log, "n", lambda: 1)
    gone = ref(log.seq)
    del log
    gc.collect()
    assert gone() is None
    assert recall.of(a_log(10), "n", lambda: 2) == 2


def test_answers_of_moments_that_have_passed_do_not_pile_up() -> None:
    clock = [0.0]
    recall = Recall(clock=lambda: clock[0])
    made: list[ref[Any]] = []

    def answer() -> PackedLog:
        log = a_log(3)
        made.append(ref(log.seq))
        return log

    for minute in range(5):
        clock[0] = 60.0 * minute
        recall.of(a_log(10), ("since", minute), answer, patience_s=10)
    assert [one() is None for one in made] == [True, True, True, True, False]


def test_an_answer_that_holds_its_own_log_is_let_go_once_that_log_is_old_and_its_time_is_over() -> None:
    now = [0.0]
    recall, old, newest = Recall(clock=lambda: now[0]), a_log(10), a_log(12)
    part = a_log(6)
    recall.of(old, "runs", [old].pop, patience_s=5)
    recall.of(newest, "part", lambda: part, patience_s=5)
    recall.of(part, "figures of the part", lambda: 1)
    recall.soon(old, "pains", lambda: "found", patience_s=60, wait_s=5)
    gone = ref(old.seq)
    recall.let_go([newest])
    assert gone() is old.seq, "it may be served for some seconds yet"
    now[0] = 6.0
    recall.let_go([newest])
    assert recall.soon(newest, "pains", lambda: "found anew", patience_s=60) == "found", (
        "however old, until there is more"
    )
    del old
    gc.collect()
    assert gone() is None
    asked: list[str] = []
    recall.of(newest, "part", lambda: asked.append("part") or part)
    recall.of(part, "figures of the part", lambda: asked.append("figures") or 1)
    assert asked == []


def test_old_logs_are_let_go_of_through_every_reach() -> None:
    with open_twin() as heartline:
        a_company(heartline, seed=2, customers=12)
        for reach in (Reach(personal=False), Reach(places=frozenset({"North"}))):
            narrow = see(heartline, reach)
            log = narrow.log()
            recall_of(narrow).of(log, "all of it", [log].pop)
            gone = ref(log.seq)
            let_go_of_old()
            assert gone() is not None, "it is the newest"
            assert recall_of(narrow).of(narrow.log(), "all of it", lambda: None) is log
            del log
            send(heartline, [a_touch(f"new{len(str(reach))}", time.time() - 60, "Courier", place="North")])
            narrow.log()
            let_go_of_old()
            gc.collect()
            assert gone() is None
