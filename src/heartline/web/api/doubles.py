"""Possible duplicates by call: the queue that the page shows, page by page, and what somebody says of a pair."""

from __future__ import annotations

from heartline.records import Suggestion, SuggestionStatus
from heartline.web.api.asking import ask_anew
from heartline.web.api.positions import Key, Paging
from heartline.web.api.shapes.duplicates import PairListed, PairPage, tell_pair, tell_run
from heartline.web.chores import find_chore
from heartline.web.duplicates import ACCOUNTS, CHORE, DECIDED, OPEN, decide_pair, read_cards, read_run
from heartline.web.visit import Visit

_MOST = 5_000


def list_pairs(visit: Visit, paging: Paging, *, show: str) -> PairPage:
    """List pairs that may be one customer: open ones, the surest first, or decided ones, the latest first."""
    kept, chore = visit.heartline.stores.kept, find_chore(visit.heartline, CHORE)
    if show == DECIDED:
        found = sorted(kept.decided_suggestions(), key=_key_decided)
    else:
        found = kept.suggestions(SuggestionStatus.OPEN, limit=_MOST, over_limit=show == ACCOUNTS)
        found = sorted(found, key=_key_open)
    key_of = _key_decided if show == DECIDED else _key_open
    shown, onward = paging.cut(found, key_of, order=f"pairs {show}", width=2)
    counts = {
        name: kept.count_suggestions(SuggestionStatus.OPEN, over_limit=name == ACCOUNTS) for name in (OPEN, ACCOUNTS)
    }
    decided = (SuggestionStatus.CONFIRMED, SuggestionStatus.DISMISSED)
    return PairPage(
        open=counts[OPEN],
        accounts=counts[ACCOUNTS],
        decided=sum(kept.count_suggestions(status) for status in decided),
        items=[tell_pair(card) for card in read_cards(visit.heartline, shown)],
        next=onward,
        run=tell_run(read_run(visit.heartline)),
        under_way=chore is not None and chore.running,
    )


def _key_open(pair: Suggestion) -> Key:
    return -pair.probability, pair.suggestion_id


def _key_decided(pair: Suggestion) -> Key:
    return -(pair.decided_us or 0), -pair.suggestion_id


def decide_pair_asked(visit: Visit, suggestion_id: int, decision: str) -> PairListed:
    """Confirm a pair, dismiss it, or take a decision back. Raises as ``decide_pair`` does."""
    decide_pair(ask_anew(visit, form={"act": decision}), suggestion_id)
    pair = visit.heartline.stores.kept.suggestion(suggestion_id)
    return tell_pair(read_cards(visit.heartline, [pair])[0])
