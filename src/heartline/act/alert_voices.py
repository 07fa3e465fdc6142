"""What alerts hear in comments: the figures of the pages of voice and themes over windows, at an alert's level. Pure.

A window in which a comment is not read yet (or not placed, where a theme is watched) has no figure: half of what people
said is another thing than what they said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.records import OF_THEME, Metric, Polarity, ReaderVersion, VoiceMeasure
from heartline.understand import (
    Floats,
    Ints,
    Mask,
    PackedLog,
    Scale,
    Spoken,
    find_error,
    find_interval,
    gather,
    share_sound,
    share_themes,
    sounds_of,
    sum_readings,
    value_sound,
)

_MOST_WORTH: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """The comments of a log as they were heard: ``rows`` of the log, and of each how it was read.

    ``negative`` and ``positive`` are NaN where the present ``reader`` has not read it. ``theme`` is its theme's number,
    −1 where the present themes have not placed it. ``family`` are the themes that count as the one that is watched.
    """

    rows: Ints
    negative: Floats
    positive: Floats
    theme: Ints
    family: Ints
    reader: ReaderVersion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardWindow:
    """The figure of one window, and how many of its comments were not heard yet."""

    metric: Metric
    unheard: int


def hear_windows(
    log: PackedLog, ears: Ears, measure: VoiceMeasure, among: Mask, windows: Iterable[tuple[int, int]], *, z: float
) -> Iterator[HeardWindow]:
    """Hear the comments ``among`` the log's rows in some windows, each (from, until) in µs. Linear in comments once,
    then in those of each window.
    """
    inside = np.flatnonzero(among[ears.rows])
    inside = inside[np.argsort(log.ts_us[ears.rows[inside]], kind="stable")]
    times = log.ts_us[ears.rows[inside]]
    unheard = np.isnan(ears.negative) | ((ears.theme < 0) & (measure in OF_THEME))
    for from_us, until_us in windows:
        first, last = np.searchsorted(times, (from_us, until_us))
        rows = inside[first:last]
        metric = _hear(log, ears, measure, rows[~unheard[rows]], z=z)
        yield HeardWindow(metric=metric, unheard=int(unheard[rows].sum()))


def _hear(log: PackedLog, ears: Ears, measure: VoiceMeasure, rows: Ints, *, z: float) -> Metric:
    if measure is VoiceMeasure.THEME_SHARE:
        return _share_theme(log, ears, rows, z=z)
    if measure is VoiceMeasure.THEME_NEGATIVE:
        rows = rows[np.isin(ears.theme[rows], ears.family)]
    sound = Polarity.POSITIVE if measure is VoiceMeasure.POSITIVE else Polarity.NEGATIVE
    customer = log.row[ears.rows[rows]].astype(np.int64)
    told = sum_readings(ears.negative[rows], ears.positive[rows], customer, sounds_of(log, ears.rows[rows]))
    doubt = 0.0 if ears.reader is None else float(np.sqrt(find_error(told, value_sound(sound), ears.reader)[1]))
    likely = ears.positive[rows] if sound is Polarity.POSITIVE else ears.negative[rows]
    return _widen(share_sound(told, sound, reader=ears.reader, z=z), likely, customer, doubt, z=z)


def _widen(heard: Metric, likely: Floats, customer: Ints, doubt: float, *, z: float) -> Metric:
    """Widen a share's interval to Wilson's, where that reaches farther. The doubt of the reader's error is in both.

    So far out the tails of a small share are not those of a normal: where few comments sound so, a week without one
    looks as if it were sure. Without this up to a third of months would have a false alarm. A comment read with a
    probability is worth more than a yes or no, but never more than ``_MOST_WORTH`` of them.
    """
    if heard.value is None or heard.low is None or heard.high is None:
        return heard
    sample = gather(likely, customer, scale=Scale.SHARE)
    mean, n = float(sample.mean[0]), float(sample.n[0])
    variance, plain = float(np.nan_to_num(sample.variance[0])), mean * (1 - mean)
    worth = min(plain / variance, _MOST_WORTH * n) if variance > 0 else _MOST_WORTH * n
    middle = (mean + z**2 / (2 * worth)) / (1 + z**2 / worth)
    half = z / (1 + z**2 / worth) * float(np.sqrt(plain / worth + z**2 / (4 * worth**2)))
    below, above = (float(np.hypot(one, z * doubt)) for one in (mean - middle + half, middle + half - mean))
    return replace(
        heard,
        low=max(0.0, min(heard.low, heard.value - below)),
        high=min(1.0, max(heard.high, heard.value + above)),
    )


def _share_theme(log: PackedLog, ears: Ears, rows: Ints, *, z: float) -> Metric:
    other = (~np.isin(ears.theme[rows], ears.family)).astype(np.int64)
    spoken = Spoken(
        theme=other,
        customer=log.row[ears.rows[rows]].astype(np.int64),
        negative=ears.negative[rows],
        positive=ears.positive[rows],
        scored=np.full(len(rows), np.nan),
        sounds=np.full(len(rows), -1),
    )
    sample = share_themes(spoken, [np.flatnonzero(other == 0)])
    # Comments come whole: of a rare theme, a limit so far out hangs on half a comment more or less (Newcombe 1998).
    step = 0.5 / np.maximum(sample.n, 1)
    low, _high = find_interval(replace(sample, mean=np.maximum(sample.mean - step, 0)), z)
    _low, high = find_interval(replace(sample, mean=np.minimum(sample.mean + step, 1)), z)
    return Metric(
        name=VoiceMeasure.THEME_SHARE.value,
        value=float(sample.mean[0]) if len(rows) else None,
        low=float(low[0]),
        high=float(high[0]),
        n=len(rows),
        customers=int(sample.customers[0]),
        method="Wilson, clustered by customer",
    )
