"""Access and portability: everything about one customer as a ZIP of JSON and CSV (protocols.md §4.5)."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import msgspec

from heartline.app import Heartline
from heartline.collect import find_events
from heartline.errors import Missing
from heartline.language import _
from heartline.records import INDEX_BITS, AuditLine, Case, ConsentWord, IdentifierKind, KnownIdentifier, LetterKind
from heartline.store import Entry
from heartline.unify import latest_words
from heartline.web.exports import Cell, write_csv
from heartline.web.privacy_search import Person, find_person

README: Final = """This archive holds everything that heartline knows about one person, as of the time in about.json.

identifiers   the names by which the person is known
traits        what is known of them, and which source said it when
interactions  every touch, with what they wrote, scored and paid
as_received   the same as it was sent, with all that came along
answers       those of the touches that carry a score or words
consents      what they agreed to, in the words they were shown; the latest counts
letters       what was written to them, and whether it was sent
addresses     which of their addresses bounce, were confirmed by them, or get no letters of a kind
surveys       which surveys they were invited to, and what of them is being filled in
cases         what staff noted and did about them
evidence      why these identifiers are held to be one person, and who decided what about it
seen_by       who in the company looked at them or changed something, from the audit

Each is there twice: as JSON for programs, as CSV (UTF-8) for a spreadsheet.
"""
_MOST_AUDIT: Final = 10_000
_AT_ONCE: Final = 500
Table = tuple[Sequence[str], list[Sequence[Cell]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All that is known of one customer, as plain values."""

    ref: str
    title: str
    parts: dict[str, list[dict[str, Any]]]


def gather_dossier(heartline: Heartline, ref: str) -> Dossier:
    """Gather everything about a customer.

    Raises:
        Missing: nobody has such an id.
    """
    person = find_person(heartline, ref)
    if person is None:
        raise Missing(
            "no_customer", _("Nobody has the id {ref}.").format(ref=ref), _("Look the customer up; merged ids lead on.")
        )
    handles = [known.handle for known in person.identifiers]
    sources = {number: source.name for number, source in heartline.sources.by_id().items()}
    entries = heartline.stores.history.timeline(person.spans, limit=2**31)
    words = heartline.stores.derived.consents(handles)
    parts = {
        "identifiers": [_tell_identifier(known, person) for known in person.identifiers],
        "traits": _tell_traits(heartline, person, sources),
        "interactions": [_tell_entry(entry, sources) for entry in entries],
        "as_received": _tell_raw(heartline, entries),
        "answers": [_tell_entry(e, sources) for e in entries if e.score is not None or e.text],
        "consents": [_tell_consent(word, words, sources) for word in words],
        "letters": _tell_letters(heartline, handles),
        "addresses": _tell_addresses(heartline, person.identifiers),
        "surveys": _tell_surveys(heartline, handles),
        "cases": _tell_cases(heartline, handles),
        "evidence": _tell_evidence(heartline, person, sources),
        "seen_by": _tell_audit(heartline, handles),
    }
    return Dossier(ref=person.profile.ref, title=person.profile.title, parts=parts)


def pack_dossier(dossier: Dossier, *, now_us: int) -> bytes:
    """Return a dossier as a ZIP; the same dossier at the same time gives the same bytes."""
    buffer = io.BytesIO()
    about = {"customer": dossier.ref, "made_at": _iso(now_us), "counts": {n: len(r) for n, r in dossier.parts.items()}}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        _put(packed, "README.txt", README.encode(), now_us)
        _put(packed, "about.json", _json(about), now_us)
        for name, rows in dossier.parts.items():
            _put(packed, f"{name}.json", _json(rows), now_us)
            columns = list(dict.fromkeys(key for row in rows for key in row))
            cells = ([_cell(row.get(column)) for column in columns] for row in rows)
            _put(packed, f"{name}.csv", write_csv(columns or ["nothing"], cells), now_us)
    return buffer.getvalue()


