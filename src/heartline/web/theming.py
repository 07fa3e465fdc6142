"""Themes, as their pages ask for them: figures of each over range and filter, alerts, and what people change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.errors import Invalid, Missing
from heartline.follower import WANTED
from heartline.language import _
from heartline.records import NO_THEME, Metric, ReaderVersion, Right, Theme, ThemeAlert, ThemeRound
from heartline.store import PlacingColumns, ReadingColumns
from heartline.understand import Ints, Mask, PackedLog, Selection, Spoken, ThemeFigures, judge_themes, select, sounds_of
from heartline.web.listing import AnswerLine, read_lines
from heartline.web.recall import recall_of
from heartline.web.visit import Visit

ALERT_DAYS: Final = 7
"""So long an alert stands on the page, by the data's own clock."""
_DAY_US: Final = 86_400_000_000
_HOUR_US: Final = 3_600_000_000
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeLine:
    """One theme: its ``depth`` in the tree, what was ``merged`` into it, its most ``typical`` comment."""

    theme: Theme
    depth: int
    figures: ThemeFigures
    merged: tuple[Theme, ...]
    new: bool
    typical: AnswerLine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Themes:
    """The page: ``lines`` in the order of the tree, ``rest`` the share of comments of no theme, what is hidden;
    ``alerts`` that came within an hour of each other stand together, the one of most customers first.
    """

    lines: tuple[ThemeLine, ...]
    rest: Metric | None
    hidden: tuple[Theme, ...]
    every: tuple[Theme, ...]
    alerts: tuple[tuple[ThemeAlert, ...], ...]
    round_: ThemeRound | None
    comments: int
    placed: int
    texts: int
    compared: bool
    wanted: bool


