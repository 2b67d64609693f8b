"""Who asks: taken from the headers here, judged by the authenticator, held against what a route wants."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.types import Scope

from domain.access import Caller, KeyCaller, UserCaller
from domain.errors import Forbidden, NotSignedIn
from entrypoints.http.log_context import add_context


class Auth(StrEnum):
    """Who may knock at a route."""

    NONE = "none"
    USER = "user"
    KEY = "key"
    KEY_OR_USER = "key_or_user"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows of itself; nothing in it is proved yet."""

    bearer: str | None = None
    api_key: str | None = None
    project_id: str | None = None
    query_token: str | None = None


class Authenticator(Protocol):
    """Turns credentials into the caller they prove.

    None when nothing is shown; raises NotSignedIn when what is shown is wrong, expired or revoked.
    """

    async def __call__(self, credentials: Credentials) -> Caller | None: ...


def credentials_of(scope: Scope, headers: dict[bytes, bytes], *, token_in_query: bool) -> Credentials:
    """What the request shows; `?token=` counts only where a route says so."""
    scheme, _, bearer = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme and (scheme.lower() != "bearer" or not bearer.strip()):
        raise NotSignedIn("the header Authorization must read 'Bearer <token>'")
    query_token = None
    if token_in_query and scope["query_string"]:
        query_token = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token")
    return Credentials(
        bearer=bearer.strip() or None,
        api_key=_text(headers, b"x-api-key"),
        project_id=_text(headers, b"x-project-id"),
        query_token=query_token,
    )


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets in whom a route wants."""

    auth: Auth
    authenticator: Authenticator
    token_in_query: bool = False

    async def __call__(self, scope: Scope, headers: dict[bytes, bytes]) -> Caller | None:
        """The caller; a bad credential at a door that is open anyway makes them nobody."""
        try:
            credentials = credentials_of(scope, headers, token_in_query=self.token_in_query)
            caller = await self.authenticator(credentials)
        except NotSignedIn:
            if self.auth is not Auth.OPTIONAL:
                raise
            return None
        if isinstance(caller, UserCaller):
            add_context(user=caller.username)
        self._check(caller)
        return caller

    def _check(self, caller: Caller | None) -> None:
        if self.auth is Auth.OPTIONAL:
            return
        if caller is None:
            raise NotSignedIn(_HOW_TO_SIGN_IN[self.auth])
        if self.auth is Auth.USER and isinstance(caller, KeyCaller):
            raise Forbidden("an API key cannot do this; sign in as a user")
        if self.auth is Auth.KEY and isinstance(caller, UserCaller):
            raise Forbidden("this takes the API key of a project, in the header X-Api-Key")


def _text(headers: dict[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return value.decode("latin-1") if value else None


_HOW_TO_SIGN_IN = {
    Auth.USER: "sign in first, and send the header 'Authorization: Bearer <access token>'",
    Auth.KEY: "Missing API Key: send the header 'X-Api-Key: <key>'",
    Auth.KEY_OR_USER: "send the header 'X-Api-Key: <key>', or sign in and send 'Authorization: Bearer <access token>'",
}
