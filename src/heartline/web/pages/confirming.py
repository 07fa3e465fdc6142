"""``/y/…``: what somebody confirms who was asked whether an address is theirs."""

from __future__ import annotations

import htpy as h
from htpy import Element

from heartline.language import _
from heartline.web.confirming import Asked
from heartline.web.parts import View, button, quoted


def draw_confirmation(view: View, asked: Asked, token: str) -> Element:
    """Ask for their word, in the words that are kept."""
    return h.div(".stack")[
        h.h1[_("Is this your address?")],
        h.p[h.bdi(".strong.cut-words")[asked.address]],
        h.p[h.bdi[quoted(asked.confirmation.wording, language=asked.confirmation.language)]],
        h.form(method="post", action=view.url(f"/y/{token}"))[button(_("Yes, it is mine"), weight="main")],
        h.p(".note")[
            _("We keep these words and the time. You can take them back at any time. If it is not yours, do nothing.")
        ],
    ]


def draw_confirmed() -> Element:
    """Say that it is kept."""
    return h.div(".stack")[
        h.h1[_("Thank you")],
        h.p(role="status")[_("Your address is confirmed. Each letter that is one of many has a way out in it.")],
    ]
