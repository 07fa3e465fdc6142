"""A server killed between sending a letter and marking it sends it again, under the same Message-ID."""

from __future__ import annotations

import signal
from pathlib import Path

from mail_catcher import catching

from heartline.app import open_heartline
from heartline.config import Settings
from heartline.records import Letter, LetterKind, LetterState
from heartline.web import Postman
from verb_nursery import Nursery


def test_a_server_killed_between_sending_and_marking_sends_again_under_the_same_id(
    tmp_path: Path, nursery: Nursery
) -> None:
    folder = tmp_path / "data"
    with catching() as catcher:
        with open_heartline(Settings(data_dir=folder)) as heartline:
            letter = Letter(to="mira@example.com", subject="Hello", text="Hello", kind=LetterKind.REPLY, key="a")
            heartline.stores.kept.queue_letter(letter)
        killed = nursery.start(
            "serve", "--port", "0", data=folder, fail_point="letter_sent", HEARTLINE_SMTP_URL=catcher.url
        )
        assert killed.wait() == -signal.SIGKILL
        assert len(catcher.got) == 1
        with open_heartline(Settings(data_dir=folder, smtp_url=catcher.url)) as heartline:
            assert heartline.stores.kept.letter(1).state is LetterState.WAITING
            assert [Postman(heartline).go_round() for _ in range(2)] == [1, 0]
            assert heartline.stores.kept.letter(1).state is LetterState.SENT
    assert len(catcher.got) == 2
    assert len(set(catcher.ids)) == 1
