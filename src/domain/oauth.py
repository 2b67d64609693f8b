"""Signing in through somebody else: providers that tell us who a person is, and which account is theirs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from string import ascii_lowercase, ascii_uppercase
from uuid import UUID

from domain.access import Role
from domain.errors import FieldError, Forbidden, Invalid, Malformed, NotSignedIn
from domain.identity import AccountDisabled, RegistrationClosed, User

STATE_LIFETIME = timedelta(minutes=10)
GOOGLE, APPLE = "google", "apple"

# Only ASCII: other alphabets fold different mailboxes into one (ß and ss, K and the sign for kelvin).
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_ERROR = re.compile(r"[a-z_]{1,60}")


class UnknownProvider(Invalid):
    """No provider of this name is configured."""

    code = "unknown_provider"


class RedirectNotAllowed(Invalid):
    """Sign-ins do not return to this address."""

    code = "redirect_uri_not_allowed"


class OAuthStateInvalid(Malformed):
    """This sign-in was never begun here, has been finished already, or took too long."""

    code = "oauth_state_invalid"


class OAuthRefused(NotSignedIn):
    """The provider did not say who somebody is, or not so that we can believe it."""

    code = "oauth_refused"


class EmailNotVerified(Forbidden):
    """The provider does not vouch for the address."""

    code = "email_not_verified"


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in that was begun and whose person is at the provider now; known by the hash of its state."""

    state_hash: str
    provider: str
    nonce: str
    code_verifier: str
    redirect_uri: str
    expires_at: datetime

    def expired(self, now: datetime) -> bool:
        """Whether it took too long."""
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class ForeignIdentity:
    """Who a provider says somebody is. `issuer` and `subject` name the person for good; an address may move on."""

    provider: str
    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    """By what somebody signs in to an account from elsewhere."""

    issuer: str
    subject: str
    user_id: UUID
    provider: str
    linked_at: datetime


def provider_error(error: str) -> str:
    """The word by which a provider said no; whatever else came in its place is not repeated."""
    return error if _ERROR.fullmatch(error) else "it did not say why"


def chosen_redirect(wanted: str | None, allowed: Sequence[str]) -> str:
    """Where a sign-in returns to: the first of what is allowed, or any of them when named to the letter."""
    if wanted is None:
        return allowed[0]
    if wanted not in allowed:
        told = "is not among the addresses that sign-ins may return to"
        raise RedirectNotAllowed(f"redirect_uri {told}", errors=[FieldError("redirect_uri", told)])
    return wanted


def check_vouched(identity: ForeignIdentity) -> None:
    """Refuse strangers whose address the provider does not vouch for.

    All alike, whether or not an account has that address: the answer must not tell.
    """
    if identity.email is not None and not identity.email_verified:
        raise EmailNotVerified(f"{identity.provider} has not verified your email address; verify it there first")


def same_address(left: str | None, right: str | None) -> bool:
    """Whether two addresses are surely one mailbox."""
    return left is not None and right is not None and left.translate(_LOWER) == right.translate(_LOWER)


def linkable(identity: ForeignIdentity, found: User | None) -> User | None:
    """The account that a verified address belongs to, out of what goes by that name; a username is no address."""
    if found is None or not identity.email_verified or not same_address(identity.email, found.email):
        return None
    if not found.is_active:
        raise AccountDisabled("this account is switched off")
    return found


def claimed(user: User, now: datetime, *, proven: bool) -> User:
    """An account as it is once the owner of its address has shown up.

    Anybody may register with anybody's address, so until then whatever lets somebody in may be a stranger's and goes:
    password and second factor, every session and API key, links and announced uploads. An account is proven once an
    identity is linked to it. Accounts with a role beyond `user` were given it by a superuser, who knows whose they are.
    """
    if proven or user.role is not Role.USER or user.password_hash is None:
        return user
    return replace(user, password_hash=None, links_since=now, updated_at=now)


def newcomer(identity: ForeignIdentity, user_id: UUID, now: datetime, *, registration_open: bool) -> User:
    """An account for somebody we have not met."""
    if not registration_open:
        raise RegistrationClosed("accounts are made by the superuser here")
    return User(
        id=user_id,
        username=identity.email or f"{identity.provider}-{user_id}",
        email=identity.email,
        password_hash=None,
        role=Role.USER,
        is_active=True,
        created_at=now,
        updated_at=now,
    )
