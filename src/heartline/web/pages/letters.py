"""Letters out: the outbox, one letter as it is sent, and the pages of who wants no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark, pgettext
from heartline.records import LetterKind, LetterState, Posted, Workspace
from heartline.web.letters import Opened, Outbox, may_go_again
from heartline.web.pages.returned import draw_asking, draw_returned
from heartline.web.pages.settings import settings_tabs
from heartline.web.parts import (
    Choice,
    Column,
    Tone,
    View,
    acts,
    button,
    csrf_field,
    empty,
    error,
    form_row,
    key_values,
    lede,
    link_button,
    partial,
    post_button,
    section,
    select,
    stale,
    table,
    tag,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import clock, moment, number

PATH: Final = "/settings/outbox"
KINDS: Final = {
    LetterKind.SURVEY: mark("Survey"),
    LetterKind.REPLY: mark("Reply"),
    LetterKind.ALERT: mark("Alert"),
    LetterKind.DIGEST: mark("Digest"),
    LetterKind.TEST: mark("Test"),
    LetterKind.CONFIRM: mark("Confirmation"),
}
_LISTS: Final = {
    LetterKind.SURVEY: mark("You will not be asked for your opinion by e-mail any more."),
    LetterKind.ALERT: mark("You will get no more alerts by e-mail."),
    LetterKind.DIGEST: mark("You will get no more digests by e-mail."),
}
_ASKED: Final = {
    LetterKind.SURVEY: mark("Shall we stop asking for your opinion by e-mail?"),
    LetterKind.ALERT: mark("Shall we stop sending you alerts by e-mail?"),
    LetterKind.DIGEST: mark("Shall we stop sending you digests by e-mail?"),
}
_STATES: Final[dict[LetterState, tuple[str, Tone]]] = {
    LetterState.WAITING: (mark("Waiting"), ""),
    LetterState.SENT: (mark("Sent"), "better"),
    LetterState.CAUGHT: (mark("Not sent: no relay"), "soft"),
    LetterState.HELD_BACK: (mark("Held back"), "soft"),
    LetterState.REFUSED: (mark("Refused"), "late"),
    LetterState.GIVEN_UP: (mark("Given up"), "late"),
}
_HELD: Final = {
    "made_up": mark("the sample's people are made up"),
    "erased": mark("whoever this is was erased"),
    "bounces": mark("nobody is at this address"),
    "unsubscribed": mark("they unsubscribed"),
    "unconfirmed": mark("nobody said yet that the address is theirs"),
    "withdrawn": mark("they withdrew their consent"),
}


def draw_outbox(view: View, found: Outbox, workspace: Workspace, *, problem: str = "") -> Element:
    """All letters, how mail is sent, and when. ``problem`` is what was wrong with the hours."""
    return h.div[
        lede(_("Outbox"), under=_("What is written to people by e-mail, and how it went.")),
        settings_tabs(view, PATH),
        h.div(".stack")[_relay(found), _counts(found)],
        section(_("Letters"), body=[_list(view, found.letters, found.now_us), _more(found)], identity="letters"),
        draw_returned(view, found.reach, now_us=found.now_us),
        draw_asking(view, found.reach, workspace),
        section(_("How it is sent"), body=_sending(view, found), identity="sending"),
        section(_("When it is sent"), body=_hours(view, found, workspace, problem), identity="hours"),
    ]


def _relay(found: Outbox) -> Node:
    if not found.relay:
        return partial(_("No relay is set, so letters are kept here to be read and go nowhere."))
    if found.away:
        return error(found.away, kept=_("Letters wait; it is tried again by itself."))
    return None


def _counts(found: Outbox) -> Node:
    pairs = [(_(_STATES[state][0]), number(found.states[state])) for state in LetterState if found.states.get(state)]
    return key_values(pairs) if pairs else None


def _list(view: View, letters: Sequence[Posted], now_us: int) -> Element:
    if not letters:
        return empty(_("Nothing was written yet."))
    columns = (
        Column(words=_("Subject"), names=True),
        Column(words=pgettext("letter", "To")),
        Column(words=_("Kind")),
        Column(words=_("When")),
        Column(words=_("How it stands")),
    )
    rows: list[tuple[Node, ...]] = [
        (
            h.a(href=view.url(f"{PATH}/{one.letter_id}"))[h.bdi[one.letter.subject or "…"]],
            h.bdi(".cut-words")[one.letter.to],
            _(KINDS[one.letter.kind]),
            moment(one.at_us, view.timezone, now_us=now_us),
            _stands(view, one, now_us),
        )
        for one in letters
    ]
    return table(columns, rows, caption=_("Letters, the latest first"))


def _more(found: Outbox) -> Node:
    shown, total = len(found.letters), sum(found.states.values())
    return (
        shown < total
        and h.p(".note")[_("{shown} of {n} shown, the latest.").format(shown=number(shown), n=number(total))]
    )


def _stands(view: View, one: Posted, now_us: int) -> Element:
    words, tone = _STATES[one.state]
    said = _(_HELD[one.told]) if one.told in _HELD else one.told
    said = " ".join(filter(None, (str(one.status) if one.status and one.state is not LetterState.SENT else "", said)))
    if one.state is LetterState.WAITING and one.attempts:
        later = moment(one.due_us, view.timezone, now_us=now_us)
        said = _("{said}; again {time}").format(said=said, time=later)
    drawing = "check" if one.state is LetterState.SENT else ""
    return h.span[tag(_(words), tone=tone, drawing=drawing), said and f" {said}"]


def _sending(view: View, found: Outbox) -> Element:
    return h.div(".stack")[
        key_values(
            ((_("Relay"), found.relay or _("None")), (_("From"), h.bdi[found.sender] if found.relay else _("Nobody")))
        ),
        h.p(".note")[
            fill(
                _("An operator sets {relay} and {sender} when heartline is started."),
                relay=h.code["HEARTLINE_SMTP_URL"],
                sender=h.code["HEARTLINE_MAIL_FROM"],
            )
        ],
        acts(post_button(view, _("Send me a test"), f"{PATH}/test", drawing="play")),
    ]


def _hours(view: View, found: Outbox, workspace: Workspace, problem: str) -> Element:
    hours = [Choice(value=str(hour), label=f"{hour:02}:00") for hour in range(24)]
    return h.form(".stack", method="post", action=f"{PATH}/hours")[
        csrf_field(view),
        h.p(".note")[
            _("Surveys and digests wait for these hours, in the workspace’s time zone. The same hour twice: always.")
        ],
        bool(found.opens_us) and stale(_("They go next at {time}.").format(time=clock(found.opens_us, view.timezone))),
        form_row(
            select(_("From"), "letters_from", choices=hours, value=str(workspace.letters_from), error=problem),
            select(_("Until"), "letters_to", choices=hours, value=str(workspace.letters_to)),
            button(_("Save")),
        ),
    ]


def draw_letter(view: View, opened: Opened) -> Element:
    """One letter, in the words it is sent in."""
    one, here = opened.posted, f"{PATH}/{opened.posted.letter_id}"
    return h.div[
        lede(h.bdi[one.letter.subject or "…"], under=fill(_("To {address}"), address=h.bdi[one.letter.to])),
        h.div(".stack")[
            key_values(
                (
                    (_("How it stands"), _stands(view, one, opened.now_us)),
                    (_("Kind"), _(KINDS[one.letter.kind])),
                    (_("Written"), moment(one.at_us, view.timezone, now_us=opened.now_us)),
                    (_("Attempts"), number(one.attempts)),
                    (_("Message"), h.code(".cut-words")[one.message_id]),
                )
            ),
            h.pre(".letter", tabindex="0", aria_label=_("The letter"))[_linked(opened.text, opened.base)],
            acts(
                may_go_again(one) and post_button(view, _("Send again"), f"{here}/again"),
                link_button(_("Outbox"), view.url(PATH), weight="plain"),
            ),
        ],
    ]


def _linked(text: str, base: str) -> list[Node]:
    """A letter's text with the addresses of ours in it as links: what it leads to can be tried."""
    parts: list[Node] = []
    for number_of_word, word in enumerate(text.split(" ")):
        lines = word.split("\n")
        for place, piece in enumerate(lines):
            gap = "" if number_of_word == 0 and place == 0 else " " if place == 0 else "\n"
            ours = piece.startswith(f"{base}/")
            parts.extend((gap, h.a(href=piece.removeprefix(base))[piece] if ours else piece))
    return parts


def draw_way_out(view: View, kind: LetterKind, token: str) -> Element:
    """Ask whether letters of a kind shall stop."""
    return h.div(".stack")[
        h.h1[_(_ASKED.get(kind, _ASKED[LetterKind.SURVEY]))],
        h.p[_("Answers to what you write to us still reach you.")],
        h.form(method="post", action=view.url(f"/u/{token}"))[button(_("Stop these letters"), weight="main")],
    ]


def draw_unsubscribed(kind: LetterKind) -> Element:
    """Say that they have stopped."""
    return h.div(".stack")[
        h.h1[_("Done")],
        h.p(role="status")[_(_LISTS.get(kind, _LISTS[LetterKind.SURVEY]))],
        h.p(".note")[_("This holds from now on. Letters that were on their way already may still arrive.")],
    ]
