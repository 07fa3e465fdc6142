"""Settings → Shared links: what is shared, a form, a link shown once; and ``/shared/…``, what its holder sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark, ngettext
from heartline.records import Metric, Share
from heartline.understand import Measure, say_stage
from heartline.web.pages.settings import settings_tabs
from heartline.web.parts import (
    Choice,
    Column,
    View,
    acts,
    button,
    checkbox,
    copy_button,
    csrf_field,
    empty,
    error,
    field,
    form_row,
    lede,
    link_button,
    post_button,
    section,
    select,
    table,
    tag,
)
from heartline.web.parts.words import NBSP, day, number, people, say_metric
from heartline.web.sharing import DAYS, FEWEST, LIVES, MEASURES, ROWS, SharedTable
from heartline.web.tiles import TILE_WORDS

PATH: Final = "/settings/shares"
ROW_WORDS: Final = {
    "touchpoint": mark("Touchpoint"),
    "place": mark("Place"),
    "channel": mark("Channel"),
    "area": mark("Area"),
}
Said = Mapping[str, Sequence[str]]


def draw_shares(
    view: View, shares: Sequence[Share], *, said: Said, now_us: int, problem: tuple[str, str] = ("", "")
) -> Element:
    """All links and a form for one more; ``problem`` is (field, sentence) of a form that was refused."""
    return h.div[
        lede(
            _("Shared links"),
            under=_(
                "Whoever holds a link sees its table, and nothing else. No customer is in it, no comment, no name."
            ),
        ),
        settings_tabs(view, PATH),
        _list(view, shares, now_us=now_us) if shares else empty(_("Nothing is shared.")),
        section(_("Share a table"), identity="add", body=_form(view, said, problem)),
    ]


def _list(view: View, shares: Sequence[Share], *, now_us: int) -> Element:
    columns = (
        Column(words=_("Link"), names=True),
        Column(words=_("Shows")),
        Column(words=_("Ends")),
        Column(words=_("Opened"), figures=True),
        Column(words=_("Revoke it")),
    )
    rows: list[tuple[Node, ...]] = [
        (
            [h.bdi[one.name], h.p(".note")[_("by {name}").format(name=one.made_by)]],
            say_shows(one),
            _ends(view, one, now_us=now_us),
            number(one.views),
            post_button(view, _("Revoke"), f"{PATH}/{one.share_id}/drop", weight="plain"),
        )
        for one in shares
    ]
    return table(columns, rows, caption=_("Shared links"))


def say_shows(share: Share) -> str:
    """Say what a link shows: “Stars, Satisfied by Place, last 28 days”."""
    columns = ", ".join(_(TILE_WORDS[Measure(column)]) for column in share.columns)
    return _("{columns}; by: {rows}; last {n} days").format(columns=columns, rows=_(ROW_WORDS[share.by]), n=share.days)


def _ends(view: View, share: Share, *, now_us: int) -> Node:
    if share.expires_us <= now_us:
        return tag(_("Ended"), tone="soft")
    return day(share.expires_us, view.timezone, now_us=now_us)


def _form(view: View, said: Said, problem: tuple[str, str]) -> Element:
    def told(name: str) -> str:
        return "".join(said.get(name, [])[:1])

    days = [Choice(value=str(n), label=_("{n} days").format(n=n)) for n in DAYS]
    lives = [Choice(value=str(n), label=_("{n} days").format(n=n)) for n in LIVES]
    return h.form(".stack", method="post", action=PATH)[
        csrf_field(view),
        bool(problem[1]) and problem[0] not in {"name", "columns"} and error(problem[1]),
        field(
            _("Who is it for?"),
            "name",
            value=told("name"),
            error=problem[1] if problem[0] == "name" else "",
            required=True,
            maxlength="80",
            dir="auto",
        ),
        form_row(
            select(
                _("A row for each"),
                "by",
                choices=[Choice(value=name, label=_(ROW_WORDS[name])) for name in ROWS],
                value=told("by"),
            ),
            select(_("Looks back"), "days", choices=days, value=told("days")),
            select(_("Ends after"), "lives", choices=lives, value=told("lives") or str(LIVES[1])),
        ),
        h.fieldset(".checks")[
            h.legend[_("Figures")],
            problem[0] == "columns" and h.p("#e-columns.field-error")[problem[1]],
            (
                checkbox(_(TILE_WORDS[Measure(one)]), "column", value=one, checked=one in said.get("column", ()))
                for one in MEASURES
            ),
        ],
        h.p(".note")[_("Groups and figures of fewer than {n} customers are left out.").format(n=FEWEST)],
        acts(button(_("Make the link"), weight="main")),
    ]


def draw_link(view: View, share: Share, url: str) -> Element:
    """A fresh link, shown this once."""
    return h.div[
        lede(_("Its link"), under=_("It is shown this once. Whoever has it sees the table until it ends.")),
        h.figure(".code")[
            h.pre(tabindex="0", aria_label=_("The link"))[h.code[url]], copy_button(url, words=_("Copy link"))
        ],
        h.p[say_shows(share)],
        acts(link_button(_("I have kept it"), view.url(PATH), weight="main")),
    ]


def draw_shared(view: View, shown: SharedTable) -> Element:
    """What the holder of a link sees: one table, its time, and what was left out."""
    share = shown.share
    columns = (
        Column(words=_(ROW_WORDS[share.by]), names=True),
        *(Column(words=_(TILE_WORDS[Measure(column)]), figures=True) for column in share.columns),
        Column(words=_("Customers"), figures=True),
    )
    rows: list[tuple[Node, ...]] = [
        (h.bdi[say_stage(row.name)], *(_cell(metric) for metric in row.metrics), number(row.customers))
        for row in shown.rows
    ]
    first, last = day(shown.from_us, view.timezone), day(shown.to_us, view.timezone)
    return h.div(".shared")[
        lede(_("Figures"), under=_("{first} to {last}").format(first=first, last=last)),
        table(columns, rows, caption=say_shows(share)) if rows else empty(_("There is nothing to show of this time.")),
        bool(shown.hidden)
        and h.p(".note")[
            ngettext(
                "{n} group of fewer than {few} customers is not shown.",
                "{n} groups of fewer than {few} customers are not shown.",
                shown.hidden,
            ).format(n=number(shown.hidden), few=FEWEST)
        ],
        h.p(".note")[_("Beside each figure stand its 95 % interval and n. “–”: too few answers.")],
    ]


def _cell(metric: Metric | None) -> Node:
    if metric is None or metric.value is None:
        return "–"
    said = say_metric(metric)
    return h.span[said.value, h.br, h.span(".note")[f"{said.spread},{NBSP}{people(metric.n)}"]]
