"""Signing in by the company's own provider: OpenID Connect, authorization code with PKCE, state and nonce.

The provider and its client are the operator's settings (``oidc_*``), so nobody who signs in can point us elsewhere. The
ID token's signature is checked against the provider's published keys, then its issuer, audience, times and nonce. Users
are matched by an e-mail the provider has verified, and by nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from heartline.app import Heartline
from heartline.config import Settings
from heartline.errors import Conflict, NotAllowed, Unavailable
from heartline.language import _
from heartline.log import get_logger
from heartline.records import Role, User
from heartline.web.passwords import UNUSABLE
from heartline.web.sessions import now_us
from heartline.web.wire import speak_new_tls

BACK: Final = "/sign-in/oidc/back"
_ALGORITHMS: Final = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
_TIMEOUT_S: Final = 10.0
_PENDING_US: Final = 600_000_000
_MOST_PENDING: Final = 1_000
_LEEWAY_S: Final = 60
_LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}
_log = get_logger("web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A sign-in under way at the provider, bound to one browser by the hash of its cookie."""

    browser: bytes
    nonce: str
    verifier: str
    onward: str
    back: str
    expires_us: int


class Provider:
    """The company's provider: its addresses and keys, fetched when first needed, and the sign-ins under way."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._guard = threading.Lock()
        self._pending: OrderedDict[str, Pending] = OrderedDict()
        self._metadata: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None

    def begin(self, *, address: str, onward: str, browser: str) -> str:
        """Return where to send the browser.

        Raises:
            Unavailable: the provider does not answer, or not as one.
        """
        state, back = secrets.token_urlsafe(32), address + BACK
        pending = Pending(
            browser=_hash(browser),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            onward=onward,
            back=back,
            expires_us=now_us() + _PENDING_US,
        )
        with self._guard:
            self._pending[state] = pending
            while len(self._pending) > _MOST_PENDING:
                self._pending.popitem(last=False)
        asked = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": back,
            "scope": "openid email profile",
            "state": state,
            "nonce": pending.nonce,
            "code_challenge": base64.urlsafe_b64encode(_hash(pending.verifier)).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        where = str(self._read_metadata()["authorization_endpoint"])
        return where + ("&" if urlsplit(where).query else "?") + urlencode(asked)

    def finish(self, heartline: Heartline, query: Mapping[str, str], *, browser: str) -> tuple[User, str]:
        """Return who came back from the provider, and where they were going.

        Raises:
            NotAllowed: this browser did not begin it, the provider refused, or what it says does not hold.
            Unavailable: the provider does not answer.
        """
        with self._guard:
            pending = self._pending.pop(query.get("state", ""), None)
        if pending is None or pending.expires_us < now_us() or not hmac.compare_digest(pending.browser, _hash(browser)):
            raise _refuse(_("The sign-in was not begun here, or too long ago."))
        if "code" not in query:
            raise _refuse(_("Your company's sign-in did not let you in."))
        metadata = self._read_metadata()
        if query.get("iss", metadata["issuer"]) != metadata["issuer"]:
            raise _refuse(_("The answer is from another provider."))
        token = self._exchange(query["code"], pending)
        return admit_claims(heartline, self._check(token, pending)), pending.onward

    def _exchange(self, code: str, pending: Pending) -> str:
        """Redeem the code (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
        told = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": pending.back,
            "code_verifier": pending.verifier,
        }
        client, secret = self._settings.oidc_client_id, self._settings.oidc_client_secret
        methods = self._read_metadata().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        by_header = bool(secret) and "client_secret_basic" in methods
        basic = (quote(client, safe=""), quote(secret, safe="")) if by_header else None
        if basic is None:
            told |= {"client_id": client} | ({"client_secret": secret} if secret else {})
        answer = _ask("POST", str(self._read_metadata()["token_endpoint"]), data=told, auth=basic)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _refuse(_("Your company's sign-in did not say who you are."))
        return token

    def _check(self, token: str, pending: Pending) -> Mapping[str, Any]:
        """Check an ID token (OpenID Connect Core §3.1.3.7) and return its claims."""
        client = self._settings.oidc_client_id
        for fresh in (False, True):
            try:
                claims = jwt.decode(token, self._read_keys(fresh=fresh), algorithms=_ALGORITHMS).claims
                break
            except (JoseError, ValueError) as error:
                # A provider that has changed its keys is asked for them once more.
                if fresh:
                    _log.warning("web.oidc_refused", error=type(error).__name__)
                    raise _refuse(_("The signature of the answer does not hold.")) from error
        wanted = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self._read_metadata()["issuer"]},
            aud={"essential": True, "value": client},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": pending.nonce},
        )
        try:
            wanted.validate(claims)
        except JoseError as error:
            _log.warning("web.oidc_refused", error=str(error))
            raise _refuse(_("What your company's sign-in says does not hold for us.")) from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != client:
            raise _refuse(_("The answer is meant for another program."))
        return claims

    def _read_metadata(self) -> Mapping[str, Any]:
        if self._metadata is None:
            issuer = self._settings.oidc_issuer
            told = _ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
            needed = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
            if any(not isinstance(told.get(name), str) for name in needed) or told["issuer"] != issuer:
                raise _silent(_("{issuer} does not describe itself as this provider").format(issuer=issuer))
            self._metadata = told
        return self._metadata

    def _read_keys(self, *, fresh: bool) -> KeySet:
        if self._keys is None or fresh:
            self._keys = KeySet.import_key_set(_ask("GET", str(self._read_metadata()["jwks_uri"])))  # type: ignore[arg-type]  # its shape is checked by the import
        return self._keys


