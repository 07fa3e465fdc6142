"""The import page's errands: the guess and what people made of it, the dry run and the import as chores."""

from __future__ import annotations

import json
from dataclasses import replace

from heartline.app import Heartline
from heartline.collect import Brand, DryRun, ImportMapping, ImportReport, check_mapping, read_mapping
from heartline.errors import Invalid, Missing
from heartline.language import _
from heartline.web.answers import Answer, fragment, page, redirect
from heartline.web.chores import Chore, begin_chore, find_chore
from heartline.web.desk import Desk
from heartline.web.market import own_names
from heartline.web.pages.imports import draw_columns, draw_done, draw_dry, draw_step, draw_under_way
from heartline.web.roles import ROLES, change_roles
from heartline.web.uploads import Upload, find_upload, forget_upload
from heartline.web.visit import Visit
from heartline.web.workspaces import read_name

_KNOWN_ROLES = frozenset(choice.value for choice in ROLES)


def _say_crumbs() -> tuple[tuple[str, str], ...]:
    return (("/data/imports", _("Imports")),)


def show_columns(visit: Visit, upload: Upload, *, error: str = "") -> Answer:
    """Answer with the page of a file's columns."""
    desk = Desk(visit.heartline)
    guess = desk.guess(upload.path)
    mapping = upload.read_mapping() or guess.mapping
    body = draw_columns(visit.plain_view, upload, guess, mapping, saved=sorted(desk.mappings()), error=error)
    return page(visit, body, title=upload.name, crumbs=_say_crumbs(), controls=False, status=400 if error else 200)


def choose_mapping(visit: Visit, upload: Upload) -> None:
    """Keep the mapping that was named, or written out.

    Raises:
        Invalid: it is no mapping.
        Missing: none is saved under this name.
    """
    text = visit.form.get("mapping", [""])[0]
    if not text:
        saved = Desk(visit.heartline).mappings()
        if visit.field("saved") not in saved:
            raise Missing("no_mapping", _("No mapping is saved under this name."), _("Choose one of the list."))
        text = saved[visit.field("saved")]
    upload.keep_mapping(read_mapping(text))


def read_choice(visit: Visit, upload: Upload) -> ImportMapping:
    """Read the form of columns into a mapping and keep it with the file.

    Raises:
        Invalid: the form contradicts itself; the message says how.
    """
    before = upload.read_mapping() or Desk(visit.heartline).guess(upload.path).mapping
    columns, roles = visit.form.get("column", []), visit.form.get("role", [])
    chosen = {column: role for column, role in zip(columns, roles, strict=False) if role in _KNOWN_ROLES}
    mapping = replace(
        change_roles(before, chosen, own=own_names(visit.heartline)),
        name=read_name(visit.field("name")),
        zone=visit.field("timezone") or before.zone,
        key=_read_key(visit.field("key"), before),
    )
    mapping = replace(mapping, brand=_read_about(visit, mapping))
    check_mapping(mapping)
    upload.keep_mapping(mapping)
    return mapping


def _read_about(visit: Visit, mapping: ImportMapping) -> Brand | None:
    """Return whom the rows speak of: a column says so, or the form does for all of them."""
    about = " ".join(visit.field("about").split())
    # Who does not ask must not turn what is said of a rival into customers.
    if "about" not in visit.form or (mapping.brand is not None and mapping.brand.column):
        return mapping.brand
    return Brand(constant=about, own=own_names(visit.heartline)) if about else None


def _read_key(text: str, before: ImportMapping) -> tuple[str, ...]:
    try:
        key = json.loads(text or "null")
    except ValueError:
        raise Invalid("bad_key", _("The row key cannot be read."), _("Choose one of the list.")) from None
    if key is None:
        return before.key
    return tuple(str(column) for column in key) if isinstance(key, list) else ()


def begin_dry(heartline: Heartline, upload: Upload, mapping: ImportMapping) -> None:
    """Begin counting what an import would do.

    Raises:
        Conflict: it is being counted already.
    """

    def work(chore: Chore) -> None:
        chore.outcome = Desk(heartline).plan(upload.path, mapping, source=mapping.name, tell=_Teller(chore))

    begin_chore(heartline, f"dry {upload.identity}", work)


def begin_run(heartline: Heartline, upload: Upload) -> None:
    """Begin an import with the mapping kept with the file; the file goes once all of it has landed.

    Raises:
        Invalid: no mapping was chosen.
        Conflict: it is under way already.
    """
    mapping = upload.read_mapping()
    if mapping is None:
        raise Invalid("no_mapping", _("Nobody has said what the columns mean."), _("Try it dry first."))

    def work(chore: Chore) -> None:
        desk = Desk(heartline)
        chore.outcome = desk.run(upload.path, mapping, source=mapping.name, file_name=upload.name, tell=_Teller(chore))
        forget_upload(upload)

    begin_chore(heartline, f"run {upload.identity}", work)


def show_dry(visit: Visit, upload: Upload) -> Answer:
    """Answer with how far the dry run is, or with what it found."""
    chore = find_chore(visit.heartline, f"dry {upload.identity}")
    if chore is None:
        return redirect(visit, f"/data/imports/{upload.identity}")
    here = f"/data/imports/{upload.identity}/dry"
    if isinstance(chore.outcome, DryRun):
        piece = draw_dry(visit.plain_view, upload, chore.outcome)
    else:
        piece = draw_under_way(visit.plain_view, upload.identity, chore, words=_("Counting"), here=here)
    if visit.asked.is_fragment:
        return fragment(visit, piece)
    return page(
        visit, draw_step(upload.name, piece, current=2), title=upload.name, crumbs=_say_crumbs(), controls=False
    )


def show_run(visit: Visit, identity: str) -> Answer:
    """Answer with how far the import is, or with what it did. The file itself may be gone by then."""
    chore = find_chore(visit.heartline, f"run {identity}")
    if chore is None:
        return redirect(visit, f"/data/imports/{find_upload(visit.heartline, identity).identity}")
    here = f"/data/imports/{identity}/run"
    done = isinstance(chore.outcome, ImportReport)
    if isinstance(chore.outcome, ImportReport):
        piece = draw_done(visit.plain_view, chore.outcome)
    else:
        piece = draw_under_way(visit.plain_view, identity, chore, words=_("Importing"), here=here)
    if visit.asked.is_fragment:
        return fragment(visit, piece)
    return page(
        visit,
        draw_step(_("Import"), piece, current=4 if done else 3),
        title=_("Import"),
        crumbs=_say_crumbs(),
        controls=False,
    )


class _Teller:
    """Turns what an import tells into the share of a chore: reading first, then settling in."""

    def __init__(self, chore: Chore) -> None:
        self._chore = chore

    def __call__(self, stage: str, done: int, total: int) -> None:
        share = done / max(1, total)
        self._chore.tell(share * 0.9 if stage == "reading" else 0.9 + share * 0.1)
