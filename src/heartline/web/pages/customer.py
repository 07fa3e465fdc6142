"""``/customers/{ref}``: one life, its evidence, where they are now, and what is open."""

from __future__ import annotations

import json
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.act import is_overdue
from heartline.keeper import is_identifying
from heartline.language import _, mark, ngettext, pgettext
from heartline.records import Case, Profile, Right
from heartline.store import Entry
from heartline.understand import RunState, say_journey, say_stage
from heartline.web.charts.life import draw_life
from heartline.web.kinship import Kinship
from heartline.web.lives import (
    PAID,
    READ,
    SAID,
    SCORED,
    TOLD,
    Life,
    Moment,
    Station,
    Timeline,
    score_of,
)
from heartline.web.pages.decided import tell_origin, trait_form
from heartline.web.pages.kin import draw_kinship
from heartline.web.pages.returned import draw_of_customer
from heartline.web.parts import (
    View,
    case_row,
    case_rows,
    empty,
    key_values,
    lede,
    link_button,
    quote,
    section,
    shell,
    tag,
    timeline,
    timeline_row,
)
from heartline.web.parts.words import clock, day, due, iso, moment, money, number, plural, say_score
from heartline.web.promise_words import say_kept
from heartline.web.promises import read_promise

KIND_FILTERS: Final = {
    SAID: mark("In their words"),
    SCORED: mark("Scores"),
    PAID: mark("Money"),
    TOLD: mark("About themselves"),
}
STANDARD_TRAITS: Final = {
    "name": mark("Name"),
    "first_name": mark("First name"),
    "last_name": mark("Last name"),
    "phone": mark("Phone"),
    "street": mark("Street"),
    "city": mark("City"),
    "language": mark("Language"),
}
"""Traits that every company has, by the names that SDKs give them."""
_HEAD_TRAITS: Final = 4
_LONGEST_HEAD: Final = 40
_SHOWN_TRAITS: Final = 40


def customer_page(view: View, life: Life, *, now_us: int) -> Renderable:
    """A customer's page."""
    return shell(
        view,
        title=life.profile.title,
        crumbs=((view.url("/customers"), _("Customers")),),
        controls=False,
        body=[
            lede(
                h.bdi[life.profile.title],
                under=_head(view, life),
                do=[
                    view.may(Right.CHANGE_CUSTOMERS)
                    and link_button(_("Privacy"), view.url(f"/customers/{life.profile.ref}/privacy"), weight="plain"),
                    view.may(Right.WORK_CASES)
                    and link_button(
                        _("Open a case"), view.url("/cases/new", handle=life.profile.ref), weight="main", drawing="flag"
                    ),
                ],
            ),
            _line(life),
            h.div(".columns.life-columns")[
                h.div[_happened(view, life, now_us=now_us)],
                h.div[draw_kinship(view, life.profile.ref, life.kinship, now_us=now_us)],
                h.div[
                    draw_of_customer(view, life.returned, life.profile.ref, now_us=now_us),
                    _cases(view, life, now_us=now_us),
                    _stations(view, life.profile.ref, life.stations, now_us=now_us),
                    _traits(view, life.profile, life.kinship),
                ],
            ],
        ],
    )


def _head(view: View, life: Life) -> Node:
    facts: list[Node] = []
    if life.first_us is not None:
        since = h.time(datetime=iso(life.first_us, view.timezone))[day(life.first_us, view.timezone)]
        facts.append([h.b[_("Known since"), " "], since])
    told = [(name, write_trait(value)) for name, value in life.profile.traits.items() if not is_identifying(name)]
    short = [(name, words) for name, words in told if 0 < len(words) <= _LONGEST_HEAD]
    facts += [[h.b[f"{name_trait(name)} "], h.bdi[words]] for name, words in short[:_HEAD_TRAITS]]
    return [h.span(".fact")[fact] for fact in facts]


_USUAL_TRAITS = {"name": mark("Name"), "email": mark("E-mail"), "phone": mark("Phone")}


def name_trait(name: str) -> str:
    """A trait's name as people read it: “favourite_cafe” is “Favourite cafe”."""
    if name in _USUAL_TRAITS:
        return _(_USUAL_TRAITS[name])
    if name in STANDARD_TRAITS:
        return _(STANDARD_TRAITS[name])
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def write_trait(value: object) -> str:
    """A trait's value in one line."""
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case str():
            return value
        case int() | float():
            return number(value, digits=0 if float(value).is_integer() else 2) if abs(value) < 1e15 else str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _line(life: Life) -> Element:
    scores = len(life.scores)
    beside = None
    if scores:
        beside = _("{scores}; each is one answer, so every point is hollow.").format(
            scores=plural(scores, "score", "scores")
        )
    return section(
        life.title,
        beside=beside,
        identity="life",
        body=draw_life(life.given)
        if life.given
        else empty(_("The line begins with the first touch. Until then only identifiers are known.")),
    )