def admit_claims(heartline: Heartline, claims: Mapping[str, Any]) -> User:
    """Return the user a provider's claims name: known by their verified e-mail, or new where the operator allows it.

    Raises:
        NotAllowed: the e-mail is not verified, of another domain, or nobody's here.
    """
    settings, email = heartline.settings, str(claims.get("email", "")).strip().lower()
    if claims.get("email_verified") is not True or "@" not in email:
        raise _refuse(_("Your company's sign-in has not verified your e-mail."))
    domains = {domain.strip().lower() for domain in settings.oidc_domains.split(",") if domain.strip()}
    if domains and email.rpartition("@")[2] not in domains:
        raise _refuse(_("Your e-mail is of a domain that may not sign in here."))
    known = heartline.stores.kept.user_by_email(email)
    if known is not None:
        return known[0]
    # Without domains anybody the provider knows, perhaps the whole world, would be let in.
    if not domains or settings.oidc_role not in set(Role) - {Role.OWNER}:
        raise _refuse(_("Nobody with your e-mail is here."))
    name = " ".join(str(claims.get("name", "")).split())[:120] or email
    try:
        user = heartline.stores.kept.add_user(
            email=email, name=name, role=Role(settings.oidc_role), language="", password_hash=UNUSABLE
        )
    except Conflict as error:
        raise _refuse(_("You may not sign in here any more.")) from error
    heartline.stores.kept.note_audit(who=email, what="user.invited", detail=f"by oidc, as {user.role.value}")
    return user


@cache
def _client() -> httpx.Client:
    """One for all, for reading the machine's certificates takes longer than asking. It keeps no connection."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(
        timeout=_TIMEOUT_S,
        limits=limits,
        headers={"accept": "application/json"},
        verify=speak_new_tls(httpx.create_ssl_context()),
    )


def _ask(
    method: str, address: str, *, data: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
) -> Mapping[str, Any]:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise _silent(_("{address} is not https").format(address=address))
    try:
        answer = _client().request(method, address, data=data, auth=auth)
        # What the provider remembers of one user is not sent along with another.
        _client().cookies.clear()
        told = answer.raise_for_status().json()
    except httpx.HTTPStatusError as error:
        if error.response.status_code < 500 and method == "POST":
            raise _refuse(_("Your company's sign-in did not take its own answer back.")) from error
        raise _silent(f"{address} answers {error.response.status_code}") from error
    except (httpx.HTTPError, ValueError) as error:
        raise _silent(f"{address}: {error}") from error
    if not isinstance(told, dict):
        raise _silent(_("{address} answers no object").format(address=address))
    return told


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _refuse(why: str) -> NotAllowed:
    return NotAllowed("oidc_refused", why, _("Sign in again, or ask an owner of this workspace."))


def _silent(why: str) -> Unavailable:
    _log.warning("web.oidc_unavailable", why=why)
    return Unavailable(
        "oidc_unavailable", _("Your company's sign-in does not answer."), _("Try again, or use a password.")
    )
