"""Comments on a map: written, answered for, and told to those they mention."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from heartline.errors import Invalid, Missing
from heartline.language import _
from heartline.records import Journey, MapComment, MapDocument, Right, User
from heartline.web.loops import name_me
from heartline.web.map_documents import mask_of, write_document
from heartline.web.map_form import clean
from heartline.web.visit import Visit

LONGEST: Final = 1_000
MOST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A comment that mentions the reader and is not resolved."""

    journey_id: str
    journey: str
    comment: MapComment


def find_mentions(text: str, users: Sequence[User]) -> tuple[int, ...]:
    """Return the ids of those whom a text mentions: ``@`` and a name, the part of an address before its ``@``, or the
    whole address, in any case. The longest that fits counts, and a first name does where it is one person's.
    """
    calls: dict[str, set[int]] = {}
    for user in users:
        if user.enabled:
            names = {user.name, user.email, user.email.partition("@")[0], user.name.partition(" ")[0]}
            for name in names:
                if name:
                    calls.setdefault(name.casefold(), set()).add(user.user_id)
    sure = [name for name, called in calls.items() if len(called) == 1]
    if not sure:
        return ()
    either = "|".join(re.escape(name) for name in sorted(sure, key=len, reverse=True))
    found = re.findall(rf"(?<![\w@])@({either})(?![\w@]|\.\w)", text.casefold())
    return tuple(dict.fromkeys(next(iter(calls[name])) for name in found))


def add_comment(visit: Visit, journey: Journey) -> MapComment:
    """Keep the comment that was posted.

    Raises:
        Invalid: it is empty, its stage is not on the map, or the map has as many as it may.
    """
    text, stage = clean(visit.field("text"), longest=LONGEST), visit.field("stage")
    if not text:
        raise Invalid("no_comment", _("The comment is empty."), _("Write what you want to say."))
    if stage not in {one.name for one in journey.stages}:
        raise Invalid("no_stage", _("This stage is not on the map."), _("Choose one of those shown."))
    author = name_me(visit)
    mentions = find_mentions(text, visit.heartline.stores.kept.users())

    def add(document: MapDocument) -> MapDocument:
        if len(document.comments) >= MOST:
            raise Invalid(
                "many_comments", _("This map has as many comments as it can hold."), _("Remove resolved ones first.")
            )
        number = max((comment.number for comment in document.comments), default=0) + 1
        made = MapComment(number=number, stage=stage, author=author, at_us=visit.now_us, text=text, mentions=mentions)
        return replace(document, comments=(*document.comments, made))

    kept = write_document(visit, journey.journey_id, add)
    visit.note("map.comment", journey.journey_id)
    return kept.comments[-1]


def resolve_comment(visit: Visit, journey: Journey, number: int) -> None:
    """Mark a comment as resolved, open it again, or remove it where it is resolved, as ``act`` says.

    Raises:
        Missing: there is none with this number.
    """
    act, me = visit.field("act", "resolve"), name_me(visit)

    def change(document: MapDocument) -> MapDocument:
        if number not in {comment.number for comment in document.comments}:
            raise Missing("no_comment", _("This comment is gone."), _("Look at the map's comments again."))
        return replace(document, comments=_change(document.comments, number, act, me, visit.now_us))

    write_document(visit, journey.journey_id, change)
    visit.note(f"map.comment.{'remove' if act == 'remove' else 'resolve'}", f"{journey.journey_id} {number}")


def _change(comments: tuple[MapComment, ...], number: int, act: str, me: str, now_us: int) -> tuple[MapComment, ...]:
    def changed(comment: MapComment) -> MapComment:
        if comment.number != number:
            return comment
        if act == "reopen":
            return replace(comment, resolved_by="", resolved_us=None)
        return replace(comment, resolved_by=me, resolved_us=now_us)

    if act == "remove":
        # Only what is resolved goes: an open question is not lost by a press.
        return tuple(one for one in comments if one.number != number or one.resolved_us is None)
    return tuple(changed(comment) for comment in comments)


def list_mentions(visit: Visit) -> tuple[Mention, ...]:
    """Return the open comments that mention the reader, the newest first; none for who may not see journeys."""
    if not visit.may(Right.SEE_FIGURES):
        return ()
    me, mask = visit.require_user().user_id, mask_of(visit)
    names = {journey.journey_id: journey.name for journey in visit.heartline.stores.kept.journeys()}
    found = [
        Mention(
            journey_id=document.journey_id,
            journey=names.get(document.journey_id, ""),
            comment=replace(comment, text=mask(comment.text)),
        )
        for document in visit.heartline.stores.kept.map_documents()
        for comment in document.comments
        if me in comment.mentions and comment.resolved_us is None
    ]
    return tuple(sorted(found, key=lambda one: -one.comment.at_us))
