"""Where it hurts: the ranked list, what contradicts itself, and what was looked at and let go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.records import Right
from heartline.understand import CAME_EVERYWHERE, Claim, LetGo, Measure, Pain, PainList, SignKind
from heartline.web.charts.ranges import Scale, choose_scale, draw_axis, draw_gap, draw_range, draw_unknown
from heartline.web.exports import Cell
from heartline.web.pages.contradictions import contradictions_section
from heartline.web.pain_words import (
    UNITS,
    is_past,
    name_currency,
    name_pain,
    say_gap,
    say_lost,
    say_money,
    say_period,
    say_stake,
    say_where,
    short_money,
    title_list,
)
from heartline.web.parts import (
    Column,
    View,
    acts,
    download_button,
    empty,
    evidence,
    lede,
    link_button,
    section,
    shell,
    table,
    table_twin,
)
from heartline.web.parts.words import day, iso, number, percent, percent_range

COLUMNS: Final = (
    "rank", "pain", "kind", "claim", "stage", "touchpoints", "field", "value", "partner", "channel", "place", "owner",
    "since", "since_first", "since_last", "customers", "share", "share_low", "share_high", "passed", "missed",
    "difference", "difference_low", "difference_high", "difference_n", "currency", "money_low", "money_middle",
    "money_high", "money_ranked", "units", "outcomes_known", "spared", "orders_lost", "orders_lost_low",
    "orders_lost_high", "robustness", "unpriced", "at_stake",
)  # fmt: skip


def pains_page(view: View, found: PainList | None, *, currency: str, now_us: int) -> Renderable:
    """The page. While the list is still being worked out it asks for itself once more."""
    return shell(view, title=_("Where it hurts"), body=pains_part(view, found, currency=currency, now_us=now_us))


def pains_part(view: View, found: PainList | None, *, currency: str, now_us: int) -> Element:
    """All of the page but its shell."""
    if found is None:
        asking = {"hx_get": view.url("/pains/list"), "hx_trigger": "load", "hx_swap": "outerHTML"}
        return h.div("#pains", **asking)[
            lede(_("Where it hurts"), under=_("Looking through a year of touches. This takes a few seconds.")),
            h.p(".note")[h.a(href=view.url("/pains/list"))[_("Show it when it is ready")]],
        ]
    return h.div("#pains")[
        _head(view, found),
        _list(view, found, currency=currency, now_us=now_us) if found.pains else _nothing(view, found),
        contradictions_section(view, found),
        _let_go(found.let_go) if found.let_go else None,
    ]


def _head(view: View, found: PainList) -> Element:
    costly = [pain for pain in found.pains if pain.worth is not None and pain.worth.reliable]
    words = [title_list(len(costly), len(found.pains))]
    if (
        len(costly) > 1
        and costly[0].worth
        and all(costly[0].worth.low > other.worth.high for other in costly[1:] if other.worth)
    ):
        words.append(_("One stands apart: {pain}.").format(pain=name_pain(costly[0])))
    return lede(
        " ".join(words),
        under=_under(found) if found.pains else None,
        do=acts(download_button(view, _("CSV"), view.url("/pains.csv"))) if found.pains else None,
    )


def _under(found: PainList) -> Node:
    said = [
        _("Ranked by the shrunken middle of the range: the worst of many usually looks worse than it is.")
        if any(pain.worth and pain.worth.reliable for pain in found.pains)
        else _("Ranked by how much it hurts and how many: too few order again to tell what it costs.")
    ]
    if found.overlaps:
        first = found.overlaps[0]
        told = ngettext(
            "Pains overlap ({n} person met both {left} and {right}), so do not add them.",
            "Pains overlap ({n} people met both {left} and {right}), so do not add them.",
            first.people,
        )
        said.append(told.format(n=number(first.people), left=first.left + 1, right=first.right + 1))
    return " ".join(said)


def _list(view: View, found: PainList, *, currency: str, now_us: int) -> Element:
    highs = [pain.worth.high for pain in found.pains if pain.worth]
    scale = choose_scale(highs) if highs else None
    reach = {kind: max(ends, default=1.0) for kind, ends in _group_ends(found.pains).items()}
    heads = (
        Column(words=""),
        Column(words=_("Pain and where"), names=True),
        Column(words=_("Customers in 91 days"), figures=True),
        Column(words=_("Against people it spared")),
        Column(
            words=_("{currency} a quarter, if it is the cause").format(currency=name_currency(currency)),
            below=draw_axis(scale, lambda value: short_money(value, currency) if value else "0") if scale else None,
        ),
        Column(words=_("Evidence")),
        Column(words=_("Owner, since")),
    )
    rows = [
        _row(view, place, pain, scale, reach, currency=currency, now_us=now_us)
        for place, pain in enumerate(found.pains, start=1)
    ]
    return h.div(".pains")[
        table(heads, rows, caption=_("Pains, ranked")),
        h.p(".note")[_say_time(view, found, now_us=now_us)],
        table_twin(_twin(found, currency=currency), words=_("Show every figure as a table")),
    ]


def _say_time(view: View, found: PainList, *, now_us: int) -> str:
    """Of which time the figures are: of the quarter up to now, or up to where an old export ends."""
    if not is_past(found, now_us=now_us):
        return _("Money and people are of the last 91 days; changes are sought over a year, whatever the range.")
    told = _(
        "Money and people are of the 91 days up to {day}, where your data end; changes are sought over the year before."
    )
    return told.format(day=day(found.until_us, view.timezone, now_us=now_us))


def _group_ends(pains: Sequence[Pain]) -> dict[object, list[float]]:
    ends: dict[object, list[float]] = {}
    for pain in pains:
        unit, low, high, _middle = _shown_gap(pain)
        ends.setdefault(unit, []).extend((abs(low), abs(high)))
    return ends


def _shown_gap(pain: Pain) -> tuple[object, float, float, float]:
    """The difference that a row shows: (unit, low, high, middle). What was met is shown by the orders it cost."""
    if _by_orders(pain) and pain.worth:
        return "orders", -pain.worth.lost_high, -pain.worth.lost_low, -pain.worth.lost
    gap = pain.main.difference
    return pain.main.measure or pain.kind, gap.low or 0.0, gap.high or 0.0, gap.value or 0.0


def _by_orders(pain: Pain) -> bool:
    """Whether the sign itself is what was met, so that only what followed can be compared."""
    return pain.claim is Claim.MET and pain.main.measure is None and pain.kind is not SignKind.GIVE_UP


def _row(  # a row of seven cells
    view: View,
    place: int,
    pain: Pain,
    scale: Scale | None,
    reach: dict[object, float],
    *,
    currency: str,
    now_us: int,
) -> tuple[Node, ...]:
    unit, low, high, middle = _shown_gap(pain)
    said, of = say_lost(pain.worth) if _by_orders(pain) and pain.worth else say_gap(pain.main)
    feeling = not _by_orders(pain) and pain.main.measure is not None
    return (
        h.b(".rank")[number(place)],
        h.div(".pain-name")[
            h.a(".strong", href=view.url(f"/pains/{pain.key}"))[name_pain(pain)],
            h.p(".note")[say_where(pain)],
        ],
        h.div[
            _people_link(view, pain),
            h.p(".note")[percent(pain.share[0]), " ", h.span[f"({percent_range(pain.share[1], pain.share[2])})"]],
        ],
        h.div[
            h.p[h.b(".num")[said], " ", h.span(".muted.small")[of], _n_link(view, pain)],
            draw_gap(low, middle, high, reach[unit], feeling=feeling),
        ],
        _money(pain, scale, currency=currency),
        evidence("measured"),
        h.div[pain.owner or h.span(".quiet")[_("Nobody yet")], h.p(".note")[_since(view, pain, now_us=now_us)]],
    )


def _people_link(view: View, pain: Pain) -> Node:
    if not view.may(Right.SEE_CUSTOMERS):
        return number(pain.people)
    return h.a(href=view.url(f"/pains/{pain.key}/touches", of="touched"))[number(pain.people)]


def _n_link(view: View, pain: Pain) -> Node:
    """The n of a row's difference; where it counts touches, it opens them."""
    by_orders = _by_orders(pain) and pain.worth is not None
    period = " " + say_period(pain.main, of_orders=by_orders)
    if by_orders and pain.worth:
        return h.span(".note")[f" n {number(pain.worth.known)}", period]
    n = number(pain.main.difference.now.n)
    if not view.may(Right.SEE_CUSTOMERS) or len(pain.main.seqs) != pain.main.difference.now.n:
        return h.span(".note")[f" n {n}", period]
    return h.span(".note")[" n ", h.a(href=view.url(f"/pains/{pain.key}/touches", of=0))[n], period]


