"""What customers may ask about their data, by call: consent, erasure, access; and how long data is kept."""

from __future__ import annotations

from collections import Counter

import msgspec

from heartline.records import Erasure, Right
from heartline.web.api.asking import ask_anew
from heartline.web.api.positions import Paging
from heartline.web.api.shapes.privacy import (
    ConsentSaid,
    ConsentsTold,
    ErasureAsked,
    ErasureTold,
    RetentionChange,
    RetentionTold,
    tell_consents,
    tell_erasure,
    tell_retention,
)
from heartline.web.lives import find_profile
from heartline.web.privacy_access import gather_dossier, pack_dossier
from heartline.web.privacy_desk import (
    ask_and_begin,
    change_schedule,
    find_erasure,
    keep_word,
    lift_suppression,
    read_customer_privacy,
)
from heartline.web.privacy_retention import list_due, read_schedule
from heartline.web.visit import Visit

_MOST = 100_000


def list_consents(visit: Visit, ref: str) -> ConsentsTold:
    """List what a customer agreed to.

    Raises:
        Missing: there is no such customer.
    """
    return tell_consents(read_customer_privacy(visit.heartline, find_profile(visit.heartline, ref)))


def keep_consent(visit: Visit, ref: str, said: ConsentSaid) -> ConsentsTold:
    """Write down what a customer said. Raises as ``keep_word`` does."""
    profile = find_profile(visit.heartline, ref)
    word = keep_word(ask_anew(visit, form=msgspec.to_builtins(said)), profile)
    visit.note("customer.consent", f"{profile.ref} {word}")
    return list_consents(visit, profile.ref)


def begin_erasure(visit: Visit, ref: str, asked: ErasureAsked) -> ErasureTold:
    """Begin to erase a customer everywhere. Raises as ``ask_and_begin`` does."""
    form = {"sure": "1", "reason": asked.reason, "suppress": "1" if asked.suppress else ""}
    return _tell(visit, ask_and_begin(ask_anew(visit, form=form), find_profile(visit.heartline, ref)))


def list_erasures(visit: Visit, paging: Paging) -> tuple[list[ErasureTold], str | None]:
    """List erasures, the latest first, and the next position."""
    found = sorted(visit.heartline.stores.kept.erasures(), key=_key)
    shown, onward = paging.cut(found, _key, order="erasures", width=2)
    counts = _count_suppressed(visit)
    return [tell_erasure(one, suppressed=counts[one.certificate]) for one in shown], onward


def _key(one: Erasure) -> tuple[int, int]:
    # A certificate ends in random hex: those asked for in one moment have an order, too.
    return -one.asked_us, int(one.certificate.rpartition("-")[2] or "0", 16)


def show_erasure(visit: Visit, certificate: str) -> ErasureTold:
    """Show an erasure.

    Raises:
        Missing: there is none with this certificate.
    """
    return _tell(visit, find_erasure(visit.heartline, certificate))


def lift_asked(visit: Visit, certificate: str, reason: str) -> ErasureTold:
    """Hear again what an erasure suppressed. Raises as ``lift_suppression`` does."""
    lift_suppression(ask_anew(visit, form={"reason": reason}), find_erasure(visit.heartline, certificate))
    return show_erasure(visit, certificate)


def _tell(visit: Visit, one: Erasure) -> ErasureTold:
    return tell_erasure(one, suppressed=_count_suppressed(visit)[one.certificate])


def _count_suppressed(visit: Visit) -> Counter[str]:
    return Counter(one.certificate for one in visit.heartline.stores.derived.suppressions(limit=_MOST))


def show_retention(visit: Visit) -> RetentionTold:
    """Show how long data is kept, and what would go today."""
    return tell_retention(read_schedule(visit.heartline), list_due(visit.heartline, now_us=visit.now_us))


def change_retention(visit: Visit, change: RetentionChange) -> RetentionTold:
    """Change how long data is kept. Nothing goes before the next daily run."""
    days: dict[str, int | None] = msgspec.to_builtins(change)
    form = {name: "" if told is None else str(told) for name, told in days.items()}
    visit.note("retention_changed", change_schedule(ask_anew(visit, form=form)))
    return show_retention(visit)


def pack_customer(visit: Visit, ref: str) -> bytes:
    """Return everything about a customer as a ZIP.

    Raises:
        NotAllowed: the reader may not take files away, or may not see personal data.
        Missing: there is no such customer.
    """
    for right in (Right.EXPORT, Right.SEE_PERSONAL_DATA):
        visit.require(right)
    profile = find_profile(visit.heartline, ref)
    visit.note("customer.archived", profile.ref)
    return pack_dossier(gather_dossier(visit.heartline, profile.ref), now_us=visit.now_us)
