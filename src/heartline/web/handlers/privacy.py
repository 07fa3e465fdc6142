"""Privacy: what one customer agreed to, their archive, their erasure; certificates, retention and suppression."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, download, page, redirect
from heartline.web.lives import find_profile
from heartline.web.pages.privacy import draw_certificate, draw_customer_privacy, draw_privacy
from heartline.web.privacy_access import gather_dossier, pack_dossier
from heartline.web.privacy_desk import (
    ask_and_begin,
    change_schedule,
    find_erasure,
    keep_word,
    lift_suppression,
    read_customer_privacy,
    read_privacy,
)
from heartline.web.privacy_retention import purge_due
from heartline.web.visit import Visit


def _say_settings() -> tuple[tuple[str, str], ...]:
    return (("/settings", _("Settings")), ("/settings/privacy", _("Privacy")))


@get("/customers/{ref:str}/privacy", opt={"right": Right.CHANGE_CUSTOMERS}, sync_to_thread=True)
def show_customer_privacy(visit: Visit, ref: str) -> Answer:
    """Show what a customer agreed to, and what they may ask for."""
    return _customer_page(visit, ref)


def _customer_page(visit: Visit, ref: str, problem: tuple[str, str] = ("", "")) -> Answer:
    profile = find_profile(visit.heartline, ref)
    if profile.ref != ref:
        return redirect(visit, f"/customers/{profile.ref}/privacy")
    found = read_customer_privacy(visit.heartline, profile)
    crumbs = (("/customers", _("Customers")), (f"/customers/{ref}", profile.title))
    body = draw_customer_privacy(visit.plain_view, found, problem=problem)
    return page(visit, body, title=_("Privacy"), crumbs=crumbs, controls=False, status=400 if problem[1] else 200)


@post("/customers/{ref:str}/consent", opt={"right": Right.CHANGE_CUSTOMERS}, sync_to_thread=True)
def keep_consent(visit: Visit, ref: str) -> Answer:
    """Write down what a customer said about one purpose by one channel."""
    profile = find_profile(visit.heartline, ref)
    try:
        word = keep_word(visit, profile)
    except Invalid as error:
        return _customer_page(visit, profile.ref, ("consent", f"{error}"))
    visit.note("customer.consent", f"{profile.ref} {word}")
    return redirect(visit, f"/customers/{profile.ref}/privacy", notice=_("Written down."))


@get("/customers/{ref:str}/archive.zip", opt={"right": Right.CHANGE_CUSTOMERS}, sync_to_thread=True)
def send_archive(visit: Visit, ref: str) -> Answer:
    """Send everything about one customer as a ZIP."""
    profile = find_profile(visit.heartline, ref)
    visit.note("customer.archived", profile.ref)
    packed = pack_dossier(gather_dossier(visit.heartline, profile.ref), now_us=visit.now_us)
    return download(packed, name=f"customer-{profile.ref[:8]}.zip", kind="application/zip")


@post("/customers/{ref:str}/erase", opt={"right": Right.ERASE}, sync_to_thread=True)
def erase_customer(visit: Visit, ref: str) -> Answer:
    """Erase a customer everywhere, and lead to the certificate."""
    profile = find_profile(visit.heartline, ref)
    try:
        asked = ask_and_begin(visit, profile)
    except Invalid as error:
        return _customer_page(visit, profile.ref, ("erase", f"{error}"))
    return redirect(visit, f"/settings/privacy/{asked.certificate}")


@get("/settings/privacy", opt={"right": Right.ERASE}, sync_to_thread=True)
def show_privacy(visit: Visit) -> Answer:
    """Show erasures, how long data is kept, and what would go today."""
    return _privacy_page(visit)


def _privacy_page(visit: Visit, problem: str = "") -> Answer:
    body = draw_privacy(visit.plain_view, read_privacy(visit.heartline, now_us=visit.now_us), problem=problem)
    return page(
        visit, body, title=_("Privacy"), crumbs=_say_settings()[:1], controls=False, status=400 if problem else 200
    )


@get("/settings/privacy/{certificate:str}", opt={"right": Right.ERASE}, sync_to_thread=True)
def show_certificate(visit: Visit, certificate: str) -> Answer:
    """Show a certificate, fit to be printed."""
    body = draw_certificate(visit.plain_view, find_erasure(visit.heartline, certificate))
    return page(visit, body, title=certificate, crumbs=_say_settings(), controls=False)


@post("/settings/privacy/{certificate:str}/lift", opt={"right": Right.ERASE}, sync_to_thread=True)
def lift_erasure(visit: Visit, certificate: str) -> Answer:
    """Hear again what an erasure suppressed, with a reason."""
    lift_suppression(visit, find_erasure(visit.heartline, certificate))
    return redirect(visit, f"/settings/privacy/{certificate}", notice=_("They may come back."))


@post("/settings/retention", opt={"right": Right.ERASE}, sync_to_thread=True)
def keep_retention(visit: Visit) -> Answer:
    """Keep how long each class of data stays."""
    try:
        told = change_schedule(visit)
    except Invalid as error:
        return _privacy_page(visit, f"{error}")
    visit.note("retention_changed", told)
    return redirect(visit, "/settings/privacy", notice=_("Saved. Below is what would go today."))


@post("/settings/retention/run", opt={"right": Right.ERASE}, sync_to_thread=True)
def run_retention(visit: Visit) -> Answer:
    """Remove what is older than its schedule now."""
    gone = purge_due(visit.heartline, by=visit.require_user().email, now_us=visit.now_us)
    return redirect(visit, "/settings/privacy", notice=_("Gone: {what:,}.").format(what=sum(due.count for due in gone)))


routes: Final[list[HTTPRouteHandler]] = [
    show_customer_privacy,
    keep_consent,
    send_archive,
    erase_customer,
    show_privacy,
    show_certificate,
    lift_erasure,
    keep_retention,
    run_retention,
]
