"""Column names and what they usually mean. Compared as lower-case words joined by underscores."""

from __future__ import annotations

import re
from typing import Final

from heartline.records import IdentifierKind

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_UNFIT: Final = re.compile(r"[^a-z0-9]+")


def fold_name(column: str) -> str:
    """Return a column's name as lower-case words: ``"CustomerID"`` and ``"customer id"`` are "customer_id"."""
    return _UNFIT.sub("_", _CAMEL.sub("_", column).lower()).strip("_")


def title_name(column: str) -> str:
    """Return a name for people: ``"order_delivered_customer_date"`` is "Order delivered customer"."""
    words = [word for word in fold_name(column).split("_") if word not in _TIME_WORDS]
    return " ".join(words).capitalize()


def stem_name(column: str) -> str:
    """Return a name without its words for time: "Order date" and "order_time" are of one stem."""
    return "_".join(word for word in fold_name(column).split("_") if word not in _TIME_WORDS)


def mean_words(column: str) -> frozenset[str]:
    """Return what the words of a time's name have in common with others': "order_delivered_at" is {"deliver"}."""
    stems = (_ENDING.sub("", word) for word in fold_name(column).split("_") if word not in _TIME_WORDS)
    return frozenset(stem for stem in stems if len(stem) > 2 and not _THING.match(stem) and not PROMISED.search(stem))


_ENDING: Final = re.compile(r"(?:datum|termin|zeit|ed|y|ies|ing|al|ung|t|s)$")
_THING: Final = re.compile(r"^(?:order|invoice|purchase|booking|bestell|pedido|rechnung|customer|client|kunde)")
_TIME_WORDS: Final = frozenset(
    {
        "at",
        "on",
        "date",
        "time",
        "timestamp",
        "datetime",
        "ts",
        "datum",
        "data",
        "uhrzeit",
        "zeit",
        "hora",
        "heure",
        "fecha",
        "tijd",
        "hour",
        "clock",
    }
)
_PERSON: Final = (
    r"(?:user|customer|client|member|account|person|people|contact|subscriber|patient|guest|kunde|kunden|cliente)"
)
_ORDER: Final = r"(?:order|invoice|purchase|booking|bestell|pedido|rechnungs)"
_NUMBER: Final = r"(?:id|nr|no|number|nummer|num|key|ref|code)"

WHO: Final = tuple(
    (re.compile(pattern), kind, external)
    for pattern, kind, external in (
        (r"(?:^|_)e?_?mail(?:_address)?$", IdentifierKind.EMAIL, ""),
        (r"(?:^|_)(?:phone|mobile|telephone|telefon|celular|msisdn)(?:_number)?$", IdentifierKind.PHONE, ""),
        (r"loyalty|bonus_card|card_number$|membership_no", IdentifierKind.LOYALTY_CARD, ""),
        (rf"^{_PERSON}_unique_{_NUMBER}$", IdentifierKind.USER_ID, ""),
        (rf"^{_PERSON}_?{_NUMBER}$|^case_concept_name$|^author_id$|^uid$", IdentifierKind.USER_ID, ""),
        (r"^(?:anonymous_id|cookie(?:_id)?|visitor_id|session_id|client_uuid)$", IdentifierKind.ANONYMOUS_ID, ""),
        (r"^(?:device_id|idfa|gaid|advertising_id)$", IdentifierKind.DEVICE, ""),
        (
            rf"^{_ORDER}_?{_NUMBER}$|^invoice$",
            IdentifierKind.EXTERNAL,
            "order",
        ),
        (rf"^(?:ticket|case|lead|mql|contract|policy|claim)_{_NUMBER}$", IdentifierKind.EXTERNAL, ""),
    )
)
PERSON: Final = re.compile(r"^(?:kunde|kunden|cliente|client|customer|klant)$")
"""What holds a customer: by name, or where there are digits in it, by number."""
NAME: Final = re.compile(
    rf"^(?:full_)?(?:name|nome|nombre|nom|naam)$|{PERSON.pattern}"
    rf"|^(?:{_PERSON}|klant)_?(?:full_)?(?:name|naam)$|^(?:name|nome|nombre|nom|naam)_(?:do_|del_|du_|de_|van_)?"
    r"(?:kunden|cliente|client|klant)$"
)
ROW_KEY: Final = re.compile(
    r"^(?:id|uuid|guid|row_id|response_id|ticket_id|event_id|message_id|tweet_id|answer_id|review_id|post_id)$"
)
WHAT: Final = re.compile(
    r"^(?:activity|event|event_name|touchpoint|action|step|task|concept_name|event_type|journey_stage|stage|status)$"
)
BIRTH: Final = re.compile(r"birth|dob|geburt")
PROMISED: Final = re.compile(
    r"estimat|promis|expected|planned|deadline|due|limit|target|zugesagt|versprochen|erwartet|geplant|previst|prometid"
)
KEPT: Final = re.compile(
    r"deliver|arriv|receiv|fulfil|complet|closed|solved|zugestellt|liefer|erledigt|entreg", re.IGNORECASE
)
"""How a promise ends, where nothing in its name says which of the row's times it is about."""
BARE: Final = re.compile(
    r"^(?:created|opened|closed|solved|resolved|received|completed|paid|answered|assigned)$", re.IGNORECASE
)
"""What says nothing without the thing it happened to."""
TRAIT: Final = re.compile(
    rf"^{_PERSON}_(?:state|region|country|segment|plan|tier|type|group|gender)$|^(?:region|country|segment|tier|bundesland)$"
)
"""What groups customers, in a file of what they did."""
CHANGED_AT: Final = re.compile(r"updated|modified|changed|exported|synced|loaded")
MAIN_TIME: Final = re.compile(
    r"^(?:time_)?(?:timestamp|time|date|datetime|created_at|occurred_at|event_time|ts|datum)$"
)
TEXT: Final = re.compile(
    r"comment|verbatim|feedback|message|narrative|description|review(?:s|_text|_body)?$|text|body|content|kommentar|opinion"
)
SCORE: Final = re.compile(
    r"nps|recommend|empfehl|csat|satisf|zufrieden|ces|effort|rating|stars?$|sterne$|score|grade|nota|bewertung"
)
AMOUNT: Final = re.compile(
    r"(?:^|_)(?:amount|price|value|total|revenue|cost|valor|gross|net|spend|sum|[a-z]*(?:betrag|preis|umsatz|summe))(?:_[a-z]{3})?$"
)
FIELDS: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("currency", r"^(?:currency|currency_code|waehrung|moeda)$"),
        ("channel", r"(?:^|_)(?:channel|via|medium|platform|kanal|canal)$"),
        ("place", r"^(?:store|shop|branch|location|place|site|filiale|loja|airport)(?:_name|_id)?$"),
        ("employee", r"(?:^|_)(?:agent|assignee|employee|resource|clerk|operator|advisor|staff)(?:_name|_id)?$"),
        ("partner", r"^(?:carrier|courier|partner|supplier|seller|vendor|dealer|airline)(?:_name|_id)?$"),
        ("product", r"^(?:product|item|sku|article|stock_code|variation)(?:_name|_id|_code)?$"),
    )
)
