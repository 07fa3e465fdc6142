"""``/customers/duplicates``: a pair a card, both sides beside each other, what speaks for and against, two buttons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, mark, ngettext
from heartline.records import Clue, Suggestion, SuggestionStatus
from heartline.web.duplicates import ACCOUNTS, DECIDED, OPEN, PAGE, PairCard, Queue, RunNote, Side
from heartline.web.parts import (
    View,
    button,
    code,
    csrf_field,
    empty,
    lede,
    pagination,
    post_button,
    progress,
    shell,
    svg,
    tabs,
    tag,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import ago, day, number, percent, plural

PATH: Final = "/customers/duplicates"
INSTALL: Final = "pip install 'heartline[matching]'"
COLUMN_WORDS: Final[Mapping[str, str]] = {
    "first_name": mark("First name"),
    "last_name": mark("Last name"),
    "birth_date": mark("Birth date"),
    "email": mark("E-mail"),
    "phone": mark("Phone"),
    "street": mark("Street"),
    "house": mark("House number"),
    "post_code": mark("Post code"),
    "city": mark("City"),
}
LEVEL_WORDS: Final[Mapping[str, str]] = {
    "same": mark("The same"),
    "crossed": mark("First and last name changed places"),
    "shortened": mark("One is short for the other"),
    "nearly": mark("Nearly the same"),
    "similar": mark("Similar"),
    "typo": mark("One letter or digit apart"),
    "part": mark("Two of day, month and year the same"),
    "name_same": mark("The same before the @"),
    "name_nearly": mark("Nearly the same before the @"),
    "other": mark("They differ"),
    "": mark("Only known of one, or of neither"),
}
_WIDTH, _HEIGHT = 120, 14


def duplicates_page(view: View, queue: Queue, *, now_us: int) -> Renderable:
    """The queue."""
    return shell(
        view,
        title=_("Possible duplicates"),
        crumbs=((view.url("/customers"), _("Customers")),),
        controls=False,
        body=[
            lede(_title(queue), under=_under(queue.run, now_us=now_us), do=_look(view, queue)),
            not queue.installed and _install(),
            draw_run(queue),
            _shows(view, queue),
            _cards(view, queue, now_us=now_us) if queue.cards else _none(queue),
            queue.total > PAGE
            and pagination(
                view,
                page=queue.page,
                pages=-(-queue.total // PAGE),
                total=queue.total,
                words=plural(queue.total, "pair", "pairs"),
            ),
        ],
    )


def _title(queue: Queue) -> str:
    count = queue.counts[OPEN]
    if not count:
        return _("Possible duplicates")
    if count == 1:
        return _("One pair may be one person")
    return _("{pairs} of customers may be one person each").format(pairs=plural(count, "pair", "pairs"))


def _under(run: RunNote | None, *, now_us: int) -> Node:
    if run is None:
        return _("Customers whose names, dates and addresses are alike. Nothing is joined until a person confirms it.")
    left = [words for reason, n in sorted(run.left_out.items()) if (words := _say_left_out(reason, n))]
    return [
        _("{customers} compared {when}, in {n} pairs.").format(
            customers=plural(run.customers, "customer", "customers"),
            when=ago(run.at_us, now_us=now_us),
            n=number(run.compared),
        ),
        " ",
        bool(left) and _("Not listed: {pairs}.").format(pairs=", ".join(left)),
    ]


def _say_left_out(reason: str, n: int) -> str:
    words = {
        "household": ngettext("{n} looks like two of one family", "{n} look like two of one family", n),
        "decided": ngettext("{n} was decided before", "{n} were decided before", n),
        "vetoed": ngettext("{n} was split by staff", "{n} were split by staff", n),
        "one_customer": ngettext("{n} is one customer by now", "{n} are one customer by now", n),
    }
    return words.get(reason, "").format(n=number(n))


def _look(view: View, queue: Queue) -> Node:
    running = queue.chore is not None and queue.chore.running
    if running or not queue.installed:
        return None
    return post_button(view, _("Look again") if queue.run else _("Look now"), f"{PATH}/run", drawing="search")


def _install() -> Element:
    return h.div(".state.stale", role="note")[
        h.p[
            h.b[_("Matching is not installed here."), " "],
            _("It is an extra, because it is large. Install it, then start again:"),
        ],
        code(INSTALL, label=_("How to install it")),
    ]


def draw_run(queue: Queue) -> Element | None:
    """How far a run is; asks again by itself."""
    if queue.chore is not None and queue.chore.error:
        return h.div("#chore.state.error", role="alert")[h.p[h.b[_("It stopped."), " "], queue.chore.error]]
    if queue.chore is None or not queue.chore.running:
        return None
    return h.div("#chore", hx_get=PATH, hx_trigger="every 2s", hx_swap="outerHTML")[
        progress(_("Comparing customers"), done=0, total=0),
        h.noscript[h.p[h.a(href=PATH)[_("Is it done?")]]],
    ]


def _shows(view: View, queue: Queue) -> Node:
    if not any(queue.counts.values()):
        return None
    words = {OPEN: _("To decide"), ACCOUNTS: _("Two accounts"), DECIDED: _("Decided")}
    links = {show: view.url(PATH, show=None if show == OPEN else show) for show in words}
    return tabs(
        _("Which pairs"),
        [(links[show], f"{words[show]} ({number(queue.counts[show])})") for show in words],
        current=links[queue.show],
    )


def _none(queue: Queue) -> Node:
    if queue.chore is not None and queue.chore.running:
        return None
    if queue.show == DECIDED:
        return empty(_("Nobody has decided a pair yet."))
    if queue.show == ACCOUNTS:
        return empty(_("No likely pair holds two accounts."))
    if queue.run is None:
        why = _("Nobody has looked yet. Looking compares every customer with those who share something with them.")
        return empty(why) if queue.installed else None
    return empty(_("No two customers look like one person. New ones may: look again after an import."))


def _cards(view: View, queue: Queue, *, now_us: int) -> Node:
    how = h.p(".note.no-print.pair-keys")[
        fill(
            _("{j} next · {k} back · {enter} one person · {x} not the same"),
            j=h.kbd["J"],
            k=h.kbd["K"],
            enter=h.kbd["Enter"],
            x=h.kbd["X"],
        )
    ]
    why = _("Each side has a user id of its own. Confirming lets one customer hold both.")
    return [
        queue.show == ACCOUNTS and h.p(".note")[why],
        queue.show != DECIDED and how,
        h.div(".pairs", data_pairs=str(queue.at))[
            (_card(view, queue, card, place=place, now_us=now_us) for place, card in enumerate(queue.cards, 1))
        ],
    ]


def _card(view: View, queue: Queue, card: PairCard, *, place: int, now_us: int) -> Element:
    pair, identity = card.suggestion, f"pair-{card.suggestion.suggestion_id}"
    names = fill(_("{left} and {right}"), left=_name(card.left), right=_name(card.right))
    return h.article(".sec.pair", id=identity, tabindex="0", data_pair=True, aria_labelledby=f"{identity}-t")[
        h.header[
            h.h2(id=f"{identity}-t")[names],
            h.span(".beside.small")[_verdict(pair), card.joined and [" ", tag(_("One customer by now"))]],
        ],
        h.table(".pair-table")[
            h.caption(".sr")[_("What is known of both, and what it says")],
            h.thead[
                h.tr[
                    h.th(scope="col")[h.span(".sr")[_("What")]],
                    h.th(scope="col")[_side(view, card.left)],
                    h.th(scope="col")[_side(view, card.right)],
                    h.th(scope="col")[_("What it says")],
                ]
            ],
            h.tbody[_rows(card)],
        ],
        h.p(".small.pair-sum")[_sum(pair)],
        _decision(view, queue, card, place=place, now_us=now_us),
    ]


def _name(side: Side) -> Element:
    """A customer by name, also where a source tells the name under words of its own."""
    if side.profile is None:
        return h.bdi[_("Nobody any more")]
    told = " ".join(side.told[part] for part in ("first_name", "last_name") if part in side.told)
    return h.bdi[side.profile.name or told or side.profile.title]


def _verdict(pair: Suggestion) -> Node:
    # Rounded down: 99.96 % is not certain.
    share = min(pair.probability, 0.999)
    return h.b[_("{share} likely").format(share=percent(share, digits=1 if share > 0.99 else 0))]


def _side(view: View, side: Side) -> Node:
    if side.profile is None:
        return _("Nobody any more")
    since = _("since {day}").format(day=day(side.profile.first_us, view.timezone)) if side.profile.first_us else ""
    return [
        h.a(".person", href=view.url(f"/customers/{side.profile.ref}"))[_name(side)],
        h.span(".note")[since],
    ]


def _rows(card: PairCard) -> list[Element]:
    pair = card.suggestion
    low, high = _span(pair)
    rows, at = [], pair.start_bits
    for clue in pair.clues:
        if clue.level or clue.column in card.left.told or clue.column in card.right.told:
            rows.append(_row(card, clue, at=at, low=low, high=high))
        at += clue.bits
    return rows


def _span(pair: Suggestion) -> tuple[float, float]:
    at, seen = pair.start_bits, [0.0, pair.start_bits]
    for clue in pair.clues:
        at += clue.bits
        seen.append(at)
    return min(seen), max(seen)


def _row(card: PairCard, clue: Clue, *, at: float, low: float, high: float) -> Element:
    column = clue.column
    state = "same" if clue.level == "same" else "unknown" if not clue.level else "apart"

    def cell(side: Side) -> Element:
        told = side.told.get(column) or _from_name(side, column)
        return h.td(class_=["pair-value", state])[h.bdi[told] if told else h.span(".note")[_("not known")]]

    return h.tr(class_=[state])[
        h.th(scope="row")[_(COLUMN_WORDS.get(column, column))],
        cell(card.left),
        cell(card.right),
        h.td(".pair-told")[
            h.div(".pair-says")[
                _bar(clue, at=at, low=low, high=high) if clue.level else None,
                h.span[_(LEVEL_WORDS.get(clue.level, clue.level)), clue.level and h.b[f" {say_weight(clue.bits)}"]],
            ]
        ],
    ]


def _from_name(side: Side, column: str) -> str:
    """A name told whole stands beside both of its parts."""
    named = {"first_name", "last_name"}
    whole = side.profile is not None and column in named and not named & side.told.keys()
    return side.profile.name if whole and side.profile else ""


def say_weight(bits: float) -> str:
    """What a clue is worth, in words: “× 550” makes one person so many times likelier, “÷ 5” less likely."""
    times = 2 ** abs(bits)
    if times < 1.05:
        return _("says nothing")
    sign = "×" if bits > 0 else "÷"
    if times >= 1_000_000:
        return _("{sign} over a million").format(sign=sign)
    return f"{sign} {number(times, digits=1 if times < 10 else 0)}"


def _bar(clue: Clue, *, at: float, low: float, high: float) -> Element:
    """A step of the waterfall: from what was thought before this clue to what is thought after it."""
    scale = (_WIDTH - 2) / max(1e-9, high - low)
    start, end = ((value - low) * scale + 1 for value in (at, at + clue.bits))
    zero = (0 - low) * scale + 1
    return svg.svg(
        ".pair-bar", viewBox=svg.box(_WIDTH, _HEIGHT), width=str(_WIDTH), height=str(_HEIGHT), aria_hidden="true"
    )[
        svg.line(".axis", x1=svg.num(zero), x2=svg.num(zero), y1="0", y2=str(_HEIGHT)),
        svg.rect(
            ".for" if clue.bits >= 0 else ".against",
            x=svg.num(min(start, end)),
            y="3",
            width=svg.num(max(1.5, abs(end - start))),
            height=str(_HEIGHT - 6),
        ),
    ]


def _sum(pair: Suggestion) -> Node:
    one_in = number(2 ** min(60.0, -pair.start_bits)) if pair.start_bits < 0 else "2"
    share = min(pair.probability, 0.999)
    words = (
        _(
            "Of two customers at random, 1 pair in {n} is one person. All of the above together makes it {share} or "
            "more."
        )
        if pair.probability > share
        else _("Of two customers at random, 1 pair in {n} is one person. All of the above together makes it {share}.")
    )
    return fill(words, n=one_in, share=h.b[percent(share, digits=1)])


def _decision(view: View, queue: Queue, card: PairCard, *, place: int, now_us: int) -> Node:
    pair = card.suggestion
    kept = {"show": queue.show, "page": str(queue.page), "at": str(place)}
    inside: Node = [csrf_field(view), [h.input(type="hidden", name=name, value=value) for name, value in kept.items()]]
    action = f"{PATH}/{pair.suggestion_id}"
    if pair.status is not SuggestionStatus.OPEN:
        confirmed = pair.status is SuggestionStatus.CONFIRMED
        words = _("One person, said {name} {when}.") if confirmed else _("Not the same, said {name} {when}.")
        when = ago(pair.decided_us, now_us=now_us) if pair.decided_us else ""
        return h.form(".acts.no-print", method="post", action=action)[
            inside,
            h.span(".small")[words.format(name=pair.decided_by, when=when)],
            button(_("Take it back"), name="act", value="reopen"),
        ]
    return h.form(".acts.no-print", method="post", action=action)[
        inside,
        button(_("One person"), name="act", value="confirm", drawing="check", data_key="Enter"),
        button(_("Not the same"), name="act", value="dismiss", data_key="x"),
    ]
