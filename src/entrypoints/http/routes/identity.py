"""The door people come in by."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from application.identity.refresh_session import RefreshSession, SessionEnded
from application.identity.sign_in import SignIn
from application.identity.sign_out import SignOut
from application.ports.users import UserReads
from domain.access import UserCaller
from domain.errors import NotSignedIn
from domain.identity import AccountDisabled, WrongCredentials
from entrypoints.http.log_context import add_context
from entrypoints.http.operations import Auth, Op
from entrypoints.http.schemas.identity import LoginBody, MessageBody, RefreshBody, TokensBody, UserBody

LONGEST_AGENT = 256


@dataclass(frozen=True, slots=True)
class IdentityDoor:
    """Signing in, staying in, leaving."""

    sign_in: SignIn
    refresh_session: RefreshSession
    sign_out: SignOut
    users: UserReads
    tag: str = "Authentication"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        refused = (WrongCredentials, AccountDisabled)
        return (
            Op("POST", "/auth/login", self.login, "Auth", errors=refused),
            Op("POST", "/auth/refresh", self.refresh, "Auth", errors=(SessionEnded,)),
            Op("POST", "/auth/logout", self.logout, "Auth"),
            Op("GET", "/auth/me", self.me, "Auth", auth=Auth.USER),
        )

    async def login(self, request: Request, body: LoginBody) -> TokensBody:
        """Exchange a username or email and a password for tokens."""
        add_context(user=body.name)
        ip = request.client.host if request.client else None
        agent = request.headers.get("user-agent", "")[:LONGEST_AGENT] or None
        return TokensBody.of(await self.sign_in(body.name, body.password, ip=ip, agent=agent))

    async def refresh(self, body: RefreshBody) -> TokensBody:
        """Exchange a refresh token for new tokens."""
        return TokensBody.of(await self.refresh_session(body.refresh_token))

    async def logout(self, body: RefreshBody) -> MessageBody:
        """End the session of a refresh token, its access tokens with it."""
        await self.sign_out(body.refresh_token)
        return MessageBody(message="Logged out successfully")

    async def me(self, caller: UserCaller) -> UserBody:
        """The account that is signed in."""
        user = await self.users.get(caller.user_id)
        if user is None:
            raise NotSignedIn("this account does not exist any more")
        return UserBody.of(user)
