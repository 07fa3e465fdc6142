"""``/voice/silent``: how those feel who gave no score, told from their words, beside those who gave one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _
from heartline.records import Metric, Verdict
from heartline.web.exports import Cell
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
    lede,
    link_button,
    section,
    select,
    shell,
    table,
    tile,
    tiles,
    verdict,
)
from heartline.web.parts.words import Unit, number, plural, say_change, say_metric
from heartline.web.silences import Quiet, Silence, name_split

SILENT_COLUMNS: Final = (
    "split_by", "group", "silent_feel", "low", "high", "sure", "silent_comments", "silent_customers", "scored_feel",
    "scored_low", "scored_high", "scored_answers", "scored_customers",
)  # fmt: skip


def silent_page(view: View, silence: Silence) -> Renderable:
    """The page: a sentence, both figures, and the groups."""
    everybody = silence.everybody
    body: list[Node] = [
        lede(
            _title(everybody),
            under=_under(everybody),
            do=acts(
                link_button(_("How good is the reader?"), "/voice/reader"),
                download_button(view, "CSV", view.url("/voice/silent.csv", split=silence.split)),
            ),
        )
    ]
    if everybody.silent.n:
        body += [_tiles(view, everybody), _split(view, silence), _groups(view, silence), _how()]
    else:
        body.append(
            empty(
                _("Every comment in the time and filter chosen came with a score, or there is none."),
                do=link_button(_("What they say"), "/voice"),
            )
        )
    return shell(
        view,
        title=_("The silent rest"),
        crumbs=(("/voice", _("What they say")), ("", _("The silent rest"))),
        body=body,
    )


def silent_row(split: str, one: Quiet) -> tuple[Cell, ...]:
    """A group as a row under ``SILENT_COLUMNS``; feelings lie on −1…+1, empty where they may not be told."""
    told = one.silent if one.sure else replace(one.silent, value=None, low=None, high=None)
    return (
        split, one.name, _cell(told.value), _cell(told.low), _cell(told.high), int(one.sure), one.silent.n,
        one.silent.customers, _cell(one.scored.value), _cell(one.scored.low), _cell(one.scored.high), one.scored.n,
        one.scored.customers,
    )  # fmt: skip


def _cell(value: float | None) -> Cell:
    return "" if value is None else round(value, 4)


def _title(everybody: Quiet) -> str:
    if not everybody.silent.n:
        return _("Nobody is silent here")
    if not everybody.sure:
        return _("How the silent rest feels cannot be told yet")
    return {
        Verdict.LOWER: _("Those who gave no score feel worse than those who did"),
        Verdict.HIGHER: _("Those who gave no score feel better than those who did"),
    }.get(everybody.against.verdict, _("Those who gave no score feel much like those who did"))


def _under(everybody: Quiet) -> str:
    counted = _("{comments} of {customers} came without a score.").format(
        comments=plural(everybody.silent.n, "comment", "comments"),
        customers=plural(everybody.silent.customers, "customer", "customers"),
    )
    return f"{counted} {_('Their words tell how they feel, with the error of the reader in every interval.')}"


def _tiles(view: View, everybody: Quiet) -> Element:
    told = everybody.silent if everybody.sure else replace(everybody.silent, value=None, low=None, high=None)
    return tiles(
        tile(
            _("The silent, by their words"),
            told,
            href=f"{view.url('/voice', silent=1)}#comments",
            unit=Unit.VALENCE,
            note=_("Commented, gave no score"),
            definition=_(
                "What they would have scored on average, from −1 (worst) to +1 (best), told from their words."
            ),
        ),
        tile(
            _("Those who scored"),
            everybody.scored,
            href=view.url("/answers", measure="valence"),
            unit=Unit.VALENCE,
            note=_("Every score, scaled"),
            definition=_("The mean of all scores, each from −1 (worst of its scale) to +1 (best)."),
        ),
    )


def _split(view: View, silence: Silence) -> Node:
    if len(silence.fields) < 2:
        return None
    return h.form(".funnel-choice.no-print", method="get", action="/voice/silent")[
        (h.input(type="hidden", name=name, value=view.query[name]) for name in CARRIED if view.query.get(name)),
        form_row(
            select(
                _("Split by"),
                "split",
                choices=[Choice(value=name, label=label) for name, label in silence.fields],
                value=silence.split,
            ),
            button(_("Show")),
        ),
    ]


def _groups(view: View, silence: Silence) -> Node:
    if not silence.groups:
        return None
    heads = (
        Column(words=name_split(silence), names=True),
        Column(words=_("The silent feel"), figures=True),
        Column(words=_("Comments without a score"), figures=True),
        Column(words=_("Those who scored"), figures=True),
        Column(words="n", figures=True),
        Column(words=_("The silent against them")),
    )
    rows = [_row(view, silence.split, one) for one in silence.groups]
    return section(
        _("Group by group"),
        body=[
            table(heads, rows, caption=_("How the silent feel, group by group")),
            h.p(".note")[
                _("“Not sure” where fewer than 100 comments, or an interval too wide, would say more than is known.")
            ],
        ],
    )


def _row(view: View, split: str, one: Quiet) -> Sequence[Node]:
    href = f"{view.url('/voice', by=split, **{'is': one.name}, silent=1)}#comments"
    return (
        h.a(href=href)[one.name],
        _figure(one.silent) if one.sure else h.span(".note")[_("Not sure")],
        number(one.silent.n),
        _figure(one.scored),
        number(one.scored.n),
        _against(one),
    )


def _figure(metric: Metric) -> Node:
    said = say_metric(metric, unit=Unit.VALENCE)
    return h.span(".score-cell")[h.b[said.value], " ", h.span(".note")[said.spread]]


def _against(one: Quiet) -> Node:
    if not one.sure or one.scored.value is None:
        return None
    told = say_change(one.against, unit=Unit.VALENCE)
    unsure = not told.arrow and one.against.verdict is not Verdict.TOO_FEW
    return verdict(replace(told, words=_("No reliable difference")) if unsure else told)


def _how() -> Element:
    return section(
        _("How we know"),
        body=[
            h.p[
                _(
                    "Each comment with a score shows by how much its words, read by a reader that was not taught it, "
                    "miss the score. That error, for all and for each group, goes into the figure and its interval. "
                    "Hidden scores of three real collections lay inside such intervals in 96 to 98 of 100 cases."
                )
            ],
            h.p[
                _(
                    "The silent may write elsewhere than those who score. The figure for everybody is put together "
                    "from channels, and its interval is as wide as if the reader erred the same way in all of them."
                )
            ],
            h.p[_("Of people who neither scored nor wrote, nothing is known, and nothing is told.")],
        ],
    )
