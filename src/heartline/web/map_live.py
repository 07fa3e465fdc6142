"""The lanes of a map that live elsewhere: its pains, what could be done about them, and the key figures of its stages.

Each line leads to what it counts: the pain's page, the opportunity on it, the customers behind a figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.language import _, ngettext
from heartline.listener import Listening
from heartline.records import EMOTIONS, Emotion, Journey, MapDocument, Metric, Polarity
from heartline.understand import (
    Mask,
    Measure,
    PackedLog,
    Pain,
    answer,
    mask_names,
    mask_question,
    share_heard,
    sounds_of,
)
from heartline.web.backlog import OPEN
from heartline.web.charts.heartline import CellLine
from heartline.web.drilldown import Drill
from heartline.web.hearing import join_readings
from heartline.web.map_documents import mask_of
from heartline.web.map_lanes import Cells
from heartline.web.mapping import MapReading
from heartline.web.opportunities import read_opportunities
from heartline.web.pages.opportunities import STATUS
from heartline.web.pages.voice import EMOTION_WORDS
from heartline.web.pain_words import SCORES, name_pain, say_money
from heartline.web.paining import read_pains
from heartline.web.parts.words import day, number, people, percent, percent_range, plural, say_metric
from heartline.web.recall import recall_of
from heartline.web.tiles import KINDS, take_scored, widest_top
from heartline.web.visit import Visit

FIRST_VIEW_S: Final = 0.2
"""How long a map waits for a list of pains that is not known yet, before it opens without."""
FEWEST_TOLD: Final = 5
"""An emotion told less often than this is named by nobody."""
MOST: Final = 3
"""How many pains, and how many opportunities, a cell names; a line below leads to the rest."""


def read_live(visit: Visit, reading: MapReading, document: MapDocument) -> Mapping[str, Cells]:
    """Read those of the lanes that the document shows, by their keys; one cell a stage."""
    shown = {lane.key for lane in document.arranged if not lane.hidden}
    makers = {"sounds": _find_sounds, "pains": _find_pains, "opportunities": _find_opportunities, "kpis": _find_figures}
    return {key: make(visit, reading) for key, make in makers.items() if key in shown}


def _find_pains(visit: Visit, reading: MapReading) -> Cells:
    """The pains of each stage, as they are ranked; while the list is still being worked out the first cell says so."""
    journey = reading.measured.journey
    found = read_pains(visit, wait_s=FIRST_VIEW_S)
    if found is None:
        return _wait(visit, journey)
    pains = [[pain for pain in found.pains if _lies_in(pain, journey, stage.name)] for stage in journey.stages]
    newest = _find_newest(visit.whole_log, [pain for stage in pains for pain in stage[:MOST]])
    return tuple(
        (*(_tell_pain(visit, pain, newest.get(pain.key, 0)) for pain in stage[:MOST]), *_tell_more(visit, stage))
        for stage in pains
    )


def _wait(visit: Visit, journey: Journey) -> Cells:
    waiting = CellLine(
        words=_("Still being worked out"), href=visit.view.url("/pains/list"), level="measured", waits=True
    )
    return tuple((waiting,) if not place else () for place in range(len(journey.stages)))


def _lies_in(pain: Pain, journey: Journey, stage: str) -> bool:
    return pain.journey_id == journey.journey_id and pain.stage == stage


def _find_newest(log: PackedLog, pains: Sequence[Pain]) -> dict[str, int]:
    """When each pain was met last, by its key: one pass over the log for all of them."""
    if not pains:
        return {}
    rows = np.flatnonzero(np.isin(log.seq, np.concatenate([pain.seqs for pain in pains])))
    seqs, ts = log.seq[rows], log.ts_us[rows]
    return {pain.key: int(ts[np.isin(seqs, pain.seqs)].max(initial=0)) for pain in pains}


def _newest(log: PackedLog, mask: Mask) -> int:
    return int(log.ts_us[mask].max(initial=0))


def _tell_pain(visit: Visit, pain: Pain, newest_us: int) -> CellLine:
    money = _("cost unknown")
    if pain.worth:
        money = _("{money} a quarter, if it is the cause").format(
            money=say_money(pain.worth, visit.heartline.workspace.currency)
        )
    met = plural(pain.people, "customer", "customers")
    return CellLine(
        words=name_pain(pain),
        href=visit.view.url(f"/pains/{pain.key}"),
        note=f"{money} · {met}",
        level="measured",
        seen=_day(visit, newest_us),
    )


def _tell_more(visit: Visit, pains: Sequence[Pain]) -> tuple[CellLine, ...]:
    more = len(pains) - MOST
    if more <= 0:
        return ()
    words = ngettext("{n} more is on the list.", "{n} more are on the list.", more).format(n=number(more))
    return (CellLine(words=words, href=visit.view.url("/pains"), level="measured"),)


def _find_opportunities(visit: Visit, reading: MapReading) -> Cells:
    """What was filed about the pains of each stage and is neither done nor dropped, as people wrote it."""
    journey, mask = reading.measured.journey, mask_of(visit)
    filed = [one for one in read_opportunities(visit) if one.status in OPEN]
    pains = read_pains(visit, wait_s=FIRST_VIEW_S, everyone=True) if filed else None
    if filed and pains is None:
        return _wait(visit, journey)
    known = {pain.key: pain for pain in pains.pains} if pains else {}

    def tell(stage: str) -> Iterator[CellLine]:
        here = [one for one in filed if one.pain in known and _lies_in(known[one.pain], journey, stage)]
        for one in here[:MOST]:
            told = [_(STATUS[one.status]), one.owner or _("nobody owns it yet")]
            if one.due_us is not None:
                told.append(_("due {day}").format(day=_day(visit, one.due_us)))
            yield CellLine(
                words=mask(one.title),
                href=visit.view.url(f"/pains/{one.pain}#opportunities"),
                note=" · ".join(told),
                level="assumed",
                seen=_day(visit, one.changed_us),
            )
        if len(here) > MOST:
            more = ngettext("{n} more is on the board.", "{n} more are on the board.", len(here) - MOST)
            yield CellLine(words=more.format(n=number(len(here) - MOST)), href="/opportunities")

    return tuple(tuple(tell(stage.name)) for stage in journey.stages)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sound:
    """What was heard at a stage: the share that sounds negative, when it was last said, the emotion told most."""

    negative: Metric
    newest_us: int
    emotion: Emotion
    told: int


def _find_sounds(visit: Visit, reading: MapReading) -> Cells:
    """How what is said at each stage sounds, with the reader's error, and the emotion told most."""
    status, journey = visit.heartline.listener.status(), reading.measured.journey
    key = ("sounds", status, journey, visit.selection)
    heard = recall_of(visit.heartline).of(visit.log, key, lambda: _hear_all(visit, status, journey), patience_s=10)
    return tuple(
        _tell_sound(visit, journey, stage.name, sound) if sound else ()
        for stage, sound in zip(journey.stages, heard, strict=True)
    )


