"""One pain: how we know, what it costs and how sure that is, what went with it; and the touches behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.records import Right
from heartline.understand import Pain, PainList, SignKind, Worth
from heartline.web.listing import PAGE, AnswerLine
from heartline.web.opportunities import Board
from heartline.web.pages.answers import answer_rows
from heartline.web.pages.home import tell_voice
from heartline.web.pages.opportunities import opportunities_section
from heartline.web.pain_words import (
    is_met,
    is_past,
    name_pain,
    say_adjusted,
    say_evidence,
    say_gap,
    say_lost,
    say_met,
    say_missed,
    say_money,
    say_period,
    say_robustness,
    say_stake,
    say_where,
    short_money,
    title_card,
)
from heartline.web.paining import CONTRADICTION, Behind
from heartline.web.parts import (
    View,
    acts,
    columns,
    download_button,
    empty,
    key_values,
    lede,
    link_button,
    pagination,
    section,
    shell,
    voices,
)
from heartline.web.parts.words import day, duration, number, percent, percent_range, plural

CRUMB: Final = "/pains"


def elsewhere_page(view: View) -> Renderable:
    """A pain that is not on the list of those the filter chooses: what to do, instead of a dead end."""
    everyone = view.here(**{"by": None, "is": None, "of": None, "page": None})
    return shell(
        view,
        title=_("Where it hurts"),
        crumbs=((CRUMB, _("Where it hurts")),),
        body=[
            lede(_("Not on the list of those chosen")),
            empty(
                _(
                    "Among those the filter chooses this pain is not on the list: "
                    "too few of them met it, or it is no worse."
                ),
                do=link_button(_("Show it for everyone"), everyone, weight="main"),
            ),
        ],
    )


def pain_page(  # a page is all this
    view: View,
    found: PainList,
    place: int,
    *,
    said: Sequence[AnswerLine],
    board: Board,
    currency: str,
    now_us: int,
) -> Renderable:
    """The page of one pain; ``said`` are the comments to be quoted."""
    pain = found.pains[place]
    return shell(
        view,
        title=name_pain(pain),
        crumbs=((CRUMB, _("Where it hurts")), ("", name_pain(pain))),
        body=[
            lede(
                name_pain(pain), under=_under(view, found, pain, currency=currency, now_us=now_us), do=_acts(view, pain)
            ),
            columns(
                [_evidence(view, pain), _said(view, pain, said, now_us=now_us), _together(view, pain, now_us=now_us)],
                [
                    _cost(pain, currency=currency),
                    opportunities_section(view, pain, board, currency=currency, now_us=now_us),
                    _overlaps(view, found, place),
                ],
                shape="two",
            ),
        ],
    )


def _under(view: View, found: PainList, pain: Pain, *, currency: str, now_us: int) -> str:
    money = say_money(pain.worth, currency) if pain.worth else ""
    told = _("{money} a quarter, if it is the cause.").format(money=money) if money else _("What it costs is unknown.")
    told_days = (
        ngettext(
            "{n} customer met it in the 91 days up to {day}.",
            "{n} customers met it in the 91 days up to {day}.",
            pain.people,
        )
        if is_past(found, now_us=now_us)
        else ngettext(
            "{n} customer met it in the last 91 days.", "{n} customers met it in the last 91 days.", pain.people
        )
    )
    counted = told_days.format(n=number(pain.people), day=day(found.until_us, view.timezone, now_us=now_us))
    since = ""
    if pain.since_us is not None:
        since = _("Since {day}.").format(day=day(pain.since_us, view.timezone, now_us=now_us))
    return " ".join(part for part in (told[:1].upper() + told[1:], counted, say_missed(pain), since) if part)


def _acts(view: View, pain: Pain) -> Node:
    if not view.may(Right.SEE_CUSTOMERS):
        return None
    touches = view.url(f"/pains/{pain.key}/touches", of="touched")
    return acts(link_button(_("See who met it"), touches, weight="main"))


def _evidence(view: View, pain: Pain) -> Element:
    def line(place: int) -> Element:
        one = pain.evidence[place]
        said, unit = say_gap(one)
        told = say_evidence(one)
        if pain.worth and is_met(one):
            said, unit = say_lost(pain.worth)
            told = say_met(one)
        n = number(len(one.seqs))
        behind: Node = n
        if view.may(Right.SEE_CUSTOMERS):
            behind = h.a(href=view.url(f"/pains/{pain.key}/touches", of=place))[n]
        period = say_period(one, of_orders=is_met(one))
        return h.li[h.p[h.b(".num")[said], " ", h.span(".muted")[unit]], h.p[told, "."],
                    h.p(".note")[_("Touches behind it: "), behind, ", ", period]]  # fmt: skip

    facts: list[tuple[Node, Node]] = [
        (_("Where"), say_where(pain) or pain.spot),
        *_long(pain),
        (_("Of those who came by"), f"{percent(pain.share[0])} ({percent_range(pain.share[1], pain.share[2])})"),
        (_("Owner"), pain.owner or _("Nobody yet: name the stage’s department in the journey")),
    ]
    return section(
        _("How we know"),
        body=[h.ul(".rows.pain-signs")[(line(place) for place in range(len(pain.evidence)))], key_values(facts)],
    )


def _long(pain: Pain) -> list[tuple[Node, Node]]:
    """What counts as long, where a wait is known by how it was felt."""
    main = pain.main
    if pain.kind is not SignKind.WAIT or main.kind is SignKind.WAIT or not main.limit_us:
        return []
    told = _("over {time} from {first} to {last}")
    return [(_("Long is"), told.format(time=duration(main.limit_us / 1e6), first=main.from_touchpoint, last=pain.spot))]


def _said(view: View, pain: Pain, said: Sequence[AnswerLine], *, now_us: int) -> Node:
    """Comments without a score of those who met it: how many, where they were left, and a few in their own words."""
    place = next((at for at, one in enumerate(pain.evidence) if one.kind is SignKind.COMMENT), None)
    if place is None:
        return None
    heard = pain.evidence[place]
    comments: Node = plural(len(heard.seqs), "comment", "comments")
    if view.may(Right.SEE_CUSTOMERS):
        comments = h.a(href=view.url(f"/pains/{pain.key}/touches", of=place))[_("All {n}").format(n=comments)]
    rest = len(heard.seqs) - sum(n for _name, n in heard.places)
    where = [_("{place} {n}").format(place=name, n=number(n)) for name, n in heard.places]
    if rest:
        where.append(_("elsewhere {n}").format(n=number(rest)))
    return section(
        _("What they wrote"),
        beside=comments,
        body=[
            h.p(".note")[
                _("Comments without a score, within seven days of it: {places}. Not read for what they say.").format(
                    places=", ".join(where)
                )
            ],
            voices(*(tell_voice(view, line, now_us=now_us) for line in said)) if said else None,
        ],
        identity="said",
    )


def _cost(pain: Pain, *, currency: str) -> Element:
    worth = pain.worth
    if worth is None:
        return section(
            _("What it costs"),
            body=[
                h.p[_(pain.unpriced), ". ", _("Size and score stand without it.")],
                bool(pain.at_stake) and h.p[say_stake(pain, currency)],
            ],
        )
    return section(
        _("What it costs"),
        body=[
            h.p(".pain-figure")[say_money(worth, currency), " ", h.span(".muted.small")[_("a quarter")]],
            h.p[_say_sum(worth, currency)],
            key_values(_facts(worth, currency)),
            h.h3[_("If something hidden is the cause")],
            h.p[say_robustness(worth)],
            h.p(".note")[
                say_adjusted(worth),
                " ",
                _("95 % interval, clustered by customer. It goes with the loss; without a holdout nobody knows more."),
            ],
        ],
    )


def _say_sum(worth: Worth, currency: str) -> str:
    told = (
        _("{units} tries × {lost} lost orders of 100 × {each}.")
        if worth.of_tries
        else _("{units} customers × {lost} lost orders of 100 × {each}.")
    )
    return told.format(
        units=number(worth.units), lost=number(worth.lost * 100, digits=1), each=short_money(worth.each_minor, currency)
    )


def _facts(worth: Worth, currency: str) -> list[tuple[Node, Node]]:
    each = short_money(worth.order_minor, currency)
    if worth.follows > 1.05:
        each = _("{order}, and {times} times that with those that would have followed").format(
            order=each, times=number(worth.follows, digits=1)
        )
    lost = " – ".join(number(end * 100, digits=1) for end in (worth.lost_low, worth.lost_high))
    return [
        (_("Lost orders of 100"), lost),
        (_("Without it"), _("{share} order next").format(share=percent(worth.baseline))),
        (_("An order is worth"), each),
        (_("Outcome known of"), _("{touched} touched, {spared} spared").format(
            touched=number(worth.known), spared=number(worth.spared))),
        (_("Orders counted"), ", ".join(worth.pays)),
    ]  # fmt: skip


def _together(view: View, pain: Pain, *, now_us: int) -> Node:
    if pain.since_us is None:
        return None
    lines = []
    for one in pain.coincidences:
        told = (
            _("{name} came here and not elsewhere: {before} → {now}.")
            if one.alone and one.now > one.before
            else _("{name} went here and not elsewhere: {before} → {now}.")
            if one.alone
            else _("{name} changed elsewhere too, so it is not that alone: {before} → {now}.")
        )
        lines.append(told.format(name=one.value, before=percent(one.before), now=percent(one.now)))
    if pain.still:
        lines.append(_("{names} did not move.").format(names=", ".join(pain.still)))
    dates = [day(at, view.timezone, now_us=now_us) for at in (pain.first_us, pain.last_us) if at is not None]
    if len(set(dates)) == 2:
        lines.append(_("The day is sure to between {first} and {last}.").format(first=dates[0], last=dates[1]))
    return section(
        _("What went with it"),
        beside=_("Goes with, not proof"),
        body=h.ul(".rows")[(h.li[line] for line in lines)]
        if lines
        else h.p(".quiet")[_("Nothing else changed that day.")],
    )


def _overlaps(view: View, found: PainList, place: int) -> Node:
    shared = [pair for pair in found.overlaps if place in {pair.left, pair.right}]
    if not shared:
        return None
    people = max(found.pains[place].people, 1)

    def line(other: int, both: int) -> Element:
        pain = found.pains[other]
        told = ngettext("{n} person, {share} of these", "{n} people, {share} of these", both)
        return h.li[
            h.a(href=view.url(f"/pains/{pain.key}"))[name_pain(pain)],
            " ",
            h.span(".note")[told.format(n=number(both), share=percent(both / people, digits=int(both < people / 100)))],
        ]

    return section(
        _("Who met other pains too"),
        beside=_("So never add their money"),
        body=h.ul(".rows")[(line(pair.right if pair.left == place else pair.left, pair.people) for pair in shared[:6])],
    )


def touches_page(view: View, behind: Behind, found: PainList, *, page: int, now_us: int) -> Renderable:
    """The touches behind one figure of the list."""
    title = _title(behind, found)
    own = view.url(f"/pains/{behind.key}") if behind.pain else view.url(CRUMB)
    counted = _("{touches} of {customers}").format(
        touches=plural(len(behind.rows), "touch", "touches"),
        customers=plural(behind.customers, "customer", "customers"),
    )
    return shell(
        view,
        title=title,
        crumbs=((CRUMB, _("Where it hurts")), (own.partition("?")[0], title)),
        body=[
            lede(
                title,
                under=counted,
                do=acts(
                    download_button(view, _("CSV"), view.url(f"/pains/{behind.key}/touches.csv", of=behind.of)),
                ),
            ),
            answer_rows(view, behind.lines, now_us=now_us)
            if behind.lines
            else empty(_("The list is shorter than that.")),
            pagination(view, page=page, pages=-(-len(behind.rows) // PAGE), total=len(behind.rows)),
        ],
    )


def _title(behind: Behind, found: PainList) -> str:
    if behind.pain is not None:
        return name_pain(behind.pain)
    card = found.find_card(behind.key.removeprefix(CONTRADICTION))
    return title_card(card) if card is not None else ""
