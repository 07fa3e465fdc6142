"""How numbers, times and verdicts are said. Pure text: real minus signs, plain words, meaning before precision."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from heartline.language import _, localize_digits, name_weekday, ngettext, write_currency, write_date
from heartline.records import Difference, Metric, Score, ScoreKind, Verdict

MINUS: Final = "−"
NBSP: Final = "\N{NO-BREAK SPACE}"


class Unit(StrEnum):
    """On which scale a metric speaks."""

    POINTS = "points"  # NPS: −100…+100, whole, signed
    PERCENT = "percent"  # a share 0…1, said as “62 %” with its range
    MEAN = "mean"  # a mean on its own scale, one decimal
    VALENCE = "valence"  # −1…+1, two decimals, signed
    COUNT = "count"


_UNITS: Final = {
    "nps": Unit.POINTS,
    "csat": Unit.PERCENT,
    "ces": Unit.MEAN,
    "stars": Unit.MEAN,
    "valence": Unit.VALENCE,
    "feeling": Unit.VALENCE,
    "count": Unit.COUNT,
}


def unit_of(name: str) -> Unit:
    """The unit of a metric by the first word of its name; a name that is not known is a share."""
    return _UNITS.get(re.split(r"[_.]", name, maxsplit=1)[0].casefold(), Unit.PERCENT)


def number(value: float, *, digits: int = 0, signed: bool = False) -> str:
    """“1,204”, “+41”, “−0.62”: grouped thousands, a real minus, a plus where ``signed``, and never “−0”."""
    body = localize_digits(f"{abs(value):,.{digits}f}")
    zero = not any(sign in body for sign in "123456789")
    if zero:
        return body
    if value < 0:
        return MINUS + body
    return "+" + body if signed else body


def plural(count: int, one: str, many: str) -> str:
    """“1 answer”, “2,140 answers”: the words are translated, by the plural rule of the language spoken."""
    return f"{number(count)}{NBSP}{ngettext(one, many, count)}"


def percent(share: float, *, digits: int = 0) -> str:
    """A share 0…1 as “62 %”, with a space that does not break."""
    return _("{number}\N{NO-BREAK SPACE}%").format(number=number(share * 100, digits=digits))


def percent_range(low: float, high: float) -> str:
    """The interval of a share: “60–64”."""
    first, last = number(low * 100), number(high * 100)
    return first if first == last else f"{first}–{last}"


def people(n: int) -> str:
    """“n 2,140”."""
    return _("n\N{NO-BREAK SPACE}{number}").format(number=number(n))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A metric in words: the figure, what surrounds it, and the n behind it."""

    value: str
    spread: str
    n: str


def say_metric(metric: Metric, *, unit: Unit | None = None, top: int | None = None) -> Said:
    """A metric as its figure, “± 6” or “60–64”, and n. “–” where nothing may be shown."""
    unit = unit or unit_of(metric.name)
    counted = people(metric.n)
    if metric.value is None:
        return Said(value="–", spread=_("too few answers") if metric.n else _("no answers yet"), n=counted)
    value = _figure(metric.value, unit, signed=True)
    if metric.low is None or metric.high is None:
        return Said(value=value, spread="", n=counted)
    if unit is Unit.PERCENT:
        return Said(value=value, spread=percent_range(metric.low, metric.high), n=counted)
    spread = f"±{NBSP}{_margin((metric.high - metric.low) / 2, unit)}"
    return Said(value=value, spread=_("{spread} of {top}").format(spread=spread, top=top) if top else spread, n=counted)


def value_with_margin(metric: Metric, *, unit: Unit | None = None) -> str:
    """“+41 ± 6”, “62 % (60–64)”: one line."""
    said = say_metric(metric, unit=unit)
    if not said.spread or metric.value is None:
        return said.value if metric.value is not None else said.spread
    if (unit or unit_of(metric.name)) is Unit.PERCENT:
        return f"{said.value} ({said.spread})"
    return f"{said.value}{NBSP}{said.spread}"


def _figure(value: float, unit: Unit, *, signed: bool) -> str:
    match unit:
        case Unit.PERCENT:
            return percent(value)
        case Unit.POINTS:
            return number(round(value), signed=signed)
        case Unit.VALENCE:
            return number(value, digits=2, signed=signed)
        case Unit.MEAN:
            return number(value, digits=1)
        case Unit.COUNT:
            return number(value)


