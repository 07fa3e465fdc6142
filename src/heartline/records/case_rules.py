"""Rules that open cases by themselves: what they ask of a touch, and what becomes of the case."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAsks:
    """What a rule asks of one touch: all that is not empty must hold, one of several names or words is enough.

    ``score_kind`` is a kind of score ("any": every kind), which lies within ``score_low`` and ``score_high`` on its own
    scale; for "any" it lies in the lower half of its scale. ``kind`` and ``negative`` ask the reader: what the comment
    wants to be, and the least calibrated probability (0…1; 0 asks nothing) that it sounds negative.
    """

    score_kind: str = ""
    score_low: float = 0.0
    score_high: float = 0.0
    words: tuple[str, ...] = ()
    kind: str = ""
    negative: float = 0.0
    broken_promise: bool = False
    channels: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()

    @property
    def reads(self) -> bool:
        """Whether it asks what the reader heard."""
        return bool(self.kind or self.negative)

    @property
    def asks(self) -> bool:
        """Whether it asks anything at all: a rule that asks nothing would open a case of every touch."""
        named = self.channels or self.touchpoints or self.places or self.areas
        return bool(self.score_kind or self.words or self.reads or self.broken_promise or named)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRule:
    """A rule that opens cases. ``since_us`` is when it was switched on: what lies before opens nothing.

    ``title`` empty: as a person would be proposed one. ``by_place`` gives the case to whoever is bound to its place,
    and to ``owner`` where nobody is. ``deputy`` has a case that is still new when due. ``team_id`` 0: no team.
    ``due_hours`` are business hours; ``cooldown_days`` is how long no second case of the same customer is opened.
    ``recheck_days`` after closing, the case asks again (0: never). Touches after ``from_seq`` count, and those up to
    ``at_seq`` were judged.
    """

    rule_id: int
    name: str
    asks: RuleAsks
    title: str = ""
    owner: str = ""
    by_place: bool = False
    deputy: str = ""
    team_id: int = 0
    due_hours: int = 8
    cooldown_days: int = 0
    recheck_days: int = 14
    enabled: bool = True
    since_us: int = 0
    from_seq: int = -1
    at_seq: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledCase:
    """A case that a rule opened, as the rule needs to know it."""

    case_id: int
    handle: str
    opened_us: int
    open: bool
