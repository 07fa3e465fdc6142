"""The reference of the JSON API, drawn from its own document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import htpy as h
from htpy import Element

from heartline.language import _
from heartline.web.api import DOCUMENT_PATH, PREFIX, Operation
from heartline.web.parts import Column, acts, code, lede, link_button, section, table
from heartline.web.parts.sentences import fill


def draw_reference(operations: Sequence[Operation], *, tags: Mapping[str, str], address: str) -> Element:
    """Every call there is, by what it is about, after an example that works as it stands. ``tags`` says what each group
    is about.
    """
    example = f'curl -H "Authorization: Bearer $TOKEN" "{address}{PREFIX}/metrics?measure=nps&range=12w"'
    return h.div[
        lede(
            _("The API"),
            under=fill(
                _("Every number the pages show, for programs. Make a token on the page {page}."),
                page=h.a(href="/account")[_("You")],
            ),
            do=acts(link_button(_("OpenAPI document"), DOCUMENT_PATH, drawing="download", download=True)),
        ),
        code(example, label=_("An example")),
        (
            section(
                tag,
                body=[h.p(".muted")[about], [_operation(one) for one in operations if one.tag == tag]],
                identity=tag.lower(),
            )
            for tag, about in tags.items()
        ),
    ]


def _operation(one: Operation) -> Element:
    columns = (Column(words=_("Name"), names=True), Column(words=_("What it says")))
    rows = [(h.code[name], [about, needed and [" ", _("Needed.")]]) for name, about, needed in one.takes]
    return h.details(".twin")[
        h.summary[h.code[f"{one.method} {one.path.removeprefix(PREFIX)}"], f"  {one.title}"],
        h.p[one.about],
        bool(rows)
        and table(columns, rows, caption=_("What {method} {path} takes").format(method=one.method, path=one.path)),
    ]
