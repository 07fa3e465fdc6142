"""A journey with all that people wrote on its map, as one JSON file that another heartline takes in again."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

import msgspec

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import (
    ALWAYS_SHOWN,
    STANDARD_LANES,
    Journey,
    MapDocument,
    Metric,
    Snapshot,
)
from heartline.web.journey_drafts import find_free_id, save_journey
from heartline.web.map_documents import read_document, write_document
from heartline.web.map_form import LONGEST_LABEL, LONGEST_NAME, LONGEST_TEXT, MOST_OWN_LANES
from heartline.web.map_snapshots import MOST as MOST_SNAPSHOTS
from heartline.web.map_talk import LONGEST as LONGEST_COMMENT
from heartline.web.map_talk import MOST as MOST_COMMENTS
from heartline.web.uploads import Upload, forget_upload
from heartline.web.visit import Visit

LARGEST_BYTES: Final = 4 * 1024 * 1024
_MOST_STAGES: Final = 20
_MOST_TOUCHPOINTS: Final = 500
_LONGEST_TOUCHPOINT: Final = 500
_LONGEST_GAP: Final = 3_650
_LARGEST: Final = 2**53
"""The largest number that every program reading JSON keeps exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyFile:
    """What the file holds. ``version`` is the layout's."""

    heartline: Literal["journey"]
    version: Literal[1]
    journey: Journey
    document: MapDocument


def write_file(visit: Visit, journey: Journey) -> bytes:
    """Return a journey with its document as the reader may see it."""
    return write_journey_file(journey, read_document(visit, journey))


def take_file(visit: Visit, upload: Upload) -> Journey:
    """Take a file in as a journey of its own, and forget the upload.

    Raises:
        Invalid: it is no such file, or holds what no map can hold.
    """
    try:
        if upload.size > LARGEST_BYTES:
            raise _refuse(_("it is larger than a journey can be"))
        journey, document = read_journey_file(upload.path.read_bytes())
    finally:
        forget_upload(upload)
    journey = replace(journey, journey_id=find_free_id(visit, journey.name))
    save_journey(visit, journey, what="journey.take")

    def put(before: MapDocument) -> MapDocument:
        return replace(document, journey_id=journey.journey_id, version=before.version, edition=before.edition + 1)

    write_document(visit, journey.journey_id, put)
    return journey


def write_journey_file(journey: Journey, document: MapDocument) -> bytes:
    """Write a journey and its document. Whom comments mention stays here: elsewhere that number is somebody else."""
    comments = tuple(replace(comment, mentions=()) for comment in document.comments)
    file = JourneyFile(heartline="journey", version=1, journey=journey, document=replace(document, comments=comments))
    return msgspec.json.format(msgspec.json.encode(file), indent=1)


