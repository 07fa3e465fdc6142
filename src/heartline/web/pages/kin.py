"""Why these identifiers are one person, and which are kept apart: a part of the customer's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.records import Ownership
from heartline.unify import ALWAYS_US, FOREVER_US
from heartline.web.kinship import REFUSAL_WORDS, KeptApart, Kinship, Owned, name_identifier
from heartline.web.pages.decided import draw_decided, join_link, part_links
from heartline.web.parts import View, section
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import day, iso, moment, number, plural

_MOST_ALIKE: Final = 3


def draw_kinship(view: View, ref: str, kinship: Kinship, *, now_us: int) -> Element:
    """What is theirs, each with its evidence; what is kept apart; what was decided."""
    alone = len(kinship.owned) < 2
    shown, bundles = bundle_kin(kinship.owned)
    return section(
        _("Why this is one person") if not alone else _("How they are known"),
        identity="identity",
        beside=plural(len(kinship.owned), "identifier", "identifiers"),
        body=[
            h.ol(".kin")[(_owned(view, ref, item, first=item is kinship.owned[0]) for item in shown)],
            [_bundle(view, ref, bundle) for bundle in bundles],
            bool(kinship.apart)
            and [
                h.h3[_("Kept apart")],
                h.ul(".kin.apart")[(_apart(view, item, now_us=now_us) for item in kinship.apart)],
            ],
            bool(kinship.refused)
            and h.p(".note")[
                _("{claims} among these did not count: not verified enough.").format(
                    claims=plural(kinship.refused, "claim", "claims")
                )
            ],
            join_link(view, ref),
            draw_decided(view, ref, kinship.decided, now_us=now_us),
        ],
    )


def bundle_kin(owned: Sequence[Owned]) -> tuple[list[Owned], list[list[Owned]]]:
    """Part what is worth a line each from bundles of a kind: forty order numbers are one line. What changed hands, what
    is verified and what stands almost alone is never bundled.
    """
    kinds: dict[str, list[Owned]] = {}
    for item in owned:
        if item.link is not None and not item.known.identifier.strong and not item.bounded:
            kinds.setdefault(name_identifier(item.known)[0], []).append(item)
    bundles = [bundle for bundle in kinds.values() if len(bundle) > _MOST_ALIKE]
    away = {item.known.identifier_id for bundle in bundles for item in bundle}
    return [item for item in owned if item.known.identifier_id not in away], bundles


def _bundle(view: View, ref: str, bundle: Sequence[Owned]) -> Element:
    kind, first = name_identifier(bundle[0].known)
    last = name_identifier(bundle[-1].known)[1]
    return h.details(".kin-bundle")[
        h.summary[
            h.b[_("{n} more of the kind “{kind}”").format(n=number(len(bundle)), kind=kind)],
            h.span(".note")[" ", h.bdi[first], " … ", h.bdi[last]],
        ],
        h.ol(".kin")[(_owned(view, ref, item, first=False) for item in bundle)],
    ]


def _owned(view: View, ref: str, item: Owned, *, first: bool) -> Element:
    identifier, zone = item.known.identifier, view.timezone
    kind, value = name_identifier(item.known)
    strength = _("verified") if identifier.strong else _("not verified")
    seen = fill(
        _("First seen {day}"), day=h.time(datetime=iso(item.known.first_us, zone))[day(item.known.first_us, zone)]
    )
    return h.li(class_=[not identifier.strong and "weak", not item.present and "past"])[
        h.p[h.b[kind], " ", h.bdi(".id-value")[value]],
        h.p(".note")[seen, " · ", strength],
        item.bounded and [h.p(".note.bound")[tell_span(view, span)] for span in item.spans],
        not first and h.p(".note")[_testify(view, item)],
        part_links(view, ref, item),
    ]


def tell_span(view: View, span: Ownership) -> str:
    """When an identifier is theirs: “Theirs until 3 Oct 2026, 12:00”."""
    begin = "" if span.from_us == ALWAYS_US else moment(span.from_us, view.timezone)
    end = "" if span.to_us == FOREVER_US else moment(span.to_us, view.timezone)
    if begin and end:
        return _("Theirs from {begin} until {end}").format(begin=begin, end=end)
    if end:
        return _("Theirs until {end}").format(end=end)
    return _("Theirs since {begin}").format(begin=begin) if begin else _("Theirs always")


def _testify(view: View, item: Owned) -> Node:
    if item.link is None or item.beside is None:
        return _("Nothing kept ties it to the others on its own")
    kind, value = name_identifier(item.beside, within=True)
    if item.times > 1:
        words = (
            _("Same person as {kind} {value}: {source}, {day}, {n} times in all")
            if item.link.strong
            else _("Used together with {kind} {value}: {source}, {day}, {n} times in all")
        )
    else:
        words = (
            _("Same person as {kind} {value}: {source}, {day}")
            if item.link.strong
            else _("Used together with {kind} {value}: {source}, {day}")
        )
    return fill(
        words,
        kind=kind,
        value=h.bdi(".id-value")[value],
        source=item.source,
        day=day(item.link.ts_us, view.timezone),
        n=number(item.times),
    )


def _apart(view: View, item: KeptApart, *, now_us: int) -> Element:
    (kind, value), (our_kind, our_value) = name_identifier(item.other), name_identifier(item.ours, within=True)
    who: Node = [h.b[kind], " ", h.bdi(".id-value")[value]]
    if item.customer is not None:
        who = [h.a(".strong", href=view.url(f"/customers/{item.customer.ref}"))[h.bdi[item.customer.title]], " · ", who]
    why = _("used in turn, so each time belongs to whoever was signed in")
    words = (
        _("Seen with {kind} {value} on {when}, {n} times: {source}. Not joined: {why}.")
        if item.times > 1
        else _("Seen with {kind} {value} on {when}: {source}. Not joined: {why}.")
    )
    return h.li(".weak")[
        h.p[who],
        h.p(".note")[
            fill(
                words,
                kind=our_kind,
                value=h.bdi(".id-value")[our_value],
                when=moment(item.ts_us, view.timezone, now_us=now_us),
                n=number(item.times),
                source=item.source,
                why=_(REFUSAL_WORDS[item.reason]) if item.reason else why,
            )
        ],
    ]
