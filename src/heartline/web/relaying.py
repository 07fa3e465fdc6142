"""Speaking SMTP: one conversation with the relay, and what it said of each letter."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from types import TracebackType
from typing import Final, Self

from heartline.act import Relay, Said
from heartline.errors import Unavailable
from heartline.language import _
from heartline.web.wire import speak_new_tls

_PATIENCE_S: Final = 20.0
_TOO_LARGE: Final = 552
"""Said to the sender, and meant of the letter (RFC 1870)."""
LOST: Final = 0
"""The status of a letter whose conversation broke before the relay's word on it: nobody knows whether it was taken."""


class Relaying:
    """One conversation, in a ``with`` block.

    Raises:
        Unavailable: the relay cannot be reached, has no TLS, or does not know us. No letter is at fault.
    """

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        try:
            self._smtp = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise away(error) from error
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (OSError, smtplib.SMTPException):
                self._smtp.close()

    def _connect(self) -> smtplib.SMTP:
        relay = self._relay
        if relay.tls == "implicit":
            trusted = speak_new_tls(ssl.create_default_context())
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=_PATIENCE_S, context=trusted)
        else:
            smtp = smtplib.SMTP(relay.host, relay.port, timeout=_PATIENCE_S)
            if relay.tls == "starttls":
                # Refused or missing, it raises: nothing is said in the clear.
                smtp.starttls(context=speak_new_tls(ssl.create_default_context()))
        if relay.user:
            smtp.login(relay.user, relay.password)
        return smtp

    def send(self, message: EmailMessage, *, sender: str, to: str) -> Said:
        """Send one letter and return what was said of it.

        Where the conversation breaks over a letter, ``LOST`` is said of that one: a letter that breaks every
        conversation must not keep all others from going.

        Raises:
            Unavailable: the conversation had ended before, or the relay does not take our sender: that is no fault of
                the letter.
        """
        if self._smtp is None or self._smtp.sock is None:
            raise away(OSError(_("the relay hung up")))
        try:
            self._smtp.send_message(message, from_addr=sender, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()), (550, b""))
            return Said(status=code, told=_words(words), of_recipient=True)
        except smtplib.SMTPDataError as error:
            return Said(status=error.smtp_code, told=_words(error.smtp_error))
        except smtplib.SMTPNotSupportedError as error:
            return Said(status=550, told=f"{error}")
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code == _TOO_LARGE:
                return Said(status=error.smtp_code, told=_words(error.smtp_error))
            raise away(error) from error
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            return Said(status=LOST, told=f"{error}")
        return Said(status=250)


def away(error: Exception) -> Unavailable:
    """Return the refusal of a relay that cannot be used now."""
    code = getattr(error, "smtp_code", 0)
    told = _words(getattr(error, "smtp_error", b"")) or f"{error}" or type(error).__name__
    return Unavailable(
        "relay_away",
        _("The relay cannot be used: {told}.").format(told=f"{code} {told}".removeprefix("0 ")[:300].rstrip(".")),
        _("Letters wait; it is tried again by itself."),
    )


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
