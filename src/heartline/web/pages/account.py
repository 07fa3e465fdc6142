"""Each reader's own pages: who they are, their second factor, their sessions, the tokens of their programs."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark, ngettext
from heartline.records import MEANINGS, Right, SessionLine, User
from heartline.web.map_talk import Mention
from heartline.web.pages.map_talk import draw_mentions
from heartline.web.pages.settings import draw_themes
from heartline.web.pages.sign import LANGUAGES
from heartline.web.pages.users import say_role
from heartline.web.parts import (
    Choice,
    Column,
    View,
    acts,
    button,
    code,
    csrf_field,
    field,
    form_row,
    key_values,
    lede,
    link_button,
    partial,
    post_button,
    quote,
    section,
    select,
    table,
    tabs,
    tag,
)
from heartline.web.parts.codes import qr_code
from heartline.web.parts.words import moment, number
from heartline.web.praise import SHOWN, Praise

PAGES = (
    ("/account", mark("You")),
    ("/account/second", mark("Second factor")),
    ("/account/sessions", mark("Sessions")),
    ("/account/tokens", mark("Tokens")),
)
WAYS = {"password": mark("password"), "link": mark("a one-time link"), "oidc": mark("your company's sign-in")}


def draw_account(
    view: View,
    me: User,
    *,
    places: Sequence[str] | None,
    mentions: Sequence[Mention] = (),
    praise: Sequence[Praise] = (),
    first: bool = False,
    problem: tuple[str, str] = ("", ""),
) -> Element:
    """Who they are, their look, their password. ``places`` None sees everything; ``first`` sets the first password."""
    sees = _("Everything") if places is None else ", ".join(places) or _("Nothing: no place of theirs is known")
    facts: list[tuple[Node, Node]] = [
        (_("Role"), say_role(me.role)),
        (_("Sees"), h.bdi[sees]),
    ]
    return h.div[
        lede(me.name, under=me.email),
        account_tabs(view, "/account"),
        bool(mentions) and draw_mentions(view, mentions),
        bool(praise) and _praise(view, praise),
        section(_("You"), body=key_values(facts)),
        section(_("You may"), body=h.ul(".plain-list")[(h.li[say_right(r)] for r in Right if view.may(r))]),
        section(_("Language"), body=_language(view, me)),
        section(_("Look"), body=draw_themes(view)),
        section(_("Password"), body=_password(view, me, problem, first=first)),
    ]


def _praise(view: View, praise: Sequence[Praise]) -> Element:
    """What customers said to praise the reader, in their own words."""
    told = ngettext("{n} compliment names you", "{n} compliments name you", len(praise))
    return section(
        told.format(n=number(len(praise))),
        identity="praise",
        body=h.ul(".rows")[
            (
                h.li(".long")[
                    quote(
                        one.entry.text or "",
                        by=" · ".join(
                            filter(
                                None,
                                (one.entry.touchpoint, one.entry.place, moment(one.entry.ts_us, view.timezone)),
                            )
                        ),
                        size="small",
                    )
                ]
                for one in praise[:SHOWN]
            )
        ],
    )


def _language(view: View, me: User) -> Element:
    """Every language is named in itself, so that whoever landed in a foreign one finds the way home."""
    choices = (Choice(value="", label=_("As my browser asks")), *LANGUAGES)
    return h.form(method="post", action="/account/language")[
        csrf_field(view),
        form_row(
            select(_("Language of the screens"), "language", choices=choices, value=me.language), button(_("Change it"))
        ),
    ]


def account_tabs(view: View, current: str) -> Element:
    """The reader's own pages."""
    return tabs(_("Your pages"), [(view.url(path), _(words)) for path, words in PAGES], current=view.url(current))


def say_right(right: Right) -> str:
    """Return a right as a sentence that follows “You may”."""
    words = _(MEANINGS[right])
    return f"{words[:1].upper()}{words[1:]}."


def _password(view: View, me: User, problem: tuple[str, str], *, first: bool) -> Element:
    def told(name: str) -> str:
        return problem[1] if problem[0] == name else ""

    return h.form(".stack", method="post", action="/account/password")[
        csrf_field(view),
        h.input(type="hidden", name="email", value=me.email, autocomplete="username"),
        first and h.p[_("You came in by a link and have no password yet. With one, you can sign in again.")],
        not first
        and field(
            _("Password now"),
            "current",
            kind="password",
            error=told("current"),
            autocomplete="current-password",
            required=True,
        ),
        field(
            _("New password"),
            "password",
            kind="password",
            error=told("password"),
            hint=_("12 characters or more. It signs you out everywhere else."),
            autocomplete="new-password",
            minlength="12",
            required=True,
        ),
        button(_("Set a password") if first else _("Change the password")),
    ]


