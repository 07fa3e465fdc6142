"""One customer, read: who they are, their life as a line, all that happened filtered and paged, where they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from heartline.act import sort_closed, sort_open
from heartline.app import Heartline
from heartline.errors import Missing
from heartline.language import _, write_date
from heartline.records import Case, Journey, Profile, Score, ScoreKind
from heartline.store import Entry, Span
from heartline.understand import EVERYTHING, PackedLog, RunState
from heartline.web.charts.life import Felt, Lane, LifeGiven
from heartline.web.kinship import Kinship, read_kinship
from heartline.web.mapping import list_journeys, open_runs
from heartline.web.parts import View, channel_icon_name
from heartline.web.parts.words import day, number, say_score
from heartline.web.people import present_identifiers
from heartline.web.returned import Returned, returned_of_customer

READ: Final = 2_000
PAGE: Final = 25
SAID, SCORED, PAID, TOLD = "said", "scored", "paid", "told"
KINDS: Final = (SAID, SCORED, PAID, TOLD)
_LANES: Final = 5
_WEEK_US: Final = 7 * 86_400_000_000
_QUIET_TAIL_US: Final = 26 * _WEEK_US
_GOOD: Final = 0.25
_PLEASED, _BETWEEN, _UNHAPPY = "pleased", "in between", "unhappy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened; ``times`` above 1: that often in a row on one day."""

    entry: Entry
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which part of a timeline is asked for. ``before`` is (time in µs, seq): the newest not shown any more."""

    channel: str = ""
    kind: str = ""
    before: tuple[int, int] | None = None

    def fits(self, entry: Entry) -> bool:
        """Whether an entry is asked for, whatever its time."""
        return (not self.channel or entry.channel == self.channel) and (not self.kind or is_kind(entry, self.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A page of what happened. ``total`` counts what fits the filter, ``channels`` and ``kinds`` all there is of each;
    ``older`` is the cursor of the next page ("" at the end).
    """

    asked: Asked
    moments: tuple[Moment, ...]
    total: int
    everything: int
    channels: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]
    older: str
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Where a customer is in a journey: the stage they stand at (or stood last), since when, how that run stands."""

    journey: Journey
    stage: str
    since_us: int
    state: RunState
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A customer's page."""

    profile: Profile
    kinship: Kinship
    first_us: int | None
    last_us: int | None
    title: str
    given: LifeGiven | None
    scores: tuple[tuple[Score, Entry], ...]
    timeline: Timeline
    stations: tuple[Station, ...]
    open_cases: tuple[Case, ...]
    closed_cases: tuple[Case, ...]
    returned: tuple[Returned, ...]


def find_profile(heartline: Heartline, ref: str) -> Profile:
    """Return the customer to whom a ref leads now; every ref ever given out leads somewhere.

    Raises:
        Missing: it never was one.
    """
    derived = heartline.stores.derived
    owner = derived.customer_of_handle(ref)
    found = derived.profiles([owner]).get(owner) if owner is not None else None
    if found is None:
        raise Missing("no_customer", _("There is no such customer."), _("Look for them among the customers."))
    return found


def read_life(heartline: Heartline, log: PackedLog, profile: Profile, asked: Asked, *, view: View, now_us: int) -> Life:
    """Read a customer. The timeline comes from History itself, so that it shows what arrived a moment ago."""
    entries = read_entries(heartline, profile.customer_id)
    touches = [entry for entry in entries if entry.touch]
    scores = tuple((score, entry) for entry in touches if (score := score_of(entry)) is not None)
    cases = cases_of(heartline, profile.customer_id)
    return Life(
        profile=profile,
        kinship=read_kinship(heartline, profile.customer_id),
        first_us=entries[-1].ts_us if entries else None,
        last_us=entries[0].ts_us if entries else None,
        title=say_life(scores, len(touches), zone=view.timezone, now_us=now_us),
        given=give_life(touches, view=view, path=f"/customers/{profile.ref}", now_us=now_us) if touches else None,
        scores=scores,
        timeline=page_timeline(entries, asked),
        stations=find_stations(heartline, log, profile.customer_id, now_us=now_us),
        open_cases=tuple(sort_open(cases)),
        closed_cases=tuple(sort_closed(cases)),
        returned=returned_of_customer(heartline, profile.customer_id),
    )


def read_entries(heartline: Heartline, customer_id: int, *, limit: int = READ + 1) -> list[Entry]:
    """Return what happened to a customer, newest first, within the times in which each subject was theirs."""
    spans = [Span(o.subject_id, o.from_us, o.to_us) for o in heartline.stores.derived.owned_by(customer_id)]
    return heartline.stores.history.timeline(spans, limit=limit)


def score_of(entry: Entry) -> Score | None:
    """Return the score of an entry."""
    if entry.score is None or not entry.score_kind:
        return None
    return Score(ScoreKind(entry.score_kind), float(entry.score), entry.score_top)


