"""Erasing in State and History, and telling which journaled events are of somebody (design rule 8).

An act of erasure names the seqs that go, so that a rebuild, which finds these events blank already, ends where the live
installation does. What remains is as if they had never come, except that they are counted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from heartline.records import (
    Erase,
    Identifier,
    IdentifierKind,
    Interaction,
    Lift,
    Purge,
    Refusal,
    RefusalReason,
    normalise,
)
from heartline.unify.removal import Acting, remove_events

NOT_KEPT: Final = frozenset({RefusalReason.ERASED, RefusalReason.SUPPRESSED})
"""Reasons whose events are counted and not kept."""
SHORTEST_WORD: Final = 5
"""An identifier shorter than this is looked for where ids stand, not wherever its letters do."""
SHORTEST_LETTERS: Final = 12
"""One of letters alone is a word of the language as well, unless it is as long as this."""
_LONGEST_DEPTH: Final = 40
_PLAIN: Final = re.compile(r"[ !#-.0-\[\]-~]+")
"""Signs that JSON writes as they are: all of ASCII but quotes, slashes and controls."""
_ESCAPED: Final = re.compile(rb"\\u00[2-7]")
"""A plain sign that was escaped all the same: then nothing can be told from the bytes."""
_EXPONENT: Final = re.compile(rb"[0-9.][eE][+-]?[0-9]{1,3}\s*[,}\]]")
_EXPONENT_DIGITS: Final = 16
"""Encoders write numbers of so many digits with an exponent."""
_ID_KEYS: Final = frozenset(
    re.sub(r"[^a-z]", "", key)
    for kind in IdentifierKind
    for key in (kind.value, "id", "previous_id", "distinct_id", "alias", "order", "user", "anonymous", "card", "tel")
)


def suppressed(interaction: Interaction) -> Refusal:
    """Return what is left of an event that names somebody who was erased: that it came."""
    return Refusal(
        seq=interaction.seq, source_id=interaction.source_id, reason=RefusalReason.SUPPRESSED, detail="", raw=b""
    )


def erase(acting: Acting, act: Erase) -> None:
    """Take the events back, forget the identifiers and what staff said of them, and suppress them if asked.

    What arrived between the search and the act goes too, so no event stays that names a forgotten identifier.
    """
    handles = [bytes.fromhex(handle) for handle in act.handles]
    ids = [node.node_id for node in acting.batch.nodes_of(handles).values()]
    late = [(seq, seq) for seq in acting.history.mentions(ids)] if ids else []
    remove_events(acting, [*act.ranges, *late], counted_as="erased")
    beside, lost = acting.batch.forget_handles(handles)
    known = {node.node_id for node in acting.batch.nodes([*beside, *acting.touched])}
    acting.touched = (acting.touched | beside) & known
    acting.reclassified = (acting.reclassified | beside) & known
    acting.customers |= lost
    if act.suppress:
        acting.batch.suppress(handles, certificate=act.certificate, since_us=act.at_us)


def lift(acting: Acting, act: Lift) -> None:
    """Hear some handles again."""
    acting.batch.lift([bytes.fromhex(handle) for handle in act.handles])


def purge(acting: Acting, act: Purge) -> None:
    """Take back what retention keeps no longer."""
    remove_events(acting, act.ranges, counted_as="erased")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Somebody looked for in the journal. ``keys`` are their identifiers; ``messages`` the keyed hashes of the message
    ids of their events, by which copies are told; ``seqs`` the events that History has of them.
    """

    keys: frozenset[tuple[str, str]]
    messages: frozenset[bytes] = frozenset()
    seqs: frozenset[int] = frozenset()