def draw_second(
    view: View, *, address: str, secret: str, left: int, demanded: bool, problem: str = "", on: str = ""
) -> Element:
    """The second factor: set up by a picture and a first code (``address``), or on, with what can be done about it.

    ``on`` names the form that was refused: "confirm", "codes" or "drop".
    """
    under = _("After your password, a code from an app on your phone. A stolen password alone then opens nothing.")
    body = _set_up(view, address, secret, problem) if address else _is_on(view, left, problem=problem, on=on)
    asks = demanded and bool(address) and partial(_("This workspace asks for a second factor. Set it up to go on."))
    return h.div[lede(_("Second factor"), under=under), account_tabs(view, "/account/second"), asks, body]


def _set_up(view: View, address: str, secret: str, problem: str) -> Element:
    spelled = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return section(
        _("Set it up"),
        body=h.div(".stack")[
            h.p[_("1. Open an authenticator app on your phone and point it at this picture.")],
            qr_code(address, label=_("The picture for your authenticator app; the same as text stands below")),
            h.details(".twin")[h.summary[_("Type it instead")], code(spelled, label=_("The secret for your app"))],
            h.form(".stack", method="post", action="/account/second")[
                csrf_field(view),
                field(
                    _("2. Type the six digits it shows"),
                    "code",
                    error=problem,
                    autocomplete="one-time-code",
                    inputmode="numeric",
                    maxlength="10",
                    required=True,
                ),
                button(_("Switch it on"), weight="main"),
            ],
        ],
    )


def _is_on(view: View, left: int, *, problem: str, on: str) -> Element:
    few = left <= 3 and partial(_("Few recovery codes are left. Make new ones before the last is gone."))
    proof = _("A code of your app, or a recovery code.")
    return h.div[
        few,
        section(_("It is on"), body=key_values(((_("Recovery codes left"), number(left)),))),
        section(
            _("New recovery codes"),
            body=h.form(".stack", method="post", action="/account/second/codes")[
                csrf_field(view),
                field(
                    _("Code"), "code", hint=proof, error=problem if on == "codes" else "", required=True, maxlength="40"
                ),
                button(_("Make ten new ones")),
            ],
        ),
        section(
            _("Take it away"),
            body=h.form(".stack", method="post", action="/account/second/drop")[
                csrf_field(view),
                h.div(".labelled")[
                    h.label(for_="f-drop")[_("Code")],
                    h.input(
                        "#f-drop.field",
                        name="code",
                        required=True,
                        maxlength="40",
                        aria_invalid="true" if on == "drop" else None,
                        aria_describedby="h-drop",
                    ),
                    on == "drop" and h.p(".field-error")[problem],
                    h.p("#h-drop.note")[proof],
                ],
                button(_("Take it away"), weight="danger"),
            ],
        ),
    ]


def draw_recovery(view: View, codes: Sequence[str]) -> Element:
    """Recovery codes, shown this once."""
    text = "\n".join(codes)
    return h.div[
        lede(
            _("Recovery codes"), under=_("Each works once, in place of a code of your app. They are shown this once.")
        ),
        h.p[_("Print them or keep them in a password manager: without your phone, they are the way in.")],
        code(text, label=_("Recovery codes")),
        acts(
            button(_("Print"), drawing="print", kind="button", data_print=True, hidden=True),
            link_button(_("I have kept them"), view.url("/account/second"), weight="main"),
        ),
    ]


def draw_sessions(
    view: View, lines: Sequence[tuple[str, SessionLine]], *, current: bytes, zone: str, now_us: int
) -> Element:
    """Where the reader is signed in. ``lines`` are (name of the session in a form, session)."""
    columns = [
        Column(words=_("Browser"), names=True),
        Column(words=_("From")),
        Column(words=_("Since")),
        Column(words=_("Last seen")),
        Column(words=_("By")),
        Column(words=""),
    ]
    rows: list[tuple[Node, ...]] = [
        (
            [h.bdi[name_agent(line.agent)], line.token_hash == current and [" ", tag(_("this one"), tone="better")]],
            h.bdi[line.address or _("unknown")],
            moment(line.created_us, zone, now_us=now_us),
            moment(line.seen_us, zone, now_us=now_us),
            _(WAYS.get(line.way, mark("unknown"))),
            line.token_hash != current
            and post_button(view, _("End it"), "/account/sessions", weight="plain", session=name),
        )
        for name, line in lines
    ]
    return h.div[
        lede(_("Sessions"), under=_("Where you are signed in. What you do not know, end.")),
        account_tabs(view, "/account/sessions"),
        h.div(".stack")[
            table(columns, rows, caption=_("Your sessions")),
            len(rows) > 1
            and acts(post_button(view, _("End all others"), "/account/sessions", weight="danger", others="1")),
        ],
    ]


def name_agent(agent: str) -> str:
    """Return a browser in words, from how it calls itself; what calls itself anything else is shown as it is."""
    browsers = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((words for sign, words in browsers if f"{sign}" in agent), "")
    system = next((words for sign, words in systems if sign in agent), "")
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return agent[:60] or _("Unknown")