def is_kind(entry: Entry, kind: str) -> bool:
    """Whether an entry is of a kind that the timeline filters by: with words, a score, money, or told of themselves."""
    match kind:
        case "said":
            return bool(entry.text)
        case "scored":
            return entry.score is not None
        case "paid":
            return entry.amount_minor is not None
        case _:
            return not entry.touch


def read_asked(query: Mapping[str, str]) -> Asked:
    """Read which part of the timeline a URL asks for; what cannot be read asks for the newest of everything."""
    kind = query.get("kind", "")
    time_text, _dot, seq_text = query.get("before", "").partition(".")
    try:
        before = (int(time_text[:20]), int(seq_text[:20])) if time_text else None
    except ValueError:
        before = None
    return Asked(channel=query.get("channel", ""), kind=kind if kind in KINDS else "", before=before)


def page_timeline(entries: Sequence[Entry], asked: Asked) -> Timeline:
    """Cut a page out of what happened (newest first): what fits the filter, after the cursor, folded."""
    known = entries[:READ]
    fitting = [entry for entry in known if asked.fits(entry)]
    left = [entry for entry in fitting if asked.before is None or (entry.ts_us, entry.seq) < asked.before]
    folded = fold(left)
    shown = folded[:PAGE]
    after = folded[PAGE].entry if len(folded) > PAGE else None
    channels = Counter(entry.channel for entry in known if entry.channel)
    return Timeline(
        asked=asked,
        moments=tuple(shown),
        total=len(fitting),
        everything=len(known),
        channels=tuple(sorted(channels.items(), key=lambda pair: (-pair[1], pair[0]))),
        kinds=tuple((kind, sum(is_kind(entry, kind) for entry in known)) for kind in KINDS),
        older=f"{after.ts_us}.{after.seq + 1}" if after else "",
        cut=len(entries) > READ,
    )


def fold(entries: Iterable[Entry]) -> list[Moment]:
    """Fold what was done several times in a row on one day, if nothing is to be read in it: ten page views, one row."""
    found: list[Moment] = []
    for entry in entries:
        last = found[-1] if found else None
        if last is not None and _alike(last.entry, entry):
            found[-1] = Moment(entry=last.entry, times=last.times + 1)
        else:
            found.append(Moment(entry=entry))
    return found


def _alike(one: Entry, other: Entry) -> bool:
    if any(e.text or e.score is not None or e.amount_minor is not None or e.order for e in (one, other)):
        return False
    if one.ts_us // 86_400_000_000 != other.ts_us // 86_400_000_000:
        return False
    same = ("kind", "touch", "touchpoint", "channel", "place", "action", "product", "employee", "partner")
    return all(getattr(one, name) == getattr(other, name) for name in same)


def cases_of(heartline: Heartline, customer_id: int) -> list[Case]:
    """Return the cases that name any identifier which leads to this customer now: so cases follow merges."""
    kept = heartline.stores.kept
    handles = [known.handle for known in present_identifiers(heartline, customer_id)][:200]
    return [case for handle in handles for case in kept.cases(handle=handle)]


def find_stations(heartline: Heartline, log: PackedLog, customer_id: int, *, now_us: int) -> tuple[Station, ...]:
    """Find where a customer is in each journey they ever began: their latest run of it."""
    found = []
    for journey in list_journeys(heartline, log):
        runs = open_runs(heartline, log, journey, EVERYTHING, now_us=now_us)
        place = int(np.searchsorted(runs.log.customers, customer_id))
        if place == len(runs.log.customers) or runs.log.customers[place] != customer_id:
            continue
        theirs = np.flatnonzero(runs.customer == place)
        if not len(theirs):
            continue
        latest = int(theirs[-1])
        stage = int(runs.current[latest])
        found.append(
            Station(
                journey=journey,
                stage=journey.stages[stage].name,
                since_us=int(runs.entered_us[latest, stage]),
                state=RunState(int(runs.state[latest])),
                runs=len(theirs),
            )
        )
    return tuple(sorted(found, key=lambda station: (station.state is not RunState.OPEN, -station.since_us)))


def give_life(touches: Sequence[Entry], *, view: View, path: str, now_us: int) -> LifeGiven:
    """Make what the chart is given from what happened (newest first, at least one touch)."""
    first, last = touches[-1].ts_us, touches[0].ts_us
    end = max(last, min(now_us, last + _QUIET_TAIL_US))
    return LifeGiven(
        felt=_feel(touches, view=view, path=path),
        lanes=lay_lanes(touches),
        from_us=first,
        to_us=max(end, first + 86_400_000_000),
        zone=view.timezone,
    )


