"""What customers say, as its pages ask for it: how it sounds, with the reader's error in the shares, and the words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from heartline.errors import Missing
from heartline.language import _
from heartline.listener import Listening
from heartline.records import (
    EMOTIONS,
    FEWEST_SURE,
    NO_THEME,
    SOUNDS,
    Emotion,
    Polarity,
    ReaderVersion,
    Reading,
    TextKind,
    Theme,
    ThemeAlert,
)
from heartline.store import ReadingColumns
from heartline.understand import Heard, Ints, Mask, mask_names, share_heard, sounds_of
from heartline.web.listing import AnswerLine, read_lines
from heartline.web.mapping import list_journeys
from heartline.web.recall import recall_of
from heartline.web.theming import find_seqs, mask_theme, name_of, read_alerts
from heartline.web.visit import Visit

T = TypeVar("T")

PAGE: Final = 30
KINDS: Final = tuple(TextKind)
POLARITIES: Final = (*SOUNDS, Polarity.UNSURE)
_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceAsk:
    """What of the comments is wanted; None or an empty text is all. ``theme`` 0 is what fits none."""

    sounds: Polarity | None = None
    emotion: Emotion | None = None
    kind: TextKind | None = None
    language: str = ""
    silent: bool = False
    """Only comments without a score."""
    stage: str = ""
    """Only comments at this stage of a journey, which are those at its ``touchpoints``."""
    touchpoints: tuple[str, ...] = ()
    theme: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardLine:
    """One comment with what was heard in it; ``corrected`` where a person said otherwise."""

    line: AnswerLine
    reading: Reading
    corrected: Polarity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """The page's figures: ``heard`` for sounds, the name of the ``theme`` asked for, the counts of emotions, kinds and
    languages, what surged, and a page of comments.
    """

    ask: VoiceAsk
    status: Listening
    heard: Heard
    theme: str
    themes: tuple[Theme, ...]
    alerts: tuple[tuple[ThemeAlert, ...], ...]
    emotions: tuple[tuple[Emotion, int], ...]
    kinds: tuple[tuple[TextKind, int], ...]
    languages: tuple[tuple[str, int], ...]
    comments: int
    customers: int
    lines: tuple[HeardLine, ...]
    total: int
    page: int


def read_ask(visit: Visit) -> VoiceAsk:
    """Read what is wanted from the URL; what cannot be read is all."""
    sounds, emotion, kind = (visit.query.get(name, "") for name in ("sounds", "emotion", "kind"))
    stage, touchpoints = _find_stage(visit)
    return VoiceAsk(
        sounds=Polarity(sounds) if sounds in set(POLARITIES) else None,
        emotion=Emotion(emotion) if emotion in set(EMOTIONS) else None,
        kind=TextKind(kind) if kind in set(KINDS) else None,
        language=visit.query.get("language", "")[:8],
        silent=visit.query.get("silent") == "1",
        stage=stage,
        touchpoints=touchpoints,
        theme=_read_theme(visit.query.get("theme", "")),
    )


def _read_theme(said: str) -> int | None:
    if said == "none":
        return NO_THEME
    return int(said) if said.isdecimal() and len(said) < 10 else None


def read_voice(visit: Visit) -> Voice:
    """Return what the page of comments shows: of the time range, the filter and what the reader may see."""
    ask, page = read_ask(visit), visit.number("page", 1, low=1)
    status = visit.heartline.listener.status()
    log, (rows, readings) = visit.log, join_readings(visit, status)
    shown = _choose(visit, rows, readings, ask)
    return Voice(
        ask=ask,
        status=status,
        theme="" if ask.theme is None else name_of(visit, ask.theme),
        themes=visit.heartline.stores.kept.themes(),
        alerts=read_alerts(visit),
        heard=share_heard(
            readings.negative,
            readings.positive,
            log.row[rows].astype(np.int64),
            reader=status.reader,
            sounds=sounds_of(log, rows),
        ),
        emotions=_count(EMOTIONS, readings.emotion),
        kinds=_count(KINDS, readings.kind),
        languages=_count(readings.languages, readings.language),
        comments=len(rows),
        customers=len(np.unique(log.row[rows])),
        lines=_lines(visit, shown[(page - 1) * PAGE : page * PAGE]),
        total=len(shown),
        page=page,
    )


def stream_heard(visit: Visit) -> Iterator[tuple[AnswerLine, Reading]]:
    """Read every comment that the page would show with its reading, newest first, in chunks, for an export."""
    rows, readings = join_readings(visit, visit.heartline.listener.status())
    shown = _choose(visit, rows, readings, read_ask(visit))
    for start in range(0, len(shown), _CHUNK):
        for one in _lines(visit, shown[start : start + _CHUNK]):
            yield one.line, one.reading


def correct(visit: Visit, seq: int, polarity: str) -> str:
    """Note what a person hears in a comment; return what to tell them.

    Raises:
        Missing: there is no such comment, or none that the reader may see.
    """
    log = visit.whole_log
    if polarity not in set(POLARITIES) or not (log.has_text & (log.seq == seq)).any():
        raise Missing("no_comment", _("There is no such comment."), _("Go back to the comments and look again."))
    user = visit.require_user()
    visit.heartline.stores.kept.correct_reading(seq, Polarity(polarity), by=user.name)
    visit.heartline.listener.look_again()
    visit.note("reading.corrected", f"{seq}: {polarity}")
    return _("Noted. The reader learns from it when it is taught next.")


def readers_of(visit: Visit) -> tuple[Listening, tuple[ReaderVersion, ...]]:
    """Return how far reading is, and every reader that was taught, newest first."""
    taught = tuple(one for one in visit.heartline.stores.kept.readers() if one.labels)
    return visit.heartline.listener.status(), taught


def _find_stage(visit: Visit) -> tuple[str, tuple[str, ...]]:
    """Return the stage that is asked for with its touchpoints; nothing where no journey has it."""
    journey_id, name = visit.query.get("journey", ""), visit.query.get("stage", "")
    if not journey_id or not name:
        return "", ()
    journeys = list_journeys(visit.heartline, visit.whole_log)
    stages = next((one.stages for one in journeys if one.journey_id == journey_id), ())
    return next(((stage.name, stage.touchpoints) for stage in stages if stage.name == name), ("", ()))


def _choose(visit: Visit, rows: Ints, readings: ReadingColumns, ask: VoiceAsk) -> Ints:
    """Return the rows that are wanted, newest first."""
    keep = _mask(readings, ask)
    if ask.stage:
        keep &= mask_names(visit.log, "touchpoint", ask.touchpoints)[rows]
    if ask.silent:
        keep &= np.isnan(visit.log.valence[rows])
    if ask.theme is not None:
        keep &= mask_theme(visit, visit.log.seq[rows], ask.theme)
    wanted = rows[keep]
    return wanted[np.lexsort((-visit.log.seq[wanted], -visit.log.ts_us[wanted]))]


def join_readings(visit: Visit, status: Listening) -> tuple[Ints, ReadingColumns]:
    """Return the rows of the selection that were read, with their readings, in the same order."""
    log = visit.log

    def work_out() -> tuple[Ints, ReadingColumns]:
        columns = visit.heartline.stores.readings.reading_columns()
        rows = np.flatnonzero(log.has_text)
        place, inside = find_seqs(columns.seq, log.seq[rows])
        return rows[inside], _take(columns, place[inside])

    return recall_of(visit.heartline).of(log, ("voice", status, visit.selection), work_out)


def _take(columns: ReadingColumns, place: NDArray[np.int64]) -> ReadingColumns:
    arrays = {name: getattr(columns, name)[place] for name in ReadingColumns.__slots__ if name != "languages"}
    return replace(columns, **arrays)


def _mask(readings: ReadingColumns, ask: VoiceAsk) -> Mask:
    keep = np.ones(len(readings), dtype=np.bool_)
    if ask.sounds is not None:
        keep &= mask_polarity(readings, ask.sounds)
    if ask.emotion is not None:
        keep &= readings.emotion == EMOTIONS.index(ask.emotion)
    if ask.kind is not None:
        keep &= readings.kind == KINDS.index(ask.kind)
    if ask.language:
        codes = [code for code, name in enumerate(readings.languages) if name == ask.language]
        keep &= np.isin(readings.language, codes)
    return keep


def mask_polarity(readings: ReadingColumns, polarity: Polarity) -> Mask:
    """Tell which readings are told to sound like this (``tell_polarity`` of the records, for arrays)."""
    likely = np.column_stack([readings.negative, 1 - readings.negative - readings.positive, readings.positive])
    sure = likely.max(axis=1) >= FEWEST_SURE if len(likely) else np.zeros(0, dtype=np.bool_)
    if polarity is Polarity.UNSURE:
        return ~sure
    told: Mask = sure & (likely.argmax(axis=1) == SOUNDS.index(polarity)) if len(likely) else sure
    return told


def _count(names: Sequence[T], codes: NDArray[np.integer[Any]]) -> tuple[tuple[T, int], ...]:
    counts = np.bincount(codes[codes >= 0], minlength=len(names)) if len(codes) else np.zeros(len(names), dtype=int)
    found = [(name, int(counts[place])) for place, name in enumerate(names) if counts[place]]
    return tuple(sorted(found, key=lambda one: -one[1]))


def _lines(visit: Visit, rows: Ints) -> tuple[HeardLine, ...]:
    lines = read_lines(visit.heartline, visit.log, rows)
    heard = visit.heartline.stores.readings.readings([line.seq for line in lines])
    fixed = visit.heartline.stores.kept.corrections() if lines else {}
    return tuple(
        HeardLine(line=line, reading=heard[line.seq], corrected=fixed.get(line.seq))
        for line in lines
        if line.seq in heard
    )
