"""A company with one customer who is a canary in every place that keeps anything, and the means to find it again."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
from pysqlite3 import dbapi2

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.records import (
    Body,
    BounceKind,
    BounceNotice,
    Confirmation,
    Consent,
    Invitation,
    Letter,
    LetterKind,
    Mend,
    SetTraits,
    SurveyText,
    Trust,
)
from heartline.store import Span
from heartline.store.framing import read_row
from heartline.unify import dump_canonical

FIELDS = (
    "user", "cookie", "mail", "card", "order", "ticket", "device", "name", "trait", "touchpoint", "channel", "area",
    "action", "place", "text", "employee", "partner", "product", "property", "message", "title", "url", "context",
    "refused", "copy", "changed", "note", "case", "upload", "export", "packed", "sheet", "staff", "mended",
    "reason", "alias", "public", "inherited", "letter", "survey",
)  # fmt: skip
WORDS = {field: f"Qz{field.title()}7x" for field in FIELDS}
PHONE = "+4930123459876"
MAIL = f"{WORDS['mail'].lower()}@example.org"
NEEDLES = (*WORDS.values(), PHONE, "30 1234 59876")
BESIDE = ("u1", "u2", "u3")
"""Other customers: their data must not change."""


def open_world(folder: Path, **settings: Any) -> Heartline:
    return open_heartline(Settings(data_dir=folder, **settings))


def send(heartline: Heartline, key: str, messages: Iterable[dict[str, Any]], **envelope: Any) -> int:
    """Journal a batch as the door would, from the source of that name."""
    source = next(s for s in heartline.stores.kept.sources() if s.name == key)
    batch = list(messages)
    payload = json.dumps({"batch": batch, **envelope}).encode()
    body = Body(source_id=source.source_id, received_us=1_790_000_000_000_000, payload=payload, events=len(batch))
    return heartline.intake.submit(body)


def a_message(kind: str, day: int, message_id: str, /, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": f"2026-03-{day:02}T10:00:00Z", "messageId": message_id, **fields}


def fill(heartline: Heartline) -> None:
    """Put the canary and some others into every place there is."""
    w = WORDS
    heartline.change_workspace(phone_region="DE")
    heartline.stores.kept.add_source(name="Server", trust=Trust.TRUSTED)
    heartline.stores.kept.add_source(name="Site", trust=Trust.PUBLIC)
    heartline.sources.reload()
    for number, user in enumerate(BESIDE):
        send(heartline, "Server", [
            a_message("identify", 1, f"i{user}", userId=user,
                      traits={"email": f"{user}@x.org", "name": f"Person {user}", "city": "Bern"}),
            a_message("track", 2 + number, f"t{user}", userId=user, event="Courier",
                      context={"heartline": {"text": f"Late, says {user}", "score": {"kind": "nps", "value": 3}}}),
        ])  # fmt: skip
    block = {
        "touchpoint": w["touchpoint"], "channel": w["channel"], "action": w["action"], "place": w["place"],
        "text": w["text"], "employee": w["employee"], "partner": w["partner"], "product": w["product"],
        "order": w["order"], "score": {"kind": "nps", "value": 1},
        "identifiers": {"loyalty_card": w["card"], "phone": "030 1234 59876",
                        "external": [{"type": "ticket", "id": w["ticket"]}]},
    }  # fmt: skip
    first = a_message(
        "track", 4, w["message"], userId=w["user"], event=w["title"], properties={"secret": w["property"]},
        context={"heartline": block, "device": {"id": w["device"]}, "page": {"url": f"https://x/{w['url']}"}},
    )  # fmt: skip
    tablet = {"anonymousId": "tablet"}
    # The tablet is the canary's until u1 signs in on it; what u1 does there stays.
    send(heartline, "Site", [
        a_message("identify", 5, "s1", userId=w["user"], **tablet, traits={"note": w["public"]}),
        a_message("page", 6, "s2", name=w["area"], **tablet),
        a_message("identify", 7, "s3", userId="u1", **tablet),
        a_message("page", 8, "s4", name="Home", **tablet),
        a_message("alias", 9, "s5", userId=w["user"], previousId=w["alias"]),
        a_message("page", 9, "s6", anonymousId=w["cookie"], userId=None),
    ])  # fmt: skip
    send(heartline, "Server", [
        a_message("identify", 3, "c1", userId=w["user"], anonymousId=w["cookie"],
                  traits={"email": MAIL, "name": f"Ms {w['name']}", "hobby": w["trait"]}),
        first,
        a_message("track", 3, "mixed", userId="u2", event="Courier"),
    ])  # fmt: skip
    # A body that is all theirs, and says things beside its events.
    send(heartline, "Server", [a_message("track", 10, "c9", event="Courier", userId=w["user"])],
         context={"campaign": w["context"], "traits": {"x": w["inherited"]}})  # fmt: skip
    # A copy in another body, and the same message id with other content.
    send(heartline, "Server", [{**first, "retried": w["copy"]}])
    send(heartline, "Server", [a_message("track", 4, w["message"], userId=w["user"], event=w["changed"])])
    # Refused: no event name, in a dialect of nobody; the phone spelt as people spell it.
    refused = {"type": "nonsense", "messageId": w["refused"], "tel": "(030) 1234 59876", "more": w["refused"]}
    mendable = {"type": "trak", "messageId": "m1", "userId": w["user"], "timestamp": "2026-03-12T10:00:00Z"}
    strange = {"type": "nonsense", "messageId": "other", "anonymousId": "tablet2", "city": "Bern"}
    seq = send(heartline, "Server", [refused, mendable, strange])
    heartline.catch_up()
    mended = {**mendable, "type": "track", "event": w["mended"]}
    heartline.act(Mend(events=((seq << 20 | 1, json.dumps(mended)),)))
    ref = ref_of(heartline)
    heartline.act(SetTraits(handle=ref, traits={"nickname": w["staff"]}, by="anna@x.org"))
    heartline.act(Consent(handle=ref, purpose="news", channel="email", state="given", wording="Yes, write to me.",
                          how=f"by phone {w['reason']}", at_us=1_790_000_000_000_000))  # fmt: skip
    fill_kept(heartline, ref)


def fill_kept(heartline: Heartline, ref: str) -> None:
    w, kept = WORDS, heartline.stores.kept
    case = kept.open_case(title=w["case"], handle=ref, seq=5, owner="anna", due_us=1, opened_by="anna")
    kept.change_case(case.case_id, author="anna", note=f"They said {w['note']}")
    other = kept.open_case(title="Late", handle="00" * 16, seq=0, owner="anna", due_us=1, opened_by="anna")
    kept.change_case(other.case_id, author="anna", note=f"Asked {MAIL.upper()} too, then {w['user']}.")
    for key, to in (("theirs", MAIL.title()), ("another's", "u2@x.org")):
        said = Letter(to=to, subject=f"Ms {w['name']}", text=w["letter"], kind=LetterKind.REPLY, key=key)
        kept.queue_letter(said if key == "theirs" else replace(said, subject="Hello", text="Yours"))
    handle = kept.handle_of_address(MAIL)
    asked_us, words = 1_790_000_000_000_000, f"Yes, {w['letter']}"
    question = Confirmation(
        handle=handle, purpose="reply", cause="survey:1", wording=words, language="en", letter_key="first",
        asked_us=asked_us,
    )  # fmt: skip
    first = replace(said, to=MAIL, subject=w["name"], text=w["letter"], kind=LetterKind.CONFIRM, key="first")
    kept.ask_confirmation(question, first, not_since_us=0)
    kept.note_bounce(BounceNotice(handle=handle, kind=BounceKind.HARD, at_us=asked_us, status="5.1.1", told_by="relay"))
    survey = kept.add_survey(SurveyText(title="Visit"), by="anna")
    for key, to, who in (("ask 1", MAIL, ref), ("ask 2", "u2@x.org", "00" * 16)):
        asked = Invitation(invitation_id=0, survey_id=survey.survey_id, handle="", person=who, asked_us=1)
        kept.invite(asked, replace(said, to=to, subject="-", text="-", key=key))
        number, hidden = kept.invitations(survey.survey_id)[0].invitation_id, w["order"] if who == ref else "-"
        response = kept.begin_response(
            survey_id=survey.survey_id, invitation_id=number, handle=who, token_hash=key, hidden={"order": hidden}
        )
        answers = {"q1": (w["survey"],)} if who == ref else {}
        kept.set_response(replace(response, answers=answers))
    kept.note_audit(who="anna", what="saw", detail=f"customer {ref} {w['user']}")
    kept.note_audit(who="anna", what="searched", detail=f"Ms {w['name']}")
    assert heartline.stores.directory
    folder = heartline.stores.directory.path
    upload = heartline.stores.directory.uploads / ("0" * 24) / "file"
    upload.mkdir(parents=True)
    (upload / "people.csv").write_text(f"id,note\nu1,x\n{w['user']},{w['upload']}\n")
    (folder / "uploads" / ("1" * 24) / "file").mkdir(parents=True)
    (folder / "uploads" / ("1" * 24) / "file" / "other.csv").write_text("id\nu1\n")
    (folder / "exports").mkdir()
    (folder / "exports" / "list.csv").write_text(f"{MAIL},{w['export']}\n")
    (folder / "exports" / "packed.jsonl.gz").write_bytes(gzip.compress(f"{w['user']} {w['packed']}".encode()))
    (folder / "exports" / "sheet.csv").write_bytes(f"{w['user']};{w['sheet']}".encode("utf-16"))


def ref_of(heartline: Heartline) -> str:
    (found,) = heartline.stores.derived.search(WORDS["user"], limit=5)
    return found.ref


def others(heartline: Heartline) -> dict[str, list[Any]]:
    """The canonical dump of everybody but the canary, and whose each interaction is.

    The shared tablet is the one thing that reads differently: the canary's time on it belongs to nobody any more.
    """
    derived, history = heartline.stores.derived, heartline.stores.history
    dump: dict[str, list[Any]] = {
        part: [row for row in rows if not re.search("qz|5987[06]", repr(row), re.IGNORECASE)]
        for part, rows in dump_canonical(derived, history).items()
    }
    for part in ("identifiers", "ownership"):
        dump[part] = [row for row in dump[part] if "tablet'" not in repr(row)]
    for user in BESIDE:
        (profile,) = derived.search(f"{user}@x.org", limit=2)
        spans = [Span(o.subject_id, o.from_us, o.to_us) for o in derived.owned_by(profile.customer_id)]
        dump[user] = [(profile.ref, [e.message_id for e in history.timeline(spans, limit=99)])]
    return dump


def raw_finds(folder: Path, needles: Iterable[str] = NEEDLES) -> dict[str, set[str]]:
    """Which needles stand in the bytes of which files, in any case and as UTF-16 too."""
    spelt = {n: (n.lower().encode(), n.lower().encode("utf-16-le")) for n in needles}
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            lowered = content.lower()
            plain = gzip.decompress(content).lower() if content[:2] == b"\x1f\x8b" else b""
            here = {n for n, ways in spelt.items() if any(way in lowered or way in plain for way in ways)}
            if here:
                found[str(path.relative_to(folder))] = here
    return found


def decoded_finds(folder: Path, needles: Iterable[str] = NEEDLES) -> dict[str, set[str]]:
    """Which needles the stores' own readers give back, by table; the installation must be closed."""
    texts: dict[str, str] = {}
    for path in folder.glob("*.sqlite"):
        db = dbapi2.connect(str(path))
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = db.execute(f'SELECT * FROM "{table}"').fetchall()
            if table == "commits":
                texts[f"{path.name} {table}"] = repr([read_row(row[0], row[3]) for row in rows])
            else:
                texts[f"{path.name} {table}"] = repr(rows)
        db.close()
    for path in folder.glob("*.duckdb"):
        duck = duckdb.connect(str(path), read_only=True)
        for (table,) in duck.execute("SELECT table_name FROM information_schema.tables").fetchall():
            texts[f"{path.name} {table}"] = repr(duck.execute(f'SELECT * FROM "{table}"').fetchall())
        duck.close()
    found = {name: {n for n in needles if n.lower() in text.lower()} for name, text in texts.items()}
    return {name: here for name, here in found.items() if here}