def _put(packed: zipfile.ZipFile, name: str, content: bytes, now_us: int) -> None:
    info = zipfile.ZipInfo(name, time.gmtime(now_us // 1_000_000)[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    packed.writestr(info, content)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode("utf-8", "replace")


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, (str, int, float)):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _tell_identifier(known: KnownIdentifier, person: Person) -> dict[str, Any]:
    spans = [s for s in person.spans if s.subject_id == known.identifier_id]
    return {
        "kind": known.identifier.kind.value,
        "value": known.identifier.value,
        "verified": known.identifier.strong,
        "first_met": _iso(known.first_us),
        "held": [{"from": _iso(s.from_us), "to": _iso(s.to_us)} for s in spans],
    }


def _tell_traits(heartline: Heartline, person: Person, sources: dict[int, str]) -> list[dict[str, Any]]:
    now = person.profile.traits
    spans = {(s.subject_id, s.from_us, s.to_us) for s in person.spans}
    told = []
    for subject, ts_us, _rest, source_id, traits in heartline.stores.derived.traits_said(
        {s.subject_id for s in person.spans}
    ):
        if any(subject == s and a <= ts_us < b for s, a, b in spans):
            for name, value in traits.items():
                held = name in now and now[name] == value
                told.append({
                    "trait": name, "value": value, "said_by": sources.get(source_id, "a member of staff"),
                    "said_at": _iso(ts_us), "holds_now": held,
                })  # fmt: skip
    return sorted(told, key=lambda one: (str(one["trait"]), str(one["said_at"])))


def _tell_entry(entry: Entry, sources: dict[int, str]) -> dict[str, Any]:
    told = {k: v for k, v in msgspec.structs.asdict(entry).items() if k not in {"others", "subject_id", "source_id"}}
    told["ts_us"], told["received_us"] = _iso(entry.ts_us), _iso(entry.received_us)
    renamed = {"ts_us": "at", "received_us": "received_at"}
    return {"source": sources.get(entry.source_id, ""), **{renamed.get(k, k): v for k, v in told.items()}}


def _tell_consent(word: ConsentWord, words: Sequence[ConsentWord], sources: dict[int, str]) -> dict[str, Any]:
    told = {k: v for k, v in asdict(word).items() if k not in {"seq", "handle", "at_us", "source_id"}}
    in_force = latest_words(words)[word.purpose, word.channel] is word
    return {"at": _iso(word.at_us), "source": sources.get(word.source_id, "staff"), **told, "in_force": in_force}


def _tell_letters(heartline: Heartline, handles: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "at": _iso(one.at_us),
            "kind": one.letter.kind.value,
            "to": one.letter.to,
            "subject": one.letter.subject,
            "text": one.letter.text,
            "state": one.state.value,
        }
        for one in heartline.stores.kept.letters(limit=10_000, handles=handles)
    ]


def _tell_addresses(heartline: Heartline, known: Sequence[KnownIdentifier]) -> list[dict[str, Any]]:
    """Tell what is kept of each address by its hash: of the addresses alone of which something is."""
    kept, told = heartline.stores.kept, []
    for one in known:
        if one.identifier.kind is not IdentifierKind.EMAIL:
            continue
        bounce, asked = kept.bounce_of(one.handle), kept.confirmation_of(one.handle)
        stopped = [kind.value for kind in LetterKind if kept.is_unsubscribed(one.handle, kind)]
        row: dict[str, Any] = {"address": one.identifier.value, "no_letters_of": stopped}
        if bounce is not None:
            row |= {"bounces_since": _iso(bounce.held_us) if bounce.held_us else "", "soft_bounces": bounce.soft}
            row |= {"code": bounce.status, "complained_at": _iso(bounce.complained_us) if bounce.complained_us else ""}
        if asked is not None:
            row |= {"asked_at": _iso(asked.asked_us), "wording": asked.wording}
            row |= {"confirmed_at": _iso(asked.confirmed_us) if asked.confirmed_us else ""}
        if bounce is not None or asked is not None or stopped:
            told.append(row)
    return told


