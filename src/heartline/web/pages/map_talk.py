"""Comments on a map, the form for the next, and on the reader's own page those that mention them."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node

from heartline.language import _, ngettext
from heartline.records import MapComment, Right
from heartline.understand import say_journey, say_stage
from heartline.web.map_documents import Desk
from heartline.web.map_talk import LONGEST, Mention
from heartline.web.parts import Choice, View, acts, button, csrf_field, field, section, select
from heartline.web.parts.words import iso, moment, number


def draw_talk(view: View, desk: Desk) -> Element:
    """All comments, the open ones first, and the form for the next."""
    comments = sorted(desk.document.comments, key=lambda one: (one.resolved_us is not None, -one.at_us))
    still = sum(one.resolved_us is None for one in comments)
    told = ngettext("{n} open comment", "{n} open comments", still).format(n=number(still))
    return section(
        _("Comments"),
        beside=told,
        body=[
            h.ul(".rows.comment-rows")[(_comment(view, desk, one) for one in comments)]
            if comments
            else h.p(".small.quiet")[_("Nobody has said anything yet.")],
            view.may(Right.CHANGE_JOURNEYS) and bool(desk.journey.stages) and _write(view, desk),
        ],
        identity="comments",
    )


def _comment(view: View, desk: Desk, comment: MapComment) -> Element:
    done = comment.resolved_us is not None
    return h.li(".comment-row", id=f"comment-{comment.number}")[
        h.p(".small.muted")[
            h.b[say_stage(comment.stage)],
            " · ",
            h.bdi[comment.author],
            ", ",
            h.time(datetime=iso(comment.at_us, view.timezone))[moment(comment.at_us, view.timezone)],
            done and [" · ", _("resolved by {name}").format(name=comment.resolved_by)],
        ],
        h.p(class_=["quiet" if done else None], dir="auto")[comment.text],
        view.may(Right.CHANGE_JOURNEYS) and _acts(view, desk, comment, done=done),
    ]


def _acts(view: View, desk: Desk, comment: MapComment, *, done: bool) -> Element:
    path = f"/journeys/{desk.journey.journey_id}/comments/{comment.number}"
    about: Node = h.span(".sr")[f": {comment.text[:60]}"]
    return h.form(".one-act", method="post", action=path)[
        csrf_field(view),
        acts(
            button([_("Open again"), about], weight="plain", name="act", value="reopen")
            if done
            else button([_("Resolve"), about], weight="plain", name="act", value="resolve"),
            done and button([_("Remove"), about], weight="plain", name="act", value="remove"),
        ),
    ]


def _write(view: View, desk: Desk) -> Element:
    choices = tuple(Choice(value=stage.name, label=say_stage(stage.name)) for stage in desk.journey.stages)
    return h.form(".stack", method="post", action=f"/journeys/{desk.journey.journey_id}/comments")[
        csrf_field(view),
        select(_("About the stage"), "stage", choices=choices),
        field(
            _("Comment"),
            "text",
            lines=3,
            required=True,
            maxlength=str(LONGEST),
            hint=_("@ and a name tells somebody: {names}.").format(names=_name_some(desk.people)),
        ),
        button(_("Comment"), drawing="plus"),
    ]


def _name_some(people: Sequence[str], *, most: int = 8) -> str:
    shown = ", ".join(f"@{name}" for name in people[:most])
    return f"{shown}, …" if len(people) > most else shown


def draw_mentions(view: View, mentions: Sequence[Mention]) -> Element:
    """What others want of the reader: comments that mention them, each with a link to its place."""
    return section(
        _("Mentioned on maps"),
        body=h.ul(".rows.comment-rows")[(_mention(view, one) for one in mentions)],
        identity="mentions",
    )


def _mention(view: View, mention: Mention) -> Element:
    comment = mention.comment
    href = f"/journeys/{mention.journey_id}/document#comment-{comment.number}"
    return h.li(".comment-row")[
        h.p(".small.muted")[
            h.a(href=href)[say_journey(mention.journey) if mention.journey else _("A journey")],
            " · ",
            say_stage(comment.stage),
            " · ",
            h.bdi[comment.author],
            ", ",
            moment(comment.at_us, view.timezone),
        ],
        h.p(dir="auto")[comment.text],
    ]
