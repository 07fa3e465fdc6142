"""How pains are said: names, sizes, ranges of money, and how strong a hidden cause would have to be, in plain words."""

from __future__ import annotations

from typing import Final

from heartline.language import _, mark, ngettext, write_currency
from heartline.understand import (
    ChannelGap,
    Claim,
    Contradiction,
    Evidence,
    Inconsistency,
    Measure,
    Pain,
    PainList,
    SignKind,
    Worth,
    say_stage,
)
from heartline.web.parts.words import MINUS, NBSP, duration, name_channel, number, percent

ADJUSTED: Final = {
    "orders": mark("orders until then"),
    "amount": mark("the last order's amount"),
    "tenure": mark("time as a customer"),
}
UNITS: Final = {
    Measure.NPS: mark("NPS"),
    Measure.CSAT: mark("points satisfied"),
    Measure.CES: mark("ease"),
    Measure.STARS: mark("stars"),
    Measure.VALENCE: mark("feeling"),
}
SCORES: Final = {
    Measure.NPS: mark("NPS"),
    Measure.CSAT: mark("Satisfied"),
    Measure.CES: mark("Ease"),
    Measure.STARS: mark("Stars"),
    Measure.VALENCE: mark("Feeling"),
}
_DAY_US: Final = 86_400_000_000
_NO_MINOR: Final = frozenset({"JPY", "KRW", "ISK", "CLP", "VND"})
_DIGITS: Final = {Measure.VALENCE: 2, Measure.CES: 1, Measure.STARS: 1}


def name_pain(pain: Pain) -> str:
    """Name a pain: what happens, and to whom."""
    what = _what(pain)
    return _("{what}, {whom}").format(what=what, whom=pain.value) if pain.value else what


def _what(pain: Pain) -> str:  # noqa: PLR0911  # one line a kind
    spot = say_stage(pain.spot) or _("everywhere")
    late = any(one.kind in {SignKind.WAIT, SignKind.PROMISE} for one in pain.evidence)
    match pain.kind:
        case SignKind.WAIT:
            return _("Waiting too long: {spot}").format(spot=spot)
        case SignKind.GIVE_UP:
            return _("Giving up: {spot}").format(spot=spot)
        case SignKind.LOOP:
            return _("Going in circles: {spot}").format(spot=spot)
        case SignKind.AGAIN:
            return _("Having to ask again")
        case SignKind.SWITCH:
            return _("Asking by one channel, then by another")
        case SignKind.PROMISE:
            return _("Promise broken: {spot}").format(spot=spot)
        case SignKind.SCORE if late:
            return _("Late, and felt: {spot}").format(spot=spot)
        case _:
            return _("Less happy: {spot}").format(spot=spot)


def say_where(pain: Pain) -> str:
    """Say where it lies: the stage, the touchpoints, the partner or channel that most of it goes through."""
    spots = list(pain.touchpoints[:2]) if pain.touchpoints and pain.touchpoints != (pain.spot,) else []
    words = [
        say_stage(pain.stage) if pain.stage != pain.spot else "",
        *spots,
        pain.partner,
        name_channel(pain.channel) if not spots else "",
    ]
    return ", ".join(dict.fromkeys(word for word in words if word and word != pain.value))


def say_money(worth: Worth, currency: str) -> str:
    """The range: “£44–78k”; “up to £9k” where it may be nothing."""
    if worth.high <= 0:
        return _("nothing found")
    if worth.low <= 0:
        return _("up to {money}").format(money=short_money(worth.high, currency))
    return short_range(worth.low, worth.high, currency)


def short_money(minor: float, currency: str) -> str:
    """“£940”, “£9.3k”, “£78k”, “£1.2m”."""
    value = _major(minor, currency)
    digits, suffix, scale = _shorten(abs(value))
    if round(abs(value) / scale, 1).is_integer():
        digits = 0
    body = write_currency(number(abs(value) / scale, digits=digits) + suffix, currency)
    return MINUS + body if value < 0 else body


