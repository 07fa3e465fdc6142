"""The page of the audit: who saw and did what."""

from __future__ import annotations

import re

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.records import AuditLine
from heartline.web.audits import AuditAsked, AuditPage
from heartline.web.pages.settings import settings_tabs
from heartline.web.parts import (
    Choice,
    Column,
    View,
    acts,
    button,
    empty,
    field,
    form_row,
    lede,
    link_button,
    select,
    table,
)
from heartline.web.parts.words import moment

WORDS = {
    "sign_in.done": mark("Signed in"),
    "sign_in.refused": mark("Could not sign in"),
    "refused": mark("Was refused"),
    "customer.seen": mark("Saw a customer"),
    "file.taken": mark("Took a file"),
    "user.invited": mark("Invited somebody"),
    "user.changed": mark("Changed what somebody may"),
    "user.link_given": mark("Gave a link to set a password"),
    "second_factor.on": mark("Switched a second factor on"),
    "second_factor.off": mark("Took their second factor away"),
    "second_factor.taken": mark("Took a second factor away"),
    "second_factor.codes": mark("Made recovery codes"),
    "sessions.ended": mark("Ended sessions"),
    "token.made": mark("Made a token"),
    "token.revoked": mark("Revoked a token"),
    "case.opened": mark("Opened a case"),
    "case.changed": mark("Changed a case"),
    "customer.archived": mark("Took everything about a customer"),
    "customer.consent": mark("Recorded a consent"),
    "customer.erasure_asked": mark("Asked to erase a customer"),
    "definition_changed": mark("Changed a definition"),
    "duplicates.sought": mark("Looked for duplicates"),
    "erased": mark("Erased a customer"),
    "events_mended": mark("Mended refused events"),
    "identity.blocked": mark("Blocked an identifier"),
    "identity.rules": mark("Changed who is who"),
    "identity.settraits": mark("Put a customer’s trait right"),
    "import_begun": mark("Began an import"),
    "import_undone": mark("Took an import back"),
    "journey.accept": mark("Accepted a journey"),
    "journey.add": mark("Added a journey"),
    "journey.change": mark("Changed a journey"),
    "journey.drop": mark("Forgot a journey"),
    "journey.propose": mark("Had a journey proposed"),
    "letter.again": mark("Sent a letter again"),
    "letter.hours": mark("Changed when letters are sent"),
    "letter.test": mark("Sent a test by e-mail"),
    "letter.unsubscribed": mark("Somebody unsubscribed"),
    "password.changed": mark("Changed their password"),
    "places_changed": mark("Changed the places"),
    "purged": mark("Purged what was due"),
    "rebuilt": mark("Rebuilt customers and history"),
    "restored": mark("Restored a backup"),
    "retention_changed": mark("Changed how long data is kept"),
    "rows_mended": mark("Mended refused rows"),
    "sample_filled": mark("Filled in the sample company"),
    "source_added": mark("Added a source"),
    "source_changed": mark("Changed a source"),
    "source_key_replaced": mark("Replaced a source’s key"),
    "source_rules_changed": mark("Changed what a source may send"),
    "suppression_lifted": mark("Lifted a suppression"),
    "survey.begun": mark("Began a survey"),
    "survey.closed": mark("Closed a survey"),
    "survey.dropped": mark("Forgot a draft of a survey"),
    "survey.invited": mark("Invited to a survey"),
    "survey.published": mark("Published a survey"),
    "survey.standing": mark("Had a survey ask by itself"),
    "survey.translated": mark("Translated a survey"),
    "survey.standing_stopped": mark("Stopped a survey asking by itself"),
    "team.added": mark("Added a team"),
    "team.dropped": mark("Dropped a team"),
    "traffic_changed": mark("Changed whose traffic counts"),
    "ways_in.changed": mark("Changed how people sign in"),
    "webhook.added": mark("Added a webhook"),
    "webhook.changed": mark("Changed a webhook"),
    "webhook.dropped": mark("Dropped a webhook"),
    "webhook.off": mark("A webhook was switched off"),
    "webhook.replayed": mark("Sent to a webhook again"),
    "webhook.secret_replaced": mark("Replaced a webhook’s secret"),
    "webhook.switched": mark("Switched a webhook on or off"),
    "workspace_changed": mark("Changed the workspace"),
}
_REF = re.compile(r"[0-9a-f]{32}")


def draw_audit(view: View, found: AuditPage, *, now_us: int) -> Element:
    """A page of lines, with what narrows them."""
    download = _address(view, found.asked, "/settings/audit.csv")
    return h.div[
        lede(
            _("Audit"),
            under=_("Who signed in, saw whom, took what and changed what. Lines are added, never changed."),
            do=link_button(_("CSV"), download, drawing="download", download=True),
        ),
        settings_tabs(view, "/settings/audit"),
        _filter(found),
        h.div(".stack")[
            _lines(view, found, now_us) if found.lines else empty(_("Nothing like this is written down.")),
            acts(
                found.asked.before is not None and link_button(_("Newest"), view.here(before=None)),
                found.older is not None and link_button(_("Earlier"), view.here(before=found.older), rel="next"),
            ),
        ],
    ]


def say_what(what: str) -> str:
    """Return what was done in words; a kind without words of its own reads as it is written."""
    return _(WORDS.get(what, "")) or what.replace(".", " ").replace("_", " ").capitalize()


def _address(view: View, asked: AuditAsked, path: str) -> str:
    return view.url(path, who=asked.who or None, what=asked.what or None, about=asked.about or None)


def _filter(found: AuditPage) -> Element:
    people = [Choice(value="", label=_("Everybody")), *(Choice(value=who, label=who) for who in found.people if who)]
    kinds = [
        Choice(value="", label=_("Everything")),
        *(Choice(value=what, label=say_what(what)) for what in found.kinds),
    ]
    return h.form(".stack.audit-filter", method="get", action="/settings/audit")[
        form_row(
            select(_("Who"), "who", choices=people, value=found.asked.who),
            select(_("What"), "what", choices=kinds, value=found.asked.what),
            field(_("About"), "about", value=found.asked.about, maxlength="200"),
            button(_("Show")),
        )
    ]


def _lines(view: View, found: AuditPage, now_us: int) -> Element:
    columns = [
        Column(words=_("When")),
        Column(words=_("Who"), names=True),
        Column(words=_("What")),
        Column(words=_("Detail")),
    ]
    rows: list[tuple[Node, ...]] = [
        (
            moment(line.at_us, view.timezone, now_us=now_us),
            h.bdi[line.who or _("Nobody")],
            say_what(line.what),
            _detail(view, line),
        )
        for line in found.lines
    ]
    return table(columns, rows, caption=_("The audit, newest first"))


def _detail(view: View, line: AuditLine) -> Node:
    if line.what.startswith("customer.") and _REF.fullmatch(line.detail):
        return h.a(href=view.url(f"/customers/{line.detail}"))[h.code[line.detail[:8]]]
    return h.bdi(".cut-words")[line.detail]
