"""Drill-downs: a score question as a URL, so that a tile, the list behind it and its export are one definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, urlencode

from heartline.errors import Invalid, Missing
from heartline.language import _
from heartline.records import Journey
from heartline.understand import Measure, Question, Selection, narrow_where
from heartline.web.parts import View

SORTS: Final = ("newest", "lowest", "highest")
_FARTHEST_US: Final = 253_402_300_799_000_000
_MOST_FIELDS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A question about answers, apart from the page's own range and filter, and how to list them.

    ``where`` and ``touchpoints`` narrow further; ``since_us``/``until_us`` replace the range's ends. ``said`` keeps
    only answers with words. ``stage`` is (journey id, stage name): the touchpoints are then that stage's, as it is now.
    """

    measure: Measure = Measure.VALENCE
    touchpoints: tuple[str, ...] = ()
    stage: tuple[str, str] | None = None
    where: tuple[tuple[str, str], ...] = ()
    since_us: int | None = None
    until_us: int | None = None
    title: str = ""
    said: bool = False
    sort: str = "newest"
    page: int = 1

    def ask(self, selection: Selection) -> Question:
        """The question, within the page's selection."""
        since = selection.from_us if self.since_us is None else self.since_us
        until = selection.to_us if self.until_us is None else self.until_us
        where = narrow_where(selection.where, self.where)
        return Question(
            measure=self.measure,
            selection=replace(selection, from_us=since, to_us=until, where=where),
            touchpoints=self.touchpoints,
        )

    def query(self) -> dict[str, str]:
        """The question as query keys, apart from sort and page; what is not said is left out."""
        told = {
            "measure": self.measure.value,
            "journey": self.stage[0] if self.stage else "",
            "stage": self.stage[1] if self.stage else "",
            "at": "" if self.stage else urlencode([("t", name) for name in self.touchpoints]),
            "where": urlencode(self.where),
            "since": "" if self.since_us is None else str(self.since_us),
            "until": "" if self.until_us is None else str(self.until_us),
            "title": self.title,
            "said": "1" if self.said else "",
            "sort": "" if self.sort == "newest" else self.sort,
        }
        return {name: value for name, value in told.items() if value}

    def url(self, view: View, path: str = "/answers") -> str:
        """The link to the list behind (or its export), carrying range and filter along."""
        return view.url(path, **self.query())


def read_drill(query: Mapping[str, str], journeys: Sequence[Journey] = ()) -> Drill:
    """Read a URL's question; a stage is looked up in ``journeys``.

    Raises:
        Invalid: the measure, the sort or a time is not one we know.
        Missing: there is no such stage any more.
    """
    measure = query.get("measure", "") or Measure.VALENCE.value
    answers = {m.value for m in (*_SCORED, Measure.COMMENTS, Measure.TOUCHES)}
    if measure not in answers:
        raise Invalid(
            "bad_measure",
            _("“{text}” is no score.").format(text=measure[:40]),
            _("Ask for one of {names}.").format(names=", ".join(sorted(answers))),
        )
    sort = query.get("sort", "") or "newest"
    if sort not in SORTS:
        raise Invalid(
            "bad_sort",
            _("“{text}” is no order.").format(text=sort[:40]),
            _("Use one of {names}.").format(names=", ".join(SORTS)),
        )
    stage = (query.get("journey", ""), query["stage"]) if query.get("stage") else None
    return Drill(
        measure=Measure(measure),
        stage=stage,
        touchpoints=_find_stage(journeys, *stage)
        if stage
        else tuple(name for _key, name in _read_pairs(query.get("at", ""))),
        where=_read_pairs(query.get("where", "")),
        since_us=_read_time(query.get("since", "")),
        until_us=_read_time(query.get("until", "")),
        title=query.get("title", "")[:200],
        said=query.get("said") == "1",
        sort=sort,
        page=read_page(query),
    )


def read_page(query: Mapping[str, str]) -> int:
    """The page asked for, from 1; anything else is the first."""
    text = query.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 8 else 1


_SCORED: Final = (Measure.NPS, Measure.CSAT, Measure.CES, Measure.STARS, Measure.VALENCE)


def _find_stage(journeys: Sequence[Journey], journey_id: str, name: str) -> tuple[str, ...]:
    for journey in journeys:
        for stage in journey.stages:
            if journey.journey_id == journey_id and stage.name == name:
                # A stage without touchpoints holds nothing; no touchpoints at all would mean everywhere.
                return stage.touchpoints or ("\0",)
    raise Missing(
        "no_stage",
        _("There is no stage “{name}” in that journey any more.").format(name=name[:80]),
        _("Open the journey."),
    )


def _read_pairs(text: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise Invalid(
            "bad_filter", _("This link names more fields than a question has."), _("Start from Home.")
        ) from None


def _read_time(text: str) -> int | None:
    if not text:
        return None
    bare = text.removeprefix("-")
    if not (bare.isascii() and bare.isdecimal()) or len(bare) > 18 or abs(int(text)) > _FARTHEST_US:
        raise Invalid(
            "bad_time", _("“{text}” is no time.").format(text=text[:40]), _("Times are microseconds since 1970, UTC.")
        )
    return int(text)
