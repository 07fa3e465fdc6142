"""The loop on the page of a case: why it happened and where, and what its customer said after it was closed."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node

from heartline.act import is_open
from heartline.language import _, ngettext
from heartline.records import Case, Reply, Right
from heartline.store import Entry
from heartline.web.case_replies import LONGEST_REPLY, LONGEST_SUBJECT, UNDO_S, ReplyDesk
from heartline.web.lives import score_of
from heartline.web.loops import LONGEST_CAUSE, CaseReading
from heartline.web.parts import (
    Choice,
    View,
    acts,
    button,
    csrf_field,
    field,
    form_row,
    key_values,
    post_button,
    quote,
    section,
    select,
    tag,
)
from heartline.web.parts.words import clock, day, moment, number, say_score


def draw_cause(view: View, reading: CaseReading) -> Element:
    """Why it happened, in few words that others choose again, and at which step of a journey."""
    loop, case = reading.loop, reading.case
    chosen = f"{loop.journey_id}\t{loop.stage}"
    stages = [
        Choice(value="", label=_("No step")),
        *(Choice(value=f"{journey}\t{name}", label=words) for journey, name, words in reading.stages),
    ]
    return h.details(".fold", id="cause")[
        h.summary[h.h2[_("Why did it happen?")], h.span(".note")[h.bdi[loop.cause or _("not known yet")]]],
        h.form(method="post", action=f"/cases/{case.case_id}")[
            csrf_field(view),
            h.input(type="hidden", name="was", value=case.status.value),
            h.input(type="hidden", name="act", value="cause"),
            form_row(
                field(
                    _("Cause"),
                    "cause",
                    value=loop.cause,
                    hint=_("A few words. The same words for the same cause: they are counted together."),
                    maxlength=str(LONGEST_CAUSE),
                    list="causes",
                    autocomplete="off",
                    dir="auto",
                ),
                select(_("Step of a journey"), "stage", choices=stages, value=chosen if loop.stage else ""),
            ),
            h.datalist("#causes")[(h.option(value=cause) for cause in reading.causes)],
            acts(button(_("Save"))),
        ],
    ]


def draw_again(view: View, reading: CaseReading, *, now_us: int) -> Node:
    """What its customer scored or said afterwards, beside the first; and, once it is time, the question again."""
    case, loop = reading.case, reading.loop
    if is_open(case):
        return None
    due = bool(loop.recheck_us) and loop.recheck_us <= now_us
    beside: Node = None
    if loop.recheck_us:
        when = day(loop.recheck_us, view.timezone, now_us=now_us)
        beside = tag(_("Asks again"), tone="late") if due else _("asks again {day}").format(day=when)
    return section(
        _("Does it hold?"),
        beside=beside,
        identity="again",
        body=[
            key_values(
                [
                    (_("First"), _told(view, reading.cause)),
                    (_("Since it was closed"), _told(view, reading.later)),
                ]
            ),
            bool(loop.reopened)
            and h.p(".note")[
                ngettext("Opened again {n} time.", "Opened again {n} times.", loop.reopened).format(
                    n=number(loop.reopened)
                )
            ],
            due
            and view.may(Right.WORK_CASES)
            and acts(
                post_button(
                    view, _("It holds"), f"/cases/{case.case_id}", act="again", was=case.status.value, drawing="check"
                )
            ),
        ],
    )


def _told(view: View, entry: Entry | None) -> Node:
    if entry is None:
        return h.span(".quiet")[_("nothing yet")]
    score = score_of(entry)
    about = [say_score(score) if score else "", entry.touchpoint, moment(entry.ts_us, view.timezone)]
    return [
        h.span[" · ".join(filter(None, about))],
        bool(entry.text) and quote(entry.text or "", size="small"),
    ]


def draw_reply(view: View, case: Case, desk: ReplyDesk | None, *, problem: tuple[str, str] = ("", "")) -> Node:
    """A reply by e-mail: the reader's draft, who else writes, and what can still be taken back."""
    if desk is None:
        return None
    wrong = problem[1] if problem[0] == "text" else ""
    return h.details(".fold", id="reply", open=bool(wrong) or desk.draft is not None or bool(desk.waiting))[
        h.summary[
            h.h2[_("Reply by e-mail")],
            h.span(".note")[h.bdi[desk.address] if desk.address else _("no address is known")],
        ],
        (_waits(view, case, one) for one in desk.waiting),
        bool(desk.others)
        and h.p(".state.stale", role="note")[
            _("{name} is writing to this customer at this moment.").format(name=", ".join(desk.others))
        ],
        _reply_form(view, case, desk, wrong) if desk.address else None,
    ]


def _waits(view: View, case: Case, one: Reply) -> Element:
    here = f"/cases/{case.case_id}/reply"
    return h.div(".state.partial", role="status")[
        h.p[_("To {address}: it goes in {n} seconds.").format(address=one.address, n=UNDO_S)],
        post_button(view, _("Take it back"), here, act="undo"),
    ]


def _reply_form(view: View, case: Case, desk: ReplyDesk, wrong: str) -> Element:
    here, draft = f"/cases/{case.case_id}/reply", desk.draft
    return h.form(method="post", action=here)[
        csrf_field(view),
        h.input(type="hidden", name="gone", value=str(desk.gone)),
        field(
            _("Subject"),
            "subject",
            value=draft.subject if draft else desk.subject,
            maxlength=str(LONGEST_SUBJECT),
            dir="auto",
        ),
        field(
            _("What the customer reads"),
            "text",
            value=draft.text if draft else "",
            error=wrong,
            lines=7,
            maxlength=str(LONGEST_REPLY),
            dir="auto",
            hx_post=here,
            hx_trigger="input changed delay:1s",
            hx_vals='{"act": "draft"}',
            hx_target="#draft-kept",
            hx_swap="outerHTML",
            hx_include="closest form",
        ),
        h.p("#draft-kept.note", role="status"),
        h.p(".note")[_("What you send is kept with the case, and the case counts as contacted.")],
        bool(wrong and desk.others)
        and h.label(".check")[
            h.input(type="checkbox", name="nevertheless", value="1"), h.span[_("Send it nevertheless")]
        ],
        acts(
            button(_("Send"), weight="main", name="act", value="send"),
            button(_("Keep as draft"), name="act", value="draft"),
        ),
    ]


def draw_kept(reply: Reply, zone: str) -> Element:
    """What stands under a draft once it was kept."""
    words = _("Draft kept at {time}.").format(time=clock(reply.at_us, zone)) if reply.text else ""
    return h.p("#draft-kept.note", role="status")[words]
