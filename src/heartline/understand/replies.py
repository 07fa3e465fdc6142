"""Reply state: which reviews the company answered, and how long that took."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heartline.records import Metric
from heartline.understand.intervals import report_metrics
from heartline.understand.log import Ints, PackedLog
from heartline.understand.samples import Scale, gather
from heartline.understand.waits import Wait, measure_wait


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyState:
    """``answered`` is the share of reviews with a reply, ``wait`` how long it took, ``open_rows`` the rows without."""

    answered: Metric
    wait: Wait
    open_rows: Ints


def match_replies(log: PackedLog, reviews: Ints, replies: Ints) -> ReplyState:
    """Match replies to reviews, both rows of the log: a reply is to the latest open review of the same customer.

    Rows are in the log's order, by customer and time; a review and its reply at one time come as they were sent.
    """
    at = np.full(len(log), -1, dtype=np.int64)
    at[reviews] = np.arange(len(reviews))
    answered_us = np.full(len(reviews), -1, dtype=np.int64)
    waiting: list[int] = []
    whose = -1
    is_reply = np.zeros(len(log), dtype=np.bool_)
    is_reply[replies] = True
    for row in np.union1d(reviews, replies).tolist():
        if log.row[row] != whose:
            whose, waiting = int(log.row[row]), []
        if at[row] >= 0:
            waiting.append(int(at[row]))
        elif is_reply[row] and waiting:
            answered_us[waiting.pop()] = log.ts_us[row]
    done = answered_us >= 0
    customer = log.row[reviews].astype(np.int64)
    waits = (answered_us[done] - log.ts_us[reviews][done]).astype(np.float64)
    share = report_metrics(gather(done.astype(np.float64), customer, scale=Scale.SHARE), "reviews_answered")[0]
    return ReplyState(answered=share, wait=measure_wait(waits, customer[done]), open_rows=reviews[~done])
