"""An import that was done: what it did, what it changed and refused, and how to take it back."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.records import Right
from heartline.store import ImportJob
from heartline.web.amending import Mended
from heartline.web.chores import Chore
from heartline.web.pages.changes import draw_changes
from heartline.web.pages.refused import draw_outcome, name_reason, tell_reason
from heartline.web.parts import (
    Column,
    View,
    acts,
    button,
    csrf_field,
    download_button,
    error,
    file_drop,
    key_values,
    lede,
    link_button,
    post_button,
    progress,
    section,
    table,
    tag,
)
from heartline.web.parts.words import moment, number, plural
from heartline.web.reports import Report
from heartline.web.undoing import UndoPreview

CRUMBS = (("/data/imports", mark("Imports")),)
_ONE_STEP = mark("All of it goes in one step: if heartline is stopped meanwhile, it is undone whole or not at all.")


def draw_imported(view: View, report: Report, mending: Chore | None = None) -> Element:
    """What an import did, changed and refused, and how to mend or undo it."""
    job = report.job
    here = f"/data/imported/{job.import_id}"
    files = [
        download_button(view, _("The report as CSV"), f"{here}/report.csv"),
        download_button(view, _("as JSON"), f"{here}/report.json"),
    ]
    return h.div[
        lede(
            job.file_name,
            under=[state_tag(job, under_way=report.under_way), " ", _("Into {source}.").format(source=report.source)],
            do=not report.under_way and files,
        ),
        key_values(_facts(view, report)),
        bool(report.told.get("message")) and error(str(report.told["message"]), kept=str(report.told.get("hint", ""))),
        draw_changes(report.changes, report.mapping, left_out=report.left_out, encoding=report.encoding, done=True),
        section(_("Refused"), body=_refused(view, report, mending), identity="refused"),
        section(_("Undo"), body=_undo(view, report), identity="undo"),
    ]


def _refused(view: View, report: Report, mending: Chore | None) -> Node:
    outcome = draw_mending(report.job, mending) if mending is not None else None
    if not report.refused:
        return [outcome, h.p[_("Nothing of it is refused.") if report.stored else _("Nothing of it is kept aside.")]]
    columns = (
        Column(words=_("Reason"), names=True),
        Column(words=_("Events"), figures=True),
        Column(words=_("What it means")),
    )
    rows = [
        (name_reason(reason), number(n), tell_reason(reason))
        for reason, n in sorted(report.refused.items(), key=lambda item: -item[1])
    ]
    return [
        outcome,
        table(columns, rows, caption=_("Refused by reason")),
        _mend_form(view, report),
        section(_("The first of them"), body=_rows(view, report)),
    ]


def _mend_form(view: View, report: Report) -> Element:
    here = f"/data/imported/{report.job.import_id}"
    return h.div(".stack")[
        h.p[_("Download the refused rows, correct their cells, and drop the file here: what is right then is stored.")],
        acts(download_button(view, _("The refused rows as CSV"), f"{here}/refused.csv")),
        h.form(".stack", method="post", action=f"{here}/mended", enctype="multipart/form-data")[
            csrf_field(view),
            file_drop(_("Drop the corrected rows here"), "file", hint=_("CSV, with the column heartline_refused_seq.")),
            button(_("Mend them"), drawing="upload"),
        ],
    ]


def _rows(view: View, report: Report) -> Element:
    columns = (Column(words=_("Row"), names=True), Column(words=_("Why")), Column(words=_("Its cells")))
    rows: list[Sequence[Node]] = []
    for event, row in report.rows:
        name = number(row.number) if row else "–"
        cells = ", ".join(f"{key}: {cell[:80]}" for key, cell in list(row.cells.items())[:8]) if row else ""
        link = h.a(href=view.url(f"/data/refused/{event.seq}"))[name] if view.may(Right.MANAGE_SOURCES) else name
        rows.append((link, h.span[h.b[name_reason(event.reason)], f": {event.detail}"], h.bdi(".small")[cells]))
    return table(columns, rows, caption=_("Refused rows, the first of the file"))


def draw_mending(job: ImportJob, chore: Chore) -> Element:
    """How far mending is, or what came of it; asks again by itself."""
    here = f"/data/imported/{job.import_id}/mended"
    if chore.error:
        return h.div("#mending")[error(_("Nothing more was mended."), kept=chore.error)]
    if isinstance(chore.outcome, Mended):
        return h.div("#mending.state", role="status")[draw_outcome(chore.outcome)]
    return h.div("#mending", hx_get=here, hx_trigger="every 1s", hx_swap="outerHTML")[
        progress(_("Mending"), done=0, total=0), h.noscript[h.p[h.a(href=here)[_("How far is it?")]]]
    ]


def _facts(view: View, report: Report) -> list[tuple[Node, Node]]:
    job, told = report.job, report.told
    facts: list[tuple[Node, Node]] = [
        (_("Begun"), moment(job.started_us, view.timezone)),
        (_("Rows read"), number(job.rows_done)),
        (_("Stored now"), number(report.stored)),
    ]
    names = (
        (_("Events sent"), "messages"),
        (_("Were there already"), "duplicate"),
        (_("Rows left out"), "skipped"),
    )
    return facts + [(words, number(told[key])) for words, key in names if isinstance(told.get(key), int)]


def state_tag(job: ImportJob, *, under_way: bool) -> Element:
    """How an import stands, in a word."""
    words = {
        "done": _("Done"),
        "running": _("Cut off"),
        "undone": _("Undone"),
        "undoing": _("Being undone"),
    }
    if under_way:
        return tag(_("Being undone") if job.status == "undoing" else _("Under way"))
    if job.status == "done":
        return tag(_("Done"), tone="better", drawing="check")
    return tag(words.get(job.status, _("Stopped")), tone="soft" if job.status == "undone" else "late")


def _undo(view: View, report: Report) -> Node:
    job, undo = report.job, report.told.get("undo", {})
    if job.status == "undone":
        words = (
            _(
                "Undone on {when} by {name}: {events} taken back, {n} of them stored. Import the file again to bring "
                "it back."
            )
            if "at_us" in undo
            else _("Undone: {events} taken back, {n} of them stored. Import the file again to bring it back.")
        )
        return h.p[
            words.format(
                when=moment(undo["at_us"], view.timezone) if "at_us" in undo else "",
                name=undo.get("by", ""),
                events=plural(undo.get("events", 0), "event", "events"),
                n=number(undo.get("stored", 0)),
            )
        ]
    if report.under_way or job.status == "undoing":
        return h.p[_("It is under way. It can be undone once it has ended.")]
    return [
        h.p[_("Takes back all that this file brought, as if it had never come. You see what goes before you decide.")],
        acts(post_button(view, _("See what would go"), f"/data/imported/{job.import_id}/weigh")),
    ]


def draw_undo(job: ImportJob, body: Node) -> Element:
    """The page of an undo."""
    return h.div[lede(_("Undo {file}").format(file=job.file_name)), h.div(".stack")[body]]


def draw_undoing(view: View, job: ImportJob, chore: Chore, *, words: str) -> Element:
    """How far it is; asks again by itself."""
    here = f"/data/imported/{job.import_id}"
    if chore.error:
        back = acts(link_button(_("Back to the import"), view.url(here)))
        return h.div("#chore.stack")[error(_("It stopped."), kept=chore.error), back]
    known = chore.share >= 0
    return h.div("#chore.stack", hx_get=f"{here}/undo", hx_trigger="every 1s", hx_swap="outerHTML")[
        progress(words, done=round(chore.share * 100), total=100 if known else 0),
        not known and h.p(".note")[_(_ONE_STEP)],
        h.noscript[h.p[h.a(href=f"{here}/undo")[_("How far is it?")]]],
    ]


def draw_weighed(view: View, preview: UndoPreview, *, trouble: str = "") -> Element:
    """What would be taken back."""
    here = f"/data/imported/{preview.job.import_id}"
    return h.div("#chore.stack")[
        trouble and h.p(".state.error", role="alert")[trouble],
        h.p(".say-why")[
            _("{events} would be taken back: {n} are in the history, the others are copies or were refused.").format(
                events=plural(preview.events, "event", "events"), n=number(preview.stored)
            )
        ],
        key_values(
            (
                (_("Interactions that go"), number(preview.stored)),
                (_("Customers touched"), number(preview.customers)),
                (_("Customers with nothing else"), number(preview.alone)),
            )
        ),
        bool(preview.copies) and _copies(preview),
        h.p(".note")[_(_ONE_STEP)],
        acts(
            post_button(view, _("Undo this import"), f"{here}/undo", weight="danger"),
            link_button(_("Keep it"), view.url(here)),
        ),
    ]


def _copies(preview: UndoPreview) -> Element:
    return h.div(".state.partial", role="note")[
        h.p[
            _(
                "Other files brought some of these rows too. They were not stored a second time, so they go as well, "
                "until that file is imported again:"
            )
        ],
        h.ul[(h.li[f"{name}: {plural(n, 'row', 'rows')}"] for name, n in preview.copies)],
    ]
