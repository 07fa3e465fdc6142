"""All opportunities: a board whose cards move by buttons, and a matrix of gain and effort with its table."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, mark, ngettext
from heartline.records import Opportunity, OpportunityStatus, Right
from heartline.understand import say_stage
from heartline.web.backlog import BOARD, MATRIX, NOBODY, OPEN, Backlog, Planned
from heartline.web.charts.efforts import Stake, StakeBar, draw_efforts, lay_out_efforts
from heartline.web.learned import CAUSE_KEY
from heartline.web.outcomes import Outcome
from heartline.web.pages.opportunities import EFFORT, STATUS
from heartline.web.pain_words import name_pain, short_money, short_range
from heartline.web.parts import (
    Choice,
    Column,
    View,
    button,
    csrf_field,
    empty,
    form_row,
    lede,
    link_button,
    partial,
    select,
    shell,
    table,
    tabs,
)
from heartline.web.parts.sentences import begin_small
from heartline.web.parts.words import day, number, say_change

PATH: Final = "/opportunities"
MOVES: Final = {
    OpportunityStatus.IDEA: (OpportunityStatus.PLANNED, OpportunityStatus.DROPPED),
    OpportunityStatus.PLANNED: (OpportunityStatus.IDEA, OpportunityStatus.UNDER_WAY, OpportunityStatus.DROPPED),
    OpportunityStatus.UNDER_WAY: (OpportunityStatus.PLANNED, OpportunityStatus.DONE, OpportunityStatus.DROPPED),
    OpportunityStatus.DONE: (OpportunityStatus.UNDER_WAY,),
    OpportunityStatus.DROPPED: (OpportunityStatus.IDEA,),
}
"""Where a card may go by one button: a step back, a step on, or off."""
MOVE_WORDS: Final = {
    OpportunityStatus.IDEA: mark("To “Idea”"),
    OpportunityStatus.PLANNED: mark("To “Planned”"),
    OpportunityStatus.UNDER_WAY: mark("To “Under way”"),
    OpportunityStatus.DONE: mark("To “Done”"),
    OpportunityStatus.DROPPED: mark("Drop"),
}


def here_again(moved: Opportunity, owner: str, department: str) -> str:
    """The board as it was looked at, at the card that moved."""
    kept = {key: value for key, value in (("owner", owner), ("department", department)) if value}
    return f"{PATH}{'?' if kept else ''}{urlencode(kept)}#o{moved.opportunity_id}"


def say_moved(moved: Opportunity) -> str:
    """What a move says when it is done."""
    return _("“{title}” is now: {status}.").format(title=moved.title, status=_(STATUS[moved.status]))


def backlog_page(view: View, told: Backlog, *, now_us: int) -> Renderable:
    """The page in either view."""
    if not told.total:
        return _frame(view, _none(view), told=None)
    body = _matrix(view, told, now_us=now_us) if told.show == MATRIX else _board(view, told, now_us=now_us)
    return _frame(
        view,
        [
            tabs(
                _("Views"),
                [(view.here(show=None), _("Board")), (view.here(show=MATRIX), _("Gain and effort"))],
                current=view.here(show=None if told.show == BOARD else MATRIX),
            ),
            _filter(told),
            not told.complete and partial(_("The pains are still being looked for, so their names are not here yet.")),
            body if told.lines else _nobody(view),
        ],
        told=told,
    )


def _frame(view: View, body: Node, *, told: Backlog | None) -> Renderable:
    going = sum(line.opportunity.status in OPEN for line in told.lines) if told else 0
    title = ngettext("{n} opportunity is open", "{n} opportunities are open", going).format(n=number(going))
    return shell(
        view,
        title=_("Opportunities"),
        controls=False,
        wide=told is not None,
        body=[
            lede(
                title if told else _("Opportunities"),
                under=_(
                    "What could be done about what hurts. A gain is what the pain cost a quarter when it was filed."
                ),
            ),
            body,
        ],
    )


def _none(view: View) -> Element:
    return empty(
        _("Nobody has filed an opportunity yet. Open a pain and say what could be done about it."),
        do=link_button(_("See where it hurts"), view.url("/pains"), weight="main"),
    )


def _nobody(view: View) -> Element:
    return empty(
        _("No opportunity here is theirs."), do=link_button(_("Anybody's"), view.here(owner=None, department=None))
    )


def _filter(told: Backlog) -> Node:
    owners = [Choice(value="", label=_("Anybody")), Choice(value=NOBODY, label=_("Nobody yet"))]
    owners += [Choice(value=name, label=name) for name in _with(told.owners, told.owner)]
    departments = [Choice(value="", label=_("All departments"))]
    departments += [Choice(value=name, label=name) for name in _with(told.departments, told.department)]
    return h.form(".backlog-filter.no-print", method="get", action=PATH)[
        told.show != BOARD and h.input(type="hidden", name="show", value=told.show),
        form_row(
            select(_("Owner"), "owner", choices=owners, value=told.owner),
            len(departments) > 1 and select(_("Department"), "department", choices=departments, value=told.department),
            button(_("Show")),
        ),
    ]


def _with(names: tuple[str, ...], chosen: str) -> tuple[str, ...]:
    """The names offered, and the one chosen where it is not among them."""
    return names if chosen in {"", NOBODY, *names} else (*names, chosen)


def _board(view: View, told: Backlog, *, now_us: int) -> Element:
    def column(status: OpportunityStatus) -> Element:
        held = [line for line in told.lines if line.opportunity.status is status]
        return h.section(".board-column", aria_labelledby=f"col-{status.value}")[
            h.h2(id=f"col-{status.value}")[_(STATUS[status]), " ", h.span(".note")[number(len(held))]],
            h.ul[(_card(view, told, line, now_us=now_us) for line in held)]
            if held
            else h.p(".quiet.small")[_("Nothing here.")],
        ]

    return h.div(".board")[(column(status) for status in OpportunityStatus)]


def _card(view: View, told: Backlog, line: Planned, *, now_us: int) -> Element:
    one = line.opportunity
    facts = [
        _("effort {effort}").format(effort=_(EFFORT[one.effort])),
        one.owner or _("nobody owns it yet"),
        "" if one.due_us is None else _("due {day}").format(day=day(one.due_us, view.timezone, now_us=now_us)),
    ]
    return h.li(".board-card", id=f"o{one.opportunity_id}")[
        h.h3[h.bdi[one.title]],
        h.p(".small")[h.b[_gain(one, told.currency)]],
        h.p(".note")[" · ".join(fact for fact in facts if fact)],
        h.p(".note")[h.a(href=_pain_url(view, one))[_say_pain(line)]],
        line.outcome is not None and _outcome(line.outcome),
        view.may(Right.WORK_CASES) and _moves(view, told, one),
    ]


def _outcome(outcome: Outcome) -> Element:
    """What came of it: the change where the cases were, with its interval and both n, or that none shows."""
    gap = outcome.difference
    told = say_change(gap)
    sentence = _("At {touchpoint}, {days} days before and since: {change}.").format(
        touchpoint=say_stage(outcome.touchpoint), days=outcome.days, change=begin_small(told.words)
    )
    counted = _("n {before} before, {after} since. What else changed then is not known.").format(
        before=number(gap.before.n), after=number(gap.now.n)
    )
    return h.p(".small")[h.span(class_=[told.tone])[told.arrow, told.arrow and " ", sentence], " ", counted]


def _moves(view: View, told: Backlog, one: Opportunity) -> Element:
    return h.form(".board-moves.no-print", method="post", action=f"{PATH}/{one.opportunity_id}/move")[
        csrf_field(view),
        h.input(type="hidden", name="owner", value=told.owner),
        h.input(type="hidden", name="department", value=told.department),
        (
            h.button(
                ".btn",
                name="status",
                value=status.value,
                aria_label=_("{move}: {title}").format(move=_(MOVE_WORDS[status]), title=one.title),
            )[_(MOVE_WORDS[status])]
            for status in MOVES[one.status]
        ),
    ]


def _gain(one: Opportunity, currency: str) -> str:
    if one.gain_low is None or one.gain_high is None:
        return _("gain unknown")
    return _("{money} a quarter, if it is the cause").format(money=short_range(one.gain_low, one.gain_high, currency))


def _say_pain(line: Planned) -> str:
    if line.opportunity.pain.startswith(CAUSE_KEY):
        return _("Cause: {cause}").format(cause=line.opportunity.pain.removeprefix(CAUSE_KEY))
    return name_pain(line.pain) if line.pain else _("The pain it is about")


def _pain_url(view: View, one: Opportunity) -> str:
    """The pain's page for everyone: under a filter it may not be on the list."""
    if one.pain.startswith(CAUSE_KEY):
        return view.url("/cases", cause=one.pain.removeprefix(CAUSE_KEY), **{"by": None, "is": None})
    return view.url(f"/pains/{one.pain}#opportunities", **{"by": None, "is": None})


