"""Files of talk: reviews, posts, transcripts and notes. What their columns mean beyond those of any other file.

A review says whom it is about, has a title beside its words, and may have been answered. Of a conversation only what
the customer said is the customer's. All this is told by names; people confirm or change it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from heartline.collect.importing import vocabulary as words
from heartline.collect.importing.facts import Facts
from heartline.collect.importing.mapping import (
    Brand,
    ImportMapping,
    Only,
    TimeFormat,
    Touch,
    Trait,
    Value,
    When,
    Who,
)
from heartline.language import _
from heartline.records import IdentifierKind

REVIEW: Final = "review"
"""The action of a touch that is a review."""
REPLY: Final = "reply"
"""The action of a touch by which the company answered one."""
_MOST_BRANDS: Final = 60
_MOST_VOICES: Final = 12

_REVIEW: Final = re.compile(r"(?:^|_)(?:reviews?|rezension|resena|avis|reviewer)(?:_|$)|^star_rating$")
_BRAND: Final = re.compile(
    r"^(?:brand|brand_name|competitor|competitor_name|rival|rival_name|marke|wettbewerber|konkurrent|"
    r"reviewed_(?:company|brand)|(?:company|brand)_reviewed)$"
)
_TITLE: Final = re.compile(r"^(?:review_|reviewer_)?(?:comment_)?(?:title|headline|titel|titulo|titre)$")
_AUTHOR: Final = re.compile(
    r"^(?:author|reviewer|user_?name|nickname|display_name|screen_name|reviewer_(?:name|nickname)|author_name|"
    r"verfasser|autor|auteur)$"
)
_ACCOUNT: Final = re.compile(r"^(?:handle|account_name|screen_name|twitter_handle|profile_id)$")
_REPLY_AT: Final = re.compile(
    r"^(?:company_|developer_|owner_|review_|merchant_|business_)?(?:reply|replied|response|responded)"
    r"(?:_date|_time|_at|_on|_utc|_datetime|_created|_update|_updated)+$"
)
_REPLY: Final = re.compile(
    r"^(?:company_|developer_|owner_|review_|merchant_|business_)?(?:reply|response)(?:_text|_body|_comment|_content)?$"
)
_VOICE: Final = re.compile(
    r"^(?:speaker|role|sender|sender_type|author_type|author_role|participant_role|speaker_role|message_type|from|who|sprecher)$"
)
_CUSTOMERS: Final = frozenset(
    {
        "customer", "user", "visitor", "client", "caller", "end user", "end-user", "end_user", "contact", "guest",
        "consumer", "incoming", "inbound", "kunde", "kundin", "participant", "interviewee", "respondent", "客户",
    }
)  # fmt: skip
_COMPANYS: Final = frozenset(
    {
        "agent", "bot", "system", "admin", "assistant", "operator", "advisor", "staff", "support", "outgoing",
        "outbound", "employee", "rep", "representative", "mitarbeiter", "interviewer", "moderator", "客服",
    }
)  # fmt: skip
TALKS: Final = re.compile(r"^(?:conversation|chat|call|transcript|interview|dialog|dialogue)_?(?:id|nr|no|number)$")
_SPEAKS: Final = re.compile(r"^(?:participant|interviewee|respondent|informant)(?:_id|_no|_nr|_number|_code)?$")
_WORDS: Final = re.compile(r"^(?:notes?|quotes?|transcript|utterance|said|post|caption|verbatim|turn|zitat|notiz)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The columns that mean something of their own in a file of talk, "" where there is none."""

    review: bool = False
    brand: str = ""
    title: str = ""
    author: str = ""
    account: str = ""
    reply: str = ""
    reply_at: str = ""
    voice: str = ""
    customers: tuple[str, ...] = ()
    conversation: str = ""
    speaker: str = ""

    @property
    def claimed(self) -> frozenset[str]:
        """The columns that mean nothing else."""
        named = (self.brand, self.title, self.author, self.account, self.reply, self.reply_at, self.voice)
        return frozenset(filter(None, (*named, self.conversation, self.speaker)))


def hear_talk(facts: Mapping[str, Facts]) -> Talk:
    """Tell whether a file is of talk, and which columns say so; a file without words is not."""
    if not any(_is_worded(column, one) for column, one in facts.items()):
        return Talk()

    def find(pattern: re.Pattern[str]) -> str:
        return next((c for c, one in facts.items() if one.filled and pattern.match(words.fold_name(c))), "")

    review = any(_REVIEW.search(words.fold_name(column)) for column in facts)
    review = review or bool(
        find(_TITLE) and find(_AUTHOR) and any(words.SCORE.search(words.fold_name(c)) for c in facts)
    )
    brand = find(_BRAND)
    brand = brand if brand and facts[brand].distinct <= _MOST_BRANDS and facts[brand].time is None else ""
    review = review or bool(brand)
    voice, customers = _find_voice(facts)
    conversation = find(TALKS)
    speaker = find(_SPEAKS)
    account = find(_ACCOUNT)
    author = "" if voice else find(_AUTHOR)
    reply_at = find(_REPLY_AT) if review else ""
    reply_at = reply_at if reply_at and facts[reply_at].time is not None else ""
    return Talk(
        review=review,
        brand=brand,
        title=find(_TITLE) if review else "",
        author="" if author == account else author,
        account=account,
        reply=find(_REPLY) if review else "",
        reply_at=reply_at,
        voice=voice,
        customers=customers,
        conversation=conversation if voice or speaker or account or conversation else "",
        speaker=speaker,
    )


