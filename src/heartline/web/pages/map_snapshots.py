"""Snapshots of a journey, and the difference between two of them, with intervals."""

from __future__ import annotations

from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _
from heartline.records import Difference, Metric, Right, Snapshot, StageFigures, Verdict
from heartline.understand import FROZEN, StageChange, say_stage
from heartline.web.map_form import LONGEST_NAME
from heartline.web.map_snapshots import NOW, Album
from heartline.web.pages.journey_frame import frame_journey
from heartline.web.parts import (
    Choice,
    Column,
    View,
    button,
    csrf_field,
    empty,
    field,
    form_row,
    partial,
    post_button,
    section,
    select,
    table,
    verdict,
)
from heartline.web.parts.words import Change, Unit, day, duration, moment, number, percent, say_change

_HIGHER_IS_BETTER: Final = {"feeling": True, "wait": False, "lost": False}


def album_page(view: View, album: Album, *, error: str = "") -> Renderable:
    """The list, the form for the next, and the difference of two."""
    may = view.may(Right.CHANGE_JOURNEYS)
    return frame_journey(
        view,
        album.journey,
        under=_("The figures of every stage as they were on a day, with the definition they were counted by."),
        body=[
            error and h.p(".state.error", role="alert")[error],
            album.narrow and partial(_("Snapshots are of the whole company; you see a part of it.")),
            not album.narrow and album.before is None and empty(_("No snapshot yet.")),
            album.before is not None and album.now is not None and _difference(view, album, album.now, album.before),
            may and not album.narrow and _take(view, album),
            bool(album.snapshots) and _list(view, album, may=may),
        ],
    )


def _take(view: View, album: Album) -> Element:
    path = f"/journeys/{album.journey.journey_id}/snapshots"
    return section(
        _("A snapshot of today"),
        body=h.form(".form-row", method="post", action=view.url(path))[
            csrf_field(view),
            field(
                _("Name"),
                "name",
                required=True,
                maxlength=str(LONGEST_NAME),
                autocomplete="off",
                hint=_("It freezes what is chosen above: {range}, {filter}.").format(
                    range=view.range_label, filter=view.filter_label
                ),
            ),
            button(_("Take it"), drawing="plus"),
        ],
        identity="new",
    )


def _list(view: View, album: Album, *, may: bool) -> Element:
    path = f"/journeys/{album.journey.journey_id}/snapshots"
    columns = (
        Column(words=_("Snapshot"), names=True),
        Column(words=_("Taken")),
        Column(words=_("Of")),
        Column(words=_("Stages"), figures=True),
        *((Column(words=""),) if may else ()),
    )
    rows = [
        (
            h.a(href=view.url(path, a=NOW, b=one.number))[h.bdi[one.name]],
            [moment(one.at_us, view.timezone), ", ", h.bdi[one.by]],
            one.asked,
            number(len(one.stages)),
            *((post_button(view, _("Forget it"), f"{path}/{one.number}/drop", weight="plain"),) if may else ()),
        )
        for one in album.snapshots
    ]
    return section(_("Snapshots"), body=table(columns, rows, caption=_("Snapshots of this journey, newest first")))


def _difference(view: View, album: Album, now: Snapshot, before: Snapshot) -> Element:
    columns = (
        Column(words=_("Stage"), names=True),
        Column(words=_("People"), figures=True),
        Column(words=_("How they feel, −1 to +1")),
        Column(words=_("Median wait to the next stage")),
        Column(words=_("Lost here")),
    )
    names = " → ".join(_name(view, one) for one in (before, now))
    redrawn = ", ".join(say_stage(stage) for stage in album.redrawn)
    return section(
        names,
        beside=_count_sure(album),
        body=[
            _choose(view, album, now, before),
            now.asked != before.asked
            and h.p(".note")[
                _("They are not of the same: {before} against {now}.").format(before=before.asked, now=now.asked)
            ],
            bool(redrawn)
            and partial(_("Drawn anew in between, so they count other touchpoints: {stages}.").format(stages=redrawn)),
            table(
                columns,
                [_row(change) for change in album.changes],
                caption=_("Difference of {names}").format(names=names),
            ),
            h.p(".note")[
                _(
                    "95 % intervals by customers. All differences of this page share one budget of 5 % false "
                    "discoveries; whoever is in both makes the intervals wider than need be, never narrower."
                )
            ],
        ],
        identity="difference",
    )


