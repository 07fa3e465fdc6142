"""Home: a sentence that someone can act on, the picture that proves it, the figures, the open loops, the people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, mark, ngettext
from heartline.understand import Finding, Findings, Measure, write_quiet, write_sentence
from heartline.web.charts.spark import draw_spark
from heartline.web.charts.trend import draw_trend
from heartline.web.listing import AnswerLine
from heartline.web.newcomers import NewcomerLine
from heartline.web.opening import CaseLine, Loops, Opening, Voices, drill_of
from heartline.web.pages.newcomers import newcomer_notice
from heartline.web.parts import (
    Column,
    View,
    case_row,
    case_rows,
    columns,
    dialog,
    empty,
    hero,
    key_values,
    lede,
    link_button,
    loading,
    section,
    sentence,
    shell,
    table,
    tile,
    tiles,
    voice_row,
    voices,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import (
    day,
    due,
    long_day,
    name_channel,
    number,
    people,
    percent,
    plural,
    say_change,
    value_with_margin,
)
from heartline.web.tiles import ScoreTile

DEFINITIONS: Final = {
    Measure.NPS: (
        mark("NPS: the share of 9 and 10 less the share of 0 to 6, in points."),
        mark("Adjusted Wald interval."),
    ),
    Measure.CSAT: (mark("CSAT: the share of the two best answers."), mark("Wilson interval.")),
    Measure.CES: (mark("CES: the mean ease, higher is easier."), mark("t interval over customers.")),
    Measure.STARS: (mark("Stars: the mean of all reviews."), mark("t interval over customers.")),
    Measure.VALENCE: (
        mark("How they feel: every score brought to −1…+1, the mean."),
        mark("t interval over customers."),
    ),
}
"""What each score counts, and the method of its interval."""


def define_score(measure: Measure, counted: str = "") -> str:
    """What a score is, in a sentence and the method; ``counted`` is what it counts where people changed it."""
    return f"{_count(measure, counted)} {_(DEFINITIONS[measure][1])}"


def _count(measure: Measure, counted: str) -> str:
    if counted:
        return _("CSAT: the share of answers in {counted}.").format(counted=counted)
    return _(DEFINITIONS[measure][0])


def home_page(view: View, opening: Opening, *, new: Sequence[NewcomerLine] = (), now_us: int) -> Renderable:
    """Home over data."""
    return shell(view, title=_("Home"), body=opening_part(view, opening, new=new, now_us=now_us))


def opening_part(view: View, opening: Opening, *, new: Sequence[NewcomerLine] = (), now_us: int) -> Element:
    """All of Home but its shell. While the finding is still being worked out it asks for itself once more."""
    asking = {"hx_get": view.url("/opening"), "hx_trigger": "load", "hx_swap": "outerHTML"}
    return h.div("#opening", **(asking if opening.findings is None else {}))[
        hero(_say(view, opening, now_us=now_us), draw_trend(opening.proof))
        if opening.proof
        else _say(view, opening, now_us=now_us),
        h.section(".key-figures", aria_label=_("Key figures"))[tiles(*(_tile(view, one) for one in opening.tiles))]
        if opening.tiles
        else None,
        newcomer_notice(view, new),
        h.div(".below-tiles")[
            columns(
                _loops(view, opening.loops, now_us=now_us),
                _voices(view, opening.voices, now_us=now_us),
                shape="wide-left",
            )
        ],
    ]


def empty_page(view: View) -> Renderable:
    """Home before the first touch."""
    return shell(
        view,
        title=_("Home"),
        controls=False,
        body=[
            lede(
                _("Nothing has come in yet"),
                under=_("Home will open with one sentence: what changed, and what it is worth."),
            ),
            empty(
                _("heartline has met nobody so far. Import a file, or connect a site: the first touch shows at once."),
                do=link_button(_("Choose how to begin"), "/begin", weight="main"),
            ),
        ],
    )


def _say(view: View, opening: Opening, *, now_us: int) -> Element:
    before = _("{day}. What matters most today").format(day=long_day(now_us, view.timezone))
    finding = opening.finding
    if opening.findings is None:
        return h.div(".hero.quiet-hero")[_working(view, before)]
    if finding is None:
        return h.div(".hero.quiet-hero")[_quiet(view, opening.findings, opening.map_id, before)]
    said = write_sentence(finding)
    return sentence(
        said.headline,
        before=before,
        why=[
            fill(_("{moved}, n = {n}."), moved=h.b[said.moved], n=number(finding.difference.now.n)),
            " ",
            _("Since {day}.").format(day=day(finding.since_us, view.timezone, now_us=now_us)),
            " ",
            said.contrast and f"{said.contrast} ",
            ngettext(
                "{n}\N{NO-BREAK SPACE}customer met it.", "{n}\N{NO-BREAK SPACE}customers met it.", finding.people
            ).format(n=number(finding.people)),
            f" {said.caveat}",
        ],
        do=[
            opening.map_id and link_button(_("See where on the map"), _map_link(view, opening, finding), weight="main"),
            link_button(_("Hear them"), drill_of(finding, measure=Measure.COMMENTS).url(view)),
            link_button(_("One-page report"), view.url("/report"), drawing="print"),
            _how(view, finding, opening.findings, counted=opening.counted, now_us=now_us),
        ],
    )


def _working(view: View, before: str) -> Element:
    """While what changed is being looked for: nothing for 300 ms, then blocks; a link where no script runs."""
    return h.div[
        h.p(".note.say-before")[before],
        h.h1("#say.sr")[_("Home")],
        loading(lines=3),
        h.noscript[h.p(".note")[h.a(href=view.url("/opening"))[_("Show what changed")]]],
    ]


def _quiet(view: View, findings: Findings, map_id: str, before: str) -> Element:
    said = write_quiet(findings)
    return sentence(
        said.headline,
        before=before,
        why=[
            said.figures and f"{said.figures} ",
            [_("Only {whom} was looked at.").format(whom=view.filter_label), " "] if view.query.get("by") else None,
            _("Weeks go up and down by chance. As soon as something moves more than chance would, it stands here."),
        ],
        do=[
            map_id and link_button(_("Open the map"), view.url(f"/journeys/{map_id}"), weight="main"),
            link_button(_("All scores"), view.url("/scores")),
            link_button(_("One-page report"), view.url("/report"), drawing="print"),
        ],
    )


def _map_link(view: View, opening: Opening, finding: Finding) -> str:
    narrowed = {"by": finding.field, "is": finding.value} if finding.field else {}
    spot = finding.spot or None
    return view.url(f"/journeys/{opening.map_id}", **narrowed, spot=spot)


def _how(view: View, finding: Finding, findings: Findings, *, counted: str, now_us: int) -> Element:
    gap, claimed = finding.difference, finding.claimed
    since = day(finding.since_us, view.timezone, now_us=now_us)
    body = h.div(".how")[
        key_values(
            [
                (
                    _("Before"),
                    _("{value}, {n}, up to 52 weeks back").format(
                        value=value_with_margin(gap.before), n=people(gap.before.n)
                    ),
                ),
                (
                    _("Since"),
                    _("{value}, {n}, from {day}").format(
                        value=value_with_margin(gap.now), n=people(gap.now.n), day=since
                    ),
                ),
                (_("Difference"), say_change(gap).words),
                (
                    _("As claimed here"),
                    _("{change}, by the budget of the whole page").format(change=say_change(claimed).words),
                ),
                (
                    _("Method"),
                    f"{_count(finding.measure, counted)} "
                    + _("Interval: {method}.").format(method=_say_method(gap.now.method)),
                ),
                (
                    _("Looked at"),
                    _("{comparisons}; at most {share} of it is chance").format(
                        comparisons=plural(findings.tested, "comparison", "comparisons"), share=percent(findings.budget)
                    ),
                ),
                (
                    _("By chance alone"),
                    _("as large a move in {share} of reshuffled histories").format(
                        share=percent(finding.chance, digits=1)
                    ),
                ),
                (_("After shrinking"), _shrunken(finding)),
            ]
        ),
        _compared(finding) if finding.comparisons else None,
        _coincided(finding) if finding.coincidences else None,
        h.p(".note")[
            _("Before and after is no proof: it goes with what changed that day. A control group would show more.")
        ],
    ]
    return dialog("how", _("How we know"), body=body, open_words=_("How we know"))


def _shrunken(finding: Finding) -> str:
    scale = 100 if finding.measure is Measure.CSAT else 1
    digits = 0 if finding.measure in {Measure.NPS, Measure.CSAT} else 1
    value = number(finding.shrunken * scale, digits=digits, signed=True)
    return _("{value}, by which it was ranked: picked extremes come back").format(value=value)


def _say_method(method: str) -> str:
    bare = method.removesuffix(", clustered by customer")
    if bare == method:
        return _(method)
    return _("{method}, clustered by customer").format(method=_(bare))


def _compared(finding: Finding) -> Element:
    heads = (
        Column(words=_("Elsewhere"), names=True),
        Column(words=_("Before"), figures=True),
        Column(words=_("Since"), figures=True),
        Column(words=_("Verdict")),
    )
    rows = [
        (
            other.value,
            value_with_margin(other.difference.before),
            value_with_margin(other.difference.now),
            say_change(other.difference).words,
        )
        for other in finding.comparisons
    ]
    return table(heads, rows, caption=_("The same score elsewhere, before and since"), visible_caption=True)


def _coincided(finding: Finding) -> Element:
    heads = (
        Column(words=_("What"), names=True),
        Column(words=_("Here"), figures=True),
        Column(words=_("Elsewhere"), figures=True),
        Column(words=_("So")),
    )

    def share(before: float | None, now: float | None) -> str:
        return "–" if before is None or now is None else f"{number(before * 100)} → {percent(now)}"

    rows = [
        (
            f"{one.value} ({one.field})",
            share(one.before, one.now),
            share(one.elsewhere_before, one.elsewhere_now),
            _("here alone") if one.alone else _("not here alone"),
        )
        for one in finding.coincidences[:6]
    ]
    return table(heads, rows, caption=_("What else shifted that day: its share before → since"), visible_caption=True)


def _tile(view: View, one: ScoreTile) -> Element:
    return tile(
        one.label,
        one.metric,
        href=one.drill.url(view),
        change=one.change,
        top=one.top,
        note=one.note,
        picture=draw_spark(one.weeks) if len(one.weeks) > 1 else None,
        definition=define_score(one.drill.measure, one.counted),
    )


def _loops(view: View, loops: Loops, *, now_us: int) -> Element:
    late: Node = _("none overdue")
    if loops.overdue:
        late = h.span(".worse")[_("{n} overdue").format(n=number(loops.overdue))]
    words = _("{open}, {overdue}; {n} closed this week") if loops.closed_this_week else _("{open}, {overdue}")
    return section(
        _("Open loops"),
        beside=fill(
            words,
            open=h.a(href=view.url("/cases"))[_("{n} open").format(n=number(loops.total))],
            overdue=late,
            n=number(loops.closed_this_week),
        ),
        body=case_rows(*(_case(view, line, now_us=now_us) for line in loops.lines))
        if loops.lines
        else empty(_("Nothing waits for an answer. Open a case from any score, comment or customer.")),
    )


def _case(view: View, line: CaseLine, *, now_us: int) -> Element:
    case, who = line.case, line.customer
    return case_row(
        case.title,
        href=view.url(f"/cases/{case.case_id}"),
        who=h.span(dir="auto")[who.title] if who else "",
        owner=case.owner or h.span(".quiet")[_("Nobody yet")],
        due=due(case.due_us, view.timezone, now_us=now_us),
        late=case.due_us < now_us,
    )


def _voices(view: View, told: Voices, *, now_us: int) -> Element:
    many = len(told.lines)
    title = {0: _("Voices"), 1: _("One voice"), 2: _("Two voices")}.get(many, _("Three voices"))
    return section(
        title,
        beside=h.a(href=told.drill.url(view))[
            _("All {comments}").format(comments=plural(told.total, "comment", "comments"))
        ]
        if told.total
        else None,
        body=voices(*(tell_voice(view, line, now_us=now_us) for line in told.lines))
        if many
        else empty(_("Nobody has written anything in the time and filter chosen.")),
        identity="voices",
    )


def tell_voice(view: View, line: AnswerLine, *, now_us: int) -> Element:
    """One comment with who left it, where and when."""
    where = " · ".join(word for word in (line.touchpoint, line.place, name_channel(line.channel)) if word)
    when = day(line.ts_us, view.timezone, now_us=now_us)
    href = view.url(f"/customers/{line.customer.ref}") if line.customer else ""
    who: Node = h.a(href=href, dir="auto")[line.customer.title] if line.customer else None
    return voice_row(line.text, feeling=line.feeling, by=[who, who and " · ", where, " · ", when], href=href)
