"""Sources by call: the forms of the pages, filled from what a body says, so that both refuse alike."""

from __future__ import annotations

from heartline.records import Source
from heartline.web.api.shapes.data import SourceListed, tell_source
from heartline.web.api.shapes.sources import SourceMade, SourceRulesChange, SourceRulesTold, tell_rules
from heartline.web.source_rules import change_rules, read_sheet, write_rules
from heartline.web.sources import count_sources, find_source
from heartline.web.visit import Visit


def show_one(visit: Visit, source_id: int) -> SourceListed:
    """Return a source with its share of the account.

    Raises:
        Missing: there is none of this number.
    """
    found = find_source(visit.heartline, source_id)
    return next(tell_source(one) for one in count_sources(visit.heartline) if one.source.source_id == found.source_id)


def tell_made(visit: Visit, source: Source) -> SourceMade:
    """Return a source with the key that was just made."""
    return SourceMade(source=show_one(visit, source.source_id), write_key=source.write_key)


def show_rules(visit: Visit, source_id: int) -> SourceRulesTold:
    """Return what a source may send."""
    source = find_source(visit.heartline, source_id)
    return tell_rules(read_sheet(visit.heartline, source, address=visit.address, now_us=visit.now_us))


def change_rules_asked(visit: Visit, source_id: int, change: SourceRulesChange) -> None:
    """Change what a source may send; what is not said stays.

    Raises:
        Invalid: as ``parse_rules`` refuses.
    """
    source = find_source(visit.heartline, source_id)
    said = write_rules(visit.heartline.sources.rules(source_id))
    lines = {"origins": change.origins, "only": change.only, "hook_secrets": change.hook_secrets}
    said |= {name: "\n".join(told) for name, told in lines.items() if told is not None}
    texts = {
        "identify": None if change.identify is None else "1" if change.identify else "",
        "events_per_s": None if change.events_per_s is None else str(change.events_per_s),
        "hook": change.hook,
        "hook_token": change.hook_token,
    }
    said |= {name: told for name, told in texts.items() if told is not None}
    change_rules(visit, source, said)
