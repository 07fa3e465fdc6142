"""Builders for charts: Harbour & Bean's subscription in the North, made up, and names that try to break out."""

from __future__ import annotations

from heartline.records import Effort, Metric
from heartline.web.charts import Break, Change, Series, TrendGiven, Week
from heartline.web.charts.efforts import Stake
from heartline.web.charts.funnel import StepShown
from heartline.web.charts.heartline import DRAWN, CellLine, LaneGiven, MapGiven, StageColumn, Story, Touch, Voice, Wait
from heartline.web.charts.quadrant import Mark, QuadrantGiven

HOSTILE = "\"><script>alert('x')</script>&"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def a_feeling(value: float | None, margin: float = 0.05, n: int = 400) -> Metric:
    low = None if value is None else max(-1.0, value - margin)
    high = None if value is None else min(1.0, value + margin)
    return Metric(name="valence", value=value, low=low, high=high, n=n, customers=n, method="made up")


def a_touch(name: str, value: float | None, margin: float = 0.05, *, n: int = 400, channel: str = "web") -> Touch:
    return Touch(name=name, channel=channel, feeling=a_feeling(value, margin, n), href=f"/touch/{len(name)}")


def a_funnel() -> list[StepShown]:
    """Four steps: one that loses nobody, one with a hostile name, one that nobody reached. Shares with made-up
    intervals.
    """

    def step(name: str, people: int, before: int, shares: tuple[float, ...], **more: str) -> StepShown:
        value, low, high = shares
        share = Metric(name="conversion", value=value, low=low, high=high, n=400, customers=400, method="made up")
        return StepShown(name=name, people=people, before=before, of_start=share, of_before=share, **more)

    return [
        step("Advert", 400, 400, (1, 0.9905, 1), href="/people?step=1"),
        step("Checkout", 400, 400, (1, 0.9905, 1), href="/people?step=2", lost_href="/people?step=1&lost=1"),
        step(HOSTILE, 120, 400, (0.3, 0.2571, 0.3467), took="half within 2 d", lost_href="/people?step=2&lost=1"),
        step("First cup", 0, 120, (0, 0, 0.0095)),
    ]


def a_few_stakes() -> list[Stake]:
    """Five opportunities: one of unknown gain, one that may be nothing, one with a hostile title."""
    given = (
        (HOSTILE, Effort.SMALL, (1_000, 2_100)),
        ("Two", Effort.SMALL, (0, 940)),
        ("Three", Effort.LARGE, (500, 520)),
        ("Four", Effort.UNKNOWN, None),
        ("Five", Effort.SMALL, None),
    )
    return [
        Stake(
            number=place,
            title=title,
            effort=effort,
            low=ends[0] if ends else None,
            high=ends[1] if ends else None,
            href="/pains/x",
        )
        for place, (title, effort, ends) in enumerate(given, start=1)
    ]


def a_quadrant() -> QuadrantGiven:
    """Five drivers, two on the same spot, one with a hostile name, one beyond the end of what can be felt."""
    given = (
        ("How Courier felt", (0.10, 0.20, 0.30), (0.08, 0.12, 0.17)),
        (HOSTILE, (0.55, 0.62, 0.70), (0.05, 0.08, 0.12)),
        ("Met Chat", (0.55, 0.62, 0.70), (0.05, 0.08, 0.12)),
        ("Used app", (0.30, 0.35, 0.40), (0.0, 0.01, 0.02)),
        ("Was at South", (0.80, 0.95, 1.10), (0.01, 0.02, 0.03)),
    )
    marks = tuple(
        Mark(number=place, title=title, performance=performance, importance=importance, href=f"#driver-{place}")
        for place, (title, performance, importance) in enumerate(given, start=1)
    )
    return QuadrantGiven(marks=marks, middle=0.45, even=0.04)


