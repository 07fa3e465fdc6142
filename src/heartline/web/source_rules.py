"""The forms about what sources may send and what of all traffic is left out: from words to rules, and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

from heartline.app import Heartline
from heartline.collect import HOOKS, OVERSIZED
from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Source, SourceRules, TrafficFilters, Trust
from heartline.web.visit import Visit

DAY_US: Final = 24 * 60 * 60 * 1_000_000
OVERLAPS: Final = (0, 1, 7, 30)
"""For how many days a replaced key may stay good."""
FIELD_OF: Final = {
    "bad_origin": "origins",
    "bad_event_name": "only",
    "bad_rate": "events_per_s",
    "no_hook_secret": "hook_secrets",
    "short_hook_secret": "hook_secrets",
    "untrusted_hook": "hook",
    "bad_range": "ranges",
    "bad_domain": "domains",
    "too_many_lines": "",
}
"""The field of a form that a refusal speaks of."""

_MOST_LINES: Final = 200
_SHORTEST_SECRET: Final = 8
_LONGEST_LINE: Final = 500
_LARGEST_RATE: Final = 1_000_000
_DOMAIN: Final = re.compile(r"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSheet:
    """A source's rules as its page shows them. ``address`` is where its webhooks are sent; secrets are only counted."""

    source: Source
    rules: SourceRules
    address: str
    oversized: int
    former_until_us: int
    now_us: int


def read_sheet(heartline: Heartline, source: Source, *, address: str, now_us: int) -> RulesSheet:
    """Return what is asked of a source, and what was seen of it at the door."""
    heartline.sources.write_refusals()
    kept = heartline.stores.kept
    rules = kept.source_rules().get(source.source_id, SourceRules())
    return RulesSheet(
        source=source,
        rules=rules,
        address=f"{address}/hooks/{source.source_id}",
        oversized=kept.source_warnings().get((source.source_id, OVERSIZED), 0),
        former_until_us=rules.former_until_us if rules.former_key else 0,
        now_us=now_us,
    )


def parse_rules(said: Mapping[str, str], source: Source, had: SourceRules) -> SourceRules:
    """Read the form of a source's rules. An empty field of secrets keeps those that are there.

    Raises:
        Invalid: a line cannot be read; ``FIELD_OF`` names its field.
    """
    hook = said.get("hook", "")
    secrets = _read_lines(said.get("hook_secrets", ""), _read_secret) or had.hook_secrets
    if hook not in HOOKS:
        hook, secrets = "", ()
    elif source.trust is not Trust.TRUSTED:
        raise Invalid("untrusted_hook", _("Webhooks come to a trusted source."), _("Add a trusted source for them."))
    elif not secrets:
        raise Invalid("no_hook_secret", _("A webhook proves itself by a secret."), _("Paste it here."))
    return replace(
        had,
        origins=_read_lines(said.get("origins", ""), _read_origin),
        only=_read_lines(said.get("only", ""), _read_name),
        identify=said.get("identify") == "1",
        events_per_s=_read_rate(said.get("events_per_s", "")),
        hook=hook,
        hook_secrets=secrets,
        hook_token=said.get("hook_token", "").strip()[:_LONGEST_LINE] if hook == "meta" else "",
    )


def parse_filters(said: Mapping[str, str]) -> TrafficFilters:
    """Read the form of the traffic's filters.

    Raises:
        Invalid: a line cannot be read; ``FIELD_OF`` names its field.
    """
    return TrafficFilters(
        let_bots_in=said.get("let_bots_in") == "1",
        ranges=_read_lines(said.get("ranges", ""), _read_range),
        domains=_read_lines(said.get("domains", ""), _read_domain),
        whole_addresses=said.get("whole_addresses") == "1",
    )


def write_rules(rules: SourceRules) -> dict[str, str]:
    """Write rules as the form holds them, without the secrets."""
    return {
        "origins": "\n".join(rules.origins),
        "only": "\n".join(rules.only),
        "identify": "1" if rules.identify else "",
        "events_per_s": str(rules.events_per_s),
        "hook": rules.hook,
        "hook_token": rules.hook_token,
    }


