"""The map as a working document: owners, beliefs and notes of its stages, and its lanes. Nothing needs a script."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _
from heartline.records import ALWAYS_SHOWN, MapLane, Right, StageNote
from heartline.understand import BeliefGap, say_stage
from heartline.web.map_documents import Desk
from heartline.web.map_form import LONGEST_LABEL, LONGEST_NAME, LONGEST_TEXT
from heartline.web.map_lanes import LANE_NAMES, name_lane
from heartline.web.pages.journey_frame import frame_journey
from heartline.web.pages.map_talk import draw_talk
from heartline.web.pages.map_words import say_gap, say_widest
from heartline.web.parts import Column, View, acts, button, csrf_field, download_button, icon, section, table
from heartline.web.parts.words import moment, number


def document_page(view: View, desk: Desk, *, error: str = "") -> Renderable:
    """The whole page: a form for whoever may change journeys, tables for all others; comments below."""
    may = view.may(Right.CHANGE_JOURNEYS)
    return frame_journey(
        view,
        desk.journey,
        under=_say_last(view, desk),
        do=acts(download_button(view, "JSON", f"/journeys/{desk.journey.journey_id}/journey.json")),
        body=[
            error and h.p(".state.error", role="alert")[error],
            say_widest(desk.gaps),
            _form(view, desk) if may else _read_only(desk),
            draw_talk(view, desk),
        ],
    )


def _say_last(view: View, desk: Desk) -> str:
    document = desk.document
    if not document.edited_us:
        return _("What the team knows, believes and wants of each stage. Nobody has written anything yet.")
    return _("What the team knows, believes and wants of each stage. Last changed by {name}, {time}.").format(
        name=document.edited_by, time=moment(document.edited_us, view.timezone)
    )


def _form(view: View, desk: Desk) -> Element:
    path = f"/journeys/{desk.journey.journey_id}/document"
    stages = desk.journey.stages
    return h.form("#map-form.editor.map-form", method="post", action=path)[
        csrf_field(view),
        h.input(type="hidden", name="was", value=str(desk.document.edition)),
        h.button(".sr", type="submit", name="act", value="save", tabindex="-1", aria_hidden="true")[_("Save")],
        h.datalist("#departments")[(h.option(value=name) for name in desk.departments)],
        (_stage(desk, place, stage.name) for place, stage in enumerate(stages)),
        section(
            _("Lanes"),
            body=[
                h.p(".note")[_("The figures of a hidden lane stay in the table and the CSV.")],
                h.ol(".rows.lane-rows")[(_lane(desk, lane) for lane in desk.document.arranged)],
                acts(button(_("Add a lane"), drawing="plus", name="act", value="lane-add")),
            ],
            identity="lanes",
        ),
        h.div(".editor-save")[
            acts(
                button(_("Save"), weight="main", drawing="check", name="act", value="save"),
                h.span(".note")[_("From any field: Enter, or Ctrl + Enter where there are several lines.")],
            )
        ],
    ]


def _stage(desk: Desk, place: int, stage: str) -> Element:
    note = desk.document.note(stage)
    name = say_stage(stage)
    own = [lane for lane in desk.document.arranged if lane.own]
    gap = next((one for one in desk.gaps if one.stage == stage), None)
    return h.fieldset(".sec.stage-form", id=f"stage-{place}")[
        h.legend[name],
        h.input(type="hidden", name="stage", value=stage),
        h.div(".form-row")[
            _entry(_("Department"), "department", place, note.department, longest=LONGEST_NAME, offers="departments"),
            _belief(place, stage, note),
        ],
        gap is not None and h.p(".note")[say_gap(gap)],
        h.div(".form-row")[
            _entry(_("How it should be"), "to_be", place, note.to_be, lines=2),
            _entry(_("Target"), "target", place, note.target, lines=2),
            _entry(_("Backstage: what is done behind it, and by whom"), "backstage", place, note.backstage, lines=2),
            (_entry(name_lane(lane), f"text:{lane.key}", place, lane.words(stage), lines=2) for lane in own),
        ],
    ]


def _belief(place: int, stage: str, note: StageNote) -> Node:
    value = "" if note.believed is None else f"{note.believed:g}"
    return [
        h.div(".labelled.belief")[
            h.label(for_=f"f-believed-{place}")[_("Believed feeling, −1 to +1")],
            h.input(
                f"#f-believed-{place}.field",
                name="believed",
                type="number",
                min="-1",
                max="1",
                step="any",
                value=value,
                autocomplete="off",
            ),
        ],
        acts(
            _press(_("Lower"), f"believe-down:{stage}", what=say_stage(stage)),
            _press(_("Higher"), f"believe-up:{stage}", what=say_stage(stage)),
        ),
    ]


def _entry(
    label: str, name: str, place: int, value: str, *, lines: int = 0, longest: int = LONGEST_TEXT, offers: str = ""
) -> Element:
    identity = f"f-{name.replace(':', '-')}-{place}"
    if lines:
        entry: Node = h.textarea(f"#{identity}.field", name=name, rows=str(lines), maxlength=str(longest))[value]
    else:
        entry = h.input(
            f"#{identity}.field",
            name=name,
            value=value,
            maxlength=str(longest),
            autocomplete="off",
            list=offers or None,
        )
    return h.div(".labelled")[h.label(for_=identity)[label], entry]


def _lane(desk: Desk, lane: MapLane) -> Element:
    order = [one.key for one in desk.document.arranged]
    place, name = order.index(lane.key), name_lane(lane)
    identity = f"f-lane-{lane.key}"
    usual = _(LANE_NAMES[lane.key]) if lane.key in LANE_NAMES else ""
    return h.li(".lane-row")[
        h.input(type="hidden", name="lane", value=lane.key),
        h.label(".sr", for_=identity)[_("Name of the lane {lane}").format(lane=name)],
        h.input(
            f"#{identity}.field",
            name="label",
            value=lane.label,
            placeholder=usual or None,
            maxlength=str(LONGEST_LABEL),
            autocomplete="off",
        ),
        h.label(".check")[
            h.input(
                type="checkbox",
                name="shown",
                value=lane.key,
                checked=not lane.hidden,
                disabled=lane.key == ALWAYS_SHOWN,
            ),
            h.span[_("Shown"), h.span(".sr")[f": {name}"]],
        ],
        acts(
            _press(_("Up"), f"lane-up:{lane.key}", what=name, off=place == 0),
            _press(_("Down"), f"lane-down:{lane.key}", what=name, off=place == len(order) - 1),
            lane.own and _press(_("Remove"), f"lane-remove:{lane.key}", what=name, drawing="close"),
        ),
    ]


def _press(words: str, act: str, *, what: str, drawing: str = "", off: bool = False) -> Element:
    drawn: Node = icon(drawing, small=True) if drawing else None
    return h.button(".btn.plain", type="submit", name="act", value=act, disabled=off)[
        drawn, words, h.span(".sr")[f": {what}"]
    ]


def _read_only(desk: Desk) -> Node:
    own = [lane for lane in desk.document.arranged if lane.own and not lane.hidden]
    columns = (
        Column(words=_("Stage"), names=True),
        Column(words=_("Department")),
        Column(words=_("Believed"), figures=True),
        Column(words=_("Against the measured")),
        Column(words=_("How it should be")),
        Column(words=_("Target")),
        Column(words=_("Backstage")),
        *(Column(words=name_lane(lane)) for lane in own),
    )
    rows = [_row(desk, stage.name, own) for stage in desk.journey.stages]
    return section(_("Stages"), body=table(columns, rows, caption=_("What was written of each stage")))


def _row(desk: Desk, stage: str, own: Sequence[MapLane]) -> tuple[Node, ...]:
    note = desk.document.note(stage)
    gap: BeliefGap | None = next((one for one in desk.gaps if one.stage == stage), None)
    return (
        say_stage(stage),
        note.department,
        "" if note.believed is None else number(note.believed, digits=2, signed=True),
        "" if gap is None else say_gap(gap),
        note.to_be,
        note.target,
        note.backstage,
        *(lane.words(stage) for lane in own),
    )
