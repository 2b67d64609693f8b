"""The door people come in by when a provider knows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from application.identity.begin_oauth import BeginOAuth
from application.identity.finish_oauth import FinishOAuth
from domain.errors import Unavailable
from domain.identity import AccountDisabled, RegistrationClosed, UsernameTaken
from domain.oauth import EmailNotVerified, OAuthRefused, OAuthStateInvalid, RedirectNotAllowed, UnknownProvider
from entrypoints.http.log_context import add_context
from entrypoints.http.operations import Op
from entrypoints.http.origin import origin_of
from entrypoints.http.rates import LOGIN
from entrypoints.http.schemas.identity import TokensBody
from entrypoints.http.schemas.oauth import AuthorizeBody, CallbackBody, DepartureBody


@dataclass(frozen=True, slots=True)
class OAuthDoor:
    """Going to a provider and coming back."""

    begin_oauth: BeginOAuth
    finish_oauth: FinishOAuth
    tag: str = "Authentication"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        going = (UnknownProvider, RedirectNotAllowed, Unavailable)
        coming = (OAuthStateInvalid, OAuthRefused, Unavailable, UsernameTaken)
        not_let_in = (EmailNotVerified, RegistrationClosed, AccountDisabled)
        return (
            Op("POST", "/auth/oauth/authorize", self.authorize, "Auth", errors=going, rate=LOGIN),
            Op(
                "POST",
                "/auth/oauth/callback",
                self.callback,
                "Auth",
                errors=(*coming, *not_let_in),
                urlencoded=True,
                rate=LOGIN,
            ),
        )

    async def authorize(self, body: AuthorizeBody) -> DepartureBody:
        """Begin a sign-in through a provider.

        Keep the state where the sign-in began, and go on only with an answer that brings the same one. Without
        `redirect_uri` people return to the first address of OAUTH_REDIRECT_URIS, or where there is none to
        `/auth/oauth/callback` here.
        """
        add_context(provider=body.provider)
        return DepartureBody.of(await self.begin_oauth(body.provider, body.redirect_uri))

    async def callback(self, request: Request, body: CallbackBody) -> TokensBody:
        """Exchange what the provider sent back for tokens.

        As JSON, or as the form that some providers let the browser post; fields not named here are left alone.
        Whoever is new gets an account. Whoever has one with the same verified address gets into that; if its role is
        `user`, a password it had ends, with its sessions, as anybody may have registered with that address.
        """
        origin = origin_of(request)
        if body.code is None or body.state is None or body.error is not None:
            await self.finish_oauth.refused(body.state, body.error or "", origin)
        return TokensBody.of(await self.finish_oauth(body.state, body.code, body.provider, origin))
