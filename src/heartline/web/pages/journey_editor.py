"""Changing a journey: stages and touchpoints as rows with buttons and lists. No dragging, and no script needed."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.records import Journey, Stage
from heartline.understand import say_journey, say_stage
from heartline.web.journey_form import write_where
from heartline.web.parts import (
    View,
    acts,
    button,
    csrf_field,
    field,
    icon,
    lede,
    link_button,
    post_button,
    section,
    shell,
    tag,
)
from heartline.web.parts.words import number


def editor_page(view: View, journey: Journey, *, unplaced: Sequence[str], error: str = "") -> Renderable:
    """The whole form. ``unplaced`` are the touchpoints of the data that stand in no stage."""
    path = f"/journeys/{journey.journey_id}"
    return shell(
        view,
        title=_("Change {journey}").format(journey=say_journey(journey.name)),
        crumbs=(("/journeys", _("Journeys")), (path, say_journey(journey.name)), ("", _("Change"))),
        controls=False,
        body=[
            lede(
                say_journey(journey.name),
                under=_("Rename, move and lock. A locked stage stays as it is when stages are proposed again."),
                do=acts(
                    link_button(_("Back to the map"), view.url(path), drawing="back"),
                    post_button(view, _("Propose again"), f"{path}/propose", drawing="pulse"),
                    button(_("Save"), weight="main", drawing="check", name="act", value="save", form="journey"),
                ),
            ),
            error and h.p(".state.error", role="alert")[error],
            h.form("#journey.editor", method="post", action=f"{path}/edit")[
                csrf_field(view),
                h.button(".sr", type="submit", name="act", value="save", tabindex="-1", aria_hidden="true")[_("Save")],
                _frame(journey),
                (_stage(journey, place, stage) for place, stage in enumerate(journey.stages)),
                acts(button(_("Add a stage"), drawing="plus", name="act", value="add")),
                _rest(journey, unplaced),
                h.div(".editor-save")[
                    acts(
                        button(_("Save"), drawing="check", name="act", value="save"),
                        journey.proposed and h.span(".note")[_("Saving accepts the proposal.")],
                    )
                ],
            ],
            section(
                _("Forget this journey"),
                body=[
                    h.p(".small.muted")[_("Only the definition goes. No interaction and no customer is touched.")],
                    post_button(view, _("Forget it"), f"{path}/drop", weight="danger"),
                ],
            ),
        ],
    )


def _frame(journey: Journey) -> Element:
    return h.div(".form-row")[
        field(_("Name"), "name", value=journey.name, required=True, maxlength=120, autocomplete="off"),
        field(
            _("A run is over after so many silent days"),
            "gap_days",
            value=str(journey.gap_days),
            kind="number",
            min="1",
            max="3650",
        ),
        field(
            _("Only customers with (field=value, one a line)"),
            "where",
            value=write_where(journey.where),
            lines=max(1, len(journey.where)),
            spellcheck="false",
        ),
    ]


def _stage(journey: Journey, place: int, stage: Stage) -> Element:
    last = place == len(journey.stages) - 1
    return h.fieldset(".sec.stage-form", id=f"stage-{place}")[
        h.legend(".sr")[_("Stage {n}: {name}").format(n=place + 1, name=say_stage(stage.name))],
        h.div(".form-row")[
            _entry(_("Stage {n}").format(n=place + 1), "stage", f"s{place}", stage.name),
            _entry(_("Owner"), "owner", f"o{place}", stage.owner),
            h.input(type="hidden", name="locked", value=str(place)) if stage.locked else None,
            acts(
                _act(_("Earlier"), f"stage-up:{place}", drawing="left", off=place == 0, what=say_stage(stage.name)),
                _act(_("Later"), f"stage-down:{place}", drawing="right", off=last, what=say_stage(stage.name)),
                _act(
                    _("Unlock") if stage.locked else _("Lock"),
                    f"lock:{place}",
                    drawing="check",
                    what=say_stage(stage.name),
                ),
                _act(_("Remove"), f"remove:{place}", drawing="close", what=say_stage(stage.name)),
                stage.locked and tag(_("Locked")),
            ),
        ],
        h.ol(".rows.touch-rows")[(_touchpoint(journey, name, place) for name in stage.touchpoints)]
        if stage.touchpoints
        else h.p(".note")[_("No touchpoint yet. Choose this stage beside one of the touchpoints below.")],
    ]


def _entry(label: str, name: str, identity: str, value: str) -> Element:
    return h.div(".labelled")[
        h.label(for_=f"f-{identity}")[label],
        h.input(f"#f-{identity}.field", name=name, value=value, maxlength="120", autocomplete="off"),
    ]


def _touchpoint(journey: Journey, name: str, place: int | None) -> Element:
    placed = place is not None
    return h.li(".touch-row")[
        h.span(".touch-name")[name],
        h.input(type="hidden", name="touch", value=name),
        h.label[
            h.span(".sr")[_("Stage of {touchpoint}").format(touchpoint=name)],
            h.select(".field", name="in")[
                h.option(value="", selected=not placed)[_("Not on the map")],
                (
                    h.option(value=str(nth), selected=nth == place)[f"{nth + 1}. {say_stage(stage.name)}"]
                    for nth, stage in enumerate(journey.stages)
                ),
            ],
        ],
        _tick(_("Starts a run"), "starts", name, checked=name in journey.starts, what=name),
        _tick(_("Ends a run"), "ends", name, checked=name in journey.ends, what=name),
        acts(_act(_("Up"), f"up:{name}", what=name), _act(_("Down"), f"down:{name}", what=name)) if placed else h.span,
    ]


def _tick(words: str, name: str, value: str, *, checked: bool, what: str) -> Element:
    return h.label(".check")[
        h.input(type="checkbox", name=name, value=value, checked=checked),
        h.span[words, h.span(".sr")[f": {what}"]],
    ]


def _act(words: str, act: str, *, what: str, drawing: str = "", off: bool = False) -> Element:
    drawn: Node = icon(drawing, small=True) if drawing else None
    return h.button(".btn.plain", type="submit", name="act", value=act, disabled=off)[
        drawn, words, h.span(".sr")[f": {what}"]
    ]


def _rest(journey: Journey, unplaced: Sequence[str]) -> Node:
    if not unplaced:
        return None
    return h.details(".rest")[
        h.summary[
            ngettext("{n} touchpoint not on the map", "{n} touchpoints not on the map", len(unplaced)).format(
                n=number(len(unplaced))
            )
        ],
        h.ol(".rows.touch-rows")[(_touchpoint(journey, name, None) for name in unplaced)],
    ]
