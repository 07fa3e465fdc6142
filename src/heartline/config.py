"""Settings: read once, frozen, passed by argument.

Every field is documented in docs/reference/settings.md (a test holds it).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from heartline.errors import Invalid

PREFIX = "HEARTLINE_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one process runs. Each field is set by ``HEARTLINE_<NAME>`` in the environment or by a verb's option."""

    data_dir: Path = Path("data")
    state_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8118
    base_url: str = ""
    log_level: str = "info"
    log_json: bool = False
    body_cap_bytes: int = 6 * 1024 * 1024
    posthog_cap_bytes: int = 20 * 1024 * 1024
    event_cap_bytes: int = 1024 * 1024
    source_rate: int = 0
    queue_cap_bytes: int = 64 * 1024 * 1024
    reserve_bytes: int = 64 * 1024 * 1024
    refused_quota_bytes: int = 256 * 1024 * 1024
    import_cap_bytes: int = 16 * 1024 * 1024 * 1024
    project: bool = True
    read: bool = True
    deep: bool = False
    session_hours: int = 24 * 14
    secure_cookies: bool = False
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_domains: str = ""
    oidc_role: str = ""
    api_calls_a_minute: int = 600
    webhook_allow: str = ""
    webhook_ports: str = "443,8443"
    smtp_url: str = ""
    mail_from: str = ""
    telemetry_endpoint: str = ""
    fail_point: str = ""


def read_settings(environ: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Make settings from the environment, then from ``given`` (``None`` means not given).

    Raises:
        Invalid: a value cannot be read as its type; the message names the variable.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    for field in fields(Settings):
        name = PREFIX + field.name.upper()
        if name in environ:
            values[field.name] = _read(name, environ[name], type(getattr(Settings(), field.name)))
        if given.get(field.name) is not None:
            values[field.name] = given[field.name]
    return Settings(**values)  # type: ignore[arg-type]  # checked field by field above


def _read(name: str, text: str, kind: type) -> object:
    if kind is bool:
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off", ""}:
            return False
        raise Invalid("bad_setting", f"{name}={text!r} is not yes or no.", "Use 1 or 0.")
    try:
        return kind(text)
    except ValueError:
        raise Invalid(
            "bad_setting", f"{name}={text!r} is not a {kind.__name__}.", "See docs/reference/settings.md."
        ) from None
