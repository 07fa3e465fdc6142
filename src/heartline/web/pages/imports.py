"""Imports: bring a file, see what its columns mean, try it dry, run it, look back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import htpy as h
from htpy import Element, Node

from heartline.collect import DryRun, Guess, ImportMapping, ImportReport, write_mapping
from heartline.language import _, mark
from heartline.records import Right
from heartline.store import ImportJob
from heartline.web.chores import Chore
from heartline.web.pages.changes import draw_changes
from heartline.web.pages.data import data_tabs
from heartline.web.pages.imported import state_tag
from heartline.web.pages.refused import name_reason
from heartline.web.pages.sign import zone_field
from heartline.web.parts import (
    Choice,
    Column,
    View,
    acts,
    button,
    csrf_field,
    empty,
    field,
    file_drop,
    form_row,
    key_values,
    lede,
    link_button,
    post_button,
    progress,
    section,
    select,
    steps,
    table,
    tag,
)
from heartline.web.parts.words import moment, number, plural
from heartline.web.roles import ROLES, role_of
from heartline.web.uploads import Upload

WAY = (mark("Bring a file"), mark("Its columns"), mark("Try it dry"), mark("Import"))
_REFUSALS = mark("Refused rows are kept aside with their reason, under Refused.")


def draw_imports(view: View, jobs: Sequence[tuple[ImportJob, bool]], uploads: Sequence[Upload]) -> Element:
    """Bring a file; what waits; what was imported."""
    return h.div[
        lede(_("Imports"), under=_("A file becomes interactions like any other. Importing it twice changes nothing.")),
        data_tabs(view, "/data/imports"),
        view.may(Right.IMPORT) and _bring(view),
        bool(uploads) and section(_("Waiting for you"), body=_waiting(view, uploads)),
        not jobs and section(_("What to bring first"), body=_first_files()),
        section(_("Imported"), body=_jobs(view, jobs) if jobs else empty(_("No file was imported yet."))),
    ]


def _bring(view: View) -> Element:
    return h.form(".stack", method="post", action="/data/imports", enctype="multipart/form-data")[
        csrf_field(view),
        file_drop(
            _("Drop a file here"),
            "file",
            hint=_("CSV, TSV, JSON, Parquet or XES, plain or gzipped. Qualtrics and Zendesk exports as they are."),
        ),
        button(_("Look at it"), weight="main", drawing="upload"),
    ]


def _first_files() -> Element:
    """The three files by which the pain list has something to say."""
    files = (
        (_("Orders"), _("Who, when, and the amount; when it was promised and when it came, if you have it.")),
        (_("Tickets or messages"), _("Who, when, and what they wrote, or the number of the order.")),
        (_("Survey answers"), _("Who or which order, when, the score, and the comment.")),
    )
    return h.div(".stack")[
        key_values(files),
        h.p(".note")[
            _(
                "Orders first: files that only carry an order’s number find their customer through it. "
                "Then “Where it hurts” has what it compares."
            )
        ],
    ]


def _waiting(view: View, uploads: Sequence[Upload]) -> Element:
    columns = (
        Column(words=_("File"), names=True),
        Column(words=_("Brought")),
        Column(words=_("Size"), figures=True),
        Column(words=_("Not wanted?")),
    )
    rows = [
        (
            h.a(href=view.url(f"/data/imports/{upload.identity}"))[upload.name],
            moment(int(upload.received_s * 1e6), view.timezone),
            say_size(upload.size),
            post_button(view, _("Forget it"), f"/data/imports/{upload.identity}/forget", weight="plain"),
        )
        for upload in uploads
    ]
    return table(columns, rows, caption=_("Files brought and not imported yet"))


def _jobs(view: View, jobs: Sequence[tuple[ImportJob, bool]]) -> Element:
    columns = (
        Column(words=_("File"), names=True),
        Column(words=_("Begun")),
        Column(words=_("State")),
        Column(words=_("Rows"), figures=True),
        Column(words=_("What came of it")),
    )
    rows = [
        (
            h.a(href=view.url(f"/data/imported/{job.import_id}"))[job.file_name],
            moment(job.started_us, view.timezone),
            state_tag(job, under_way=under_way),
            number(job.rows_done),
            _summary(job),
        )
        for job, under_way in jobs
    ]
    return table(columns, rows, caption=_("Imports, the newest first"))


def _summary(job: ImportJob) -> Node:
    told: dict[str, Any] = json.loads(job.summary or "{}")
    if "message" in told:
        return str(told["message"])
    if job.status == "running":
        return _("Import the same file again, and it goes on where it was.")
    if job.status == "undone":
        return _("All of it was taken back.")
    names = (("stored", _("{n} stored")), ("duplicate", _("{n} duplicate")), ("aside", _("{n} refused")))
    return ", ".join(words.format(n=number(told[key])) for key, words in names if isinstance(told.get(key), int))


def say_size(size: int) -> str:
    """“1.2 MB”."""
    for unit, scale in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= scale:
            return f"{number(size / scale, digits=1)} {unit}"
    return plural(size, "byte", "bytes")


def draw_columns(
    view: View,
    upload: Upload,
    guess: Guess,
    mapping: ImportMapping,
    *,
    saved: Sequence[str],
    error: str = "",
) -> Element:
    """What each column means: guessed, shown with samples, to be changed."""
    action = f"/data/imports/{upload.identity}"
    return h.div[
        lede(
            upload.name,
            under=_("{size}. What its columns seem to mean; change what is wrong.").format(size=say_size(upload.size)),
        ),
        steps(_way(), current=1),
        error and h.p(".state.error", role="alert")[error],
        h.form(".stack", method="post", action=f"{action}/dry")[
            csrf_field(view),
            form_row(
                field(_("What is this file called here?"), "name", value=mapping.name, required=True, maxlength="120"),
                zone_field(mapping.zone),
                select(_("Row key"), "key", choices=_key_choices(guess, mapping), value=_key_of(mapping)),
                field(
                    _("All said of a rival? Its name"),
                    "about",
                    value=mapping.brand.constant if mapping.brand else "",
                    maxlength="80",
                ),
            ),
            _columns_table(guess, mapping),
            bool(guess.warnings) and h.ul(".notes")[(h.li[warning] for warning in guess.warnings)],
            acts(button(_("Try it dry"), weight="main"), button(_("Save this mapping"), name="save", value="1")),
        ],
        section(_("Another mapping"), body=_other(view, action, mapping, saved)),
        section(
            _("Changed your mind?"),
            body=[
                h.p(".small.muted")[_("Nothing of this file is in the history yet. Forgetting deletes the copy.")],
                post_button(view, _("Forget this file"), f"{action}/forget"),
            ],
        ),
    ]


def _key_choices(guess: Guess, mapping: ImportMapping) -> list[Choice]:
    several = [Choice(value=_key_of(mapping), label=" + ".join(mapping.key))] if len(mapping.key) > 1 else []
    columns = [Choice(value=json.dumps([column.column]), label=column.column) for column in guess.columns]
    return [Choice(value="[]", label=_("None: equal rows are told apart by their place")), *several, *columns]


def _key_of(mapping: ImportMapping) -> str:
    return json.dumps(list(mapping.key))


def _columns_table(guess: Guess, mapping: ImportMapping) -> Element:
    columns = (
        Column(words=_("Column"), names=True),
        Column(words=_("Samples")),
        Column(words=_("Means")),
        Column(words=_("Why")),
    )
    rows: list[Sequence[Node]] = [
        (
            one.column,
            h.span(".small")[" · ".join(sample[:60] for sample in one.samples[:3])],
            [
                h.input(type="hidden", name="column", value=one.column),
                _role_select(one.column, role_of(mapping, one.column)),
            ],
            [one.detail, one.doubt and [" ", tag(_("look"), tone="late"), f" {one.doubt}"]],
        )
        for one in guess.columns
    ]
    return table(columns, rows, caption=_("Columns, with what they seem to mean"))


def _role_select(column: str, role: str) -> Element:
    return h.select(".field", name="role", aria_label=_("What {column} means").format(column=column))[
        (h.option(value=choice.value, selected=choice.value == role)[_(choice.label)] for choice in ROLES)
    ]


def _other(view: View, action: str, mapping: ImportMapping, saved: Sequence[str]) -> Element:
    return h.div(".stack")[
        saved
        and h.form(".stack", method="post", action=f"{action}/mapping")[
            csrf_field(view),
            form_row(
                select(_("A saved one"), "saved", choices=[Choice(value=name, label=name) for name in saved]),
                button(_("Take it")),
            ),
        ],
        h.details(".unfold")[
            h.summary[_("Write it out")],
            h.form(".stack", method="post", action=f"{action}/mapping")[
                csrf_field(view),
                field(_("The mapping"), "mapping", value=write_mapping(mapping).decode(), lines=16, spellcheck="false"),
                button(_("Take it")),
            ],
        ],
    ]


def draw_under_way(view: View, identity: str, chore: Chore, *, words: str, here: str) -> Element:
    """How far a dry run or an import is; asks again by itself."""
    if chore.error:
        return h.div("#chore.state.error", role="alert")[
            h.p[h.b[_("It stopped."), " "], chore.error],
            acts(link_button(_("Back to its columns"), view.url(f"/data/imports/{identity}"))),
        ]
    return h.div("#chore", hx_get=here, hx_trigger="every 1s", hx_swap="outerHTML")[
        progress(words, done=round(chore.share * 100), total=100),
        h.noscript[h.p[h.a(href=here)[_("How far is it?")]]],
    ]


def _way() -> list[tuple[str, str]]:
    return [(_(words), "") for words in WAY]


def draw_step(title: str, body: Node, *, current: int) -> Element:
    """A station of the way."""
    return h.div[lede(title), h.div(".stack")[steps(_way(), current=current), body]]


def draw_dry(view: View, upload: Upload, dry: DryRun) -> Element:
    """What importing would do."""
    refused = sum(dry.refused.values())
    action = f"/data/imports/{upload.identity}"
    return h.div("#chore.stack")[
        h.p(".say-why")[
            _("{rows}: {new} new people, {matched} customers or orders found again, {refused} refused.").format(
                rows=plural(dry.rows, "row", "rows"),
                new=number(dry.new_customers),
                matched=number(dry.matched_customers),
                refused=number(refused),
            )
        ],
        key_values(
            (
                (_("New touches"), number(dry.touches)),
                (_("Known already"), number(dry.duplicate)),
                (_("Changed since"), number(dry.changed)),
                (_("Left out by the mapping"), number(dry.skipped)),
                (_("From"), moment(dry.first_us, view.timezone) if dry.first_us is not None else "–"),
                (_("To"), moment(dry.last_us, view.timezone) if dry.last_us is not None else "–"),
            )
        ),
        bool(dry.examples) and section(_("Rows worth a look"), body=_examples(dry)),
        draw_changes(
            dry.changes,
            upload.read_mapping() or ImportMapping(name=""),
            left_out=dry.left_out,
            encoding=dry.encoding,
            done=False,
        ),
        bool(dry.warnings) and h.ul(".notes")[(h.li[warning] for warning in dry.warnings)],
        refused > 0 and h.p(".note")[_(_REFUSALS)],
        acts(
            post_button(view, _("Import it"), f"{action}/run", weight="main"),
            link_button(_("Back to its columns"), view.url(action)),
        ),
    ]


def _examples(dry: DryRun) -> Element:
    columns = (
        Column(words=_("Row"), figures=True),
        Column(words=_("Reason"), names=True),
        Column(words=_("Its cells")),
    )
    rows: list[Sequence[Node]] = [
        (
            h.span(".num")[number(example.row)],
            [h.b[name_reason(example.reason)], f": {example.detail}"],
            h.span(".small")[", ".join(f"{name}: {cell[:80]}" for name, cell in list(example.cells.items())[:8])],
        )
        for example in dry.examples
    ]
    return table(columns, rows, caption=_("Rows that would be refused or are changed"))


def draw_done(view: View, report: ImportReport) -> Element:
    """What the import did."""
    refused = sum(report.refused.values())
    return h.div("#chore.stack")[
        h.p(".say-why")[
            _("{rows} read, {touches} handed over.").format(
                rows=plural(report.rows, "row", "rows"), touches=plural(report.messages, "touch", "touches")
            )
        ],
        h.p[
            h.a(href=view.url("/data/imports"))[_("The list of imports")],
            " ",
            _("tells in a moment how many of them were new, and how many were there already or say otherwise."),
        ],
        refused > 0 and h.p[_("{n} refused.").format(n=number(refused)), " ", _(_REFUSALS)],
        acts(
            link_button(_("Bring another file"), view.url("/data/imports"), weight="main"),
            link_button(_("Where it hurts"), view.url("/pains")),
            link_button(_("See the journeys"), view.url("/journeys")),
        ),
    ]
