"""Inviting people to a survey by e-mail: who is chosen, who is left out and why, and one letter with a link of its own.

Nobody is asked anything twice in thirty days, over all surveys, and nobody who does not want it. Who is left out is
counted by reason, in the preview and for good.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.act import choose_tongue, estimate_s, list_tongues, speak_survey
from heartline.app import Heartline
from heartline.errors import Conflict, Invalid
from heartline.language import LANGUAGES, _, speaking
from heartline.records import (
    LINK_MARK,
    Invitation,
    Letter,
    LetterKind,
    Profile,
    Survey,
    is_address,
)
from heartline.unify import objects
from heartline.web.bounce_rounds import why_unreachable
from heartline.web.confirming import ask_first, is_claimed_only
from heartline.web.privacy_desk import words_of_customer
from heartline.web.visit import Visit

REST_DAYS: Final = 30
"""How long somebody is left in peace after they were asked, whatever the survey."""
MOST_AT_ONCE: Final = 5_000
_DAY_US: Final = 86_400_000_000
_LONGEST_TEXT: Final = 5_000
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may be asked. ``person`` is their ref (empty: nobody we know); the rest is the touch it is about."""

    address: str
    person: str = ""
    customer_id: int = 0
    cause_seq: int = 0
    touchpoint: str = ""
    place: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Whom to ask, as the form says it, and what to write. ``share`` is in percent; ``hours`` later is when a standing
    order asks. ``since_us`` and ``until_us`` stand in for the days where they are given.
    """

    who: str = "addresses"
    addresses: str = ""
    touchpoint: str = ""
    days: int = 7
    share: int = 100
    hours: int = 24
    since_us: int = 0
    until_us: int = 0
    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who would be asked, who not and why. ``looked`` is how many were looked at; ``unconfirmed`` are those who are
    asked first whether their address is theirs.
    """

    chosen: tuple[tuple[Candidate, str], ...]
    reasons: Mapping[str, int]
    unconfirmed: tuple[Candidate, ...] = ()

    @property
    def looked(self) -> int:
        """How many were looked at."""
        return len(self.chosen) + sum(self.reasons.values())

    @property
    def shown(self) -> tuple[str, ...]:
        """The first addresses, for a look."""
        return tuple(one.address for one, _handle in self.chosen[:_SHOWN])


def first_order(visit: Visit, survey: Survey) -> Order:
    """Return what the form begins with, in the survey's language."""
    subject, text = write_invitation(visit.heartline, survey, survey.text.language)
    return Order(subject=subject, text=text)


def write_invitation(heartline: Heartline, survey: Survey, tag: str) -> tuple[str, str]:
    """Return the subject and text of heartline's own letter, in a language that the survey has."""
    text, company = survey.text, heartline.workspace.name
    with speaking(tag):
        minutes = max(1, round(estimate_s(text.questions) / 60))
        title = speak_survey(text, tag).say(text.title)
        subject = _("{company} would like to know: {title}").format(company=company, title=title)
        body = _(
            "Hello,\n\nyou have met {company} lately, and we would like to know how that was. "
            "It takes about {minutes} min.\n\n{link}\n\nThank you\n{company}"
        ).format(company=company, minutes=minutes, link=LINK_MARK)
    return " ".join(subject.split())[:200], "\n".join(body.splitlines())


def keep_order(visit: Visit) -> Order:
    """Return the form as it was sent, whatever it holds, to be shown again."""

    def whole(name: str, default: int, top: int) -> int:
        told = visit.field(name)
        return min(int(told), top) if told.isascii() and told.isdecimal() and len(told) < 5 else default

    return Order(
        who="touch" if visit.field("who") == "touch" else "addresses",
        addresses=visit.form.get("addresses", [""])[0],
        touchpoint=visit.field("touchpoint"),
        days=whole("days", 7, 365),
        share=whole("share", 100, 100),
        hours=whole("hours", 24, 720),
        subject=" ".join(visit.field("subject").split())[:200],
        text="\n".join(visit.form.get("text", [""])[0][:_LONGEST_TEXT].splitlines()),
    )


