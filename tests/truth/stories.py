"""Stories 1, 3, 5, 6 and 11, looked for in the packed log the way a page looks: with intervals and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from companies import DAY, MINUTE, SECOND, WEEK, Company
from numpy.typing import NDArray

from heartline.records import Journey, Metric, Verdict
from heartline.simulate.stories import TEAM_A, TEAM_B
from heartline.understand import (
    Finding,
    Findings,
    Measure,
    PackedLog,
    Question,
    ScoreMeasure,
    Selection,
    answer,
    behind,
    compare_answers,
    gather_drivers,
    mask_names,
    report_metrics,
    weigh,
    write_sentence,
)
from heartline.understand.samples import Scale, gather
from heartline.web.lenses import read_lens
from heartline.web.mapping import list_journeys
from heartline.web.opening import find_all
from heartline.web.scoring import read_scores
from heartline.web.tiles import before, choose_drills, read_tiles

Mask = NDArray[np.bool_]
Values = NDArray[np.float64]
ARROWS = {Verdict.HIGHER, Verdict.LOWER}
DOOR = "Courier at the door"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A planted number, and what was measured of it with its 95 % interval."""

    name: str
    planted: float
    value: float
    low: float
    high: float
    n: int

    @property
    def covered(self) -> bool:
        """Whether the interval holds the planted number."""
        return self.low <= self.planted <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What opens Home. ``rank`` is the place of story 1 among the findings (0: not found)."""

    headline: str
    rank: int
    loss: Measured | None
    others: tuple[str, ...]
    blamed: tuple[str, ...]


def open_home(company: Company) -> tuple[Opened, Findings]:
    """Read Home's findings as its handler does, and look for story 1 among them."""
    log = company.log
    journeys: Sequence[Journey] = list_journeys(company.heartline, log)
    findings = find_all(
        company.heartline, log, journeys, Selection(), zone=company.zone, now_us=company.end_us, wait_s=300
    )
    assert findings is not None
    written = [write_sentence(finding) for finding in findings.found]
    places = [place for place, finding in enumerate(findings.found) if is_story_1(company, finding)]
    told = company.truth["stories"]["1"]["delivery_nps_difference"]
    loss = None
    if places:
        gap = findings.found[places[0]].difference
        assert gap.value is not None
        assert gap.low is not None
        assert gap.high is not None
        loss = Measured(
            name="delivery NPS lost", planted=told, value=gap.value, low=gap.low, high=gap.high, n=gap.now.n
        )
    blamed = tuple(
        said
        for sentence in written
        for said in (sentence.headline, sentence.figures, sentence.contrast)
        if "packag" in said.lower()
    )
    opened = Opened(
        headline=written[0].headline if written else findings.quiet,
        rank=places[0] + 1 if places else 0,
        loss=loss,
        others=tuple(s.headline for place, s in enumerate(written) if place not in places),
        blamed=blamed,
    )
    return opened, findings


def is_story_1(company: Company, finding: Finding) -> bool:
    """Whether a finding says: the score at the door, in the North, fell at the switch (two days either way, for no box
    travels through the move).
    """
    return (
        finding.measure is Measure.NPS
        and DOOR in finding.touchpoints
        and finding.value == "North"
        and (finding.difference.value or 0.0) < 0
        and abs(finding.since_us - company.switch_us) <= 2 * DAY
    )


def list_mill_lane(company: Company, findings: Findings) -> dict[str, Verdict]:
    """Ask after Mill Lane everywhere it is shown: its own difference, its tile, its line, and Home."""
    log, now_us = company.log, company.end_us
    usual = read_lens({}, zone=company.zone, now_us=now_us, last_us=int(log.ts_us.max())).selection
    own = usual.also("place", "Mill Lane")
    question = Question(measure=Measure.NPS, selection=own)
    earlier = before(question)
    assert earlier is not None
    verdicts = {"difference": compare_answers(log, question, earlier).verdict}
    for tile in read_tiles(log, choose_drills(log, own), own, zone=company.zone, now_us=now_us):
        if tile.change is not None:
            verdicts[f"tile {tile.label}"] = tile.change.verdict
    alone = read_scores(company.heartline, log, {"measure": "nps"}, own, now_us=now_us)
    if alone.change is not None:
        verdicts["scores, filtered"] = alone.change.verdict
    everyone = read_scores(company.heartline, log, {"measure": "nps"}, usual, now_us=now_us)
    for table in everyone.tables:
        for line in table.lines:
            if line.name == "Mill Lane" and line.against is not None:
                verdicts["against the other places"] = line.against.verdict
    for finding in findings.found:
        if finding.value == "Mill Lane":
            verdicts["Home"] = finding.claimed.verdict
    return verdicts


