"""``heartline import`` as people run it: alone, and beside a running server (design rule 9)."""

from __future__ import annotations

import http.client
import json
import re
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from import_machine import Machine

from heartline.app import Account, open_heartline
from heartline.config import Settings

SAMPLES = Path(__file__).parents[2] / "src/heartline/collect/importing/samples"
ROWS = 6_000


def look(machine: Machine) -> tuple[Account, int, list[str]]:
    """Return the account, the customers and the names of the import sources."""
    with open_heartline(Settings(data_dir=machine.data)) as heartline:
        heartline.catch_up()
        names = [source.name for source in heartline.stores.kept.sources() if source.kind == "import"]
        return heartline.account(), heartline.stores.derived.customer_count(), names


@pytest.mark.parametrize("served", [False, True])
def test_importing_twice_changes_nothing(machine: Machine, *, served: bool) -> None:
    if served:
        machine.serve()
    first = machine.run(SAMPLES / "shop-orders.csv", "--save", "Shop", "--yes")
    assert "3 rows read; 5 events sent.\n5 are new, 0 were there, 0 were set aside." in first
    second = machine.run(SAMPLES / "shop-orders.csv", "--mapping", "Shop", answer="y\n")
    assert "3 rows: 0 touches new, 5 duplicate, 0 changed, 0 refused; 0 new customers, 3 matched." in second
    assert "0 are new, 5 were there, 0 were set aside." in second
    if served:
        assert machine.stop() == 0
    account, customers, sources = look(machine)
    assert account == Account(received=10, stored=5, duplicate=5, refused=0, pending=0)
    assert account.balanced
    assert customers == 3
    assert sources == ["Shop"]


def test_a_dry_run_beside_a_server_writes_nothing(machine: Machine) -> None:
    machine.serve()
    planned = machine.run(SAMPLES / "zendesk.json", "--dry-run")
    assert re.search(r"rows: [1-9]\d* touches new, 0 duplicate", planned)
    machine.stop()
    account, customers, sources = look(machine)
    assert (account.received, customers, sources) == (0, 0, [])


def test_what_a_server_cannot_use_is_said_as_if_it_were_here(machine: Machine, tmp_path: Path) -> None:
    machine.serve()
    mapping = tmp_path / "visits.json"
    mapping.write_text('{"name": "Visits", "version": 1, "who": [{"column": "user_id", "kind": "user_id"}]}')
    other = tmp_path / "other.csv"
    other.write_text("person,at\nu1,2026-01-01\n")
    said = machine.run(other, "--mapping", mapping, "--yes", code=2)
    assert "reads the column 'user_id', which this file has not." in said
    assert "The file has person, at." in said


@pytest.mark.parametrize("served", [False, True])
def test_a_kill_in_the_middle_loses_and_doubles_nothing(
    machine: Machine, write_visits: Callable[[int], Path], *, served: bool
) -> None:
    path = write_visits(ROWS)
    if served:
        machine.serve("after_journal:6")
        said = machine.run(path, "--yes", code=6)
        assert "Give the same command again: an import goes on where it was" in said
        assert machine.reap() == -9
        machine.serve()
    else:
        machine.run(path, "--yes", code=-9, fail_point="after_journal:6")
    again = machine.run(path, "--yes")
    assert f"{ROWS:,} rows read, 2,500 of them before; {ROWS:,} events sent." in again
    if served:
        machine.stop()
    account, customers, _ = look(machine)
    # The sixth body was durable and not yet noted, so it came twice.
    assert account == Account(received=ROWS + 500, stored=ROWS, duplicate=500, refused=0, pending=0)
    assert customers == 97
    with open_heartline(Settings(data_dir=machine.data)) as heartline:
        (job,) = heartline.stores.kept.imports()
        messages = [entry.message_id for entry in heartline.stores.history.recent(limit=10 * ROWS)]
    assert (job.status, job.rows_done) == ("done", ROWS)
    assert len(set(messages)) == ROWS
    assert list((machine.data / "imports").iterdir()) == []


def test_the_local_routes_are_never_served_on_the_network(machine: Machine) -> None:
    port = machine.serve()
    order = json.dumps(
        {"path": str(SAMPLES / "shop-orders.csv"), "mapping": '{"name": "x", "version": 1}', "source": "x"}
    )
    local = str(machine.data / "heartline.sock")
    assert stat.S_IMODE(Path(local).stat().st_mode) == 0o600
    for headers in ({}, {"Host": "heartline"}, {"X-Forwarded-For": "", "Host": local}, {"Forwarded": "for=unix:"}):
        for method, path, body in (
            ("GET", "/local/desk", None),
            ("POST", "/local/imports", order),
            ("POST", "/local/mappings", '{"mapping": "{}"}'),
            ("GET", f"http+unix://{local}/local/desk", None),
            ("GET", "//local/desk", None),
        ):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            said = answer.read()
            connection.close()
            assert answer.status in {303, 400, 401, 403, 404}, (method, path, headers)
            assert b"zone" not in said.split(b"<body")[0]
            assert answer.headers["content-type"] != "application/x-ndjson"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as near:
        near.connect(local)
        near.sendall(b"GET /local/desk HTTP/1.1\r\nHost: heartline\r\nConnection: close\r\n\r\n")
        assert near.recv(100).startswith(b"HTTP/1.1 200")
    machine.stop()
    account, _, sources = look(machine)
    assert (account.received, sources) == (0, [])
