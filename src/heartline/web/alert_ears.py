"""What alerts hear of comments in this installation, and why they may hear nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np

from heartline.act import Ears
from heartline.app import Heartline
from heartline.records import OF_THEME, Alert, Theme
from heartline.store import PlacingColumns, ReadingColumns
from heartline.understand import Floats, Ints, PackedLog
from heartline.web.recall import recall_of
from heartline.web.theming import family_of, find_seqs


class Deaf(StrEnum):
    """Why an alert on a theme hears nothing: nobody can look up the figure it was made for any more."""

    GONE = "gone"
    MERGED = "merged"
    HIDDEN = "hidden"


def find_deaf(alert: Alert, every: Sequence[Theme]) -> Deaf | None:
    """Say why an alert on a theme hears nothing; None where it hears, or watches no theme."""
    if alert.hears not in OF_THEME:
        return None
    theme = next((one for one in every if one.number == alert.theme), None)
    if theme is None:
        return Deaf.GONE
    if theme.merged_into in {one.number for one in every}:
        return Deaf.MERGED
    return Deaf.HIDDEN if theme.hidden else None


def name_themes_of(every: Sequence[Theme]) -> dict[int, str]:
    """Return what each theme is called, by its number."""
    return {theme.number: theme.label for theme in every}


def listen(heartline: Heartline, log: PackedLog, alert: Alert) -> Ears | None:
    """Return what was heard in the comments of a log, as the alert needs it; None where it hears none."""
    kept = heartline.stores.kept
    every = kept.themes()
    if alert.hears is None or find_deaf(alert, every) is not None:
        return None
    # Unlearnt is a version too: its texts are read again, by the reader that is shipped.
    newest = next(iter(kept.readers()), None)
    round_ = kept.theme_round()
    version, finding = 0 if newest is None else newest.version, 0 if round_ is None else round_.version
    placed = heartline.stores.placings.placing_count(version=finding)
    status = heartline.listener.status()

    def join() -> tuple[Ints, Floats, Floats, Ints]:
        rows = np.flatnonzero(log.has_text)
        readings, placings = heartline.stores.readings.reading_columns(), heartline.stores.placings.placing_columns()
        return rows, *join_heard(log.seq[rows], readings, placings, version=version, finding=finding)

    rows, negative, positive, theme = recall_of(heartline).of(log, ("ears", status, version, finding, placed), join)
    family = family_of(every, alert.theme) if alert.theme else frozenset[int]()
    return Ears(
        rows=rows,
        negative=negative,
        positive=positive,
        theme=theme,
        family=np.array(sorted(family), dtype=np.int64),
        reader=status.reader,
    )


def join_heard(
    seqs: Ints, readings: ReadingColumns, placings: PlacingColumns, *, version: int, finding: int
) -> tuple[Floats, Floats, Ints]:
    """Return how each text was read by one version of the reader (NaN: not yet) and placed by one finding of themes
    (−1: not yet).
    """
    at, inside = find_seqs(readings.seq, seqs)
    inside[inside] = readings.version[at[inside]] == version
    negative, positive = np.full(len(seqs), np.nan), np.full(len(seqs), np.nan)
    negative[inside], positive[inside] = readings.negative[at[inside]], readings.positive[at[inside]]
    at, inside = find_seqs(placings.seq, seqs)
    inside[inside] = placings.version[at[inside]] == finding
    theme = np.full(len(seqs), -1, dtype=np.int64)
    theme[inside] = placings.theme[at[inside]]
    return negative, positive, theme


def offer_themes(every: Sequence[Theme]) -> Mapping[int, str]:
    """Return the themes that can be watched, by number: those the page of themes shows, by what they are called."""
    shown = [theme for theme in every if not theme.hidden and theme.merged_into not in {one.number for one in every}]
    return {theme.number: theme.label for theme in sorted(shown, key=lambda one: one.label.casefold())}
