"""The guess: what each column of a file means, with samples and how sure we are. People confirm or change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from heartline.collect.importing import vocabulary as words
from heartline.collect.importing.columns import ColumnGuess, Role
from heartline.collect.importing.facts import Facts, weigh_column
from heartline.collect.importing.mapping import (
    ImportMapping,
    Layout,
    ScoreRule,
    TimeFormat,
    TimeOrigin,
    Touch,
    Trait,
    Value,
    When,
    Who,
)
from heartline.collect.importing.moments import SERVICE, find_contact, name_moments
from heartline.collect.importing.promises import hold_promises
from heartline.collect.importing.ready import ReadyMapping, find_ready, trim_mapping, with_format
from heartline.collect.importing.row import Row
from heartline.collect.importing.rows import open_rows
from heartline.collect.importing.talk import Talk, add_talk, describe_talk, doubt_brand, hear_talk, is_words
from heartline.errors import Invalid
from heartline.language import _
from heartline.records import IdentifierKind, ScoreKind

SAMPLE_ROWS = 1000
_MOST_TRAITS = 60
"""What has more values tells one customer from another rather than groups of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A mapping to start from, each column's guess, what to check, and the ready mapping it came from, if any."""

    mapping: ImportMapping
    columns: tuple[ColumnGuess, ...]
    layout: Layout
    sampled: int
    warnings: tuple[str, ...] = ()
    ready: str = ""


@dataclass(slots=True)
class _Draft:
    """What is gathered column by column; ``spoken`` where the file is of talk."""

    spoken: bool = False
    who: list[Who] = field(default_factory=list)
    times: list[tuple[str, TimeFormat]] = field(default_factory=list)
    promised: list[tuple[str, TimeFormat]] = field(default_factory=list)
    clocks: list[str] = field(default_factory=list)
    named: str = ""
    what: str = ""
    score: ScoreRule | None = None
    texts: list[tuple[float, str]] = field(default_factory=list)
    fields: dict[str, Value] = field(default_factory=dict)
    key: str = ""
    rest: list[str] = field(default_factory=list)
    traits: list[str] = field(default_factory=list)
    guesses: dict[str, ColumnGuess] = field(default_factory=dict)


def guess_mapping(
    path: Path, *, layout: Layout | None = None, name: str = "", zone: str = "UTC", own: Sequence[str] = ()
) -> Guess:
    """Look at a file's first rows and propose a mapping; ``own`` are the names we go by in files that name brands.

    Raises:
        Invalid: the file cannot be read, or holds no rows.
        Missing: there is no such file.
    """
    title = name or words.title_name(path.name.split(".")[0]) or "Import"
    rows, used = _sample(path, layout or Layout())
    columns = _columns(rows)
    ready = find_ready(columns)
    if ready is not None and ready.mapping.layout.header_rows != used.header_rows:
        rows, used = _sample(path, replace(used, header_rows=ready.mapping.layout.header_rows))
        columns = _columns(rows)
    facts = {column: weigh_column([row.cells.get(column, "") for row in rows]) for column in columns}
    talk = hear_talk(facts)
    draft = _Draft(spoken=talk.review or bool(talk.claimed))
    for column in columns:
        if column not in talk.claimed:
            _place_column(draft, column, facts[column])
    _note_talk(draft, talk, facts, own)
    _settle_texts(draft, facts)
    clocks = _pair_clocks(draft, facts)
    money = facts.get(draft.fields["amount"].column) if "amount" in draft.fields else None
    comma = money is not None and money.comma > money.point
    mapping = _assemble(draft, facts, title) if ready is None else _fit_ready(ready, draft, facts)
    mapping = add_talk(_join_clocks(mapping, draft, clocks), talk, facts, own) if ready is None else mapping
    mapping = replace(mapping, name=title, layout=used, zone=zone, decimal_comma=comma)
    return Guess(
        mapping=mapping,
        columns=tuple(draft.guesses[column] for column in columns),
        layout=used,
        sampled=len(rows),
        warnings=tuple(_warn(mapping, draft, facts)),
        ready=ready.key if ready else "",
    )