class Sieve:
    """Lets through the bodies that may concern somebody, by their raw bytes: more than do, never fewer.

    Case is ignored, as identifiers ignore it. Of an identifier the longest run of signs that JSON writes as they are is
    looked for; of a phone number its last digits, whatever stands between them. Several people share one sieve, and so
    one reading of the journal.
    """

    def __init__(self, sought: Iterable[Sought]) -> None:
        keys = {key for one in sought for key in one.keys}
        phones = sorted(v[-6:] for kind, v in keys if kind == IdentifierKind.PHONE.value and v.startswith("+"))
        others = {
            # The type of an external identifier is ours, and may stand in every body.
            value.partition(":")[2] if kind == IdentifierKind.EXTERNAL.value else value
            for kind, value in keys
            if kind != IdentifierKind.PHONE.value or not value.startswith("+")
        }
        runs = {max(_PLAIN.findall(value), key=len, default="").lower() for value in others}
        # What has no such run cannot be looked for: the gate has to judge every body.
        self._all = any(len(run) < 2 for run in runs)
        spelt = [rb"[^0-9]{0,3}".join(digit.encode() for digit in digits) for digits in phones]
        self._phones = re.compile(b"|".join(spelt)) if spelt else None
        self._exponents = any(run.isdecimal() and len(run) >= _EXPONENT_DIGITS for run in runs)
        # Looking for each in turn is several times quicker than one pattern of all of them.
        self._words = [run.encode() for run in sorted(runs)]

    def passes(self, payload: bytes) -> bool:
        """Whether a body may concern them."""
        if self._all or _ESCAPED.search(payload) or (self._exponents and _EXPONENT.search(payload)):
            return True
        lowered = payload.lower()
        if any(word in lowered for word in self._words):
            return True
        return self._phones is not None and self._phones.search(payload) is not None


def names_somebody(raw: bytes, keys: Collection[tuple[str, str]], *, region: str | None = None) -> bool:
    """Whether a refused event names one of these identifiers: the gate heard nobody in it, so all its values are read.

    A value counts where it reads as the identifier does; a short one only under a key that holds ids; an e-mail
    address or phone number also within a text.
    """
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        text = raw.decode("utf-8", "replace").lower()
        return any(len(value) >= SHORTEST_WORD and value.lower() in text for _, value in keys)
    return any(_is_named(key, leaf, keys, region) for key, leaf in _leaves("", value, _LONGEST_DEPTH))


def _is_named(key: str, leaf: str, keys: Collection[tuple[str, str]], region: str | None) -> bool:
    holds_ids = re.sub(r"[^a-z]", "", key.lower()) in _ID_KEYS
    for kind, value in keys:
        bare = value.partition(":")[2] if kind == IdentifierKind.EXTERNAL.value else value
        spelt = normalise(IdentifierKind(kind), leaf, region=region)
        if spelt == bare and (holds_ids or len(bare) >= SHORTEST_WORD):
            return True
        within_text = kind in {IdentifierKind.EMAIL.value, IdentifierKind.PHONE.value} and len(bare) >= SHORTEST_WORD
        if within_text and bare.lower() in leaf.lower():
            return True
    return False


def _leaves(key: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items() if depth else ():
            yield from _leaves(str(name), inner, depth - 1)
    elif isinstance(value, list):
        for inner in value if depth else ():
            yield from _leaves(key, inner, depth - 1)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield key, str(value)


def is_of(
    outcome: Interaction | Refusal,
    sought: Sought,
    *,
    message_key: bytes,
    raw: bytes,
    region: str | None = None,
) -> bool:
    """Whether an event that the gate judged is of somebody: theirs in History, a copy of such a one, or one that was
    set aside and names them. An event that History has of another customer never is.
    """
    if outcome.seq in sought.seqs or (message_key in sought.messages):
        return True
    if isinstance(outcome, Interaction):
        return False
    return outcome.reason not in NOT_KEPT and names_somebody(raw, sought.keys, region=region)


def is_telling(word: str) -> bool:
    """Whether a word in a text is likely to mean whose identifier it is: ``admin`` or ``7`` mean many things."""
    return len(word) >= (SHORTEST_LETTERS if word.isalpha() else SHORTEST_WORD)


def words_of(identifiers: Iterable[Identifier], traits: Mapping[str, Any], refs: Sequence[str]) -> tuple[str, ...]:
    """Return the words by which kept texts name somebody: long identifiers, who their profile says they are, their ids.

    A short value would be found in the texts of others.
    """
    words: set[str] = set(refs)
    for identifier in identifiers:
        value = identifier.value
        bare = value.partition(":")[2] if identifier.kind is IdentifierKind.EXTERNAL else value
        words.update(word for word in (value, bare) if is_telling(word))
    for name, value in traits.items():
        said = str(value)
        # One name alone is many people's.
        long_enough = len(said) >= SHORTEST_WORD and (name.lower() in {"email", "phone"} or " " in said.strip())
        if name.lower() in {"name", "email", "phone", "fullname", "full_name"} and long_enough:
            words.add(said)
    return tuple(sorted(words))
