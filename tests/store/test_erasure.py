"""Rule 8: one customer erased, and then found nowhere; a control proves first that the search finds them everywhere."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from erasure_world import (
    MAIL,
    NEEDLES,
    PHONE,
    WORDS,
    a_message,
    decoded_finds,
    fill,
    open_world,
    others,
    raw_finds,
    ref_of,
    send,
)

from heartline.keeper import log_file
from heartline.records import Letter, LetterKind
from heartline.store import KeptState
from heartline.unify import compare, portray
from heartline.web.postman import why_held_back
from heartline.web.privacy import erase_customers
from heartline.web.rebuilding import rebuild


def assert_addresses(kept: KeptState) -> None:
    """Their letters are gone and others' stay. That nobody is there outlives them, by its hash alone; what they agreed
    to does not.
    """
    handle = kept.handle_of_address(MAIL)
    assert [one.letter.key for one in kept.letters(limit=9)] == ["ask 2", "another's"]
    assert (kept.bounce_of(handle) is not None, kept.confirmation_of(handle)) == (True, None)


def test_an_erased_customer_is_found_nowhere_and_nobody_else_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "LEAST_ROWS", 0)
    folder = tmp_path / "data"
    with open_world(folder) as heartline:
        fill(heartline)
        heartline.log()
        heartline.stores.journal.compact(settled=heartline.stores.journal.head() - 3, whole=True)
        ref = ref_of(heartline)
        before, account = others(heartline), heartline.account()
        # The control, with everything open and after closing: WALs first, then what is in the files.
        running = raw_finds(folder)
    closed, decoded = raw_finds(folder), decoded_finds(folder)
    seen = set(chain.from_iterable((*running.values(), *closed.values(), *decoded.values())))
    assert seen == set(NEEDLES), set(NEEDLES) - seen
    assert any(name.endswith("-wal") for name in running)
    assert {WORDS["touchpoint"], WORDS["trait"], WORDS["employee"]} <= closed["packed-log"]
    assert {"journal.sqlite commits", "state.sqlite identifiers", "history.duckdb interactions"} <= decoded.keys()

    with open_world(folder) as heartline:
        heartline.log()
        assert heartline.logs.renewals == {"opened": 1}
        (done,) = erase_customers(heartline, [ref], by="dpo@x.org", reason="asked in writing on 1 March")
        assert raw_finds(folder) == {}
        assert others(heartline) == before
        heartline.logs.fresh()
        heartline.logs._writer.join()  # type: ignore[union-attr]
        assert (folder / "packed-log").exists()
        assert raw_finds(folder) == {}
        after = heartline.account()
        assert after.balanced
        assert after.received == account.received
        assert after.erased == done.counts["journal"] == 11
        portrait = portray(heartline.stores.derived, heartline.stores.history)
        report = rebuild(heartline, tell=lambda *_: None)
        assert report.comparison
        assert report.comparison.equal, report.comparison
        assert compare(portrait, portray(heartline.stores.derived, heartline.stores.history)).equal
        assert others(heartline) == before
        kept = heartline.stores.kept
        assert sorted(case.title for case in kept.cases()) == ["Late", "[erased]"]
        assert (done.counts["letters"], done.counts["surveys"]) == (3, 2)
        assert_addresses(kept)
        assert [path.name for path in sorted((folder / "uploads").rglob("*.csv"))] == ["other.csv"]

        # Nobody of these is written to or heard again: counted, and not kept.
        posted = kept.queue_letter(Letter(to=MAIL, subject="Hello", text="-", kind=LetterKind.REPLY, key="again"))
        assert why_held_back(heartline, posted) == "erased"
        kept.forget_letters([posted.handle])
        send(heartline, "Server", [
            a_message("track", 20, "new", userId=WORDS["user"], event="Courier"),
            a_message("identify", 20, "new2", userId="u9", traits={"email": MAIL, "phone": PHONE}),
            a_message("track", 20, "new3", userId="u1", event="Courier"),
        ])  # fmt: skip
        heartline.catch_up()
        again = heartline.account()
        assert again.balanced
        assert (again.stored - after.stored, again.refused - after.refused) == (1, 2)
        assert heartline.stores.derived.search(WORDS["user"], limit=5) == []
    assert decoded_finds(folder).keys() == {"journal.sqlite commits"}


def test_words_that_only_look_like_theirs_stay(tmp_path: Path) -> None:
    with open_world(tmp_path / "data") as heartline:
        fill(heartline)
        send(heartline, "Server", [a_message("identify", 9, "w1", userId="customer", traits={"email": "c5500@x.org"})])
        heartline.catch_up()
        kept = heartline.stores.kept
        kept.note_audit(who="customer", what="customer.seen", detail="c5500@x.organic and xc5500@x.org, c5500@x.org")
        case = kept.open_case(title="A customer waits", handle="", seq=0, owner="x", due_us=1, opened_by="customer")
        (profile,) = heartline.stores.derived.search("c5500@x.org", limit=2)
        erase_customers(heartline, [profile.ref], by="dpo", reason="asked")
        (line,) = kept.audit(limit=9, what="customer.seen")
        assert (line.who, line.detail) == ("customer", "c5500@x.organic and xc5500@x.org, [erased]")
        assert kept.case(case.case_id).title == "A customer waits"
        assert kept.case(case.case_id).opened_by == "customer"