def list_drivers(company: Company) -> list[str]:
    """Return what goes with recommending since the courier changed in the North (“−place North”), most important first.

    Nobody planted a touch, a wait or a feeling that does; the place is the courier's.
    """
    since = Selection(from_us=company.switch_us)
    gathered = gather_drivers(company.log, ScoreMeasure.NPS, since, days=30)
    weights = weigh(gathered.observed, permutations=499)
    assert weights is not None
    told = [
        ("+" if weights.sign[place] > 0 else "−") + f"{one.kind.value} {one.name}"
        for place, one in enumerate(gathered.drivers)
    ]
    return [told[place] for place in np.argsort(-weights.share) if weights.passed[place]]


def count_mill_lane(company: Company) -> tuple[int, int]:
    """Count Mill Lane's answers before and in the usual time range."""
    usual = read_lens({}, zone=company.zone, now_us=company.end_us, last_us=int(company.log.ts_us.max())).selection
    question = Question(measure=Measure.NPS, selection=usual.also("place", "Mill Lane"))
    earlier = before(question)
    assert earlier is not None
    return len(behind(company.log, earlier)), len(behind(company.log, question))


def count_burnt(company: Company) -> tuple[int, int, int]:
    """Count story 6: comments about the lot in its 45 minutes, all comments in these, and the most in the same minutes
    of the 28 days before.
    """
    story, start = company.truth["stories"]["6"], company.moment("burnt_lot")
    long_us = story["minutes"] * MINUTE
    asked = Question(measure=Measure.COMMENTS, selection=Selection(from_us=start, to_us=start + long_us))
    lots = [name for name in company.log.names["product"] if "lot 217" in name]
    of_lot = [asked.during(start, start + long_us).selection.also("product", lot) for lot in lots]
    count = sum(len(behind(company.log, Question(measure=Measure.COMMENTS, selection=one))) for one in of_lot)
    usual = [
        answer(company.log, asked.during(start - day * DAY, start - day * DAY + long_us)).n for day in range(1, 29)
    ]
    return count, answer(company.log, asked).n, max(usual)


def measure_order_ahead(company: Company) -> list[Measured]:
    """Story 3: who gave up ordering ahead, told apart by the screens they met, and how long the others took.

    A try ends with the order, or when the customer is away for half an hour.
    """
    log, told = company.log, company.truth["stories"]["3"]
    names = [name for name in log.names["touchpoint"] if name.startswith("Order ahead")]
    rows = np.flatnonzero(mask_names(log, "touchpoint", names))
    code = {name: log.names["touchpoint"].index(name) for name in names}
    step, who, at = log.codes["touchpoint"][rows], log.row[rows].astype(np.int64), log.ts_us[rows]
    placed_here = step == code["Order ahead: placed"]
    begins = np.ones(len(rows), dtype=np.bool_)
    begins[1:] = (who[1:] != who[:-1]) | (np.diff(at) > 30 * MINUTE) | placed_here[:-1]
    one_try = np.cumsum(begins) - 1
    met = {name: np.bincount(one_try[step == number], minlength=one_try[-1] + 1) > 0 for name, number in code.items()}
    placed, start = met["Order ahead: placed"], at[begins]
    tap, pickup = met["Order ahead: one tap"], met["Order ahead: pickup step"]
    old = ~tap & ~pickup
    since = start >= company.moment("app_5_2")
    rates = told["abandonment"]
    groups = {
        "gave up, one tap": (tap, rates["ios_one_tap"]),
        "gave up, pickup step": (pickup & ~tap, rates["ios_pickup_step"]),
        "gave up, before": (old & ~since, rates["ios_before"]),
        "gave up, Android since": (old & since, rates["android_since"]),
    }
    customer = who[begins]
    found = [_share(name, planted, ~placed[rows_], customer[rows_]) for name, (rows_, planted) in groups.items()]
    last = at[np.append(np.flatnonzero(begins)[1:] - 1, len(at) - 1)]
    seconds = (last - start) / SECOND
    for name, rows_, planted in (
        ("seconds, pickup step", pickup & placed & ~tap, told["seconds"][0]),
        ("seconds, one tap", tap & placed, told["seconds"][1]),
    ):
        found.append(_mean(name, planted, seconds[rows_], customer[rows_]))
    return found