def _happened(view: View, life: Life, *, now_us: int) -> Element:
    found = life.timeline
    count = (
        _("{n} of {all}").format(n=number(found.total), all=number(found.everything))
        if found.total < found.everything
        else number(found.total)
    )
    return section(
        _("What happened"),
        identity="happened",
        beside=_("{n} newest").format(n=count) if found.cut else count,
        body=[
            _filters(view, found),
            timeline(*(_moment(view, life, item, now_us=now_us) for item in found.moments))
            if found.moments
            else _nothing(view, found),
            _onward(view, found),
        ],
    )


def _nothing(view: View, found: Timeline) -> Element:
    if found.everything:
        everything = view.here(channel=None, kind=None, before=None) + "#happened"
        return empty(_("Nothing of that kind happened."), do=link_button(_("Show everything"), everything))
    return empty(_("Nothing happened yet."))


def _filters(view: View, found: Timeline) -> Node:
    if found.everything < 2:
        return None

    def link(words: str, count: int, *, on: bool, **changes: str | None) -> Element:
        href = view.here(before=None, **changes) + "#happened"
        return h.a(class_=["chip", on and "on"], href=href, aria_current="true" if on else None)[
            words, h.span(".note")[number(count)]
        ]

    asked = found.asked
    kinds = [(kind, count) for kind, count in found.kinds if count or kind == asked.kind]
    return h.nav(".chips", aria_label=_("Filter what happened"))[
        link(_("Everything"), found.everything, on=not asked.channel and not asked.kind, channel=None, kind=None),
        [
            link(_(KIND_FILTERS[kind]), count, on=kind == asked.kind, kind=None if kind == asked.kind else kind)
            for kind, count in kinds
        ],
        len(found.channels) > 1
        and [
            link(
                name.capitalize(),
                count,
                on=name == asked.channel,
                channel=None if name == asked.channel else name,
            )
            for name, count in found.channels[:12]
        ],
    ]


def _onward(view: View, found: Timeline) -> Node:
    newest = found.asked.before is not None
    if not newest and not found.older:
        return (
            found.cut
            and h.p(".note")[_("The newest {n} are shown here; older ones are in the exports.").format(n=number(READ))]
        )
    return h.nav(".paging", aria_label=_("Pages of the timeline"))[
        newest and h.a(".btn", href=view.here(before=None) + "#happened")[_("Newest")],
        bool(found.older) and h.a(".btn", href=view.here(before=found.older) + "#happened", rel="next")[_("Earlier")],
    ]


def _moment(view: View, life: Life, item: Moment, *, now_us: int) -> Element:
    entry = item.entry
    journey = next((one.journey for one in life.stations if entry.touchpoint in one.journey.touchpoints), None)
    return timeline_row(
        tell_when(view, entry, now_us=now_us),
        tell_what(item),
        channel=entry.channel or _("unknown"),
        said=quote(entry.text, size="small") if entry.text else None,
        note=tell_about(entry, view.timezone),
        do=[
            view.may(Right.WORK_CASES)
            and bool(entry.text or entry.score is not None)
            and h.a(".note.open-case.no-print", href=view.url("/cases/new", seq=entry.seq))[_("Open a case")],
            journey is not None
            and entry.touch
            and h.a(
                ".note.open-case.no-print",
                href=view.url(f"/customers/{life.profile.ref}/runs/{journey.journey_id}", run=entry.seq),
            )[_("Its run")],
        ],
    )


def tell_when(view: View, entry: Entry, *, now_us: int) -> Element:
    """The day and the time of an entry."""
    return h.time(datetime=iso(entry.ts_us, view.timezone), title=moment(entry.ts_us, view.timezone))[
        day(entry.ts_us, view.timezone, now_us=now_us), " ", h.br, clock(entry.ts_us, view.timezone)
    ]


def tell_what(item: Moment) -> Node:
    """What happened, in one line: the touchpoint, how it was rated, how often."""
    entry, score = item.entry, score_of(item.entry)
    if not entry.touch:
        name = {
            "identify": _("Said who they are"),
            "alias": _("Was given another id"),
            "group": _("Joined a group"),
        }
        return name.get(entry.kind, entry.kind)
    words = entry.touchpoint or entry.action or entry.kind
    return [
        h.bdi[words],
        [": ", h.b[say_score(score)]] if score else None,
        item.times > 1
        and h.span(".muted")[" ", ngettext("{n} time", "{n} times", item.times).format(n=number(item.times))],
    ]