def _feel(touches: Sequence[Entry], *, view: View, path: str) -> tuple[Felt, ...]:
    by_day: dict[str, list[tuple[Score, Entry]]] = {}
    for entry in reversed(touches):
        score = score_of(entry)
        if score is not None:
            by_day.setdefault(f"{_local(entry.ts_us, view.timezone):%Y-%m-%d}", []).append((score, entry))
    found = []
    for told in by_day.values():
        score, entry = told[-1]
        words = "; ".join(f"{say_score(each)}, {of.touchpoint or of.channel}" for each, of in told[:4])
        cursor = f"{entry.ts_us}.{entry.seq + 1}"
        found.append(
            Felt(
                ts_us=entry.ts_us,
                value=sum(each.valence for each, _entry in told) / len(told),
                label=entry.touchpoint or entry.channel or say_score(score),
                words=f"{day(entry.ts_us, view.timezone)}: {words}",
                n=len(told),
                href=view.url(f"{path}#happened", before=cursor),
            )
        )
    return tuple(found)


def lay_lanes(touches: Sequence[Entry]) -> tuple[Lane, ...]:
    """Lay touches out by channel, the busiest first; rare channels share the last lane."""
    times: dict[str, list[int]] = {}
    for entry in touches:
        times.setdefault(entry.channel, []).append(entry.ts_us)
    order = sorted(times, key=lambda name: (-len(times[name]), name))
    named = order if len(order) <= _LANES else order[: _LANES - 1]
    lanes = [
        Lane(name=name.capitalize() or _("Unknown"), drawing=channel_icon_name(name), times=tuple(times[name]))
        for name in named
    ]
    rest = [ts for name in order[len(named) :] for ts in times[name]]
    return (*lanes, Lane(name=_("Others"), drawing="dots", times=tuple(rest))) if rest else tuple(lanes)


def say_life(scores: Sequence[tuple[Score, Entry]], touches: int, *, zone: str, now_us: int) -> str:
    """Say a life in one line from its scores (newest first): facts of single answers, no estimate.

    “Pleased before, unhappy since September”; “Unhappy twice, last in May; pleased since”; “Pleased all 8 times”.
    """
    if not scores:
        return _("No score yet") if touches else _("Nothing happened yet")
    if len(scores) == 1:
        return _("One score so far: {score}").format(score=say_score(scores[0][0]))
    felt = [_word(score) for score, _entry in scores]
    if len(set(felt)) == 1:
        return _say_always(felt[0], len(felt))
    if _UNHAPPY not in felt:
        return _("Never unhappy in {n} answers").format(n=number(len(felt)))
    times = [_month(entry.ts_us, zone, now_us=now_us) for _score, entry in scores]
    return _say_now(felt, times) if felt[0] == _UNHAPPY else _say_past(felt, times)


def _say_now(felt: Sequence[str], months: Sequence[str]) -> str:
    """Whoever is unhappy now, and since when."""
    streak = next(at for at, word in enumerate(felt) if word != _UNHAPPY)
    again = felt.count(_UNHAPPY) > streak
    if streak == 1:
        return (
            _("Better before, unhappy when last asked") if again else _("Never unhappy before, unhappy when last asked")
        )
    words = _("Better before, unhappy since {month}") if again else _("Never unhappy before, unhappy since {month}")
    return words.format(month=months[streak - 1])


def _say_past(felt: Sequence[str], months: Sequence[str]) -> str:
    """Whoever was unhappy, how often, when last, and how it was since."""
    lows, last = felt.count(_UNHAPPY), felt.index(_UNHAPPY)
    pleased = set(felt[:last]) == {_PLEASED}
    if lows == 1:
        words = _("Unhappy once, in {month}; pleased since") if pleased else _("Unhappy once, in {month}; better since")
    elif lows == 2:
        words = (
            _("Unhappy twice, last in {month}; pleased since")
            if pleased
            else _("Unhappy twice, last in {month}; better since")
        )
    else:
        words = (
            _("Unhappy {n} times, last in {month}; pleased since")
            if pleased
            else _("Unhappy {n} times, last in {month}; better since")
        )
    return words.format(n=number(lows), month=months[last])


def _say_always(felt: str, n: int) -> str:
    words = {
        _PLEASED: (_("Pleased both times"), _("Pleased all {n} times")),
        _BETWEEN: (_("In between both times"), _("In between all {n} times")),
        _UNHAPPY: (_("Unhappy both times"), _("Unhappy all {n} times")),
    }[felt]
    return words[n > 2].format(n=number(n))


def _word(score: Score) -> str:
    return _PLEASED if score.valence > _GOOD else _UNHAPPY if score.valence < -_GOOD else _BETWEEN


def _month(ts_us: int, zone: str, *, now_us: int) -> str:
    at = _local(ts_us, zone)
    return write_date(at, "MMMM" if at.year == _local(now_us, zone).year else "yMMMM")


def _local(ts_us: int, zone: str) -> datetime:
    return datetime.fromtimestamp(ts_us / 1e6, UTC).astimezone(ZoneInfo(zone))
