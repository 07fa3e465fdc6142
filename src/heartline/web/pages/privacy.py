"""Privacy: one customer's consent, archive and erasure; certificates, retention, suppression."""

from __future__ import annotations

from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark, ngettext
from heartline.records import EVERYTHING, ConsentState, ConsentWord, Erasure, ErasureStep, Right
from heartline.web.pages.settings import settings_tabs
from heartline.web.parts import (
    Choice,
    Column,
    View,
    acts,
    button,
    checkbox,
    columns,
    csrf_field,
    empty,
    field,
    form_row,
    key_values,
    lede,
    link_button,
    post_button,
    section,
    select,
    table,
    tag,
    timeline,
    timeline_row,
)
from heartline.web.parts.words import moment, number, plural
from heartline.web.privacy_desk import CustomerPrivacy, Privacy
from heartline.web.privacy_retention import CLASSES, Due

_STATES: Final = {
    ConsentState.GIVEN: mark("agreed"),
    ConsentState.PENDING: mark("asked, not confirmed"),
    ConsentState.WITHDRAWN: mark("withdrawn"),
}
_STEPS: Final = {
    ErasureStep.ASKED: mark("waiting"),
    ErasureStep.PLANNED: mark("found"),
    ErasureStep.ACTED: mark("gone from customers and history"),
    ErasureStep.JOURNAL: mark("gone from the journal"),
    ErasureStep.KEPT: mark("gone from cases and notes"),
    ErasureStep.FILES: mark("gone from files"),
    ErasureStep.CERTIFIED: mark("certified, clearing what is left on the disk"),
    ErasureStep.DONE: mark("done"),
}
_COUNTS: Final = {
    "journal": mark("Events blanked in the journal"),
    "history": mark("Interactions removed from History"),
    "identifiers": mark("Identifiers forgotten"),
    "cases": mark("Cases emptied"),
    "files": mark("Files removed"),
}


def draw_customer_privacy(view: View, found: CustomerPrivacy, *, problem: tuple[str, str] = ("", "")) -> Element:
    """One customer's page. ``problem`` is (form, sentence) of a form that was refused."""
    ref = found.profile.ref
    return h.div[
        lede(h.bdi[found.profile.title], under=_("What they agreed to, and what they may ask of us.")),
        columns(
            [
                section(_("What they agreed to"), body=_in_force(view, found), identity="consent"),
                section(_("Write down what they said"), body=_consent_form(view, ref, problem), identity="say"),
                bool(found.words) and section(_("All they ever said"), body=_words(view, found), identity="words"),
            ],
            [
                section(_("Everything about them"), body=_archive(ref), identity="archive"),
                view.may(Right.ERASE) and section(_("Erase them"), body=_erase(view, ref, problem), identity="erase"),
            ],
        ),
    ]


def _in_force(view: View, found: CustomerPrivacy) -> Element:
    if not found.in_force:
        return empty(_("Nothing yet, and silence is a no: nothing is sent to them on the strength of consent."))
    return table(
        (
            Column(words=_("Purpose"), names=True),
            Column(words=_("Channel")),
            Column(words=_("Word")),
            Column(words=_("Since")),
        ),
        (
            (_every(word.purpose), _every(word.channel), _state(word), moment(word.at_us, view.timezone))
            for word in found.in_force
        ),
        caption=_("What they agreed to"),
    )


def _every(name: str) -> str:
    return _("everything") if name == EVERYTHING else name


def _state(word: ConsentWord) -> Element:
    return tag(_(_STATES[word.state]), tone="better" if word.state is ConsentState.GIVEN else "soft")


def _consent_form(view: View, ref: str, problem: tuple[str, str]) -> Element:
    states = [Choice(value=state.value, label=_(words).capitalize()) for state, words in _STATES.items()]
    return h.form(".stack", method="post", action=f"/customers/{ref}/consent")[
        csrf_field(view),
        form_row(
            field(
                _("Purpose"), "purpose", hint=_("Such as news, research, profiling. * is all of them."), maxlength="100"
            ),
            field(_("Channel"), "channel", hint=_("Such as email, sms, phone. * is all of them."), maxlength="100"),
            select(_("They"), "state", choices=states, value=ConsentState.WITHDRAWN.value),
        ),
        field(_("The exact words they were shown"), "wording", lines=3, maxlength="10000"),
        form_row(
            field(_("Version of these words"), "version", maxlength="100"),
            field(_("How they said it"), "how", hint=_("Such as by phone, on paper."), maxlength="100"),
        ),
        problem[0] == "consent" and h.p(".field-error", role="alert")[problem[1]],
        button(_("Write down")),
    ]


def _words(view: View, found: CustomerPrivacy) -> Element:
    return timeline(
        *(
            timeline_row(
                moment(word.at_us, view.timezone),
                _("{purpose} by {channel}: {state}").format(
                    purpose=_every(word.purpose), channel=_every(word.channel), state=_(_STATES[word.state])
                ),
                said=word.wording and h.blockquote[h.p[word.wording]],
                note=", ".join(
                    part
                    for part in (
                        word.version and _("version {version}").format(version=word.version),
                        word.how,
                        _("written down by {who}").format(who=word.by) if word.by else "",
                    )
                    if part
                ),
            )
            for word in found.words
        )
    )


def _archive(ref: str) -> Element:
    return h.div(".stack")[
        h.p[_("All that is known of them, as JSON and as CSV, and who in the company looked at it.")],
        acts(link_button(_("Download"), f"/customers/{ref}/archive.zip", drawing="download", download=True)),
        h.p(".note")[_("The audit notes that it was taken. Check who asked before you hand it over.")],
    ]


