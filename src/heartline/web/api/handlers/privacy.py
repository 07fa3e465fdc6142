"""Privacy: consent, access, erasure with its certificate, suppression, retention with what would go today."""

from __future__ import annotations

from functools import partial
from typing import Final

from litestar import Response, get, post, put
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.api.document import PREFIX
from heartline.web.api.petitions import (
    begin_erasure,
    change_retention,
    keep_consent,
    lift_asked,
    list_consents,
    list_erasures,
    pack_customer,
    show_erasure,
    show_retention,
)
from heartline.web.api.positions import PAGING, Paging
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.privacy import (
    ConsentSaid,
    ConsentsTold,
    ErasureAsked,
    ErasurePage,
    ErasureTold,
    LiftAsked,
    RetentionChange,
    RetentionTold,
)
from heartline.web.visit import Visit

ZIP: Final = "application/zip"
_CUSTOMERS: Final = {"right": Right.CHANGE_CUSTOMERS}
_ERASE: Final = {"right": Right.ERASE}
see = partial(get, tags=["Privacy"], responses=PROBLEMS, sync_to_thread=True)
do = partial(post, tags=["Privacy"], responses=PROBLEMS, sync_to_thread=True)
keep = partial(put, tags=["Privacy"], responses=PROBLEMS, sync_to_thread=True)


@see("/customers/{ref:str}/consents", opt=_CUSTOMERS, summary="What a customer agreed to")
def show_consents(visit: Visit, ref: str) -> ConsentsTold:
    """Show what a customer agreed to, in the words they were shown."""
    return list_consents(visit, ref)


@do("/customers/{ref:str}/consents", opt=_CUSTOMERS, status_code=200, summary="Write a consent down")
def add_consent(visit: Visit, ref: str, data: ConsentSaid) -> ConsentsTold:
    """Write down what a customer said of one purpose by one channel. A repeat is one more word that says the same."""
    return keep_consent(visit, ref, data)


@see("/customers/{ref:str}/archive", opt=_CUSTOMERS, media_type=ZIP, summary="Everything about a customer")
def send_archive(visit: Visit, ref: str) -> Response[bytes]:
    """Take everything about one customer away as a ZIP; it also wants the rights to export and to see personal data."""
    headers = {"content-disposition": 'attachment; filename="customer.zip"'}
    return Response(pack_customer(visit, ref), media_type=ZIP, headers=headers)


@do("/customers/{ref:str}/erasure", opt=_ERASE, status_code=202, summary="Erase a customer")
def erase_customer(visit: Visit, ref: str, data: ErasureAsked) -> Response[ErasureTold]:
    """Begin to erase a customer everywhere; the certificate says when it is done. A repeat finds nobody any more."""
    told = begin_erasure(visit, ref, data)
    return Response(told, status_code=202, headers={"location": f"{PREFIX}/erasures/{told.certificate}"})


@see("/erasures", opt=_ERASE, summary="List erasures", dependencies=PAGING)
def list_all_erasures(visit: Visit, paging: Paging) -> ErasurePage:
    """List erasures, the latest first."""
    items, onward = list_erasures(visit, paging)
    return ErasurePage(items=items, next=onward)


@see("/erasures/{certificate:str}", opt=_ERASE, summary="Show a certificate")
def show_certificate(visit: Visit, certificate: str) -> ErasureTold:
    """Show an erasure's certificate: how far it is, and what went."""
    return show_erasure(visit, certificate)


@do("/erasures/{certificate:str}/lift", opt=_ERASE, status_code=200, summary="Lift a suppression")
def lift_erasure(visit: Visit, certificate: str, data: LiftAsked) -> ErasureTold:
    """Hear again what an erasure suppressed. What was erased stays so. A repeat changes nothing."""
    return lift_asked(visit, certificate, data.reason)


@see("/retention", opt=_ERASE, summary="How long data is kept")
def show_schedule(visit: Visit) -> RetentionTold:
    """Show for how many days each class of data is kept, and what would go today. Nothing goes by asking."""
    return show_retention(visit)


@keep("/retention", opt=_ERASE, summary="Change how long data is kept")
def keep_schedule(visit: Visit, data: RetentionChange) -> RetentionTold:
    """Set for how many days each class is kept, and tell what would go; the daily run removes it. A class left out is
    kept for ever. A repeat changes nothing.
    """
    return change_retention(visit, data)


routes: Final[list[HTTPRouteHandler]] = [
    show_consents,
    add_consent,
    send_archive,
    erase_customer,
    list_all_erasures,
    show_certificate,
    lift_erasure,
    show_schedule,
    keep_schedule,
]
