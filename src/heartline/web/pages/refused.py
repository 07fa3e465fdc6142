"""What was refused: by reason and source, one event to be mended, all of a reason tried again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.collect import read_refused_row
from heartline.language import _, mark, ngettext
from heartline.store import RefusedEvent
from heartline.web.amending import Mended
from heartline.web.chores import Chore
from heartline.web.pages.data import data_tabs
from heartline.web.parts import (
    Choice,
    View,
    acts,
    button,
    csrf_field,
    download_button,
    empty,
    error,
    field,
    form_row,
    lede,
    link_button,
    post_button,
    progress,
    select,
    tag,
)
from heartline.web.parts.words import number
from heartline.web.sources import show_raw

REASONS: Final = {
    "not_an_object": (mark("Not an object"), mark("The event is no JSON object.")),
    "unknown_type": (mark("Unknown type"), mark("It is no track, page, screen, identify, group or alias.")),
    "no_identity": (mark("No identity"), mark("Neither a user id nor an anonymous id.")),
    "junk_identity": (mark("Junk identity"), mark("An id that says nobody, like “null” or “undefined”.")),
    "no_event_name": (mark("No event name"), mark("A track call that does not say what happened.")),
    "bad_time": (mark("Bad time"), mark("Its time cannot be read, or lies too far off.")),
    "too_large": (mark("Too large"), mark("One event is over the limit.")),
    "too_many": (mark("Too many"), mark("More events in one body than a body may hold.")),
    "changed": (mark("Changed"), mark("The same message id came before with other content. The first stays.")),
    "unreadable_row": (mark("Unreadable row"), mark("A row of a file that cannot be read.")),
}
"""Each reason: its name, and what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedList:
    """A page of refused events of a source and a reason (None and "": of all), and how many there are of each, as
    (source, reason, n). ``older`` is the seq before which there are more; ``again`` is the latest trying again.
    """

    events: tuple[RefusedEvent, ...]
    names: Mapping[int, str]
    counts: tuple[tuple[int, str, int], ...]
    source_id: int | None
    reason: str
    older: int | None
    again: Chore | None


def refused_crumbs() -> tuple[tuple[str, str], ...]:
    """What stands above the page of one refused event."""
    return (("/data/refused", _("Refused")),)


def name_reason(reason: str) -> str:
    """Return a reason in words."""
    return _(REASONS[reason][0]) if reason in REASONS else reason.replace("_", " ").capitalize()


def tell_reason(reason: str) -> str:
    """Return what a reason means."""
    return _(REASONS[reason][1]) if reason in REASONS else ""


def draw_refused(view: View, found: RefusedList) -> Element:
    """Events that were not kept, each with its reason and its bytes."""
    asked = bool(found.reason or found.source_id)
    file = view.url("/data/refused.jsonl", source=found.source_id, reason=found.reason or None)
    return h.div[
        lede(
            _("Refused"),
            under=_("Events that could not be used. Nothing is dropped silently: each has its bytes and a reason."),
            do=bool(found.events) and download_button(view, _("These as JSON"), file),
        ),
        data_tabs(view, "/data/refused"),
        h.div(".stack")[
            bool(found.counts) and _choose(view, found),
            bool(found.reason) and bool(found.events) and _again(view, found),
            h.ul(".rows")[(_one(view, event, found.names) for event in found.events)]
            if found.events
            else empty(
                _("Nothing of this kind is refused.") if asked else _("Nothing was refused."),
                do=link_button(_("See the account"), view.url("/data/account")),
            ),
        ],
        found.older is not None and h.p[link_button(_("Earlier"), view.here(before=found.older), rel="next")],
    ]


def _choose(view: View, found: RefusedList) -> Element:
    reasons: Counter[str] = Counter()
    sources: Counter[int] = Counter()
    for source_id, reason, n in found.counts:
        reasons[reason] += n
        sources[source_id] += n
    whys = [Choice(value=why, label=f"{name_reason(why)} ({number(n)})") for why, n in reasons.most_common()]
    named = [(one, found.names.get(one, _("Unknown")), n) for one, n in sources.most_common()]
    whose = [Choice(value=str(one), label=f"{name} ({number(n)})") for one, name, n in named]
    chosen = str(found.source_id or "")
    return h.form(".stack", method="get", action=view.path)[
        form_row(
            select(
                _("Reason"), "reason", choices=[Choice(value="", label=_("Every reason")), *whys], value=found.reason
            ),
            select(_("Source"), "source", choices=[Choice(value="", label=_("Every source")), *whose], value=chosen),
            button(_("Show")),
        )
    ]