def read_order(visit: Visit) -> Order:
    """Read the form.

    Raises:
        Invalid: the letter has no subject or no place for its link, or a number is none.
    """
    order = keep_order(visit)
    told = (visit.field("days") or "7", order.days), (visit.field("share") or "100", order.share)
    if not all(text == str(number) and number > 0 for text, number in told):
        raise Invalid("bad_number", _("Days are 1 to 365, a share is 1 to 100 percent."), "")
    if not order.subject:
        raise Invalid("no_subject", _("A letter needs a subject."), "")
    if LINK_MARK not in order.text:
        hint = _("Write {link} where it belongs.").format(link=LINK_MARK)
        raise Invalid("no_link", _("The letter has no place for its link."), hint)
    return order


def plan_invitations(heartline: Heartline, survey: Survey, order: Order, *, now_us: int) -> Plan:
    """Say who would be asked. Nothing is sent.

    Raises:
        Invalid: more than may be asked at once, or no touchpoint is called so.
    """
    asked = heartline.stores.kept.asked_since(now_us - REST_DAYS * _DAY_US)
    found = _by_touch(heartline, order, now_us) if order.who == "touch" else _by_addresses(heartline, order)
    chosen: list[tuple[Candidate, str]] = []
    unconfirmed: list[Candidate] = []
    reasons: Counter[str] = Counter()
    seen: set[str] = set()
    for one in found:
        handle = heartline.stores.kept.handle_of_address(one.address) if one.address else ""
        why = _judge(heartline, one, handle, asked, seen) or _leave_to_chance(survey, handle, order.share)
        seen |= {handle, one.person} - {""}
        if why:
            reasons[why] += 1
            unconfirmed += [one] if why == "unconfirmed" else []
        else:
            chosen.append((one, handle))
        if len(chosen) > MOST_AT_ONCE:
            raise Invalid(
                "too_many_at_once",
                _("More than {most} people would be asked at once.").format(most=MOST_AT_ONCE),
                _("Choose a smaller share or fewer days."),
            )
    return Plan(chosen=tuple(chosen), reasons=dict(reasons), unconfirmed=tuple(unconfirmed))


def _judge(heartline: Heartline, one: Candidate, handle: str, asked: set[str], seen: set[str]) -> str:  # noqa: PLR0911  # a line a reason
    if not one.address:
        return "no_address"
    if not is_address(one.address):
        return "bad_address"
    if handle in seen or (one.person and one.person in seen):
        return "twice"
    if heartline.stores.derived.is_suppressed(handle):
        return "erased"
    if heartline.stores.kept.is_unsubscribed(handle, LetterKind.SURVEY):
        return "unsubscribed"
    unreachable = why_unreachable(heartline, handle, LetterKind.SURVEY)
    if unreachable:
        return unreachable
    # An address that somebody here typed is theirs to answer for; one on file may be a stranger's, named in a form.
    if one.touchpoint and heartline.workspace.confirm_first and is_claimed_only(heartline, handle):
        return "unconfirmed"
    if one.customer_id:
        words = words_of_customer(heartline, one.customer_id)
        if objects(words, purpose=LetterKind.SURVEY.value, channel="email"):
            return "withdrawn"
    return "asked_lately" if handle in asked or one.person in asked else ""


def _leave_to_chance(survey: Survey, handle: str, share: int) -> str:
    """Whether somebody is left out by the share. By a hash, so that the preview and the sending choose the same."""
    drawn = int.from_bytes(hashlib.sha256(f"{survey.survey_id} {handle}".encode()).digest()[:4]) % 100
    return "" if drawn < share else "not_sampled"


def _by_addresses(heartline: Heartline, order: Order) -> Iterator[Candidate]:
    derived = heartline.stores.derived
    for line in order.addresses.splitlines():
        cells = [cell.strip(" \"'\t<>") for cell in line.replace(";", ",").split(",")]
        address = next((cell for cell in cells if "@" in cell), "")
        if not address:
            # A head line, or an empty one: nobody is named.
            continue
        one = Candidate(address=address)
        if is_address(address):
            customer_id = derived.customer_of_handle(heartline.stores.kept.handle_of_address(address))
            profile = derived.profiles([customer_id]).get(customer_id) if customer_id is not None else None
            if profile is not None:
                one = replace(one, person=profile.ref, customer_id=profile.customer_id, language=profile.language)
        yield one