def write_filters(filters: TrafficFilters) -> dict[str, str]:
    """Write filters as the form holds them."""
    return {
        "let_bots_in": "1" if filters.let_bots_in else "",
        "ranges": "\n".join(filters.ranges),
        "domains": "\n".join(filters.domains),
        "whole_addresses": "1" if filters.whole_addresses else "",
    }


def keep_rules(heartline: Heartline, source: Source, rules: SourceRules) -> None:
    """Keep a source's rules, and have the door heed them from now on."""
    heartline.stores.kept.set_source_rules(source.source_id, rules)
    heartline.sources.reload()


def change_rules(visit: Visit, source: Source, said: Mapping[str, str]) -> None:
    """Keep what a source may send, as a form says it.

    Raises:
        Invalid: as ``parse_rules``.
    """
    rules = parse_rules(said, source, visit.heartline.sources.rules(source.source_id))
    keep_rules(visit.heartline, source, rules)
    visit.note("source_rules_changed", f"{source.source_id}: {len(rules.only)} events, {len(rules.origins)} origins")


def change_key(visit: Visit, source: Source, *, days: int) -> Source:
    """Give a source a new key, and return it with that; the old one stays good for so many days."""
    fresh = replace_key(visit.heartline, source, days=days, now_us=visit.now_us)
    visit.note("source_key_replaced", f"{source.source_id}: the old key is good for {days} days")
    return fresh


def keep_filters(heartline: Heartline, filters: TrafficFilters) -> None:
    """Keep the traffic's filters, and have the door heed them from now on."""
    heartline.stores.kept.set_traffic_filters(filters)
    heartline.sources.reload()


def replace_key(heartline: Heartline, source: Source, *, days: int, now_us: int) -> Source:
    """Give a source a new key; the old one stays good for so many days."""
    fresh = heartline.stores.kept.rotate_key(source.source_id, until_us=now_us + days * DAY_US)
    heartline.sources.reload()
    return fresh


def _read_lines(text: str, read: Callable[[str], str]) -> tuple[str, ...]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        raise Invalid(
            "too_many_lines",
            _("{lines} lines are too many.").format(lines=len(lines)),
            _("The most is {most_lines}.").format(most_lines=_MOST_LINES),
        )
    return tuple(dict.fromkeys(read(line) for line in lines))


def _read_origin(line: str) -> str:
    parts = urlsplit(line.lower().rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query or "@" in parts.netloc:
        raise Invalid(
            "bad_origin",
            _("{line} is no origin.").format(line=line[:80]),
            _("Write https://shop.example, without a path."),
        )
    return f"{parts.scheme}://{parts.netloc}"


def _read_name(line: str) -> str:
    if len(line) > _MOST_LINES:
        raise Invalid(
            "bad_event_name", _("{line}… is too long.").format(line=line[:80]), _("A name has at most 200 characters.")
        )
    return line


def _read_secret(line: str) -> str:
    if not _SHORTEST_SECRET <= len(line) <= _LONGEST_LINE:
        raise Invalid(
            "short_hook_secret",
            _("That is no secret."),
            _("It has at least {shortest_secret} characters.").format(shortest_secret=_SHORTEST_SECRET),
        )
    return line


def _read_rate(text: str) -> int:
    text = text.strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or int(text[:12]) > _LARGEST_RATE:
        raise Invalid(
            "bad_rate",
            _("{text} is no number of events.").format(text=text[:40]),
            _("Write 0 to {largest_rate:,}.").format(largest_rate=_LARGEST_RATE),
        )
    return int(text)


def _read_range(line: str) -> str:
    try:
        return str(ip_network(line, strict=False))
    except ValueError:
        raise Invalid(
            "bad_range", _("{line} is no range of addresses.").format(line=line[:80]), _("Write 203.0.113.0/24.")
        ) from None


def _read_domain(line: str) -> str:
    domain = line.lower().removeprefix("@")
    if not _DOMAIN.match(domain):
        raise Invalid(
            "bad_domain", _("{line} is no domain.").format(line=line[:80]), _("Write acme.example, without the @.")
        )
    return domain
