"""Standing orders: a survey that asks by itself whoever meets a touchpoint, some hours later.

Touches are taken in the order of their time, each once: how far it has come is written down before anybody is asked
again. A touch that is brought later than that, such as one of an import, asks nobody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import msgspec

from heartline.app import Heartline
from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Survey
from heartline.web.inviting import Order, send_invitations

_HOUR_US: Final = 3_600_000_000
_SETTING: Final = "survey_standing_{survey_id}"
_read: Final = msgspec.json.Decoder(Order).decode


def read_standing(heartline: Heartline, survey_id: int) -> Order | None:
    """Return a survey's standing order; none where it asks nobody by itself."""
    told = heartline.stores.kept.setting(_SETTING.format(survey_id=survey_id))
    return _read(told) if told else None


def keep_standing(heartline: Heartline, survey: Survey, order: Order, *, now_us: int) -> None:
    """Ask by itself from now on: who meets the touchpoint after this moment.

    Raises:
        Invalid: it names no touchpoint.
    """
    if order.who != "touch" or not order.touchpoint:
        raise Invalid("no_touchpoint", _("Only who meets a touchpoint can be asked by itself."), _("Name it."))
    kept = replace(order, addresses="", since_us=now_us, until_us=0)
    _write(heartline, survey.survey_id, msgspec.json.encode(kept).decode())


def stop_standing(heartline: Heartline, survey_id: int) -> None:
    """Ask nobody by itself any more."""
    _write(heartline, survey_id, "")


def ask_standing(heartline: Heartline, *, now_us: int) -> int:
    """Ask whom standing orders are due to ask; return how many were asked."""
    asked = 0
    for survey in heartline.stores.kept.surveys():
        order = read_standing(heartline, survey.survey_id) if survey.is_open else None
        if order is None:
            continue
        until_us = now_us - order.hours * _HOUR_US
        if until_us <= order.since_us or order.touchpoint not in heartline.log().names.get("touchpoint", ()):
            continue
        # Written down first: a crash after it asks nobody, where the other order would ask somebody twice.
        _write(heartline, survey.survey_id, msgspec.json.encode(replace(order, since_us=until_us)).decode())
        plan = send_invitations(heartline, survey, replace(order, until_us=until_us), now_us=now_us)
        asked += len(plan.chosen)
    return asked


def _write(heartline: Heartline, survey_id: int, told: str) -> None:
    heartline.stores.kept.set_setting(_SETTING.format(survey_id=survey_id), told)
