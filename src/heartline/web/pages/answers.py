"""What stands behind a number: the answers, the words, the people. Every line leads to its customer and to a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, mark
from heartline.records import Definition, Metric, Right
from heartline.understand import BOXES, Measure, is_satisfied, mask_personal
from heartline.web.alerting import FIELDS, MEASURES
from heartline.web.drilldown import Drill
from heartline.web.listing import PAGE, AnswerLine, AnswerList
from heartline.web.parts import (
    View,
    acts,
    download_button,
    empty,
    icon,
    lede,
    link_button,
    pagination,
    quote,
    shell,
    tabs,
    valence,
)
from heartline.web.parts.words import (
    Unit,
    day,
    duration,
    iso,
    moment,
    name_channel,
    number,
    plural,
    say_score,
    value_with_margin,
)
from heartline.web.promise_words import say_kept
from heartline.web.promises import count_days_late

COLUMNS: Final = (
    "time", "customer", "customer_id", "touchpoint", "channel", "place", "action",
    "score_kind", "score", "score_top", "feeling", "comment", "interaction",
    "waited_seconds", "promised_day", "days_late",
)  # fmt: skip

BY_DEFINITION: Final = ("satisfied", "definition")
"""More columns, where people ever changed what counts as satisfied."""

MEASURE_WORDS: Final = {
    Measure.NPS: mark("would recommend us"),
    Measure.CSAT: mark("satisfied"),
    Measure.CES: mark("found it easy"),
    Measure.STARS: mark("stars"),
    Measure.VALENCE: mark("how they feel, −1 to +1"),
    Measure.COMMENTS: mark("comments"),
    Measure.TOUCHES: mark("touches"),
    Measure.PEOPLE: mark("people"),
}

COUNTED: Final = frozenset({Measure.COMMENTS, Measure.TOUCHES})
"""What is only counted."""


def answers_page(view: View, drill: Drill, found: AnswerList, *, now_us: int) -> Renderable:
    """The list behind a score."""
    return shell(
        view,
        title=_("Answers"),
        crumbs=(("/scores", _("Scores")), ("", _begin_large(_(MEASURE_WORDS[drill.measure])))),
        body=[
            lede(
                _title(drill, found.metric),
                under=_under(view, drill, found, now_us=now_us),
                do=acts(
                    download_button(view, _("CSV"), drill.url(view, "/answers.csv")),
                    _watch(view, drill),
                ),
            ),
            _sorts(view, drill),
            answer_rows(view, found.lines, now_us=now_us) if found.lines else _none(view, drill),
            pagination(view, page=drill.page, pages=-(-found.total // PAGE), total=found.total),
        ],
    )


def _watch(view: View, drill: Drill) -> Node:
    """The way to an alert on the figure that is listed, for those who may make one, where it is one of a score."""
    if drill.measure.value not in MEASURES or not view.may(Right.CHANGE_WORKSPACE) or len(drill.where) > 1:
        return None
    where = next((f"{field}={value}" for field, value in drill.where if field in FIELDS), "")
    asked = {"measure": drill.measure.value, "touchpoint": "".join(drill.touchpoints[:1]), "where": where}
    return link_button(_("Watch it"), f"/alerts/new?{urlencode({k: v for k, v in asked.items() if v})}")


def _title(drill: Drill, metric: Metric) -> str:
    if drill.title:
        return drill.title
    spots = [drill.stage[1]] if drill.stage else [*drill.touchpoints[:3], *["…"][: len(drill.touchpoints) > 3]]
    where = ", ".join([*spots, *(value for _field, value in drill.where)]) or _("Everywhere")
    if drill.measure in COUNTED:
        return f"{where}: {_count(drill.measure, metric.n)}"
    return f"{where}: {_(MEASURE_WORDS[drill.measure])}"


def _begin_large(words: str) -> str:
    return words[:1].upper() + words[1:]


def _count(measure: Measure, n: int) -> str:
    if measure is Measure.COMMENTS:
        return plural(n, "comment", "comments")
    return plural(n, "touch", "touches") if measure is Measure.TOUCHES else plural(n, "answer", "answers")


def _under(view: View, drill: Drill, found: AnswerList, *, now_us: int) -> Node:
    metric = found.metric
    words: list[Node] = []
    if drill.measure not in COUNTED:
        value = value_with_margin(metric, unit=Unit.VALENCE if drill.measure is Measure.VALENCE else None)
        words += [h.b[value], " · "]
    if found.by is not None:
        by = _("{counted} (definition {version})").format(counted=_(BOXES[found.by.boxes]), version=found.by.version)
        words.append(f"{by} · ")
    counted = _("{answers} of {customers}, with words (of {n})") if drill.said else _("{answers} of {customers}")
    words.append(
        counted.format(
            answers=_count(drill.measure, found.total),
            customers=plural(found.customers, "customer", "customers"),
            n=number(metric.n),
        )
    )
    if drill.since_us is not None:
        since = _("since {day}").format(day=day(drill.since_us, view.timezone, now_us=now_us))
        words.append(f" · {since}")
    return words


def _sorts(view: View, drill: Drill) -> Node:
    if drill.measure is Measure.TOUCHES:
        return None
    names = {"newest": _("Newest"), "lowest": _("Least happy first"), "highest": _("Happiest first")}

    def link(sort: str) -> str:
        return view.here(sort=None if sort == "newest" else sort, page=None)

    return h.div(".list-tools")[
        tabs(_("Order"), [(link(sort), words) for sort, words in names.items()], current=link(drill.sort)),
        drill.measure is not Measure.COMMENTS
        and h.a(".btn.said", href=view.here(said=None if drill.said else "1", page=None))[
            drill.said and icon("check", small=True), _("Only with words")
        ],
    ]


def _none(view: View, drill: Drill) -> Element:
    if drill.page > 1:
        return empty(_("The list is shorter than that."), do=link_button(_("First page"), view.here(page=None)))
    return empty(
        _("Nobody answered this in the time and filter chosen."),
        do=link_button(_("Look at all time"), view.here(range="all", by=None, page=None, **{"is": None})),
    )


def answer_rows(view: View, lines: Sequence[AnswerLine], *, now_us: int, journey_id: str = "") -> Element:
    """Lines one below the other: the feeling, the words, who, where and when; a way to a case, and where they are
    touches of a journey a way to the run they are part of.
    """
    return h.ul(".rows.voices.answer-rows")[(_row(view, line, now_us=now_us, journey_id=journey_id) for line in lines)]


def _row(view: View, line: AnswerLine, *, now_us: int, journey_id: str) -> Element:
    who, about = say_who(view, line), say_about(view, line, now_us=now_us)
    said = (
        quote(line.text, by=[who, " · ", about])
        if line.text
        else h.div(".mute")[h.b(".small")[who], h.span(".note")[about]]
    )
    return h.li(".voice-row")[
        valence(line.feeling) if line.feeling is not None else h.span(".val"),
        h.div(".answer")[
            said,
            h.div(".row-do")[
                view.may(Right.WORK_CASES)
                and h.a(".note.open-case.no-print", href=view.url("/cases/new", seq=line.seq))[_("Open a case")],
                bool(journey_id)
                and line.customer is not None
                and h.a(
                    ".note.open-case.no-print",
                    href=view.url(f"/customers/{line.customer.ref}/runs/{journey_id}", run=line.seq),
                )[_("Its run")],
            ],
        ],
    ]


def say_who(view: View, line: AnswerLine) -> Node:
    """Who it was, as a way to their page."""
    if line.customer is None:
        return h.span[_("A customer who is gone")]
    return h.a(".person", href=view.url(f"/customers/{line.customer.ref}"), dir="auto")[line.customer.title]


def say_about(view: View, line: AnswerLine, *, now_us: int) -> Node:
    """The score, how long it took, what had been promised, where and when."""
    words = [
        say_score(line.score) if line.score else "",
        _("waited {duration}").format(duration=duration(line.wait_us / 1e6)) if line.wait_us is not None else "",
        *say_kept(line.promise, line.ts_us, view.timezone, missed=line.missed),
        line.touchpoint,
        line.place,
        name_channel(line.channel),
    ]
    when = h.time(datetime=iso(line.ts_us, view.timezone))[moment(line.ts_us, view.timezone, now_us=now_us)]
    return [" · ".join(word for word in words if word), " · ", when]


def csv_row(line: AnswerLine, zone: str, *, by: Definition | None = None) -> tuple[str | int | float, ...]:
    """A line as a row under ``COLUMNS``: everything on the screen; 0 is a value; times in the workspace's zone. With a
    version that people made, what it calls the answer follows under ``BY_DEFINITION``.
    """
    score, promise = line.score, line.promise
    late = None if promise is None or line.missed else count_days_late(promise, line.ts_us, zone)
    called = () if by is None or score is None else (int(is_satisfied(score.value, score.top, by.boxes)), by.version)
    return (
        iso(line.ts_us, zone),
        line.customer.title if line.customer else "",
        line.customer.ref if line.customer else "",
        line.touchpoint,
        line.channel,
        line.place,
        line.action,
        score.kind.value if score else "",
        (int(score.value) if score.value.is_integer() else score.value) if score else "",
        score.top if score else "",
        round(score.valence, 4) if score else "",
        # A file leaves the house: numbers and addresses that somebody wrote into a comment do not.
        mask_personal(line.text),
        line.seq,
        "" if line.wait_us is None else line.wait_us / 1e6,
        promise.due.isoformat() if promise and promise.due else "",
        "" if late is None else late,
        *called,
    )
