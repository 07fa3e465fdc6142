"""Story 2: in the last five weeks a box that may come late is foretold to half of those who wait for it.

At dispatch a forecast says which boxes may be late; it is right about the late ones and wrong about some that come in
time. Each customer is drawn once, into told or held out, at random. Held out, 22 in a hundred ask where their order is;
told, 9. Nothing else differs.
"""

from __future__ import annotations

import numpy as np

from heartline.simulate.dates import DAY, HOUR
from heartline.simulate.ledger import MAILINGS, Block, Bools, Ints, Message, track
from heartline.simulate.stories import ASKED_HELD_OUT, ASKED_TOLD, NOTICE_AT_FULL_SIZE, REGIONS, scale_count
from heartline.simulate.subscriptions import Boxes
from heartline.simulate.trials import NOTICE_HELD, NOTICE_TOLD, TRIALS
from heartline.simulate.voices import find_theme
from heartline.simulate.world import Requests, World, name_order


def draw_notices(world: World, boxes: Boxes) -> Ints:
    """Draw the mark of each box shipped: held out, told, or 0."""
    rng, dates = world.rng("late notice"), world.dates
    fits = (boxes.due_us >= dates.notice_us) & (boxes.due_us <= dates.today_us - 2 * DAY)
    late = _take_first(boxes, fits & boxes.late)
    punctual = fits & ~boxes.late & (boxes.delivered_us > boxes.due_us) & ~np.isin(boxes.person, boxes.person[late])
    feared = _take_first(boxes, punctual)
    wanted = 2 * scale_count(NOTICE_AT_FULL_SIZE, customers=world.customers)
    chosen = rng.permutation(late)[:wanted]
    chosen = rng.permutation(np.concatenate([chosen, rng.permutation(feared)[: wanted - len(chosen)]]))
    mark = np.zeros(len(boxes.person), dtype=np.int64)
    mark[chosen] = NOTICE_HELD
    mark[chosen[: len(chosen) // 2]] = NOTICE_TOLD
    return mark


def _take_first(boxes: Boxes, rows: Bools) -> Ints:
    """The first of these boxes of each customer."""
    picked = np.flatnonzero(rows)
    picked = picked[np.argsort(boxes.due_us[picked], kind="stable")]
    _, first = np.unique(boxes.person[picked], return_index=True)
    return picked[first]


def spare(world: World, mark: Ints) -> Bools:
    """Draw which of those who would have asked about a late box need not ask, having been told."""
    luck = world.rng("late notice, spared").random(len(mark))
    spared: Bools = (luck < 1 - ASKED_TOLD / ASKED_HELD_OUT) & (mark == NOTICE_TOLD)
    return spared


def plan_notices(world: World, boxes: Boxes, mark: Ints, asked: Requests) -> None:
    """Send the notices, let those ask who feared for a box that came in time, and tell the story."""
    rng = world.rng("late notice, sent")
    told, enrolled = np.flatnonzero(mark == NOTICE_TOLD), np.flatnonzero(mark > 0)
    _write_notices(world, boxes, told, boxes.due_us[told] - (rng.uniform(4, 8, len(told)) * HOUR).astype(np.int64))
    feared = enrolled[~boxes.late[enrolled]]
    rate = np.where(mark[feared] == NOTICE_TOLD, ASKED_TOLD, ASKED_HELD_OUT)
    asks = feared[rng.random(len(feared)) < rate]
    since = boxes.due_us[asks] - 3 * HOUR
    at = since + (rng.uniform(0.2, 0.95, len(asks)) * (boxes.delivered_us[asks] - since)).astype(np.int64)
    worried = Requests(
        person=boxes.person[asks],
        at_us=at,
        theme=np.full(len(asks), find_theme("late delivery")),
        order=boxes.order[asks],
        team=np.full(len(asks), -1),
        spared=np.zeros(len(asks), dtype=np.bool_),
    )
    world.more_requests.append(worried)
    chased = ~asked.spared & (asked.theme == find_theme("late delivery"))
    about = np.concatenate([asked.order[chased], worried.order])
    world.stories["2"] = _tell(boxes, mark, about)


def _write_notices(world: World, boxes: Boxes, rows: Ints, at_us: Ints) -> None:
    users, region = world.people.user_id, world.people.region[boxes.person[rows]].tolist()
    who, orders = boxes.person[rows].tolist(), boxes.order[rows].tolist()
    promised = boxes.promised
    due = [promised[row] for row in rows.tolist()]
    trial = TRIALS[NOTICE_TOLD]

    def make(row: int) -> Message:
        heartline = {
            "channel": "Mail",
            "touchpoint": "Late notice",
            "area": "service",
            "place": REGIONS[region[row]],
            "order": name_order(orders[row]),
        }
        given = {"email_subject": "Your box may come later", "promised": due[row], **trial}
        return track("Email Delivered", heartline, user=users[who[row]], **given)

    world.ledger.write(Block(tag="notice.told", source=MAILINGS, at_us=at_us, make=make))


def _tell(boxes: Boxes, mark: Ints, about: Ints) -> dict[str, object]:
    asked = np.isin(boxes.order, about)
    arms = {"held out": mark == NOTICE_HELD, "told": mark == NOTICE_TOLD}
    return {
        "title": "Late notice",
        "cause": "Half of those whose box may come late are told before they ask",
        "where": {"touchpoint": "Late notice", "marked_at": "Dispatch note", "experiment": "late notice"},
        "asked_rate": {"held out": ASKED_HELD_OUT, "told": ASKED_TOLD},
        "counts": "whether the customer asks where this box is (contacts about its order, reason named)",
        "customers": {name: int(rows.sum()) for name, rows in arms.items()},
        "customers_at_full_size": NOTICE_AT_FULL_SIZE,
        "asked": {name: int((rows & asked).sum()) for name, rows in arms.items()},
        "late": {name: int((rows & boxes.late).sum()) for name, rows in arms.items()},
        "unmoved": "How the box went, its score and the renewal: late is late, told or not",
    }