def _again(view: View, found: RefusedList) -> Element:
    return h.div(".stack")[
        h.p(".note")[tell_reason(found.reason)],
        acts(
            post_button(
                view,
                _("Try all of this reason again"),
                "/data/refused/again",
                reason=found.reason,
                source=str(found.source_id or ""),
            )
        ),
    ]


def _one(view: View, event: RefusedEvent, names: Mapping[int, str]) -> Element:
    return h.li(".refused")[
        h.p[tag(name_reason(event.reason), tone="late"), " ", tell_reason(event.reason)],
        h.p(".note")[names.get(event.source_id, _("An unknown source")), event.detail and f" · {_(event.detail)}"],
        h.details[
            h.summary[ngettext("Its {n} byte", "Its {n} bytes", len(event.raw)).format(n=number(len(event.raw)))],
            h.pre(".raw", tabindex="0", aria_label=_("The event as it came"))[h.code[show_raw(event)]],
        ],
        acts(link_button(_("Mend it"), view.url(f"/data/refused/{event.seq}"), weight="plain")),
    ]


def draw_one(view: View, event: RefusedEvent, *, given: str = "", trouble: str = "") -> Element:
    """One refused event as something to be corrected: the cells of a row, or the event itself."""
    row = read_refused_row(event.raw)
    what = _("The event") if row is None else _("The cells of row {n}").format(n=number(row.number))
    hint = (
        _("JSON. What is right is stored in the place of the refused one.")
        if row is None
        else _("Column names and cells, all as text. The row goes through the mapping of its import again.")
    )
    return h.div[
        lede(name_reason(event.reason), under=tell_reason(event.reason)),
        h.div(".stack")[
            bool(event.detail) and h.p[h.b[_("Why:"), " "], _(event.detail)],
            bool(trouble) and error(_("It is still refused."), kept=trouble),
            h.form(".stack", method="post", action=f"/data/refused/{event.seq}")[
                csrf_field(view),
                field(what, "event", value=given or _editable(event), lines=18, hint=hint, spellcheck="false"),
                acts(
                    button(_("Send it again"), weight="main"),
                    link_button(_("Leave it refused"), view.url("/data/refused")),
                ),
            ],
        ],
    ]


def _editable(event: RefusedEvent) -> str:
    row = read_refused_row(event.raw)
    if row is not None:
        return json.dumps(dict(row.cells), ensure_ascii=False, indent=2)
    try:
        return json.dumps(json.loads(event.raw), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return event.raw.decode("utf-8", "replace")


def draw_outcome(outcome: Mended) -> Node:
    """What came of mending."""
    left = sum(outcome.still.values())
    return [
        h.p[
            h.b[
                ngettext(
                    "{n} event mended, {left} still refused.", "{n} events mended, {left} still refused.", outcome.gone
                ).format(n=number(outcome.gone), left=number(left))
            ],
            bool(outcome.unknown)
            and " "
            + ngettext(
                "{n} row named no event that is refused here.",
                "{n} rows named no event that is refused here.",
                outcome.unknown,
            ).format(n=number(outcome.unknown)),
        ],
        bool(outcome.examples) and h.ul(".notes")[(h.li[_example(row, why)] for row, why in outcome.examples[:5])],
    ]


def _example(row: int, why: str) -> str:
    return _("Row {n}: {why}").format(n=number(row), why=why) if row else why


def draw_again(view: View, chore: Chore) -> Element:
    """How far trying again is, or what came of it; asks again by itself."""
    back = acts(link_button(_("What is refused now"), view.url("/data/refused")))
    if chore.error:
        return h.div("#chore.stack")[error(_("It stopped."), kept=chore.error), back]
    if isinstance(chore.outcome, Mended):
        return h.div("#chore.stack", role="status")[draw_outcome(chore.outcome), back]
    return h.div("#chore", hx_get="/data/refused/again", hx_trigger="every 1s", hx_swap="outerHTML")[
        progress(_("Trying them again"), done=round(chore.share * 100), total=100),
        h.noscript[h.p[h.a(href="/data/refused/again")[_("How far is it?")]]],
    ]


def draw_again_page(body: Sequence[Node] | Element) -> Element:
    """The page of trying again."""
    return h.div[lede(_("Tried again"), under=_("Each is judged once more, as the rules and settings are now.")), body]
