"""Consent: what customers agreed to, by channel and purpose, in the words they were shown (protocols.md §4.5).

A word comes as an event (``Consent Given``, ``Consent Withdrawn``, ``Consent Requested``; docs/reference/mapping.md) or
as a staff act. Words are never overwritten: the latest one that covers a purpose and a channel counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from heartline.records import (
    EVERYTHING,
    INDEX_BITS,
    STAFF_SOURCE,
    Consent,
    ConsentState,
    ConsentWord,
    Identifier,
    Interaction,
    Source,
    Trust,
)
from heartline.unify.removal import Acting

STATES: Final[Mapping[str, ConsentState]] = {
    "consent given": ConsentState.GIVEN,
    "consent confirmed": ConsentState.GIVEN,
    "consent requested": ConsentState.PENDING,
    "consent withdrawn": ConsentState.WITHDRAWN,
}
"""By the name of the event, in any case."""
LONGEST_WORDING: Final = 10_000
_LONGEST_NAME: Final = 100
_read: Final = msgspec.json.Decoder(dict[str, Any]).decode


def hear_consents(
    interactions: Iterable[Interaction],
    sources: Mapping[int, Source],
    *,
    handle: Callable[[Identifier], bytes],
) -> list[ConsentWord]:
    """Return the words that events say. A public source cannot vouch for whoever it names: what is given by it is
    pending until a trusted source or a member of staff confirms it; what is withdrawn by it is withdrawn.
    """
    words: list[ConsentWord] = []
    for interaction in interactions:
        state = _find_state(interaction.touchpoint) if interaction.kind == "track" else None
        if state is None:
            continue
        if state is ConsentState.GIVEN and sources[interaction.source_id].trust is not Trust.TRUSTED:
            state = ConsentState.PENDING
        said = _read_properties(interaction.properties)
        words.append(
            ConsentWord(
                seq=interaction.seq,
                handle=handle(interaction.subject).hex(),
                at_us=interaction.ts_us,
                purpose=_name(said.get("purpose")),
                channel=_name(said.get("channel")),
                state=state,
                wording=str(said.get("wording") or "")[:LONGEST_WORDING],
                version=str(said.get("version") or "")[:_LONGEST_NAME],
                how=str(said.get("how") or "")[:_LONGEST_NAME],
                source_id=interaction.source_id,
            )
        )
    return words


def keep_consent(acting: Acting, act: Consent) -> None:
    """Keep what a member of staff wrote down. A handle that nobody knows any more has no words."""
    handle = bytes.fromhex(act.handle)
    if not acting.batch.nodes_of([handle]):
        return
    acting.batch.add_consents([
        ConsentWord(
            seq=acting.seq << INDEX_BITS,
            handle=act.handle,
            at_us=act.at_us,
            purpose=_name(act.purpose),
            channel=_name(act.channel),
            state=ConsentState(act.state),
            wording=act.wording[:LONGEST_WORDING],
            version=act.version[:_LONGEST_NAME],
            how=act.how[:_LONGEST_NAME],
            by=act.by,
            source_id=STAFF_SOURCE,
        )
    ])  # fmt: skip


def latest_words(words: Iterable[ConsentWord]) -> dict[tuple[str, str], ConsentWord]:
    """Return the word in force of each purpose and channel that was ever named; ``EVERYTHING`` covers all of them."""
    said = sorted(words, key=lambda word: (word.at_us, word.seq))
    pairs = {(word.purpose, word.channel) for word in said}
    return {pair: next(word for word in reversed(said) if _covers(word, *pair)) for pair in sorted(pairs)}


def may(words: Iterable[ConsentWord], *, purpose: str, channel: str) -> bool:
    """Whether a customer who said these words agreed to a purpose by a channel: the one definition for all sending.

    The latest word that covers both counts, and only one that was given and not withdrawn, nor left pending, is a yes.
    Silence is a no.
    """
    covering = [word for word in words if _covers(word, _name(purpose), _name(channel))]
    if not covering:
        return False
    return max(covering, key=lambda word: (word.at_us, word.seq)).state is ConsentState.GIVEN


def objects(words: Iterable[ConsentWord], *, purpose: str, channel: str) -> bool:
    """Whether a customer who said these words does not want a purpose by a channel: the latest word on both withdraws.

    For what needs no consent, only that nobody objects: a question about a service somebody had.
    """
    covering = [word for word in words if _covers(word, _name(purpose), _name(channel))]
    latest = max(covering, key=lambda word: (word.at_us, word.seq), default=None)
    return latest is not None and latest.state is ConsentState.WITHDRAWN


@lru_cache(maxsize=1024)
def _find_state(name: str) -> ConsentState | None:
    return STATES.get(name.casefold())


def _covers(word: ConsentWord, purpose: str, channel: str) -> bool:
    return word.purpose in {purpose, EVERYTHING} and word.channel in {channel, EVERYTHING}


def _name(given: object) -> str:
    name = str(given).strip().lower()[:_LONGEST_NAME] if isinstance(given, (str, int)) else ""
    return name or EVERYTHING


def _read_properties(raw: bytes) -> dict[str, Any]:
    try:
        return _read(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
