"""A second factor beside the password: codes of an app (TOTP, RFC 6238), and some on paper for when the app is lost."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, urlencode
from uuid import UUID

from domain.errors import Conflict, Forbidden, NotFound, NotSignedIn
from domain.identity import hash_secret, same_hash

STEP_SECONDS = 30
DIGITS = 6
STEPS_AROUND = 1
"""Clocks of telephones differ, and codes take a moment to be typed."""

RECOVERY_CODES = 10
_SECRET_BYTES = 20
_RECOVERY_BYTES = 10
_GROUP = 4


class SecondFactorRequired(NotSignedIn):
    """The password is right; a code of the second factor is missing."""

    code = "second_factor_required"


class SecondFactorWrong(NotSignedIn):
    """The password is right; the code is not, or was used before."""

    code = "second_factor_wrong"


class WrongCode(Forbidden):
    """Somebody who is signed in showed a code that is wrong, or was used before."""

    code = "wrong_code"


class SecondFactorOn(Conflict):
    """It is switched on already."""

    code = "second_factor_on"


class SecondFactorOff(NotFound):
    """There is none to confirm or to switch off."""

    code = "second_factor_off"


class NoPassword(Conflict):
    """The account signs in through a provider alone, so there is nothing to put a second factor beside."""

    code = "no_password"


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Somebody's second factor; it counts once a code has confirmed it.

    `salt` is what the secret is derived from, with the installation's seal of whose it is. `last_step` is the step of
    the newest code that was used. Recovery codes are known by their hashes, and gone when they were used.
    """

    user_id: UUID
    salt: str
    created_at: datetime
    confirmed_at: datetime | None = None
    last_step: int | None = None
    recovery_hashes: tuple[str, ...] = ()

    @property
    def on(self) -> bool:
        """Whether signing in takes a code."""
        return self.confirmed_at is not None

    def secret(self, seal: str) -> bytes:
        """What an app computes its codes with: kept nowhere, so that the row alone is worth nothing."""
        return hmac.digest(seal.encode(), self.salt.encode(), "sha256")[:_SECRET_BYTES]

    def confirmed(self, step: int, recovery_codes: tuple[str, ...], now: datetime) -> "SecondFactor":
        """The same, switched on."""
        hashes = tuple(map(hash_recovery_code, recovery_codes))
        return replace(self, confirmed_at=now, last_step=step, recovery_hashes=hashes)

    def step_of(self, code: str, secret: bytes, now: datetime) -> int | None:
        """The step of a code that is right and was not used yet; nothing for any other."""
        current = int(now.timestamp()) // STEP_SECONDS
        around = range(current - STEPS_AROUND, current + STEPS_AROUND + 1)
        # All are compared, so that the time tells nothing.
        fitting = [step for step in around if same_hash(code_at(secret, step), plain_code(code))]
        fresh = [step for step in fitting if self.last_step is None or step > self.last_step]
        return fresh[0] if fresh else None

    def spent(self, code: str, secret: bytes, now: datetime) -> "SecondFactor | None":
        """The same with this code used up, be it the app's or a recovery code; nothing when it is wrong."""
        step = self.step_of(code, secret, now)
        if step is not None:
            return replace(self, last_step=step)
        hashed = hash_recovery_code(code)
        if hashed not in self.recovery_hashes:
            return None
        return replace(self, recovery_hashes=tuple(each for each in self.recovery_hashes if each != hashed))


def plain_code(code: str) -> str:
    """A code as it is compared: people type spaces, hyphens and capitals."""
    return "".join(code.split()).replace("-", "").lower()


def code_at(secret: bytes, step: int) -> str:
    """The code of one step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def in_base32(secret: bytes) -> str:
    """A secret as people type it into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def otpauth_url(secret: bytes, issuer: str, username: str) -> str:
    """What an app reads from a QR code."""
    label = f"{quote(issuer, safe='')}:{quote(username, safe='')}"
    told = {"secret": in_base32(secret), "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS}
    return f"otpauth://totp/{label}?{urlencode(told | {'period': STEP_SECONDS}, quote_via=quote)}"


def recovery_code(chance: str) -> str:
    """A recovery code, made of a secret: 80 bits in groups of four."""
    digits = base64.b32encode(hashlib.sha256(chance.encode()).digest()[:_RECOVERY_BYTES]).decode().lower()
    return "-".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))


def hash_recovery_code(code: str) -> str:
    """How recovery codes are kept: their 80 bits are chance, which no list of guesses holds."""
    return hash_secret(f"recovery code {plain_code(code)}")
