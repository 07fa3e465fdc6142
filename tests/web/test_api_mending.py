"""Refused events are mended by call: events as JSON, rows of an import by their cells."""

from __future__ import annotations

from pathlib import Path

from api_calls import a_program

from heartline.app import open_twin
from heartline.config import Settings
from heartline.records import Right
from heartline.web import Desk

ROWS = (
    "email,when,event\n"
    + "".join(f"p{n}@x.org,2026-03-0{n} 10:00,Order\n" for n in range(1, 9))
    + "q@x.org,soon,Order\n"
)


def test_rows_and_events_are_mended_by_call(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(ROWS, encoding="utf-8")
    with open_twin(Settings(api_calls_a_minute=0)) as company, a_program(company) as program:
        desk = Desk(company)
        desk.run(path, desk.guess(path).mapping, source="Shop")
        (refused,) = program.read("/refused")["items"]
        number = program.read("/imports")["items"][0]["id"]
        cells = {"email": "q@x.org", "when": "later", "event": "Order"}
        rows = {"rows": [{"event": refused["event"], "cells": cells}, {"event": 5, "cells": {}}]}
        told = program.call(f"/imports/{number}/mend", method="POST", json=rows).json()
        assert (told["given"], told["mended"], told["unknown"]) == (2, 0, 1)
        assert told["refused"] == {"bad_time": 1}
        assert "later" in told["examples"][0]
        cells["when"] = "2026-03-09 10:00"
        assert program.call(f"/imports/{number}/mend", method="POST", json=rows).json()["mended"] == 1
        assert company.account().refused == 0
        assert company.account().balanced
        again = {"events": [{"event": refused["event"], "json": {"type": "track"}}]}
        assert program.call("/refused/mend", method="POST", json=again).json()["unknown"] == 1
        assert program.call("/imports/99/mend", method="POST", json=rows).status_code == 404
        with a_program(company, rights=frozenset({Right.SEE_FIGURES})) as modest:
            assert modest.call(f"/imports/{number}/mend", method="POST", json=rows).status_code == 403
