"""From a funnel's bars to markup: a row a step, its words above, the bar below; each bar leads to its people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.records import Metric
from heartline.web.charts.funnel.layout import HEIGHT, WIDTH, StepBar, lay_out_funnel
from heartline.web.parts import svg
from heartline.web.parts.svg import num
from heartline.web.parts.words import Unit, number, percent, plural, value_with_margin


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """A step as it is drawn: its name, who reached it and of how many, and in words how long it took from the step
    before. ``href`` leads to those who reached it, ``lost_href`` to those who were lost before it; "" to nobody.
    """

    name: str
    people: int
    before: int
    of_start: Metric
    of_before: Metric
    took: str = ""
    href: str = ""
    lost_href: str = ""


def draw_funnel(steps: Sequence[StepShown]) -> Element:
    """The steps, one below the other."""
    # That all who began began is no estimate.
    bounds = [(step.of_start.low, step.of_start.high) if place else (None, None) for place, step in enumerate(steps)]
    bars = lay_out_funnel([step.people for step in steps], bounds)
    return h.ol(".funnel")[
        (_row(place, step, bar) for place, (step, bar) in enumerate(zip(steps, bars, strict=True), start=1))
    ]


def _row(place: int, step: StepShown, bar: StepBar) -> Element:
    name: Node = h.bdi[step.name]
    counted = plural(step.people, "customer", "customers")
    share = value_with_margin(step.of_start, unit=Unit.PERCENT)
    return h.li[
        h.p(".funnel-step")[
            h.span[h.span(".rank")[number(place)], " ", h.b[name]],
            h.span[
                h.a(href=step.href)[counted] if step.href else counted,
                place > 1 and h.span(".muted")[" · ", _("{share} of those who began").format(share=share)],
            ],
        ],
        _bar(step, bar, label=f"{step.name}: {counted}"),
        place > 1 and _lost(step),
    ]


def _bar(step: StepShown, bar: StepBar, *, label: str) -> Element:
    middle = HEIGHT / 2
    drawn = svg.svg(viewBox=svg.box(WIDTH, HEIGHT), preserveAspectRatio="none", role="img", aria_label=label)[
        svg.rect(class_="fn-bed", x="0", y="0", width=num(WIDTH), height=num(HEIGHT)),
        bar.lost > 0 and svg.rect(class_="fn-lost", x=num(bar.width), y="0", width=num(bar.lost), height=num(HEIGHT)),
        bar.width > 0 and svg.rect(class_="fn-kept", x="0", y="0", width=num(bar.width), height=num(HEIGHT)),
        bar.low is not None
        and bar.high is not None
        and bar.high > bar.low
        and svg.path(
            class_="fn-range",
            d=f"M{num(bar.low)} {num(middle)}H{num(bar.high)}M{num(bar.low)} {num(middle - 5)}v10"
            f"M{num(bar.high)} {num(middle - 5)}v10",
        ),
    ]
    return h.a(".funnel-bar", href=step.href)[drawn] if step.href else h.span(".funnel-bar")[drawn]


def _lost(step: StepShown) -> Element:
    gone = step.before - step.people
    counted = _("{n} lost before it").format(n=number(gone))
    kept = value_with_margin(step.of_before, unit=Unit.PERCENT)
    return h.p(".note")[
        h.a(href=step.lost_href)[counted] if step.lost_href and gone else counted,
        step.before > 0 and f", {percent(gone / step.before)}",
        step.before > 0 and [" · ", _("{share} of the step before went on").format(share=kept)],
        step.took and [" · ", step.took],
    ]