def _by_touch(heartline: Heartline, order: Order, now_us: int) -> Iterator[Candidate]:
    """Yield those who met a touchpoint lately, each with their latest such touch: the letter is about it."""
    log = heartline.log()
    names = log.names.get("touchpoint", ())
    if not order.touchpoint or order.touchpoint not in names:
        raise Invalid(
            "no_touchpoint",
            _("No touchpoint is called so."),
            _("Choose one from the list."),
        )
    since_us = order.since_us or now_us - order.days * _DAY_US
    met = (log.codes["touchpoint"] == names.index(order.touchpoint)) & (log.ts_us >= since_us)
    met &= log.ts_us < (order.until_us or now_us)
    rows = np.flatnonzero(met)
    # Rows are by customer, then time: the last of each customer is their latest.
    last = rows[np.append(np.diff(log.row[rows]) > 0, True)] if len(rows) else rows  # numpy's append
    places = log.names.get("place", ("",))
    for start in range(0, len(last), 1_000):
        part = last[start : start + 1_000]
        ids = [int(log.customers[log.row[at]]) for at in part]
        profiles: Mapping[int, Profile] = heartline.stores.derived.profiles(ids)
        for at, customer_id in zip(part, ids, strict=True):
            profile = profiles.get(customer_id)
            if profile is not None:
                yield Candidate(
                    address=profile.email,
                    person=profile.ref,
                    customer_id=customer_id,
                    cause_seq=int(log.seq[at]),
                    touchpoint=order.touchpoint,
                    place=places[log.codes["place"][at]] if "place" in log.codes else "",
                    language=profile.language,
                )


def send_invitations(heartline: Heartline, survey: Survey, order: Order, *, now_us: int) -> Plan:
    """Ask whom the plan chose: each gets a letter with a link of their own, which is written down nowhere.

    Raises:
        Conflict: the survey takes no answers.
        Invalid: more than may be asked at once.
    """
    if not survey.is_open:
        raise Conflict("survey_closed", _("This survey takes no answers."), _("Publish it first."))
    kept, plan = heartline.stores.kept, plan_invitations(heartline, survey, order, now_us=now_us)
    written = _write_in_all(heartline, survey, order)
    for one, handle in plan.chosen:
        tag = choose_tongue(survey.text, wanted=[one.language], accepted="")
        subject, text = written.get(tag, (order.subject, order.text))
        about = one.cause_seq or f"day {now_us // _DAY_US}"
        letter = Letter(
            to=one.address,
            subject=subject,
            text=text,
            kind=LetterKind.SURVEY,
            key=f"survey {survey.survey_id}:{handle}:{about}",
            path="/s/",
            language=tag if tag in written else survey.text.language,
        )
        invitation = Invitation(
            invitation_id=0,
            survey_id=survey.survey_id,
            handle=handle,
            person=one.person,
            asked_us=now_us,
            cause_seq=one.cause_seq,
            touchpoint=one.touchpoint,
            place=one.place,
        )
        kept.invite(invitation, letter)
    for one in plan.unconfirmed:
        told = {"cause": f"invitation:{survey.survey_id}:{one.person}", "language": survey.text.language}
        ask_first(heartline, one.address, purpose=LetterKind.SURVEY.value, now_us=now_us, **told)
    _count_left_out(heartline, survey, plan.reasons)
    return plan


def _write_in_all(heartline: Heartline, survey: Survey, order: Order) -> dict[str, tuple[str, str]]:
    """The letter in each of the survey's languages that heartline writes; none where somebody wrote it themselves."""
    if (order.subject, order.text) != write_invitation(heartline, survey, survey.text.language):
        return {}
    tongues = [tag for tag in list_tongues(survey.text) if tag in LANGUAGES]
    return {tag: write_invitation(heartline, survey, tag) for tag in tongues}


def _count_left_out(heartline: Heartline, survey: Survey, reasons: Mapping[str, int]) -> None:
    name = f"survey_left_out_{survey.survey_id}"
    had: Counter[str] = Counter(json.loads(heartline.stores.kept.setting(name) or "{}"))
    had.update(reasons)
    heartline.stores.kept.set_setting(name, json.dumps(had))
