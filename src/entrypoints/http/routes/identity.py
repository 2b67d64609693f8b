"""The door people come in by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from application.identity.begin_totp import BeginTotp
from application.identity.change_password import ChangePassword
from application.identity.confirm_totp import ConfirmTotp
from application.identity.end_sessions import EndSessions
from application.identity.end_totp import EndTotp
from application.identity.live_sessions import KnownAccounts
from application.identity.refresh_session import RefreshSession, SessionEnded
from application.identity.register import Register
from application.identity.sign_in import SignIn
from application.identity.sign_in_by_code import SignInByCode
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
from domain.second_factor import (
    NoPassword,
    SecondFactorOff,
    SecondFactorOn,
    SecondFactorRequired,
    SecondFactorWrong,
    WrongCode,
)
from domain.sign_in_codes import SignInCodeInvalid
from entrypoints.http.log_context import add_context
from entrypoints.http.operations import Auth, Op
from entrypoints.http.origin import origin_of
from entrypoints.http.rates import LOGIN, REFRESH, REGISTER
from entrypoints.http.schemas.identity import (
    CodeBody,
    EndTotpBody,
    EnrolmentBody,
    LoginBody,
    MessageBody,
    NewPasswordBody,
    ProtectedBody,
    RecoveryCodesBody,
    RefreshBody,
    RegisterBody,
    SessionBody,
    SessionPath,
    SignedOutBody,
    SignInCodeBody,
    TokensBody,
    UserBody,
)
from entrypoints.http.schemas.pages import PageBody, PageQuery, page_body, slice_of

CODES = (SecondFactorRequired, SecondFactorWrong)


@dataclass(frozen=True, slots=True)
class IdentityDoor:
    """Coming in, staying in, leaving."""

    register_user: Register
    sign_in: SignIn
    sign_in_by_code: SignInByCode
    refresh_session: RefreshSession
    change_password: ChangePassword
    begin_totp: BeginTotp
    confirm_totp: ConfirmTotp
    end_totp: EndTotp
    end_sessions: EndSessions
    access_tokens: AccessTokens
    accounts: KnownAccounts
    own_sessions: SessionReads
    clock: Clock
    tag: str = "Authentication"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        register, login = (RegistrationClosed, UsernameTaken), (WrongCredentials, *CODES, AccountDisabled)
        user, password = Auth.USER, (WrongPassword, PasswordChanged)
        confirm, end = (WrongCode, SecondFactorOff, SecondFactorOn), (WrongPassword, WrongCode, SecondFactorOff)
        return (
            Op("POST", "/auth/register", self.register, "Auth", 201, errors=register, rate=REGISTER, replayed=True),
            Op("POST", "/auth/login", self.login, "Auth", errors=login, rate=LOGIN),
            Op(
                "POST", "/auth/code", self.code, "Auth", errors=(SignInCodeInvalid, *CODES, AccountDisabled), rate=LOGIN
            ),
            Op("POST", "/auth/refresh", self.refresh, "Auth", errors=(SessionEnded,), rate=REFRESH),
            Op("POST", "/auth/logout", self.logout, "Auth"),
            Op("POST", "/auth/logout-all", self.logout_all, "Auth", auth=user),
            Op("POST", "/auth/password", self.password, "Auth", auth=user, errors=password, rate=LOGIN),
            Op("POST", "/auth/totp", self.begin, "Auth", auth=user, errors=(SecondFactorOn, NoPassword), rate=LOGIN),
            Op("POST", "/auth/totp/confirm", self.confirm, "Auth", auth=user, errors=confirm, rate=LOGIN),
            Op("DELETE", "/auth/totp", self.end, "Auth", auth=user, errors=end, rate=LOGIN),
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
        """Exchange a username or email and a password for tokens.

        Where the account has a second factor, `otp` is needed as well: a code of the app, or a recovery code. Without
        it the answer to the right password is 401 `second_factor_required`.
        """
        tokens = await self.sign_in(body.name, body.password, origin_of(request), body.otp)
        # Not before: whatever else was typed into this field may be a password.
        add_context(user=body.name)
        return TokensBody.of(tokens)

    async def code(self, request: Request, body: SignInCodeBody) -> TokensBody:
        """Exchange a code of the operator's terminal for tokens: it works once, for fifteen minutes.

        `darkroom sign-in-link` makes one, and so does the very first start. It stands in for the password, so an
        account with a second factor needs `otp` as well; without it the code stays good.
        """
        return TokensBody.of(await self.sign_in_by_code(body.code, origin_of(request), body.otp))

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

    async def begin(self, caller: UserCaller) -> EnrolmentBody:
        """Begin to set up a second factor: a secret for an app that shows codes (TOTP).

        It counts once `POST /auth/totp/confirm` got a code of that app. An account that signs in through a provider
        alone has the provider's second factor instead.
        """
        made = await self.begin_totp(caller)
        return EnrolmentBody(secret=made.secret, otpauth_url=made.otpauth_url)

    async def confirm(self, caller: UserCaller, request: Request, body: CodeBody) -> RecoveryCodesBody:
        """Switch the second factor on. The answer has ten recovery codes, each good for one sign-in."""
        codes = await self.confirm_totp(caller, body.code, origin_of(request, caller))
        return RecoveryCodesBody(recovery_codes=list(codes))

    async def end(self, caller: UserCaller, request: Request, body: EndTotpBody) -> MessageBody:
        """Switch the second factor off."""
        await self.end_totp(caller, body.password, body.code, origin_of(request, caller))
        return MessageBody(message="Second factor switched off")

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