def read_journey_file(body: bytes) -> tuple[Journey, MapDocument]:
    """Read such a file: the journey as its first version, and what was written on its map.

    Raises:
        Invalid: it is no such file, or holds what no map can hold; the message says where.
    """
    try:
        file = msgspec.json.decode(body, type=JourneyFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refuse(str(error)[:200]) from error
    for problem in (*_judge_journey(file.journey), *_judge_document(file.document)):
        raise _refuse(problem)
    document = replace(
        file.document,
        version=0,
        edition=0,
        comments=tuple(replace(comment, mentions=()) for comment in file.document.comments),
    )
    return replace(file.journey, version=1, proposed=False), document


def _judge_journey(journey: Journey) -> Iterator[str]:
    stages = [stage.name for stage in journey.stages]
    touchpoints = journey.touchpoints
    if not journey.name.strip():
        yield _("the journey has no name")
    if len(stages) > _MOST_STAGES or len(set(stages)) < len(stages) or not all(name.strip() for name in stages):
        yield _("a journey has up to {n} stages, each with a name of its own").format(n=_MOST_STAGES)
    if len(touchpoints) > _MOST_TOUCHPOINTS or len(set(touchpoints)) < len(touchpoints):
        yield _("a touchpoint stands twice, or there are more than {n}").format(n=_MOST_TOUCHPOINTS)
    if not 1 <= journey.gap_days <= _LONGEST_GAP:
        yield _("the silent days are not from 1 to {n}").format(n=_LONGEST_GAP)
    if len(journey.where) > _MOST_STAGES or {*journey.starts, *journey.ends} - set(touchpoints):
        yield _("it starts or ends at a touchpoint that it does not have, or is narrowed by too much")
    names = [journey.name, *stages, *(stage.owner for stage in journey.stages)]
    yield from _judge_texts(names, longest=LONGEST_NAME)
    narrowed = [word for pair in journey.where for word in pair]
    yield from _judge_texts([*touchpoints, *narrowed], longest=_LONGEST_TOUCHPOINT)


def _judge_document(document: MapDocument) -> Iterator[str]:
    keys = [lane.key for lane in document.lanes]
    own = [lane for lane in document.lanes if lane.own]
    if len(set(keys)) < len(keys) or len(own) > MOST_OWN_LANES:
        yield _("a lane stands twice, or there are more than {n} added ones").format(n=MOST_OWN_LANES)
    if any(not lane.own and (lane.key not in STANDARD_LANES or lane.texts) for lane in document.lanes):
        yield _("it has a lane that no map has")
    if any(lane.key == ALWAYS_SHOWN and lane.hidden for lane in document.lanes):
        yield _("it hides the line of feeling")
    if len({note.stage for note in document.notes}) < len(document.notes):
        yield _("two notes are about one stage")
    if any(note.believed is not None and not -1 <= note.believed <= 1 for note in document.notes):
        yield _("a belief is not from −1 to +1")
    for numbered, most in ((document.comments, MOST_COMMENTS), (document.snapshots, MOST_SNAPSHOTS)):
        numbers = [one.number for one in numbered]
        if len(numbers) > most or len(set(numbers)) < len(numbers) or not all(0 < n < _LARGEST for n in numbers):
            yield _("comments or snapshots share a number, or are more than {n}").format(n=most)
    times = [document.edited_us, *(one.at_us for one in document.comments), *(one.at_us for one in document.snapshots)]
    times += [one.resolved_us for one in document.comments if one.resolved_us is not None]
    if not all(0 <= at < _LARGEST for at in times):
        yield _("a time is none")
    for snapshot in document.snapshots:
        yield from _judge_snapshot(snapshot)
    yield from _judge_words(document)


def _judge_words(document: MapDocument) -> Iterator[str]:
    labels = [lane.label for lane in document.lanes]
    yield from _judge_texts([*labels, *(lane.key for lane in document.lanes)], longest=LONGEST_LABEL)
    texts = [part for lane in document.lanes for pair in lane.texts for part in pair]
    texts += [part for note in document.notes for part in (note.to_be, note.target, note.backstage)]
    yield from _judge_texts(texts, longest=LONGEST_TEXT)
    names = [document.edited_by, *(part for note in document.notes for part in (note.stage, note.department))]
    names += [part for one in document.comments for part in (one.stage, one.author, one.resolved_by)]
    yield from _judge_texts(names, longest=2 * LONGEST_NAME)
    yield from _judge_texts([comment.text for comment in document.comments], longest=LONGEST_COMMENT)
    if sum(len(lane.texts) for lane in document.lanes) > _MOST_STAGES * MOST_OWN_LANES * 4:
        yield _("its lanes say too much")


def _judge_snapshot(snapshot: Snapshot) -> Iterator[str]:
    stages = [stage.name for stage in snapshot.stages]
    if stages != [figures.stage for figures in snapshot.figures] or len(stages) > _MOST_STAGES:
        yield _("a snapshot's figures are not those of its stages")
    if len(set(stages)) < len(stages):
        yield _("a snapshot has a stage twice")
    for figures in snapshot.figures:
        scales = ((figures.feeling, -1.0, 1.0), (figures.wait, 0.0, float(_LARGEST)), (figures.lost, 0.0, 1.0))
        if not 0 <= figures.customers < _LARGEST or not all(_is_figure(*scale) for scale in scales):
            yield _("a snapshot has a figure that cannot be")
    yield from _judge_texts([snapshot.name, snapshot.by, snapshot.asked, *stages], longest=4 * LONGEST_NAME)
    touchpoints = [name for stage in snapshot.stages for name in stage.touchpoints]
    if len(touchpoints) > _MOST_TOUCHPOINTS:
        yield _("a touchpoint stands twice, or there are more than {n}").format(n=_MOST_TOUCHPOINTS)
    owners = [stage.owner for stage in snapshot.stages]
    words = [word for one in snapshot.figures for m in (one.feeling, one.wait, one.lost) for word in (m.name, m.method)]
    yield from _judge_texts([*touchpoints, *owners, *words], longest=_LONGEST_TOUCHPOINT)


def _is_figure(metric: Metric, least: float, most: float) -> bool:
    counted = 0 <= metric.customers <= metric.n < _LARGEST and 0 <= metric.version < _LARGEST
    ends = [end for end in (metric.low, metric.value, metric.high) if end is not None]
    return counted and len(ends) in {0, 3} and sorted(ends) == ends and all(least <= end <= most for end in ends)


def _judge_texts(texts: Iterable[str], *, longest: int) -> Iterator[str]:
    for text in texts:
        if len(text) > longest:
            yield _("“{text}…” is too long").format(text=text[:30])
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
            yield _("a text holds control characters")


def _refuse(why: str) -> Invalid:
    return Invalid(
        "bad_journey_file",
        _("This is no journey that can be taken in: {why}.").format(why=why),
        _("Take a file that a journey's page gave, unchanged."),
    )
