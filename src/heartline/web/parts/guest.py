"""The frame of a page for customers: the company's name, one column, nothing of ours to be signed in to."""

from __future__ import annotations

import htpy as h
from htpy import Node, Renderable

from heartline.web.parts.shell import document
from heartline.web.parts.view import View


def guest(view: View, *, title: str, body: Node) -> Renderable:
    """A page that customers see."""
    return document(
        view,
        title=title,
        of=view.workspace_name,
        body=h.main("#main.guest")[h.p(".guest-of")[h.bdi[view.workspace_name]], body],
    )
