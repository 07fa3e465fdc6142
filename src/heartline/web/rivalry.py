"""Reviews and rivals, as their page, export and API ask for them: one reading of it all.

Ours are the reviews in the time range and filter; where nobody reviewed us, all comments stand in, as the page says.
What is said of rivals is nobody's (``records.NOBODY``): of the lens only the time range applies to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.collect import REPLY, REVIEW
from heartline.records import NO_THEME, RIVAL, Right, Theme
from heartline.store import Entry
from heartline.understand import (
    ALL,
    Ints,
    Mask,
    PackedLog,
    Reason,
    Reasons,
    ReplyState,
    Rivals,
    Saying,
    Spoken,
    ThemeAgainst,
    compare_themes,
    count_reasons,
    hear_saying,
    match_replies,
    sounds_of,
)
from heartline.web.listing import AnswerLine, read_lines
from heartline.web.market import Market, read_market
from heartline.web.recall import recall_of
from heartline.web.theming import arrange, family_of, find_seqs, place_seqs, read_placings, read_readings
from heartline.web.visit import Visit

MOST_REVIEWS: Final = 20_000
"""Reviews of rivals that are looked through, the latest."""
MOST_COMMENTS: Final = 12_000
"""Comments of ours that are looked through for who leaves and why people buy, the latest: about 0.6 CPU seconds."""
PAGE: Final = 30
QUOTED: Final = 2
_PART: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RivalLine:
    """One review of a rival."""

    seq: int
    ts_us: int
    rival: str
    stars: float | None
    site: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The comments behind a figure: of ``ours`` or of rivals, ``total`` of them, a ``page`` of lines."""

    title: str
    total: int
    page: int
    ours: tuple[AnswerLine, ...] = ()
    theirs: tuple[RivalLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The figures. ``rivals`` counts reviews by brand, ``rows`` are our reviews in the log, ``theirs`` those of the
    rivals asked for; ``codes`` and ``their_codes`` tell the theme of each, by its place among all themes kept.
    ``unread`` of both are not counted: nobody has read them yet.
    """

    themes: tuple[Theme, ...]
    lines: tuple[ThemeAgainst, ...]
    rivals: tuple[tuple[str, int], ...]
    stand_in: bool
    corrected: bool
    rows: Ints
    codes: Ints
    theirs: tuple[RivalLine, ...]
    their_codes: Ints
    reasons: Mapping[Saying, Reasons]
    replies: ReplyState
    comments: Ints
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivalry:
    """The page: what was compared against ``against`` ("" is all rivals), the comments asked for, quotes by seq."""

    compared: Compared
    market: Market
    against: str
    shown: Shown | None
    open_reviews: tuple[AnswerLine, ...]
    quotes: Mapping[int, AnswerLine]
    seqs: Ints
    """Of each row of the log its seq."""

    def seqs_of(self, one: Reason) -> list[int]:
        """Return the seqs of what is quoted of a reason."""
        seqs: list[int] = self.seqs[one.rows[-QUOTED:]].tolist()
        return seqs


def read_rivalry(visit: Visit, *, against: str | None = None) -> Rivalry:
    """Return what the page shows, against the rival that is named, or that the URL names."""
    market = read_market(visit.heartline)
    against = visit.query.get("rival", "")[:200] if against is None else against
    compared = compare_all(visit, market, against)
    may = visit.may(Right.SEE_CUSTOMERS)
    quoted = [
        int(row)
        for said in compared.reasons.values()
        for one in (*said.reasons, *said.rivals)
        for row in one.rows[-QUOTED:]
    ]
    rows = np.array(sorted(set(quoted)), dtype=np.int64)
    newest = compared.replies.open_rows[np.argsort(-visit.log.ts_us[compared.replies.open_rows], kind="stable")]
    return Rivalry(
        compared=compared,
        market=market,
        against=against,
        shown=_show(visit, compared) if may else None,
        open_reviews=read_lines(visit.heartline, visit.log, newest[:PAGE]) if may else (),
        seqs=visit.log.seq,
        quotes={line.seq: line for line in read_lines(visit.heartline, visit.log, rows)} if may else {},
    )


def compare_all(visit: Visit, market: Market, against: str) -> Compared:
    """Return the figures, worked out once for as long as nothing comes."""
    stores, status = visit.heartline.stores, visit.heartline.listener.status()
    placed = len(read_placings(visit))
    key = ("rivals", stores.kept.themes(), status, placed, visit.selection, market, against, stores.history.offset())
    return recall_of(visit.heartline).of(visit.log, key, lambda: _compare(visit, market, against))


def mask_action(log: PackedLog, action: str) -> Mask:
    """Tell which touches are of an action."""
    names = log.names["action"]
    told: Mask = log.codes["action"] == names.index(action) if action in names else np.zeros(len(log), dtype=np.bool_)
    return told


def _compare(visit: Visit, market: Market, against: str) -> Compared:
    log, status = visit.log, visit.heartline.listener.status()
    themes = tuple(theme for some in arrange(visit.heartline.stores.kept.themes()).values() for theme in some)
    every = visit.heartline.stores.kept.themes()
    place = {theme.number: code for code, theme in enumerate(every)}
    inside = tuple(np.array(sorted(place[one] for one in family_of(every, theme.number))) for theme in themes)
    reviews = np.flatnonzero(log.has_text & mask_action(log, REVIEW))
    stand_in = not len(reviews)
    rows = np.flatnonzero(log.has_text) if stand_in else reviews
    said = _read_theirs(visit)
    theirs = tuple(one for one in said if not against or one.rival == against)
    seqs = np.array([one.seq for one in theirs], dtype=np.int64)
    ours, kept = _speak(visit, log.seq[rows], log.row[rows].astype(np.int64), place, sounds_of(log, rows))
    # Stars of others' customers do not tell how the reader errs: their scale is not that of ours.
    others, their_kept = _speak(visit, seqs, np.arange(len(seqs)), place, np.full(len(seqs), -1))
    lines = compare_themes(ours, others, themes=len(themes), reader=status.reader, inside=inside)
    replied = np.flatnonzero(mask_action(log, REPLY))
    comments = np.flatnonzero(log.has_text)
    comments = np.sort(comments[np.argsort(log.ts_us[comments], kind="stable")[-MOST_COMMENTS:]])
    return Compared(
        themes=themes,
        lines=lines,
        rivals=_count_brands(said),
        stand_in=stand_in,
        corrected=status.reader is not None,
        rows=rows[kept],
        codes=ours.theme,
        theirs=tuple(theirs[one] for one in np.flatnonzero(their_kept).tolist()),
        their_codes=others.theme,
        reasons=_reason(visit, market, comments, place, inside),
        replies=match_replies(log, np.flatnonzero(mask_action(log, REVIEW)), replied),
        comments=comments,
        unread=int((~kept).sum() + (~their_kept).sum()),
    )


def _speak(visit: Visit, seqs: Ints, customer: Ints, place: Mapping[int, int], sounds: Ints) -> tuple[Spoken, Mask]:
    """Return comments that are read and placed, by seq, and which those are; those of no theme have the code −1.
    ``sounds`` is what each was by its score.
    """
    readings = read_readings(visit)
    at, kept = find_seqs(readings.seq, seqs)
    # Before themes are found there is nothing to be placed by, and all reviews can still be compared.
    number = place_seqs(read_placings(visit), seqs)
    at, number = at[kept], number[kept]
    spoken = Spoken(
        theme=np.array([place.get(int(one), ALL) for one in number], dtype=np.int64),
        customer=customer[kept],
        negative=readings.negative[at].astype(np.float64),
        positive=readings.positive[at].astype(np.float64),
        scored=np.full(len(at), np.nan),
        sounds=sounds[kept],
    )
    return spoken, kept


def _read_theirs(visit: Visit) -> tuple[RivalLine, ...]:
    first, last = visit.selection.from_us, visit.selection.to_us
    entries = visit.heartline.stores.history.of_rivals(limit=MOST_REVIEWS)
    return tuple(
        _tell(entry)
        for entry in entries
        if entry.text and (first is None or entry.ts_us >= first) and (last is None or entry.ts_us < last)
    )


def _tell(entry: Entry) -> RivalLine:
    facts = json.loads(entry.properties)
    return RivalLine(
        seq=entry.seq,
        ts_us=entry.ts_us,
        rival=str(facts.get(RIVAL, "")),
        stars=facts.get("stars"),
        site=str(facts.get("site", "")),
        text=entry.text or "",
    )


def _count_brands(said: Sequence[RivalLine]) -> tuple[tuple[str, int], ...]:
    names, counts = np.unique(np.array([one.rival for one in said], dtype=object).astype(str), return_counts=True)
    return tuple(sorted(zip(names.tolist(), counts.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0])))


def _reason(
    visit: Visit, market: Market, comments: Ints, place: Mapping[int, int], inside: tuple[Ints, ...]
) -> dict[Saying, Reasons]:
    """Hear in our own comments who leaves and why people buy; the rows told are rows of the log."""
    log, rivals = visit.log, Rivals(market.rivals)
    texts = _read_texts(visit, log.seq[comments])
    heard = [hear_saying(text, rivals) for text in texts]
    named = [rivals.find(text) if saying else () for text, saying in zip(texts, heard, strict=True)]
    number = place_seqs(read_placings(visit), log.seq[comments])
    codes = np.array([place.get(int(one), ALL) for one in number], dtype=np.int64)
    found = {}
    for saying in Saying:
        counted = count_reasons(
            saying,
            np.array([one is saying for one in heard], dtype=np.bool_),
            log.row[comments].astype(np.int64),
            themes=tuple(np.isin(codes, some) for some in inside),
            rivals=tuple(np.array([name in some for some in named], dtype=np.bool_) for name in rivals.called),
        )
        found[saying] = counted.moved(comments)
    return found


def _read_texts(visit: Visit, seqs: Ints) -> list[str]:
    texts: dict[int, str] = {}
    for start in range(0, len(seqs), _PART):
        part = [int(seq) for seq in seqs[start : start + _PART]]
        texts |= {one.seq: one.text or "" for one in visit.heartline.stores.history.entries(part)}
    return [texts.get(int(seq), "") for seq in seqs]


def _show(visit: Visit, compared: Compared) -> Shown | None:
    """Return the comments behind the figure that the URL asks for: ``show`` is a side and a theme, or a saying."""
    side, _dash, which = visit.query.get("show", "").partition("-")
    page = visit.number("page", 1, low=1)
    if side in {"ours", "theirs"}:
        number = int(which) if which.isdecimal() and len(which) < 10 else NO_THEME
        theme = next((one for one in compared.themes if one.number == number), None)
        return _show_theme(visit, compared, side, theme, page)
    if side in {saying.value for saying in Saying}:
        rows = compared.reasons[Saying(side)].rows
        newest = rows[np.argsort(-visit.log.ts_us[rows], kind="stable")]
        lines = read_lines(visit.heartline, visit.log, newest[(page - 1) * PAGE : page * PAGE])
        return Shown(title=side, total=len(rows), page=page, ours=lines)
    return None


def _show_theme(visit: Visit, compared: Compared, side: str, theme: Theme | None, page: int) -> Shown:
    every = visit.heartline.stores.kept.themes()
    codes = compared.codes if side == "ours" else compared.their_codes
    keep = np.ones(len(codes), dtype=np.bool_)
    if theme is not None:
        family = family_of(every, theme.number)
        keep = np.isin(codes, [code for code, one in enumerate(every) if one.number in family])
    title = theme.label if theme else ""
    cut = slice((page - 1) * PAGE, page * PAGE)
    if side == "ours":
        rows = compared.rows[keep]
        newest = rows[np.argsort(-visit.log.ts_us[rows], kind="stable")]
        return Shown(title=title, total=len(rows), page=page, ours=read_lines(visit.heartline, visit.log, newest[cut]))
    said = [compared.theirs[one] for one in np.flatnonzero(keep).tolist()]
    said.sort(key=lambda one: (-one.ts_us, -one.seq))
    return Shown(title=title, total=len(said), page=page, theirs=tuple(said[cut]))
