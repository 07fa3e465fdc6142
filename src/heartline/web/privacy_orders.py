"""What the command line asks about privacy, alone or of a running server: the same orders, carried out here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from heartline.app import Heartline
from heartline.errors import Unavailable
from heartline.language import _
from heartline.records import Erasure
from heartline.web.desk import Tell
from heartline.web.privacy import ask_erasure, work_erasures
from heartline.web.privacy_access import gather_dossier, pack_dossier
from heartline.web.privacy_retention import Due, keep_schedule, list_due, now_us, purge_due, read_schedule


class EraseOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Customers to erase by their ids; none only finishes what was asked before."""

    refs: tuple[str, ...] = ()
    reason: str = ""
    by: str = ""
    suppress: bool = True


class AccessOrder(msgspec.Struct, forbid_unknown_fields=True):
    """An archive of one customer; the path is as the server sees it."""

    ref: str
    path: str
    by: str = ""


class RetentionOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Days by class to be kept from now on, where any are named; ``run`` removes, else it is only counted."""

    days: dict[str, int] = {}
    run: bool = False
    by: str = ""


class Ordered(Protocol):
    """An order on its way: what to do it to, and whom to tell how far it is."""

    @property
    def heartline(self) -> Heartline:
        """The installation."""
        ...

    @property
    def order(self) -> Any:  # noqa: ANN401  # one of the shapes above
        """What is asked."""
        ...

    def tell(self, stage: str, done: int, total: int) -> None:
        """See ``Tell``."""
        ...


def erase(heartline: Heartline, order: EraseOrder, *, tell: Tell) -> list[Erasure]:
    """Erase customers, and finish whatever was asked before; return what was done."""
    if order.refs:
        asked = ask_erasure(heartline, order.refs, by=order.by, reason=order.reason, suppress=order.suppress)
        for one in asked:
            heartline.stores.kept.note_audit(who=order.by, what="customer.erasure_asked", detail=one.certificate)
    return work_erasures(heartline, tell=lambda _step, done, total: tell("erasing", done, total))


def hand_over(heartline: Heartline, order: AccessOrder) -> dict[str, int]:
    """Write the archive of one customer; return how many rows of each part are in it."""
    dossier = gather_dossier(heartline, order.ref)
    try:
        path = Path(order.path)
        path.write_bytes(pack_dossier(dossier, now_us=now_us()))
        path.chmod(0o600)
    except OSError as error:
        raise Unavailable(
            "not_written",
            _("{path} cannot be written: {error}.").format(path=order.path, error=error),
            _("Choose another path."),
        ) from error
    heartline.stores.kept.note_audit(who=order.by, what="customer.archived", detail=dossier.ref)
    return {name: len(rows) for name, rows in dossier.parts.items()}


def retain(heartline: Heartline, order: RetentionOrder) -> list[Due]:
    """Keep what the order says of the schedule; then remove what is due, or count it."""
    if order.days:
        keep_schedule(heartline, {**read_schedule(heartline), **order.days})
        told = ", ".join(f"{name} {days}" for name, days in order.days.items())
        heartline.stores.kept.note_audit(who=order.by, what="retention_changed", detail=told)
    if order.run:
        return purge_due(heartline, by=order.by, now_us=now_us())
    return list_due(heartline, now_us=now_us())


def _erase(work: Ordered) -> dict[str, object]:
    return {"erasures": [asdict(one) for one in erase(work.heartline, work.order, tell=work.tell)]}


def _hand_over(work: Ordered) -> dict[str, object]:
    return {"rows": hand_over(work.heartline, work.order)}


def _retain(work: Ordered) -> dict[str, object]:
    return {"due": [{**asdict(due), "ranges": ()} for due in retain(work.heartline, work.order)]}


PRIVACY_WORKS: Final[Mapping[str, tuple[type[Any], Callable[[Any], dict[str, object]]]]] = {
    "/local/erase": (EraseOrder, _erase),
    "/local/access": (AccessOrder, _hand_over),
    "/local/retention": (RetentionOrder, _retain),
}
"""What takes long, by the path of the local socket: the shape of its order and what it does."""