def _tell_surveys(heartline: Heartline, handles: Sequence[str]) -> list[dict[str, Any]]:
    asked, filled = heartline.stores.kept.survey_traces(handles)
    by_invitation = {one.invitation_id: one for one in filled}
    titles = {one.survey_id: one.text.title for one in heartline.stores.kept.surveys()}
    told = []
    for one in asked:
        response = by_invitation.get(one.invitation_id)
        answers = {} if response is None else {key: list(said) for key, said in response.answers.items()}
        finished = "" if response is None or not response.done_us else _iso(response.done_us)
        told.append({
            "survey": titles.get(one.survey_id, ""), "asked_at": _iso(one.asked_us), "about": one.touchpoint,
            "finished_at": finished, "answers": answers,
        })  # fmt: skip
    return told


def _tell_cases(heartline: Heartline, handles: Sequence[str]) -> list[dict[str, Any]]:
    kept = heartline.stores.kept
    found: dict[int, Case] = {
        case.case_id: kept.case(case.case_id) for handle in handles for case in kept.cases(handle=handle, limit=10_000)
    }
    return [
        {
            "case": case.case_id,
            "title": case.title,
            "status": case.status.value,
            "opened_at": _iso(case.opened_us),
            "reason": case.reason,
            "cause": kept.case_loop(case.case_id).cause,
            "replies": [
                {"author": one.author, "subject": one.subject, "text": one.text, "state": one.state.value}
                for one in kept.replies(case.case_id)
            ],
            "notes": [{"at": _iso(n.at_us), "author": n.author, "text": n.text} for n in case.notes],
        }
        for case in found.values()
    ]


def _tell_evidence(heartline: Heartline, person: Person, sources: dict[int, str]) -> list[dict[str, Any]]:
    derived = heartline.stores.derived
    names = {known.identifier_id: "=".join(known.identifier.key) for known in person.identifiers}
    _rest, edges = derived.graph_of(person.customer_id)
    said = {one.edge.evidence_id: one.source_id for one in derived.testimony(list(names), limit=100_000)}
    told: list[dict[str, Any]] = [
        {
            "what": "evidence", "at": _iso(edge.ts_us), "left": names.get(edge.left, ""),
            "right": names.get(edge.right, ""), "verified": edge.strong,
            "by": sources.get(said.get(edge.evidence_id, 0), "a member of staff"),
        }
        for edge in edges
    ]  # fmt: skip
    decided = derived.acts_on([bytes.fromhex(known.handle) for known in person.identifiers])
    return [*told, *({"what": "decision", "act": note.act.decode("utf-8", "replace")} for note in decided)]


def _tell_raw(heartline: Heartline, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """What was sent, as it was sent: it may hold more than is kept in columns."""
    seqs = {entry.seq for entry in entries}
    found: dict[int, bytes] = {}
    wanted = sorted({seq >> INDEX_BITS for seq in seqs})
    for start in range(0, len(wanted), _AT_ONCE):
        found |= find_events(heartline.stores.journal.at(wanted[start : start + _AT_ONCE]), seqs)
    return [{"seq": seq, "event": found[seq].decode("utf-8", "replace")} for seq in sorted(found, reverse=True)]


def _tell_audit(heartline: Heartline, handles: Sequence[str]) -> list[dict[str, Any]]:
    found: dict[int, AuditLine] = {}
    for handle in handles:
        for line in heartline.stores.kept.audit(limit=_MOST_AUDIT, about=handle):
            found[line.audit_id] = line
    return [
        {"at": _iso(line.at_us), "who": line.who, "what": line.what}
        for line in sorted(found.values(), key=lambda line: -line.at_us)
    ]


def _iso(us: int) -> str:
    """Return a time in ISO 8601, UTC; the ends of time are left empty."""
    seconds = us // 1_000_000
    if not -62_135_596_800 <= seconds < 253_402_300_800:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