def _sample(path: Path, layout: Layout) -> tuple[list[Row], Layout]:
    with open_rows(path, layout) as file:
        rows = [row for row in islice(iter(file), SAMPLE_ROWS) if not row.problem]
        if not rows:
            raise Invalid("no_rows", _("This file has a header and no rows that can be read."), _("Export it again."))
        return rows, file.layout


def _columns(rows: list[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row.cells))


def _place_column(draft: _Draft, column: str, facts: Facts) -> None:
    """Try the roles in order; the first that fits takes the column."""
    folded = words.fold_name(column)
    if not facts.filled:
        _note(draft, column, facts, Role.IGNORE, _("always empty"), 0.9)
        return
    for place in (
        _place_who,
        _place_name,
        _place_clock,
        _place_when,
        _place_what,
        _place_score,
        _place_money,
        _place_trait,
        _place_field,
        _place_text,
    ):
        if place(draft, column, folded, facts):
            return
    draft.rest.append(column)
    _note(draft, column, facts, Role.PROPERTY, _("kept with the touch"), 0.5)


def _note(draft: _Draft, column: str, facts: Facts, role: Role, detail: str, sure: float, doubt: str = "") -> None:
    draft.guesses[column] = ColumnGuess(
        column=column, role=role, detail=detail, confidence=sure, samples=facts.samples, doubt=doubt
    )


def _note_talk(draft: _Draft, talk: Talk, facts: Mapping[str, Facts], own: Sequence[str]) -> None:
    """Note what only files of talk have."""
    doubt = doubt_brand(talk, facts[talk.brand].values, own) if talk.brand else ""
    for column, detail in describe_talk(talk, own).items():
        role = Role.TRAIT if column == talk.author else Role.FIELD
        _note(
            draft,
            column,
            facts[column],
            role,
            detail,
            0.5 if doubt and column == talk.brand else 0.8,
            doubt if column == talk.brand else "",
        )


def _place_who(draft: _Draft, column: str, folded: str, facts: Facts) -> bool:
    if words.ROW_KEY.match(folded) and facts.unique and not draft.key:
        draft.key = column
    kind = next(((k, e) for pattern, k, e in words.WHO if pattern.search(folded)), None)
    if kind is None and words.PERSON.match(folded) and facts.wordy < 0.5:
        kind = (IdentifierKind.USER_ID, "")
    if kind is None and facts.emails > 0.8:
        kind = (IdentifierKind.EMAIL, "")
    if kind is None or facts.time is not None:
        return False
    what, external = kind
    if what is IdentifierKind.PHONE and facts.phones < 0.7:
        return False
    if what is IdentifierKind.USER_ID and any(who.kind is what for who in draft.who):
        known = next(who for who in draft.who if who.kind is what)
        if "unique" in folded:  # the id of the person takes the place of the id of one visit
            draft.who[draft.who.index(known)] = Who(
                column=known.column, kind=IdentifierKind.EXTERNAL, external=words.fold_name(known.column)
            )
            demoted = draft.guesses[known.column]
            draft.guesses[known.column] = replace(
                demoted, detail=_("external id “{column}”").format(column=words.fold_name(known.column))
            )
        else:
            what, external = IdentifierKind.EXTERNAL, folded
    if what is IdentifierKind.EXTERNAL:
        external = external or folded.removesuffix("_id")
        if external == "order":
            draft.fields.setdefault("order", Value(column=column))
    draft.who.append(Who(column=column, kind=what, external=external))
    detail = _("external id “{external}”").format(external=external) if external else what.value.replace("_", " ")
    _note(draft, column, facts, Role.WHO, detail, 0.9 if facts.distinct > 1 else 0.6)
    return True


def _place_name(draft: _Draft, column: str, folded: str, facts: Facts) -> bool:
    if draft.named or not words.NAME.match(folded) or facts.wordy < 0.8 or facts.length > 60 or facts.time is not None:
        return False
    draft.named = column
    _note(draft, column, facts, Role.TRAIT, _("the customer’s name"), 0.8)
    return True


def _place_clock(draft: _Draft, column: str, folded: str, facts: Facts) -> bool:
    del folded
    if facts.clocks < 0.9:
        return False
    draft.clocks.append(column)
    draft.rest.append(column)
    _note(draft, column, facts, Role.PROPERTY, _("a time of day"), 0.5)
    return True


