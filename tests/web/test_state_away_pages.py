"""What people and senders are told while State's server is away: 503 for a page, 200 for what can be kept."""

from __future__ import annotations

import json
from pathlib import Path

from browsing import Browser, a_user

from heartline.app import open_heartline
from heartline.config import Settings
from heartline.records import Trust
from real_postgres import RealPostgres


def test_pages_ask_for_patience_and_the_door_stays_open(tmp_path: Path) -> None:
    with (
        RealPostgres() as server,
        open_heartline(Settings(data_dir=tmp_path / "data", state_url=server.make_database())) as heartline,
        Browser(heartline) as browser,
    ):
        key = heartline.stores.kept.add_source(name="Site", trust=Trust.PUBLIC).write_key
        heartline.sources.reload()
        browser.sign_in(a_user(heartline))
        assert browser.get("/cases").status_code == 200
        server.stop()
        for path in ("/", "/cases", "/customers", "/data/account"):
            answer = browser.get(path)
            assert answer.status_code == 503, path
            assert int(answer.headers["retry-after"]) >= 1
            assert "Traceback" not in answer.text
        page = {"type": "page", "anonymousId": "a", "name": "Home", "messageId": "m1"}
        sent = browser.ask("POST", "/v1/batch", content=json.dumps({"writeKey": key, "batch": [page]}))
        assert sent.status_code == 200
        server.start()
        assert browser.get("/cases").status_code == 200, "the same sign-in, and nothing was restarted"
        heartline.catch_up()
        assert heartline.account().stored == 1
        assert heartline.account().balanced
