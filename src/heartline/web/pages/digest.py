"""``/digest``: the week in a few lines, as the letter tells it, and whether the reader gets that."""

from __future__ import annotations

import htpy as h
from htpy import Element, Renderable

from heartline.language import _
from heartline.web.digest import Digest
from heartline.web.digest_words import Part, say_digest, title_digest
from heartline.web.parts import View, lede, post_button, section, shell


def digest_page(view: View, digest: Digest, *, gets: bool, may: bool) -> Renderable:
    """The page. ``gets``: the reader gets it by e-mail; ``may``: they can choose that."""
    return shell(
        view,
        title=_("Digest"),
        controls=False,
        body=[
            lede(
                title_digest(digest, zone=view.timezone), under=_("As it goes out once a week. Nobody is named in it.")
            ),
            h.div(".digest")[(_part(view, part) for part in say_digest(digest, zone=view.timezone))],
            may and _choice(view, gets=gets),
        ],
    )


def _part(view: View, part: Part) -> Element:
    return section(
        part.heading,
        beside=h.a(href=view.url(part.path))[_("Look")] if part.path else None,
        body=h.ul(".plain-list")[(h.li(dir="auto")[line] for line in part.lines)],
    )


def _choice(view: View, *, gets: bool) -> Element:
    words = _("You get it by e-mail on the first day of each week.") if gets else _("You do not get it by e-mail.")
    act = _("Send me none") if gets else _("Send it to me each week")
    return section(
        _("By e-mail"),
        identity="by-mail",
        body=[
            h.p[words],
            h.p(".note")[_("Each letter has a link by which one click ends it.")],
            post_button(view, act, "/digest", on="01"[not gets]),
        ],
    )