def _name(view: View, snapshot: Snapshot) -> str:
    return f"{snapshot.name} ({day(snapshot.at_us, view.timezone)})" if snapshot.number else snapshot.name


def _count_sure(album: Album) -> str:
    sure = sum(change.verdict in {Verdict.HIGHER, Verdict.LOWER} for one in album.changes for change in one.changes)
    return "" if sure else _("No reliable change")


def _choose(view: View, album: Album, now: Snapshot, before: Snapshot) -> Element:
    choices = (
        Choice(value=NOW, label=_("Now")),
        *(Choice(value=str(one.number), label=_name(view, one)) for one in album.snapshots),
    )

    def value(snapshot: Snapshot) -> str:
        return str(snapshot.number) if snapshot.number else NOW

    return h.form(".no-print", method="get", action=f"/journeys/{album.journey.journey_id}/snapshots")[
        (
            h.input(type="hidden", name=key, value=said)
            for key, said in view.query.items()
            if key in {"range", "by", "is"}
        ),
        form_row(
            select(_("Before"), "b", choices=choices, value=value(before)),
            select(_("After"), "a", choices=choices, value=value(now)),
            button(_("Compare")),
        ),
    ]


def _row(change: StageChange) -> tuple[Node, ...]:
    stage = say_stage(change.stage)
    if change.before is None or change.now is None:
        there = change.now or change.before
        told = _("only after") if change.now else _("only before")
        return (
            [stage, h.p(".note")[told]],
            number(there.customers) if there else "",
            *(_figure(name, getattr(there, name)) for name in FROZEN if there is not None),
        )
    return (
        stage,
        _people(change.before, change.now),
        *(_cell(name, one) for name, one in zip(FROZEN, change.changes, strict=True)),
    )


def _people(before: StageFigures, now: StageFigures) -> str:
    return f"{number(before.customers)} → {number(now.customers)}"


def _cell(name: str, change: Difference) -> Node:
    if not change.before.n and not change.now.n:
        return h.span(".quiet")[_("Nothing measured")]
    return [
        h.div[_figure(name, change.before), " → ", _figure(name, change.now)],
        h.div[verdict(_say(name, change))],
    ]


def _figure(name: str, metric: Metric) -> Node:
    if metric.value is None or metric.low is None or metric.high is None:
        return h.span(".quiet")[_("not measured")]
    ends = _("{value}, {low} to {high}, n {n}")
    return ends.format(
        value=_write(name, metric.value),
        low=_write(name, metric.low),
        high=_write(name, metric.high),
        n=number(metric.n),
    )


def _write(name: str, value: float) -> str:
    if name == "wait":
        return duration(value)
    return percent(value) if name == "lost" else number(value, digits=2, signed=True)


def _say(name: str, change: Difference) -> Change:
    better = _HIGHER_IS_BETTER[name]
    if name != "wait" or change.verdict not in {Verdict.HIGHER, Verdict.LOWER}:
        unit = Unit.VALENCE if name == "feeling" else Unit.PERCENT
        return say_change(change, unit=unit, higher_is_better=better)
    longer = change.verdict is Verdict.HIGHER
    words = (
        _("{size} longer, 95 % interval {low} to {high}")
        if longer
        else _("{size} shorter, 95 % interval {low} to {high}")
    )
    ends = sorted(abs(end) for end in (change.low or 0.0, change.high or 0.0))
    told = words.format(size=duration(abs(change.value or 0.0)), low=duration(ends[0]), high=duration(ends[1]))
    return Change(words=told, arrow="▴" if longer else "▾", tone="worse" if longer else "better")
