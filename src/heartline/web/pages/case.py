"""``/cases/{id}`` and ``/cases/new``: the voice, the customer, who answers for it, and how it went."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node, Renderable

from heartline.act import (
    LONGEST_NOTE,
    LONGEST_TITLE,
    REASONS,
    STEP_WORDS,
    WAY,
    date_steps,
    day_of,
    is_open,
    is_overdue,
)
from heartline.language import _, mark, pgettext
from heartline.records import Case, CaseStatus, Profile, Right
from heartline.store import Entry
from heartline.understand import say_journey, say_stage
from heartline.web.case_replies import ReplyDesk
from heartline.web.charts.life import LifeGiven, draw_life
from heartline.web.lives import Moment, score_of
from heartline.web.loops import CaseReading, Proposal
from heartline.web.pages.case_loop import draw_again, draw_cause, draw_reply
from heartline.web.pages.case_words import name_step, say_note, say_reason
from heartline.web.pages.customer import tell_about, tell_what, tell_when
from heartline.web.parts import (
    Choice,
    View,
    acts,
    button,
    csrf_field,
    field,
    form_row,
    key_values,
    lede,
    link_button,
    quote,
    radios,
    section,
    select,
    shell,
    steps,
    timeline,
    timeline_row,
    valence,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import clock, day, due, iso, moment, number, say_score

Problem = tuple[str, str]
_STEP_MEANS = {
    CaseStatus.NEW: mark("Nobody has been in touch yet."),
    CaseStatus.CONTACTED: mark("The customer has heard from us."),
    CaseStatus.CAUSE_FOUND: mark("We know why it happened. Say why in the note."),
    CaseStatus.MENDED: mark("It is put right; the customer may not know yet."),
}


def case_page(
    view: View,
    reading: CaseReading,
    *,
    now_us: int,
    desk: ReplyDesk | None = None,
    problem: Problem = ("", ""),
    note: str = "",
) -> Renderable:
    """One case. ``problem`` is (field, words) of a form that was refused, ``note`` what was written in it."""
    case = reading.case
    return shell(
        view,
        title=case.title,
        controls=False,
        crumbs=((view.url("/cases"), _("Cases")), ("", _place(reading))),
        body=[
            lede(h.bdi[case.title], under=_head(view, reading, now_us=now_us)),
            _way(view, case, now_us=now_us),
            h.div(".columns.wide-left.case-columns")[
                h.div[
                    _voice(view, reading.cause),
                    draw_again(view, reading, now_us=now_us),
                    draw_reply(view, case, desk, problem=problem),
                    _forms(view, reading, problem, note=note),
                    _history(view, case, now_us=now_us),
                ],
                h.div[
                    _before(view, reading.customer, reading.given),
                    _around(view, reading.around, reading.cause, now_us=now_us),
                    _facts(view, reading, now_us=now_us),
                ],
            ],
        ],
    )


def _place(reading: CaseReading) -> str:
    if not reading.place:
        return name_step(CaseStatus.CLOSED)
    return _("{place} of {n} open").format(place=number(reading.place), n=number(reading.open))


def _head(view: View, reading: CaseReading, *, now_us: int) -> Node:
    case = reading.case
    who: Node = _("A customer who is gone")
    if reading.customer is not None:
        who = h.a(href=view.url(f"/customers/{reading.customer.ref}"), dir="auto")[reading.customer.title]
    late = is_overdue(case, now_us)
    closed = day(case.closed_us, view.timezone, now_us=now_us) if case.closed_us else ""
    when = _("Closed {day}").format(day=closed) if closed else None
    return [
        who,
        " · ",
        when or h.span(class_=["worse"] if late else None)[_due(case, view, now_us=now_us)],
        " · ",
        h.bdi[case.owner or _("nobody owns it yet")],
    ]


def _due(case: Case, view: View, *, now_us: int) -> str:
    words = due(case.due_us, view.timezone, now_us=now_us)
    if case.due_us < now_us:
        return words
    ahead = (day_of(case.due_us, view.timezone) - day_of(now_us, view.timezone)).days
    if ahead == 0:
        return _("Due today, {time}").format(time=clock(case.due_us, view.timezone))
    return _("Due tomorrow") if ahead == 1 else _("Due {day}").format(day=words)


def _way(view: View, case: Case, *, now_us: int) -> Element:
    reached = date_steps(case)
    place = WAY.index(case.status)

    def note(status: CaseStatus) -> str:
        if status in reached:
            return moment(reached[status], view.timezone, now_us=now_us)
        if status is CaseStatus.CLOSED and is_open(case):
            return _("due {day}").format(day=day(case.due_us, view.timezone, now_us=now_us))
        return _("passed over") if WAY.index(status) < place else ""

    current = place + 1 if case.status is CaseStatus.CLOSED else place
    return h.div(".way")[steps([(_(STEP_WORDS[status]), note(status)) for status in WAY], current=current)]


def _voice(view: View, cause: Entry | None) -> Node:
    if cause is None:
        return None
    score = score_of(cause)
    about = [
        cause.touchpoint or cause.channel,
        moment(cause.ts_us, view.timezone),
        say_score(score) if score else "",
        cause.place,
    ]
    by: Node = [
        valence(score.valence) if score else None,
        h.span[" · ".join(word for word in about if word)],
    ]
    if cause.text:
        return h.div(".case-voice")[quote(cause.text, by=by, size="large")]
    return h.p(".case-voice.by.silent")[by]


def _forms(view: View, reading: CaseReading, problem: Problem, *, note: str) -> Node:
    case = reading.case
    if not view.may(Right.WORK_CASES):
        return None
    if not is_open(case):
        return section(
            _("Closed"),
            body=[
                h.p[h.bdi[say_reason(case.reason)]],
                h.form(method="post", action=f"/cases/{case.case_id}")[
                    _hidden(view, case, "step"),
                    h.input(type="hidden", name="step", value=CaseStatus.CONTACTED.value),
                    button(_("Open it again")),
                ],
            ],
        )
    return [
        _step_form(view, case, note=note, wrong=problem[1] if problem[0] == "note" else ""),
        draw_cause(view, reading),
        _close_form(view, case, problem=problem),
        _hand_form(view, reading, problem=problem),
        bool(reading.teams) and _team_form(view, reading),
    ]


def _hidden(view: View, case: Case, act: str) -> Node:
    return [
        csrf_field(view),
        h.input(type="hidden", name="was", value=case.status.value),
        h.input(type="hidden", name="act", value=act),
    ]


def _step_form(view: View, case: Case, *, note: str, wrong: str) -> Element:
    choices = [
        (Choice(value=status.value, label=_(STEP_WORDS[status])), _(_STEP_MEANS[status]))
        for status in WAY[:-1]
        if WAY.index(status) >= WAY.index(case.status)
    ]
    return section(
        _("What comes next?"),
        beside=_("Now: {step}").format(step=name_step(case.status)),
        identity="next",
        body=h.form(".step-form", method="post", action=f"/cases/{case.case_id}")[
            _hidden(view, case, "step"),
            # The present step stands chosen: whoever only writes a note must not move the case by it.
            radios(_("Step"), "step", choices=choices, value=case.status.value),
            field(
                _("Note"),
                "note",
                value=note,
                error=wrong,
                lines=3,
                hint=_("For those who read this case later; the customer does not see it."),
                maxlength=str(LONGEST_NOTE),
                dir="auto",
            ),
            acts(button(_("Save"), weight="main")),
        ],
    )


def _close_form(view: View, case: Case, *, problem: Problem) -> Element:
    wrong = problem[1] if problem[0] == "reason" else ""
    return h.details(".fold", id="close", open=bool(wrong) or case.status is CaseStatus.MENDED)[
        h.summary[h.h2[_("Close it")], h.span(".note")[_("with a reason")]],
        h.form(method="post", action=f"/cases/{case.case_id}")[
            _hidden(view, case, "close"),
            select(
                _("What came of it?"),
                "reason",
                choices=[Choice(value="", label=_("Choose …")), *(Choice(value=why, label=_(why)) for why in REASONS)],
                error=wrong,
                required=True,
            ),
            field(_("In your words"), "words", hint=_("Wanted for “something else”."), maxlength="500", dir="auto"),
            acts(button(_("Close the case"), weight="normal", drawing="check")),
        ],
    ]


def _team_form(view: View, reading: CaseReading) -> Element:
    teams = [Choice(value="0", label=_("None")), *(Choice(value=str(t.team_id), label=t.name) for t in reading.teams)]
    now = next((team.name for team in reading.teams if team.team_id == reading.team_id), _("no team has it"))
    return h.details(".fold", id="team")[
        h.summary[h.h2[_("Give it to a team")], h.span(".note")[h.bdi[now]]],
        h.form(method="post", action=f"/cases/{reading.case.case_id}/team")[
            csrf_field(view),
            form_row(
                select(
                    _("Team"), "team", choices=teams, value=str(reading.team_id), hint=_("Its members see the case.")
                ),
            ),
            acts(button(_("Save"))),
        ],
    ]


def _hand_form(view: View, reading: CaseReading, *, problem: Problem) -> Element:
    case, wrong = reading.case, problem[1] if problem[0] == "due" else ""
    return h.details(".fold", id="hand", open=bool(wrong))[
        h.summary[h.h2[_("Hand over or put off")], h.span(".note")[case.owner or _("nobody owns it yet")]],
        h.form(method="post", action=f"/cases/{case.case_id}")[
            _hidden(view, case, "hand"),
            form_row(
                _owner_field(reading.owners, case.owner),
                field(
                    _("Due"),
                    "due",
                    kind="date",
                    value=day_of(case.due_us, view.timezone).isoformat(),
                    error=wrong,
                    required=True,
                ),
                button(_("Save")),
            ),
        ],
    ]


def _owner_field(owners: tuple[str, ...], owner: str) -> Element:
    choices = [Choice(value="", label=_("Nobody yet")), *(Choice(value=name, label=name) for name in owners)]
    return select(_("Owner"), "owner", choices=choices, value=owner)


def _history(view: View, case: Case, *, now_us: int) -> Element:
    return section(
        _("How it went"),
        identity="history",
        body=h.ol(".rows.case-notes")[
            (
                h.li[
                    h.p(".note")[
                        h.b[h.bdi[note.author]],
                        " · ",
                        h.time(datetime=iso(note.at_us, view.timezone))[
                            moment(note.at_us, view.timezone, now_us=now_us)
                        ],
                    ],
                    h.p(".written", dir="auto")[say_note(note.text)],
                ]
                for note in reversed(case.notes)
            )
        ],
    )


def _before(view: View, customer: Profile | None, given: LifeGiven | None) -> Node:
    if given is None or customer is None or not given.felt:
        return None
    return section(
        _("Their life with us"),
        beside=h.a(href=view.url(f"/customers/{customer.ref}"))[_("All of it")],
        body=h.div(".life-beside")[draw_life(given)],
    )


def _around(view: View, around: Sequence[Moment], cause: Entry | None, *, now_us: int) -> Node:
    if not around:
        return None
    return section(
        _("What happened around it") if cause else _("What happened last"),
        body=timeline(
            *(
                timeline_row(
                    tell_when(view, item.entry, now_us=now_us),
                    h.b[tell_what(item)] if cause and item.entry.seq == cause.seq else tell_what(item),
                    channel=item.entry.channel or _("unknown"),
                    note=tell_about(item.entry, view.timezone),
                )
                for item in around
            )
        ),
    )


def _facts(view: View, reading: CaseReading, *, now_us: int) -> Element:
    case = reading.case
    pairs: list[tuple[Node, Node]] = [
        (
            h.a(href=view.url(f"/journeys/{item.journey.journey_id}"))[h.bdi[say_journey(item.journey.name)]],
            h.bdi[say_stage(item.stage)],
        )
        for item in reading.stations[:3]
    ]
    pairs += [
        (_("Owner"), h.bdi[case.owner] if case.owner else _("nobody yet")),
        (_("Due"), f"{day(case.due_us, view.timezone, now_us=now_us)}, {clock(case.due_us, view.timezone)}"),
        (
            _("Opened"),
            fill(
                _("{when} by {name}"),
                when=moment(case.opened_us, view.timezone, now_us=now_us),
                name=h.bdi[case.opened_by],
            ),
        ),
    ]
    if reading.others:
        links = [
            h.li[h.a(href=view.url(f"/cases/{other.case_id}"))[h.bdi[other.title]]] for other in reading.others[:5]
        ]
        pairs.append((_("Their other cases"), h.ul(".plain-list")[links]))
    return section(_("Facts"), body=key_values(pairs))


def new_case_page(
    view: View, proposal: Proposal, *, now_us: int, given_due: str = "", problem: Problem = ("", "")
) -> Renderable:
    """The form that opens a case, filled in as far as it can be."""
    return shell(
        view,
        title=_("Open a case"),
        controls=False,
        crumbs=((view.url("/cases"), _("Cases")), ("", pgettext("a case", "new"))),
        body=[
            lede(
                _("Open a case"),
                under=fill(
                    _("About {customer}"),
                    customer=h.a(href=view.url(f"/customers/{proposal.customer.ref}"), dir="auto")[
                        proposal.customer.title
                    ],
                ),
            ),
            h.div(".columns.wide-left")[
                h.div[
                    _voice(view, proposal.cause),
                    _already(view, proposal),
                    _new_form(view, proposal, given_due=given_due, problem=problem),
                ],
                h.div[
                    _before(view, proposal.customer, proposal.given),
                    _around(view, proposal.around, proposal.cause, now_us=now_us),
                ],
            ],
        ],
    )


def _new_form(view: View, proposal: Proposal, *, given_due: str, problem: Problem) -> Element:
    def error(name: str) -> str:
        return problem[1] if problem[0] == name else ""

    return h.form(".case-new", method="post", action="/cases")[
        csrf_field(view),
        h.input(type="hidden", name="seq", value=str(proposal.cause.seq) if proposal.cause else ""),
        h.input(type="hidden", name="handle", value=proposal.customer.ref),
        field(
            _("What is to be done"),
            "title",
            value=proposal.title,
            error=error("title"),
            maxlength=str(LONGEST_TITLE),
            required=True,
            dir="auto",
        ),
        form_row(
            _owner_field(proposal.owners, proposal.owner),
            field(
                _("Due, at the end of that business day"),
                "due",
                kind="date",
                value=given_due or day_of(proposal.due_us, view.timezone).isoformat(),
                error=error("due"),
                required=True,
            ),
        ),
        field(_("Note"), "note", value=proposal.note, lines=3, maxlength=str(LONGEST_NOTE), dir="auto"),
        acts(
            button(_("Open the case"), weight="main"),
            link_button(_("Cancel"), view.url(f"/customers/{proposal.customer.ref}"), weight="plain"),
        ),
    ]


def _already(view: View, proposal: Proposal) -> Node:
    if not proposal.already:
        return None
    seq = proposal.cause.seq if proposal.cause else 0
    same = [case for case in proposal.already if case.seq == seq]
    shown = (same or list(proposal.already))[0]
    words = (
        _("This is being answered already: {case}.")
        if same and seq
        else _("Something is open for them already: {case}.")
    )
    link = h.a(href=view.url(f"/cases/{shown.case_id}"))[h.bdi[shown.title]]
    return h.p(".state.partial", role="note")[fill(words, case=link)]
