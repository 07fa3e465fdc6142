"""Passwords: at least 12 characters, anything else goes; kept as argon2id; none that everybody knows."""

from __future__ import annotations

import base64
import secrets
import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from heartline.errors import Invalid, Unavailable
from heartline.language import _

SHORTEST: Final = 12
LONGEST: Final = 512
UNUSABLE: Final = "!"
"""What is kept for somebody who has not chosen a password yet; it verifies against nothing."""

# Each hash takes 64 MiB for a moment; two at a time keep memory bounded and the cores free.
_hasher: Final = PasswordHasher()
_turns: Final = threading.BoundedSemaphore(2)
_WAIT_S: Final = 5.0
# A hash that no password has, as long to verify as any other; hashing one would cost every start a fifth of a second.
_STRANGER: Final = "$argon2id$v=19$m={memory},t={time},p={lanes}${salt}${digest}".format(
    memory=_hasher.memory_cost,
    time=_hasher.time_cost,
    lanes=_hasher.parallelism,
    salt=base64.b64encode(secrets.token_bytes(_hasher.salt_len)).decode().rstrip("="),
    digest=base64.b64encode(secrets.token_bytes(_hasher.hash_len)).decode().rstrip("="),
)
_KNOWN: Final = frozenset(
    {
        "123456789012",
        "1234567890123",
        "1234567890ab",
        "111111111111",
        "000000000000",
        "123123123123",
        "121212121212",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiop[]",
        "qwerty123456",
        "qwerty1234567",
        "password1234",
        "password12345",
        "password123456",
        "passwordpassword",
        "passw0rd1234",
        "p@ssw0rd1234",
        "p@ssword1234",
        "adminadmin12",
        "administrator",
        "administrator1",
        "admin1234567",
        "admin12345678",
        "letmein12345",
        "letmeinplease",
        "welcome12345",
        "welcome123456",
        "iloveyou1234",
        "iloveyouforever",
        "abcdefghijkl",
        "abcdefgh1234",
        "abc123abc123",
        "abcd12345678",
        "changemeplease",
        "changeme1234",
        "changeme12345",
        "trustno1trustno1",
        "correcthorsebatterystaple",
        "monkeymonkey",
        "dragondragon",
        "sunshine1234",
        "princess1234",
        "football1234",
        "baseball1234",
        "superman1234",
        "qazwsxedcrfv",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "zaq12wsxcde3",
        "asdfghjkl123",
        "asdfghjkl;'\\",
        "zxcvbnm12345",
        "aaaaaaaaaaaa",
        "heartline123",
        "heartlineheartline",
        "heartline1234",
        "secretsecret",
        "secret123456",
        "testtesttest",
        "test12345678",
        "temporary123",
        "customer1234",
        "correct horse battery staple",
    }
)


def hash_password(password: str) -> str:
    """Return what is kept of a password.

    Raises:
        Unavailable: too many are being hashed at this moment.
    """
    with _Turn():
        return _hasher.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one kept. ``None`` (no such user) takes as long as a wrong password."""
    usable = kept is not None and kept != UNUSABLE
    with _Turn():
        try:
            matches = _hasher.verify(kept if usable and kept else _STRANGER, password[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
    return matches and usable


def is_unset(kept: str | None) -> bool:
    """Whether somebody has not chosen a password yet, and so has none to show."""
    return kept == UNUSABLE


def check_password(password: str, *, name: str = "", email: str = "") -> None:
    """Refuse a password that is easily guessed. There are no rules of composition.

    Raises:
        Invalid: it is too short, too long, well known, or made of the name or e-mail alone.
    """
    lowered = password.lower()
    if len(password) < SHORTEST:
        raise Invalid(
            "short_password",
            _("A password needs {shortest} characters or more.").format(shortest=SHORTEST),
            _("A sentence works well."),
        )
    if len(password) > LONGEST:
        raise Invalid(
            "long_password",
            _("A password may have {longest} characters.").format(longest=LONGEST),
            _("Choose a shorter one."),
        )
    own = {part for part in (name.lower().strip(), email.lower().strip(), email.lower().partition("@")[0]) if part}
    if lowered in _KNOWN or len(set(lowered)) < 4 or lowered in own:
        raise Invalid("known_password", _("This password is among the first that are tried."), _("Choose another."))


class _Turn:
    """A turn at hashing."""

    def __enter__(self) -> None:
        if not _turns.acquire(timeout=_WAIT_S):
            raise Unavailable("busy", _("Too many people sign in at this moment."), _("Try again in a few seconds."))

    def __exit__(self, *_rest: object) -> None:
        _turns.release()
