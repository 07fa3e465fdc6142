"""Retention, access, consent and forgetting what suppression refused, over the world of the erasure tests."""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

import pytest
from erasure_world import MAIL, PHONE, WORDS, a_message, fill, open_world, others, raw_finds, ref_of, send

from heartline.errors import Invalid
from heartline.keeper import log_file
from heartline.records import Consent
from heartline.unify import dump_canonical, latest_words, may
from heartline.web.privacy import erase_customers
from heartline.web.privacy_access import gather_dossier, pack_dossier
from heartline.web.privacy_retention import keep_schedule, list_due, purge_due
from heartline.web.privacy_upkeep import forget_suppressed
from heartline.web.rebuilding import rebuild

MARCH_US = 1_772_323_200_000_000  # 2026-03-01
DAY_US = 86_400_000_000


def test_an_archive_holds_every_trace_of_one_customer_and_none_of_another(tmp_path: Path) -> None:
    with open_world(tmp_path / "data") as heartline:
        fill(heartline)
        ref = ref_of(heartline)
        dossier = gather_dossier(heartline, ref)
        packed = pack_dossier(dossier, now_us=MARCH_US)
        assert packed == pack_dossier(dossier, now_us=MARCH_US)
        with zipfile.ZipFile(io.BytesIO(packed)) as opened:
            whole = "".join(opened.read(name).decode() for name in opened.namelist())
        # What is no data of theirs in State or History is not in it: what was refused, copies, files, staff's own.
        beside = {"refused", "copy", "changed", "upload", "export", "packed", "sheet", "context", "inherited"}
        told = {field for field, word in WORDS.items() if word.lower() in whole.lower()}
        assert set(WORDS) - told <= beside, set(WORDS) - told
        assert MAIL in whole
        assert PHONE in whole
        assert not any(name in whole for name in ("u2@x.org", "Person u3", "Late, says u1"))
        assert {part: bool(rows) for part, rows in dossier.parts.items()} == dict.fromkeys(dossier.parts, True)
        assert len(dossier.parts["interactions"]) == 8
        traits = {t["trait"]: t for t in dossier.parts["traits"]}
        assert traits["hobby"]["said_by"] == "Server"
        assert traits["nickname"]["said_by"] == "a member of staff"
        assert dossier.parts["consents"][0]["wording"] == "Yes, write to me."
        assert [line["what"] for line in dossier.parts["seen_by"]] == ["saw"]


def test_an_archive_opens_in_a_spreadsheet_without_running_anything(tmp_path: Path) -> None:
    with open_world(tmp_path / "data") as heartline:
        fill(heartline)
        evil = '=HYPERLINK("http://x")'
        send(heartline, "Server", [a_message("identify", 20, "e", userId=WORDS["user"], traits={"evil": evil})])
        heartline.catch_up()
        packed = pack_dossier(gather_dossier(heartline, ref_of(heartline)), now_us=MARCH_US)
        with zipfile.ZipFile(io.BytesIO(packed)) as opened:
            rows = list(csv.DictReader(io.StringIO(opened.read("traits.csv").decode("utf-8-sig"))))
            assert evil in {one["value"] for one in json.loads(opened.read("traits.json"))}
        assert "'" + evil in {row["value"] for row in rows}


def test_retention_says_what_would_go_and_then_that_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "LEAST_ROWS", 0)
    folder = tmp_path / "data"
    with open_world(folder) as heartline:
        fill(heartline)
        send(heartline, "Site", [a_message("page", 2, "a1", anonymousId="QzVisitor7x", name="QzPage7x")])
        send(heartline, "Site", [a_message("page", 28, "a2", anonymousId="young", name="Home")])
        heartline.catch_up()
        before, account = others(heartline), heartline.account()
        now_us = MARCH_US + 40 * DAY_US
        with pytest.raises(Invalid):
            keep_schedule(heartline, {"everything": 1})
        keep_schedule(heartline, {"anonymous": 30, "identified": 0, "sessions": 1})
        dump = dump_canonical(heartline.stores.derived, heartline.stores.history)
        due = {one.data_class: one.count for one in list_due(heartline, now_us=now_us)}
        assert due == {"anonymous": 1, "sessions": 0}
        assert dump == dump_canonical(heartline.stores.derived, heartline.stores.history)

        heartline.log()
        heartline.logs._writer.join()  # type: ignore[union-attr]
        assert "packed-log" in raw_finds(folder, ["QzPage7x"])
        gone = purge_due(heartline, by="retention", now_us=now_us)
        assert raw_finds(folder, ["QzPage7x"]) == {}
        assert sum(one.count for one in gone) == due["anonymous"]
        after = heartline.account()
        assert after.balanced
        assert after.erased == due["anonymous"]
        assert after.stored == account.stored - due["anonymous"]
        assert raw_finds(folder, ["QzVisitor7x"]) == {}
        assert {k: others(heartline)[k] for k in ("u1", "u2", "u3")} == {k: before[k] for k in ("u1", "u2", "u3")}
        assert heartline.stores.derived.search("young", limit=3)
        report = rebuild(heartline, tell=lambda *_: None)
        assert report.comparison
        assert report.comparison.equal
        assert purge_due(heartline, by="retention", now_us=now_us)[0].count == 0


