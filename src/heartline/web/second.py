"""The second factor: one-time codes of an app (TOTP, RFC 6238: SHA-1, 6 digits, 30 s) and recovery codes.

No code works twice, nor one older than one that was used. A code of the step before or after the present one is taken,
for clocks that differ.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Final

import pyotp

from heartline.app import Heartline
from heartline.errors import Conflict, Invalid, Missing, NotAllowed
from heartline.language import _
from heartline.records import User
from heartline.web.sessions import hash_token, now_us
from heartline.web.visit import Visit

STEP_S: Final = 30
RECOVERY_CODES: Final = 10
_NEAR: Final = (0, -1, 1)


def begin_factor(heartline: Heartline, user: User) -> str:
    """Return the secret of a factor that is about to be confirmed, made at first use.

    Raises:
        Conflict: one is confirmed already.
    """
    kept = heartline.stores.kept
    factor = kept.second_factor(user.user_id)
    if factor is not None and factor.confirmed:
        raise Conflict("guarded", _("You have a second factor already."), _("Take it away first, to set up another."))
    if factor is not None:
        return factor.secret
    secret = pyotp.random_base32()
    kept.set_second_factor(user.user_id, secret=secret, confirmed=False)
    return secret


def address_factor(heartline: Heartline, user: User, secret: str) -> str:
    """Return what an app reads from the picture: an ``otpauth`` address."""
    company = " ".join(heartline.workspace.name.replace(":", " ").split()) or "heartline"
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=f"heartline, {company}")


def confirm_factor(heartline: Heartline, user: User, code: str) -> tuple[str, ...]:
    """Confirm a factor by its first code; return the recovery codes, shown this once.

    Raises:
        Missing: none was begun.
        Invalid: this is not the code of now.
    """
    kept = heartline.stores.kept
    factor = kept.second_factor(user.user_id)
    if factor is None or factor.confirmed:
        raise Missing("no_factor", _("No second factor is being set up."), _("Begin on the page “You”."))
    step = _find_step(factor.secret, code)
    if step is None:
        raise Invalid(
            "wrong_code", _("This is not the code of now."), _("Check the clock of your phone, and type the next.")
        )
    kept.set_second_factor(user.user_id, secret=factor.secret, confirmed=True, last_step=step)
    return renew_recovery(heartline, user)


def renew_recovery(heartline: Heartline, user: User) -> tuple[str, ...]:
    """Make recovery codes in place of those before; return them, shown this once. Each holds 80 random bits."""
    codes = tuple(_spell(base64.b32encode(secrets.token_bytes(10)).decode().lower()) for _rest in range(RECOVERY_CODES))
    heartline.stores.kept.set_recovery_codes(user.user_id, [hash_token(_squeeze(code)) for code in codes])
    return codes


def prove_second(visit: Visit, user: User, given: str) -> str:
    """Take a code of the app, or a recovery code, slower for those who guess; return which it was.

    Raises:
        NotAllowed: it is neither, or was used before.
        Unavailable: too many tries failed lately.
    """
    throttle, account = visit.shared.throttle, f"second factor of {user.email}"
    throttle.check(account=account, address=visit.asked.address)
    kept, bare = visit.heartline.stores.kept, _squeeze(given)
    factor = kept.second_factor(user.user_id)
    step = _find_step(factor.secret, bare) if factor is not None and factor.confirmed else None
    if step is not None and kept.use_step(user.user_id, step):
        throttle.succeed(account=account)
        return "code"
    if len(bare) == 16 and kept.use_recovery_code(user.user_id, hash_token(bare)):
        throttle.succeed(account=account)
        return "recovery code"
    throttle.fail(account=account, address=visit.asked.address)
    raise NotAllowed("wrong_code", _("This code is not right, or it was used before."), _("Type the next one."))


def _find_step(secret: str, code: str) -> int | None:
    if len(code) != 6 or not code.isascii() or not code.isdecimal():
        return None
    now = now_us() // 1_000_000 // STEP_S
    totp = pyotp.TOTP(secret)
    fitting = [now + away for away in _NEAR if hmac.compare_digest(totp.generate_otp(now + away), code)]
    return fitting[0] if fitting else None


def _spell(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _squeeze(code: str) -> str:
    return "".join(sign for sign in code.lower() if sign.isalnum())[:64]
