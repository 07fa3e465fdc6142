"""``/voice/themes``: what customers talk about, how large each theme is, how it sounds, and what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.records import NO_THEME, Difference, Right, Theme, ThemeAlert, Verdict, VoiceMeasure
from heartline.web.exports import Cell
from heartline.web.parts import (
    Choice,
    Column,
    View,
    acts,
    button,
    checkbox,
    csrf_field,
    download_button,
    empty,
    form_row,
    icon,
    lede,
    link_button,
    post_button,
    quoted,
    section,
    shell,
    table,
    tabs,
    tag,
    valence,
)
from heartline.web.parts.figures import figure_of, verdict
from heartline.web.parts.words import Change, Unit, moment, number, percent, plural, say_change, value_with_margin
from heartline.web.theming import ThemeLine, Themes

_LONGEST_QUOTE: Final = 90
THEME_COLUMNS: Final = (
    "theme", "name", "terms", "under", "comments", "share", "share_low", "share_high", "feeling", "feeling_low",
    "feeling_high", "change", "change_low", "change_high", "change_verdict", "score_difference", "score_low",
    "score_high", "score_verdict", "stability", "stable",
)  # fmt: skip


def themes_page(view: View, themes: Themes, *, now_us: int) -> Renderable:
    """The page: what surged, the tree of themes, what is hidden."""
    crumbs = (("/voice", _("What they say")), ("", _("Themes")))
    if not themes.lines:
        nothing = [voice_tabs(view, "/voice/themes"), *_nothing(themes)]
        return shell(view, title=_("Themes"), crumbs=crumbs, body=nothing)
    body: list[Node] = [
        lede(
            _("{themes} in what customers say").format(themes=plural(_count(themes), "theme", "themes")),
            under=_under(view, themes, now_us=now_us),
            do=acts(
                view.may(Right.CHANGE_JOURNEYS) and _anew(view, themes),
                download_button(view, "CSV", view.url("/voice/themes.csv")),
            ),
        ),
        voice_tabs(view, "/voice/themes"),
        *(surge_banner(view, themes.every, one, now_us=now_us) for one in themes.alerts),
        section(_("What they talk about"), body=[_lines(view, themes), *_notes(themes)]),
        bool(themes.hidden) and view.may(Right.CHANGE_JOURNEYS) and _hidden(view, themes),
    ]
    return shell(view, title=_("Themes"), crumbs=crumbs, body=body)


def voice_tabs(view: View, current: str) -> Element:
    """From comments to themes and back."""
    items = [
        (view.url("/voice"), _("Comments")),
        (view.url("/voice/themes"), _("Themes")),
        (view.url("/rivals"), _("Reviews and rivals")),
    ]
    return tabs(_("What they say"), items, current=view.url(current))


def theme_rows(themes: Themes) -> Iterator[tuple[Cell, ...]]:
    """Every theme as a row under ``THEME_COLUMNS``."""
    for line in themes.lines:
        share, feeling, change, score = (
            line.figures.share, line.figures.feeling, line.figures.change, line.figures.score,
        )  # fmt: skip
        yield (
            line.theme.number,
            line.theme.label,
            ", ".join(line.theme.terms),
            line.theme.parent or "",
            round((share.value or 0) * share.n),
            *_ends(share.value, share.low, share.high),
            *_ends(feeling.value, feeling.low, feeling.high),
            *(_told(change) if change else ("", "", "", "")),
            *_told(score),
            line.theme.stability,
            int(line.theme.stable),
        )


def _told(change: Difference) -> tuple[Cell, ...]:
    return (*_ends(change.value, change.low, change.high), change.verdict.value)


def _ends(*values: float | None) -> tuple[Cell, ...]:
    return tuple("" if value is None else round(value, 4) for value in values)


def _count(themes: Themes) -> int:
    return len(themes.lines)


def _under(view: View, themes: Themes, *, now_us: int) -> str:
    parts = [_("Of {comments}.").format(comments=plural(themes.comments, "comment", "comments"))]
    if themes.rest is not None and themes.rest.value is not None:
        parts.append(_("{share} fit no theme.").format(share=percent(themes.rest.value)))
    if themes.round_ is not None:
        parts.append(
            _("Found {when} in {texts}; nobody said how many there are.").format(
                when=moment(themes.round_.found_us, view.timezone, now_us=now_us),
                texts=plural(themes.round_.texts, "text", "texts"),
            )
        )
    left = themes.texts - themes.placed
    if left > 0:
        parts.append(_("{comments} are still being placed.").format(comments=number(left)))
    return " ".join(parts)


def _anew(view: View, themes: Themes) -> Element:
    if themes.wanted:
        return h.span(".note")[_("Being looked for …")]
    return post_button(view, _("Look for themes again"), "/voice/themes")


def surge_banner(view: View, every: Sequence[Theme], together: Sequence[ThemeAlert], *, now_us: int) -> Element:
    """What surged within an hour: the theme of most customers, and what else did."""
    first = together[0]
    what = _call(every, first)
    usual = number(first.expected, digits=1) if first.expected >= 0.1 else _("fewer than 0.1")
    told = _("{customers} spoke of it within {minutes} minutes, where {expected} is usual.").format(
        customers=plural(first.customers, "customer", "customers"), minutes=number(first.minutes), expected=usual
    )
    others = ", ".join(f"“{_call(every, one)}”" for one in together[1:])
    href = f"{view.url('/voice', range='all', theme=first.theme or 'none')}#comments"
    return h.div(".banner-alert", role="status")[
        icon("bolt"),
        h.div[
            h.b[_("Surged {when}: {what}").format(when=moment(first.seen_us, view.timezone, now_us=now_us), what=what)],
            h.p[told],
            bool(others) and h.p[_("Within the same hour also {others}.").format(others=others)],
            h.p(".note")[_("A company where nothing happens gets at most one such alert a year by chance.")],
        ],
        view.may(Right.SEE_CUSTOMERS) and link_button(_("Read the comments"), href),
    ]


def _call(every: Sequence[Theme], alert: ThemeAlert) -> str:
    """What an alert is about."""
    label = next((one.label for one in every if one.number == alert.theme), "")
    words = " · ".join(alert.terms)
    return label or (_("something new: {words}").format(words=words) if words else _("something new"))


def _lines(view: View, themes: Themes) -> Element:
    heads = [
        Column(words=_("Theme"), names=True),
        Column(words=_("Share of comments"), figures=True),
        Column(words=_("How it sounds")),
        Column(words=_("Against the time before")),
        Column(words=_("Scores with it")),
    ]
    if not themes.compared:
        heads.pop(3)
    rows = [_row(view, themes, line) for line in themes.lines]
    return table(heads, rows, caption=_("Themes, largest first"))


def _row(view: View, themes: Themes, line: ThemeLine) -> list[Node]:
    figures = line.figures
    share = h.span(".theme-share")[
        figure_of(figures.share, unit=Unit.PERCENT),
        h.span(".note")[" ", _("n\N{NO-BREAK SPACE}{number}").format(number=number(_said(line)))],
    ]
    cells: list[Node] = [_name(view, themes, line), share, _sounds(line)]
    if themes.compared:
        cells.append(_change(figures.change))
    cells.append(_score(figures.score))
    return cells


def _said(line: ThemeLine) -> int:
    return round((line.figures.share.value or 0) * line.figures.share.n)


def _name(view: View, themes: Themes, line: ThemeLine) -> Node:
    theme = line.theme
    href = f"{view.url('/voice', theme=theme.number)}#comments"
    return h.div(class_=["theme-name", f"deep-{min(line.depth, 4)}"])[
        h.a(href=href)[theme.label] if view.may(Right.SEE_CUSTOMERS) else theme.label,
        h.span(".read-tags")[
            line.new and tag(_("New"), tone="better"),
            not theme.stable and tag(_("Unstable"), tone="soft"),
        ],
        bool(theme.name and theme.terms) and h.span(".note")[" · ".join(theme.terms)],
        bool(line.merged)
        and h.span(".note")[_("With {others}").format(others=", ".join(f"“{one.label}”" for one in line.merged))],
        view.may(Right.CHANGE_JOURNEYS) and _edit(view, themes, theme),
        line.typical is not None and h.span(".note.typical", dir="auto")[quoted(_shorten(line.typical.text))],
    ]


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1].rstrip() + "…"


def _sounds(line: ThemeLine) -> Node:
    feeling = line.figures.feeling
    if feeling.value is None or feeling.few:
        return h.span(".verdict.quiet")[_("Too few to say")]
    return h.span(".theme-sounds")[
        valence(feeling.value), h.span(".note")[value_with_margin(feeling, unit=Unit.VALENCE)]
    ]


def _change(change: Difference | None) -> Node:
    if change is None:
        return None
    told = say_change(change, unit=Unit.PERCENT)
    # More talk of something is neither good nor bad by itself.
    return verdict(Change(words=told.words, arrow=told.arrow, tone="quiet" if not told.arrow else ""))


def _score(score: Difference) -> Node:
    if score.verdict is Verdict.NO_RELIABLE_CHANGE:
        return h.span(".verdict.quiet")[_("No reliable difference")]
    told = say_change(score, unit=Unit.VALENCE)
    if not told.arrow:
        return verdict(told)
    words = _("goes with scores {change}, n\N{NO-BREAK SPACE}{number}")
    return verdict(
        Change(words=words.format(change=told.words, number=number(score.now.n)), arrow=told.arrow, tone=told.tone)
    )


def _edit(view: View, themes: Themes, theme: Theme) -> Element:
    """A way to put one right; the form of the one that was asked for: a hundred forms would be a heavy page."""
    here = f"theme-{theme.number}"
    if view.query.get("edit") != str(theme.number):
        return h.a(".note.no-print", id=here, href=f"{view.here(edit=theme.number)}#{here}")[_("Put right")]
    others = [one for one in themes.every if one.number != theme.number]
    none = Choice(value="", label=_("none"))
    choices = [none, *(Choice(value=str(one.number), label=one.label) for one in others)]
    return h.form(".theme-edit.no-print", id=here, method="post", action=f"/voice/themes/{theme.number}")[
        csrf_field(view),
        form_row(
            _field(theme, "name", _("Name"), theme.label),
            _select(theme, "parent", _("Under"), choices, theme.parent),
            _select(theme, "into", _("Counts as part of"), choices, theme.merged_into),
        ),
        checkbox(_("Hide it"), "hidden", checked=theme.hidden),
        acts(
            button(_("Keep")),
            view.may(Right.CHANGE_WORKSPACE)
            and link_button(_("Watch it"), f"/alerts/new?measure={VoiceMeasure.THEME_SHARE}&theme={theme.number}"),
            link_button(_("Cancel"), view.here(edit=None)),
        ),
    ]


def _field(theme: Theme, name: str, label: str, value: str) -> Element:
    return h.label(".labelled")[
        h.span[label], h.input(".field", id=f"f-{name}-{theme.number}", name=name, value=value, maxlength="80")
    ]


def _select(theme: Theme, name: str, label: str, choices: Sequence[Choice], value: int) -> Element:
    chosen = str(value) if value != NO_THEME else ""
    return h.label(".labelled")[
        h.span[label],
        h.select(".field", id=f"f-{name}-{theme.number}", name=name)[
            (h.option(value=one.value, selected=one.value == chosen)[one.label] for one in choices)
        ],
    ]


def _notes(themes: Themes) -> list[Node]:
    said = [
        _(
            "A comment is of the theme it is nearest to in meaning, whatever its language; how often that is wrong is "
            "not in the interval."
        ),
        _("“Goes with” is not “causes”: who speaks of something may differ in much else."),
    ]
    unstable = sum(not line.theme.stable for line in themes.lines)
    if unstable:
        said.append(
            ngettext(
                "{n} theme is unstable: looked for in nine tenths of the comments, it was not found again as it is.",
                "{n} themes are unstable: looked for in nine tenths of the comments, they were not found again as "
                "they are.",
                unstable,
            ).format(n=number(unstable))
        )
    return [h.p(".note")[one] for one in said]


def _hidden(view: View, themes: Themes) -> Element:
    def back(theme: Theme) -> Element:
        return h.li[
            h.form(".theme-back", method="post", action=f"/voice/themes/{theme.number}")[
                csrf_field(view),
                h.input(type="hidden", name="name", value=theme.name),
                h.input(type="hidden", name="parent", value=str(theme.parent or "")),
                theme.label,
                " ",
                h.button(".btn", type="submit")[_("Show again")],
            ]
        ]

    return section(_("Hidden themes"), body=h.ul(".rows")[(back(one) for one in themes.hidden)])


def _nothing(themes: Themes) -> list[Node]:
    if themes.every and not themes.comments:
        return [
            lede(_("Nobody has said anything yet"), under=_("In the time and filter chosen there is no comment.")),
            empty(
                _("Look at a longer time, or at everyone."), do=link_button(_("All time"), "/voice/themes?range=all")
            ),
        ]
    return [
        lede(_("No themes yet"), under=_("Themes are looked for once there are 150 different comments.")),
        empty(
            _("{n} texts are here so far. Themes come some seconds after they are read.").format(
                n=number(themes.texts)
            ),
            do=link_button(_("Look again"), "/voice/themes"),
        ),
    ]