def _place_when(draft: _Draft, column: str, folded: str, facts: Facts) -> bool:
    if facts.time is None or words.BIRTH.search(folded):
        return False
    doubt = ""
    if facts.ambiguous:
        doubt = _("{samples} could be day-month or month-day: no value decides it; day first is assumed.").format(
            samples=facts.samples[0]
        )
    elif facts.disagree:
        doubt = _("{disagree} of {filled} sampled values are not written so.").format(
            disagree=facts.disagree, filled=facts.filled
        )
    shape = facts.time.value.replace("_", " ")
    if words.PROMISED.search(folded):
        draft.promised.append((column, facts.time))
        _note(
            draft,
            column,
            facts,
            Role.PROPERTY,
            _("a promised time ({shape}), no touch").format(shape=shape),
            0.7,
            doubt,
        )
    elif words.CHANGED_AT.search(folded):
        draft.rest.append(column)
        _note(
            draft,
            column,
            facts,
            Role.PROPERTY,
            _("when the row changed ({shape}), no touch").format(shape=shape),
            0.6,
            doubt,
        )
    else:
        draft.times.append((column, facts.time))
        _note(
            draft,
            column,
            facts,
            Role.WHEN,
            _("a touch at this time ({shape})").format(shape=shape),
            0.6 if doubt else 0.9,
            doubt,
        )
    return True


def _place_what(draft: _Draft, column: str, folded: str, facts: Facts) -> bool:
    if draft.what or not words.WHAT.match(folded) or facts.distinct > 500 or facts.numbers > 0.5:
        return False
    draft.what = column
    _note(draft, column, facts, Role.WHAT, _("the touchpoint's name"), 0.8)
    return True


def _place_score(draft: _Draft, column: str, folded: str, facts: Facts) -> bool:
    named = words.SCORE.search(folded)
    if draft.score or not named or facts.numbers < 0.9 or facts.low < 0 or facts.high > 10:
        return False
    kind, top, sure = ScoreKind.STARS, 5, 0.8
    if "nps" in folded or "recommend" in folded or "empfehl" in folded:
        kind, top, sure = ScoreKind.NPS, 10, 0.95
    elif "ces" in folded.split("_") or "effort" in folded:
        kind, top = ScoreKind.CES, 5 if facts.high <= 5 else 7
    elif "csat" in folded or "satisf" in folded or "zufrieden" in folded:
        kind, top = ScoreKind.CSAT, 5 if facts.high <= 5 else 7 if facts.high <= 7 else 10
    elif facts.high > 5:
        kind, top, sure = (ScoreKind.NPS, 10, 0.5) if facts.low == 0 else (ScoreKind.CSAT, 10, 0.5)
    if facts.low < 1 and kind is not ScoreKind.NPS:
        return False
    draft.score = ScoreRule(column=column, kind=kind, top=top)
    bottom = 0 if kind is ScoreKind.NPS else 1
    doubt = "" if sure > 0.6 else _("The scale is guessed from the values.")
    _note(draft, column, facts, Role.SCORE, f"{kind.value.upper()} {bottom}–{top}", sure, doubt)
    return True


def _place_money(draft: _Draft, column: str, folded: str, facts: Facts) -> bool:
    if "amount" in draft.fields or not words.AMOUNT.search(folded) or facts.numbers < 0.9:
        return False
    draft.fields["amount"] = Value(column=column)
    mark = _("decimal comma") if facts.comma > facts.point else _("decimal point")
    doubt = "" if facts.comma or facts.point else _("No value shows which sign marks the decimals.")
    _note(draft, column, facts, Role.AMOUNT, f"money, {mark}", 0.8, doubt)
    return True


def _place_trait(draft: _Draft, column: str, folded: str, facts: Facts) -> bool:
    if not words.TRAIT.match(folded) or facts.distinct > _MOST_TRAITS or facts.wordy < 0.8:
        return False
    draft.traits.append(column)
    _note(draft, column, facts, Role.TRAIT, _("describes the customer"), 0.7)
    return True


