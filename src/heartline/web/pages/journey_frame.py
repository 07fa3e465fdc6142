"""What every page of a journey shares: its head, its tabs, and what is said where nobody went."""

from __future__ import annotations

from htpy import Element, Node, Renderable

from heartline.language import _, pgettext
from heartline.records import Journey
from heartline.understand import say_journey
from heartline.web.parts import View, empty, lede, link_button, shell, tabs, tag


def frame_journey(
    view: View, journey: Journey, *, under: Node, body: Node, do: Node = None, wide: bool = False
) -> Renderable:
    """A page of a journey: its name, what is said under it, and the tabs to its other pages."""
    path = f"/journeys/{journey.journey_id}"
    pages = (
        ("", pgettext("page of a journey", "Map")),
        ("/now", _("Where they are now")),
        ("/paths", _("Paths")),
        ("/funnel", _("Funnel")),
        ("/compare", _("Compare")),
        ("/memory", _("What is remembered")),
        ("/table", pgettext("page of a journey", "Table")),
        ("/document", pgettext("page of a journey", "Notes")),
        ("/snapshots", _("Snapshots")),
    )
    return shell(
        view,
        title=say_journey(journey.name),
        crumbs=(("/journeys", _("Journeys")), ("", view.range_label)),
        wide=wide,
        body=[
            lede(
                [say_journey(journey.name), journey.proposed and [" ", tag(_("Proposed"), tone="soft")]],
                under=under,
                do=do,
            ),
            tabs(
                _("This journey"),
                [(view.url(path + tail), words) for tail, words in pages],
                current=view.url(view.path),
            ),
            body,
        ],
    )


def say_nobody(view: View, journey: Journey) -> Element:
    """What a page of a journey says where nobody is left, with a way out."""
    path = f"/journeys/{journey.journey_id}"
    return empty(
        _("Nobody went this way in the time and filter chosen."),
        do=link_button(_("Look at all time"), view.url(path, **{"range": "all", "by": None, "is": None})),
    )
