"""Icons: a 24-unit grid, a 1.6 stroke, round ends, always beside a word."""

from __future__ import annotations

from typing import Final

from htpy import Element

from heartline.language import _
from heartline.web.parts import svg

DRAWINGS: Final[dict[str, str]] = {
    "home": "M4 11 12 4.2 20 11M6.2 9.4v10.4h11.6V9.4M10 19.8v-5.2h4v5.2",
    "ear": "M8.3 20.2c1.9 0 3-1 3.6-2.7.9-2.6 4.8-3.6 4.8-8a5.7 5.7 0 0 0-11.4 0M8.4 9.7a2.6 2.6 0 1 1 4.5 1.8"
    "c-1 1-1.4 1.4-1.4 2.5M19.2 6.2a8.4 8.4 0 0 1 0 6.8",
    "pulse": "M2.8 12.2c2.7 0 3-5.7 5.6-5.7S11.4 17 14 17s2.6-5.8 7.2-5.8M14 17h.01",
    "bolt": "M12.6 3.4 5.2 13.6h6L10.4 20.6l8-11h-6.1z",
    "ruler": "M3.6 15.6 15.6 3.6l4.8 4.8-12 12zM7.2 12l1.9 1.9M10.2 9l2.6 2.6M13.2 6l1.9 1.9",
    "sliders": "M4 7h8.8M18.2 7H20M4 17h2.8M12.2 17H20M18 7a2.6 2.6 0 1 1-5.2 0 2.6 2.6 0 0 1 5.2 0z"
    "M12 17a2.6 2.6 0 1 1-5.2 0 2.6 2.6 0 0 1 5.2 0z",
    "search": "M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0zM15.4 15.4l5 5",
    "mail": "M4.5 5.6h15A1.5 1.5 0 0 1 21 7.1v9.8a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 16.9V7.1"
    "a1.5 1.5 0 0 1 1.5-1.5zM3.6 7l8.4 6.2L20.4 7",
    "chat": "M4 5.2h16v11h-8.8L6.6 19.8v-3.6H4zM8 9.2h8M8 12.3h5",
    "phone": "M5 4.4h3.5L10 8.5 7.9 10.1a11.4 11.4 0 0 0 6 6l1.6-2.1 4.1 1.5V19a1.6 1.6 0 0 1-1.7 1.6"
    "A15 15 0 0 1 3.4 6.1 1.6 1.6 0 0 1 5 4.4z",
    "web": "M4.5 5h15A1.5 1.5 0 0 1 21 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5v-11"
    "A1.5 1.5 0 0 1 4.5 5zM3 9.5h18M6 7.25h.01M8.5 7.25h.01",
    "app": "M9 3h6a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM11 18h2",
    "store": "M4.5 11v8.5h15V11M3.5 9.3 5.4 4.5h13.2l1.9 4.8a2.8 2.8 0 0 1-5.6 0 2.9 2.9 0 0 1-5.8 0"
    " 2.8 2.8 0 0 1-5.6 0zM10 19.5v-4.7h4v4.7",
    "van": "M3 6.5h11v10.2H9.1M5.1 16.7H3V6.5M14 10h3.8l3.2 3.4v3.3h-2.1M14.9 16.7H14"
    "M9 17.1a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM18.9 17.1a2 2 0 1 1-4 0 2 2 0 0 1 4 0z",
    "box": "M3.6 8 12 4l8.4 4v8.3L12 20.4l-8.4-4.1zM3.6 8l8.4 4.1L20.4 8M12 12.1v8.3",
    "card": "M4.5 5.5h15A1.5 1.5 0 0 1 21 7v10a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17V7"
    "a1.5 1.5 0 0 1 1.5-1.5zM3 9.8h18M6.2 14.6h4",
    "star": "M12 3.9l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z",
    "user": "M15.8 8a3.8 3.8 0 1 1-7.6 0 3.8 3.8 0 0 1 7.6 0zM4.8 20.2c.6-4 3.4-5.9 7.2-5.9s6.6 1.9 7.2 5.9",
    "people": "M12.3 8.3a3.3 3.3 0 1 1-6.6 0 3.3 3.3 0 0 1 6.6 0zM2.8 19.6c.5-3.6 2.9-5.4 6.2-5.4s5.7 1.8 6.2 5.4"
    "M15.2 5.2a3.3 3.3 0 0 1 0 6.2M17.8 14.6c2 .7 3.1 2.4 3.4 5",
    "file": "M6 3.5h8l4.5 4.5v12.5H6zM13.8 3.7v4.5h4.5M9 12.5h6.5M9 16h6.5",
    "clock": "M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0zM12 7v5.2l3.4 2.1",
    "table": "M4.5 5h15a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM3.5 9.8h17M3.5 14.4h17"
    "M9.8 5v14",
    "print": "M7 9V4h10v5M7 16.5H4V9h16v7.5h-3M7 14h10v6H7z",
    "download": "M12 4v11M7.8 11 12 15.2 16.2 11M5 19.5h14",
    "upload": "M12 15.2V4.2M7.8 8.4 12 4.2l4.2 4.2M5 19.5h14",
    "down": "M6 9.5l6 6 6-6",
    "right": "M9.5 6l6 6-6 6",
    "left": "M14.5 6l-6 6 6 6",
    "back": "M19.5 12H5M10.5 6.2 4.8 12l5.7 5.8",
    "check": "M5 12.8l4.6 4.6L19.2 7.2",
    "close": "M6 6l12 12M18 6 6 18",
    "plus": "M12 5v14M5 12h14",
    "copy": "M9 8.5h9.5V20H9zM6 15.5H5.5V4H15v1.5",
    "link": "M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1"
    "a4 4 0 0 0 5.7 5.7l1.1-1.1",
    "bell": "M6.2 16.5c1.2-1.4 1.3-3 1.3-5.5a4.5 4.5 0 0 1 9 0c0 2.5.1 4.1 1.3 5.5zM10.2 19.5h3.6",
    "flag": "M6 20.5V4.2h11.5l-2.7 4 2.7 4H6",
    "pen": "M4.2 19.8l1-4.4L16.4 4.2l3.4 3.4L8.6 18.8zM14 6.6l3.4 3.4",
    "sun": "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4"
    "M5.6 18.4 7 17M17 7l1.4-1.4",
    "moon": "M19.5 14.3A8 8 0 1 1 9.7 4.5a6.4 6.4 0 0 0 9.8 9.8z",
    "screen": "M4 5h16v11H4zM9 20h6M12 16v4",
    "leave": "M13.5 4.5H5.5v15h8M10.5 12h9.5M16.5 8.2 20.3 12l-3.8 3.8",
    "play": "M8 5.5v13l10.5-6.5z",
    "question": "M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0zM9.6 9.6a2.4 2.4 0 1 1 3.5 2.1c-.8.4-1.1 1-1.1 1.8"
    "M12 16.5h.01",
    "dots": "M6 12h.01M12 12h.01M18 12h.01",
}

