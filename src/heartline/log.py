"""Logging: one event a line, named ``room.fact``, with key-values. Configured by the edges, never on import."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import cast

import structlog


def configure_logging(
    level: str = "info", *, as_json: bool = False, mask: Callable[[str], str] = lambda text: text
) -> None:
    """Set up structlog for this process. Field values are encoded by the renderer, so no input can forge a line.

    ``mask`` is applied to every text that is logged, a trace's included.
    """

    def masked(_logger: object, _name: str, said: structlog.typing.EventDict) -> structlog.typing.EventDict:
        kept = {"timestamp", "event", "level"}
        return {k: mask(v) if isinstance(v, str) and k not in kept else v for k, v in said.items()}

    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.processors.KeyValueRenderer(key_order=["event"])
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            masked,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def get_logger(room: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a room; events are named ``room.fact``."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(room=room))
