"""A server killed between sending a webhook and marking it sends it again, under the same id."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from receiver import receiving

from heartline.app import open_heartline
from heartline.config import Settings
from heartline.records import DeliveryState, Happening
from heartline.web import Courier
from verb_nursery import Nursery


def test_a_server_killed_between_sending_and_marking_sends_again_under_the_same_id(
    tmp_path: Path, nursery: Nursery
) -> None:
    folder = tmp_path / "data"
    with receiving() as receiver:
        with open_heartline(Settings(data_dir=folder)) as heartline:
            kept = heartline.stores.kept
            kept.add_endpoint(url=receiver.url, events=[Happening.CASE_OPENED], secret="whsec_AAAA")
            kept.open_case(title="Call", handle="ab12", seq=0, owner="", due_us=0, opened_by="Jo")
        allowed = {"HEARTLINE_WEBHOOK_ALLOW": "127.0.0.1", "HEARTLINE_WEBHOOK_PORTS": str(receiver.port)}
        killed = nursery.start("serve", "--port", "0", data=folder, fail_point="webhook_sent", **allowed)
        assert killed.wait() == -signal.SIGKILL
        assert len(receiver.got) == 1
        settings = Settings(data_dir=folder, webhook_allow="127.0.0.1", webhook_ports=str(receiver.port))
        with open_heartline(settings) as heartline:
            courier = Courier(heartline, every_s=0.02)
            courier.start()
            ends = time.monotonic() + 120
            while heartline.stores.kept.deliveries(1, limit=1)[0].state is DeliveryState.WAITING:
                assert time.monotonic() < ends, "it was not sent again"
                time.sleep(0.02)
            courier.stop()
            told = heartline.stores.kept.deliveries(1, limit=9)
    assert len(receiver.got) == 2
    assert len(set(receiver.ids)) == 1
    assert len({body for _, body in receiver.got}) == 1
    assert [(one.state, one.attempts) for one in told] == [(DeliveryState.DELIVERED, 1)]