def a_map() -> MapGiven:
    """Seven stages, fifteen touchpoints, a detour, a thin point, one under the floor, a believed line, a story."""
    believed = iter([0.30, 0.32, 0.36, 0.40, 0.36, 0.44, 0.44, 0.40, 0.54, 0.60, 0.20, 0.18, 0.50, 0.44])

    def touch(name: str, channel: str, value: float, margin: float, n: int) -> Touch:
        return Touch(
            name=name,
            channel=channel,
            feeling=a_feeling(value, margin, n),
            believed=next(believed),
            href="/people",
            seen="21 Nov",
            felt="20 Nov",
        )

    def stage(name: str, people: int, *touches: Touch, **more: object) -> StageColumn:
        return StageColumn(name=name, people=people, touches=touches, seen="21 Nov", **more)  # type: ignore[arg-type]

    day = 86_400.0
    late = CellLine(words="Courier late", href="/pains/late", note="£44–78k a quarter", level="measured", seen="19 Nov")
    tell = CellLine(words="Tell them before they ask", href="/pains/late#opportunities", note="Idea", seen="3 Nov")
    nothing: tuple[CellLine, ...] = ()
    return MapGiven(
        name="North subscriptions",
        believed_by="workshop of 4 March",
        lanes=(
            *(LaneGiven(key=key) for key in DRAWN),
            LaneGiven(key="pains", label="Where it hurts", cells=(*3 * (nothing,), (late, late))),
            LaneGiven(key="opportunities", label="What we could do", cells=(*3 * (nothing,), (tell,))),
        ),
        story=Story(
            first="We thought delivery pleased them.",
            second="It is where we lose them.",
            facts=("Since the courier changed in the North, 31 Aug.",),
            touch=7,
        ),
        stages=(
            stage(
                "Discover",
                11400,
                touch("Café till card", "till", 0.28, 0.07, 318),
                touch("Review site", "review", 0.16, 0.08, 264),
                evidence="assumed",
                does="Hears of us from a friend",
            ),
            stage(
                "Choose",
                7260,
                touch("Plan finder", "web", 0.04, 0.05, 1120),
                touch("Taster quiz", "app", 0.24, 0.06, 611),
                lost=0.36,
                wait=Wait(median_s=240, p90_s=1500),
            ),
            stage(
                "Sign up",
                3310,
                touch("Checkout", "web", 0.18, 0.04, 1904),
                touch("Welcome mail", "mail", 0.40, 0.05, 873),
                lost=0.54,
                voice=Voice(text="А почему нельзя выбрать день доставки?", by="chat, 2 Nov", language="ru"),
            ),
            stage(
                "Delivery",
                3100,
                touch("Dispatch note", "mail", 0.24, 0.05, 1035),
                touch("Courier at the door", "courier", -0.62, 0.05, 2140),
                lost=0.06,
                here_now=188,
                here_href="/now",
                wait=Wait(median_s=3.4 * day, p90_s=8 * day, promise_s=2 * day),
                owner="Ines Vasconcelos-Montgomery",
                voice=Voice(text="Third box left out in the rain.", by="review, 14 Oct", href="/voices"),
            ),
            stage(
                "Brew",
                2986,
                touch("Box opened", "parcel", 0.34, 0.05, 1212),
                touch("First cup", "home", 0.66, 0.04, 1480),
                lost=0.04,
                voice=Voice(text="第一口就值了，比店里的还香。", by="app, 20 Oct"),
            ),
            stage(
                "Get help",
                912,
                touch("Chat", "chat", -0.18, 0.06, 702),
                touch("Phone, after chat", "phone", -0.44, 0.09, 286),
                detour=True,
            ),
            stage(
                "Renew",
                1848,
                touch("Written note", "box", 0.52, 0.06, 940),
                touch("Renewal notice", "mail", -0.06, 0.21, 24),
                Touch(name="Goodbye form", channel="web", feeling=a_feeling(None, n=3)),
                lost=0.38,
            ),
        ),
    )


def a_hostile_map() -> MapGiven:
    return MapGiven(
        name=HOSTILE,
        believed_by=HOSTILE,
        story=Story(first=HOSTILE, second=LONG * 3, facts=(HOSTILE,), touch=0),
        lanes=(
            *(LaneGiven(key=key) for key in DRAWN),
            LaneGiven(
                key=HOSTILE,
                label=HOSTILE,
                cells=((CellLine(words=HOSTILE, href=HOSTILE, note=HOSTILE, seen=HOSTILE),),),
            ),
        ),
        stages=(
            StageColumn(
                name=HOSTILE,
                people=120,
                does=HOSTILE,
                owner=HOSTILE,
                seen=HOSTILE,
                href="/x?a=1&b=\"'",
                voice=Voice(text=HOSTILE, by=HOSTILE),
                touches=(a_touch(HOSTILE, 0.9, channel=HOSTILE),),
            ),
            StageColumn(name=LONG, people=80, touches=(a_touch(LONG, -0.9, n=12), Touch(name="👩‍👩‍👧‍👦 🎉"))),
            StageColumn(name="مرحبا بكم في متجرنا", touches=(a_touch("التوصيل", 0.1),)),
            StageColumn(name="订阅续费与会员权益", people=0, touches=()),
        ),
    )


def a_trend(*, thin: int = 11) -> TrendGiven:
    north = [41, 43, 39, 42, 40, 44, 38, 42, 41, 43, 40, 42, 29, 21, 19, 15, 18, 14, 17, 19, 15, 18, 16, 17]
    south = [38, 40, 37, 41, 39, 39, 42, 38, 40, 37, 41, 39, 40, 38, 41, 37, 39, 40, 38, 36, 39, 41, 38, 39]

    def weeks(values: list[int]) -> tuple[Week, ...]:
        return tuple(
            Week(label=f"{1 + place} Jun", value=value, low=value - 13, high=value + 13, n=19 if place == thin else 96)
            for place, value in enumerate(values)
        )

    return TrendGiven(
        title="Would recommend our delivery",
        about="NPS by week, 95 % interval",
        main=Series(name="North", weeks=weeks(north), summary="± 5, n 2,140", end="+17"),
        others=(Series(name="South", weeks=weeks(south), summary="± 4, n 2,310", end="+39"),),
        change=Change(week=12, words="31 Aug: new courier, North only", note="New boxes that day too, everywhere"),
    )


def a_broken_trend() -> TrendGiven:
    """Satisfaction by three definitions: the top two boxes, the top box from week 5, the top two again in week 9."""
    shares = [0.78, 0.80, 0.79, 0.81, 0.80, 0.41, 0.43, 0.40, 0.44, 0.79]
    version = [1, 1, 1, 1, 1, 2, 2, 2, 2, 3]
    weeks = tuple(
        Week(label=f"{1 + place} Mar", value=share, low=share - 0.1, high=share + 0.1, n=96, version=by)
        for place, (share, by) in enumerate(zip(shares, version, strict=True))
    )
    return TrendGiven(
        title="Satisfied",
        about="by week, 95 % interval",
        main=Series(name="All", weeks=weeks, summary="77–83, n 940", end="80 %"),
        breaks=(
            Break(week=5, words="definition 2 from 6 Mar: the top box"),
            Break(week=9, words="definition 3 from 10 Mar: the top two boxes"),
        ),
        signed=False,
        percent=True,
    )
