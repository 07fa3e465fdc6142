"""Spans of requests for OpenTelemetry: off unless an endpoint of the operator's own is set (extra `telemetry`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from heartline import __version__
from heartline.errors import Invalid
from heartline.language import _
from heartline.web.asked import Message, Receive, Scope, Send

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

    from heartline.web.server import Site

_PARTS: Final = 1
"""How many parts of a path name a span: what follows may be a customer's reference."""


def open_exporter(endpoint: str) -> SpanExporter:
    """Return what sends spans to an OTLP address (``http://collector:4318/v1/traces``).

    Raises:
        Invalid: the extra is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  # an extra
    except ImportError:
        raise Invalid(
            "no_telemetry", _("HEARTLINE_TELEMETRY_ENDPOINT is set, but its libraries are missing."),
            _("Install heartline[telemetry], or unset it."),
        ) from None  # fmt: skip
    exporter: SpanExporter = OTLPSpanExporter(endpoint=endpoint)
    return exporter


class TracedSite:
    """A site whose every request is a span: method, the first parts of its path, status. No query, no body, no name."""

    def __init__(self, site: Site, exporter: SpanExporter) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  # an extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  # an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  # an extra

        resource = Resource.create({"service.name": "heartline", "service.version": __version__})
        self._site = site
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer: Tracer = self._provider.get_tracer("heartline")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection inside a span."""
        if scope["type"] != "http":
            await self._site(scope, receive, send)
            return
        path = "/".join(scope["path"].split("/")[: _PARTS + 1])[:80]
        with self._tracer.start_as_current_span(f"{scope['method']} {path}") as span:

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            span.set_attribute("http.request.method", scope["method"])
            await self._site(scope, receive, sending)

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()