def measure_happy_leavers(company: Company, customer_of: Mapping[int, int]) -> list[Measured]:
    """Story 5: who scored 9 or 10 and ordered no more within 90 days; the two teams' ratings and second contacts."""
    log, told = company.log, company.truth["stories"]["5"]
    leavers = np.array([customer_of[person] for person in told["persons"]], dtype=np.int64)
    asked = np.flatnonzero(mask_names(log, "touchpoint", ("Quarterly survey",)) & (log.score >= 9))
    orders = np.flatnonzero(mask_names(log, "touchpoint", ("Order placed",)))
    gone = np.array([_is_gone(log, orders, int(row)) for row in asked])
    customer = log.row[asked].astype(np.int64)
    left = np.isin(log.customers[customer], leavers)
    rates = told["gone_in_90_days"]
    found = [
        _share("gone, leavers", rates["leavers"], gone[left], customer[left]),
        _share("gone, others as happy", rates["matched"], gone[~left], customer[~left]),
    ]
    for team, names in (("A", TEAM_A), ("B", TEAM_B)):
        rows = np.flatnonzero(mask_names(log, "employee", names) & (log.score_kind == 2))
        mean = _mean(
            f"CSAT of team {team}",
            told["csat_of_teams"][team],
            log.score[rows].astype(np.float64),
            log.row[rows].astype(np.int64),
        )
        found.append(mean)
        found.append(_measure_again(company, team, names, told["asked_again"][team]))
    return found


def _is_gone(log: PackedLog, orders: NDArray[np.int64], row: int) -> bool:
    first = np.searchsorted(orders, row)
    rows = orders[first : first + 40]
    own = rows[log.row[rows] == log.row[row]]
    return not bool((log.ts_us[own] <= log.ts_us[row] + 90 * DAY).any())


def _measure_again(company: Company, team: str, names: Sequence[str], planted: float) -> Measured:
    """The share of requests about an order after which the same order is asked about again; those of the last week
    are too young to tell.
    """
    log = company.log
    asked = ("Chat", "Phone call", "Mail to support")
    rows = np.flatnonzero(mask_names(log, "employee", names) & mask_names(log, "touchpoint", asked) & log.has_text)
    rows = rows[np.isnan(log.score[rows])]
    rows = rows[np.argsort(log.ts_us[rows], kind="stable")]
    orders = [entry.order for entry in company.heartline.stores.history.entries(log.seq[rows].tolist())]
    first: dict[str, int] = {}
    again: set[str] = set()
    for row, order in zip(rows.tolist(), orders, strict=True):
        if order and first.setdefault(order, row) != row:
            again.add(order)
    old = {order: row for order, row in first.items() if log.ts_us[row] < company.end_us - WEEK}
    hits = np.array([order in again for order in old])
    return _share(f"asked again, team {team}", planted, hits, log.row[np.array(list(old.values()))].astype(np.int64))


def _share(name: str, planted: float, hits: Mask, customer: NDArray[np.int64]) -> Measured:
    return _note(name, planted, report_metrics(gather(hits.astype(np.float64), customer, scale=Scale.SHARE), name)[0])


def _mean(name: str, planted: float, values: Values, customer: NDArray[np.int64]) -> Measured:
    return _note(name, planted, report_metrics(gather(values, customer, scale=Scale.MEAN), name)[0])


def _note(name: str, planted: float, metric: Metric) -> Measured:
    assert metric.value is not None
    assert metric.low is not None
    assert metric.high is not None
    return Measured(name=name, planted=planted, value=metric.value, low=metric.low, high=metric.high, n=metric.n)
