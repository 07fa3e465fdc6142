"""The shell: skip link, rail, bar, banner, main, toast. Every page of a signed-in reader stands in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, direction, mark, ngettext, pgettext
from heartline.records import Right
from heartline.web.parts import svg
from heartline.web.parts.assets import SCRIPTS, STYLES, asset, has_asset
from heartline.web.parts.controls import csrf_field
from heartline.web.parts.icons import icon, logo
from heartline.web.parts.overlays import palette, toast
from heartline.web.parts.view import Choice, FilterField, View
from heartline.web.parts.words import number

THEMES: Final = (
    ("light", "sun", mark("Light")),
    ("dark", "moon", mark("Dark")),
    ("system", "screen", mark("System")),
)
TAGS: Final = {"zh": "zh-Hans"}
"""What ``lang`` says of a language, where its own tag says too little: which Chinese is written."""
HTMX: Final = {
    "allowEval": False,
    "includeIndicatorStyles": False,
    "allowScriptTags": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """An entry of the rail: its words, icon, first page, the right one needs, and its pages as (path, words). All words
    are translated where they are drawn.
    """

    label: str
    icon: str
    path: str
    right: Right = Right.SEE_FIGURES
    pages: tuple[tuple[str, str], ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a page's path belongs to this room."""
        if self.path == "/":
            return path == "/"
        return any(
            path == own or path.startswith(own + "/") for own in (self.path, *(page for page, _words in self.pages))
        )


ROOMS: Final = (
    Room(label=mark("Home"), icon="home", path="/"),
    Room(
        label=mark("Listen"),
        icon="ear",
        path="/data",
        right=Right.SEE_ARRIVALS,
        pages=(("/data", mark("What arrives")), ("/surveys", mark("Surveys"))),
    ),
    Room(
        label=mark("Understand"),
        icon="pulse",
        path="/journeys",
        pages=(
            ("/journeys", mark("Journeys")),
            ("/pains", mark("Where it hurts")),
            ("/touchpoints", mark("Touchpoints")),
            ("/scores", mark("Scores")),
            ("/drivers", mark("Drivers")),
            ("/voice", mark("What they say")),
            ("/rivals", mark("Reviews and rivals")),
            ("/moves", mark("What moved")),
            ("/customers", mark("Customers")),
        ),
    ),
    Room(
        label=mark("Act"),
        icon="bolt",
        path="/cases",
        right=Right.SEE_CUSTOMERS,
        pages=(
            ("/cases", mark("Cases")),
            ("/opportunities", mark("Opportunities")),
            ("/alerts", mark("Alerts")),
            ("/digest", mark("Digest")),
        ),
    ),
)
SETTINGS: Final = Room(label=mark("Settings"), icon="sliders", path="/settings", pages=(("/account", mark("You")),))


def shell(
    view: View,
    *,
    title: str,
    body: Node,
    crumbs: tuple[tuple[str, str], ...] = (),
    controls: bool = True,
    wide: bool = False,
) -> Renderable:
    """A whole page. ``crumbs`` are (path, words) above the title; ``controls`` False hides range and filter where they
    mean nothing (settings, import); ``wide`` lets a drawing use the whole screen.
    """
    return document(
        view,
        title=title,
        body=[
            h.a(".skip", href="#main")[_("Skip to content")],
            h.div(".shell")[
                _rail(view),
                h.div(".page")[
                    _bar(view, controls=controls),
                    _banner(view),
                    h.main("#main", class_=["main", wide and "wide"], tabindex="-1")[
                        _crumbs(view, crumbs) if crumbs else _pages(view),
                        body,
                    ],
                ],
            ],
            palette(view),
            toast(view.notice),
        ],
    )


def bare(view: View, *, title: str, body: Node) -> Renderable:
    """A page before sign-in: the mark, one column, nothing else."""
    return document(
        view,
        title=title,
        body=h.main("#main.bare")[
            h.p(".bare-mark")[logo(), h.span["heartline"]],
            body,
            toast(view.notice),
        ],
    )


def in_language(tag: str) -> dict[str, str]:
    """Return the attributes of what is written in a language: which one, and whereto it is written."""
    return {"lang": TAGS.get(tag, tag), "dir": direction(tag)}


def document(view: View, *, title: str, body: Node, of: str = "heartline") -> Renderable:
    """The HTML document around any page: one title and whose it is, own styles and modules, no inline code."""
    htmx = "vendor/htmx.min.js"
    theme = view.theme if view.theme in {"light", "dark"} else None
    towards = direction(view.language)
    return h.html(
        lang=TAGS.get(view.language, view.language), dir=towards if towards == "rtl" else None, data_theme=theme
    )[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.title[f"{title} · {of}"],
            h.meta(name="color-scheme", content="light dark"),
            h.meta(name="referrer", content="same-origin"),
            h.meta(name="htmx-config", content=json.dumps(HTMX)),
            h.link(rel="icon", href=asset("icons/mark.svg"), type="image/svg+xml"),
            [h.link(rel="stylesheet", href=asset(f"css/{name}.css")) for name in STYLES],
            has_asset(htmx) and h.script(src=asset(htmx), defer=True, nonce=view.nonce or None),
            [h.script(type="module", src=asset(f"js/{name}.js"), nonce=view.nonce or None) for name in SCRIPTS],
        ],
        h.body(hx_headers=json.dumps({"x-csrftoken": view.csrf}) if view.csrf else None)[body],
    ]


