"""A replay: one run of one customer moment by moment, with its waits beside what is usual, and what came after."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from heartline.errors import Missing
from heartline.language import _
from heartline.records import Journey, Profile
from heartline.store import Entry
from heartline.understand import (
    EVERYTHING,
    Ints,
    PackedRuns,
    RunState,
    Wait,
    find_usual,
    mask_personal,
    say_stage,
)
from heartline.web.charts.life import Felt, LifeGiven
from heartline.web.exports import Cell
from heartline.web.itinerary import find_journey
from heartline.web.lives import Moment, fold, lay_lanes, read_entries, score_of
from heartline.web.mapping import open_runs
from heartline.web.parts.words import iso, moment, say_score
from heartline.web.promises import Promise, read_promise
from heartline.web.recall import recall_of
from heartline.web.visit import Visit

SHOWN: Final = 300
"""So many moments of a run are shown; the file has all."""
AFTER: Final = 5
FEWEST: Final = 30
"""With fewer customers who took a step there is nothing to call usual."""
_DAY_US: Final = 86_400_000_000
COLUMNS: Final = (
    "moment", "time", "stage", "touchpoint", "channel", "place", "partner", "action", "wait_seconds",
    "usual_seconds", "usual_low", "usual_high", "usual_n", "score_kind", "score", "score_top", "feeling", "comment",
    "promised_seconds", "took_seconds", "promised_day", "late", "interaction",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One moment of a run. ``wait_us`` since the moment before and ``usual`` of all runs for that step; None at the
    first, and where too few took it. ``meanwhile`` happened in between and is no part of the journey.
    """

    number: int
    entry: Entry
    stage: str
    wait_us: int | None
    usual: Wait | None
    promise: Promise | None
    meanwhile: tuple[Moment, ...]
    asked: bool

    @property
    def long(self) -> bool:
        """Whether nine of ten took less time for this step."""
        usual = self.usual
        if usual is None or usual.p90_us is None or usual.customers < FEWEST or self.wait_us is None:
            return False
        return self.wait_us > usual.p90_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A run. ``number`` of ``runs`` counts this customer's runs of the journey; ``earlier`` and ``later`` are seqs in
    the runs beside it. ``after`` is what happened next, ``bought`` the first payment after it.
    """

    profile: Profile
    journey: Journey
    number: int
    runs: int
    state: RunState
    steps: tuple[Step, ...]
    moments: int
    given: LifeGiven
    after: tuple[Moment, ...]
    bought: Entry | None
    earlier: int | None
    later: int | None

    @property
    def first_us(self) -> int:
        """When the run began."""
        return self.steps[0].entry.ts_us

    @property
    def last_us(self) -> int:
        """When the last moment shown was."""
        return self.steps[-1].entry.ts_us


def read_replay(visit: Visit, profile: Profile, journey_id: str, *, most: int | None = SHOWN) -> Replay:
    """Read the run that ``run=`` (the seq of any of its touches) asks for, or the customer's latest of this journey.

    Raises:
        Missing: there is no such journey, they never began it, or the touch is part of none of their runs.
    """
    journey = find_journey(visit, journey_id)
    runs = open_runs(visit.heartline, visit.whole_log, journey, EVERYTHING, now_us=visit.now_us)
    theirs = _runs_of(runs, profile.customer_id)
    asked = _read_seq(visit.query)
    place = _choose(runs, theirs, asked)
    run = int(theirs[place])
    rows = runs.rows[runs.offsets[run] : runs.offsets[run + 1]]
    shown = rows if most is None else rows[:most]
    entries = visit.heartline.stores.history.entries([int(seq) for seq in runs.log.seq[shown]])
    if not entries:
        raise _no_run()
    around = [entry for entry in reversed(read_entries(visit.heartline, profile.customer_id)) if entry.touch]
    inside = {int(seq) for seq in runs.log.seq[rows]}
    beside = [entry for entry in around if entry.seq not in inside]
    last = (int(runs.log.ts_us[rows[-1]]), int(runs.log.seq[rows[-1]]))
    after = [entry for entry in beside if (entry.ts_us, entry.seq) > last]
    return Replay(
        profile=profile,
        journey=journey,
        number=place + 1,
        runs=len(theirs),
        state=RunState(int(runs.state[run])),
        steps=_make_steps(visit, runs, entries, beside, asked=asked),
        moments=len(rows),
        given=_give(entries, visit.zone),
        after=tuple(fold(after)[:AFTER]),
        bought=next((entry for entry in after if (entry.amount_minor or 0) > 0), None),
        earlier=_first_seq(runs, theirs, place - 1),
        later=_first_seq(runs, theirs, place + 1),
    )


def _runs_of(runs: PackedRuns, customer_id: int) -> Ints:
    place = int(np.searchsorted(runs.log.customers, customer_id))
    if place == len(runs.log.customers) or runs.log.customers[place] != customer_id:
        raise _no_run()
    theirs = np.flatnonzero(runs.customer == place)
    if not len(theirs):
        raise _no_run()
    return theirs


def _no_run() -> Missing:
    return Missing("no_run", _("They never went this way."), _("See where they are on their own page."))


def _read_seq(query: Mapping[str, str]) -> int | None:
    text = query.get("run", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _choose(runs: PackedRuns, theirs: Ints, asked: int | None) -> int:
    if asked is None:
        return len(theirs) - 1
    for place, run in enumerate(theirs.tolist()):
        if asked in runs.log.seq[runs.rows[runs.offsets[run] : runs.offsets[run + 1]]]:
            return place
    raise Missing("no_run", _("This touch is part of no run of the journey."), _("Open their latest run."))


def _first_seq(runs: PackedRuns, theirs: Ints, place: int) -> int | None:
    return int(runs.log.seq[runs.first[theirs[place]]]) if 0 <= place < len(theirs) else None


def _make_steps(
    visit: Visit, runs: PackedRuns, entries: Sequence[Entry], beside: Sequence[Entry], *, asked: int | None
) -> tuple[Step, ...]:
    pairs = tuple((one.touchpoint, two.touchpoint) for one, two in pairwise(entries))
    key = ("usual", runs.journey, frozenset(pairs))
    usual = recall_of(visit.heartline).of(visit.whole_log, key, lambda: find_usual(runs, pairs), patience_s=60)
    stage_of = {name: stage.name for stage in reversed(runs.journey.stages) for name in stage.touchpoints}
    times = [(one.ts_us, one.seq) for one in beside]
    steps = []
    for place, entry in enumerate(entries):
        before = entries[place - 1] if place else None
        here = bisect_left(times, (entry.ts_us, entry.seq))
        since = here if before is None else bisect_right(times, (before.ts_us, before.seq))
        steps.append(
            Step(
                number=place + 1,
                entry=entry,
                stage=say_stage(stage_of.get(entry.touchpoint, "")),
                wait_us=None if before is None else entry.ts_us - before.ts_us,
                usual=None if before is None else usual.get((before.touchpoint, entry.touchpoint)),
                promise=read_promise(entry.properties),
                meanwhile=tuple(fold(beside[since:here])),
                asked=entry.seq == asked,
            )
        )
    return tuple(steps)


def _give(entries: Sequence[Entry], zone: str) -> LifeGiven:
    """The line of feeling of a run: a point a score, at its own time, each leading to its moment."""
    felt = []
    for number, entry in enumerate(entries, start=1):
        score = score_of(entry)
        if score is not None:
            words = f"{moment(entry.ts_us, zone)}: {say_score(score)}, {entry.touchpoint or entry.channel}"
            felt.append(
                Felt(
                    ts_us=entry.ts_us,
                    value=score.valence,
                    label=entry.touchpoint or entry.channel or say_score(score),
                    words=words,
                    href=f"#moment-{number}",
                )
            )
    first, last = entries[0].ts_us, entries[-1].ts_us
    return LifeGiven(
        felt=tuple(felt), lanes=lay_lanes(entries), from_us=first, to_us=max(last, first + _DAY_US), zone=zone
    )


def replay_rows(found: Replay, zone: str) -> Iterator[tuple[Cell, ...]]:
    """Every moment as a row under ``COLUMNS``; durations in seconds."""
    for step in found.steps:
        entry, score, promise = step.entry, score_of(step.entry), step.promise or Promise()
        usual = step.usual if step.usual is not None and step.usual.customers >= FEWEST else None
        times = (None,) * 3 if usual is None else (usual.median_us, usual.low_us, usual.high_us)
        yield (
            step.number, iso(entry.ts_us, zone), step.stage, entry.touchpoint, entry.channel, entry.place,
            entry.partner, entry.action, None if step.wait_us is None else step.wait_us / 1e6,
            *(None if value is None else value / 1e6 for value in times), None if usual is None else usual.n,
            score.kind.value if score else None, score.value if score else None, score.top if score else None,
            round(score.valence, 4) if score else None,
            # A file leaves the house: numbers and addresses that somebody wrote into a comment do not.
            mask_personal(entry.text) if entry.text else None,
            promise.promised_s, promise.took_s, promise.due.isoformat() if promise.due else None,
            None if promise.late is None else ("yes" if promise.late else "no"), entry.seq,
        )  # fmt: skip
