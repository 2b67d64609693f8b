"""Codes that sign one account in once, in the place of its password: only the operator's terminal shows them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.errors import NotSignedIn

CODE_LIFETIME = timedelta(minutes=15)


class SignInCodeInvalid(NotSignedIn):
    """Nobody made this code, or it was used, replaced or is over."""

    code = "sign_in_code_invalid"


@dataclass(frozen=True, slots=True)
class SignInCode:
    """An account's code, known by its hash; a newer one takes its place."""

    user_id: UUID
    hash: str
    expires_at: datetime

    def good(self, now: datetime) -> bool:
        """Whether it signs anybody in."""
        return now < self.expires_at


def console_link(public_url: str, code: str) -> str:
    """Where the console reads a code. What follows the # is sent to no server, and so stands in no log."""
    return f"{public_url}/#code={code}"
