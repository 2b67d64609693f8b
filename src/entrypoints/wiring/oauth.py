"""Signing in through providers: one line for each kind in `registrations`."""

from collections.abc import Mapping, Sequence

from dependency_injector import containers, providers

from application.identity.begin_oauth import BeginOAuth
from application.identity.find_account import FindAccount
from application.identity.finish_oauth import FinishOAuth
from application.ports.clock import Clock
from application.ports.identity_providers import IdentityProvider
from application.ports.ids import Ids
from domain.egress import Allowance
from entrypoints.oauth_rules import apple_private_key
from entrypoints.settings import Settings
from entrypoints.wiring.identity import is_open
from entrypoints.wiring.parts import Database

CALLBACK = "/auth/oauth/callback"


def identity_providers(settings: Settings, clock: Clock) -> Mapping[str, IdentityProvider]:
    """Every provider the settings name, by its name; all of them go out through the same door."""
    from adapters.oauth.registration import AppleKey, Registration, apple, google, oidc

    registrations: list[Registration] = []
    if settings.oauth_google_client_id and settings.oauth_google_client_secret:
        registrations.append(google(settings.oauth_google_client_id, settings.oauth_google_client_secret))
    if settings.oauth_apple_client_id and settings.oauth_apple_team_id and settings.oauth_apple_key_id:
        key = AppleKey(settings.oauth_apple_team_id, settings.oauth_apple_key_id, apple_private_key(settings))
        registrations.append(apple(settings.oauth_apple_client_id, key, clock))
    if settings.oauth_oidc_issuer and settings.oauth_oidc_client_id and settings.oauth_oidc_client_secret:
        known_by = settings.oauth_oidc_client_id, settings.oauth_oidc_client_secret
        registrations.append(oidc(settings.oauth_oidc_name, settings.oauth_oidc_issuer, *known_by))
    if not registrations:
        return {}
    from adapters.egress.transport import EgressTransport
    from adapters.oauth.provider import OidcProvider

    outside = EgressTransport(Allowance.of(settings.egress_allow))
    return {each.name: OidcProvider(each, outside, clock) for each in registrations}


def redirect_uris(settings: Settings) -> Sequence[str]:
    """Where sign-ins may return to."""
    return (*settings.oauth_redirect_uris, f"{settings.address}{CALLBACK}")


def takes_newcomers(settings: Settings) -> bool:
    """Whether somebody who signs in through a provider for the first time gets an account."""
    return is_open(settings) or settings.oauth_signup


class OAuth(containers.DeclarativeContainer):
    """Going to a provider and coming back."""

    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    identity = providers.DependenciesContainer()
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()

    _store = database.provided.store
    _states = database.provided.oauth_states
    _remember = identity.remember

    identity_providers = providers.Singleton(identity_providers, settings, clock)
    _find_account = providers.Singleton(
        FindAccount, _store, identity.end_sessions, _remember, clock, ids, providers.Callable(takes_newcomers, settings)
    )
    begin_oauth = providers.Singleton(
        BeginOAuth, identity_providers, _states, providers.Callable(redirect_uris, settings), clock, ids
    )
    finish_oauth = providers.Singleton(
        FinishOAuth, identity_providers, _states, _find_account, identity.open_session, _store, _remember, clock
    )
