"""The choice after set-up: look around in the sample, bring a file, or connect a site."""

from __future__ import annotations

import htpy as h
from htpy import Element

from heartline.language import _
from heartline.web.chores import Chore
from heartline.web.parts import View, columns, lede, link_button, post_button, progress, section
from heartline.web.parts.sentences import fill


def draw_begin(view: View, *, blank: bool, filling: Chore | None) -> Element:
    """Three ways to begin. The sample is offered only while nothing has arrived, for it is mixed with nothing."""
    if filling is not None:
        return h.div[lede(_("Brewing Harbour & Bean")), draw_filling(view, filling)]
    return h.div[
        lede(_("Good. {company} is set up.").format(company=view.workspace_name), under=_("How shall we begin?")),
        columns(
            section(
                _("Explore sample data"),
                body=[
                    h.p[_("Harbour & Bean, a made-up coffee company with a year of customers, and things gone wrong.")],
                    post_button(view, _("Explore the sample"), "/begin/sample", weight="main")
                    if blank
                    else h.p(".note")[
                        fill(
                            _("Something has arrived already. The sample lives in a folder of its own: {command}"),
                            command=h.code["heartline demo"],
                        )
                    ],
                ],
            ),
            section(
                _("Import a file"),
                body=[
                    h.p[_("CSV, Excel saved as CSV, JSON, Parquet, XES; Qualtrics and Zendesk exports as they are.")],
                    link_button(_("Import a file"), view.url("/data/imports"), drawing="upload"),
                ],
            ),
            section(
                _("Connect my site"),
                body=[
                    h.p[_("Segment’s and RudderStack’s own kits, unchanged: paste a snippet, see it turn green.")],
                    link_button(_("Connect my site"), view.url("/data"), drawing="link"),
                ],
            ),
            shape="three",
        ),
    ]


def draw_filling(view: View, filling: Chore) -> Element:
    """How far the sample is; asks again by itself."""
    if filling.error:
        return h.div(".state.error", role="alert")[h.p[_("The sample stopped: {error}").format(error=filling.error)]]
    if filling.done:
        return h.div[h.p[_("It is ready.")], link_button(_("Open it"), view.url("/"), weight="main")]
    return h.div(hx_get="/begin/sample", hx_trigger="every 1s", hx_swap="outerHTML")[
        progress(_("Customers come and go"), done=round(filling.share * 100), total=100),
        h.noscript[h.p[h.a(href="/begin")[_("How far is it?")]]],
    ]