def _hear_all(visit: Visit, status: Listening, journey: Journey) -> tuple[_Sound | None, ...]:
    log, (rows, readings) = visit.log, join_readings(visit, status)

    def hear(touchpoints: tuple[str, ...]) -> _Sound | None:
        inside = mask_names(log, "touchpoint", touchpoints)[rows]
        here, emotions = rows[inside], readings.emotion[inside]
        if not len(here):
            return None
        heard = share_heard(
            readings.negative[inside], readings.positive[inside], log.row[here].astype(np.int64),
            reader=status.reader, sounds=sounds_of(log, here),
        )  # fmt: skip
        counts = np.bincount(emotions[emotions >= 0], minlength=len(EMOTIONS))
        return _Sound(
            negative=heard.share(Polarity.NEGATIVE),
            newest_us=int(log.ts_us[here].max()),
            emotion=EMOTIONS[int(counts.argmax())],
            told=int(counts.max()),
        )

    return tuple(hear(stage.touchpoints) for stage in journey.stages)


def _tell_sound(visit: Visit, journey: Journey, stage: str, sound: _Sound) -> tuple[CellLine, ...]:
    asked, seen = {"journey": journey.journey_id, "stage": stage}, _day(visit, sound.newest_us)

    def line(words: str, n: int, **more: str) -> CellLine:
        href = f"{visit.view.url('/voice', **more, **asked)}#comments"
        return CellLine(words=words, href=href, note=plural(n, "comment", "comments"), level="measured", seen=seen)

    first = line(_say_sound(sound.negative), sound.negative.n)
    if sound.told < FEWEST_TOLD:
        return (first,)
    most = _("Told most: {emotion}").format(emotion=_(EMOTION_WORDS[sound.emotion]))
    return (first, line(most, sound.told, emotion=sound.emotion.value))