def _money(pain: Pain, scale: Scale | None, *, currency: str) -> Element:
    worth = pain.worth
    if worth is None or scale is None:
        return h.div(".pain-money")[
            h.span(".quiet")[_("unknown")],
            scale is not None and draw_unknown(scale, label=_("Money unknown")),
            h.p(".note")[_(pain.unpriced), ". ", say_stake(pain, currency)],
        ]
    said = say_money(worth, currency)
    middle = min(max(worth.ranked, worth.low), worth.high)
    return h.div(".pain-money")[
        h.b(class_=["num", not worth.reliable and "quiet"])[said],
        draw_range(worth.low, middle, worth.high, scale, label=_("{money} a quarter").format(money=said)),
    ]


def _since(view: View, pain: Pain, *, now_us: int) -> Node:
    if pain.since_us is None:
        return _("as long as we know")
    told = _("since {day}").format(day=day(pain.since_us, view.timezone, now_us=now_us))
    return h.time(datetime=iso(pain.since_us, view.timezone))[told]


def _nothing(view: View, found: PainList) -> Element:
    if not found.tested:
        return empty(
            [
                _("There is too little to compare yet: a side needs a hundred customers."),
                " ",
                _("Bring in orders with their amounts and the day they were promised for, then survey answers."),
            ],
            do=link_button(_("Bring in more"), "/data/imports"),
        )
    return empty(
        _("{n} things were compared, and none hurts reliably.").format(n=number(found.tested)),
        do=link_button(_("Look at the scores"), view.url("/scores")),
    )


