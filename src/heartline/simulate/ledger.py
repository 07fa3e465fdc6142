"""The ledger: what every planner writes down. A block is one kind of event as columns; messages are made from it late.

Planning is vectorised and cheap, the dictionaries are made one by one as they are sent, so a million events never lie
in memory as dictionaries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from heartline.simulate.voices import Texts

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Message = dict[str, Any]

WEB: Final = "Web shop"
APP: Final = "App"
DESK: Final = "Order desk (server)"
TILLS: Final = "Café tills"
SUPPORT: Final = "Support desk"
COURIER: Final = "Courier updates"
SURVEYS: Final = "Surveys"
MAILINGS: Final = "Mailings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One kind of event. ``make(row)`` gives the message without id and time; ``texts`` has one row an event.

    ``touches`` is False for identify calls, which are no interaction with the customer.
    """

    tag: str
    source: str
    at_us: Ints
    make: Callable[[int], Message]
    texts: Texts | None = None
    touches: bool = True

    def only(self, rows: Ints) -> Block:
        """Keep some events, in the order named: what was drawn for them stays theirs."""
        kept, make = rows.tolist(), self.make
        texts = None if self.texts is None else self.texts.only(rows)
        return replace(self, at_us=self.at_us[rows], make=lambda row: make(kept[row]), texts=texts)


@dataclass(slots=True)
class Ledger:
    """All blocks of a simulation, in the order in which planners wrote them."""

    start_us: int
    end_us: int
    blocks: list[Block] = field(default_factory=list)

    def write(self, block: Block) -> None:
        """Add a block; empty ones are left out.

        Raises:
            ValueError: an event lies outside the simulated time, so the truth would name what was never sent.
        """
        if len(block.at_us) == 0:
            return
        if block.at_us.min() < self.start_us or block.at_us.max() >= self.end_us:
            raise ValueError(f"{block.tag}: events outside the simulated time")
        if any(block.tag == other.tag for other in self.blocks):
            raise ValueError(f"{block.tag}: written twice")
        self.blocks.append(block)


def track(event: str, heartline: Message, *, user: str = "", anonymous: str = "", **properties: object) -> Message:
    """Make a Segment-shaped track call."""
    message: Message = {"type": "track", "event": event}
    if user:
        message["userId"] = user
    if anonymous:
        message["anonymousId"] = anonymous
    message["properties"] = properties
    message["context"] = {"heartline": heartline}
    return message


def view_page(
    name: str, path: str, heartline: Message, *, user: str = "", anonymous: str = "", referrer: str = ""
) -> Message:
    """Make a Segment-shaped page call."""
    message: Message = {"type": "page", "name": name, "anonymousId": anonymous}
    if user:
        message["userId"] = user
    url = f"https://shop.example{path}"
    message["properties"] = {"path": path, "url": url, "title": name, "referrer": referrer}
    message["context"] = {"page": {"path": path, "url": url, "referrer": referrer}, "heartline": heartline}
    return message
