"""``/health``: whether this process answers. ``/metrics``: its figures, for Prometheus."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, answer_json, answer_text
from heartline.web.gauges import CONTENT_TYPE, write_gauges
from heartline.web.visit import Visit


@get("/health", opt={"open": True}, sync_to_thread=True)
def show_health(visit: Visit) -> Answer:
    """Say that we are up, and that the stores can be written."""
    ailment = visit.heartline.ailment
    return answer_json({"status": ailment or "ok"}, status=503 if ailment else 200)


@get("/metrics", opt={"right": Right.SEE_ARRIVALS}, sync_to_thread=True)
def show_metrics(visit: Visit) -> Answer:
    """Tell Prometheus the account, lags, sizes and the projector; it shows an API token."""
    return answer_text(write_gauges(visit.heartline), media_type=CONTENT_TYPE)


routes: Final[list[HTTPRouteHandler]] = [show_health, show_metrics]
