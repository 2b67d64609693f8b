"""The door people come in by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from application.identity.change_password import ChangePassword
from application.identity.end_sessions import EndSessions
from application.identity.live_sessions import KnownAccounts
from application.identity.refresh_session import RefreshSession, SessionEnded
from application.identity.register import Register
from application.identity.sign_in import SignIn
from application.ports.access_tokens import AccessTokens
from application.ports.clock import Clock
from application.ports.sessions import SessionReads
from domain.access import UserCaller
from domain.errors import NotSignedIn
from domain.identity import (
    AccountDisabled,
    PasswordChanged,
    RegistrationClosed,
    SessionMissing,
    UsernameTaken,
    WrongCredentials,
    WrongPassword,
)
from entrypoints.http.log_context import add_context
from entrypoints.http.operations import Auth, Op
from entrypoints.http.origin import origin_of
from entrypoints.http.rates import LOGIN, REFRESH, REGISTER
from entrypoints.http.schemas.identity import (
    LoginBody,
    MessageBody,
    NewPasswordBody,
    ProtectedBody,
    RefreshBody,
    RegisterBody,
    SessionBody,
    SessionPath,
    SignedOutBody,
    TokensBody,
    UserBody,
)
from entrypoints.http.schemas.pages import PageBody, PageQuery, page_body, slice_of


@dataclass(frozen=True, slots=True)
class IdentityDoor:
    """Coming in, staying in, leaving."""

    register_user: Register
    sign_in: SignIn
    refresh_session: RefreshSession
    change_password: ChangePassword
    end_sessions: EndSessions
    access_tokens: AccessTokens
    accounts: KnownAccounts
    own_sessions: SessionReads
    clock: Clock
    tag: str = "Authentication"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        register, login = (RegistrationClosed, UsernameTaken), (WrongCredentials, AccountDisabled)
        user, password = Auth.USER, (WrongPassword, PasswordChanged)
        return (
            Op("POST", "/auth/register", self.register, "Auth", 201, errors=register, rate=REGISTER, replayed=True),
            Op("POST", "/auth/login", self.login, "Auth", errors=login, rate=LOGIN),
            Op("POST", "/auth/refresh", self.refresh, "Auth", errors=(SessionEnded,), rate=REFRESH),
            Op("POST", "/auth/logout", self.logout, "Auth"),
            Op("POST", "/auth/logout-all", self.logout_all, "Auth", auth=user),
            Op("POST", "/auth/password", self.password, "Auth", auth=user, errors=password, rate=LOGIN),
            Op("GET", "/auth/me", self.me, "Auth", auth=user),
            Op("GET", "/.well-known/jwks.json", self.jwks, "Auth"),
            Op("GET", "/sessions", self.sessions, "Session", auth=user),
            Op("DELETE", "/sessions/{session_id}", self.end_session, "Session", auth=user, errors=(SessionMissing,)),
            Op("GET", "/protected", self.protected, "Auth", auth=user),
        )

    async def register(self, request: Request, body: RegisterBody) -> UserBody:
        """Make an account for oneself; it always has the role `user`."""
        user = await self.register_user(body.email, body.password, body.username, origin_of(request))
        add_context(created=user.username)
        return UserBody.of(user)

    async def login(self, request: Request, body: LoginBody) -> TokensBody:
        """Exchange a username or email and a password for tokens."""
        tokens = await self.sign_in(body.name, body.password, origin_of(request))
        # Not before: whatever else was typed into this field may be a password.
        add_context(user=body.name)
        return TokensBody.of(tokens)

    async def refresh(self, request: Request, body: RefreshBody) -> TokensBody:
        """Exchange a refresh token for new tokens."""
        return TokensBody.of(await self.refresh_session(body.refresh_token, origin_of(request)))

    async def logout(self, request: Request, body: RefreshBody) -> MessageBody:
        """End the session of a refresh token, its access tokens with it."""
        await self.end_sessions.by_refresh_token(body.refresh_token, origin_of(request))
        return MessageBody(message="Logged out successfully")

    async def logout_all(self, caller: UserCaller, request: Request) -> SignedOutBody:
        """End every session of the caller, this one included."""
        ended = await self.end_sessions.everywhere(caller.user_id, origin_of(request, caller))
        return SignedOutBody(message="Logged out from all devices", sessions_revoked=ended)

    async def password(self, caller: UserCaller, request: Request, body: NewPasswordBody) -> MessageBody:
        """Change one's own password; every other session of the account ends."""
        await self.change_password(caller, body.current_password, body.new_password, origin_of(request, caller))
        return MessageBody(message="Password changed; other sessions have ended")

    async def me(self, caller: UserCaller) -> UserBody:
        """The account that is signed in."""
        user = await self.accounts.get(caller.user_id)
        if user is None:
            raise NotSignedIn("this account does not exist any more")
        return UserBody.of(user)

    async def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys our access tokens are signed with; none where a shared secret signs them."""
        return {"keys": list(await self.access_tokens.public_keys())}

    async def sessions(self, caller: UserCaller, query: PageQuery) -> PageBody[SessionBody]:
        """The caller's sign-ins that are still good, the latest first."""
        page = slice_of(await self.own_sessions.of_user(caller.user_id, self.clock.now()), query.request())
        return page_body(page, [SessionBody.of(session, caller) for session in page.items])

    async def end_session(self, caller: UserCaller, request: Request, path: SessionPath) -> MessageBody:
        """End one of the caller's sessions."""
        await self.end_sessions.own(caller.user_id, path.session_id, origin_of(request, caller))
        return MessageBody(message="Session deleted successfully")

    async def protected(self, caller: UserCaller) -> ProtectedBody:
        """For clients that want to try their token."""
        return ProtectedBody(message="This is a protected route")