def _let_go(found: Sequence[LetGo]) -> Element:
    return section(
        _("Looked at, and let go"),
        beside=_("No reliable difference; grey, no arrow"),
        body=h.div(".let.quiet-let")[(h.div[h.h3[one.name], h.p[_say_let_go(one)]] for one in found)],
    )


def _say_let_go(one: LetGo) -> str:
    if one.reason == CAME_EVERYWHERE:
        told = _("Came the same day, but elsewhere too ({before} → {now}) where nothing moved. Not to blame.")
        return told.format(before=percent(one.low), now=percent(one.high))
    told = _(
        "Looks worst at {value} ± {half} {unit}, n = {n}. After shrinking it is {shrunken}: within chance. "
        "Worst places often bounce back untouched."
    )
    digits = 0 if one.measure in {Measure.NPS, None} else 2
    return told.format(
        value=number(one.value, digits=digits, signed=True),
        half=number((one.high - one.low) / 2, digits=digits),
        unit=_(UNITS[one.measure]) if one.measure else "",
        n=number(one.n),
        shrunken=number(one.shrunken or 0.0, digits=digits, signed=True),
    )


def _twin(found: PainList, *, currency: str) -> Element:
    heads = (
        Column(words=_("Pain"), names=True),
        Column(words=_("Customers"), figures=True),
        Column(words=_("Lost orders of 100"), figures=True),
        Column(words=_("Low"), figures=True),
        Column(words=_("Shrunken middle"), figures=True),
        Column(words=_("High"), figures=True),
        Column(words=_("Touched, known"), figures=True),
        Column(words=_("Spared"), figures=True),
    )
    rows = [
        (
            name_pain(pain),
            number(pain.people),
            *(
                (
                    number(pain.worth.lost * 100, digits=1),
                    short_money(pain.worth.low, currency),
                    short_money(pain.worth.ranked, currency),
                    short_money(pain.worth.high, currency),
                    number(pain.worth.known),
                    number(pain.worth.spared),
                )
                if pain.worth
                else (_("unknown"), "–", "–", "–", "–", "–")
            ),
        )
        for pain in found.pains
    ]
    return table(heads, rows, caption=_("Every figure of the list"))


def pain_rows(found: PainList, *, currency: str, zone: str) -> Iterator[tuple[Cell, ...]]:
    """The rows of the CSV, under ``COLUMNS``: every figure of the page; money in minor units."""
    for place, pain in enumerate(found.pains, start=1):
        gap, worth = pain.main.difference, pain.worth
        dates = [None if at is None else iso(at, zone) for at in (pain.since_us, pain.first_us, pain.last_us)]
        money: tuple[Cell, ...] = (None,) * 11
        if worth is not None:
            money = (
                round(worth.low), round(worth.middle), round(worth.high), round(worth.ranked), worth.units,
                worth.known, worth.spared, worth.lost, worth.lost_low, worth.lost_high, worth.robustness,
            )  # fmt: skip
        yield (
            place, name_pain(pain), pain.kind.value, pain.claim.value, pain.stage, ", ".join(pain.touchpoints),
            pain.field, pain.value, pain.partner, pain.channel, pain.place, pain.owner, *dates, pain.people,
            *pain.share, pain.passed, pain.missed, gap.value, gap.low, gap.high, gap.now.n, currency,
            *money, pain.unpriced, None if pain.at_stake is None else round(pain.at_stake),
        )  # fmt: skip