def _place_field(draft: _Draft, column: str, folded: str, facts: Facts) -> bool:
    name = next((n for n, pattern in words.FIELDS if pattern.search(folded) and n not in draft.fields), None)
    if name is None:
        return False
    draft.fields[name] = Value(column=column)
    _note(draft, column, facts, Role.FIELD, name, 0.7)
    return True


def _place_text(draft: _Draft, column: str, folded: str, facts: Facts) -> bool:
    named = bool(words.TEXT.search(folded)) or is_words(column, facts)
    if facts.numbers > 0.5 or (
        not (named and (facts.spaces > 0.8 or facts.han > 0.5)) and not (facts.length > 40 and facts.spaces > 5)
    ):
        return False
    draft.texts.append((facts.length * (3 if named else 1), column))
    _note(draft, column, facts, Role.TEXT, _("what the customer wrote"), 0.9 if named else 0.6)
    return True


def _settle_texts(draft: _Draft, facts: Mapping[str, Facts]) -> None:
    """The longest text is the customer's; the others are kept beside it."""
    for place, (_rest, column) in enumerate(sorted(draft.texts, reverse=True)):
        if place == 0:
            draft.fields["text"] = Value(column=column)
        else:
            draft.rest.append(column)
            _note(draft, column, facts[column], Role.PROPERTY, _("another text, kept with the touch"), 0.5)


def _pair_clocks(draft: _Draft, facts: Mapping[str, Facts]) -> dict[str, str]:
    """Return the column of the time of day of each date that has one: of the same name, or the only ones there are."""
    bare = [column for column, _rest in draft.times if facts[column].dates >= 0.9]
    alike = {words.stem_name(column): column for column in draft.clocks}
    pairs = {column: alike[stem] for column in bare if (stem := words.stem_name(column)) in alike}
    if not pairs and len(bare) == len(draft.clocks) == 1:
        pairs = {bare[0]: draft.clocks[0]}
    return pairs


def _join_clocks(mapping: ImportMapping, draft: _Draft, clocks: Mapping[str, str]) -> ImportMapping:
    """Join dates with their times of day."""
    for column, clock in clocks.items():
        draft.guesses[clock] = replace(
            draft.guesses[clock],
            role=Role.WHEN,
            detail=_("the time of day of {column}").format(column=column),
            confidence=0.8,
        )
    touches = tuple(
        replace(touch, when=replace(touch.when, clock=clocks.get(touch.when.column, ""))) for touch in mapping.touches
    )
    used = {touch.when.clock for touch in touches}
    return replace(
        mapping,
        touches=touches,
        properties=tuple(name for name in mapping.properties if name not in used),
        traits=tuple(trait for trait in mapping.traits if trait.column not in used),
    )


def _fit_ready(ready: ReadyMapping, draft: _Draft, facts: Mapping[str, Facts]) -> ImportMapping:
    mapping = trim_mapping(ready.mapping, facts)
    mapping = with_format(mapping, {column: f.time for column, f in facts.items() if f.time is not None})
    if ready.key == "qualtrics":
        text = draft.fields.get("text")
        mapping = replace(mapping, score=draft.score, fields={"text": text} if text else {})
    used = set(mapping.columns)
    for column, guess in list(draft.guesses.items()):
        if column not in used and guess.role is not Role.IGNORE and not mapping.messages:
            draft.guesses[column] = replace(
                guess, role=Role.IGNORE, detail=_("not needed for {title}").format(title=ready.title)
            )
    return mapping


def _assemble(draft: _Draft, facts: Mapping[str, Facts], title: str) -> ImportMapping:
    touches = _promise(draft, _assemble_touches(draft, title))
    identified = When(origin=TimeOrigin.IMPORTED)
    used = {touch.promised.column for touch in touches if touch.promised}
    rest = [c for c in draft.rest if facts[c].filled] + [
        column for column, _rest in draft.promised if column not in used
    ]
    if not touches:
        rest += [value.column for name, value in draft.fields.items() if name != "order"]
        rest += [draft.score.column] if draft.score else []
        for column in rest:
            draft.guesses[column] = replace(draft.guesses[column], role=Role.TRAIT, detail=_("describes the customer"))
    described = draft.traits if touches else [*draft.traits, *rest]
    traits = tuple(Trait(name=words.fold_name(column), column=column) for column in described)
    if draft.named:
        traits = (Trait(name="name", column=draft.named), *traits)
    return ImportMapping(
        name=title,
        key=_choose_key(draft, facts),
        who=tuple(draft.who),
        touches=touches,
        identified=identified,
        fields=draft.fields if touches else {},
        score=draft.score if touches else None,
        traits=traits,
        properties=tuple(rest) if touches else (),
        unnamed_rows=not draft.who,
    )


