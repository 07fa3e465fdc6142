"""``/voice/reader``: how good the reader is at texts it was not taught, how far it has come, what it does not know."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, name_language
from heartline.listener import Listening, is_deep
from heartline.records import ReaderVersion
from heartline.understand import is_deep_installed
from heartline.web.parts import Column, View, key_values, lede, section, shell, table
from heartline.web.parts.words import moment, number, percent, plural


def reader_page(view: View, status: Listening, readers: Sequence[ReaderVersion], *, now_us: int) -> Renderable:
    """The page of the reader: never a promise, always what was measured here."""
    reader = status.reader
    return shell(
        view,
        title=_("The reader"),
        crumbs=(("/voice", _("What they say")), ("", _("The reader"))),
        body=[
            lede(_title(reader), under=_progress(status)),
            status.trouble and h.p(".field-error", role="alert")[_("It waits: {why}").format(why=status.trouble)],
            _now(view, reader, now_us=now_us) if reader else _untaught(),
            _versions(view, readers, now_us=now_us) if readers else None,
            _languages(reader) if reader and reader.languages else None,
            section(_("What it does not know"), body=_limits()),
        ],
    )


def _title(reader: ReaderVersion | None) -> str:
    if reader is None:
        return _("The reader that comes with heartline is reading")
    return _("Taught by {comments} of yours").format(
        comments=plural(reader.labels, "scored comment", "scored comments")
    )


def _progress(status: Listening) -> str:
    return _("{n} of {all} comments are read by it ({share}).").format(
        n=number(status.read), all=number(status.texts), share=percent(status.share)
    )


def _untaught() -> Element:
    return section(
        _("How good it is here"),
        body=h.p[
            _(
                "Nobody knows yet. From 50 comments with a score on (or corrected by your people) it is taught by "
                "them, and says here how often it hears right in comments it was not taught."
            )
        ],
    )


def _now(view: View, reader: ReaderVersion, *, now_us: int) -> Element:
    pairs: list[tuple[Node, Node]] = [
        (
            _("Hears right (macro-F1)"),
            _("{now}, where the shipped reader alone reaches {before}").format(
                now=number(reader.f1, digits=2), before=number(reader.prior_f1, digits=2)
            ),
        ),
        (
            _("Wrong about its own certainty by"),
            _("{now} on average, where the shipped reader is wrong by {before}").format(
                now=percent(reader.error), before=percent(reader.prior_error)
            ),
        ),
        (
            _("Judged by"),
            _("{comments} of {customers}, each read by a version that had not seen it").format(
                comments=plural(reader.labels, "comment", "comments"),
                customers=plural(reader.customers, "customer", "customers"),
            ),
        ),
        (_("Taught"), moment(reader.taught_us, view.timezone, now_us=now_us)),
        (_("Hears by"), _depth(reader)),
    ]
    return section(_("How good it is here"), body=key_values(pairs))


def _depth(reader: ReaderVersion) -> str:
    if is_deep(reader):
        return _("both encoders: the fast one in sixteen languages, and the deep one, finer in English")
    if is_deep_installed():
        return _("the fast encoder, in sixteen languages; deep reading is installed and turned off (HEARTLINE_DEEP)")
    return _("the fast encoder, in sixteen languages; deep reading is not installed (the extra “deep”)")


def _versions(view: View, readers: Sequence[ReaderVersion], *, now_us: int) -> Element:
    heads = (
        Column(words=_("Version"), names=True),
        Column(words=_("Taught")),
        Column(words=_("By comments"), figures=True),
        Column(words=_("Macro-F1"), figures=True),
        Column(words=_("Calibration error"), figures=True),
    )
    rows = [
        (
            number(one.version),
            moment(one.taught_us, view.timezone, now_us=now_us),
            number(one.labels),
            number(one.f1, digits=2),
            percent(one.error),
        )
        for one in readers
    ]
    return section(_("Versions"), body=table(heads, rows, caption=_("Versions of the reader")))


def _languages(reader: ReaderVersion) -> Element:
    heads = (
        Column(words=_("Language"), names=True),
        Column(words=_("Comments"), figures=True),
        Column(words=_("Macro-F1"), figures=True),
    )
    rows = [(name_language(code), number(n), number(f1, digits=2)) for code, n, f1 in reader.languages]
    return section(_("By language"), body=table(heads, rows, caption=_("How good it is by language")))


def _limits() -> list[Element]:
    return [
        h.p[
            _(
                "Irony, and words that mean something else in your trade. A correction teaches it: open a comment and "
                "say how it sounds."
            )
        ],
        h.p[
            _(
                "One person. Emotions are told for shares of many comments; never decide about somebody from a single "
                "reading. Effort, urgency and questions are found by lists of words."
            )
        ],
        h.p[_("What was erased: a reader taught by comments that are gone is taught anew without them.")],
    ]
