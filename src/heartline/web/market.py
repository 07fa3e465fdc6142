"""The names of the market, as the company keeps them: what we are called, and our rivals with how people write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from heartline.app import Heartline
from heartline.errors import Invalid
from heartline.language import _
from heartline.web.visit import Visit

_SETTING: Final = "market.names"
_MOST: Final = 50
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """``own`` are our names, the workspace's first; ``rivals`` each rival's names, what it is called first."""

    own: tuple[str, ...]
    rivals: tuple[tuple[str, ...], ...]


def read_market(heartline: Heartline) -> Market:
    """Return the names that are kept."""
    kept = json.loads(heartline.stores.kept.setting(_SETTING) or "{}")
    ours = heartline.workspace.name.strip()
    own = tuple(dict.fromkeys(filter(None, (ours, *kept.get("own", ())))))
    return Market(own=own, rivals=tuple(tuple(names) for names in kept.get("rivals", ())))


def own_names(heartline: Heartline) -> tuple[str, ...]:
    """Return the names we go by."""
    return read_market(heartline).own


def keep_market(visit: Visit) -> str:
    """Keep the names of the form: one rival a line, other spellings after commas; return what to say.

    Raises:
        Invalid: too many or too long names, or one name of two.
    """
    own = _read_names(visit.field("own").replace("\n", ","))
    rivals = [names for line in visit.field("rivals").splitlines() if (names := _read_names(line))]
    said = [name.casefold() for names in (own, *rivals) for name in names]
    if len(rivals) > _MOST or len(own) > _MOST or any(len(name) > _LONGEST for name in said):
        raise Invalid("many_names", _("These are too many names, or too long ones."), _("Keep those people write."))
    if len(said) != len(set(said)):
        raise Invalid("same_name", _("One name stands for two."), _("Leave out the one that is wrong."))
    write_market(visit.heartline, own=own, rivals=rivals)
    visit.note("market.named", ", ".join(names[0] for names in rivals)[:300])
    return _("Kept.")


def write_market(heartline: Heartline, *, own: Sequence[str], rivals: Sequence[Sequence[str]]) -> None:
    """Keep the names of the market."""
    body = json.dumps({"own": list(own), "rivals": [list(names) for names in rivals]}, ensure_ascii=False)
    heartline.stores.kept.set_setting(_SETTING, body)


def _read_names(line: str) -> Sequence[str]:
    names = (" ".join(name.split()) for name in line.split(","))
    return list({name.casefold(): name for name in names if name}.values())
