"""Controls: what people press, write in and choose from. All work without a script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import htpy as h
from htpy import Attribute, Element, Node, VoidElement

from heartline.records import Right
from heartline.web.parts.icons import icon
from heartline.web.parts.view import Choice, View

Weight = Literal["normal", "main", "plain", "danger"]


def csrf_field(view: View) -> VoidElement:
    """The token every form that changes something carries."""
    return h.input(type="hidden", name="_csrf_token", value=view.csrf)


def button(
    words: Node, *, weight: Weight = "normal", drawing: str = "", kind: str = "submit", **attrs: Attribute
) -> Element:
    """A button. ``main`` once a screen. Other attributes pass through (``hx_post``, ``name``, ``value``, ``form``)."""
    return h.button(class_=_weigh(weight), type=kind, **attrs)[drawing and icon(drawing, small=True), words]


def link_button(words: Node, href: str, *, weight: Weight = "normal", drawing: str = "", **attrs: Attribute) -> Element:
    """A link that looks like a button: it leads somewhere and changes nothing."""
    return h.a(class_=_weigh(weight), href=href, **attrs)[drawing and icon(drawing, small=True), words]


def download_button(view: View, words: Node, href: str) -> Element | None:
    """A link to a file; nothing for readers who may not take files away."""
    return link_button(words, href, drawing="download", download=True) if view.may(Right.EXPORT) else None


def post_button(
    view: View, words: Node, action: str, *, weight: Weight = "normal", drawing: str = "", **fields: str
) -> Element:
    """One act in a form of its own; ``fields`` are sent along."""
    return h.form(".one-act", method="post", action=action)[
        csrf_field(view),
        (h.input(type="hidden", name=name, value=value) for name, value in fields.items()),
        button(words, weight=weight, drawing=drawing),
    ]


def _weigh(weight: Weight) -> list[str]:
    names = {"normal": "", "main": "main-act", "plain": "plain", "danger": "danger"}
    return ["btn", names[weight]]


def field(
    label: str,
    name: str,
    *,
    value: str = "",
    kind: str = "text",
    hint: str = "",
    error: str = "",
    lines: int = 0,
    **attrs: Attribute,
) -> Element:
    """A labelled field; ``lines`` above 0 makes it a text area. The hint and the error are tied to it by id."""
    described = _describe(name, hint=hint, error=error)
    invalid = "true" if error else None
    if lines:
        entry: Element | VoidElement = h.textarea(
            f"#f-{name}.field", name=name, rows=str(lines), aria_describedby=described, aria_invalid=invalid, **attrs
        )[value]
    else:
        entry = h.input(
            f"#f-{name}.field",
            name=name,
            type=kind,
            value=value,
            aria_describedby=described,
            aria_invalid=invalid,
            **attrs,
        )
    return _labelled(label, name, entry=entry, hint=hint, error=error)


def select(
    label: str,
    name: str,
    *,
    choices: Sequence[Choice],
    value: str = "",
    hint: str = "",
    error: str = "",
    **attrs: Attribute,
) -> Element:
    """A labelled choice of one."""
    entry = h.select(
        f"#f-{name}.field",
        name=name,
        aria_describedby=_describe(name, hint=hint, error=error),
        aria_invalid="true" if error else None,
        **attrs,
    )[(h.option(value=choice.value, selected=choice.value == value)[choice.label] for choice in choices)]
    return _labelled(label, name, entry=entry, hint=hint, error=error)


def checkbox(label: str, name: str, *, checked: bool = False, hint: str = "", value: str = "1") -> Element:
    """A yes or no."""
    return h.label(".check")[
        h.input(type="checkbox", name=name, value=value, checked=checked),
        h.span[label, hint and h.span(".note")[hint]],
    ]


def radios(legend: str, name: str, *, choices: Sequence[tuple[Choice, str]], value: str = "") -> Element:
    """A choice of one as cards: each (choice, what it means)."""
    return h.fieldset(".cards")[
        h.legend[legend],
        (
            h.label(".card")[
                h.input(type="radio", name=name, value=choice.value, checked=choice.value == value),
                h.span[h.b[choice.label], meaning and h.span(".note")[meaning]],
            ]
            for choice, meaning in choices
        ),
    ]


def file_drop(label: str, name: str, *, hint: str = "", accept: str = "") -> Element:
    """A place to drop a file, and a button to choose one."""
    return h.label(".drop", data_drop=True)[
        icon("upload"),
        h.span[h.b[label], hint and h.span(".note")[hint]],
        h.input(type="file", name=name, accept=accept or None, required=True),
        h.span(".drop-name.sr", aria_live="polite"),
    ]


def form_row(*controls: Node) -> Element:
    """Fields and a button on one line, wrapping on a phone."""
    return h.div(".form-row")[controls]


def acts(*controls: Node) -> Element:
    """Buttons side by side."""
    return h.div(".acts.no-print")[controls]


def _describe(name: str, *, hint: str, error: str) -> str | None:
    return " ".join(f"{kind}-{name}" for kind, words in (("e", error), ("h", hint)) if words) or None


def _labelled(label: str, name: str, *, entry: Element | VoidElement, hint: str, error: str) -> Element:
    return h.div(".labelled")[
        h.label(for_=f"f-{name}")[label],
        entry,
        error and h.p(".field-error", id=f"e-{name}")[error],
        hint and h.p(".note", id=f"h-{name}")[hint],
    ]
