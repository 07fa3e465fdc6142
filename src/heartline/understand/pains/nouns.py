"""The nouns of the pain list: signs that something hurts, what they may say, and what a pain costs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum

from heartline.records import Difference
from heartline.understand.coincidences import Coincidence
from heartline.understand.log import Floats, Ints, Mask
from heartline.understand.questions import Measure
from heartline.understand.samples import Scale

QUARTER_US = 91 * 86_400_000_000
"""Money and people are told for a quarter: 91 days, back from now."""


class SignKind(StrEnum):
    """How a pain shows itself."""

    SCORE = "score"
    WAIT = "wait"
    GIVE_UP = "give_up"
    LOOP = "loop"
    AGAIN = "again"
    SWITCH = "switch"
    PROMISE = "promise"
    COMMENT = "comment"


class Claim(StrEnum):
    """What is claimed of a sign: it grew since a date; it is worse here than elsewhere; whoever met it fared worse."""

    GREW = "grew"
    WORSE_HERE = "worse_here"
    MET = "met"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignSeries:
    """One sign in the log: ``values`` of ``rows`` (indices of the log, ascending), on ``scale``.

    ``customers`` are their owners by index. Of scores lower is worse (``worse`` −1), of everything else 1 means that it
    happened (``worse`` +1). ``until_us`` is when the newest value became known: later rows are too young to tell.
    ``limit_us`` is the threshold of a wait. ``missed`` marks rows of what never came, which count when that was
    known: ``known_us`` says so of each row. Both are None where all is known at the touch itself.
    """

    kind: SignKind
    name: str
    stage: str
    touchpoints: tuple[str, ...]
    journey_id: str
    owner: str
    scale: Scale
    worse: int
    rows: Ints
    customers: Ints
    values: Floats
    until_us: int
    measure: Measure | None = None
    limit_us: int = 0
    from_touchpoint: str = ""
    known_us: Ints | None = None
    missed: Mask | None = None

    def told(self) -> SignSeries:
        """Return the sign without what never came. It comes late perhaps, and is told then: were it counted before too,
        the last days would always look worse than those before.
        """
        if self.missed is None:
            return self
        left = ~self.missed
        return dataclasses.replace(
            self,
            rows=self.rows[left],
            customers=self.customers[left],
            values=self.values[left],
            known_us=None,
            missed=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One sign of a pain, measured: ``difference`` is now − before, here − elsewhere, or met − spared.

    ``seqs`` are the touches that the worse side counts, so ``difference.now.n`` of them. Of comments they are the
    comments of those who met it, and ``places`` says at which touchpoints how many of them were left, the most first.
    """

    kind: SignKind
    claim: Claim
    name: str
    measure: Measure | None
    difference: Difference
    limit_us: int
    from_touchpoint: str
    places: tuple[tuple[str, int], ...] = ()
    seqs: Ints = dataclasses.field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a pain costs a quarter if it is the cause, in minor units: ``low`` to ``high`` is the 95 % interval.

    ``units`` were touched in the quarter (customers, or tries of a process), ``lost`` of 100 untouched ones' later
    orders is the difference with its interval, ``each_minor`` what one is worth with those that would have followed
    (``follows`` times the order itself). ``spared`` comparable untouched units are compared with, ``known`` is of
    how many touched ones the outcome is known.
    ``robustness`` (Cinelli & Hazlett 2020) is the share of what is left of both touch and outcome that a hidden cause
    must explain to bring the difference to nothing; ``ranked`` the shrunken middle.
    """

    low: float
    middle: float
    high: float
    units: int
    known: int
    spared: int
    lost: float
    lost_low: float
    lost_high: float
    baseline: float
    each_minor: float
    order_minor: float
    follows: float
    adjusted_for: tuple[str, ...]
    of_tries: bool
    pays: tuple[str, ...]
    p: float
    robustness: float
    robustness_low: float
    ranked: float = 0.0

    @property
    def reliable(self) -> bool:
        """Whether the interval lies above nothing."""
        return self.low > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pain:
    """One pain point. ``key`` names it in URLs and stays while place and sign stay.

    ``share`` is the difference of those touched in the quarter among all who passed the spot, as (value, low, high).
    ``customers`` are the ids touched in the quarter, ``seqs`` their touches there; after ``missed`` of them what was
    promised never came. ``since_us`` is None for what was always so; ``first_us`` and ``last_us`` bound it. ``score``
    is how they felt against those it spared. ``worth`` is None where no orders tell; ``unpriced`` then says why, and
    ``at_stake`` is the sum of the orders it happened to, in minor units (None: of none).
    """

    key: str
    kind: SignKind
    claim: Claim
    spot: str
    stage: str
    touchpoints: tuple[str, ...]
    journey_id: str
    owner: str
    field: str
    value: str
    since_us: int | None
    first_us: int | None
    last_us: int | None
    evidence: tuple[Evidence, ...]
    people: int
    share: tuple[float, float, float]
    passed: int
    channel: str
    partner: str
    place: str
    coincidences: tuple[Coincidence, ...]
    still: tuple[str, ...]
    worth: Worth | None
    unpriced: str
    weight: float
    p: float
    customers: Ints = dataclasses.field(repr=False, compare=False)
    seqs: Ints = dataclasses.field(repr=False, compare=False)
    missed: int = 0
    at_stake: float | None = None

    @property
    def main(self) -> Evidence:
        """The sign by which it was found."""
        return self.evidence[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo:
    """What looked worse and is not: a place whose bad numbers are within chance, or what came everywhere that day."""

    name: str
    reason: str
    value: float
    low: float
    high: float
    shrunken: float | None
    n: int
    measure: Measure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many people two pains share: places in the list, from 0."""

    left: int
    right: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two figures that do not go together: ``good`` says all is well, ``bad`` says otherwise, of the same people.

    ``names`` are whom it concerns (staff, places); "" of ``field`` is about everyone. ``customers`` and ``seqs`` are
    behind the bad side.
    """

    key: str
    title: str
    field: str
    names: tuple[str, ...]
    good: Difference
    bad: Difference
    people: int
    days: int
    stretch: float | None
    p: float
    customers: Ints = dataclasses.field(repr=False, compare=False)
    seqs: Ints = dataclasses.field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one channel answers to a question: to most of its ``customers`` ``fact``, for instance in words ``quote``.

    ``share`` of its answers say so; ``n`` are all its answers, one a customer.
    """

    channel: str
    fact: str
    quote: str
    share: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inconsistency:
    """A question that two channels answer differently. ``difference`` is the share of answers that say what the first
    channel says, there − at the second. ``both`` were told one thing here and another there themselves; ``shrunken`` is
    the difference it is ranked by.
    """

    key: str
    question: str
    sides: tuple[Answered, Answered]
    difference: Difference
    people: int
    both: int
    shrunken: float
    p: float
    customers: Ints = dataclasses.field(repr=False, compare=False)
    seqs: Ints = dataclasses.field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGap:
    """A place outside from which a segment comes and where the company is not. ``difference`` is the share of the
    segment that ever came from there − that of the rest of its field, among whom it is known where they came from.
    """

    key: str
    host: str
    field: str
    value: str
    difference: Difference
    shrunken: float
    people: int
    p: float
    customers: Ints = dataclasses.field(repr=False, compare=False)
    seqs: Ints = dataclasses.field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PainList:
    """The page. ``tested`` claims shared one false-discovery budget ``q``; ``quiet`` says why the list is empty. The
    quarter of its money and people ends at ``until_us``.

    What contradicts itself has a budget of its own, of the same size: the contradictions one, the inconsistencies and
    channel gaps together another.
    """

    pains: tuple[Pain, ...]
    overlaps: tuple[Overlap, ...]
    let_go: tuple[LetGo, ...]
    contradictions: tuple[Contradiction, ...]
    tested: int
    q: float
    quiet: str = ""
    until_us: int = 0
    inconsistencies: tuple[Inconsistency, ...] = ()
    channel_gaps: tuple[ChannelGap, ...] = ()

    def find(self, key: str) -> tuple[int, Pain] | None:
        """Return a pain by its key with its place from 0, None where it is not on the list any more."""
        return next(((place, pain) for place, pain in enumerate(self.pains) if pain.key == key), None)

    def find_card(self, key: str) -> Contradiction | Inconsistency | ChannelGap | None:
        """Return what contradicts itself by its key, None where it is not on the page any more."""
        cards: list[Contradiction | Inconsistency | ChannelGap] = [
            *self.contradictions, *self.inconsistencies, *self.channel_gaps,
        ]  # fmt: skip
        return next((one for one in cards if one.key == key), None)
