"""What others can be told of, in words; and how a chat room is told of it."""

from __future__ import annotations

import json
from typing import Final

from heartline.act import SHAPES, write_body, write_shaped
from heartline.app import Heartline
from heartline.errors import Invalid
from heartline.language import _, mark, speaking
from heartline.records import Delivery, Happening
from heartline.web.letters import read_sender

WORDS: Final = {
    Happening.CASE_OPENED: (mark("A case was opened"), ""),
    Happening.CASE_CHANGED: (mark("A case was changed"), mark("Moved on, handed over or noted.")),
    Happening.CASE_CLOSED: (mark("A case was closed"), ""),
    Happening.ALERT_FIRED: (mark("An alert fired"), mark("The figure, its interval, n and a sentence.")),
    Happening.IMPORT_FINISHED: (mark("An import has finished"), ""),
    Happening.IMPORT_UNDONE: (mark("An import was undone"), ""),
    Happening.ACCOUNT_UNBALANCED: (mark("The account does not add up"), mark("Looked at once a minute.")),
    Happening.PROJECTOR_STOPPED: (
        mark("The projector has stopped"),
        mark("Nothing new is shown until somebody looks."),
    ),
    Happening.IDENTIFIER_QUARANTINED: (mark("Identifiers were quarantined"), mark("How many, never which.")),
    Happening.TEST: (mark("A test"), ""),
}
"""Each happening in words, and a hint."""
SHAPE_WORDS: Final = {"": mark("CloudEvents (programs)"), "slack": mark("Slack"), "teams": mark("Microsoft Teams")}
_SETTING: Final = "webhook_shapes"


def read_shapes(heartline: Heartline) -> dict[str, str]:
    """Return the shape of each webhook that has one other than CloudEvents, by its number as text."""
    kept = heartline.stores.kept.setting(_SETTING)
    return dict(json.loads(kept)) if kept else {}


def keep_shape(heartline: Heartline, endpoint_id: int, shape: str) -> None:
    """Keep the shape a webhook is told in.

    Raises:
        Invalid: there is no such shape.
    """
    if shape not in SHAPES:
        raise Invalid("bad_shape", _("There is no such shape of messages."), _("Choose one of those shown."))
    shapes = {number: one for number, one in read_shapes(heartline).items() if number != str(endpoint_id)}
    if shape:
        shapes[str(endpoint_id)] = shape
    heartline.stores.kept.set_setting(_SETTING, json.dumps(shapes))


def write_message(heartline: Heartline, delivery: Delivery) -> bytes:
    """Write what is sent, in the shape that its webhook asks for, in the company's first language."""
    shape = read_shapes(heartline).get(str(delivery.endpoint_id), "")
    if not shape:
        return write_body(delivery)
    told = json.loads(delivery.data)
    path = told.get("path")
    link = f"{read_sender(heartline).base}{path}" if isinstance(path, str) and path.startswith("/") else ""
    with speaking(next(iter(heartline.workspace.languages), "en")):
        title = _(WORDS[delivery.kind][0])
        named = f"{title}: {told['name']}" if isinstance(told.get("name"), str) else title
        text = told["text"] if isinstance(told.get("text"), str) else ""
        return write_shaped(shape, title=named, text=text, link=link)