def _say_sound(share: Metric) -> str:
    if share.few or share.value is None or share.low is None or share.high is None:
        return _("Too few to say")
    return _("{share} sounds negative ({spread})").format(
        share=percent(share.value), spread=percent_range(share.low, share.high)
    )


def _find_figures(visit: Visit, reading: MapReading) -> Cells:
    """The share lost after each stage, and every score asked in it: the figures of the page of scores."""
    measured = reading.measured
    key = ("key figures", measured.journey, visit.selection)
    scores = recall_of(visit.heartline).of(
        visit.whole_log, key, lambda: _answer_all(visit, measured.journey), patience_s=10
    )
    last = len(measured.stages) - 1
    return tuple(
        (
            *(_tell_lost(visit, measured.journey, stage.name, stage.flow.lost, stage.last_us) if place < last else ()),
            *(_tell_score(visit, *score) for score in scores[place]),
        )
        for place, stage in enumerate(measured.stages)
    )


Score = tuple[Drill, Metric, int | None, int]
"""A question, its answer, the end of its scale, and when it was answered last."""


def _answer_all(visit: Visit, journey: Journey) -> tuple[tuple[Score, ...], ...]:
    log = take_scored(visit.whole_log)

    def ask(stage: str, touchpoints: tuple[str, ...]) -> Iterator[Score]:
        for measure in KINDS if touchpoints else ():
            drill = Drill(measure=measure, stage=(journey.journey_id, stage), touchpoints=touchpoints)
            question = drill.ask(visit.selection)
            mask = mask_question(log, question)
            if mask.any():
                yield drill, answer(log, question), widest_top(log, question), _newest(log, mask)

    return tuple(tuple(ask(stage.name, stage.touchpoints)) for stage in journey.stages)


def _tell_lost(visit: Visit, journey: Journey, stage: str, lost: Metric, last_us: int) -> tuple[CellLine, ...]:
    if lost.value is None or lost.low is None or lost.high is None:
        return ()
    words = _("{share} lost").format(share=percent(lost.value))
    return (
        CellLine(
            words=f"{words} ({percent_range(lost.low, lost.high)})",
            href=visit.view.url(f"/journeys/{journey.journey_id}/cell", stage=stage, lane="lost"),
            note=people(lost.n),
            level="measured",
            seen=_day(visit, last_us),
        ),
    )


def _tell_score(visit: Visit, drill: Drill, metric: Metric, top: int | None, newest_us: int) -> CellLine:
    said = say_metric(metric, top=top)
    spread = f"({said.spread})" if drill.measure is Measure.CSAT and metric.value is not None else said.spread
    return CellLine(
        words=" ".join(part for part in (_(SCORES[drill.measure]), said.value, spread) if part),
        href=drill.url(visit.view),
        note=said.n,
        level="measured",
        seen=_day(visit, newest_us),
    )


def _day(visit: Visit, at_us: int) -> str:
    return day(at_us, visit.zone, now_us=visit.now_us) if at_us else ""
