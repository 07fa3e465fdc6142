"""What every page is told about its reader and its question: who looks, at which time range, through which filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from heartline.language import mark
from heartline.records import Right

CARRIED: Final = ("range", "by", "is")
"""The query keys that go with the reader from page to page: the time range, the filter's field and its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing to choose: the value that goes into the URL, and the words people read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterField:
    """A field that the one filter can look through: its query name, its words, and the values it has."""

    name: str
    label: str
    values: tuple[Choice, ...]


RANGES: Final = (
    Choice(value="4w", label=mark("Last 4 weeks")),
    Choice(value="12w", label=mark("Last 12 weeks")),
    Choice(value="26w", label=mark("Last 26 weeks")),
    Choice(value="52w", label=mark("Last 52 weeks")),
    Choice(value="all", label=mark("All time")),
)
"""The time ranges offered; their labels are translated where they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The frame of one answer. Pages read it, parts draw with it; nothing here is fetched.

    ``path`` is the page's own path, ``query`` its whole query (state lives in the URL, nowhere else). ``theme`` is
    ``light``, ``dark`` or ``system``. ``nonce`` is the answer's CSP nonce, ``csrf`` the token that every form carries.
    ``data_up_to`` is said in the bar (“14:32”); empty hides it. ``notice`` is shown once, as a toast. ``alarms`` nobody
    has looked at ring the bell in the bar.
    """

    path: str = "/"
    query: Mapping[str, str] = field(default_factory=dict)
    user_name: str = ""
    role: str = ""
    rights: frozenset[Right] = frozenset()
    nonce: str = ""
    csrf: str = ""
    theme: str = "system"
    language: str = "en"
    timezone: str = "UTC"
    workspace_name: str = ""
    sample: bool = False
    data_up_to: str = ""
    ranges: tuple[Choice, ...] = RANGES
    range_label: str = ""
    filter_label: str = ""
    filter_options: tuple[FilterField, ...] = ()
    notice: str = ""
    alarms: int = 0

    def url(self, path: str, **changes: str | int | None) -> str:
        """A link to ``path`` that carries range and filter along; ``changes`` set query keys, ``None`` drops one."""
        kept = {key: self.query[key] for key in CARRIED if self.query.get(key)}
        return _join(path, kept, changes)

    def here(self, **changes: str | int | None) -> str:
        """This page with its whole query, changed."""
        return _join(self.path, dict(self.query), changes)

    def may(self, right: Right) -> bool:
        """Whether the reader may do something; what they may not is not offered."""
        return right in self.rights


def _join(path: str, kept: Mapping[str, str], changes: Mapping[str, str | int | None]) -> str:
    path, hash_mark, anchor = path.partition("#")
    query = {key: value for key, value in {**kept, **changes}.items() if value is not None and value != ""}
    tail = "?" + urlencode(query, quote_via=quote) if query else ""
    return path + tail + hash_mark + anchor
