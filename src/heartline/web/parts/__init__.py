"""The parts pages are made of: typed functions from records and words to elements. They fetch nothing.

Escaping is htpy's, everywhere. The Content-Security-Policy forbids inline scripts and styles, so no part writes a
``style`` attribute or a handler: classes and SVG attributes only.
"""

from __future__ import annotations

from heartline.web.parts.assets import STATIC, asset
from heartline.web.parts.controls import (
    acts,
    button,
    checkbox,
    csrf_field,
    download_button,
    field,
    file_drop,
    form_row,
    link_button,
    post_button,
    radios,
    select,
)
from heartline.web.parts.figures import count_tile, figure_of, tile, tiles, verdict
from heartline.web.parts.guest import guest
from heartline.web.parts.icons import channel_icon, channel_icon_name, icon, logo
from heartline.web.parts.overlays import Found, dialog, found, palette, toast
from heartline.web.parts.sections import (
    Tone,
    checklist,
    code,
    columns,
    copy_button,
    evidence,
    hero,
    key_values,
    lede,
    pagination,
    progress,
    section,
    sentence,
    steps,
    tabs,
    tag,
)
from heartline.web.parts.shell import ROOMS, bare, document, shell
from heartline.web.parts.states import empty, error, loading, not_allowed, partial, stale, too_few
from heartline.web.parts.tables import (
    Column,
    case_row,
    case_rows,
    table,
    table_twin,
    timeline,
    timeline_row,
)
from heartline.web.parts.view import CARRIED, RANGES, Choice, FilterField, View
from heartline.web.parts.voices import quote, quoted, valence, voice_row, voices

__all__ = [
    "CARRIED",
    "RANGES",
    "ROOMS",
    "STATIC",
    "Choice",
    "Column",
    "FilterField",
    "Found",
    "Tone",
    "View",
    "acts",
    "asset",
    "bare",
    "button",
    "case_row",
    "case_rows",
    "channel_icon",
    "channel_icon_name",
    "checkbox",
    "checklist",
    "code",
    "columns",
    "copy_button",
    "count_tile",
    "csrf_field",
    "dialog",
    "document",
    "download_button",
    "empty",
    "error",
    "evidence",
    "field",
    "figure_of",
    "file_drop",
    "form_row",
    "found",
    "guest",
    "hero",
    "icon",
    "key_values",
    "lede",
    "link_button",
    "loading",
    "logo",
    "not_allowed",
    "pagination",
    "palette",
    "partial",
    "post_button",
    "progress",
    "quote",
    "quoted",
    "radios",
    "section",
    "select",
    "sentence",
    "shell",
    "stale",
    "steps",
    "table",
    "table_twin",
    "tabs",
    "tag",
    "tile",
    "tiles",
    "timeline",
    "timeline_row",
    "toast",
    "too_few",
    "valence",
    "verdict",
    "voice_row",
    "voices",
]
