"""Where webhooks may go, how they are signed, and what comes of an attempt: pure rules."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.act import (
    AGAIN_S,
    FAILING_US,
    OFF_FAILING,
    OFF_GONE,
    Outcome,
    is_public,
    judge_addresses,
    judge_attempt,
    read_rules,
    read_target,
    secrets_of,
    sign_message,
    write_body,
    write_headers,
)
from heartline.errors import Invalid
from heartline.records import Delivery, DeliveryState, Endpoint, Happening

NONE = read_rules("", "443,8443")
PUBLIC = "93.184.215.14"
INSIDE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:93.184.215.14",
    "::ffff:0:93.184.215.14",
    "64:ff9b::10.0.0.1",
    "64:ff9b::5db8:d70e",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
ENDPOINT = Endpoint(
    endpoint_id=1,
    url="https://hooks.example.com/in",
    events=(Happening.CASE_OPENED,),
    secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    created_us=0,
)
DELIVERY = Delivery(
    delivery_id=1,
    endpoint_id=1,
    message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
    kind=Happening.CASE_OPENED,
    subject="ab12",
    data='{"case": 3}',
    at_us=1_614_265_330_000_000,
    due_us=1_614_265_330_000_000,
    state=DeliveryState.WAITING,
)


def code_of(url: str, found: tuple[str, ...] = (PUBLIC,), *, allow: str = "", ports: str = "443,8443") -> str:
    rules = read_rules(allow, ports)
    try:
        judge_addresses(read_target(url, rules), found, rules)
    except Invalid as error:
        return error.code
    return ""


@pytest.mark.parametrize("address", INSIDE)
def test_no_form_of_an_inside_address_is_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert code_of("https://hooks.example.com", (address,)) == "inside_address"
    assert code_of("https://hooks.example.com", (PUBLIC, address)) == "inside_address", "public first, inside second"
    assert code_of("https://hooks.example.com", (address, PUBLIC)) == "inside_address"


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"])
def test_public_addresses_are_told(address: str) -> None:
    assert is_public(ip_address(address))
    assert code_of("https://hooks.example.com", (address,)) == ""


@given(st.ip_addresses(v=4))
def test_what_carries_an_ipv4_address_in_ipv6_is_never_public(v4: object) -> None:
    number = int(ip_address(str(v4)))
    for carried in (number, (0xFFFF << 32) | number, (0x64FF9B << 96) | number, (0x2002 << 112) | (number << 80)):
        assert not is_public(ip_address(carried.to_bytes(16, "big")))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "//hooks.example.com",
        "ftp://hooks.example.com",
        "file:///etc/passwd",
        "gopher://hooks.example.com:443/_x",
        "https://",
        "https:///x",
        "https://user:pw@hooks.example.com",
        "https://hooks.example.com@127.0.0.1",
        "https://hooks.example.com/#x",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nx: y",
        "https://hooks.example.com/\x00",
        "https://hooks.exämple.com",
        "https://hooks.example.com:22",
        "https://hooks.example.com:0",
        "https://hooks.example.com:99999",
        "https://hooks.example.com:x",
        "https://[::1",
        "https://-a.example.com",
        "https://a..b",
        "https://hooks.example.com/" + "a" * 2_000,
        "http://hooks.example.com",
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused(url: str) -> None:
    assert code_of(url) == "bad_url"


def test_http_and_the_inside_are_for_those_the_operator_named() -> None:
    inside = ("10.1.2.3",)
    assert code_of("https://hooks.intranet", inside) == "inside_address"
    for allow in ("hooks.intranet", "10.1.0.0/16", "10.1.2.3", " HOOKS.intranet , 192.168.0.0/16"):
        assert code_of("https://hooks.intranet", inside, allow=allow) == "", allow
        assert code_of("http://hooks.intranet:8443", inside, allow=allow) == "", allow
    assert code_of("http://hooks.example.com:8443", allow="10.1.0.0/16") == "bad_url"
    assert code_of("https://other.intranet", inside, allow="hooks.intranet") == "inside_address"
    assert code_of("https://hooks.intranet", ("10.1.2.3", "10.2.0.1"), allow="10.1.0.0/16") == "inside_address"
    assert code_of("https://hooks.example.com:9000", ports="9000") == ""


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "0.0.0.0", "224.0.0.1"]
)
def test_metadata_of_clouds_is_refused_whatever_is_allowed(address: str) -> None:
    allow = "hooks.intranet, 0.0.0.0/0, ::/0"
    assert code_of("https://hooks.intranet", (address,), allow=allow) == "inside_address"


def test_a_host_without_an_address_is_refused() -> None:
    assert code_of("https://hooks.example.com", ()) == "no_address"
    assert code_of("https://hooks.example.com", ("not an address",)) == "no_address"


@pytest.mark.parametrize(("allow", "ports"), [("10.0.0.0/99", ""), ("a b", ""), ("", "x"), ("", "0"), ("", "70000")])
def test_settings_that_cannot_be_read_are_refused(allow: str, ports: str) -> None:
    with pytest.raises(Invalid, match="HEARTLINE_WEBHOOK"):
        read_rules(allow, ports)


def test_the_signature_is_that_of_the_published_example() -> None:
    """The vector is that of the documentation of Svix, whose scheme Standard Webhooks 1.0 is."""
    signed = sign_message(
        (ENDPOINT.secret,), message_id=DELIVERY.message_id, at_s=1_614_265_330, body=b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_both_secrets_sign_while_one_is_being_replaced() -> None:
    other = "whsec_" + base64.b64encode(b"0" * 32).decode()
    turning = replace(ENDPOINT, former_secret=other, former_until_us=100)
    assert secrets_of(turning, 99) == (ENDPOINT.secret, other)
    assert secrets_of(turning, 100) == (ENDPOINT.secret,)
    body = write_body(DELIVERY)
    assert len(write_headers(turning, DELIVERY, body, now_us=99)["webhook-signature"].split()) == 2


def test_a_body_is_a_cloudevent_and_the_same_for_each_attempt() -> None:
    body = write_body(DELIVERY)
    assert body == write_body(replace(DELIVERY, attempts=4, tried_us=9, state=DeliveryState.FAILED))
    assert json.loads(body) == {
        "specversion": "1.0",
        "id": DELIVERY.message_id,
        "source": "heartline",
        "type": "case.opened",
        "time": "2021-02-25T15:02:10.000Z",
        "datacontenttype": "application/json",
        "subject": "customers/ab12",
        "data": {"case": 3},
    }


@given(st.lists(st.integers(0, 599).filter(lambda s: not 200 <= s < 300 and s != 410)), st.floats(0, 1))
def test_attempts_come_ever_later_and_end(statuses: list[int], chance: float) -> None:
    delivery, now_us, waits = DELIVERY, DELIVERY.due_us, []
    for status in statuses:
        verdict = judge_attempt(ENDPOINT, delivery, Outcome(status=status), now_us=now_us, chance=chance)
        delivery = verdict.delivery
        if delivery.state is DeliveryState.FAILED:
            assert delivery.attempts == len(AGAIN_S) + 1
            return
        waits.append(delivery.due_us - now_us)
        now_us = delivery.due_us
        assert AGAIN_S[delivery.attempts - 1] * 1e6 <= waits[-1] <= AGAIN_S[delivery.attempts - 1] * 1.2e6 + 1
    assert waits == sorted(waits)
    assert delivery.attempts == len(statuses) <= len(AGAIN_S)


def test_an_endpoint_that_is_gone_or_failing_for_days_is_switched_off() -> None:
    now_us = 10 * FAILING_US
    gone = judge_attempt(ENDPOINT, DELIVERY, Outcome(status=410), now_us=now_us, chance=0)
    assert (gone.why_off, gone.delivery.state) == (OFF_GONE, DeliveryState.FAILED)
    for since, why in ((0, ""), (now_us - FAILING_US + 1, ""), (now_us - FAILING_US, OFF_FAILING)):
        endpoint = replace(ENDPOINT, failing_us=since)
        assert judge_attempt(endpoint, DELIVERY, Outcome(status=500), now_us=now_us, chance=0).why_off == why
        fine = judge_attempt(endpoint, DELIVERY, Outcome(status=204), now_us=now_us, chance=0)
        assert (fine.why_off, fine.delivery.state) == ("", DeliveryState.DELIVERED)


def test_how_long_the_other_side_asks_for_is_heeded_within_a_day() -> None:
    def wait(asked_s: int) -> int:
        outcome = Outcome(status=503, retry_after_s=asked_s)
        return judge_attempt(ENDPOINT, DELIVERY, outcome, now_us=0, chance=0).delivery.due_us // 1_000_000

    assert (wait(0), wait(5), wait(900), wait(999_999)) == (10, 10, 900, 86_400)
