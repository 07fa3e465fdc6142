"""Signed inbound webhooks: adapters of one shape, by the name in a source's rules (docs/how-to/take-webhooks.md)."""

from __future__ import annotations

from typing import Final

from heartline.collect.hooks.meta import MetaHook
from heartline.collect.hooks.shape import Echo, Hook, HookCall, Verified
from heartline.collect.hooks.shopify import ShopifyHook
from heartline.collect.hooks.standard import StandardHook
from heartline.collect.hooks.twilio import TwilioHook

__all__ = ["HOOKS", "Echo", "Hook", "HookCall", "Verified", "find_hook"]

HOOKS: Final[dict[str, Hook]] = {
    "standard": StandardHook(),
    "twilio": TwilioHook(),
    "meta": MetaHook(),
    "shopify": ShopifyHook(),
}


def find_hook(name: str) -> Hook | None:
    """Return the adapter of a name, or None where there is none."""
    return HOOKS.get(name)
