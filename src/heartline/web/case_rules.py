"""Case rules as their page has them: read from a form, tried over the last month, kept and switched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.act import ANY_SCORE, DAY_HOURS, LONGEST_TITLE, Judged, Touches, narrow, space_cases
from heartline.app import Heartline
from heartline.errors import Invalid
from heartline.language import _
from heartline.records import CaseRule, Profile, RuleAsks, ScoreKind, Team, TextKind
from heartline.store import Entry
from heartline.understand import PackedLog
from heartline.web.case_rounds import judge_entries, last_seq
from heartline.web.loops import list_owners
from heartline.web.visit import Visit

TRIED_DAYS: Final = 30
SCORES: Final = (ANY_SCORE, *(kind.value for kind in ScoreKind))
KINDS: Final = (TextKind.COMPLAINT, TextKind.CONCERN, TextKind.ENQUIRY, TextKind.COMPLIMENT)
NAMED: Final = ("touchpoints", "channels", "places", "areas")
FIELD_OF: Final = {
    "no_name": "name",
    "no_asks": "name",
    "bad_score": "score_high",
    "bad_chance": "negative",
    "bad_hours": "due_hours",
    "bad_days": "cooldown_days",
    "many_words": "words",
}
"""The field of the form that a refusal speaks of."""
_TOPS: Final = {"nps": (0.0, 10.0), "stars": (1.0, 5.0), "csat": (1.0, 100.0), "ces": (1.0, 100.0)}
_DAY_US: Final = 86_400_000_000
_MOST_WORDS: Final = 100
_LONGEST_NAME: Final = 80
_EXAMPLES: Final = 5
START: Final = CaseRule(rule_id=0, name="", asks=RuleAsks(score_kind="nps", score_low=0, score_high=6))
"""What the form for a new rule proposes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a rule would have done in the last ``TRIED_DAYS`` days, by the definition that is in force.

    ``looked`` touches were looked at; it meant ``meant`` of them, of ``customers``; they would have opened ``cases``,
    the others would have joined one. ``waits`` were not read yet. ``examples`` are the newest it meant.
    """

    looked: int
    meant: int
    customers: int
    cases: int
    waits: int
    examples: tuple[tuple[Entry, Profile | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSheet:
    """One rule with its form. ``said`` holds the form as it was posted, where it was refused."""

    rule: CaseRule
    tried: Tried | None
    owners: tuple[str, ...]
    teams: tuple[Team, ...]
    counts: tuple[int, int, int]
    said: Mapping[str, str]


def read_sheet(visit: Visit, rule: CaseRule, *, said: Mapping[str, str] | None = None, tries: bool = True) -> RuleSheet:
    """Read what the page of a rule shows, with what it would have done."""
    kept = visit.heartline.stores.kept
    return RuleSheet(
        rule=rule,
        tried=try_rule(visit.heartline, rule, now_us=visit.now_us) if tries else None,
        owners=list_owners(visit.heartline, now=rule.owner),
        teams=tuple(kept.teams()),
        counts=kept.rule_counts().get(rule.rule_id, (0, 0, 0)),
        said=write_form(rule) if said is None else said,
    )


def try_rule(heartline: Heartline, rule: CaseRule, *, now_us: int) -> Tried:
    """Run a rule over the last days of History: exactly the judgement that is passed on what comes in."""
    log = heartline.log()
    within = (log.ts_us > now_us - TRIED_DAYS * _DAY_US) & (log.ts_us <= now_us)
    rows = np.flatnonzero(within & narrow(rule.asks, _see(log)))
    order = rows[np.lexsort((log.seq[rows], log.ts_us[rows]))]
    owner_of = {int(log.seq[row]): int(log.customers[log.row[row]]) for row in order}
    met: list[Entry] = []
    waits = 0
    for entry, judged in judge_entries(heartline, rule, list(owner_of)):
        met += [entry] if judged is Judged.YES else []
        waits += judged is Judged.WAITS
    moments = [(owner_of[entry.seq], entry.ts_us) for entry in met]
    held_us = math.ceil(rule.due_hours / DAY_HOURS) * _DAY_US
    newest = met[-_EXAMPLES:][::-1]
    people = heartline.stores.derived.profiles({owner_of[entry.seq] for entry in newest})
    return Tried(
        looked=int(within.sum()),
        meant=len(met),
        customers=len({customer for customer, _at in moments}),
        cases=len(space_cases(moments, rule, held_us=held_us)),
        waits=waits,
        examples=tuple((entry, people.get(owner_of[entry.seq])) for entry in newest),
    )


def _see(log: PackedLog) -> Touches:
    return Touches(
        score_kind=log.score_kind,
        score=log.score,
        score_top=log.score_top,
        has_text=log.has_text,
        codes=log.codes,
        names=log.names,
    )


def write_form(rule: CaseRule) -> dict[str, str]:
    """Write a rule as its form holds it."""
    asks = rule.asks
    bounded = asks.score_kind and asks.score_kind != ANY_SCORE
    return {
        "name": rule.name,
        "score_kind": asks.score_kind,
        "score_low": f"{asks.score_low:g}" if bounded else "",
        "score_high": f"{asks.score_high:g}" if bounded else "",
        "words": "\n".join(asks.words),
        "kind": asks.kind,
        "negative": f"{asks.negative * 100:g}" if asks.negative else "",
        "broken_promise": "1" if asks.broken_promise else "",
        **{name: "\n".join(getattr(asks, name)) for name in NAMED},
        "title": rule.title,
        "owner": rule.owner,
        "by_place": "1" if rule.by_place else "",
        "deputy": rule.deputy,
        "team": str(rule.team_id),
        "due_hours": str(rule.due_hours),
        "cooldown_days": str(rule.cooldown_days),
        "recheck_days": str(rule.recheck_days),
    }


def parse_rule(said: Mapping[str, str], had: CaseRule, *, owners: Sequence[str], teams: Sequence[Team]) -> CaseRule:
    """Read the form of a rule; how it stands (number, switch, how far it came) is kept.

    Raises:
        Invalid: something cannot be read, or it asks nothing; ``FIELD_OF`` names the field.
    """
    name = " ".join(said.get("name", "").split())[:_LONGEST_NAME]
    if not name:
        raise Invalid("no_name", _("A rule has a name."), _("Say in a few words what it looks for."))
    asks = _parse_asks(said)
    if not asks.asks:
        raise Invalid("no_asks", _("This rule would open a case of every touch."), _("Say at least one thing it asks."))
    for name_of in ("owner", "deputy"):
        if said.get(name_of, "") and said[name_of] not in owners:
            raise Invalid("bad_owner", _("Nobody here has that name."), _("Choose somebody who may change things."))
    team = said.get("team", "0")
    return replace(
        had,
        name=name,
        asks=asks,
        title=" ".join(said.get("title", "").split())[:LONGEST_TITLE],
        owner=said.get("owner", ""),
        by_place=said.get("by_place") == "1",
        deputy=said.get("deputy", ""),
        team_id=int(team) if team in {str(one.team_id) for one in teams} else 0,
        due_hours=_whole(said, "due_hours", low=1, high=400, code="bad_hours", default=8),
        cooldown_days=_whole(said, "cooldown_days", low=0, high=365, code="bad_days", default=0),
        recheck_days=_whole(said, "recheck_days", low=0, high=365, code="bad_days", default=14),
    )


def _parse_asks(said: Mapping[str, str]) -> RuleAsks:
    kind = said.get("score_kind", "") if said.get("score_kind", "") in SCORES else ""
    low, high = _bounds(said, kind)
    return RuleAsks(
        score_kind=kind,
        score_low=low,
        score_high=high,
        words=_lines(said.get("words", "")),
        kind=said.get("kind", "") if said.get("kind", "") in {one.value for one in KINDS} else "",
        negative=_whole(said, "negative", low=0, high=100, code="bad_chance", default=0) / 100,
        broken_promise=said.get("broken_promise") == "1",
        touchpoints=_lines(said.get("touchpoints", "")),
        channels=_lines(said.get("channels", "")),
        places=_lines(said.get("places", "")),
        areas=_lines(said.get("areas", "")),
    )


def _bounds(said: Mapping[str, str], kind: str) -> tuple[float, float]:
    if kind not in _TOPS:
        return 0.0, 0.0
    bottom, top = _TOPS[kind]
    try:
        low = float(said.get("score_low", "").replace(",", ".") or bottom)
        high = float(said.get("score_high", "").replace(",", ".") or top)
    except ValueError:
        low, high = 1.0, 0.0
    # Not a number compares with nothing, so it is refused here too.
    if not bottom <= low <= high <= top:
        raise Invalid(
            "bad_score", _("No score lies within these bounds."), _("From the lower to the higher, on its own scale.")
        )
    return low, high


def _whole(said: Mapping[str, str], name: str, *, low: int, high: int, code: str, default: int) -> int:
    text = said.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or not low <= int(text[:9]) <= high:
        raise Invalid(
            code,
            _("{text} is no number that fits here.").format(text=text[:40]),
            _("Write {low} to {high}.").format(low=low, high=high),
        )
    return int(text)


def _lines(text: str) -> tuple[str, ...]:
    lines = [" ".join(line.split())[:_LONGEST_NAME] for line in text.replace(",", "\n").splitlines()]
    found = tuple(dict.fromkeys(line for line in lines if line))
    if len(found) > _MOST_WORDS:
        raise Invalid("many_words", _("That is more than {n} lines.").format(n=_MOST_WORDS), _("Make two rules of it."))
    return found


def keep_rule(visit: Visit, rule: CaseRule) -> CaseRule:
    """Keep a rule. A new one, or one that asks otherwise, begins now: what lies before it opens nothing."""
    kept = visit.heartline.stores.kept
    if rule.rule_id:
        # What it asks now was not asked of what came before.
        if rule.asks != kept.case_rule(rule.rule_id).asks:
            rule = replace(begin(visit.heartline, rule, now_us=visit.now_us), enabled=rule.enabled)
        kept.set_case_rule(rule)
        visit.note("case_rule.changed", f"{rule.rule_id}")
        return rule
    made = kept.add_case_rule(begin(visit.heartline, rule, now_us=visit.now_us))
    visit.note("case_rule.added", f"{made.rule_id}")
    return made


def begin(heartline: Heartline, rule: CaseRule, *, now_us: int) -> CaseRule:
    """Return a rule that begins now."""
    last = last_seq(heartline)
    return replace(rule, enabled=True, since_us=now_us, from_seq=last, at_seq=last)


def switch_rule(visit: Visit, rule_id: int, *, on: bool) -> None:
    """Switch a rule on, from now, or off.

    Raises:
        Missing: there is none.
    """
    kept = visit.heartline.stores.kept
    rule = kept.case_rule(rule_id)
    kept.set_case_rule(begin(visit.heartline, rule, now_us=visit.now_us) if on else replace(rule, enabled=False))
    visit.note("case_rule.switched", f"{rule_id}: {'on' if on else 'off'}")
