"""Signing in, choosing a password, and the first page of all: who are you, and what shall we begin with."""

from __future__ import annotations

from zoneinfo import available_timezones

import htpy as h
from htpy import Element

from heartline import language
from heartline.language import _
from heartline.web.parts import Choice, View, button, csrf_field, field, link_button, select
from heartline.web.parts.sentences import fill

LANGUAGES = tuple(Choice(value=tag, label=name) for tag, name in language.LANGUAGES.items())


def draw_sign_in(view: View, *, email: str = "", onward: str = "", error: str = "", company: bool = False) -> Element:
    """The way in; ``company`` offers the company's own sign-in first."""
    return h.div(".stack")[
        h.h1[_("Sign in")],
        _alert(error),
        company
        and h.p[link_button(_("Sign in with your company"), view.url("/sign-in/oidc", next=onward), weight="main")],
        company and h.p(".note")[_("Or with a password of heartline:")],
        h.form(".stack", method="post", action="/sign-in")[
            csrf_field(view),
            h.input(type="hidden", name="next", value=onward),
            field(
                _("E-mail"), "email", kind="email", value=email, autocomplete="username", required=True, autofocus=True
            ),
            field(_("Password"), "password", kind="password", autocomplete="current-password", required=True),
            button(_("Sign in"), weight="normal" if company else "main"),
        ],
        h.p(".note")[_("No password yet, or forgotten? An owner of this workspace can give you a link to set one.")],
    ]


def draw_second_step(view: View, *, email: str, onward: str, error: str = "") -> Element:
    """After the password: the code of the app, or a recovery code."""
    return h.div(".stack")[
        h.h1[_("One more step")],
        h.form(".stack", method="post", action="/sign-in/second")[
            csrf_field(view),
            h.input(type="hidden", name="next", value=onward),
            field(
                _("Code of your app"),
                "code",
                hint=_("Six digits. Without your phone, type one of your recovery codes."),
                error=error,
                autocomplete="one-time-code",
                maxlength="40",
                required=True,
                autofocus=True,
            ),
            button(_("Go on"), weight="main"),
        ],
        h.p(".note")[
            fill(_("You are signing in as {email}. All lost? An owner can take the factor away."), email=h.bdi[email])
        ],
    ]


def draw_setup(view: View, *, token: str, given: dict[str, str], problem: tuple[str, str] = ("", "")) -> Element:
    """The first page: it makes the first owner. ``problem`` is (field, sentence)."""

    def told(name: str) -> str:
        return problem[1] if problem[0] == name else ""

    return h.div(".stack")[
        h.h1[_("Welcome to heartline")],
        h.p[_("Everything stays on this machine. First, who are you?")],
        _alert(told("")),
        h.form(".stack", method="post", action="/setup")[
            csrf_field(view),
            h.input(type="hidden", name="token", value=token),
            field(
                _("Your name"),
                "name",
                value=given.get("name", ""),
                error=told("name"),
                autocomplete="name",
                required=True,
                autofocus=True,
            ),
            field(
                _("E-mail"),
                "email",
                kind="email",
                value=given.get("email", ""),
                error=told("email"),
                autocomplete="username",
                required=True,
            ),
            _new_password(told("password")),
            select(_("Language"), "language", choices=LANGUAGES, value=given.get("language", "en")),
            zone_field(given.get("timezone", "UTC"), error=told("timezone")),
            currency_field(given.get("currency", "EUR"), error=told("currency")),
            button(_("Begin"), weight="main"),
        ],
    ]


def draw_password(view: View, *, token: str, email: str, error: str = "") -> Element:
    """Choose a password, by a link an owner gave."""
    return h.div(".stack")[
        h.h1[_("Choose a password")],
        h.form(".stack", method="post", action="/password")[
            csrf_field(view),
            h.input(type="hidden", name="token", value=token),
            field(_("E-mail"), "email", kind="email", value=email, autocomplete="username", readonly=True),
            _new_password(error),
            button(_("Set the password"), weight="main"),
        ],
    ]


def zone_field(value: str, *, error: str = "") -> Element:
    """A choice of time zone; one starts typing its name."""
    zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
    choices = [Choice(value=zone, label=zone.replace("_", " ")) for zone in zones if not zone.startswith("Etc/")]
    return select(
        _("Time zone"), "timezone", choices=choices, value=value, error=error, hint=_("Days begin at midnight here.")
    )


def currency_field(value: str, *, error: str = "") -> Element:
    """The currency of sums that come without one."""
    return field(
        _("Currency"),
        "currency",
        value=value,
        error=error,
        hint=_("Three letters, as banks write it: EUR, GBP, JPY. Sums that come without a currency are in this."),
        maxlength="3",
        required=True,
    )


def _new_password(error: str) -> Element:
    return field(
        _("Password"),
        "password",
        kind="password",
        hint=_("12 characters or more. A sentence works well; pasting does too."),
        error=error,
        autocomplete="new-password",
        minlength="12",
        required=True,
    )


def _alert(words: str) -> Element | None:
    return h.p(".state.error", role="alert")[words] if words else None
