"""Find as a page of its own, for those without a script."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element

from heartline.language import _
from heartline.web.parts import Found, View, button, field, form_row, found, lede


def draw_find(view: View, groups: Sequence[tuple[str, Sequence[Found]]], asked: str) -> Element:
    """A box and what it found."""
    return h.div[
        lede(_("Find")),
        h.form(method="get", action="/find", role="search")[
            form_row(
                field(_("A customer, a page or a case"), "q", value=asked, kind="search", autofocus=True),
                button(_("Find"), drawing="search"),
            )
        ],
        h.div(".found", role="listbox", aria_label=_("Found"))[found(groups, query=asked)],
        h.p[h.a(href=view.url("/"))[_("Home")]],
    ]
