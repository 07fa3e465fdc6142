"""Who answers for what a rule or an alert brings: its owner, and who has it after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from htpy import Element

from heartline.language import _
from heartline.web.parts import Choice, select


def draw_owners(names: Sequence[str], said: Mapping[str, str], *, hint: str = "") -> tuple[Element, Element]:
    """The two fields, among ``names``; ``hint`` tells when the deputy has it."""
    known = [Choice(value=name, label=name) for name in names]
    nobody_yet, nobody = Choice(value="", label=_("Nobody yet")), Choice(value="", label=_("Nobody"))
    return (
        select(_("Owner"), "owner", choices=[nobody_yet, *known], value=said.get("owner", "")),
        select(_("Deputy"), "deputy", choices=[nobody, *known], value=said.get("deputy", ""), hint=hint),
    )
