"""The page that says which place lies in which region."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element

from heartline.language import _, ngettext
from heartline.records import Right
from heartline.web.pages.settings import settings_tabs
from heartline.web.parts import View, button, code, csrf_field, empty, field, lede
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import number


def draw_places(view: View, text: str, *, unplaced: Sequence[str], problem: str = "") -> Element:
    """The table as text, and the places of the data that stand in no region yet."""
    return h.div[
        lede(_("Places"), under=_("A region in the filter means its places; its figures are theirs together.")),
        settings_tabs(view, "/settings/places"),
        _form(view, text, problem)
        if view.may(Right.CHANGE_WORKSPACE)
        else code(text, label=_("Places"))
        if text
        else empty(_("No place has a region yet.")),
        bool(unplaced)
        and h.p(".note")[
            fill(
                ngettext("{n} place in no region: {places}", "{n} places in no region: {places}", len(unplaced)),
                n=number(len(unplaced)),
                places=[h.bdi[", ".join(unplaced[:40])], " …" if len(unplaced) > 40 else "."],
            )
        ],
    ]


def _form(view: View, text: str, problem: str) -> Element:
    hint = _("One place a line: Mill Lane = North. The place is written as it comes with the data.")
    return h.form(".stack", method="post", action="/settings/places")[
        csrf_field(view),
        field(
            _("Places and their regions"), "places", value=text, lines=14, hint=hint, error=problem, spellcheck="false"
        ),
        h.div(".acts")[button(_("Save"), weight="main")],
    ]
