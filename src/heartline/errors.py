"""The error families. Status codes and exit codes are given to them only in ``web`` and ``cli``.

HeartlineError
├── Invalid       what was sent cannot be used as it is; the sender can mend it
├── NotAllowed    who asks may not do this
├── Missing       what was asked for is not here
├── Conflict      it was right when asked, but the state has moved on
└── Unavailable   heartline cannot do it now; try again later
"""

from __future__ import annotations


class HeartlineError(Exception):
    """An error with a stable code, a sentence for people and a hint that names what to do."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Invalid(HeartlineError):
    """What was sent cannot be used as it is."""


class NotAllowed(HeartlineError):
    """Who asks may not do this."""


class Missing(HeartlineError):
    """What was asked for is not here."""


class Conflict(HeartlineError):
    """The state has moved on since the question was asked."""


class Unavailable(HeartlineError):
    """heartline cannot do it now. ``retry_after_s`` is whole seconds, as every SDK reads it."""

    def __init__(self, code: str, message: str, hint: str = "", *, retry_after_s: int = 5) -> None:
        super().__init__(code, message, hint)
        self.retry_after_s = retry_after_s
