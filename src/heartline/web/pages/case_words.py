"""What a case notes in fixed English words, said in the language of whoever reads: steps, reasons, notes."""

from __future__ import annotations

import re
from typing import Final

from heartline.act import REASONS
from heartline.language import _, mark, pgettext
from heartline.records import CaseStatus

_MOVED: Final = re.compile(
    r"(new|contacted|cause found|mended|closed) → (new|contacted|cause found|mended|closed)\.(.*)", re.DOTALL
)
_HANDED: Final = re.compile(r"Owner: (.*) → (.*)\.", re.DOTALL)
_OPENED: Final = re.compile(r"Opened for (.*)\.", re.DOTALL)
_AGAIN: Final = re.compile(r"Again: (.*)\.", re.DOTALL)
_CAUSE: Final = re.compile(r"Cause: (.*)\.", re.DOTALL)
_REPLIED: Final = "Replied by e-mail."
_PLAIN: Final = (
    mark("Due date moved."),
    mark("Opened; nobody owns it yet."),
    mark("Looked at again: it holds."),
)


def name_step(status: CaseStatus) -> str:
    """Name a step where it stands within a sentence."""
    return {
        CaseStatus.NEW: pgettext("step of a case", "new"),
        CaseStatus.CONTACTED: pgettext("step of a case", "contacted"),
        CaseStatus.CAUSE_FOUND: pgettext("step of a case", "cause found"),
        CaseStatus.MENDED: pgettext("step of a case", "mended"),
        CaseStatus.CLOSED: pgettext("step of a case", "closed"),
    }[status]


def say_reason(reason: str) -> str:
    """Say why a case was closed: the choice in our words, what somebody wrote beside it as it is."""
    for choice in REASONS:
        if reason == choice:
            return _(choice)
        if reason.startswith(f"{choice}: "):
            return f"{_(choice)}: {reason.removeprefix(f'{choice}: ')}"
    return reason


def say_note(text: str) -> str:
    """Say a note: what the case itself noted in our words, what somebody wrote as it is."""
    if moved := _MOVED.fullmatch(text):
        was, now = (name_step(CaseStatus(word.replace(" ", "_"))) for word in moved.group(1, 2))
        return f"{was} → {now}. {say_reason(moved[3].strip())}".strip()
    if handed := _HANDED.fullmatch(text):
        was, now = (pgettext("owner", "nobody") if name == "nobody" else name for name in handed.group(1, 2))
        return _("Owner: {was} → {now}.").format(was=was, now=now)
    if opened := _OPENED.fullmatch(text):
        return _("Opened for {name}.").format(name=opened[1])
    return _say_of_loop(text)


def _say_of_loop(text: str) -> str:
    if text.startswith(_REPLIED):
        return f"{_('Replied by e-mail.')}{text.removeprefix(_REPLIED)}"
    if again := _AGAIN.fullmatch(text):
        return _("Again: {what}.").format(what=again[1])
    if cause := _CAUSE.fullmatch(text):
        return _("Cause: {cause}.").format(cause=pgettext("cause", "none") if cause[1] == "none" else cause[1])
    return _(text) if text in _PLAIN else text
