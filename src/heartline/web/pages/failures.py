"""What a page says when it cannot be shown."""

from __future__ import annotations

import htpy as h
from htpy import Element

from heartline.errors import HeartlineError
from heartline.language import _, mark
from heartline.web.parts import View, error, lede, link_button, not_allowed

_TITLES = {
    400: mark("That cannot be used as it is"),
    401: mark("You are not signed in"),
    403: mark("This is not yours to do"),
    404: mark("There is nothing here"),
    405: mark("That cannot be done here"),
    409: mark("It has changed in the meantime"),
    413: mark("That is too large"),
    503: mark("heartline cannot do it now"),
}


def draw_guest_failure(problem: HeartlineError, *, identity: str = "") -> tuple[str, Element]:
    """Return what a customer is told: what it is and what to do, and nothing of a product they never heard of."""
    message, hint = _(problem.message), _(problem.hint) if problem.hint and not identity else ""
    return message, h.div(".ask")[h.h1[message], hint and h.p[hint], identity and h.p(".note")[identity]]


def draw_failure(view: View, problem: HeartlineError, *, status: int, identity: str = "") -> tuple[str, Element]:
    """Return a title and a body that say what happened, what is kept and what to do."""
    title = _(_TITLES.get(status, mark("Something broke on our side")))
    # What was written down before anybody read is translated here; what was raised in words passes as it is.
    message, hint = _(problem.message), _(problem.hint) if problem.hint else ""
    home = link_button(_("Go home"), view.url("/"))
    if status == 403:
        said = not_allowed(message, who=hint or _("Ask an owner of this workspace."))
    elif status >= 500:
        retry = view.here() if status == 503 else ""
        said = error(message, kept=hint or None, retry=retry, identity=identity)
    else:
        said = h.div(".state")[h.p[message], hint and h.p(".note")[hint]]
    return title, h.div[lede(title), said, h.div(".acts")[home]]
