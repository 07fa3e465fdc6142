"""One run, moment by moment: what was met, said and felt, how long it took, what is usual, what came after."""

from __future__ import annotations

from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.understand import RunState, Wait, say_journey
from heartline.web.charts.life import draw_life
from heartline.web.lives import Moment, score_of
from heartline.web.pages.customer import tell_about, tell_what, tell_when
from heartline.web.parts import (
    Column,
    View,
    acts,
    channel_icon,
    download_button,
    lede,
    link_button,
    quote,
    section,
    shell,
    svg,
    table,
    table_twin,
    tag,
    timeline,
    timeline_row,
    valence,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.svg import num
from heartline.web.parts.words import day, duration, iso, moment, money, number, plural, say_score
from heartline.web.promise_words import say_promise
from heartline.web.promises import Promise
from heartline.web.replays import FEWEST, Replay, Step

_WIDE: Final = 240.0


def replay_page(view: View, found: Replay, *, now_us: int) -> Renderable:
    """The page: the run in a line, then every moment with the wait before it, then what came after."""
    path = f"/customers/{found.profile.ref}"
    here = f"{path}/runs/{found.journey.journey_id}"
    run = view.query.get("run")
    asked = next((step.number for step in found.steps if step.asked and step.number > 1), None)
    return shell(
        view,
        title=_("{customer}, moment by moment").format(customer=found.profile.title),
        crumbs=(
            (view.url("/customers"), _("Customers")),
            (view.url(path), found.profile.title),
            ("", say_journey(found.journey.name)),
        ),
        controls=False,
        body=[
            lede(
                h.bdi[found.profile.title],
                under=_under(view, found),
                do=acts(
                    asked is not None and link_button(_("The touch you came from"), f"#moment-{asked}", weight="plain"),
                    found.earlier is not None
                    and link_button(_("The run before"), view.url(here, run=found.earlier), weight="plain"),
                    found.later is not None
                    and link_button(_("The run after"), view.url(here, run=found.later), weight="plain"),
                    download_button(view, "CSV", view.url(f"{here}/moments.csv", run=run)),
                ),
            ),
            section(
                _say_felt(found),
                beside=bool(found.given.felt) and _("Each point is one answer and leads to its moment."),
                identity="felt",
                body=bool(found.given.felt) and draw_life(found.given),
            ),
            _moments(view, found, now_us=now_us),
            _after(view, found, now_us=now_us),
        ],
    )


def _under(view: View, found: Replay) -> Node:
    moments = plural(found.moments, "moment", "moments")
    span = duration((found.last_us - found.first_us) / 1e6)
    told = {
        RunState.OPEN: _("Run {number} of {runs} of {journey}, still under way: {moments} in {time} so far."),
        RunState.FINISHED: _("Run {number} of {runs} of {journey}, finished: {moments} in {time}."),
        RunState.LAPSED: _("Run {number} of {runs} of {journey}, which fell silent: {moments} in {time}."),
    }[found.state]
    journey = h.a(href=view.url(f"/journeys/{found.journey.journey_id}"))[h.bdi[say_journey(found.journey.name)]]
    shown = {"number": number(found.number), "runs": number(found.runs), "moments": moments, "time": span}
    return fill(told, journey=journey, **shown)


def _say_felt(found: Replay) -> str:
    n = len(found.given.felt)
    if not n:
        return _("Nobody asked how it was")
    return ngettext("Asked once how it was", "Asked {n} times how it was", n).format(n=number(n))


def _moments(view: View, found: Replay, *, now_us: int) -> Element:
    longest = max((_reach(step) for step in found.steps), default=1.0) or 1.0
    cut = found.moments - len(found.steps)
    return section(
        _("Moment by moment"),
        identity="moments",
        beside=_("With a moment’s number in focus, the arrow keys go from moment to moment."),
        body=[
            h.ol(".replay", data_replay=True)[
                (_moment(view, step, longest=longest, now_us=now_us) for step in found.steps)
            ],
            cut > 0
            and h.p(".note")[
                ngettext("{n} later moment is in the CSV.", "{n} later moments are in the CSV.", cut).format(
                    n=number(cut)
                )
            ],
            h.p(".note.funnel-rules")[
                _(
                    "Usual is the median of all runs of this journey that took the same step, with its 95 % interval; "
                    "fewer than {n} customers say nothing. Bars of waits share one scale; the mark is what is usual."
                ).format(n=number(FEWEST))
            ],
            table_twin(replay_table(view, found)),
        ],
    )


def _reach(step: Step) -> float:
    usual = step.usual.median_us if step.usual is not None and step.usual.customers >= FEWEST else None
    return float(max(step.wait_us or 0, usual or 0))


def _moment(view: View, step: Step, *, longest: float, now_us: int) -> Element:
    entry, score = step.entry, score_of(step.entry)
    what: Node = [h.bdi[entry.touchpoint or entry.action or entry.kind], [": ", h.b[say_score(score)]] if score else ""]
    return h.li(class_=["moment", step.asked and "asked"], id=f"moment-{step.number}")[
        step.wait_us is not None and _wait(step, longest=longest),
        bool(step.meanwhile) and h.p(".note.meanwhile")[_say_meanwhile(step.meanwhile)],
        h.div(".moment-body")[
            h.a(".moment-no", href=f"#moment-{step.number}", aria_label=_say_place(step))[number(step.number)],
            h.span(".note.when")[tell_when(view, entry, now_us=now_us)],
            channel_icon(entry.channel or _("unknown")),
            h.div(".moment-said")[
                h.p[what],
                entry.text and quote(entry.text, size="small"),
                h.p(".note")[h.bdi[step.stage], " · " if tell_about(entry) else "", tell_about(entry)],
                step.promise is not None and _promise(step.promise),
            ],
            score is not None and valence(score.valence),
        ],
    ]


def _say_place(step: Step) -> str:
    return _("Moment {n}: {touchpoint}").format(
        n=number(step.number), touchpoint=step.entry.touchpoint or step.entry.kind
    )


def _wait(step: Step, *, longest: float) -> Element:
    wait = float(step.wait_us or 0)
    usual = step.usual if step.usual is not None and step.usual.customers >= FEWEST else None
    mark = None if usual is None or usual.median_us is None else usual.median_us / longest * _WIDE
    return h.div(".wait-row")[
        svg.svg(".wait-bar", viewBox=f"0 0 {num(_WIDE)} 12", aria_hidden="true", preserveAspectRatio="none")[
            svg.rect(".wait", x="0", y="3", height="6", width=num(max(1.0, wait / longest * _WIDE))),
            mark is not None and svg.path(".promise", d=f"M{num(min(mark, _WIDE - 1))} 0v12"),
        ],
        h.p(".small")[
            h.b[_("{time} later").format(time=duration(wait / 1e6))],
            [" ", h.span(".note")[say_usual(step.usual)]],
            step.long and [" ", tag(_("longer than nine of ten"), tone="late")],
        ],
    ]


def say_usual(usual: Wait | None) -> str:
    """What is usual for a step: “usually 2 d (1.9 d to 2.2 d), n 420”."""
    if usual is None or usual.median_us is None or usual.customers < FEWEST:
        return _("too few took this step to say what is usual (n {n})").format(n=number(usual.n if usual else 0))
    low, high = ((usual.median_us if end is None else end) / 1e6 for end in (usual.low_us, usual.high_us))
    return _("usually {time} ({low} to {high}), n {n}").format(
        time=duration(usual.median_us / 1e6), low=duration(low), high=duration(high), n=number(usual.n)
    )


def _say_meanwhile(items: tuple[Moment, ...]) -> Node:
    counts: dict[str, int] = {}
    for item in items:
        name = item.entry.touchpoint or item.entry.action or item.entry.kind
        counts[name] = counts.get(name, 0) + item.times
    told = [f"{name} ×{number(count)}" if count > 1 else name for name, count in list(counts.items())[:6]]
    more = len(counts) - len(told)
    if more:
        told.append(_("and {n} more").format(n=number(more)))
    return fill(_("Meanwhile, outside this journey: {touchpoints}."), touchpoints=h.bdi[", ".join(told)])


def _promise(promise: Promise) -> Element:
    words = say_promise(promise)
    if promise.late:
        return h.p(".small")[tag(_("Promise broken"), tone="late"), " ", words]
    if promise.late is False:
        return h.p(".small")[tag(_("Promise kept"), tone="better", drawing="check"), " ", words]
    return h.p(".small")[words]


def _after(view: View, found: Replay, *, now_us: int) -> Element:
    if found.state is RunState.OPEN and not found.after:
        said = _("They are still under way: nothing came after yet.")
    elif not found.after:
        said = _("Nothing since: not one touch.")
    else:
        later = duration((found.after[0].entry.ts_us - found.last_us) / 1e6)
        said = _("{time} later they came by again.").format(time=later)
        if found.bought is not None:
            said += " " + _say_bought(view, found, now_us=now_us)
    cursor = None
    if found.after:
        last = found.after[-1].entry
        cursor = f"{last.ts_us}.{last.seq + 1}"
    return section(
        _("What happened after"),
        identity="after",
        body=[
            h.p(".small")[said],
            bool(found.after) and timeline(*(_later(view, item, now_us=now_us) for item in found.after)),
            bool(found.after)
            and h.p(".small")[
                h.a(href=view.url(f"/customers/{found.profile.ref}#happened", before=cursor))[_("On their timeline")]
            ],
        ],
    )


def _say_bought(view: View, found: Replay, *, now_us: int) -> str:
    entry = found.bought
    if entry is None:
        return ""
    paid = money(entry.amount_minor or 0, entry.currency) if entry.currency else number(entry.amount_minor or 0)
    return _("The next payment: {amount} on {day}.").format(
        amount=paid, day=day(entry.ts_us, view.timezone, now_us=now_us)
    )


def _later(view: View, item: Moment, *, now_us: int) -> Element:
    entry = item.entry
    return timeline_row(
        tell_when(view, entry, now_us=now_us),
        tell_what(item),
        channel=entry.channel or _("unknown"),
        said=quote(entry.text, size="small") if entry.text else None,
        note=tell_about(entry),
    )


def replay_table(view: View, found: Replay) -> Element:
    """The run as a table."""
    heads = (
        Column(words=_("Moment"), figures=True),
        Column(words=_("When")),
        Column(words=_("Touchpoint"), names=True),
        Column(words=_("Stage")),
        Column(words=_("Since the moment before"), figures=True),
        Column(words=_("What is usual")),
        Column(words=_("Scores")),
        Column(words=_("Promised and delivered")),
    )
    rows: list[tuple[Node, ...]] = []
    for step in found.steps:
        score = score_of(step.entry)
        at = step.entry.ts_us
        rows.append(
            (
                number(step.number),
                h.time(datetime=iso(at, view.timezone))[moment(at, view.timezone)],
                h.bdi[step.entry.touchpoint or step.entry.kind],
                h.bdi[step.stage],
                "–" if step.wait_us is None else duration(step.wait_us / 1e6),
                "–" if step.wait_us is None else say_usual(step.usual),
                say_score(score) if score else "–",
                say_promise(step.promise) if step.promise else "–",
            )
        )
    return table(heads, rows, caption=_("The run as a table"))
