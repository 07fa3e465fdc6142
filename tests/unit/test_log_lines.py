"""A log line is one line, whatever is logged (ASVS 16.4.1): nobody outside can forge one or steer a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heartline.log import configure_logging, get_logger
from heartline.understand import mask_personal
from tries import some

FORGED = (
    "x\r\n2026-01-01T00:00:00Z [info] event='web.signed_in' who='owner'\x1b[2J\x1b]0;t\x07\u202e\u2028\x85\x0b\x0c\0"
)


@pytest.fixture
def logged(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Logging as the server sets it up, as JSON or as key and value; put back after."""
    before = structlog.get_config()
    yield request.param
    structlog.configure(**before)


@pytest.mark.parametrize("logged", [False, True], indirect=True)
def test_what_is_logged_stays_in_its_field(logged: bool, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001
    configure_logging("info", as_json=logged, mask=mask_personal)
    try:
        int(FORGED)
    except ValueError as error:
        get_logger("web").warning("web.refused", path=FORGED, error=str(error), exc_info=True)
    told = capsys.readouterr().err
    assert told.endswith("\n")
    assert len(told.splitlines()) == 1
    assert not [sign for sign in told[:-1] if not sign.isprintable()]
    if logged:
        read = json.loads(told)
        assert (read["event"], read["path"]) == ("web.refused", FORGED)
        assert datetime.fromisoformat(read["timestamp"]).utcoffset() == timedelta(0)
    else:
        assert told.startswith("event='web.refused'")
        assert f"path={FORGED!r}" in told


@pytest.mark.parametrize("logged", [False, True], indirect=True)
@settings(max_examples=some(60), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=st.text())
def test_no_text_breaks_a_line(logged: bool, capsys: pytest.CaptureFixture[str], text: str) -> None:  # noqa: FBT001
    configure_logging("info", as_json=logged)
    get_logger("web").warning("web.refused", path=text)
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert all(sign.isprintable() for sign in told[:-1])


def test_personal_data_and_secrets_are_masked(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    configure_logging("info", mask=mask_personal)
    get_logger("web").warning("web.refused", path="/find?q=mira@example.com")
    structlog.configure(**before)
    assert "mira@example.com" not in capsys.readouterr().err