def _rail(view: View) -> Element:
    def entry(room: Room) -> Element:
        current = "page" if view.path == room.path else "true" if room.holds(view.path) else None
        return h.a(href=view.url(room.path), aria_current=current)[icon(room.icon), h.span[_(room.label)]]

    inside = [
        h.a(".mark", href=view.url("/"), aria_label=_("heartline, home"))[logo()],
        h.nav(aria_label=_("Main"))[(entry(room) for room in ROOMS if view.may(room.right))],
        h.nav(".end", aria_label=_("Workspace"))[entry(SETTINGS)],
    ]
    return h.div(".rail")[h.div(".rail-in")[inside]]


def _pages(view: View) -> Node:
    room = next((room for room in ROOMS if room.holds(view.path)), None)
    if room is None or len(room.pages) < 2:
        return None
    return h.nav(".pages", aria_label=_(room.label))[
        (
            h.a(
                href=view.url(path),
                aria_current="page" if view.path == path else "true" if view.path.startswith(path + "/") else None,
            )[_(words)]
            for path, words in room.pages
        )
    ]


def _crumbs(view: View, crumbs: tuple[tuple[str, str], ...]) -> Element:
    return h.nav(".crumb", aria_label=_("Where you are"))[
        h.ol[(h.li[h.a(href=view.url(path))[words] if path else words] for path, words in crumbs)]
    ]


def _bar(view: View, *, controls: bool) -> Element:
    return h.header(".bar")[
        controls and [_ranges(view), _filter(view)],
        h.span(".grow"),
        bool(view.alarms) and _bell(view),
        bool(view.data_up_to) and h.span(".note.up-to")[_("Data up to {time}").format(time=view.data_up_to)],
        h.a(".btn.plain.find", href=view.url("/find"), data_palette=True)[
            icon("search", small=True), h.span[_("Find")], h.kbd(".note")[_("Ctrl K")]
        ],
        _reader(view),
    ]


def _bell(view: View) -> Element:
    told = ngettext("{n} alarm nobody has looked at", "{n} alarms nobody has looked at", view.alarms)
    label = told.format(n=number(view.alarms))
    return h.a(".btn.plain.bell", href=view.url("/alerts"), aria_label=label, title=label)[
        icon("bell", small=True), h.span(".num")[number(view.alarms)]
    ]


def _ranges(view: View) -> Element:
    told = view.range_label or _("Last 12 weeks")
    chosen = next((choice for choice in view.ranges if _(choice.label) == told), None)

    def item(choice: Choice) -> Element:
        return h.li[
            h.a(href=view.here(range=choice.value, page=None), aria_current="true" if choice == chosen else None)[
                _(choice.label)
            ]
        ]

    return h.details(".menu", data_menu=True)[
        h.summary(".btn", aria_label=_("Time range: {range}").format(range=told))[
            h.span(".cut")[told], icon("down", small=True)
        ],
        h.ul(".menu-list")[(item(choice) for choice in view.ranges)],
    ]


def _filter(view: View) -> Element:
    by, value = view.query.get("by", ""), view.query.get("is", "")
    told = view.filter_label or _("Everyone")

    def group(field: FilterField) -> Node:
        return [
            h.li(".menu-head")[field.label],
            (
                h.li[
                    h.a(
                        href=view.here(**{"by": field.name, "is": choice.value, "page": None}),
                        aria_current="true" if (by, value) == (field.name, choice.value) else None,
                    )[choice.label]
                ]
                for choice in field.values
            ),
        ]

    return h.details(".menu", data_menu=True)[
        h.summary(class_=["btn", by and "on"], aria_label=_("Filter: {filter}").format(filter=told))[
            h.span(".cut")[told], icon("down", small=True)
        ],
        h.ul(".menu-list")[
            h.li[
                h.a(
                    href=view.here(**{"by": None, "is": None, "page": None}),
                    aria_current=None if by else "true",
                )[_("Everyone")]
            ],
            (group(field) for field in view.filter_options),
        ],
    ]


def _reader(view: View) -> Element:
    told = _("Your account: {name}").format(name=view.user_name) if view.user_name else _("Your account: signed in")
    return h.details(".menu.me", data_menu=True)[
        h.summary(".btn.plain", aria_label=told)[icon("user", small=True)],
        h.div(".menu-list")[
            h.p(".menu-head")[view.user_name, view.role and h.span(".note")[f" · {_name_role(view.role)}"]],
            h.form(".themes", method="post", action="/theme", data_themes=True)[
                csrf_field(view),
                h.input(type="hidden", name="back", value=view.here()),
                (
                    h.button(".btn.plain", name="theme", value=name, aria_pressed=str(view.theme == name).lower())[
                        icon(drawing, small=True), _(words)
                    ]
                    for name, drawing, words in THEMES
                ),
            ],
            h.form(method="post", action="/sign-out")[
                csrf_field(view), h.button(".btn.plain")[icon("leave", small=True), _("Sign out")]
            ],
        ],
    ]


def _name_role(role: str) -> str:
    names = {
        "owner": pgettext("role", "owner"),
        "manager": pgettext("role", "manager"),
        "analyst": pgettext("role", "analyst"),
        "agent": pgettext("role", "agent"),
        "viewer": pgettext("role", "viewer"),
    }
    return names.get(role, role)


def _banner(view: View) -> Node:
    if not view.sample:
        return None
    return h.p(".banner", role="note")[
        svg.svg(".banner-mark", viewBox="0 0 24 12", aria_hidden="true")[svg.path(d="M2 6h20")],
        h.span[
            h.b[_("Sample data."), " "],
            _("{company} is made up, and so is everyone in it.").format(company=view.workspace_name)
            if view.workspace_name
            else _("This company is made up, and so is everyone in it."),
        ],
        view.may(Right.CHANGE_WORKSPACE) and h.a(href=view.url("/settings#sample"))[_("Remove it")],
    ]
