"""What a workspace asks of its sources, and of the traffic that comes by them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRules:
    """What one source may send, and how it proves itself. Everything left out asks for nothing.

    ``origins`` are the pages (``https://shop.example``) from which browsers may send; ``only`` the event names taken;
    ``events_per_s`` bounds how much (0: the installation's own bound). ``former_key`` is a write key that was replaced
    and still opens the door until ``former_until_us``. ``hook`` is the shape of its signed webhooks, ``hook_secrets``
    what they may be signed with (several while one is being replaced), ``hook_token`` what Meta asks for first.
    """

    origins: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    identify: bool = True
    events_per_s: int = 0
    former_key: str = ""
    former_until_us: int = 0
    hook: str = ""
    hook_secrets: tuple[str, ...] = ()
    hook_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficFilters:
    """What of all traffic is left out of the figures, and how much of an address is kept.

    ``ranges`` are one's own networks (``203.0.113.0/24``), ``domains`` one's own people's e-mail domains. Unless
    ``whole_addresses``, the addresses in bodies are cut to /24 and /48 before they are kept.
    """

    let_bots_in: bool = False
    ranges: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    whole_addresses: bool = False


NO_RULES = SourceRules()
NO_FILTERS = TrafficFilters()
