"""How a page is laid out: its title, its sections, and the small lists that fill them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.web.parts.icons import icon
from heartline.web.parts.view import View
from heartline.web.parts.words import number

Tone = Literal["", "proved", "late", "soft", "better"]
LEVELS: Final = {"measured": mark("measured"), "reported": mark("reported"), "assumed": mark("assumed")}
"""How we know something, in words that are translated where they are shown."""


def lede(title: Node, *, under: Node = None, do: Node = None) -> Element:
    """The head of a page: its finding as the title, a line below, the acts beside it."""
    return h.div(".lede")[
        h.div[h.h1[title], under and h.p(".under")[under]],
        do and h.div(".acts.no-print")[do],
    ]


def sentence(words: Node, *, before: Node = None, why: Node = None, do: Node = None) -> Element:
    """The sentence that opens Home: large, once a product."""
    return h.div[
        before and h.p(".note.say-before")[before],
        h.h1("#say.say")[words],
        why and h.p(".say-why")[why],
        do and h.div(".acts.no-print")[do],
    ]


def hero(say: Node, proof: Node) -> Element:
    """The sentence and the picture that proves it, side by side."""
    return h.section(".hero", aria_labelledby="say")[say, proof]


def section(title: Node, *, body: Node, beside: Node = None, identity: str = "") -> Element:
    """A section: it hangs from a rule; ``beside`` stands at the far end of its title."""
    return h.section(".sec", id=identity or None)[
        h.header[h.h2[title], beside and h.div(".beside.small.muted")[beside]],
        body,
    ]


def columns(*parts: Node, shape: Literal["two", "wide-left", "three"] = "wide-left") -> Element:
    """Sections side by side; one column where there is no room."""
    return h.div(class_=["columns", shape])[(h.div[part] for part in parts)]


def key_values(pairs: Sequence[tuple[Node, Node]]) -> Element:
    """Facts: what it is, what it says."""
    return h.dl(".facts")[(h.div[h.dt[key], h.dd[value]] for key, value in pairs)]


def tag(words: Node, *, tone: Tone = "", drawing: str = "") -> Element:
    """A small label. ``late`` and ``better`` carry a word of their own; colour never stands alone."""
    return h.span(class_=["tag", tone])[drawing and icon(drawing, small=True), words]


def evidence(level: Literal["measured", "reported", "assumed"], *, words: bool = True) -> Element:
    """How we know: solid, outlined, dashed; always sayable."""
    return h.span(".evidence")[
        h.i(class_=["ev", level[0]], aria_hidden="true"), h.span(class_=None if words else "sr")[_(LEVELS[level])]
    ]


def tabs(label: str, items: Sequence[tuple[str, str]], *, current: str) -> Element:
    """Pages of one thing as (href, words); ``current`` is the href that is open."""
    return h.nav(".tabs", aria_label=label)[
        (h.a(href=href, aria_current="page" if href == current else None)[words] for href, words in items)
    ]


def pagination(view: View, *, page: int, pages: int, total: int, words: str = "") -> Node:
    """Earlier and later; says how many there are (“64 pairs”, or in this list). On a single page that is all."""
    counted = h.span(".note")[words or _("{n} in this list").format(n=number(total))]
    if pages <= 1:
        return h.p(".paging")[counted]
    return h.nav(".paging", aria_label=_("Pages"))[
        page > 1 and h.a(".btn", href=view.here(page=page - 1 if page > 2 else None), rel="prev")[_("Earlier")],
        h.span(".small")[_("Page {page} of {pages}").format(page=number(page), pages=number(pages))],
        page < pages and h.a(".btn", href=view.here(page=page + 1), rel="next")[_("Later")],
        counted,
    ]


def progress(words: str, *, done: int, total: int) -> Element:
    """How far something has come; ``total`` 0 means that nobody knows yet."""
    if not total:
        return h.div(".progress")[h.progress(aria_label=words), h.span(".note")[words]]
    share = h.progress(max=str(total), value=str(min(done, total)), aria_label=words)
    told = _("{what}: {done} of {total}").format(what=words, done=number(done), total=number(total))
    return h.div(".progress")[share, h.span(".note")[told]]


def steps(items: Sequence[tuple[str, str]], *, current: int) -> Element:
    """The stations of a way as (name, note): those before ``current`` are done."""

    def station(place: int, name: str, note: str) -> Element:
        state = "done" if place < current else "now" if place == current else "ahead"
        told = {"done": _("done"), "now": _("now"), "ahead": _("to come")}[state]
        return h.li(class_=[state], aria_current="step" if place == current else None)[
            h.span(".station", aria_hidden="true")[place < current and icon("check", small=True)],
            h.b[name],
            h.span(".sr")[f" ({told})"],
            note and h.span(".note")[note],
        ]

    return h.ol(".steps")[(station(place, name, note) for place, (name, note) in enumerate(items))]


def code(text: str, *, label: str = "", copy: bool = True) -> Element:
    """A snippet to take along; the button appears with the script."""
    return h.figure(".code")[
        h.pre(tabindex="0", aria_label=label or _("Code"))[h.code[text]],
        copy and copy_button(text),
    ]


def copy_button(text: str, *, words: str = "") -> Element:
    """Copies its text. Hidden until the script is there to do it."""
    return h.button(".btn.copy", type="button", data_copy=text, data_copied=_("Copied"), hidden=True)[
        icon("copy", small=True), h.span[words or _("Copy")]
    ]


def checklist(items: Sequence[tuple[bool, Node]]) -> Element:
    """First steps, ticked as they are done."""
    return h.ol(".checklist")[
        (
            h.li(class_=[done and "done"])[
                h.span(".station", aria_hidden="true")[done and icon("check", small=True)],
                h.span[words, h.span(".sr")[f" ({_('done') if done else _('to do')})"]],
            ]
            for done, words in items
        )
    ]
