"""What is probably next for those under way: per stage and per customer, from what past runs did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.understand import NOTHING, OTHER, NextStep, NextSteps
from heartline.web.parts.words import Unit, number, plural, value_with_margin

_SHOWN: Final = 3


def draw_ahead(standing: Sequence[tuple[int, NextSteps]]) -> Node:
    """What past runs did next, for the touchpoints at which most stand now; the others behind a fold."""
    if not standing:
        return None
    rest = standing[_SHOWN:]
    return h.div(".ahead")[
        h.ul[(_line(count, steps) for count, steps in standing[:_SHOWN])],
        bool(rest)
        and h.details[
            h.summary[
                _("Next from {touchpoints}").format(
                    touchpoints=plural(len(rest), "other touchpoint", "other touchpoints")
                )
            ],
            h.ul[(_line(count, steps) for count, steps in rest)],
        ],
    ]


def say_next(standing: Sequence[tuple[int, NextSteps]], touchpoint: str) -> str:
    """The likeliest next step of somebody who was seen last at a touchpoint, in one line."""
    found = next((steps for _count, steps in standing if steps.at == touchpoint), None)
    if found is None or found.few or not found.steps:
        return _("Next: too few to say")
    return _("Next: {steps}").format(steps=_say_step(found.steps[0]))


def _line(count: int, found: NextSteps) -> Element:
    head = h.b[f"{found.at or _('(no name)')} ", h.span(".note")[_("{n} here.").format(n=number(count))]]
    if found.few or not found.steps:
        said: Node = h.span(".quiet")[_("Too few to say what is next.")]
    else:
        # What one in two hundred does is no forecast worth a line.
        likely = [step for step in found.steps if (step.share.value or 0.0) >= 0.005] or found.steps[:1]
        said = _("Next: {steps}.").format(steps="; ".join(_say_step(step) for step in likely))
    return h.li(".small")[
        head,
        " ",
        said,
        " ",
        h.span(".note")[_("From {steps}.").format(steps=plural(found.n, "past step", "past steps"))],
    ]


def _say_step(step: NextStep) -> str:
    names = {NOTHING: _("nothing more"), OTHER: _("something else")}
    return f"{names.get(step.touchpoint, step.touchpoint)} {value_with_margin(step.share, unit=Unit.PERCENT)}"