def _matrix(view: View, told: Backlog, *, now_us: int) -> Node:
    lines = [line for line in told.lines if line.opportunity.status in OPEN]
    if not lines:
        return empty(_("None of these is open."), do=link_button(_("Look at the board"), view.here(show=None)))
    lines.sort(key=lambda line: (-(line.opportunity.gain_high or -1), line.opportunity.opportunity_id))
    titles = {place: line.opportunity for place, line in enumerate(lines, start=1)}
    layout = lay_out_efforts(
        [
            Stake(
                number=place,
                title=one.title,
                effort=one.effort,
                low=one.gain_low,
                high=one.gain_high,
                href=_pain_url(view, one),
            )
            for place, one in titles.items()
        ]
    )

    def tell(bar: StakeBar) -> str:
        one = titles[bar.stake.number]
        return f"{number(bar.stake.number)}. {one.title}: {_gain(one, told.currency)}"

    label = _("Gain over effort: each bar is one opportunity, from the lower to the higher end of its gain")
    drawn = draw_efforts(layout, lambda value: short_money(value, told.currency), tell, label=label)
    return [
        h.div(".scroll", role="region", tabindex="0", aria_label=_("Gain and effort"))[drawn],
        h.p(".note")[
            _(
                "High and to the left: much to gain for little effort. A bar is a range, never a promise. "
                "What is done or dropped is not drawn."
            )
        ],
        _table(view, told, lines, now_us=now_us),
    ]  # fmt: skip


def _table(view: View, told: Backlog, lines: list[Planned], *, now_us: int) -> Element:
    heads = (
        Column(words=""),
        Column(words=_("Opportunity"), names=True),
        Column(words=_("Gain a quarter"), figures=True),
        Column(words=_("Effort")),
        Column(words=_("Status")),
        Column(words=_("Owner")),
        Column(words=_("Due")),
        Column(words=_("Pain")),
    )

    def row(place: int, line: Planned) -> tuple[Node, ...]:
        one = line.opportunity
        known = one.gain_low is not None and one.gain_high is not None
        return (
            h.b(".rank")[number(place)],
            h.bdi[one.title],
            short_range(one.gain_low or 0, one.gain_high or 0, told.currency) if known else _("unknown"),
            _(EFFORT[one.effort]),
            _(STATUS[one.status]),
            one.owner or h.span(".quiet")[_("Nobody yet")],
            "–" if one.due_us is None else day(one.due_us, view.timezone, now_us=now_us),
            h.a(href=_pain_url(view, one))[_say_pain(line)],
        )

    rows = [row(place, line) for place, line in enumerate(lines, start=1)]
    return table(heads, rows, caption=_("Opportunities, the largest gain first"))
