"""``/voice``: what customers say and how it sounds, the same as a file, corrections, and how good the reader is."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, redirect, whole
from heartline.web.exports import write_csv
from heartline.web.hearing import correct, read_voice, readers_of, stream_heard
from heartline.web.pages.reader import reader_page
from heartline.web.pages.silent import SILENT_COLUMNS, silent_page, silent_row
from heartline.web.pages.voice import VOICE_COLUMNS, voice_page, voice_row
from heartline.web.silences import read_silence
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/voice", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_voice(visit: Visit) -> Answer:
    """Show how it sounds, and the comments."""
    return whole(visit, voice_page(visit.view, read_voice(visit), now_us=visit.now_us))


@get("/voice.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_voice(visit: Visit) -> Answer:
    """Send every comment with its reading."""
    rows = (voice_row(line, reading, visit.zone) for line, reading in stream_heard(visit))
    return download(write_csv(VOICE_COLUMNS, rows), name="voice.csv", kind=CSV)


@post("/voice/{seq:int}", opt={"right": Right.WORK_CASES}, sync_to_thread=True)
def correct_reading(visit: Visit, seq: int) -> Answer:
    """Note what a person hears in a comment."""
    done = correct(visit, seq, visit.field("sounds"))
    return redirect(visit, visit.field("back") if visit.field("back").startswith("/voice") else "/voice", notice=done)


@get("/voice/reader", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_reader(visit: Visit) -> Answer:
    """Show how good the reader is, and how far it has come."""
    status, readers = readers_of(visit)
    return whole(visit, reader_page(visit.plain_view, status, readers, now_us=visit.now_us))


@get("/voice/silent", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_silent(visit: Visit) -> Answer:
    """Show how those feel who gave no score."""
    return whole(visit, silent_page(visit.view, read_silence(visit)))


@get("/voice/silent.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_silent(visit: Visit) -> Answer:
    """Send the figures of everybody and of each group."""
    silence = read_silence(visit)
    rows = [silent_row("", silence.everybody), *(silent_row(silence.split, one) for one in silence.groups)]
    return download(write_csv(SILENT_COLUMNS, rows), name="silent.csv", kind=CSV)


routes: Final[list[HTTPRouteHandler]] = [
    show_voice,
    send_voice,
    correct_reading,
    show_reader,
    show_silent,
    send_silent,
]
