"""A journey's two groups, or two periods: what one does more often than the other, where that is sure."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext, pgettext
from heartline.records import Journey, Verdict
from heartline.understand import PathComparison, Shift
from heartline.web.comparing import MONTHS, TIME, Sides
from heartline.web.lenses import name_field
from heartline.web.months import name_month
from heartline.web.pages.journey_frame import frame_journey, say_nobody
from heartline.web.parts import (
    CARRIED,
    Choice,
    Column,
    View,
    acts,
    button,
    download_button,
    empty,
    form_row,
    section,
    select,
    table,
    table_twin,
)
from heartline.web.parts.words import Unit, number, say_metric

_SURE = frozenset({Verdict.HIGHER, Verdict.LOWER})


def comparison_page(view: View, journey: Journey, sides: Sides, found: PathComparison | None) -> Renderable:
    """The page: how many things differ, the choice, those that differ reliably, and all that was tested."""
    asked = {name: view.query.get(name) for name in ("split", "a", "b")}
    met = found is not None and bool(found.shifts)
    return frame_journey(
        view,
        journey,
        under=_say_found(sides, found) if found is not None and met else _("There is nothing to compare."),
        do=acts(download_button(view, "CSV", view.url(f"/journeys/{journey.journey_id}/compare.csv", **asked))),
        body=[
            bool(sides.split) and _choose(view, journey, sides),
            _body(sides, found) if found is not None and met else say_nobody(view, journey),
        ],
    )


def _name_sides(sides: Sides) -> tuple[str, str]:
    if sides.split == TIME:
        return _("This time"), _("as long a time before")
    if sides.split == MONTHS:
        return name_month(sides.a), name_month(sides.b)
    return sides.a, sides.b or _("all others")


def _say_found(sides: Sides, found: PathComparison) -> str:
    a, b = _name_sides(sides)
    sure = sum(shift.difference.verdict in _SURE for shift in found.shifts)
    told = ngettext(
        "{a} against {b}: {n} step or touchpoint differs reliably.",
        "{a} against {b}: {n} steps or touchpoints differ reliably.",
        sure,
    )
    words = told if sure else _("{a} against {b}: nothing differs reliably.")
    return words.format(a=a, b=b, n=number(sure))


def _body(sides: Sides, found: PathComparison) -> Node:
    pairs = list(zip(found.shifts, found.adjust(), strict=True))
    sure = [pair for pair in pairs if pair[0].difference.verdict in _SURE]
    sure.sort(key=lambda pair: -abs(pair[0].difference.value or 0))
    whole = _(
        "As a whole their steps lie {distance} apart of 100; {expected} is usual by chance alone (p = {p})."
    ).format(distance=number(found.distance * 100), expected=number(found.expected * 100), p=number(found.p, digits=3))
    return [
        section(_("What differs"), beside=_("The largest first"), body=_table(sides, sure))
        if sure
        else empty(_("Nothing differs reliably: every difference seen lies within chance.")),
        h.p(".note.funnel-rules")[
            whole,
            " ",
            _(
                "Shares are of all steps, or all touches, of this journey. Customers are shuffled to see what chance "
                "does; of all that is called reliable about one in twenty may still be chance (q). It goes with the "
                "group, and need not come from it."
            ),
        ],
        table_twin(_table(sides, pairs), words=_("Show all that was compared")),
    ]


def _table(sides: Sides, pairs: list[tuple[Shift, float]]) -> Element:
    a, b = _name_sides(sides)
    heads = (
        Column(words=_("Step or touchpoint"), names=True),
        Column(words=a, figures=True),
        Column(words=b, figures=True),
        Column(words=_("Difference, points"), figures=True),
        Column(words="q", figures=True),
    )
    rows = [(_name(shift), *_shares(shift), _gap(shift), number(q, digits=3)) for shift, q in pairs]
    return table(heads, rows, caption=_("{a} against {b}").format(a=a, b=b))


def _name(shift: Shift) -> Node:
    return h.bdi[f"{shift.source} → {shift.target}" if shift.target else shift.source]


def _shares(shift: Shift) -> list[Node]:
    told = [say_metric(side, unit=Unit.PERCENT) for side in (shift.difference.now, shift.difference.before)]
    return [h.span[f"{said.value} ({said.spread}) ", h.span(".note")[said.n]] for said in told]


def _gap(shift: Shift) -> str:
    gap = shift.difference
    if gap.value is None or gap.low is None or gap.high is None:
        return _("too few")
    points = [one * 100 for one in (gap.value, gap.low, gap.high)]
    # An end that is near zero and surely on one side of it must not be rounded to zero.
    digits = 2 if gap.verdict in _SURE and any(abs(one) < 0.05 for one in points) else 1
    value, low, high = (number(one, digits=digits, signed=True) for one in points)
    said = _("{value} ({low} to {high})").format(value=value, low=low, high=high)
    return said if gap.verdict in _SURE else _("{difference}, not reliable").format(difference=said)


def _choose(view: View, journey: Journey, sides: Sides) -> Element:
    fields = [Choice(value=field.name, label=field.label) for field in sides.fields]
    if len(sides.months) > 1:
        fields.append(Choice(value=MONTHS, label=_("Month: one against another")))
    if view.query.get("range") != "all":
        fields.append(Choice(value=TIME, label=_("Time: against as long a time before")))
    by_month = sides.split == MONTHS
    values = [Choice(value=value, label=name_month(value) if by_month else value) for value in sides.values()]
    others = [] if by_month else [Choice(value="", label=_("all others"))]
    chosen: Node = None
    if values:
        named = pgettext("a time", "Month") if by_month else name_field(sides.split)
        chosen = [
            select(named, "a", choices=values, value=sides.a),
            select(_("Against"), "b", choices=[*others, *values], value=sides.b),
        ]
    return h.form(".funnel-choice.no-print", method="get", action=f"/journeys/{journey.journey_id}/compare")[
        (h.input(type="hidden", name=name, value=view.query[name]) for name in CARRIED if view.query.get(name)),
        form_row(select(_("Compare by"), "split", choices=fields, value=sides.split), chosen, button(_("Show"))),
    ]
