"""What the pages of privacy ask for and have done, out of forms and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heartline.app import Heartline
from heartline.errors import Conflict, Invalid, Missing
from heartline.language import _
from heartline.records import Consent, ConsentState, ConsentWord, Erasure, Lift, Profile, Suppression
from heartline.unify import latest_words
from heartline.web.chores import Chore, begin_chore
from heartline.web.privacy import ask_erasure, work_erasures
from heartline.web.privacy_retention import CLASSES, Due, keep_schedule, list_due, read_schedule
from heartline.web.visit import Visit

_LONGEST_WORDING = 10_000
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPrivacy:
    """One customer's page: the words in force, and all that were ever said, the latest first."""

    profile: Profile
    in_force: Sequence[ConsentWord]
    words: Sequence[ConsentWord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """The page of the whole installation."""

    erasures: Sequence[Erasure]
    suppressions: Sequence[Suppression]
    schedule: dict[str, int]
    due: Sequence[Due]


def words_of_customer(heartline: Heartline, customer_id: int) -> list[ConsentWord]:
    """Return all that a customer said about what they agree to, by any of their identifiers, the latest first."""
    derived = heartline.stores.derived
    known = derived.identifiers({o.subject_id for o in derived.owned_by(customer_id)})
    return derived.consents([one.handle for one in known])


def read_customer_privacy(heartline: Heartline, profile: Profile) -> CustomerPrivacy:
    """Read one customer's page."""
    words = words_of_customer(heartline, profile.customer_id)
    in_force = latest_words(words)
    return CustomerPrivacy(profile=profile, in_force=[in_force[pair] for pair in sorted(in_force)], words=words)


def keep_word(visit: Visit, profile: Profile) -> str:
    """Keep the consent form's word; return it in a few words for the audit.

    Raises:
        Invalid: no purpose or no channel is named, or no state that there is.
    """
    purpose, channel = visit.field("purpose").strip().lower(), visit.field("channel").strip().lower()
    if not purpose or not channel:
        raise Invalid(
            "no_purpose", _("A word is on a purpose and a channel."), _("Name both; * stands for all of them.")
        )
    try:
        state = ConsentState(visit.field("state"))
    except ValueError:
        raise Invalid("bad_state", _("It is given, pending or withdrawn."), _("Choose one.")) from None
    act = Consent(
        handle=profile.ref,
        purpose=purpose[:100],
        channel=channel[:100],
        state=state.value,
        wording=visit.field("wording").strip()[:_LONGEST_WORDING],
        version=visit.field("version").strip()[:100],
        how=visit.field("how").strip()[:100],
        by=visit.require_user().email,
        at_us=visit.now_us,
    )
    visit.heartline.act(act)
    return f"{act.purpose} by {act.channel}: {act.state}"


def ask_and_begin(visit: Visit, profile: Profile) -> Erasure:
    """Ask for an erasure and begin it behind the page. Where other upkeep runs, it waits for that.

    Raises:
        Invalid: no reason is given, or the box was not ticked.
    """
    if visit.field("sure") != "1":
        raise Invalid("not_sure", _("An erasure cannot be taken back."), _("Tick the box that says so."))
    heartline = visit.heartline
    by, suppress = visit.require_user().email, visit.field("suppress") == "1"
    (asked,) = ask_erasure(heartline, [profile.ref], by=by, reason=visit.field("reason"), suppress=suppress)
    visit.note("customer.erasure_asked", asked.certificate)

    def work(_chore: Chore) -> None:
        work_erasures(heartline)

    try:
        begin_chore(heartline, "erasing", work)
    except Conflict:
        # One is under way; the housekeeper sees to this one after it.
        return asked
    return asked


def find_erasure(heartline: Heartline, certificate: str) -> Erasure:
    """Return an erasure by its certificate.

    Raises:
        Missing: there is none.
    """
    for one in heartline.stores.kept.erasures():
        if one.certificate == certificate:
            return one
    raise Missing("no_certificate", _("There is no such certificate."), _("See the list under Settings, Privacy."))


def lift_suppression(visit: Visit, erasure: Erasure) -> None:
    """Hear again what an erasure suppressed.

    Raises:
        Invalid: no reason is given.
    """
    reason = visit.field("reason").strip()
    if not reason:
        raise Invalid("no_reason", _("Lifting a suppression needs a reason."), _("Say why they may come back."))
    visit.heartline.act(Lift(handles=erasure.handles, by=visit.require_user().email, at_us=visit.now_us))
    visit.note("suppression_lifted", f"{erasure.certificate}: {reason[:300]}")


def change_schedule(visit: Visit) -> str:
    """Keep the retention form; return it in a few words for the audit.

    Raises:
        Invalid: a number of days that is none.
    """
    schedule: dict[str, int] = {}
    for name in CLASSES:
        told = visit.field(name).strip()
        if told and not (told.isascii() and told.isdecimal() and len(told) < 7):
            raise Invalid(
                "bad_days",
                _("“{told}” is no number of days.").format(told=told[:20]),
                _("Write days, or leave it empty."),
            )
        schedule[name] = int(told or 0)
    keep_schedule(visit.heartline, schedule)
    return ", ".join(f"{name} {days}" for name, days in schedule.items())


def read_privacy(heartline: Heartline, *, now_us: int) -> Privacy:
    """Read the page of the whole installation; what would go today is counted, and nothing goes."""
    return Privacy(
        erasures=heartline.stores.kept.erasures()[:_SHOWN],
        suppressions=heartline.stores.derived.suppressions(limit=_SHOWN),
        schedule=read_schedule(heartline),
        due=list_due(heartline, now_us=now_us),
    )
