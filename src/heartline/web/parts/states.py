"""What a view says when it has little to show. Every view has its empty, loading, partial, stale and error state."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import number


def empty(why: Node, *, do: Node = None, sample: Node = None) -> Element:
    """Nothing here yet: one sentence why, one act, one link to the sample."""
    return h.div(".state.empty")[h.p[why], (do or sample) and h.div(".acts")[do, sample]]


def loading(*, lines: int = 3) -> Element:
    """Flat blocks where words will be; nothing for the first 300 ms (the style sheet holds them back)."""
    return h.div(".loading", role="status")[
        h.span(".sr")[_("Loading")], (h.span(class_=["skel", f"w{place % 3}"]) for place in range(lines))
    ]


def partial(what: Node) -> Element:
    """One line above a picture that is still true: “Chat is missing since 11:05”."""
    return h.p(".state.partial", role="note")[what]


def stale(what: Node, *, do: Node = None) -> Element:
    """One line that says how old this is."""
    return h.p(".state.stale", role="note")[what, do and [" ", do]]


def error(what: Node, *, kept: Node = None, retry: str = "", identity: str = "") -> Element:
    """What happened, what is kept, a way to try again, and an id to quote."""
    return h.div(".state.error", role="alert")[
        h.p[h.b[what]],
        kept and h.p[kept],
        retry and h.p[h.a(".btn", href=retry)[_("Try again")]],
        identity and h.p(".note")[fill(_("Id {identity}"), identity=h.code[identity])],
    ]


def too_few(n: int, floor: int) -> Element:
    """Under the privacy floor, or under what can be said."""
    return h.p(".state.few")[
        _("Too few answers to show: {n}, and from {floor} on there is something to say.").format(
            n=number(n), floor=number(floor)
        )
    ]


def not_allowed(what: Node, *, who: Node) -> Element:
    """No permission: and who can give it."""
    return h.div(".state")[h.p[what], h.p(".note")[who]]
