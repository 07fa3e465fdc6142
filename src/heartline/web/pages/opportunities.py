"""What could be done about a pain: the opportunities filed, and the forms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.records import Effort, Opportunity, OpportunityStatus
from heartline.understand import Pain
from heartline.web.opportunities import Board
from heartline.web.pain_words import short_range
from heartline.web.parts import View, button, csrf_field, section
from heartline.web.parts.words import day

STATUS: Final = {
    OpportunityStatus.IDEA: mark("Idea"),
    OpportunityStatus.PLANNED: mark("Planned"),
    OpportunityStatus.UNDER_WAY: mark("Under way"),
    OpportunityStatus.DONE: mark("Done"),
    OpportunityStatus.DROPPED: mark("Dropped"),
}
EFFORT: Final = {
    Effort.UNKNOWN: mark("not said"),
    Effort.SMALL: mark("small"),
    Effort.MEDIUM: mark("medium"),
    Effort.LARGE: mark("large"),
}


def opportunities_section(view: View, pain: Pain, board: Board, *, currency: str, now_us: int) -> Element:
    """The section of a pain's page."""
    lines = [_line(view, one, board, currency=currency, now_us=now_us) for one in board.lines]
    return section(
        _("What we could do"),
        identity="opportunities",
        body=[
            h.ul(".rows.opportunities")[lines] if lines else h.p(".quiet")[_("Nobody has filed an opportunity yet.")],
            _new(view, pain, board) if board.owners else None,
        ],
    )


def _line(view: View, one: Opportunity, board: Board, *, currency: str, now_us: int) -> Element:
    gain = _("gain unknown")
    if one.gain_low is not None and one.gain_high is not None:
        gain = _("{money} a quarter, if it is the cause").format(
            money=short_range(one.gain_low, one.gain_high, currency)
        )
    told = [
        gain,
        _("effort {effort}").format(effort=_(EFFORT[one.effort])),
        one.owner or _("nobody owns it yet"),
        "" if one.due_us is None else _("due {day}").format(day=day(one.due_us, view.timezone, now_us=now_us)),
    ]
    cases = [[" ", h.a(href=view.url(f"/cases/{case}"))[f"#{case}"]] for case in one.cases]
    return h.li[
        h.p[h.b[one.title], " ", h.span(".tag")[_(STATUS[one.status])]],
        h.p(".note")[" · ".join(part for part in told if part), cases],
        _change(view, one, board) if board.owners else None,
    ]


def _change(view: View, one: Opportunity, board: Board) -> Element:
    place = one.opportunity_id
    return h.details[
        h.summary(".note")[_("Change")],
        h.form(".opportunity-form", method="post", action=f"/opportunities/{place}")[
            csrf_field(view),
            h.input(type="hidden", name="was", value=one.owner),
            _choose(f"s{place}", "status", _("Status"), [(key.value, _(words)) for key, words in STATUS.items()],
                    one.status.value),
            _efforts(f"e{place}", one.effort.value),
            _owners(f"o{place}", board, one.owner),
            _day(f"d{place}", view, one.due_us),
            h.div(".labelled")[
                h.label(for_=f"c{place}")[_("Linked cases")],
                h.input(f"#c{place}.field", name="cases", value=", ".join(str(case) for case in one.cases)),
            ],
            button(_("Save")),
        ],
    ]  # fmt: skip


def _new(view: View, pain: Pain, board: Board) -> Element:
    return h.details(".new-opportunity")[
        h.summary(".btn")[_("File an opportunity")],
        h.form(".opportunity-form", method="post", action=f"/pains/{pain.key}/opportunities")[
            csrf_field(view),
            h.div(".labelled.whole")[
                h.label(for_="f-title")[_("What could be done")],
                h.input("#f-title.field", name="title", required=True, maxlength="200"),
            ],
            _efforts("f-effort", ""),
            _owners("f-owner", board, ""),
            _day("f-due", view, None),
            button(_("File it")),
        ],
    ]


def _efforts(identity: str, chosen: str) -> Element:
    return _choose(identity, "effort", _("Effort"), [(key.value, _(words)) for key, words in EFFORT.items()], chosen)


def _owners(identity: str, board: Board, chosen: str) -> Element:
    names = dict.fromkeys(("", *board.owners, chosen))
    return _choose(identity, "owner", _("Owner"), [(name, name or _("Nobody yet")) for name in names], chosen)


def _choose(identity: str, name: str, label: str, choices: list[tuple[str, str]], chosen: str) -> Element:
    return h.div(".labelled")[
        h.label(for_=identity)[label],
        h.select(f"#{identity}.field", name=name)[
            (h.option(value=value, selected=value == chosen)[words] for value, words in choices)
        ],
    ]


def _day(identity: str, view: View, due_us: int | None) -> Element:
    value: Node = ""
    if due_us is not None:
        value = datetime.fromtimestamp(due_us / 1e6, UTC).astimezone(ZoneInfo(view.timezone)).date().isoformat()
    return h.div(".labelled")[
        h.label(for_=identity)[_("Due")], h.input(f"#{identity}.field", name="due", type="date", value=f"{value}")
    ]
