"""What a map's page says of beliefs: the widest gap between what is believed and what was measured, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import htpy as h
from htpy import Node

from heartline.language import _
from heartline.records import Verdict
from heartline.understand import BeliefGap, say_stage, widest_gap
from heartline.web.parts.words import number


def say_widest(gaps: Sequence[BeliefGap], cell: Callable[[str], str] | None = None) -> Node:
    """The widest reliable gap; that none is; nothing where nothing can be weighed. ``cell`` leads from a stage's name
    to those who were asked there.
    """
    if not gaps:
        return None
    widest = widest_gap(gaps)
    if widest is None:
        return h.p(".map-gap.note")[_("No reliable gap between what is believed and what was measured.")]
    words = _("The widest gap: {stage}.").format(stage=say_stage(widest.stage))
    return h.p(".map-gap")[
        h.a(".strong", href=cell(widest.stage))[words] if cell is not None else h.b[words], " ", say_gap(widest)
    ]


def say_gap(gap: BeliefGap) -> str:
    """“Believed +0.50, felt −0.12 (n 230): 0.62 worse than believed, 95 % interval 0.54 to 0.70.”."""
    size, ends = abs(gap.value), sorted((abs(gap.low), abs(gap.high)))
    if gap.verdict is Verdict.HIGHER:
        words = _(
            "Believed {believed}, felt {felt} (n {n}): {size} better than believed, 95 % interval {low} to {high}."
        )
    elif gap.verdict is Verdict.LOWER:
        words = _(
            "Believed {believed}, felt {felt} (n {n}): {size} worse than believed, 95 % interval {low} to {high}."
        )
    elif gap.verdict is Verdict.TOO_FEW:
        words = _("Believed {believed}, felt {felt} (n {n}): too few to say.")
    else:
        words = _("Believed {believed}, felt {felt} (n {n}), {felt_low} to {felt_high}: no reliable gap.")
    return words.format(
        believed=number(gap.believed, digits=2, signed=True),
        felt=number(gap.felt.value or 0.0, digits=2, signed=True),
        felt_low=number(gap.felt.low or 0.0, digits=2, signed=True),
        felt_high=number(gap.felt.high or 0.0, digits=2, signed=True),
        n=number(gap.felt.n),
        size=number(size, digits=2),
        low=number(ends[0], digits=2),
        high=number(ends[1], digits=2),
    )