def short_range(low: float, high: float, currency: str) -> str:
    """Two ends with one sign of currency: “£44–78k”, “£940–1,200”."""
    first, last = _major(low, currency), _major(high, currency)
    digits, suffix, scale = _shorten(last)
    if suffix and first / scale < 1:
        digits = max(digits, 1)
    return write_currency(
        f"{number(first / scale, digits=digits)}–{number(last / scale, digits=digits)}{suffix}", currency
    )


def name_currency(currency: str) -> str:
    """The sign of a currency alone: “£”."""
    return write_currency("", currency).strip()


def _major(minor: float, currency: str) -> float:
    return minor if currency in _NO_MINOR else minor / 100


def _shorten(value: float) -> tuple[int, str, float]:
    if value >= 999_500:
        return 1, _("m"), 1e6
    if value >= 9_950:
        return 0, _("k"), 1e3
    if value >= 1_000:
        return 1, _("k"), 1e3
    return 0, "", 1.0


def say_gap(one: Evidence) -> tuple[str, str]:
    """A difference and its unit: (“−24 ± 6”, “NPS”), (“+13 ± 3”, “of 100 gave up”)."""
    gap = one.difference
    if gap.value is None or gap.low is None or gap.high is None:
        return "–", ""
    of_share = one.measure in {None, Measure.CSAT}
    scale = 100.0 if of_share else 1.0
    digits = 0 if one.measure is None else _DIGITS.get(one.measure, 0)
    half = max((gap.high - gap.low) / 2 * scale, 10.0**-digits)
    said = f"{number(gap.value * scale, digits=digits, signed=True)}{NBSP}±{NBSP}{number(half, digits=digits)}"
    return said, _(UNITS[one.measure]) if one.measure else _(SHARES[one.kind])


SHARES: Final = {
    SignKind.WAIT: mark("of 100 wait too long"),
    SignKind.GIVE_UP: mark("of 100 give up"),
    SignKind.LOOP: mark("of 100 go in circles"),
    SignKind.AGAIN: mark("of 100 ask again"),
    SignKind.SWITCH: mark("of 100 change the channel"),
    SignKind.PROMISE: mark("of 100 promises broken"),
    SignKind.COMMENT: mark("of 100 write"),
    SignKind.SCORE: mark("of 100"),
}


def is_past(found: PainList, *, now_us: int) -> bool:
    """Whether the quarter of a list ended long ago: its data are an old export."""
    return 0 < found.until_us < now_us - 28 * _DAY_US


def say_missed(pain: Pain) -> str:
    """How often what was promised never came, "" where it always did."""
    if not pain.missed:
        return ""
    told = ngettext(
        "{n} time its day has passed and nothing came.", "{n} times its day has passed and nothing came.", pain.missed
    )
    return told.format(n=number(pain.missed))


def say_stake(pain: Pain, currency: str) -> str:
    """What the orders were worth that it happened to, "" where nothing is known."""
    if not pain.at_stake:
        return ""
    return _("Orders hit: {money} in 91 days").format(money=short_money(pain.at_stake, currency))


def say_period(one: Evidence, *, of_orders: bool = False) -> str:
    """Of which time a difference is: of what grew since then, of what is worse here and of comments the quarter whose
    people are counted, of what was met a year.
    """
    if of_orders or (one.claim is Claim.MET and one.kind is not SignKind.COMMENT):
        return _("in a year")
    return _("since then") if one.claim is Claim.GREW else _("in 91 days")


def say_lost(worth: Worth) -> tuple[str, str]:
    """The difference in later orders: (“−11 ± 6”, “orders of 100”)."""
    half = (worth.lost_high - worth.lost_low) / 2 * 100
    said = f"{number(-worth.lost * 100, signed=True)}{NBSP}±{NBSP}{number(max(half, 1))}"
    return said, _("orders of 100")


def say_evidence(one: Evidence) -> str:
    """A sign in a sentence, with both sides."""
    sides = {
        Claim.GREW: _("{what}: {now} since, {before} before"),
        Claim.WORSE_HERE: _("{what}: {now} here, {before} elsewhere"),
        Claim.MET: _("{what}: {now} of those who met it, {before} of those it spared"),
    }[one.claim]
    return sides.format(what=_name_sign(one), now=_side(one, now=True), before=_side(one, now=False))


