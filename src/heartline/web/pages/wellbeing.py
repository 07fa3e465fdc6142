"""Settings → Wellbeing: what is well, what is not, and what to do."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.web.chores import Chore
from heartline.web.diagnosis import Finding, Level
from heartline.web.pages.settings import settings_tabs
from heartline.web.parts import Column, View, key_values, lede, post_button, progress, section, table, tag
from heartline.web.parts.words import number
from heartline.web.wellbeing import Wellbeing

PATH = "/settings/wellbeing"
_WORST = {
    Level.SOUND: mark("All is well"),
    Level.WARNING: mark("Well, with something to look at"),
    Level.BROKEN: mark("Something is broken"),
}
_TAGS: dict[Level, tuple[str, str]] = {
    Level.SOUND: (mark("Sound"), "better"),
    Level.WARNING: (mark("Have a look"), "soft"),
    Level.BROKEN: (mark("Broken"), "late"),
}
_CHECKS = {
    "opening": mark("Opening"),
    "disk": mark("Disk"),
    "journal": mark("Journal"),
    "state": mark("State"),
    "history": mark("History"),
    "packed log": mark("Packed log"),
    "account": mark("Account"),
    "lag": mark("Lag"),
    "refused": mark("Refused"),
    "identity": mark("Identity"),
    "import": mark("Import"),
    "backup": mark("Backup"),
}
_ORDER = tuple(reversed(Level))


def name_check(check: str) -> str:
    """What was examined, in words; a name that has none stands as it is."""
    return _(_CHECKS[check]) if check in _CHECKS else check.capitalize()


def draw_wellbeing(view: View, found: Wellbeing, chore: Chore | None) -> Element:
    """The whole page."""
    return h.div[
        lede(_(_WORST[found.level]), under=_("What heartline doctor says of this installation, at this moment.")),
        settings_tabs(view, PATH),
        draw_findings(view, found, chore),
        section(_("Where it stands"), body=_figures(found), identity="figures"),
        section(_("Files"), body=_files(found), identity="files"),
    ]


def draw_findings(view: View, found: Wellbeing, chore: Chore | None) -> Element:
    """The findings, the worst first. While whole files are read, it looks again by itself."""
    running = chore is not None and chore.running
    looking = {"hx_get": PATH, "hx_trigger": "every 2s", "hx_swap": "outerHTML"} if running else {}
    return h.div("#findings", **looking)[
        table(
            (Column(words=_("What"), names=True), Column(words=_("How")), Column(words=_("Found"))),
            [_row(finding) for level in _ORDER for finding in found.findings if finding.level is level],
            caption=_("What was examined, the worst first"),
        ),
        _reading(view, chore),
    ]


def _row(finding: Finding) -> tuple[Node, ...]:
    words, tone = _TAGS[finding.level]
    said = [h.p[finding.says], finding.do and h.p[h.b[_("What to do:"), " "], finding.do]]
    return name_check(finding.check), tag(_(words), tone=tone), said  # type: ignore[arg-type]  # tones are listed above


def _reading(view: View, chore: Chore | None) -> Node:
    if chore is not None and chore.running:
        return progress(_("Reading whole files"), done=round(chore.share * 100), total=100)
    said = _("Whole files were not read yet.") if chore is None else _("Whole files are as they were when last read.")
    return h.div(".stack")[h.p(".note")[said], post_button(view, _("Read whole files now"), PATH)]


def _figures(found: Wellbeing) -> Element:
    pairs: list[tuple[Node, Node]] = [
        (_("{store} is at").format(store=name_check(store)), number(seq)) for store, seq in found.seqs.items()
    ]
    pairs += [(_("Refused: {reason}").format(reason=reason), number(n)) for reason, n in found.refused.items()]
    pairs += [
        (_("Refused at the door: {reason}").format(reason=reason), number(n)) for reason, n in found.at_door.items()
    ]
    pairs += [
        (_("CPU seconds, {step}").format(step=step), number(spent, digits=2)) for step, spent in found.steps.items()
    ]
    pairs += list(found.versions.items())
    return key_values(pairs)


def _files(found: Wellbeing) -> Element:
    rows = [(file.name, number(file.size_bytes)) for file in found.files]
    return table(
        (Column(words=_("File"), names=True), Column(words=_("Bytes"), figures=True)), rows, caption=_("Files by size")
    )