def tell_about(entry: Entry, zone: str = "") -> Node:
    """Where, what, how much, with whom: what else is known of an entry; in a ``zone``, what it promised too."""
    amount = money(entry.amount_minor, entry.currency) if entry.amount_minor is not None and entry.currency else ""
    words = [
        entry.place,
        entry.product,
        amount,
        _("order {order}").format(order=entry.order) if entry.order else "",
        entry.employee,
        _("by {partner}").format(partner=entry.partner) if entry.partner else "",
        *(say_kept(read_promise(entry.properties), entry.ts_us, zone) if zone else ()),
    ]
    return h.bdi[" · ".join(word for word in words if word)] if any(words) else None


def _cases(view: View, life: Life, *, now_us: int) -> Element:
    closed = life.closed_cases
    return section(
        _("Open cases") if life.open_cases else _("Cases"),
        identity="cases",
        beside=bool(closed) and h.span[_("{n}\N{NO-BREAK SPACE}closed").format(n=number(len(closed)))],
        body=[
            case_rows(*(_case(view, case, now_us=now_us) for case in life.open_cases))
            if life.open_cases
            else h.p(".small.muted")[_("Nothing is open for them.")],
            bool(closed)
            and h.ul(".small.closed-cases")[
                (
                    h.li[
                        h.a(href=view.url(f"/cases/{case.case_id}"))[h.bdi[case.title]],
                        h.span(".note")[
                            [" ", _("closed {day}").format(day=day(case.closed_us, view.timezone, now_us=now_us))]
                            if case.closed_us
                            else ""
                        ],
                    ]
                    for case in closed[:5]
                )
            ],
        ],
    )


def _case(view: View, case: Case, *, now_us: int) -> Element:
    return case_row(
        case.title,
        href=view.url(f"/cases/{case.case_id}"),
        who=case.owner or _("Nobody owns it yet"),
        owner=None,
        due=due(case.due_us, view.timezone, now_us=now_us),
        late=is_overdue(case, now_us),
    )


def _stations(view: View, ref: str, stations: tuple[Station, ...], *, now_us: int) -> Node:
    if not stations:
        said = _("In no stage of a journey yet: nothing they did is part of one.")
        return section(_("Where they are"), identity="where", body=h.p(".small.muted")[said])
    return section(
        _("Where they are"),
        identity="where",
        body=h.ul(".rows.stations")[
            (
                h.li[
                    h.p[
                        h.b[h.bdi[say_stage(item.stage)]],
                        " ",
                        tag(_name_state(item.state), tone="" if item.state == 0 else "soft"),
                    ],
                    h.p(".note")[
                        h.a(href=view.url(f"/journeys/{item.journey.journey_id}"))[
                            h.bdi[say_journey(item.journey.name)]
                        ],
                        " · ",
                        _("since {day}").format(day=day(item.since_us, view.timezone, now_us=now_us)),
                        f" · {plural(item.runs, 'run', 'runs')}" if item.runs > 1 else "",
                        " · ",
                        h.a(href=view.url(f"/customers/{ref}/runs/{item.journey.journey_id}"))[_("moment by moment")],
                    ],
                ]
                for item in stations
            )
        ],
    )


def _name_state(state: RunState) -> str:
    return {
        RunState.OPEN: pgettext("a run of a journey", "now"),
        RunState.FINISHED: pgettext("a run of a journey", "finished"),
        RunState.LAPSED: pgettext("a run of a journey", "fell silent"),
    }[state]


def _traits(view: View, profile: Profile, kinship: Kinship) -> Node:
    told = [(name, words) for name, value in sorted(profile.traits.items()) if (words := write_trait(value))]
    if not told and not view.may(Right.CHANGE_CUSTOMERS):
        return None
    return section(
        _("What we know"),
        identity="traits",
        body=[
            key_values(
                [
                    (h.bdi[name_trait(name)], [h.bdi[words], tell_origin(view, kinship.said.get(name))])
                    for name, words in told[:_SHOWN_TRAITS]
                ]
            ),
            len(told) > _SHOWN_TRAITS and h.p(".note")[_("and {n} more").format(n=number(len(told) - _SHOWN_TRAITS))],
            trait_form(view, profile.ref, [name for name, _words in told]),
        ],
    )
