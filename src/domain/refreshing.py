"""Refresh tokens: each is used once, and whoever shows an old one is taken for a thief, with two exceptions.

Answers get lost and two tabs refresh at once, so the token before the newest answers the same successor again until
that one has been used, and a moment longer.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

REPEATED_WITHIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One token of a session's chain, known by its hash only; `parent_hash` is the token it was exchanged for."""

    hash: str
    session_id: UUID
    created_at: datetime
    parent_hash: str | None = None
    used_at: datetime | None = None

    def used(self, now: datetime) -> "RefreshToken":
        """The same token, exchanged."""
        return replace(self, used_at=now)


class Verdict(Enum):
    """What showing a refresh token means."""

    ROTATE = auto()
    REPEAT = auto()
    REUSE = auto()


def judge(
    shown: RefreshToken, successor: RefreshToken | None, the_one_after: RefreshToken | None, now: datetime
) -> Verdict:
    """Whether to exchange the token, answer its successor again, or end the whole session."""
    if shown.used_at is None or successor is None:
        return Verdict.ROTATE
    if successor.used_at is None:
        return Verdict.REPEAT
    newest_is_unused = the_one_after is None or the_one_after.used_at is None
    just_now = now - successor.used_at <= REPEATED_WITHIN
    return Verdict.REPEAT if just_now and newest_is_unused else Verdict.REUSE


def successor_of(token: str, key: str) -> str:
    """The token that follows: derived, so that it can be told again although nobody keeps it."""
    digest = hmac.new(key.encode(), b"refresh:" + token.encode(errors="surrogatepass"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
