"""``heartline user``: alone under the lock, and beside a running server over its socket."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from browsing import Browser
from click.testing import CliRunner

from heartline.app import Heartline, open_heartline
from heartline.cli.serve import _listen_locally
from heartline.cli.user import verb
from heartline.config import Settings
from heartline.errors import Conflict, HeartlineError, Missing
from heartline.records import Role
from heartline.web import make_site
from heartline.web.second import begin_factor


def say(data: Path, *words: str) -> str:
    ran = CliRunner().invoke(verb, [*words, "--data", str(data)], standalone_mode=False)
    if isinstance(ran.exception, HeartlineError):
        raise ran.exception
    assert ran.exception is None, ran.output
    return ran.output


@pytest.fixture(params=["alone", "beside a server"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "d"
    if request.param == "alone":
        open_heartline(Settings(data_dir=folder)).close()
        yield folder
        return
    with open_heartline(Settings(data_dir=folder)) as heartline:
        listening = _listen_locally(heartline)
        assert listening is not None
        server = uvicorn.Server(uvicorn.Config(make_site(heartline), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield folder
        server.should_exit = True
        thread.join(20)


def test_a_user_is_invited_listed_shut_out_and_let_back_in(data: Path) -> None:
    told = say(data, "invite", "Ada@Example.com", "--role", "owner", "--name", "Ada")
    assert re.search(r"ada@example.com: http://127\.0\.0\.1:8118/password\?token=[\w-]{43}\n", told)
    with pytest.raises(Conflict):
        say(data, "invite", "ada@example.com")
    with pytest.raises(Conflict):
        say(data, "disable", "ada@example.com")
    say(data, "invite", "bo@example.com", "--role", "agent")
    assert "not sign in any more" in say(data, "disable", "bo@example.com")
    listed = say(data, "list")
    assert "ada@example.com  Ada  owner\n" in listed
    assert "bo@example.com  bo  agent, may not sign in\n" in listed
    assert "/password?token=" in say(data, "reset", "bo@example.com")
    assert "bo@example.com  bo  agent\n" in say(data, "list")
    with pytest.raises(Missing):
        say(data, "reset", "nobody@example.com")


def test_a_locked_out_owner_gets_in_again(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    say(folder, "invite", "ada@example.com", "--role", "owner")
    with open_heartline(Settings(data_dir=folder)) as heartline:
        user = heartline.stores.kept.users()[0]
        secret = begin_factor(heartline, user)
        heartline.stores.kept.set_second_factor(user.user_id, secret=secret, confirmed=True)
    assert "second factor" in say(folder, "list")
    link = say(folder, "reset", "ada@example.com", "--drop-second-factor")
    path = re.search(r"/password\?token=[\w-]+", link)
    assert path
    with open_heartline(Settings(data_dir=folder)) as heartline:
        _choose(heartline, path.group(0))


def _choose(heartline: Heartline, path: str) -> None:
    with Browser(heartline) as browser:
        given = {"token": path.partition("token=")[2], "password": "a sentence nobody guesses"}
        assert browser.post("/password", given, form=path).headers["location"] == "/"
        assert browser.get("/settings/people").status_code == 200
    assert heartline.stores.kept.users()[0].role is Role.OWNER
