"""Guards around every page: the headers of each answer, and the proof that a change was asked for from our own pages.

docs/explanation/security.md says why each is here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final
from urllib.parse import urlsplit

from heartline.config import Settings
from heartline.errors import NotAllowed
from heartline.language import _
from heartline.web.asked import Asked

CSRF_FIELD: Final = "_csrf_token"
CSRF_HEADER: Final = "x-csrftoken"
_TOKEN_BYTES: Final = 32
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'; manifest-src 'self'"
)
_NO_FRAMES: Final = "frame-ancestors 'none'"
_PERMISSIONS: Final = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_YEAR_S: Final = 31_536_000
STRICT: Final = (b"strict-transport-security", b"max-age=%d" % _YEAR_S)
"""Subdomains are left out: heartline may live at a company's own name, whose other hosts are not ours to bind."""


def make_nonce() -> str:
    """Return a fresh nonce for one answer's Content-Security-Policy."""
    return secrets.token_urlsafe(18)


def guard_headers(nonce: str, *, https: bool, path: str = "") -> list[tuple[bytes, bytes]]:
    """Return the headers that every answer of the web carries (the door answers by its own rules).

    What customers answer may stand in a frame of a site of the company's, and its script may be loaded there: neither
    has anything of a signed-in reader.
    """
    framed = path.startswith("/s/")
    headers = {
        "content-security-policy": _POLICY.format(nonce=nonce),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": _PERMISSIONS,
        "x-frame-options": "DENY",
    }
    if framed:
        headers["content-security-policy"] = headers["content-security-policy"].replace(_NO_FRAMES, "frame-ancestors *")
        headers["referrer-policy"] = "no-referrer"
        del headers["x-frame-options"]
    if framed or path.startswith("/embed/"):
        headers["cross-origin-resource-policy"] = "cross-origin"
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return [*pairs, STRICT] if https else pairs


def is_https(asked: Asked, settings: Settings) -> bool:
    """Whether people reach us over https, directly or by a proxy the settings speak of."""
    return asked.scheme == "https" or settings.secure_cookies or settings.base_url.startswith("https://")


def make_csrf() -> str:
    """Return a new CSRF token, as the session keeps it."""
    return secrets.token_hex(_TOKEN_BYTES)


def derive_csrf(cookie: str) -> str:
    """Return the CSRF token of somebody not signed in, from the random cookie their browser holds."""
    return hashlib.sha256(b"heartline form " + cookie.encode()).hexdigest()


def mask_csrf(token: str) -> str:
    """Return the token as a page shows it: masked anew each time, so that compressing a page gives nothing away."""
    raw, pad = bytes.fromhex(token), secrets.token_bytes(_TOKEN_BYTES)
    return base64.urlsafe_b64encode(pad + _xor(raw, pad)).decode()


def is_csrf(shown: str, token: str) -> bool:
    """Whether what a form sent back is the masked token."""
    try:
        both = base64.urlsafe_b64decode(shown.encode("ascii", "replace"))
    except (binascii.Error, ValueError):
        return False
    if len(both) != 2 * _TOKEN_BYTES or not token:
        return False
    return hmac.compare_digest(_xor(both[:_TOKEN_BYTES], both[_TOKEN_BYTES:]), bytes.fromhex(token))


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def check_origin(asked: Asked, settings: Settings) -> None:
    """Refuse a change that another site's page asked for. Programs send neither header; the token stands for them.

    Raises:
        NotAllowed: the browser says that the request comes from elsewhere.
    """
    site = asked.headers.get("sec-fetch-site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise _elsewhere()
        return
    origin = asked.headers.get("origin")
    if origin is None:
        return
    ours = {asked.host.lower(), urlsplit(settings.base_url).netloc.lower()} - {""}
    if origin == "null" or urlsplit(origin).netloc.lower() not in ours:
        raise _elsewhere()


def check_csrf(asked: Asked, token: str) -> None:
    """Refuse a change without the token of this session, in the form or in the header.

    Raises:
        NotAllowed: the token is missing, old or of somebody else.
    """
    shown = asked.headers.get(CSRF_HEADER) or asked.form.get(CSRF_FIELD, [""])[0]
    if not is_csrf(shown, token):
        raise stale_form()


def stale_form() -> NotAllowed:
    """Return the refusal of a form without our token."""
    return NotAllowed(
        "stale_form",
        _("This form is from an earlier visit, so nothing was changed."),
        _("Open the page again and resend."),
    )


def _elsewhere() -> NotAllowed:
    return NotAllowed(
        "other_site", _("Another site asked for this change, so nothing was changed."), _("Do it from here.")
    )
