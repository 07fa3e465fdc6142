"""A small OpenID provider that speaks HTTP: discovery, keys, authorization with PKCE, tokens signed by RS256."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "heartline-test", "s3cret/with:signs"


class OidcProvider:
    """One user at a time, let in without asking. ``claims`` overrides what the ID token says; None drops a claim."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
        self.published = [self.key]
        self.claims: dict[str, Any] = {}
        self.signing = "RS256"
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                provider._post(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def rotate(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "two", "use": "sig", "alg": "RS256"})
        self.published = [self.key]

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        where = urlsplit(handler.path)
        if where.path == "/.well-known/openid-configuration":
            self._say(
                handler,
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                },
            )
        elif where.path == "/keys":
            self._say(handler, {"keys": [key.as_dict(private=False) for key in self.published]})
        elif where.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(where.query).items()}
            self.asked.append(asked)
            code = secrets.token_urlsafe(8)
            self._codes[code] = asked
            handler.send_response(302)
            back = urlencode({"code": code, "state": asked["state"]})
            handler.send_header("location", f"{asked['redirect_uri']}?{back}")
            handler.end_headers()
        else:
            handler.send_error(404)

    def _post(self, handler: BaseHTTPRequestHandler) -> None:
        size = int(handler.headers["content-length"])
        told = {name: values[0] for name, values in parse_qs(handler.rfile.read(size).decode()).items()}
        asked = self._codes.pop(told.get("code", ""), None)
        client = base64.b64decode(handler.headers.get("authorization", "").partition(" ")[2]).decode()
        wanted = "heartline-test:s3cret%2Fwith%3Asigns"
        verifier = hashlib.sha256(told.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            asked is None
            or client != wanted
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != told["redirect_uri"]
        ):
            self._say(handler, {"error": "invalid_grant"}, status=400)
            return
        self._say(handler, {"token_type": "Bearer", "access_token": "x", "id_token": self._sign(asked)})

    def _sign(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "7",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": "Ada@Example.com",
            "email_verified": True,
            "name": "Ada",
        }
        claims = {name: value for name, value in {**claims, **self.claims}.items() if value is not None}
        if self.signing == "none":
            parts = ({"alg": "none"}, claims)
            return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."
        return jwt.encode({"alg": self.signing, "kid": self.key.kid}, claims, self.key)

    def _say(self, handler: BaseHTTPRequestHandler, told: object, *, status: int = 200) -> None:
        body = json.dumps(told).encode()
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
