"""Credentials of a request, judged by the use case."""

from dataclasses import dataclass

from application.identity.authenticate import Authenticate
from domain.access import Caller, KeyCaller
from domain.errors import NotSignedIn
from entrypoints.http.authentication import Credentials


@dataclass(frozen=True, slots=True)
class RequestAuthenticator:
    """An API key or an access token; a key is taken from its own header first, then as a bearer."""

    authenticate: Authenticate

    async def __call__(self, credentials: Credentials) -> Caller | None:
        if credentials.api_key is not None:
            caller = await self.authenticate(credentials.api_key)
            if not isinstance(caller, KeyCaller):
                raise NotSignedIn("the header X-Api-Key takes an API key")
            return caller
        secret = credentials.bearer or credentials.query_token
        return None if secret is None else await self.authenticate(secret)
