"""``/rivals``: our reviews against rivals', why people buy and leave, and which reviews wait for an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.records import Difference, Metric, Right
from heartline.understand import HEARD_RIGHT, Reason, Saying, ThemeAgainst, Wait, find_right
from heartline.web.exports import Cell
from heartline.web.pages.themes import voice_tabs
from heartline.web.parts import (
    Column,
    View,
    acts,
    button,
    csrf_field,
    download_button,
    empty,
    field,
    key_values,
    lede,
    link_button,
    quoted,
    section,
    shell,
    table,
)
from heartline.web.parts.figures import figure_of, verdict
from heartline.web.parts.words import Change, Unit, duration, moment, number, percent, plural, say_change, say_metric
from heartline.web.rivalry import PAGE, RivalLine, Rivalry, Shown

RIVAL_COLUMNS: Final = (
    "part", "name", "ours", "ours_low", "ours_high", "ours_n", "theirs", "theirs_low", "theirs_high", "theirs_n",
    "difference", "difference_low", "difference_high", "verdict",
)  # fmt: skip
_LONGEST_QUOTE: Final = 160
_REASONS: Final = 5
_LINES: Final = 20


def rivals_page(view: View, rivalry: Rivalry, *, now_us: int) -> Renderable:
    """The page: the comparison, the comments behind a figure, reasons, replies, and the names of the market."""
    crumbs = (("/voice", _("What they say")), ("", _("Reviews and rivals")))
    compared = rivalry.compared
    body: list[Node] = [
        lede(
            _("Our reviews and rivals’"),
            under=_under(rivalry),
            do=acts(
                download_button(view, "CSV", view.url("/rivals.csv", rival=rivalry.against or None)),
                view.may(Right.IMPORT) and link_button(_("Load reviews"), "/data/imports"),
            ),
        ),
        voice_tabs(view, "/rivals"),
        section(_("Theme by theme"), body=_comparison(view, rivalry)) if compared.rivals else _nothing(view),
        rivalry.shown is not None and _shown(view, rivalry.shown, now_us=now_us),
        _reasons(view, rivalry, Saying.BUYS),
        _reasons(view, rivalry, Saying.LEAVES),
        _replies(view, rivalry, now_us=now_us),
        view.may(Right.CHANGE_JOURNEYS) and _market(view, rivalry),
    ]
    return shell(view, title=_("Reviews and rivals"), crumbs=crumbs, body=body)


def rival_rows(rivalry: Rivalry) -> Iterator[tuple[Cell, ...]]:
    """Every figure of the page as a row under ``RIVAL_COLUMNS``."""
    for line in rivalry.compared.lines:
        name = name_line(rivalry, line)
        if line.share is not None:
            yield ("theme_share", name, *_sides(line.share))
        yield ("feeling", name, *_sides(line.feeling))
    for saying, said in rivalry.compared.reasons.items():
        yield (saying.value, "", *_side(said.share), *[""] * 8)
        for part, found in (("reason", said.reasons), ("rival", said.rivals)):
            for one in found:
                yield (f"{saying.value}_{part}", name_reason(rivalry, part, one), *_side(one.share), *[""] * 8)
    replies = rivalry.compared.replies
    yield ("reviews_answered", "", *_side(replies.answered), *[""] * 8)
    if replies.wait.median_us is not None:
        ends = (replies.wait.median_us, replies.wait.low_us, replies.wait.high_us)
        yield ("reply_seconds", "", *(round((end or 0) / 1e6) for end in ends), replies.wait.n, *[""] * 8)


def name_line(rivalry: Rivalry, line: ThemeAgainst) -> str:
    """Return what a line is about; "" is every review."""
    return rivalry.compared.themes[line.theme].label if line.theme >= 0 else ""


def name_reason(rivalry: Rivalry, part: str, one: Reason) -> str:
    """Return a reason's theme, or the rival's name."""
    if part == "rival":
        return rivalry.market.rivals[one.place][0]
    return rivalry.compared.themes[one.place].label


def _side(metric: Metric) -> tuple[Cell, ...]:
    return (*_ends(metric.value, metric.low, metric.high), metric.n)


def _sides(gap: Difference) -> tuple[Cell, ...]:
    return (*_side(gap.now), *_side(gap.before), *_ends(gap.value, gap.low, gap.high), gap.verdict.value)


def _ends(*values: float | None) -> tuple[Cell, ...]:
    return tuple("" if value is None else round(value, 4) for value in values)


def _under(rivalry: Rivalry) -> str:
    compared = rivalry.compared
    ours = plural(len(compared.rows), "comment of ours", "comments of ours")
    if not compared.stand_in:
        ours = plural(len(compared.rows), "review of us", "reviews of us")
    told = _("{ours} and {theirs}.").format(
        ours=ours, theirs=plural(len(compared.theirs), "review of rivals", "reviews of rivals")
    )
    if compared.unread:
        told += " " + _("{comments} are still being read.").format(comments=number(compared.unread))
    if compared.stand_in and compared.theirs:
        told += " " + _("Nobody reviewed us yet, so all comments stand in: customers asked are no reviewers.")
    return told


def _nothing(view: View) -> Element:
    return section(
        _("Theme by theme"),
        body=empty(
            _("No review of a rival is here yet. Load a file of reviews and say whom they are about."),
            do=view.may(Right.IMPORT) and link_button(_("Load reviews"), "/data/imports"),
        ),
    )


def _comparison(view: View, rivalry: Rivalry) -> list[Node]:
    heads = [
        Column(words=_("Theme"), names=True),
        Column(words=_("Share of ours"), figures=True),
        Column(words=_("Share of theirs"), figures=True),
        Column(words=_("Difference in share")),
        Column(words=_("How ours sound"), figures=True),
        Column(words=_("How theirs sound"), figures=True),
        Column(words=_("Difference in sound")),
    ]
    spoken = [one for one in rivalry.compared.lines if one.theme < 0 or one.ours or one.theirs]
    spoken.sort(key=lambda one: (one.theme >= 0, -one.ours - one.theirs))
    rows = [_line(view, rivalry, one) for one in spoken[: _LINES + 1]]
    told = table(heads, rows, caption=_("Themes of our reviews and of rivals’, with their differences"))
    left = len(spoken) - len(rows)
    more = ngettext("{n} smaller theme is in the file.", "{n} smaller themes are in the file.", left)
    return [_brands(view, rivalry), told, left > 0 and h.p(".note")[more.format(n=number(left))], *_notes(rivalry)]


def _brands(view: View, rivalry: Rivalry) -> Element:
    every = [("", _("All rivals"), sum(n for _name, n in rivalry.compared.rivals))]
    every += [(name, name, n) for name, n in rivalry.compared.rivals]
    return h.p(".small")[
        _("Against"),
        ": ",
        [
            [
                " · " if place else "",
                h.b[h.bdi[label]]
                if name == rivalry.against
                else h.a(href=view.here(rival=name or None, show=None, page=None))[h.bdi[label]],
                h.span(".note")[" ", number(n)],
            ]
            for place, (name, label, n) in enumerate(every)
        ],
    ]


def _line(view: View, rivalry: Rivalry, line: ThemeAgainst) -> list[Node]:
    number_ = rivalry.compared.themes[line.theme].number if line.theme >= 0 else 0
    share, feeling = line.share, line.feeling
    if share is None:
        shares: list[Node] = [
            _open(view, "ours", 0, number(line.ours)),
            _open(view, "theirs", 0, number(line.theirs)),
            "–",
        ]
    else:
        told = say_change(share, unit=Unit.PERCENT)
        shares = [
            h.span[figure_of(share.now, unit=Unit.PERCENT), " ", _open(view, "ours", number_, _n(line.ours))],
            h.span[figure_of(share.before, unit=Unit.PERCENT), " ", _open(view, "theirs", number_, _n(line.theirs))],
            # To be talked of more is neither good nor bad by itself.
            verdict(Change(words=told.words, arrow=told.arrow, tone="quiet" if not told.arrow else "")),
        ]
    return [
        name_line(rivalry, line) or _("All reviews"),
        *shares,
        _feeling(feeling.now),
        _feeling(feeling.before),
        verdict(_say_gap(feeling)),
    ]


def _say_gap(feeling: Difference) -> Change:
    told = say_change(feeling, unit=Unit.VALENCE)
    return (
        told
        if told.arrow or told.words == _("Too few to say")
        else Change(words=_("No reliable difference"), arrow="", tone="quiet")
    )


def _n(count: int) -> str:
    return _("n\N{NO-BREAK SPACE}{number}").format(number=number(count))


def _open(view: View, side: str, theme: int, words: str) -> Element:
    """A count that opens its comments, for who may read them."""
    if not view.may(Right.SEE_CUSTOMERS):
        return h.span(".note")[words]
    return h.a(".note", href=f"{view.here(show=f'{side}-{theme}', page=None)}#comments")[words]


def _feeling(metric: Metric) -> Node:
    if metric.value is None or metric.few:
        return h.span(".note")[_("Too few to say")]
    return figure_of(metric, unit=Unit.VALENCE)


def _notes(rivalry: Rivalry) -> list[Node]:
    said = [
        _(
            "Reviews of rivals are nobody’s here: they are in no customer, journey, score or pain. Only the time "
            "chosen applies to them, not the filter."
        ),
        _("Who reviews on one site differs from who reviews on another: compare what comes from the same site."),
        _("All verdicts of this table share one allowance for chance; under 30 on a side nothing is said."),
    ]
    if rivalry.compared.corrected:
        said.append(
            _(
                "By how much the reader errs is known on your own scored comments, and taken to be the same here; on "
                "texts about rivals nobody has checked it."
            )
        )
    else:
        said.append(_("How far the reader errs is not known yet: intervals hold chance alone."))
    return [h.p(".note")[one] for one in said]


def _shown(view: View, shown: Shown, *, now_us: int) -> Element:
    pages = -(-shown.total // PAGE)
    turn = [
        shown.page > 1 and link_button(_("Newer"), f"{view.here(page=str(shown.page - 1))}#comments"),
        shown.page < pages and link_button(_("Older"), f"{view.here(page=str(shown.page + 1))}#comments"),
    ]
    title = {saying.value: _say_saying(saying) for saying in Saying}.get(shown.title, shown.title) or _("All reviews")
    rows = [
        h.li[
            h.p(dir="auto")[quoted(line.text)],
            h.p(".note")[
                moment(line.ts_us, view.timezone, now_us=now_us),
                [" · ", h.a(href=view.url(f"/customers/{line.customer.ref}"))[_("the customer")]]
                if line.customer is not None
                else None,
            ],
        ]
        for line in shown.ours
    ]
    rows += [_their_line(view, line, now_us=now_us) for line in shown.theirs]
    return section(
        title,
        identity="comments",
        beside=plural(shown.total, "comment", "comments"),
        body=[h.ul(".rows")[rows] if rows else empty(_("There is no comment.")), acts(*turn)],
    )


def _their_line(view: View, line: RivalLine, *, now_us: int) -> Element:
    stars = _("{stars} of 5 stars").format(stars=number(line.stars)) if line.stars is not None else ""
    where = " · ".join(filter(None, (line.rival, stars, line.site)))
    return h.li[
        h.p(dir="auto")[quoted(line.text)],
        h.p(".note")[h.bdi[where], " · ", moment(line.ts_us, view.timezone, now_us=now_us)],
    ]


def _say_saying(saying: Saying) -> str:
    return _("Why people buy") if saying is Saying.BUYS else _("Why people leave, and where they go")


def _reasons(view: View, rivalry: Rivalry, saying: Saying) -> Element:
    said = rivalry.compared.reasons[saying]
    title = _say_saying(saying)
    if not len(said.rows):
        none = _("Nobody says why in plain words.") if saying is Saying.BUYS else _("Nobody says so in plain words.")
        return section(title, body=empty(none))
    words = (
        _("At least {share} of comments say why they buy.")
        if saying is Saying.BUYS
        else _("At least {share} of comments say that they leave, or threaten to.")
    )
    share = said.share
    low, _right, high = find_right(saying)
    told = words.format(share=_span(share))
    checked = _(
        "A rule hears plain words in English, German and Chinese. Checked by hand on public texts, it was right in "
        "{right} of {n} ({low}–{high}), and that is in the figure; what it misses is not, so it is a floor."
    ).format(
        right=number(HEARD_RIGHT[saying][0]), n=number(HEARD_RIGHT[saying][1]), low=percent(low), high=percent(high)
    )
    href = f"{view.here(show=saying.value, page=None)}#comments"
    return section(
        title,
        beside=h.a(href=href)[plural(len(said.rows), "comment", "comments")]
        if view.may(Right.SEE_CUSTOMERS)
        else plural(len(said.rows), "comment", "comments"),
        body=[
            h.p[told],
            _parts(view, rivalry, "reason", said.reasons[:_REASONS], _("What they speak of")),
            _parts(view, rivalry, "rival", said.rivals, _("Which rival they name")),
            not rivalry.market.rivals and h.p(".note")[_("No rival is named below yet, so none can be heard.")],
            h.p(".note")[checked],
        ],
    )


def _span(share: Metric) -> str:
    said = say_metric(share, unit=Unit.PERCENT)
    return f"{said.value} ({said.spread}), {said.n}"


def _parts(view: View, rivalry: Rivalry, part: str, found: Sequence[Reason], head: str) -> Node:
    if not found:
        return None
    heads = [
        Column(words=head, names=True),
        Column(words=_("Share of those"), figures=True),
        Column(words=_("Said so")),
    ]
    if not view.may(Right.SEE_CUSTOMERS):
        heads.pop()
    rows: list[list[Node]] = []
    for one in found:
        figure = h.span[figure_of(one.share, unit=Unit.PERCENT), " ", h.span(".note")[_n(len(one.rows))]]
        row: list[Node] = [h.bdi[name_reason(rivalry, part, one)], figure]
        if view.may(Right.SEE_CUSTOMERS):
            row.append(_quotes(rivalry, one))
        rows.append(row)
    return table(heads, rows, caption=head)


def _quotes(rivalry: Rivalry, one: Reason) -> Node:
    texts = [rivalry.quotes[seq].text for seq in rivalry.seqs_of(one) if seq in rivalry.quotes]
    return h.div[(h.p(".note", dir="auto")[quoted(text[:_LONGEST_QUOTE])] for text in texts)]


def _replies(view: View, rivalry: Rivalry, *, now_us: int) -> Element:
    replies = rivalry.compared.replies
    answered = replies.answered
    if not answered.n:
        return section(_("Answered and waiting"), identity="replies", body=empty(_("Nobody reviewed us in this time.")))
    facts: list[tuple[Node, Node]] = [
        (_("Reviews with an answer"), [figure_of(answered, unit=Unit.PERCENT), " ", _n(answered.n)]),
        (_("How long an answer took"), _say_wait(replies.wait)),
    ]
    rows = [
        (
            h.span(dir="auto")[quoted(line.text[:_LONGEST_QUOTE])] if line.text else "–",
            number(line.score.value) if line.score else "–",
            h.a(href=view.url(f"/customers/{line.customer.ref}"))[moment(line.ts_us, view.timezone, now_us=now_us)]
            if line.customer
            else moment(line.ts_us, view.timezone, now_us=now_us),
        )
        for line in rivalry.open_reviews
    ]
    heads = (Column(words=_("Review"), names=True), Column(words=_("Stars"), figures=True), Column(words=_("Said")))
    left = len(replies.open_rows)
    return section(
        _("Answered and waiting"),
        identity="replies",
        body=[
            key_values(facts),
            bool(rows) and table(heads, rows, caption=_("Reviews without an answer, the newest first")),
            h.p(".note")[
                ngettext("{n} review has no answer.", "{n} reviews have no answer.", left).format(n=number(left)),
                " ",
                _("An answer counts for the latest open review of the same reviewer before it."),
            ],
        ],
    )


def _say_wait(wait: Wait) -> str:
    if wait.median_us is None or wait.low_us is None or wait.high_us is None:
        return _("No review was answered yet.")
    return _("{median} in the middle ({low} to {high}), n\N{NO-BREAK SPACE}{n}").format(
        median=duration(wait.median_us / 1e6),
        low=duration(wait.low_us / 1e6),
        high=duration(wait.high_us / 1e6),
        n=number(wait.n),
    )


def _market(view: View, rivalry: Rivalry) -> Element:
    market = rivalry.market
    return section(
        _("Names of the market"),
        identity="names",
        body=h.form(".stack", method="post", action="/rivals")[
            csrf_field(view),
            field(
                _("What we are called"),
                "own",
                value=", ".join(market.own[1:]),
                hint=_("Beside {name}; separated by commas. In a file of many brands these rows are ours.").format(
                    name=market.own[0] if market.own else "–"
                ),
            ),
            field(
                _("Our rivals"),
                "rivals",
                value="\n".join(", ".join(names) for names in market.rivals),
                lines=5,
                hint=_("One a line, other spellings behind it: Bean Barn, beanbarn"),
            ),
            acts(button(_("Keep"))),
        ],
    )
