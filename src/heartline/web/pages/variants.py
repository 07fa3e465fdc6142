"""The exact ways that runs took through a journey: a section of its page of paths, and its file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, ngettext
from heartline.records import Journey
from heartline.understand import Level, Variant, Variants, say_journey, say_stage
from heartline.web.parts import Column, View, acts, download_button, link_button, section, table, tabs
from heartline.web.parts.words import Unit, duration, number, percent, plural, say_metric, value_with_margin

VARIANTS: Final = (
    "rank", "way", "steps", "runs", "customers", "share", "share_low", "share_high", "reached_goal", "under_way",
    "median_seconds",
)  # fmt: skip
_SHOWN_STEPS: Final = 8


def _columns() -> tuple[Column, ...]:
    return (
        Column(words=_("Way"), names=True),
        Column(words=_("Runs"), figures=True),
        Column(words=_("Of all runs"), figures=True),
        Column(words=_("Reached the goal"), figures=True),
        Column(words=_("Under way"), figures=True),
        Column(words=_("Median time"), figures=True),
    )


def draw_variants(view: View, journey: Journey, found: Variants) -> Element:
    """The ways ranked, what is left over as one line, and what it adds up to."""
    repeats = view.query.get("repeats") == "1"
    lines = [*found.shown, *((found.other,) if found.other else ())]
    rows = [_row(found, line) for line in lines]
    return section(
        _title(found),
        identity="ways",
        beside=ngettext("{n} run in all", "{n} runs in all", found.runs).format(n=number(found.runs)),
        body=[
            tabs(_("A way is made of"), _levels(view), current=_href(view, found.level, repeats=repeats)),
            h.p(".note")[_explain(journey, found, repeats=repeats)],
            table(
                _columns(),
                rows,
                caption=_("Ways through {journey}, most frequent first").format(journey=say_journey(journey.name)),
            ),
            acts(_repeats(view, found.level, repeats=repeats), _csv(view, journey, found.level, repeats=repeats)),
        ],
    )


def variant_rows(found: Variants) -> Iterator[tuple[str | int | float | None, ...]]:
    """Every way as a row under ``VARIANTS``."""
    for rank, one in enumerate(found.shown, start=1):
        yield (
            rank,
            " > ".join(name or "(no name)" for name in one.steps),
            len(one.steps),
            one.runs,
            one.customers,
            _round(one.share.value),
            _round(one.share.low),
            _round(one.share.high),
            one.reached,
            one.open_runs,
            one.median_us / 1e6,
        )


def _title(found: Variants) -> str:
    if found.distinct == 1:
        return _("Everybody took the same way")
    return ngettext(
        "{n} different way, {share} to the goal", "{n} different ways, {share} to the goal", found.distinct
    ).format(n=number(found.distinct), share=value_with_margin(found.reached, unit=Unit.PERCENT))


def _explain(journey: Journey, found: Variants, *, repeats: bool) -> str:
    goal = _(" or ").join(journey.ends) or (journey.stages[-1].name if journey.stages else _("the end"))
    again = _("A step that follows itself counts again.") if repeats else _("What follows itself is one step.")
    share = say_metric(found.reached, unit=Unit.PERCENT)
    told = _("The goal is {goal}: {share} of all runs came to it, {n} runs, as on the map.")
    return f"{told.format(goal=goal, share=share.value, n=share.n)} {again}"


def _levels(view: View) -> list[tuple[str, str]]:
    repeats = view.query.get("repeats") == "1"
    words = {Level.STAGES: _("By stages"), Level.TOUCHPOINTS: _("By touchpoints")}
    return [(_href(view, level, repeats=repeats), said) for level, said in words.items()]


def _href(view: View, level: Level, *, repeats: bool) -> str:
    of = None if level is Level.STAGES else level.value
    return view.here(of=of, repeats="1" if repeats else None)


def _repeats(view: View, level: Level, *, repeats: bool) -> Element:
    words = _("Count repeats as one") if repeats else _("Count repeats apart")
    return link_button(words, _href(view, level, repeats=not repeats) + "#ways")


def _csv(view: View, journey: Journey, level: Level, *, repeats: bool) -> Element | None:
    asked = {"of": level.value, "repeats": "1" if repeats else None}
    path = f"/journeys/{journey.journey_id}/variants.csv"
    return download_button(view, _("All ways as CSV"), view.url(path, **asked))


def _row(found: Variants, one: Variant) -> tuple[Node, ...]:
    name: Node = _say_way(one)
    if one is found.other:
        left = found.distinct - len(found.shown)
        name = ngettext("{n} other way", "{n} other ways", left).format(n=number(left))
    whole = {one.runs: _("yes"), 0: _("no")}
    return (
        name,
        number(one.runs),
        value_with_margin(one.share, unit=Unit.PERCENT),
        whole.get(one.reached) or f"{number(one.reached)}, {percent(one.reached / one.runs)}",
        number(one.open_runs),
        duration(one.median_us / 1e6) if len(one.steps) != 1 or one.median_us else "–",
    )


def _say_way(one: Variant) -> Node:
    steps = [say_stage(name) or _("(no name)") for name in one.steps]
    words = " → ".join(steps[:_SHOWN_STEPS])
    more = len(steps) - _SHOWN_STEPS
    return [
        h.bdi[words],
        more > 0 and h.span(".note", title=" → ".join(steps))[f" → {plural(more, 'more step', 'more steps')}"],
    ]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
