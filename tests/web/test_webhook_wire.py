"""What is sent goes to the address that was checked, once, in time, and nothing of the answer comes back."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from receiver import Receiver, receiving

from heartline.act import TargetRules, read_rules
from heartline.web import wire

STRICT = read_rules("", "443,8443")
LOOPBACK_HOSTS = [
    "localhost",
    "localhost.",
    "LOCALHOST",
    "127.1",
    "0",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "127.0.0.1.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1%25lo]",
    "169.254.169.254",
    "10.0.0.1",
    "100.64.0.1",
    "[fd00:ec2::254]",
]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


def rules_for(receiver: Receiver, allow: str = "127.0.0.1") -> TargetRules:
    return read_rules(allow, str(receiver.port))


def send(receiver: Receiver, *, deadline_s: float = 60, **given: object) -> object:
    return wire.post(
        receiver.url, {"webhook-id": "m"}, b"{}", rules=rules_for(receiver), deadline_s=deadline_s, **given
    )


@pytest.mark.parametrize("host", LOOPBACK_HOSTS)
def test_no_way_of_writing_an_inside_address_is_sent_to(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr("heartline.web.wire._connect", never)
    for scheme in ("https", "http"):
        url = f"{scheme}://{host}" + (":443" if scheme == "http" else "")
        outcome = wire.post(url, {}, b"", rules=STRICT)
        assert outcome.status == 0
        assert outcome.told in {"inside_address", "no_address", "bad_url"}, (url, outcome)


def test_a_name_is_resolved_once_and_the_socket_gets_what_was_checked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver that answers well first and ill after is asked once; the socket module is never given a name."""
    asked: list[str] = []

    def rebind(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("10.0.0.1",)

    connected: list[object] = []
    connect = socket.socket.connect

    class Watched(socket.socket):
        def connect(self, address: object) -> None:
            connected.append(address)
            connect(self, address)  # type: ignore[arg-type]

    def no_lookup(*_: object, **__: object) -> None:
        raise AssertionError("something was resolved a second time")

    monkeypatch.setattr(wire.socket, "socket", Watched)
    monkeypatch.setattr(wire.socket, "getaddrinfo", no_lookup)
    url = f"http://rebinding.example:{receiver.port}/"
    rules = rules_for(receiver, "127.0.0.0/8")
    assert wire.post(url, {}, b"{}", rules=rules, find=rebind).status == 204
    assert asked == ["rebinding.example"]
    assert connected == [("127.0.0.1", receiver.port)]
    assert receiver.got[0][0]["host"] == f"rebinding.example:{receiver.port}"
    assert wire.post(url, {}, b"{}", rules=rules, find=rebind).told == "inside_address"
    assert len(receiver.got) == 1


def test_the_next_address_is_tried_where_one_does_not_answer(receiver: Receiver) -> None:
    def two(_host: str, _port: int) -> Sequence[str]:
        return ("127.0.0.2", "127.0.0.1")

    rules = rules_for(receiver, "127.0.0.0/8")
    assert wire.post(f"http://two.example:{receiver.port}/", {}, b"{}", rules=rules, find=two).status == 204


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_redirects_are_not_followed(receiver: Receiver, status: str) -> None:
    with receiving() as other:
        receiver.say(status, f"Location: {other.url}", "Content-Length: 0")
        outcome = send(receiver)
        assert (outcome.status, outcome.told) == (int(status[:3]), "redirected")  # type: ignore[attr-defined]
        assert other.got == []


def test_a_slow_loris_is_left_at_the_deadline(receiver: Receiver) -> None:
    dripped = [0]

    def drip(handler: BaseHTTPRequestHandler) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1_000:
            handler.wfile.write(bytes([byte]))
            dripped[0] += 1
            time.sleep(0.05)

    receiver.answer = drip
    assert send(receiver, deadline_s=0.4).told == "too_slow"  # type: ignore[attr-defined]
    # Counted in drops and not in seconds: a machine that stalls stalls both.
    assert dripped[0] < 40


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"", "no_http"),
        (b"220 mail.example ESMTP\r\n", "no_http"),
        (b"HTTP/1.1 2", "no_http"),
        (b"\x16\x03\x01" + b"\0" * 100, "no_http"),
        (b"HTTP/1.1 500 Secret inside words\r\n\r\nmore secrets", "refused"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 200_000, ""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", ""),
    ],
)
def test_of_an_answer_only_the_status_is_kept(receiver: Receiver, answer: bytes, told: str) -> None:
    receiver.answer = lambda handler: handler.wfile.write(answer)
    outcome = send(receiver)
    assert outcome.told == told  # type: ignore[attr-defined]
    assert "ecret" not in f"{outcome}"


def test_retry_after_is_read_and_a_closed_port_is_told(receiver: Receiver) -> None:
    receiver.say("429 Too Many", "Retry-After: 120")
    assert (send(receiver).status, send(receiver).retry_after_s) == (429, 120)  # type: ignore[attr-defined]
    receiver.say("429 Too Many", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT")
    assert send(receiver).retry_after_s == 0  # type: ignore[attr-defined]
    with socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        port = shut.getsockname()[1]
        rules = read_rules("127.0.0.1", str(port))
        assert wire.post(f"http://127.0.0.1:{port}/", {}, b"", rules=rules).told == "not_reached"


def certify(folder: Path, name: str) -> Path:
    """Write a self-signed certificate of a name with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.9"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_tls_proves_the_name_that_was_written_not_the_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = certify(tmp_path, "hooks.example")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(path)
    asked: list[str | None] = []
    serving.sni_callback = lambda _line, name, _context: asked.append(name)
    trust = ssl.create_default_context(cafile=str(path))
    monkeypatch.setattr(wire, "_trust", lambda: trust)
    with receiving(serving) as receiver:
        rules = rules_for(receiver, "127.0.0.0/8")

        def find(_host: str, _port: int) -> Sequence[str]:
            return ("127.0.0.1",)

        good = wire.post(f"https://hooks.example:{receiver.port}/", {}, b"{}", rules=rules, find=find)
        other = wire.post(f"https://other.example:{receiver.port}/", {}, b"{}", rules=rules, find=find)
        monkeypatch.setattr(wire, "_trust", ssl.create_default_context)
        unknown = wire.post(f"https://hooks.example:{receiver.port}/", {}, b"{}", rules=rules, find=find)
    assert (good.status, other.told, unknown.told) == (204, "bad_tls", "bad_tls")
    assert asked[:2] == ["hooks.example", "other.example"]
    assert len(receiver.got) == 1


def test_old_tls_is_not_spoken() -> None:
    assert wire._trust().minimum_version >= ssl.TLSVersion.TLSv1_2
    assert wire._trust().verify_mode is ssl.CERT_REQUIRED
    assert wire._trust().check_hostname
