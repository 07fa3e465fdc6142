"""Where webhooks may go: pure rules over an address as written, and over the addresses that its host resolves to.

The rules are judged each time something is sent, on the addresses that the connection will really use (protocols.md
§4.1, §4.2 1.3.6 and 13.2.5). Whoever can set up a webhook must not be able to reach what only this machine can.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from heartline.errors import Invalid
from heartline.language import _

LONGEST_URL: Final = 2_000
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOWHERE = ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32", "::/128", "fe80::/10", "ff00::/8")
_METADATA = ("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128", "fd20:ce::254/128")
_IPV4_INSIDE = ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
NEVER: Final = tuple(ip_network(text) for text in (*_NOWHERE, *_METADATA, *_IPV4_INSIDE))
"""Refused whatever the settings allow: this network, link-local (most clouds' metadata), multicast, broadcast; the
metadata addresses of clouds that lie elsewhere; and IPv6 that carries an IPv4 address (mapped, NAT64, Teredo, 6to4).
"""
_INSIDE_4 = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
)
# Outside 2000::/3 nothing is of the public internet: ::1, mapped and compatible IPv4, NAT64, unique local, site-local.
_OUTER_6: Final = IPv6Network("2000::/3")
_INSIDE_6 = ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
INSIDE: Final = tuple(ip_network(text) for text in (*_INSIDE_4, *_INSIDE_6))
"""Special-purpose networks of IANA's registries: private, shared, loopback, documentation, benchmarks, tunnels."""

_HOST: Final = re.compile(r"^(?=.{1,253}\.?$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$")
_TOKEN: Final = re.compile(r"^[!-~]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRules:
    """What an operator allows: ports, and hosts or networks that are inside and may be told nevertheless."""

    ports: frozenset[int] = frozenset({443, 8443})
    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address taken apart. ``host`` is lower case and without brackets; ``path`` holds the query."""

    secure: bool
    host: str
    port: int
    path: str
    named: str = field(default="")
    """What the header ``Host`` says."""


def read_rules(allow: str, ports: str) -> TargetRules:
    """Read the two settings, lists with commas between.

    Raises:
        Invalid: one of them cannot be read.
    """
    hosts: set[str] = set()
    networks: list[Network] = []
    for entry in filter(None, (part.strip().lower() for part in allow.split(","))):
        try:
            networks.append(ip_network(entry.strip("[]"), strict=False))
        except ValueError:
            if "/" in entry or not _HOST.match(entry):
                raise Invalid(
                    "bad_setting",
                    _("HEARTLINE_WEBHOOK_ALLOW has {entry!r}.").format(entry=entry),
                    _("Write hosts or networks."),
                ) from None
            hosts.add(entry.rstrip("."))
    numbers = [part.strip() for part in ports.split(",") if part.strip()]
    if not all(number.isascii() and number.isdigit() and 0 < int(number[:6]) < 65_536 for number in numbers):
        raise Invalid(
            "bad_setting",
            _("HEARTLINE_WEBHOOK_PORTS={ports!r} are no ports.").format(ports=ports),
            _("Write 443,8443."),
        )
    return TargetRules(ports=frozenset(map(int, numbers)), hosts=frozenset(hosts), networks=tuple(networks))


def read_target(url: str, rules: TargetRules) -> Target:
    """Take an address apart, and judge what can be judged before its host is resolved.

    Raises:
        Invalid: it is no address that a webhook can have.
    """
    if len(url) > LONGEST_URL or not _TOKEN.match(url) or "\\" in url:
        raise _bad(
            _("An address is written in one piece, in plain letters."), _("Write https://hooks.example.com/heartline.")
        )
    try:
        parts = urlsplit(url)
        host, given = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _bad(_("That is no address."), _("Write https://hooks.example.com/heartline.")) from None
    if parts.scheme not in {"https", "http"} or not host:
        raise _bad(_("A webhook goes to an https address."), _("Write https://hooks.example.com/heartline."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _bad(_("An address holds no password and no #."), _("The signature proves who sends."))
    is_literal = _read_ip(host) is not None
    if not is_literal and not _HOST.match(host):
        raise _bad(
            _("That host has no name that can be looked up."), _("Write it in plain letters, as xn--… where needed.")
        )
    port = given if given is not None else (443 if parts.scheme == "https" else 80)
    if port not in rules.ports:
        ports = ", ".join(map(str, sorted(rules.ports)))
        raise _bad(
            _("Webhooks do not go to port {port}.").format(port=port),
            _("These are open: {ports}. HEARTLINE_WEBHOOK_PORTS sets them.").format(ports=ports),
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    bracketed = f"[{host}]" if ":" in host else host
    usual = port == (443 if parts.scheme == "https" else 80)
    named = bracketed if usual else f"{bracketed}:{port}"
    return Target(secure=parts.scheme == "https", host=host, port=port, path=path, named=named)


def judge_addresses(target: Target, found: Sequence[str], rules: TargetRules) -> tuple[Address, ...]:
    """Return the addresses that may be connected to: all that the host resolved to, or none of them.

    One forbidden address among many refuses them all: which one a connection takes would be chance.

    Raises:
        Invalid: one of them may not be told, or it is http and not allowed by name or network.
    """
    addresses = tuple(address for text in found if (address := _read_ip(text)) is not None)
    if not addresses or len(addresses) != len(found):
        raise _bad(_("That host has no address."), _("Look whether its name is written right."), code="no_address")
    for address in addresses:
        if _in_any(address, NEVER):
            raise _refuse(target)
    allowed = target.host.rstrip(".") in rules.hosts or all(_in_any(one, rules.networks) for one in addresses)
    if not allowed and not all(is_public(one) for one in addresses):
        raise _refuse(target)
    if not allowed and not target.secure:
        raise _bad(
            _("A webhook goes to an https address."), _("HEARTLINE_WEBHOOK_ALLOW may name hosts that need none.")
        )
    return addresses


def is_public(address: Address) -> bool:
    """Whether an address is of the public internet, and of nothing that only looks like it."""
    if isinstance(address, IPv6Address) and (address.scope_id is not None or address not in _OUTER_6):
        return False
    return address.is_global and not address.is_multicast and not _in_any(address, (*NEVER, *INSIDE))


def _read_ip(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _in_any(address: Address, networks: Sequence[Network]) -> bool:
    # A scope would keep an address out of the network it is in.
    bare = ip_address(int(address)) if address.version == 4 else IPv6Address(int(address))
    return any(bare.version == network.version and bare in network for network in networks)


def _refuse(target: Target) -> Invalid:
    # Which address it was is not said: the answer would map the inside.
    return _bad(
        _("{host} is not on the public internet.").format(host=target.host[:80]),
        _("HEARTLINE_WEBHOOK_ALLOW may name hosts and networks inside."),
        code="inside_address",
    )


def _bad(message: str, hint: str, *, code: str = "bad_url") -> Invalid:
    return Invalid(code, message, hint)
