"""Shapes of messages that chat rooms take from a webhook: Slack's text with mrkdwn, Teams' adaptive card. Pure.

Whatever else a message says, Slack reads ``&``, ``<`` and ``>`` as control characters and Teams reads Markdown: both
are disarmed, so that nothing a customer's data brings can make a link or call people.
"""

from __future__ import annotations

import json
import re
from typing import Final

SLACK, TEAMS = "slack", "teams"
SHAPES: Final = ("", SLACK, TEAMS)
"""What a webhook may be sent as; "" is a CloudEvents object."""
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+!|>~])")
_LONGEST: Final = 2_000


def write_shaped(shape: str, *, title: str, text: str, link: str) -> bytes:
    """Write a message for a chat room: a title, a sentence, and where to look.

    Raises:
        ValueError: there is no such shape.
    """
    title, text = title[:_LONGEST], text[:_LONGEST]
    if shape == SLACK:
        lines = [f"*{_disarm_slack(title)}*", _disarm_slack(text), f"<{link}>" if link else ""]
        return _pack({"text": "\n".join(filter(None, lines))})
    if shape != TEAMS:
        raise ValueError(shape)
    body: list[dict[str, object]] = [
        {"type": "TextBlock", "text": _disarm_markdown(title), "weight": "Bolder", "wrap": True}
    ]
    if text:
        body.append({"type": "TextBlock", "text": _disarm_markdown(text), "wrap": True})
    card: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": body,
    }
    if link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "heartline", "url": link}]
    kind = "application/vnd.microsoft.card.adaptive"
    return _pack({"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]})


def _disarm_slack(text: str) -> str:
    """As Slack's own escaping has it; without it ``<!channel>`` would call everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("*", "∗")


def _disarm_markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _pack(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