def read_themes(visit: Visit) -> Themes:
    """Return what the page of themes shows: of the time range, the filter and what the reader may see."""
    stores = visit.heartline.stores
    every, round_ = stores.kept.themes(), stores.kept.theme_round()
    status = visit.heartline.listener.status()
    placed = _count_placed(visit)
    key = ("themes", every, status, placed, visit.selection)
    found = recall_of(visit.heartline).of(visit.log, key, lambda: _judge(visit, every, status.reader))
    typical = _read_typical(visit, found.nearest)
    figures = {theme.number: found.figures[code] for code, theme in enumerate(every)}
    return Themes(
        lines=tuple(
            ThemeLine(
                theme=theme,
                depth=depth,
                figures=figures[theme.number],
                merged=tuple(one for one in every if one.merged_into == theme.number),
                new=_is_new(theme, round_),
                typical=typical.get(theme.number),
            )
            for theme, depth in _order(arrange(every), figures)
            if figures[theme.number].share.value or theme.edited
        ),
        rest=found.figures[-1].share if found.comments else None,
        hidden=tuple(one for one in every if one.hidden and not one.merged_into),
        every=every,
        alerts=read_alerts(visit),
        round_=round_,
        comments=found.comments,
        placed=placed,
        texts=status.texts,
        compared=found.compared,
        wanted=stores.kept.setting(WANTED) == "1",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """Figures of each theme and, last, of none; the row of each theme's most typical comment."""

    figures: tuple[ThemeFigures, ...]
    comments: int
    compared: bool
    nearest: Mapping[int, int]


def _judge(visit: Visit, every: Sequence[Theme], reader: ReaderVersion | None) -> _Judged:
    columns = read_placings(visit)
    place = {theme.number: code for code, theme in enumerate(every)}
    now = _speak(visit, visit.log, columns, place)
    earlier = before(visit.selection)
    then = None if earlier is None else _speak(visit, select(visit.whole_log, earlier), columns, place)
    then = then if then is not None and len(then.theme) else None
    inside = tuple(np.array(sorted(place[one] for one in family_of(every, theme.number))) for theme in every)
    inside = (*inside, np.array([len(every)]))
    figures = judge_themes(now, then, themes=len(inside), reader=reader, inside=inside)
    nearest = _find_typical(visit.log, columns)
    return _Judged(figures=figures, comments=len(now.theme), compared=then is not None, nearest=nearest)


def arrange(every: Sequence[Theme]) -> dict[int, list[Theme]]:
    """Return the shown themes by what they stand under (``NO_THEME``: at the top). A circle stands at the top."""
    known = {theme.number: theme for theme in every}
    tree: dict[int, list[Theme]] = {}
    for theme in every:
        if theme.hidden or theme.merged_into in known:
            continue
        parent = theme.parent if theme.parent in known and _climbs(known, theme) else NO_THEME
        while parent and (known[parent].hidden or known[parent].merged_into in known):
            parent = known[parent].merged_into or known[parent].parent if parent in known else NO_THEME
            parent = parent if parent in known and parent != theme.number else NO_THEME
        tree.setdefault(parent, []).append(theme)
    return tree


def _climbs(known: Mapping[int, Theme], theme: Theme) -> bool:
    """Whether going up from a theme ends."""
    seen = {theme.number}
    above = theme.parent
    while above in known:
        if above in seen:
            return False
        seen.add(above)
        above = known[above].merged_into or known[above].parent
    return True


def family_of(every: Sequence[Theme], number: int) -> frozenset[int]:
    """Return the numbers of all themes that count as part of one: itself, what was merged into it, what is under it."""
    found = {number}
    while True:
        more = {
            one.number
            for one in every
            if one.number not in found and (one.merged_into in found or (one.parent in found and not one.merged_into))
        }
        if not more:
            return frozenset(found)
        found |= more


def mask_theme(visit: Visit, seqs: Ints, number: int) -> Mask:
    """Tell which comments, by seq, are of a theme and what is part of it."""
    every = visit.heartline.stores.kept.themes()
    wanted = family_of(every, number) if number else frozenset({NO_THEME})
    told: Mask = np.isin(place_seqs(read_placings(visit), seqs), np.array(sorted(wanted)))
    return told


def name_of(visit: Visit, number: int) -> str:
    """Return what a theme is called; empty where there is none of that number."""
    return next((one.label for one in visit.heartline.stores.kept.themes() if one.number == number), "")


def change(visit: Visit, number: int) -> str:
    """Keep what somebody put right of a theme; return what to tell them.

    Raises:
        Missing: there is no such theme.
        Invalid: it would be under itself or part of itself.
    """
    kept = visit.heartline.stores.kept
    every = kept.themes()
    theme = next((one for one in every if one.number == number), None)
    if theme is None:
        raise Missing("no_theme", _("There is no such theme."), _("Go back to the themes and look again."))
    name = " ".join(visit.field("name").split())[:_LONGEST_NAME]
    parent, into = _number(visit.field("parent")), _number(visit.field("into"))
    for other in (parent, into):
        if other and (other in family_of(every, number) or other not in {one.number for one in every}):
            raise Invalid(
                "theme_in_itself",
                _("A theme cannot be part of itself, nor under what is under it."),
                _("Choose another theme."),
            )
    hidden = visit.field("hidden") == "1"
    name = "" if name == theme.label and not theme.name else name
    kept.change_theme(number, name=name, parent=parent, merged_into=into, hidden=hidden)
    visit.note("theme.changed", f"{number}: {name or theme.label}"[:300])
    return _("Kept. It stays so when themes are found anew.")


def want_anew(visit: Visit) -> str:
    """Ask for themes to be found anew; return what to tell whoever asked."""
    visit.heartline.stores.kept.set_setting(WANTED, "1")
    visit.heartline.listener.look_again()
    visit.note("themes.wanted")
    return _("Themes are being looked for. What you named, merged or hid stays.")


def before(selection: Selection) -> Selection | None:
    """The same selection of as long a time just before; None where the time has no beginning or no end."""
    first, last = selection.from_us, selection.to_us
    return None if first is None or last is None else selection.during(2 * first - last, first)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else NO_THEME


def _count_placed(visit: Visit) -> int:
    round_ = visit.heartline.stores.kept.theme_round()
    return 0 if round_ is None else visit.heartline.stores.placings.placing_count(version=round_.version)


def read_readings(visit: Visit) -> ReadingColumns:
    """Return all readings, read once for as long as none comes."""
    read = visit.heartline.stores.readings.reading_columns
    return recall_of(visit.heartline).of(visit.whole_log, ("readings", visit.heartline.listener.status()), read)


def read_placings(visit: Visit) -> PlacingColumns:
    """Return all placings, read once for as long as none comes."""
    read = visit.heartline.stores.placings.placing_columns
    return recall_of(visit.heartline).of(visit.whole_log, ("placings", _count_placed(visit)), read)


def find_seqs(held: Ints, seqs: Ints) -> tuple[Ints, Mask]:
    """Return the place of each of ``seqs`` among those held, ascending, and whether it is there at all."""
    at = np.searchsorted(held, seqs)
    inside: Mask = at < len(held)
    inside[inside] = held[at[inside]] == seqs[inside]
    return at, inside


def place_seqs(columns: PlacingColumns, seqs: Ints) -> Ints:
    """Return the theme's number of each seq; −1 where it is not placed yet."""
    place, inside = find_seqs(columns.seq, seqs)
    told = np.full(len(seqs), -1, dtype=np.int64)
    told[inside] = columns.theme[place[inside]]
    return told


def _speak(visit: Visit, log: PackedLog, columns: PlacingColumns, place: Mapping[int, int]) -> Spoken:
    """Return the comments of a log that are read and placed; those of no theme have the code after the last."""
    rows = np.flatnonzero(log.has_text)
    readings = read_readings(visit)
    at, inside = find_seqs(readings.seq, log.seq[rows])
    number = place_seqs(columns, log.seq[rows])
    inside &= number >= 0
    rows, at, number = rows[inside], at[inside], number[inside]
    codes = np.full(max([*place, int(number.max(initial=0))]) + 1 if place else 1, len(place), dtype=np.int64)
    for one, code in place.items():
        codes[one] = code
    return Spoken(
        theme=codes[number] if place else np.full(len(number), 0, dtype=np.int64),
        customer=log.row[rows].astype(np.int64),
        negative=readings.negative[at].astype(np.float64),
        positive=readings.positive[at].astype(np.float64),
        scored=log.valence[rows].astype(np.float64),
        sounds=sounds_of(log, rows),
    )


def _order(tree: Mapping[int, Sequence[Theme]], figures: Mapping[int, ThemeFigures]) -> list[tuple[Theme, int]]:
    """Return themes with their depth: largest first, what is under one after it."""
    ordered: list[tuple[Theme, int]] = []

    def descend(above: int, depth: int) -> None:
        for theme in sorted(tree.get(above, ()), key=lambda one: -(figures[one.number].share.value or 0)):
            ordered.append((theme, depth))
            descend(theme.number, depth + 1)

    descend(NO_THEME, 0)
    return ordered


def _is_new(theme: Theme, round_: ThemeRound | None) -> bool:
    """Whether the last finding found it for the first time; at the first finding nothing is new."""
    return round_ is not None and round_.version > 1 and theme.found_us == round_.found_us


def read_alerts(visit: Visit) -> tuple[tuple[ThemeAlert, ...], ...]:
    """Return the alerts of the last days of the data; who is bound to places is told of none: they are of everybody."""
    log = visit.whole_log
    if visit.bounds.narrow or not len(log):
        return ()
    last = int(log.ts_us.max())
    together: list[list[ThemeAlert]] = []
    for one in visit.heartline.stores.kept.theme_alerts():
        if last - one.seen_us > ALERT_DAYS * _DAY_US:
            continue
        if together and abs(together[-1][-1].seen_us - one.seen_us) <= _HOUR_US:
            together[-1].append(one)
        else:
            together.append([one])
    return tuple(tuple(sorted(some, key=lambda one: (-bool(one.theme), -one.customers))) for some in together)


def _find_typical(log: PackedLog, columns: PlacingColumns) -> dict[int, int]:
    """Return the row of each theme's most typical comment in a log."""
    rows = np.flatnonzero(log.has_text)
    at, inside = find_seqs(columns.seq, log.seq[rows])
    rows, at = rows[inside], at[inside]
    order = np.lexsort((-columns.likeness[at], columns.theme[at]))
    numbers, first = np.unique(columns.theme[at][order], return_index=True)
    return {int(number): int(rows[order[place]]) for number, place in zip(numbers, first, strict=True)}


def _read_typical(visit: Visit, nearest: Mapping[int, int]) -> dict[int, AnswerLine]:
    """Read these comments, for readers who may see what customers said."""
    if not visit.may(Right.SEE_CUSTOMERS) or not nearest:
        return {}
    rows = np.array(list(nearest.values()), dtype=np.int64)
    lines = {line.seq: line for line in read_lines(visit.heartline, visit.log, rows)}
    seqs = {number: int(visit.log.seq[row]) for number, row in nearest.items()}
    return {number: lines[seq] for number, seq in seqs.items() if seq in lines}