def _erase(view: View, ref: str, problem: tuple[str, str]) -> Element:
    return h.form(".stack", method="post", action=f"/customers/{ref}/erase")[
        csrf_field(view),
        h.p[
            _(
                "They go from customers, history, journal, cases, files and what was refused, for ever. "
                "What other customers did stays as it is."
            )
        ],
        field(
            _("Why"),
            "reason",
            hint=_("Who asked, and when. Name nobody: this stays on the certificate."),
            maxlength="500",
        ),
        checkbox(
            _("Keep them out"), "suppress", checked=True, hint=_("By keyed hashes: whatever names them is refused.")
        ),
        checkbox(_("I know that this cannot be taken back"), "sure"),
        problem[0] == "erase" and h.p(".field-error", role="alert")[problem[1]],
        button(_("Erase"), weight="danger"),
    ]


def draw_privacy(view: View, found: Privacy, *, problem: str = "") -> Element:
    """The page of the whole installation."""
    return h.div[
        lede(_("Privacy"), under=_("What is kept how long, and who was erased.")),
        settings_tabs(view, "/settings/privacy"),
        section(_("How long data is kept"), body=_schedule(view, found, problem), identity="retention"),
        section(_("What would go today"), body=_due(view, found), identity="due"),
        section(
            _("Erasures"),
            body=_erasures(view, found),
            beside=bool(found.suppressions)
            and ngettext("{n} identifier kept out", "{n} identifiers kept out", len(found.suppressions)).format(
                n=number(len(found.suppressions))
            ),
            identity="erasures",
        ),
    ]


def _schedule(view: View, found: Privacy, problem: str) -> Element:
    return h.form(".stack", method="post", action="/settings/retention")[
        csrf_field(view),
        form_row(
            *(
                field(_(words), name, value=str(found.schedule.get(name) or ""), hint=_("days"), inputmode="numeric")
                for name, words in CLASSES.items()
            )
        ),
        problem and h.p(".field-error", role="alert")[problem],
        h.p(".note")[_("Empty keeps it for ever. A running server removes once a day what is older.")],
        button(_("Save"), weight="main"),
    ]


def _due(view: View, found: Privacy) -> Node:
    if not found.due:
        return empty(_("Nothing. Everything is kept for ever until you say how long it stays."))
    return [
        table(
            (
                Column(words=_("What"), names=True),
                Column(words=_("Older than")),
                Column(words=_("Would go"), figures=True),
            ),
            ((_(CLASSES[due.data_class]), _since(view, due), number(due.count)) for due in found.due),
            caption=_("What would go today"),
        ),
        any(due.count for due in found.due)
        and acts(post_button(view, _("Remove it now"), "/settings/retention/run", weight="danger")),
    ]


def _since(view: View, due: Due) -> str:
    days = plural(due.days, "day", "days")
    return _("{days}: before {time}").format(days=days, time=moment(due.before_us, view.timezone))


def _erasures(view: View, found: Privacy) -> Element:
    if not found.erasures:
        return empty(_("Nobody was erased. To erase somebody, open them among the customers, then Privacy."))
    return table(
        (
            Column(words=_("Certificate"), names=True),
            Column(words=_("Asked")),
            Column(words=_("By")),
            Column(words=_("Step")),
            Column(words=_("Events"), figures=True),
        ),
        (
            (
                h.a(href=f"/settings/privacy/{one.certificate}")[one.certificate],
                moment(one.asked_us, view.timezone),
                one.by,
                _(_STEPS[one.step]),
                number(one.counts.get("journal", 0)),
            )
            for one in found.erasures
        ),
        caption=_("Erasures"),
    )


def draw_certificate(view: View, one: Erasure) -> Element:
    """A certificate: what, when, by whom, how much in each store; it names nobody."""
    done = one.step is ErasureStep.DONE
    told = [(_(_COUNTS[name]) if name in _COUNTS else name.capitalize(), number(n)) for name, n in one.counts.items()]
    return h.article(".certificate", data_step=one.step.value)[
        lede(
            _("Certificate of erasure") if done else _("Erasure under way"),
            under=f"{one.certificate} · {view.workspace_name}",
            do=[
                not done and link_button(_("Look again"), f"/settings/privacy/{one.certificate}"),
            ],
        ),
        key_values(
            (
                (_("Asked"), moment(one.asked_us, view.timezone)),
                (_("By"), one.by),
                (_("Why"), one.reason),
                (_("Step"), _(_STEPS[one.step])),
                (_("Done"), moment(one.done_us, view.timezone) if one.done_us else _("not yet")),
                (_("Customer, as a keyed hash"), h.code[one.ref]),
                (_("Kept out from now on"), _("yes") if one.suppressed else _("no")),
                (_("Identifiers that stay with other customers"), number(len(one.shared))),
                *told,
            )
        ),
        section(
            _("What this proves"),
            body=h.p[
                _(
                    "Nothing on this page is personal data: hashes are keyed with a secret of this installation. "
                    "Backups made before hold the customer until they expire; restoring one repeats this erasure."
                )
            ],
        ),
        done and one.suppressed and section(_("Let them come back"), body=_lift(view, one), identity="lift"),
    ]


def _lift(view: View, one: Erasure) -> Element:
    return h.form(".stack.no-print", method="post", action=f"/settings/privacy/{one.certificate}/lift")[
        csrf_field(view),
        field(_("Why"), "reason", hint=_("Such as: they became a customer again."), maxlength="300"),
        button(_("Lift the suppression")),
    ]
