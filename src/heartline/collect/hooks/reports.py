"""Reports that mail servers write themselves: of letters that could not be delivered (RFC 3464), and of complaints (RFC
5965), posted as ``message/rfc822`` and signed as Standard Webhooks are.

For who has a mailbox or a server of their own that the returns go to: a few lines there post them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.utils import parseaddr
from functools import partial
from typing import Any, Final

from heartline.collect.bodies import Rejection
from heartline.collect.hooks.mail import shape_notice, write_notice
from heartline.collect.hooks.shape import NOT_READ, HookCall, Verified
from heartline.collect.hooks.standard import Proof, prove
from heartline.collect.telling import Shaped, Telling
from heartline.records import BounceKind, SourceRules, find_status, weigh_failure

_MOST_RECIPIENTS: Final = 100
_MOST_PARTS: Final = 50


class ReportHook:
    """See ``Hook``."""

    def verify(self, call: HookCall, rules: SourceRules) -> Rejection | Verified:
        """See ``Hook``."""
        proof = prove(call, rules)
        if isinstance(proof, Rejection):
            return proof
        try:
            return Verified(messages=list(_read_report(message_from_bytes(call.body), proof)))
        except (MessageError, ValueError, LookupError, RecursionError):
            return NOT_READ

    def translate(self, given: Mapping[str, Any], _telling: Telling) -> Shaped:
        """See ``Hook``."""
        return shape_notice(given)


def _read_report(message: Message, proof: Proof) -> Iterator[object]:
    place = 0
    for kind, group in _list_groups(message):
        email = _read_recipient(group)
        if not email or place >= _MOST_RECIPIENTS:
            continue
        notice = partial(write_notice, "report", email=email, identity=f"{proof.identity} {place}", at=proof.sent_s)
        place += 1
        if kind == "message/feedback-report":
            yield notice(BounceKind.COMPLAINT)
        else:
            status = find_status(str(group.get("Status", "")))
            weighed = weigh_failure(permanent=status.startswith("5"), status=status)
            yield notice(weighed, status=status)


def _list_groups(message: Message) -> Iterator[tuple[str, Message]]:
    """Yield each group of fields that says of somebody that a letter failed, or that they complained of one."""
    for number, part in enumerate(message.walk()):
        if number >= _MOST_PARTS:
            return
        kind, groups = part.get_content_type(), part.get_payload()
        if kind == "message/delivery-status" and isinstance(groups, list):
            for group in groups:
                if isinstance(group, Message) and str(group.get("Action", "")).strip().lower() == "failed":
                    yield kind, group
        elif kind == "message/feedback-report":
            fields = _read_fields(part)
            if str(fields.get("Feedback-Type", "")).strip().lower() == "abuse":
                yield kind, fields


def _read_fields(part: Message) -> Message:
    """Read the fields of a part that the parser left as text, or took for a message of its own."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    body = part.get_payload(decode=True)
    return message_from_bytes(body if isinstance(body, bytes) else b"")


def _read_recipient(group: Message) -> str:
    """Return the address that was written to; where the sender said so itself, as it wrote it."""
    for name in ("Original-Recipient", "Original-Rcpt-To", "Final-Recipient"):
        address = parseaddr(str(group.get(name, "")).rpartition(";")[2].strip())[1]
        if "@" in address:
            return address
    return ""
