"""The tokens of a reader's programs: a list, a form, and one shown once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.records import ApiToken, Right
from heartline.web.pages.account import account_tabs, say_right
from heartline.web.pages.users import name_right
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
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import day, moment, plural
from heartline.web.tokens import DAYS, TokenReading


def draw_tokens(
    view: View, reading: TokenReading, *, now_us: int, problem: str = "", chosen: Collection[str] = ()
) -> Element:
    """The tokens of the reader's programs, and a form for one more."""
    return h.div[
        lede(_("Tokens"), under=_("What programs show to the API in your name. Each may less than you, and ends.")),
        account_tabs(view, "/account/tokens"),
        section(
            _("Yours"),
            body=_token_table(view, reading.tokens, now_us) if reading.tokens else empty(_("You have made no token.")),
        ),
        section(_("Make one"), body=_token_form(view, reading, problem, chosen), identity="make"),
    ]


def _token_table(view: View, tokens: Sequence[ApiToken], now_us: int) -> Element:
    if not tokens:
        return empty(_("You have made no token."))
    columns = [
        Column(words=_("For"), names=True),
        Column(words=_("May")),
        Column(words=_("At")),
        Column(words=_("Last used")),
        Column(words=_("Ends")),
        Column(words=""),
    ]
    rows: list[tuple[Node, ...]] = [
        (
            h.bdi[token.name],
            ", ".join(name_right(right) for right in Right if right in token.rights),
            h.bdi[", ".join(token.places) or _("all you see")],
            moment(token.used_us, view.timezone, now_us=now_us) if token.used_us else _("not yet"),
            [day(token.expires_us, view.timezone), token.expires_us <= now_us and [" ", tag(_("ended"), tone="soft")]],
            post_button(view, _("Revoke"), f"/account/tokens/{token.token_id}/revoke", weight="plain"),
        )
        for token in tokens
    ]
    return table(columns, rows, caption=_("Your tokens"))


def _token_form(view: View, reading: TokenReading, problem: str, chosen: Collection[str]) -> Element:
    lasting = [Choice(value=str(number), label=plural(number, "day", "days")) for number in DAYS]
    return h.form(".stack", method="post", action="/account/tokens")[
        csrf_field(view),
        problem and h.p(".state.error", role="alert")[problem],
        form_row(
            field(_("Which program is it for?"), "token_name", required=True, maxlength="80", autocomplete="off"),
            select(_("It lasts"), "token_days", choices=lasting, value="90"),
        ),
        h.fieldset(".checks")[
            h.legend[_("It may")],
            (
                checkbox(say_right(right), "token_right", value=right.value, checked=right.value in chosen)
                for right in reading.grantable
            ),
        ],
        bool(reading.places)
        and h.details(".twin")[
            h.summary[_("Only at some places")],
            h.fieldset(".checks")[
                h.legend[_("Places; none chosen means all you see")],
                (checkbox(place, "token_place", value=place) for place in reading.places),
            ],
        ],
        button(_("Make the token"), drawing="plus"),
    ]


def draw_token(view: View, token: str, made: ApiToken) -> Element:
    """A token, shown this once."""
    return h.div[
        lede(_("Your token"), under=_("It is shown this once. Whoever has it may what it may.")),
        h.figure(".code")[
            h.pre(tabindex="0", aria_label=_("The token"))[h.code[token]],
            copy_button(token, words=_("Copy token")),
        ],
        h.p[fill(_("Send it with each call, as {header}."), header=h.code["Authorization: Bearer …"])],
        h.p(".note")[_("{name}, until {day}.").format(name=made.name, day=day(made.expires_us, view.timezone))],
        acts(link_button(_("I have kept it"), view.url("/account/tokens"), weight="main")),
    ]
