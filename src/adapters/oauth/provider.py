"""Providers that speak OpenID Connect."""

from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import AsyncBaseTransport, HTTPStatusError
from joserfc.errors import InvalidKeyIdError, JoseError

from adapters.oauth.documents import Metadata, ProviderDocuments
from adapters.oauth.id_token import check_claims, identity_of, refused, signed_claims
from adapters.oauth.registration import Registration
from application.ports.clock import Clock
from domain.errors import Unavailable
from domain.oauth import ForeignIdentity, OAuthRefused, PendingSignIn

_ODD = (JoseError, ValueError, KeyError, TypeError, OverflowError, RecursionError)


class OidcProvider:
    """One provider, by the authorization code flow with PKCE; who somebody is stands in the signed identity token."""

    def __init__(self, registration: Registration, transport: AsyncBaseTransport, clock: Clock) -> None:
        self._registration, self._transport, self._clock = registration, transport, clock
        self._documents = ProviderDocuments(registration.issuer, transport, clock)

    async def authorization_url(self, state: str, pending: PendingSignIn) -> str:
        """Where to send somebody."""
        metadata, mode = await self._documents.metadata(), self._registration.response_mode
        async with self._client(metadata, pending) as client:
            url, _ = client.create_authorization_url(
                metadata.authorization_endpoint,
                state=state,
                nonce=pending.nonce,
                code_verifier=pending.code_verifier,
                **({"response_mode": mode} if mode else {}),
            )
        return str(url)

    async def exchange(self, code: str, pending: PendingSignIn) -> ForeignIdentity:
        """Who the code stands for."""
        metadata = await self._documents.metadata()
        async with self._client(metadata, pending) as client:
            token = await self._token(client, metadata, code, pending)
            claims = await self._verified(token.get("id_token"))
            check_claims(claims, self._registration, pending, int(self._clock.now().timestamp()))
            if "email" not in claims and metadata.userinfo_endpoint:
                claims = await self._with_email(client, metadata.userinfo_endpoint, claims)
        return identity_of(claims, self._registration)

    def _client(self, metadata: Metadata, pending: PendingSignIn) -> AsyncOAuth2Client:
        methods = metadata.token_endpoint_auth_methods
        basic = "client_secret_basic" in methods or "client_secret_post" not in methods
        return AsyncOAuth2Client(
            self._registration.client_id,
            self._registration.secret(),
            token_endpoint_auth_method="client_secret_basic" if basic else "client_secret_post",
            scope=self._registration.scope,
            redirect_uri=pending.redirect_uri,
            code_challenge_method="S256",
            leeway=0,
            transport=self._transport,
            trust_env=False,
        )

    async def _token(
        self, client: AsyncOAuth2Client, metadata: Metadata, code: str, pending: PendingSignIn
    ) -> dict[str, Any]:
        try:
            token = await client.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=pending.code_verifier,
                redirect_uri=pending.redirect_uri,
            )
        except OAuthError as error:
            if error.error == "invalid_grant":
                raise OAuthRefused("the provider does not take this code (any more); begin again") from None
            # The person has done nothing wrong: it is this service that the provider does not accept.
            raise self._silent(f"refuses this service ({str(error.error)[:40]!r})") from None
        except (HTTPStatusError, *_ODD) as error:
            raise self._silent("gives no tokens") from error
        return dict(token)

    async def _verified(self, token: object) -> dict[str, Any]:
        try:
            try:
                return signed_claims(token, await self._documents.keys())
            except InvalidKeyIdError:
                return signed_claims(token, await self._documents.keys(renewed=True))
        except _ODD as error:
            raise refused("its signature is not the provider's") from error

    async def _with_email(self, client: AsyncOAuth2Client, address: str, claims: dict[str, Any]) -> dict[str, Any]:
        """Some providers tell addresses at a second place only."""
        try:
            response = await client.get(address)
            told = response.json() if response.status_code == 200 else {}
        except (OAuthError, *_ODD) as error:
            raise self._silent("does not tell the email address") from error
        if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
            return claims
        return {**{name: told.get(name) for name in ("email", "email_verified")}, **claims}

    def _silent(self, does: str) -> Unavailable:
        return Unavailable(f"{urlsplit(self._registration.issuer).hostname} {does}")