CHANNELS: Final[dict[str, str]] = {
    "web": "web", "site": "web", "browser": "web", "online": "web", "app": "app", "mobile": "app", "ios": "app",
    "android": "app", "mail": "mail", "email": "mail", "e-mail": "mail", "newsletter": "mail", "chat": "chat",
    "sms": "chat", "whatsapp": "chat", "messenger": "chat", "bot": "chat", "phone": "phone", "call": "phone",
    "store": "store", "place": "store", "cafe": "store", "café": "store", "shop": "store", "branch": "store",
    "pos": "card", "till": "card", "payment": "card", "card": "card", "loyalty": "card", "courier": "van",
    "delivery": "van", "parcel": "box", "box": "box", "post": "mail", "letter": "file", "review": "star",
    "survey": "star", "social": "people", "community": "people", "partner": "people", "event": "flag",
    "workshop": "flag", "file": "file", "import": "file", "server": "sliders",
}  # fmt: skip


def icon(name: str, *, label: str = "", small: bool = False) -> Element:
    """An icon by its name. Without ``label`` it is decoration and hidden from assistive technology.

    Raises:
        KeyError: no such drawing.
    """
    attrs = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    drawn = svg.path(d=DRAWINGS[name])
    return svg.svg(".ic.s" if small else ".ic", viewBox="0 0 24 24", **attrs)[drawn]


def channel_icon_name(channel: str) -> str:
    """Which icon stands for a channel; an unknown one is shown as a small flag."""
    return CHANNELS.get(channel.strip().casefold(), "flag")


def channel_icon(channel: str, *, small: bool = False) -> Element:
    """The icon of a channel, labelled with its own name."""
    return icon(channel_icon_name(channel), label=channel or _("channel unknown"), small=small)


def logo() -> Element:
    """The mark of the product: the line itself."""
    return svg.svg(viewBox="0 0 36 32", aria_hidden="true")[
        svg.path(
            d="M2 13h6c4 0 4.5-8 8-8 4.5 0 4 21 8.5 21 3.5 0 3.5-12 9.5-12",
            fill="none",
            stroke="currentColor",
            stroke_width="3.6",
            stroke_linecap="round",
        )
    ]