def is_words(column: str, facts: Facts) -> bool:
    """Tell whether a column holds what was said in a file of talk, though its name says so nowhere else."""
    return (
        bool(_WORDS.match(words.fold_name(column))) and facts.numbers < 0.5 and (facts.spaces > 0.8 or facts.han > 0.5)
    )


def add_talk(mapping: ImportMapping, talk: Talk, facts: Mapping[str, Facts], own: Sequence[str]) -> ImportMapping:
    """Return a guessed mapping with what the columns of talk mean in it."""
    if talk.review:
        mapping = _add_review(mapping, talk, facts, own)
    who = list(mapping.who)
    named = ((talk.speaker, "participant", True), (talk.account, "account", True))
    for column, external, strong in (*named, (talk.conversation, "conversation", False)):
        if column and column not in {one.column for one in who}:
            who.append(Who(column=column, kind=IdentifierKind.EXTERNAL, external=external, strong=strong))
    if talk.author and not any(trait.name == "name" for trait in mapping.traits):
        mapping = replace(mapping, traits=(Trait(name="name", column=talk.author), *mapping.traits))
    if talk.voice:
        mapping = replace(mapping, only=(*mapping.only, Only(column=talk.voice, values=talk.customers)))
    return replace(mapping, who=tuple(who), unnamed_rows=mapping.unnamed_rows and not who)


def _add_review(mapping: ImportMapping, talk: Talk, facts: Mapping[str, Facts], own: Sequence[str]) -> ImportMapping:
    said = next((place for place, touch in enumerate(mapping.touches) if "text" in touch.carries), 0)
    touches = tuple(
        replace(touch, action=REVIEW) if place == said else touch for place, touch in enumerate(mapping.touches)
    )
    if talk.reply_at and touches:
        form = facts[talk.reply_at].time or TimeFormat.ISO
        touches = (*touches, answer_touch(When(column=talk.reply_at, format=form)))
    if mapping.key and not mapping.who:
        # A review's own id makes it one reviewer's, whatever is answered to it later.
        mapping = replace(mapping, who=(Who(column=mapping.key[0], kind=IdentifierKind.EXTERNAL, external=REVIEW),))
    return replace(
        mapping,
        touches=touches,
        title=talk.title if "text" in mapping.fields else "",
        brand=Brand(column=talk.brand, own=tuple(own)) if talk.brand else mapping.brand,
        unnamed_rows=mapping.unnamed_rows or not mapping.who,
    )


def answer_touch(when: When) -> Touch:
    """Return the touch by which the company answered a review: what it said is not the customer's words."""
    return Touch(name=Value(constant="Review answered"), when=when, carries=(), area="service", action=REPLY)


def describe_talk(talk: Talk, own: Sequence[str]) -> dict[str, str]:
    """Return what each claimed column means, in words."""
    ours = ", ".join(own)
    told = {
        talk.brand: _("whose it is: {ours} is us, all others are rivals").format(ours=ours)
        if own
        else _("whose it is: all are rivals"),
        talk.title: _("its title, put before the text"),
        talk.author: _("the customer’s name"),
        talk.account: _("external id “{external}”").format(external="account"),
        talk.reply: _("what the company answered: not the customer’s words"),
        talk.reply_at: _("when the company answered"),
        talk.voice: _("who speaks: only the customer’s words are taken"),
        talk.conversation: _("external id “{external}”").format(external="conversation"),
        talk.speaker: _("external id “{external}”").format(external="participant"),
    }
    return {column: said for column, said in told.items() if column}


def doubt_brand(talk: Talk, values: Sequence[str], own: Sequence[str]) -> str:
    """Return what to check of a brand column none of whose values is ours, "" where one is."""
    known = {name.casefold().strip() for name in own}
    if not talk.brand or any(value.casefold().strip() in known for value in values):
        return ""
    return _("No row names us, so all count as said of rivals. If these are products, keep them beside the touch.")


def _is_worded(column: str, facts: Facts) -> bool:
    folded = words.fold_name(column)
    named = bool(words.TEXT.search(folded) or _WORDS.match(folded))
    return facts.numbers < 0.5 and (
        (named and (facts.spaces > 0.8 or facts.han > 0.5)) or (facts.length > 40 and facts.spaces > 5)
    )


def _find_voice(facts: Mapping[str, Facts]) -> tuple[str, tuple[str, ...]]:
    """Return the column that says who speaks, with its values that stand for customers: both sides must be there."""
    for column, one in facts.items():
        if not _VOICE.match(words.fold_name(column)) or not 0 < one.distinct <= _MOST_VOICES:
            continue
        said = [value for value in one.values if value.casefold().strip() in _CUSTOMERS]
        if said and any(value.casefold().strip() in _COMPANYS for value in one.values):
            return column, tuple(said)
    return "", ()
