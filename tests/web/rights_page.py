"""The real route table, pages and API alike, with the right each route asks for; and the docs page made of it.

``python tests/web/rights_page.py`` writes docs/reference/rights.md again.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from litestar.exceptions import LitestarDeprecationWarning
from litestar.routes import HTTPRoute

from heartline.records import AT_A_PLACE, MEANINGS, RIGHTS, Right, Role
from heartline.web import server
from heartline.web.api import application

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/rights.md"
OPEN = "anyone"
_HEAD = """# Rights

Who may do what. This page is made from the code: the roles from `records/people.py`, the routes from what each
declares. A test holds it equal, and asks every route as every role.

A route names one right. Without one it is closed to all but owners. Pages, their fragments, streams, files and the API
ask the same judge. What somebody may not is not offered to them either.

Somebody **bound to places** keeps only the rights marked *at a place*, and sees through them the touches at these
places, the customers with one, and the cases about these or of their team. Everything else is not found. An **API
token** has some of its maker's rights, never more, and may be bound to fewer places.

"""


@dataclass(frozen=True, slots=True, order=True)
class Asked:
    """A route: ``right`` None is open to anyone."""

    path: str
    method: str
    right: Right | None

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    def fits(self, role: Role) -> bool:
        return self.right is None or self.right in RIGHTS[role]


def read_routes() -> list[Asked]:
    """Return every route that is served, by the applications themselves; each names its right or is open."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        apps = (server._make_pages(), application.make_app())
    for app in apps:
        for route in app.routes:
            assert isinstance(route, HTTPRoute)
            for method, (handler, _) in route.route_handler_map.items():
                if method not in {"HEAD", "OPTIONS"} and not route.path.startswith("/unserved"):
                    right = None if handler.opt.get("open") else handler.opt.get("right", Right.CHANGE_WORKSPACE)
                    declared = "right" in handler.opt or "open" in handler.opt
                    assert declared, f"{method} {route.path} declares no right"
                    found.append(Asked(re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path_format), str(method), right))
    return sorted(found, key=lambda one: (one.path, one.method))


def render() -> str:
    """Return the page."""
    lines = [_HEAD + "## What each role may\n"]
    lines.append("| right | they may | at a place | " + " | ".join(role.value for role in Role) + " |")
    lines.append("| --- | --- | --- | " + " | ".join("---" for _ in Role) + " |")
    for right in Right:
        marks = " | ".join("yes" if right in RIGHTS[role] else "–" for role in Role)
        lines.append(f"| `{right.value}` | {MEANINGS[right]} | {'yes' if right in AT_A_PLACE else '–'} | {marks} |")
    lines += ["\n## What each route asks for\n", "| route | right | who |", "| --- | --- | --- |"]
    for asked in read_routes():
        roles = [role.value for role in Role if asked.fits(role)]
        who = OPEN if asked.right is None else "everybody signed in" if len(roles) == len(Role) else ", ".join(roles)
        lines.append(
            f"| `{asked.method} {asked.path}` | {'–' if asked.right is None else f'`{asked.right}`'} | {who} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
