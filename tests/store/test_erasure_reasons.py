"""Reasons that staff gave for acts: who is erased goes from these too, in the journal and in State's notes of them."""

from __future__ import annotations

import json
from pathlib import Path

from erasure_world import MAIL, WORDS, a_message, decoded_finds, fill, open_world, raw_finds, ref_of, send

from heartline.records import Block, Link, SetTraits, Split, Unlink
from heartline.unify import compare, portray
from heartline.web.privacy import erase_customers
from heartline.web.rebuilding import rebuild


def test_no_reason_of_any_act_names_who_was_erased(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with open_world(folder) as heartline:
        fill(heartline)
        derived, ref = heartline.stores.derived, ref_of(heartline)
        first, second = (derived.search(f"{user}@x.org", limit=2)[0].ref for user in ("u2", "u3"))
        told = f"{MAIL.upper()} says so, and that is that"
        heartline.act(Link(left=first, right=second, by="anna", at_us=1, reason=told))
        heartline.act(Unlink(left=first, right=second, by="anna", at_us=2, reason="it was not so"))
        heartline.act(SetTraits(handle=ref, traits={"nickname": "x"}, by="anna", at_us=3, reason=WORDS["user"]))
        heartline.act(Split(pairs=((ref, first),), by="anna", at_us=4, reason=f"{WORDS['note']}, her sister"))
        heartline.act(Block(handle=second, by="anna", at_us=5, reason=f"not Ms {WORDS['name']}"))
        named = {MAIL, *(WORDS[field] for field in ("user", "note", "name"))}
    assert named <= decoded_finds(folder)["journal.sqlite commits"] | {MAIL}

    with open_world(folder) as heartline:
        erase_customers(heartline, [ref], by="dpo", reason="asked in writing")
        assert raw_finds(folder) == {}
        reasons = [note.act for note in heartline.stores.derived.acts_on([bytes.fromhex(first), bytes.fromhex(second)])]
        assert [b"[erased] says so, and that is that" in act for act in reasons].count(True) == 1
        assert any(b"it was not so" in act for act in reasons), "what names nobody stays"
        portrait = portray(heartline.stores.derived, heartline.stores.history)
        report = rebuild(heartline, tell=lambda *_: None)
        assert report.comparison
        assert report.comparison.equal, report.comparison
        assert compare(portrait, portray(heartline.stores.derived, heartline.stores.history)).equal
    assert decoded_finds(folder) == {}


def test_a_name_of_another_script_is_found_in_any_case_and_in_json(tmp_path: Path) -> None:
    folder, name = tmp_path / "data", "Zoë Müller-Čapek"
    with open_world(folder) as heartline:
        fill(heartline)
        send(heartline, "Server", [a_message("identify", 9, "zoe", userId="zoe-of-bern", traits={"name": name})])
        heartline.catch_up()
        kept = heartline.stores.kept
        case = kept.open_case(title="A call", handle="", seq=0, owner="x", due_us=1, opened_by="x")
        kept.change_case(case.case_id, author="x", note=f"{name.upper()} rang, says {name.lower()}.")
        export = folder / "exports" / "escaped.json"
        export.write_text(json.dumps({"name": name}))
        (profile,) = heartline.stores.derived.search("zoe-of-bern", limit=2)
        erase_customers(heartline, [profile.ref], by="dpo", reason="asked in writing")
        assert "[erased] rang, says [erased]." in [note.text for note in kept.case(case.case_id).notes]
        assert not export.exists()