def _name_sign(one: Evidence) -> str:
    if one.kind is SignKind.SCORE:
        return _("{measure} at {spot}").format(measure=_(SCORES[one.measure or Measure.VALENCE]), spot=one.name)
    if one.kind is SignKind.WAIT:
        told = _("Waited over {time} from {first} to {last}")
        return told.format(time=duration(one.limit_us / 1e6), first=one.from_touchpoint, last=one.name)
    named = {
        SignKind.GIVE_UP: _("Gave up"),
        SignKind.LOOP: _("Went back and forth"),
        SignKind.AGAIN: _("Asked again within seven days"),
        SignKind.SWITCH: _("Came by another channel within three days"),
        SignKind.PROMISE: _name_broken(one),
        SignKind.COMMENT: _("Wrote a comment without a score within seven days"),
    }
    return named[one.kind]


def _name_broken(one: Evidence) -> str:
    """What grew or is worse here is told of what came alone."""
    told = (
        _("Came later than promised or not at all: {spot}")
        if one.claim is Claim.MET
        else _("Came later than promised, at {spot}")
    )
    return told.format(spot=one.name)


def _side(one: Evidence, *, now: bool) -> str:
    metric = one.difference.now if now else one.difference.before
    if metric.value is None:
        return "–"
    if one.measure in {None, Measure.CSAT}:
        return percent(metric.value)
    return number(
        metric.value, digits=_DIGITS.get(one.measure or Measure.NPS, 0), signed=one.measure is not Measure.STARS
    )


def is_met(one: Evidence) -> bool:
    """Whether a sign is itself what was met, so that it can only be held against what followed."""
    return one.claim is Claim.MET and one.measure is None and one.kind not in {SignKind.GIVE_UP, SignKind.COMMENT}


def say_main(pain: Pain) -> tuple[str, str, int]:
    """What a pain is known by: its difference, the unit, and the n of those who met it. What was met is known by the
    orders it cost.
    """
    if is_met(pain.main) and pain.worth:
        return *say_lost(pain.worth), pain.worth.known
    return *say_gap(pain.main), pain.main.difference.now.n


def say_met(one: Evidence) -> str:
    """What was met, in a sentence: what followed is the difference in orders beside it."""
    return _("{what}: what those who met it ordered next, against those it spared").format(what=_name_sign(one))


def say_robustness(worth: Worth) -> str:
    """How strong a hidden cause would have to be, in plain words."""
    if not worth.reliable:
        return _(
            "Chance alone explains the difference in orders well enough; no hidden cause is needed. The range says so."
        )
    return _(
        "A hidden cause would have to explain {share} of what is left both of who met it and of who ordered again, "
        "to bring the difference to nothing; {low} to make it unsure."
    ).format(share=percent(worth.robustness, digits=1), low=percent(worth.robustness_low, digits=1))


def say_adjusted(worth: Worth) -> str:
    """What both sides were made alike in."""
    names = [_(ADJUSTED[name]) if name in ADJUSTED else name.replace("_", " ") for name in worth.adjusted_for]
    return _("Made comparable by {list}.").format(list=", ".join(names))


def title_list(count: int, found: int = 0) -> str:
    """The finding as the title: how many cost money of how many that were ``found``."""
    if not count and found:
        told = ngettext(
            "One thing hurts; what it costs is not sure.", "{n} things hurt; what they cost is not sure.", found
        )
        return told.format(n=number(found))
    if not count:
        return _("Nothing found that reliably costs money.")
    return ngettext("One pain costs money.", "{n} pains cost money.", count).format(n=number(count))


def title_card(one: Contradiction | Inconsistency | ChannelGap) -> str:
    """Name what contradicts itself by its two sides."""
    if isinstance(one, Inconsistency):
        here, there = (side.channel.capitalize() for side in one.sides)
        return _("One question, two answers: {here} and {there}").format(here=here, there=there)
    if isinstance(one, ChannelGap):
        return _("They come from {host}, we are not there").format(host=one.host)
    if one.title == "closing":
        return _("Liked, and asked again")
    return _("Top scores, then no orders")
