"""The columns of an import as the page lets people change them: one role each, in words, and back into the mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from heartline.collect import (
    Brand,
    ImportMapping,
    ImportTouch,
    ScoreRule,
    TimeFormat,
    TimeOrigin,
    Trait,
    Value,
    When,
    Who,
)
from heartline.language import mark
from heartline.records import IdentifierKind, ScoreKind
from heartline.web.parts import Choice

_FIELDS: Final = ("text", "amount", "currency", "channel", "place", "area", "employee", "partner", "product", "order")

ROLES: Final = (
    Choice(value="ignore", label=mark("Leave out")),
    Choice(value="who:user_id", label=mark("Who: user id")),
    Choice(value="who:email", label=mark("Who: e-mail")),
    Choice(value="who:phone", label=mark("Who: phone")),
    Choice(value="who:loyalty_card", label=mark("Who: loyalty card")),
    Choice(value="who:external", label=mark("Who: by an order, ticket or other id")),
    Choice(value="when:iso", label=mark("When (2026-11-22 14:30)")),
    Choice(value="when:day_first", label=mark("When (22/11/2026)")),
    Choice(value="when:month_first", label=mark("When (11/22/2026)")),
    Choice(value="when:words", label=mark("When (22 Nov 2026)")),
    Choice(value="when:epoch_s", label=mark("When (seconds since 1970)")),
    Choice(value="when:epoch_ms", label=mark("When (milliseconds since 1970)")),
    Choice(value="when:epoch_us", label=mark("When (microseconds since 1970)")),
    Choice(value="clock", label=mark("When: the time of day, beside its date")),
    Choice(value="promised", label=mark("Promised by then")),
    Choice(value="what", label=mark("What happened")),
    Choice(value="score:nps", label=mark("Score: NPS 0–10")),
    Choice(value="score:csat", label=mark("Score: CSAT")),
    Choice(value="score:ces", label=mark("Score: CES, high is easy")),
    Choice(value="score:stars", label=mark("Score: stars 1–5")),
    Choice(value="text", label=mark("What they wrote")),
    Choice(value="amount", label=mark("Amount of money")),
    Choice(value="currency", label=mark("Currency")),
    Choice(value="channel", label=mark("Channel")),
    Choice(value="place", label=mark("Place")),
    Choice(value="area", label=mark("Area")),
    Choice(value="employee", label=mark("Employee")),
    Choice(value="partner", label=mark("Partner")),
    Choice(value="product", label=mark("Product")),
    Choice(value="order", label=mark("Order")),
    Choice(value="title", label=mark("The title of what they wrote")),
    Choice(value="brand", label=mark("Whom it is about: us, or a rival")),
    Choice(value="name", label=mark("The customer's name")),
    Choice(value="trait", label=mark("Describes the customer")),
    Choice(value="property", label=mark("Kept beside the touch")),
)
"""What a column may be; the labels are translated where they are shown."""


def role_of(mapping: ImportMapping, column: str) -> str:
    """Return the role a column has, as ``ROLES`` values name it; the first where it has several."""
    return next(_roles_of(mapping, column), "ignore")


def _roles_of(mapping: ImportMapping, column: str) -> Iterator[str]:
    for who in mapping.who:
        if who.column == column:
            known = f"who:{who.kind.value}"
            yield known if any(choice.value == known for choice in ROLES) else "who:external"
    for touch in mapping.touches:
        if touch.when.column == column and touch.when.origin is TimeOrigin.COLUMN:
            yield f"when:{touch.when.format.value}"
        if touch.when.clock == column:
            yield "clock"
        if touch.promised is not None and touch.promised.column == column:
            yield "promised"
        if touch.name.column == column:
            yield "what"
    if mapping.score is not None and mapping.score.column == column:
        yield f"score:{mapping.score.kind.value}"
    yield from (name for name, value in mapping.fields.items() if value.column == column)
    if column == mapping.title:
        yield "title"
    if mapping.brand is not None and column == mapping.brand.column:
        yield "brand"
    yield from ("name" if trait.name == "name" else "trait" for trait in mapping.traits if trait.column == column)
    if column in mapping.properties:
        yield "property"


def change_roles(mapping: ImportMapping, chosen: Mapping[str, str], *, own: tuple[str, ...] = ()) -> ImportMapping:
    """Return the mapping with the roles that differ from its own; everything else stays as it is. ``own`` are our names
    where a column says whom a row is about.
    """
    changed = {column: role for column, role in chosen.items() if role_of(mapping, column) != role}
    for column in changed:
        mapping = _drop(mapping, column)
    for column, role in changed.items():
        mapping = _place(mapping, column, role, own)
    return replace(mapping, unnamed_rows=mapping.unnamed_rows or not mapping.who)


def _drop(mapping: ImportMapping, column: str) -> ImportMapping:
    timed = tuple(
        replace(touch, when=replace(touch.when, clock="")) if touch.when.clock == column else touch
        for touch in mapping.touches
        if touch.when.column != column
    )
    if not timed:
        timed = tuple(replace(touch, when=When(origin=TimeOrigin.IMPORTED)) for touch in mapping.touches[:1])
    timed = tuple(
        replace(touch, promised=None) if touch.promised and touch.promised.column == column else touch
        for touch in timed
    )
    named = tuple(
        replace(touch, name=Value(constant=touch.name.constant or mapping.name))
        if touch.name.column == column
        else touch
        for touch in timed
    )
    return replace(
        mapping,
        touches=named,
        who=tuple(who for who in mapping.who if who.column != column),
        score=None if mapping.score is not None and mapping.score.column == column else mapping.score,
        fields={name: value for name, value in mapping.fields.items() if value.column != column},
        traits=tuple(trait for trait in mapping.traits if trait.column != column),
        properties=tuple(name for name in mapping.properties if name != column),
        title="" if mapping.title == column else mapping.title,
        brand=None if mapping.brand is not None and mapping.brand.column == column else mapping.brand,
        only=tuple(only for only in mapping.only if only.column != column),
    )


def _place(mapping: ImportMapping, column: str, role: str, own: tuple[str, ...]) -> ImportMapping:
    kind, _colon, detail = role.partition(":")
    if kind == "who":
        external = column.lower().replace(" ", "_") if detail == "external" else ""
        who = Who(column=column, kind=IdentifierKind(detail), external=external)
        mapping = replace(mapping, who=(*mapping.who, who))
    elif kind in {"name", "trait"}:
        trait = Trait(name="name" if kind == "name" else column, column=column)
        mapping = replace(mapping, traits=(*mapping.traits, trait))
    elif kind == "title":
        mapping = replace(mapping, title=column)
    elif kind == "brand":
        mapping = replace(mapping, brand=Brand(column=column, own=own))
    elif kind != "ignore":
        mapping = _place_on_touch(mapping, column, kind, detail)
    return mapping


def _place_on_touch(mapping: ImportMapping, column: str, kind: str, detail: str) -> ImportMapping:
    if not mapping.touches:
        touch = ImportTouch(name=Value(constant=mapping.name), when=When(origin=TimeOrigin.IMPORTED))
        mapping = replace(mapping, touches=(touch,))
    if kind == "when":
        return _time(mapping, When(column=column, format=TimeFormat(detail)))
    if kind == "clock":
        first, *others = mapping.touches
        return replace(mapping, touches=(replace(first, when=replace(first.when, clock=column)), *others))
    if kind == "what":
        first, *others = mapping.touches
        return replace(mapping, touches=(replace(first, name=Value(column=column)), *others))
    return _place_beside(mapping, column, kind, detail)


def _place_beside(mapping: ImportMapping, column: str, kind: str, detail: str) -> ImportMapping:
    if kind == "promised":
        return _promise(mapping, column)
    if kind == "score":
        return replace(mapping, score=ScoreRule(column=column, kind=ScoreKind(detail)))
    if kind in _FIELDS:
        return replace(mapping, fields={**mapping.fields, kind: Value(column=column)})
    return replace(mapping, properties=(*mapping.properties, column))


def _promise(mapping: ImportMapping, column: str) -> ImportMapping:
    """Hold the last touch that has a time of its own against a promised one; without any it is kept beside."""
    timed = [place for place, touch in enumerate(mapping.touches) if touch.when.origin is TimeOrigin.COLUMN]
    if not timed:
        return replace(mapping, properties=(*mapping.properties, column))
    last = timed[-1]
    kept = replace(mapping.touches[last], promised=When(column=column, format=mapping.touches[last].when.format))
    return replace(mapping, touches=(*mapping.touches[:last], kept, *mapping.touches[last + 1 :]))


def _time(mapping: ImportMapping, when: When) -> ImportMapping:
    """Give the first touch without a time of its own this one; where each has one, the row yields one touch more."""
    for place, touch in enumerate(mapping.touches):
        if touch.when.origin is not TimeOrigin.COLUMN:
            timed = (*mapping.touches[:place], replace(touch, when=when), *mapping.touches[place + 1 :])
            return replace(mapping, touches=timed)
    return replace(mapping, touches=(*mapping.touches, ImportTouch(name=Value(constant=when.column), when=when)))
