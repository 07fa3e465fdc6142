"""One request to an address that was judged: resolved once, checked, and connected to as checked.

The socket is given a number, never a name, so nothing resolves a second time; TLS still proves the name. There is no
redirect to follow and no proxy to ask. All of it has one deadline; little of the answer is read, and none of it kept.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final

import httpx

from heartline.act import Address, Outcome, Target, TargetRules, judge_addresses, read_target
from heartline.errors import Invalid

DEADLINE_S: Final = 15.0
MOST_READ: Final = 16_384
Resolve = Callable[[str, int], Sequence[str]]
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-9]\d\d)(?: |\r?\n)")
_RETRY_AFTER: Final = re.compile(rb"\nretry-after:[ \t]*(\d{1,6})[ \t]*\r?\n", re.IGNORECASE)


def resolve(host: str, port: int) -> Sequence[str]:
    """Return every address of a host; none where it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def find_target(url: str, rules: TargetRules, *, find: Resolve = resolve) -> tuple[Target, tuple[Address, ...]]:
    """Return an address taken apart and where it may be reached now. Saving, testing and sending all ask this.

    Raises:
        Invalid: it may not be told; the code says which rule forbids it.
    """
    target = read_target(url, rules)
    return target, judge_addresses(target, find(target.host, target.port), rules)


def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    rules: TargetRules,
    find: Resolve = resolve,
    deadline_s: float = DEADLINE_S,
) -> Outcome:
    """Send a body to an address; whatever goes wrong is an outcome with a reason."""
    ends = time.monotonic() + deadline_s
    try:
        target, addresses = find_target(url, rules, find=find)
    except Invalid as error:
        return Outcome(status=0, told=error.code)
    try:
        with contextlib.closing(_connect(target, addresses, ends)) as line:
            _send(line, _write_request(target, headers, body), ends)
            return _read_answer(line, ends)
    except TimeoutError:
        return Outcome(status=0, told="too_slow")
    except ssl.SSLError:
        return Outcome(status=0, told="bad_tls")
    except OSError:
        return Outcome(status=0, told="not_reached")


@cache
def _trust() -> ssl.SSLContext:
    # The roots that httpx trusts elsewhere, SSL_CERT_FILE among them.
    return speak_new_tls(httpx.create_ssl_context())


def speak_new_tls(context: ssl.SSLContext) -> ssl.SSLContext:
    """Return the context, speaking TLS 1.2 at least: Python 3.11.2, which is Debian 12's, leaves that to the system."""
    # The system's own least may be asked for by a number below all versions.
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    return context


def _connect(target: Target, addresses: Sequence[Address], ends: float) -> socket.socket:
    trouble: OSError = ConnectionError("no address")
    for address in addresses:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(_left(ends))
            line.connect((str(address), target.port))
            return _trust().wrap_socket(line, server_hostname=target.host.rstrip(".")) if target.secure else line
        except OSError as error:
            line.close()
            trouble = error
    raise trouble


def _write_request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    """The request as bytes. Nothing in it was chosen outside but the path and the host, which hold no control signs."""
    all_headers = {
        "host": target.named,
        "user-agent": "heartline-webhooks/1",
        "content-length": str(len(body)),
        "connection": "close",
        **headers,
    }
    lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in all_headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _send(line: socket.socket, request: bytes, ends: float) -> None:
    rest = memoryview(request)
    while rest:
        line.settimeout(_left(ends))
        rest = rest[line.send(rest) :]


def _read_answer(line: socket.socket, ends: float) -> Outcome:
    """Read as far as the end of the headers, at most; the body stays unread."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < MOST_READ:
        line.settimeout(_left(ends))
        more = line.recv(4_096)
        if not more:
            break
        head += more
        if head.startswith(b"HTTP/1.1 100 ") and b"\r\n\r\n" in head:
            head = head.partition(b"\r\n\r\n")[2]
    found = _STATUS.match(head)
    if found is None:
        return Outcome(status=0, told="no_http")
    status = int(found.group(1))
    asked = _RETRY_AFTER.search(head)
    told = "" if 200 <= status < 300 else "redirected" if 300 <= status < 400 else "refused"
    return Outcome(status=status, told=told, retry_after_s=int(asked.group(1)) if asked else 0)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
