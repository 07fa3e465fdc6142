"""What floats: dialogs, toasts, the Ctrl-K palette. Each has a plain page or form behind it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.web.parts.icons import icon
from heartline.web.parts.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing Find may go to: words, where, what kind of thing, and its icon."""

    words: str
    href: str
    note: str = ""
    drawing: str = "right"


def palette(view: View) -> Element:
    """The dialog Ctrl-K opens. Its answers come from ``/find?q=`` as ``found()``."""
    return h.dialog("#palette.palette", aria_label=_("Find"), data_find=view.url("/find"))[
        h.form(method="get", action="/find", role="search")[
            icon("search"),
            h.input(
                "#palette-q",
                name="q",
                type="search",
                placeholder=_("A customer, a page, a case …"),
                aria_label=_("Find a customer, a page or a case"),
                role="combobox",
                aria_expanded="false",
                aria_controls="palette-found",
                aria_autocomplete="list",
                autocomplete="off",
                spellcheck="false",
            ),
            h.button(".btn.plain", type="button", data_close=True, aria_label=_("Close"))[_("Esc")],
        ],
        h.div(
            "#palette-found.found",
            role="listbox",
            aria_label=_("Found"),
            data_silent=_("Find is not answering. Enter opens the whole page instead."),
        ),
        h.p(".note.palette-keys")[_("↑ ↓ to move · Enter to open · Esc to close")],
    ]


def found(groups: Sequence[tuple[str, Sequence[Found]]], *, query: str = "") -> Element:
    """What Find found, in groups: the palette's fragment, and the body of the ``/find`` page."""
    if not any(items for _label, items in groups):
        return h.div(".found-none", role="option", aria_disabled="true")[
            _("Nothing is called “{query}” here.").format(query=query)
            if query
            else _("Write a name, a mail, a number.")
        ]
    places = itertools.count()
    return h.div[
        (
            h.div(role="group", aria_label=label)[
                h.p(".menu-head", aria_hidden="true")[label],
                (_option(item, next(places)) for item in items),
            ]
            for label, items in groups
            if items
        )
    ]


def _option(item: Found, place: int) -> Element:
    return h.a(".found-one", id=f"found-{place}", role="option", href=item.href, aria_selected="false")[
        icon(item.drawing, small=True), h.span[item.words], item.note and h.span(".note")[item.note]
    ]


def dialog(identity: str, title: str, *, body: Node, open_words: str, drawing: str = "") -> Element:
    """A button and the dialog it opens. Without a script it unfolds in place."""
    return h.details(".dialog", id=identity, data_dialog=True)[
        h.summary(".btn")[drawing and icon(drawing, small=True), open_words],
        h.div(".dialog-body", role="group", aria_labelledby=f"{identity}-t")[
            h.h2(id=f"{identity}-t")[title],
            body,
        ],
    ]


def toast(words: str = "", *, undo: Node = None) -> Element:
    """A word about what was just done, with a way back while there is one."""
    return h.div("#toast", class_=["toast", words and "shown"], role="status", aria_live="polite")[
        words and [h.span[words], undo]
    ]