def _choose_key(draft: _Draft, facts: Mapping[str, Facts]) -> tuple[str, ...]:
    """The row's own id; of orders with their customers and times the order's, where no two rows share it. Answers and
    messages about an order may come twice.
    """
    order = next((who.column for who in draft.who if who.external == "order"), "")
    own = draft.times and order and len(draft.who) > 1 and draft.score is None and not draft.texts
    key = draft.key or (order if own and facts[order].unique else "")
    return (key,) if key else ()


def _assemble_touches(draft: _Draft, title: str) -> tuple[Touch, ...]:
    name = Value(column=draft.what) if draft.what else Value(constant=title)
    if draft.times and (draft.what or len(draft.times) == 1):
        main = next((t for t in draft.times if words.MAIN_TIME.match(words.fold_name(t[0]))), draft.times[0])
        if len(draft.times) == 1 or words.MAIN_TIME.match(words.fold_name(main[0])):
            for column, _rest in draft.times:
                if column != main[0]:
                    draft.rest.append(column)
                    draft.guesses[column] = replace(draft.guesses[column], role=Role.PROPERTY, detail=_("another time"))
            area = SERVICE if find_contact(draft.who) and "area" not in draft.fields else ""
            return (Touch(name=name, when=When(column=main[0], format=main[1]), area=area),)
    if draft.times:
        if draft.what:  # a status of the whole row names none of its moments
            draft.rest.append(draft.what)
            draft.guesses[draft.what] = replace(
                draft.guesses[draft.what], role=Role.PROPERTY, detail=_("kept with the touch")
            )
        return name_moments(draft.times, draft.who, title)
    order = next((who for who in draft.who if who.external == "order"), None)
    if order is not None and (draft.score or {"amount", "text"} & set(draft.fields)):
        return (Touch(name=name, when=When(origin=TimeOrigin.BORROWED, column=order.column)),)
    if draft.spoken and "text" in draft.fields:
        return (Touch(name=name, when=When(origin=TimeOrigin.IMPORTED)),)
    return ()


def _promise(draft: _Draft, touches: tuple[Touch, ...]) -> tuple[Touch, ...]:
    held, about = hold_promises(touches, draft.promised)
    for column, touch in about.items():
        detail = _("the promise: “{touch}” is late after it").format(touch=touch.name.constant or touch.when.column)
        draft.guesses[column] = replace(draft.guesses[column], role=Role.WHEN, detail=detail, confidence=0.8)
    return held


def _warn(mapping: ImportMapping, draft: _Draft, facts: Mapping[str, Facts]) -> list[str]:
    warnings = [f"{g.column}: {g.doubt}" for g in draft.guesses.values() if g.doubt and g.role is not Role.IGNORE]
    if mapping.messages:
        return warnings
    if not mapping.who:
        warnings.append(_("No column says whose rows these are: each row counts as a customer of its own."))
    used = [t.when.column for t in mapping.touches if t.when.origin is TimeOrigin.COLUMN]
    if any(facts[c].zoned < 0.5 and facts[c].time not in _EPOCHS for c in used if c in facts):
        warnings.append(_("Times carry no zone and are read as {zone}.").format(zone=mapping.zone))
    if any(t.when.origin is TimeOrigin.BORROWED for t in mapping.touches):
        warnings.append(_("Rows have no time of their own and borrow it from their order: import the orders first."))
    if any(t.when.origin is TimeOrigin.IMPORTED for t in mapping.touches):
        warnings.append(_("Rows have no time: they count as of the moment they are loaded."))
    if not mapping.key:
        warnings.append(_("No row key: a row corrected later counts as new. Name a key if each row has its own id."))
    return warnings


_EPOCHS = frozenset({TimeFormat.EPOCH_SECONDS, TimeFormat.EPOCH_MILLIS, TimeFormat.EPOCH_MICROS})
