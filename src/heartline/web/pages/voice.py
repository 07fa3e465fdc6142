"""``/voice``: how what customers say sounds, with the reader's own error, and the comments behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, mark, name_language
from heartline.records import EMOTIONS, Emotion, Polarity, Reading, Right, TextKind, VoiceMeasure
from heartline.web.exports import Cell
from heartline.web.hearing import KINDS, PAGE, POLARITIES, HeardLine, Voice
from heartline.web.listing import AnswerLine
from heartline.web.pages.answers import COLUMNS, csv_row, say_about, say_who
from heartline.web.pages.themes import surge_banner, voice_tabs
from heartline.web.parts import (
    CARRIED,
    Choice,
    Column,
    Tone,
    View,
    acts,
    button,
    columns,
    csrf_field,
    download_button,
    empty,
    form_row,
    icon,
    lede,
    link_button,
    pagination,
    quote,
    section,
    select,
    shell,
    table,
    tabs,
    tag,
    tile,
    tiles,
    valence,
)
from heartline.web.parts.words import Unit, number, percent, plural, say_metric

VOICE_COLUMNS: Final = (
    *COLUMNS, "language", "sounds", "negative", "positive", "emotion", "kind", "effort", "urgency", "asks", "reader",
)  # fmt: skip
SOUND_WORDS: Final = {
    Polarity.NEGATIVE: mark("Negative"),
    Polarity.NEUTRAL: mark("Neutral"),
    Polarity.POSITIVE: mark("Positive"),
    Polarity.UNSURE: mark("Not sure"),
}
EMOTION_WORDS: Final = {
    Emotion.JOY: mark("Joy"),
    Emotion.GRATITUDE: mark("Gratitude"),
    Emotion.TRUST: mark("Trust"),
    Emotion.SURPRISE: mark("Surprise"),
    Emotion.CONFUSION: mark("Confusion"),
    Emotion.WORRY: mark("Worry"),
    Emotion.DISAPPOINTMENT: mark("Disappointment"),
    Emotion.FRUSTRATION: mark("Frustration"),
    Emotion.ANGER: mark("Anger"),
    Emotion.SADNESS: mark("Sadness"),
}
KIND_WORDS: Final = {
    TextKind.COMPLAINT: mark("Complaint"),
    TextKind.CONCERN: mark("Concern"),
    TextKind.ENQUIRY: mark("Enquiry"),
    TextKind.COMPLIMENT: mark("Compliment"),
    TextKind.NOTE: mark("Remark"),
}


def voice_page(view: View, voice: Voice, *, now_us: int) -> Renderable:
    """The page: a sentence, the shares, what was felt and wanted, the comments."""
    if not voice.comments:
        return shell(view, title=_("What they say"), body=_nothing(view, voice))
    body = [
        lede(
            _title(voice),
            under=_under(voice),
            do=acts(
                link_button(_("The silent rest"), view.url("/voice/silent")),
                link_button(_("How good is the reader?"), "/voice/reader"),
                view.may(Right.CHANGE_WORKSPACE)
                and link_button(_("Watch it"), f"/alerts/new?measure={VoiceMeasure.NEGATIVE}"),
                download_button(view, "CSV", view.url("/voice.csv", **_asked(view))),
            ),
        ),
        voice_tabs(view, "/voice"),
        *(surge_banner(view, voice.themes, one, now_us=now_us) for one in voice.alerts),
        tiles(*(_tile(view, voice, sound) for sound in (Polarity.NEGATIVE, Polarity.NEUTRAL, Polarity.POSITIVE))),
        h.div(".below-tiles")[columns(_felt(view, voice), _wanted(view, voice), shape="two")],
        section(
            _("Comments"),
            beside=plural(voice.total, "comment", "comments"),
            identity="comments",
            body=[_choose(view, voice), _comments(view, voice, now_us=now_us)],
        ),
    ]
    return shell(view, title=_("What they say"), body=body)


def voice_row(line: AnswerLine, reading: Reading, zone: str) -> tuple[Cell, ...]:
    """A comment as a row under ``VOICE_COLUMNS``: as every file of answers has it, and what was heard in it."""
    return (
        *csv_row(line, zone),
        reading.language,
        reading.polarity.value,
        reading.negative,
        reading.positive,
        "" if reading.emotion is None else reading.emotion.value,
        reading.kind.value,
        int(reading.effort),
        int(reading.urgency),
        int(reading.question),
        reading.version,
    )


def _title(voice: Voice) -> str:
    share = voice.heard.share(Polarity.NEGATIVE)
    if share.few:
        return _("What customers say")
    said = say_metric(share, unit=Unit.PERCENT)
    return _("About {share} of comments sound negative").format(share=said.value)


def _under(voice: Voice) -> str:
    counted = _("{comments} of {customers}, in {languages}.").format(
        comments=plural(voice.comments, "comment", "comments"),
        customers=plural(voice.customers, "customer", "customers"),
        languages=plural(sum(bool(code) for code, _n in voice.languages), "language", "languages"),
    )
    if voice.heard.corrected:
        error = _("The reader's own error, known from your scored comments, is in every interval.")
    else:
        error = _("Too few comments have a score to know how wrong the reader is here: intervals hold chance alone.")
    left = voice.status.texts - voice.status.read
    reading = _("{comments} are still being read.").format(comments=number(left)) if left > 0 else ""
    return " ".join(part for part in (counted, error, reading) if part)


def _tile(view: View, voice: Voice, sound: Polarity) -> Element:
    told = {
        Polarity.NEGATIVE: _("Upset, angry, let down"),
        Polarity.NEUTRAL: _("Asks, tells, neither nor"),
        Polarity.POSITIVE: _("Pleased, grateful"),
    }[sound]
    return tile(
        _(SOUND_WORDS[sound]),
        voice.heard.share(sound),
        href=f"{view.url('/voice', sounds=sound.value)}#comments",
        unit=Unit.PERCENT,
        note=told,
        definition=_(
            "The share of comments that sound so: the mean of the reader's probabilities, put right by its known error."
        ),
    )


def _felt(view: View, voice: Voice) -> Element:
    rows = [
        (h.a(href=f"{view.url('/voice', emotion=one.value)}#comments")[_(EMOTION_WORDS[one])], number(n), _of(n, voice))
        for one, n in voice.emotions
    ]
    note = _(
        "Told where the reader is sure enough; many comments show no emotion. Counts of what is told, not of what is "
        "felt."
    )
    return _counts(_("What is felt"), _("Emotion"), rows, note)


def _wanted(view: View, voice: Voice) -> Element:
    rows = [
        (h.a(href=f"{view.url('/voice', kind=one.value)}#comments")[_(KIND_WORDS[one])], number(n), _of(n, voice))
        for one, n in voice.kinds
    ]
    note = _("A concern is a complaint with worry in it; an enquiry asks and does not judge.")
    return _counts(_("What they want"), _("Kind"), rows, note)


def _counts(title: str, head: str, rows: Sequence[tuple[Node, str, str]], note: str) -> Element:
    heads = (
        Column(words=head, names=True),
        Column(words=_("Comments"), figures=True),
        Column(words=_("Of all read"), figures=True),
    )
    return section(title, body=[table(heads, rows, caption=title), h.p(".note")[note]])


def _of(n: int, voice: Voice) -> str:
    return percent(n / voice.comments) if n / voice.comments >= 0.005 else _("under 1 %")


def _asked(view: View) -> dict[str, str | None]:
    asked = ("sounds", "emotion", "kind", "language", "silent", "journey", "stage", "theme")
    return {name: view.query.get(name) for name in asked}


def _choose(view: View, voice: Voice) -> Node:
    ask = voice.ask
    links = [(f"{view.here(sounds=None, page=None)}#comments", _("All"))]
    links += [(f"{view.here(sounds=one.value, page=None)}#comments", _(SOUND_WORDS[one])) for one in POLARITIES]
    current = f"{view.here(sounds=ask.sounds.value if ask.sounds else None, page=None)}#comments"
    anything = Choice(value="", label=_("any"))
    hidden = [*CARRIED, "sounds", "journey", "stage", "theme"]
    languages = [Choice(value=one, label=name_language(one)) for one, _n in voice.languages if one]
    return [
        ask.stage
        and h.p(".note")[
            _("At the stage {stage} alone.").format(stage=ask.stage),
            " ",
            h.a(href=f"{view.here(journey=None, stage=None, page=None)}#comments")[_("At all stages")],
        ],
        h.div(".list-tools")[tabs(_("How it sounds"), links, current=current)],
        voice.ask.theme is not None and _about(view, voice),
        h.form(".funnel-choice.no-print", method="get", action="/voice#comments")[
            (h.input(type="hidden", name=name, value=view.query[name]) for name in hidden if view.query.get(name)),
            form_row(
                select(
                    _("Emotion"),
                    "emotion",
                    choices=[anything, *(Choice(value=one.value, label=_(EMOTION_WORDS[one])) for one in EMOTIONS)],
                    value=ask.emotion.value if ask.emotion else "",
                ),
                select(
                    _("Kind"),
                    "kind",
                    choices=[anything, *(Choice(value=one.value, label=_(KIND_WORDS[one])) for one in KINDS)],
                    value=ask.kind.value if ask.kind else "",
                ),
                select(
                    _("Language"),
                    "language",
                    choices=[anything, *languages],
                    value=ask.language,
                ),
                select(
                    _("Score"),
                    "silent",
                    choices=[anything, Choice(value="1", label=_("without a score"))],
                    value="1" if ask.silent else "",
                ),
                button(_("Show")),
            ),
        ],
    ]


def _about(view: View, voice: Voice) -> Element:
    """Which theme the comments are of, and a way out of it."""
    return h.p(".note")[
        _("About “{theme}”.").format(theme=voice.theme) if voice.theme else _("Of no theme."),
        " ",
        h.a(href=f"{view.here(theme=None, page=None)}#comments")[_("All comments")],
    ]


def _comments(view: View, voice: Voice, *, now_us: int) -> Node:
    if not voice.lines:
        none = _("No comment is like that in the time and filter chosen.")
        return empty(none, do=link_button(_("All comments"), "/voice"))
    return [
        h.ul(".rows.voices.answer-rows.heard-rows")[(_line(view, one, now_us=now_us) for one in voice.lines)],
        pagination(view, page=voice.page, pages=-(-voice.total // PAGE), total=voice.total),
    ]


def _line(view: View, heard: HeardLine, *, now_us: int) -> Element:
    line, reading = heard.line, heard.reading
    return h.li(".voice-row")[
        valence(reading.valence),
        h.div(".answer")[
            quote(
                line.text,
                by=[say_who(view, line), " · ", say_about(view, line, now_us=now_us)],
                language=reading.language,
            ),
            h.div(".row-do")[
                _told(heard),
                view.may(Right.WORK_CASES) and _heard_wrong(view, heard),
                view.may(Right.WORK_CASES)
                and h.a(".note.open-case.no-print", href=view.url("/cases/new", seq=line.seq))[_("Open a case")],
            ],
        ],
    ]


def _told(heard: HeardLine) -> Node:
    reading = heard.reading
    polarity = heard.corrected or reading.polarity
    tones: dict[Polarity, Tone] = {Polarity.NEGATIVE: "late", Polarity.POSITIVE: "better"}
    words = [
        tag(_(SOUND_WORDS[polarity]), tone=tones.get(polarity, "")),
        reading.emotion and tag(_(EMOTION_WORDS[reading.emotion])),
        tag(_(KIND_WORDS[reading.kind])),
        reading.urgency and tag(_("Urgent")),
        reading.effort and tag(_("Had to try again")),
        heard.corrected and h.span(".note")[icon("check", small=True), " ", _("put right by your people")],
    ]
    return h.span(".read-tags")[words]


def _heard_wrong(view: View, heard: HeardLine) -> Element:
    seq = heard.line.seq
    return h.details(".twin.no-print")[
        h.summary[_("Heard wrong?")],
        h.form(".heard-wrong", method="post", action=f"/voice/{seq}")[
            csrf_field(view),
            h.input(type="hidden", name="back", value=view.here()),
            (
                h.button(".btn", type="submit", name="sounds", value=one.value)[_(SOUND_WORDS[one])]
                for one in POLARITIES
            ),
        ],
    ]


def _nothing(view: View, voice: Voice) -> Node:
    if voice.status.texts > voice.status.read:
        told = _("{n} of {all} comments are read. Come back in a moment.").format(
            n=number(voice.status.read), all=number(voice.status.texts)
        )
        return [lede(_("The comments are being read")), empty(told, do=link_button(_("Look again"), view.here()))]
    return [
        lede(_("Nobody has said anything yet"), under=_("In the time and filter chosen there is no comment.")),
        empty(
            _("Comments come with survey answers, reviews, chats, tickets and calls."),
            do=link_button(_("Connect a source"), "/data"),
        ),
    ]
