"""``/customers``: search, and who was unhappy last."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.records import KnownIdentifier, Right
from heartline.store import Entry
from heartline.web.charts.life import draw_feelings
from heartline.web.kinship import name_identifier
from heartline.web.parts import View, button, empty, icon, lede, link_button, pagination, quote, shell, tabs, tag
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import ago, iso, moment, number, plural, say_score
from heartline.web.people import LATEST, MOST_FOUND, PAGE, UNHAPPY, PeopleList, PersonLine


def customers_page(view: View, found: PeopleList, *, text: str, order: str, page: int, now_us: int) -> Renderable:
    """The list: what a search found, or those whom nobody should forget."""
    return shell(
        view,
        title=_("Customers"),
        body=[
            lede(
                _title(found, text=text, order=order),
                under=_under(found, text=text, order=order, masked=not view.may(Right.SEE_PERSONAL_DATA)),
                do=view.may(Right.CHANGE_CUSTOMERS)
                and link_button(_("Possible duplicates"), view.url("/customers/duplicates")),
            ),
            _search(view, text),
            not text and _orders(view, order),
            _people(view, found.lines, now_us=now_us) if found.lines else _none(view, found, text=text, page=page),
            bool(found.total) and pagination(view, page=page, pages=-(-found.total // PAGE), total=found.total),
        ],
    )


def _title(found: PeopleList, *, text: str, order: str) -> Node:
    if text:
        if not found.total:
            words = _("Nobody answers to {name}")
        elif found.total == 1:
            words = _("One customer answers to {name}")
        else:
            words = _("More than {n} answer to {name}") if found.more else _("{n} answer to {name}")
        return fill(words, name=h.q(dir="auto")[text], n=number(MOST_FOUND if found.more else found.total))
    if order == UNHAPPY and found.total:
        return ngettext(
            "{n}\N{NO-BREAK SPACE}customer was unhappy when last asked",
            "{n}\N{NO-BREAK SPACE}customers were unhappy when last asked",
            found.total,
        ).format(n=number(found.total))
    return _("Customers")


def _under(found: PeopleList, *, text: str, order: str, masked: bool) -> Node:
    if found.more:
        return _("The first {n} are listed. Write more of the name, the mail or the number.").format(
            n=number(MOST_FOUND)
        )
    if text and masked:
        return _("Names are masked for you, so nobody can be searched by one.")
    if text:
        return None
    of = _("{customers} in all.").format(customers=plural(found.everyone, "customer", "customers"))
    if order == UNHAPPY and found.total:
        return f"{_('Their last score in this time lies below the middle, the lowest first.')} {of}"
    return of


def _search(view: View, text: str) -> Element:
    kept = {key: view.query[key] for key in ("range", "by", "is") if view.query.get(key)}
    return h.form(".search", method="get", action="/customers", role="search")[
        (h.input(type="hidden", name=name, value=value) for name, value in kept.items()),
        h.label(".sr", for_="f-q")[_("Name, e-mail, phone or any identifier")],
        h.span(".search-field")[
            icon("search", small=True),
            h.input(
                "#f-q.field",
                name="q",
                type="search",
                value=text,
                placeholder=_("Name, e-mail, phone or any identifier"),
                autocomplete="off",
                spellcheck="false",
                dir="auto",
            ),
        ],
        button(_("Search")),
        bool(text) and link_button(_("Clear"), view.url("/customers"), weight="plain"),
    ]


def _orders(view: View, order: str) -> Element:
    links = {UNHAPPY: view.here(list=None, page=None), LATEST: view.here(list=LATEST, page=None)}
    return tabs(
        _("Order"), [(links[UNHAPPY], _("Unhappy when last asked")), (links[LATEST], _("Latest"))], current=links[order]
    )


def _none(view: View, found: PeopleList, *, text: str, page: int) -> Element:
    if page > 1:
        return empty(_("The list is shorter than that."), do=link_button(_("First page"), view.here(page=None)))
    if text:
        return empty(
            _("Names, e-mails, phone numbers, cards, user and order numbers are searched, in part or whole."),
            do=link_button(_("Everybody"), view.url("/customers", list=LATEST)),
        )
    if not found.everyone:
        return empty(
            _("Nobody is known yet. A customer appears here with their first touch."),
            do=link_button(_("Connect a source"), view.url("/data")),
        )
    return empty(
        _("Nobody gave a low score in the time and filter chosen."),
        do=link_button(_("See everybody"), view.here(list=LATEST)),
        sample=link_button(_("All time"), view.here(range="all"), weight="plain"),
    )


def _people(view: View, lines: Sequence[PersonLine], *, now_us: int) -> Element:
    return h.ul(".rows.people")[(_person(view, line, now_us=now_us) for line in lines)]


def _person(view: View, line: PersonLine, *, now_us: int) -> Element:
    href = view.url(f"/customers/{line.profile.ref}")
    return h.li(".person-row")[
        h.div(".person-name")[
            h.a(".strong.person", href=href, dir="auto")[line.profile.title],
            h.p(".note", dir="auto")[_known_as(line)],
            [
                h.a(".tag.case-tag", href=view.url(f"/cases/{case.case_id}"))[icon("flag", small=True), _("Case open")]
                for case in line.open_cases[:1]
            ],
            len(line.open_cases) > 1
            and tag(ngettext("{n} case", "{n} cases", len(line.open_cases)).format(n=number(len(line.open_cases)))),
        ],
        h.div(".person-why")[_why(view, line, now_us=now_us)],
        h.div(".person-felt")[draw_feelings(line.feelings) if line.feelings else h.span(".note")[_("No score yet")]],
        h.div(".person-last.small")[_last(view, line.last, now_us=now_us)],
    ]


def _known_as(line: PersonLine) -> Node:
    if line.matched:
        return _spell(line.matched)
    words = [line.profile.email or line.profile.phone, plural(line.touches, "touch", "touches")]
    return " · ".join(word for word in words if word and word != line.profile.title)


def _spell(matched: Sequence[KnownIdentifier]) -> str:
    return " · ".join(" ".join(name_identifier(known)) for known in matched)


def _why(view: View, line: PersonLine, *, now_us: int) -> Node:
    reason = line.reason
    if reason is None or reason.score is None:
        return None
    where = " · ".join(word for word in (reason.touchpoint, reason.place) if word)
    when = h.time(datetime=iso(reason.ts_us, view.timezone), title=moment(reason.ts_us, view.timezone))[
        ago(reason.ts_us, now_us=now_us)
    ]
    about: Node = [h.b[say_score(reason.score)], f" · {where} · " if where else " · ", when]
    return quote(reason.text, by=about, size="small") if reason.text else h.p(".small")[about]


def _last(view: View, last: Entry | None, *, now_us: int) -> Node:
    if last is None:
        return h.span(".note")[_("No touch yet")]
    return [
        h.span[last.touchpoint or last.channel or last.kind],
        h.time(".note", datetime=iso(last.ts_us, view.timezone), title=moment(last.ts_us, view.timezone))[
            ago(last.ts_us, now_us=now_us)
        ],
    ]