def _margin(margin: float, unit: Unit) -> str:
    digits = {Unit.VALENCE: 2, Unit.MEAN: 1}.get(unit, 0)
    return number(max(margin, 10.0**-digits), digits=digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A difference in words. ``tone`` is ``better``, ``worse`` or ``quiet``; ``arrow`` is empty unless reliable."""

    words: str
    arrow: str
    tone: str


def say_change(difference: Difference, *, unit: Unit | None = None, higher_is_better: bool = True) -> Change:
    """What may be said of a difference (statistics.md): an arrow and a colour only where the interval excludes zero."""
    if difference.verdict is Verdict.TOO_FEW:
        return Change(words=_("Too few to say"), arrow="", tone="quiet")
    if difference.verdict is Verdict.NO_RELIABLE_CHANGE or difference.value is None:
        return Change(words=_("No reliable change"), arrow="", tone="quiet")
    rises = difference.verdict is Verdict.HIGHER
    unit = unit or unit_of(difference.now.name)
    scale = 100.0 if unit is Unit.PERCENT else 1.0
    digits = {Unit.VALENCE: 2, Unit.MEAN: 1}.get(unit, 0)
    size = number(abs(difference.value) * scale, digits=digits)
    if difference.low is not None and difference.high is not None:
        half = max((difference.high - difference.low) / 2 * scale, 10.0**-digits)
        size = f"{size}{NBSP}±{NBSP}{number(half, digits=digits)}"
    return Change(
        words=_change_words(rises=rises, points=unit is Unit.PERCENT).format(size=size),
        arrow="▴" if rises else "▾",
        tone="better" if rises is higher_is_better else "worse",
    )


def _change_words(*, rises: bool, points: bool) -> str:
    if points:
        return _("{size} points higher") if rises else _("{size} points lower")
    return _("{size} higher") if rises else _("{size} lower")


def say_score(score: Score) -> str:
    """One person's score: “2 of 10, NPS”, “4 of 5 stars”. What was asked is named, never what should be answered."""
    value = number(score.value, digits=0 if float(score.value).is_integer() else 1)
    if score.kind is ScoreKind.STARS:
        return _("{value} of {top} stars").format(value=value, top=score.top)
    return _("{value} of {top}, {kind}").format(value=value, top=score.top, kind=score.kind.upper())


def duration(seconds: float) -> str:  # noqa: PLR0911  # one line a size
    """A wait as people say it: “40 s”, “3 min 10 s”, “2 h 28 min”, “3.4 d”, “6 weeks”."""
    whole = round(seconds)
    if whole < 60:
        return _("{n}\N{NO-BREAK SPACE}s").format(n=whole)
    if whole < 600 and whole % 60:
        return _("{m}\N{NO-BREAK SPACE}min {s}\N{NO-BREAK SPACE}s").format(m=whole // 60, s=whole % 60)
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("{n}\N{NO-BREAK SPACE}min").format(n=minutes)
    if minutes < 24 * 60:
        if minutes % 60 and minutes < 10 * 60:
            return _("{h}\N{NO-BREAK SPACE}h {m}\N{NO-BREAK SPACE}min").format(h=minutes // 60, m=minutes % 60)
        return _("{n}\N{NO-BREAK SPACE}h").format(n=round(minutes / 60))
    days = seconds / 86_400
    if days < 100:
        tenths = days < 10 and round(days, 1) % 1 != 0
        return _("{n}\N{NO-BREAK SPACE}d").format(n=number(days, digits=int(tenths)))
    return plural(round(days / 7), "week", "weeks")


def _at(ts_us: int, zone: str) -> datetime:
    return datetime.fromtimestamp(ts_us / 1_000_000, UTC).astimezone(ZoneInfo(zone))


def day(ts_us: int, zone: str = "UTC", *, now_us: int | None = None) -> str:
    """“14 Nov”, with the year where it is not this one (or no ``now_us`` says which one is this one)."""
    at = _at(ts_us, zone)
    same = now_us is not None and _at(now_us, zone).year == at.year
    return write_date(at, "MMMd" if same else "yMMMd").replace(" ", NBSP)


def long_day(ts_us: int, zone: str = "UTC") -> str:
    """“Sunday 22 November”."""
    at = _at(ts_us, zone)
    return write_date(at, "MMMMEEEEd")


def clock(ts_us: int, zone: str = "UTC") -> str:
    """“14:32”."""
    return f"{_at(ts_us, zone):%H:%M}"


def moment(ts_us: int, zone: str = "UTC", *, now_us: int | None = None) -> str:
    """“14 Nov, 09:12”."""
    return f"{day(ts_us, zone, now_us=now_us)}, {clock(ts_us, zone)}"


def iso(ts_us: int, zone: str = "UTC") -> str:
    """The machine's form, for ``<time datetime>``."""
    return _at(ts_us, zone).isoformat(timespec="seconds")


def due(due_us: int, zone: str = "UTC", *, now_us: int) -> str:
    """“Overdue 2 days”, “Today, 17:00”, “Tomorrow”, “Tue 24 Nov”."""
    at, now = _at(due_us, zone), _at(now_us, zone)
    if due_us < now_us:
        days = (now.date() - at.date()).days
        if days:
            return ngettext("Overdue {n}\N{NO-BREAK SPACE}day", "Overdue {n}\N{NO-BREAK SPACE}days", days).format(
                n=number(days)
            )
        return _("Overdue since {time}").format(time=f"{at:%H:%M}")
    ahead = (at.date() - now.date()).days
    if ahead == 0:
        return _("Today, {time}").format(time=f"{at:%H:%M}")
    if ahead == 1:
        return _("Tomorrow")
    return f"{name_weekday(at.weekday())} {day(due_us, zone, now_us=now_us)}"


def ago(ts_us: int, *, now_us: int) -> str:
    """“just now”, “4 min ago”, “3 days ago”."""
    seconds = (now_us - ts_us) / 1_000_000
    if seconds < 45:
        return _("just now")
    if seconds < 3600:
        return _("{n}\N{NO-BREAK SPACE}min ago").format(n=round(seconds / 60))
    if seconds < 86_400:
        return _("{n}\N{NO-BREAK SPACE}h ago").format(n=round(seconds / 3600))
    days = round(seconds / 86_400)
    return ngettext("{n}\N{NO-BREAK SPACE}day ago", "{n}\N{NO-BREAK SPACE}days ago", days).format(n=number(days))


def money(amount_minor: int, currency: str) -> str:
    """Integer minor units as “£14.50”, “€1,204”, “SEK 90”."""
    minor = 0 if currency in {"JPY", "KRW", "ISK", "CLP", "VND"} else 2
    value = amount_minor / 10**minor
    body = number(abs(value), digits=0 if float(value).is_integer() else minor)
    return (MINUS if value < 0 else "") + write_currency(body, currency)


def name_channel(channel: str) -> str:
    """A channel as it is shown beside other words; "" for the one that stands for none told."""
    return "" if channel == "other" else channel