def test_what_suppression_refuses_is_soon_in_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with open_world(folder) as heartline:
        fill(heartline)
        erase_customers(heartline, [ref_of(heartline)], by="dpo", reason="asked")
        send(heartline, "Server", [
            a_message("track", 20, "new", userId=WORDS["user"], event="Courier"),
            a_message("track", 20, "mine", userId="u1", event="Courier"),
        ])  # fmt: skip
        heartline.catch_up()
        assert raw_finds(folder) != {}
        account = heartline.account()
        assert forget_suppressed(heartline) == 1
        assert forget_suppressed(heartline) == 0
        assert raw_finds(folder) == {}
        report = rebuild(heartline, tell=lambda *_: None)
        assert report.comparison
        assert report.comparison.equal
        assert heartline.account() == account


def test_the_latest_word_on_a_purpose_and_a_channel_counts(tmp_path: Path) -> None:
    with open_world(tmp_path / "data") as heartline:
        fill(heartline)
        said = {"purpose": "News", "channel": "sms", "wording": "Text me", "version": "3", "how": "checkbox"}
        handle = next(p for p in heartline.stores.derived.search("u2@x.org", limit=1)).ref

        def words() -> list[object]:
            owned = heartline.stores.derived.owned_by(heartline.stores.derived.customer_of_handle(handle) or 0)
            ids = heartline.stores.derived.identifiers({o.subject_id for o in owned})
            return list(heartline.stores.derived.consents([known.handle for known in ids]))

        def tell(source: str, event: str, day: int, **fields: object) -> bool:
            send(heartline, source, [a_message("track", day, f"{event}{day}", userId="u2", event=event,
                                               properties={**said, **fields})])  # fmt: skip
            heartline.catch_up()
            return may(words(), purpose="news", channel="sms")  # type: ignore[arg-type]

        assert not may([], purpose="news", channel="sms")
        # A browser key cannot vouch for whoever it names: it waits for a trusted word.
        assert not tell("Site", "Consent Given", 1)
        assert tell("Server", "Consent Given", 2)
        assert not may(words(), purpose="news", channel="email")  # type: ignore[arg-type]
        assert not tell("Server", "Consent Requested", 3)
        assert tell("Server", "Consent Confirmed", 4)
        assert tell("Server", "Consent Withdrawn", 5, channel="email")
        assert not tell("Site", "Consent Withdrawn", 6)
        # Told late, it happened earlier: the later word stays.
        assert not tell("Server", "consent given", 5)
        heartline.act(
            Consent(handle=handle, purpose="news", channel="sms", state="given", by="anna", at_us=MARCH_US * 2)
        )
        assert may(words(), purpose="news", channel="sms")  # type: ignore[arg-type]
        heartline.act(Consent(handle=handle, purpose="*", channel="*", state="withdrawn", at_us=MARCH_US * 2 + 1))
        assert {w.state for w in latest_words(words()).values()} == {"withdrawn"}  # type: ignore[arg-type]
        report = rebuild(heartline, tell=lambda *_: None)
        assert report.comparison
        assert report.comparison.equal
        assert len(words()) == 9


class Cut(BaseException):  # it stands for a killed process
    pass


def test_a_purge_cut_off_is_finished_by_the_next(tmp_path: Path) -> None:
    folder, met = tmp_path / "data", list[str]()

    def cut_once(point: str) -> None:
        if point in {"between_commits", "purge_acted", "purging_journal"} and point not in met:
            met.append(point)
            raise Cut

    with open_world(folder) as heartline:
        fill(heartline)
        keep_schedule(heartline, {"anonymous": 30, "identified": 30, "refused": 1})
    now_us = MARCH_US + 400 * DAY_US
    for _ in range(3):
        with open_world(folder) as heartline:
            heartline.reach = cut_once
            stores = heartline.stores
            heartline.projector = heartline.make_projector(stores.journal, stores.derived, stores.history)
            with pytest.raises(Cut):
                purge_due(heartline, by="retention", now_us=now_us)
    assert sorted(met) == ["between_commits", "purge_acted", "purging_journal"]
    with open_world(folder) as heartline:
        purge_due(heartline, by="retention", now_us=now_us)
        account = heartline.account()
        assert (account.balanced, account.stored) == (True, 0)
        assert {due.data_class: due.count for due in list_due(heartline, now_us=now_us)}["refused"] == 0
        report = rebuild(heartline, tell=lambda *_: None)
        assert report.comparison
        assert report.comparison.equal, report.comparison
        assert heartline.account() == account
