"""Signed inbound webhooks: adapters of one shape, by the name in a source's rules (docs/how-to/take-webhooks.md)."""

from __future__ import annotations

from typing import Final

from heartline.collect.hooks.mail import BOUNCE_MARK, MailgunHook, ResendHook, SendgridHook
from heartline.collect.hooks.meta import MetaHook
from heartline.collect.hooks.reports import ReportHook
from heartline.collect.hooks.shape import Echo, Hook, HookCall, Verified
from heartline.collect.hooks.shopify import ShopifyHook
from heartline.collect.hooks.standard import StandardHook
from heartline.collect.hooks.twilio import TwilioHook

__all__ = ["BOUNCE_MARK", "HOOKS", "MAIL_HOOKS", "Echo", "Hook", "HookCall", "Verified", "find_hook"]

HOOKS: Final[dict[str, Hook]] = {
    "standard": StandardHook(),
    "twilio": TwilioHook(),
    "meta": MetaHook(),
    "shopify": ShopifyHook(),
    "mailgun": MailgunHook(),
    "sendgrid": SendgridHook(),
    "resend": ResendHook(),
    "report": ReportHook(),
}
MAIL_HOOKS: Final = frozenset({"mailgun", "sendgrid", "resend", "report"})
"""Whose word counts that e-mail came back."""


def find_hook(name: str) -> Hook | None:
    """Return the adapter of a name, or None where there is none."""
    return HOOKS.get(name)
