"""Sentences: what a finding says, in plain words. “Goes with”, never “causes”."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heartline.language import _, localize_digits, mark, ngettext
from heartline.records import Metric, Verdict
from heartline.understand.findings import NOTHING_CHANGED, TOO_FEW_ANSWERS, Finding, Findings
from heartline.understand.questions import Measure
from heartline.understand.wording import say_stage

TITLES = {
    Measure.NPS: mark("Would recommend us"),
    Measure.CSAT: mark("Satisfied"),
    Measure.CES: mark("Ease"),
    Measure.STARS: mark("Stars"),
    Measure.VALENCE: mark("Feeling"),
}
VERDICTS = {
    Verdict.HIGHER: mark("Higher"),
    Verdict.LOWER: mark("Lower"),
    Verdict.NO_RELIABLE_CHANGE: mark("No reliable change"),
    Verdict.TOO_FEW: mark("Too few to say"),
}
QUIET = {
    TOO_FEW_ANSWERS: mark("Too few answers to compare yet."),
    NOTHING_CHANGED: mark("Nothing reliably changed."),
}
_MINUS = "−"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """``headline`` opens Home; ``figures`` are its proof, ``moved`` the same without n; ``contrast`` names who did not
    move and what went with it (any of them may be ""); ``caveat`` says what this is no proof of.
    """

    headline: str
    moved: str
    figures: str
    contrast: str
    caveat: str


def write_sentence(finding: Finding) -> Sentence:
    """Write a finding down."""
    gap = finding.difference.value or 0.0
    before, now = finding.difference.before, finding.difference.now
    was, is_now = (write_value(finding.measure, metric) for metric in (before, now))
    moved = f"{was} → {is_now} ± {_margin(finding.measure, now)}"
    return Sentence(
        headline=_headline(finding, size=write_size(finding.measure, abs(gap)), lost=gap < 0),
        moved=moved,
        figures=_("{moved}, n = {n}").format(moved=moved, n=_count(now.n)),
        contrast=_contrast(finding),
        caveat=_("Goes with, not proof: before and after alone do not show the cause."),
    )


def write_quiet(findings: Findings) -> Sentence:
    """Write down why there is nothing to say."""
    looked = ngettext("{n} comparison looked at.", "{n} comparisons looked at.", findings.tested)
    figures = looked.format(n=_count(findings.tested)) if findings.tested else ""
    return Sentence(headline=_(QUIET.get(findings.quiet, "")), moved="", figures=figures, contrast="", caveat="")


def name_place(finding: Finding) -> str:
    """Name where it happened: “Delivery in the North”, “Checkout by Swiftline”, “Chat, plan weekly”."""
    spot = say_stage(finding.spot) or _("Everywhere")
    if not finding.field:
        return spot
    label = finding.field.removeprefix("trait:").replace("_", " ")
    compass = finding.value.lower() in {"north", "south", "east", "west"}
    if label in {"region", "country", "area", "city"} or compass:
        words = _("{spot} in the {value}") if compass else _("{spot} in {value}")
    elif label == "place":
        words = _("{spot} at {value}")
    elif label == "partner":
        words = _("{spot} by {value}")
    elif label == "channel":
        words = _("{spot} on {value}")
    else:
        words = _("{spot}, {field} {value}")
    return words.format(spot=spot, value=finding.value, field=label)


def write_value(measure: Measure, metric: Metric) -> str:
    """Write a metric's value the way its kind is read: +41, 62 %, 5.2; a dash where nothing was measured."""
    if metric.value is None:
        return "–"
    if measure is Measure.NPS:
        return _signed(round(metric.value))
    if measure is Measure.CSAT:
        return _("{number} %").format(number=f"{metric.value * 100:.0f}")
    if measure is Measure.VALENCE:
        return ("+" if metric.value >= 0 else _MINUS) + localize_digits(f"{abs(metric.value):.2f}")
    return localize_digits(f"{metric.value:.1f}")


def write_size(measure: Measure, size: float) -> str:
    """Write how much something moved, without its sign."""
    if measure in {Measure.NPS, Measure.CSAT}:
        points = round(size if measure is Measure.NPS else size * 100)
        return ngettext("{n} point", "{n} points", points).format(n=_count(points))
    return localize_digits(f"{size:.1f}")


def _headline(finding: Finding, *, size: str, lost: bool) -> str:
    """Say where, how far, and what went with it, where one thing of this segment alone did."""
    came = [one for one in finding.coincidences if one.alone and one.now > one.before]
    if not came:
        words = _("{where} lost {size}.") if lost else _("{where} gained {size}.")
    elif came[0].now > 0.8:
        words = (
            _("{where} lost {size} when {what} took over.")
            if lost
            else _("{where} gained {size} when {what} took over.")
        )
    else:
        words = (
            _("{where} lost {size} when {what} came in.") if lost else _("{where} gained {size} when {what} came in.")
        )
    return words.format(where=name_place(finding), size=size, what=came[0].value if came else "")


def _contrast(finding: Finding) -> str:
    still = [other.value for other in finding.comparisons if other.still]
    shared = [one for one in finding.coincidences if not one.alone and one.elsewhere_now is not None]
    if not still:
        return ""
    if not shared:
        words = ngettext("{names} did not move.", "{names} did not move.", len(still))
        return words.format(names=_enumerate(still))
    words = ngettext(
        "{names} did not move; {what} came there too, so it is not that alone.",
        "{names} did not move; {what} came there too, so it is not that alone.",
        len(still),
    )
    return words.format(names=_enumerate(still), what=shared[0].value)


def _enumerate(names: Sequence[str]) -> str:
    """“South and West”."""
    told = names[0]
    for name in names[1:]:
        told = _("{left} and {right}").format(left=told, right=name)
    return told


def _margin(measure: Measure, metric: Metric) -> str:
    if metric.margin is None:
        return "–"
    if measure is Measure.NPS:
        return f"{metric.margin:.0f}"
    return f"{metric.margin * 100:.0f}" if measure is Measure.CSAT else localize_digits(f"{metric.margin:.1f}")


def _count(n: int) -> str:
    return localize_digits(f"{n:,}")


def _signed(value: int) -> str:
    return f"+{value}" if value > 0 else f"{_MINUS}{-value}" if value < 0 else "0"
