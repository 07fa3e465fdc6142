"""The digest in words: the same lines on its page and in the letter, readable as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heartline.language import _, mark, ngettext
from heartline.web.digest import Digest, name_spot
from heartline.web.pages.moves import name_line, say_difference
from heartline.web.parts.voices import quoted
from heartline.web.parts.words import day, number
from heartline.web.sight import mask_of_customer
from heartline.web.voice_pick import ASKS, PLEASED, SAYS, UNHAPPY

_SOUNDS: Final = {UNHAPPY: mark("Unhappy"), PLEASED: mark("Pleased"), ASKS: mark("Asks"), SAYS: mark("Says")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the digest: a heading, lines, and where to look (a path; "": nowhere)."""

    heading: str
    lines: tuple[str, ...]
    path: str = ""


def say_digest(digest: Digest, *, zone: str) -> tuple[Part, ...]:
    """Say a digest part by part."""
    return (
        Part(heading=_("What changed reliably"), lines=_say_moves(digest, zone=zone), path="/moves"),
        Part(heading=_voices_heading(digest), lines=_say_voices(digest), path="/voice"),
        Part(heading=_("Open loops"), lines=_say_loops(digest), path="/cases"),
        _say_action(digest),
    )


def title_digest(digest: Digest, *, zone: str) -> str:
    """Say what week it is: “The week to 29 Nov”."""
    return _("The week to {day}").format(day=day(digest.until_us, zone))


def _say_moves(digest: Digest, *, zone: str) -> tuple[str, ...]:
    if not digest.moved:
        return (_("Nothing changed reliably in the last fortnight."),)
    return tuple(
        _("{what}: {difference} since {day}, n {n}").format(
            what=name_line(line),
            difference=say_difference(line.measure, line.moves.moves[-1]),
            day=day(line.moves.moves[-1].since_us, zone),
            n=number(line.moves.n),
        )
        for line in digest.moved
    )


def _voices_heading(digest: Digest) -> str:
    n = len(digest.voices)
    return _("Three voices") if n in {0, 3} else ngettext("{n} voice", "{n} voices", n).format(n=number(n))


def _say_voices(digest: Digest) -> tuple[str, ...]:
    if not digest.voices:
        return (_("Nobody left words that fit here."),)
    return tuple(
        _("{sounds}: {words} ({where})").format(
            sounds=_(_SOUNDS[voice.sounds]), words=quoted(voice.text), where=name_spot(voice.entry) or _("unknown")
        )
        for voice in digest.voices
    )


def _say_loops(digest: Digest) -> tuple[str, ...]:
    week = _("This week {opened} opened, {closed} closed.").format(
        opened=number(digest.opened), closed=number(digest.closed)
    )
    lines = [f"{digest.loops.words}.", week]
    if digest.alarms:
        told = ngettext("{n} alarm nobody has looked at.", "{n} alarms nobody has looked at.", digest.alarms)
        lines.append(told.format(n=number(digest.alarms)))
    return tuple(lines)


def _say_action(digest: Digest) -> Part:
    heading = _("One thing to do")
    if digest.cause is not None:
        told = ngettext(
            "“{cause}” came again: {n} case of several customers. Make it an opportunity.",
            "“{cause}” came again: {n} cases of several customers. Make it an opportunity.",
            len(digest.cause.cases),
        ).format(cause=mask_of_customer(None)(digest.cause.cause), n=number(len(digest.cause.cases)))
        return Part(heading=heading, lines=(told,), path="/cases/loops")
    if digest.overdue is not None:
        told = _("Close the case that is overdue longest.")
        return Part(heading=heading, lines=(told,), path=f"/cases/{digest.overdue.case_id}")
    if digest.loops.unowned:
        told = _("Give the cases that nobody owns to somebody.")
        return Part(heading=heading, lines=(told,), path="/cases?show=unowned")
    if digest.alarms:
        return Part(heading=heading, lines=(_("Look at the alarms."),), path="/alerts")
    if digest.moved:
        told = _("Find out why this moved: {what}.").format(what=name_line(digest.moved[0]))
        return Part(heading=heading, lines=(told,), path="/moves")
    return Part(heading=heading, lines=(_("Nothing presses this week."),))


def write_digest(digest: Digest, *, zone: str, base: str, name: str, company: str) -> tuple[str, str]:
    """Write subject and plain text of the letter."""
    title = title_digest(digest, zone=zone)
    lines = [_("Good day {name},").format(name=name), "", title, ""]
    for part in say_digest(digest, zone=zone):
        lines += [part.heading.upper(), *(f"- {line}" for line in part.lines)]
        lines += [f"{base}{part.path}"] if part.path else []
        lines.append("")
    return f"{company}: {title}", "\n".join(lines).rstrip() + "\n"
