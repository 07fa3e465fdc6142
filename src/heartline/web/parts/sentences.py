"""Sentences with markup in the middle, whole for whoever translates them."""

from __future__ import annotations

import re

from htpy import Node

from heartline.language import spoken

_GAP = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


def fill(text: str, **gaps: Node) -> list[Node]:
    """Put nodes into the named gaps of a translated sentence: ``fill(_("Signed in as {name}."), name=h.b[name])``.

    The plain pieces stay text, so they are escaped where they are drawn. A gap that the sentence names and nobody fills
    raises KeyError.
    """
    pieces = _GAP.split(text)
    return [gaps[piece] if place % 2 else piece for place, piece in enumerate(pieces) if place % 2 or piece]


def begin_small(label: str) -> str:
    """Put a label into the middle of a sentence: English begins it small, other languages leave it as it stands."""
    return label[:1].lower() + label[1:] if spoken() == "en" else label
