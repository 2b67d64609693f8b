"""Use cases about people, given the adapters they need."""

from datetime import timedelta

from dependency_injector import containers, providers

from adapters.crypto.access_tokens import JwtAccessTokens
from adapters.crypto.key_ring import KeyRing
from adapters.crypto.passwords import Argon2Passwords
from adapters.crypto.seals import HmacSeals
from application.identity.authenticate import Authenticate
from application.identity.begin_totp import BeginTotp
from application.identity.change_password import ChangePassword
from application.identity.change_user import ChangeUser
from application.identity.confirm_totp import ConfirmTotp
from application.identity.create_superuser import CreateSuperuser
from application.identity.create_user import CreateUser
from application.identity.delete_user import DeleteUser
from application.identity.end_sessions import EndSessions
from application.identity.end_totp import EndTotp
from application.identity.keep_roles import KeepRoles
from application.identity.live_sessions import KnownAccounts, LiveSessions
from application.identity.make_sign_in_code import MakeSignInCode
from application.identity.open_session import OpenSession, TokenLifetimes
from application.identity.refresh_session import RefreshSession
from application.identity.register import Register
from application.identity.remember import Remember
from application.identity.second_step import SecondStep
from application.identity.sign_in import SignIn
from application.identity.sign_in_by_code import SignInByCode
from application.identity.spend_code import SpendCode
from application.identity.succession import Succession
from application.identity.throttle import SignInThrottle
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.rate_limiter import RateLimiter
from application.ports.signals import Signals
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Database


def lifetimes(settings: Settings) -> TokenLifetimes:
    """How long tokens are good for."""
    return TokenLifetimes(
        access=timedelta(seconds=settings.access_token_seconds),
        refresh=timedelta(seconds=settings.refresh_token_seconds),
        session=timedelta(days=settings.session_max_days),
    )


def is_open(settings: Settings) -> bool:
    """Whether strangers may make accounts."""
    return settings.registration == "open"


class Identity(containers.DeclarativeContainer):
    """Coming in, staying in, leaving; accounts and roles."""

    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    signals: providers.Dependency[Signals] = providers.Dependency()
    limiter: providers.Dependency[RateLimiter | None] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()

    _store = database.provided.store
    _lifetimes = providers.Callable(lifetimes, settings)

    passwords = providers.Singleton(Argon2Passwords)
    seals = providers.Singleton(HmacSeals, database.provided.secrets)
    key_ring = providers.Singleton(KeyRing, database.provided.secrets, clock)
    access_tokens = providers.Singleton(JwtAccessTokens, key_ring, clock, settings.provided.jwt_secret)
    remember = providers.Singleton(Remember, clock, ids)
    throttle = providers.Singleton(SignInThrottle, limiter)
    live_sessions = providers.Singleton(LiveSessions, database.provided.sessions, clock)
    known_accounts = providers.Singleton(KnownAccounts, database.provided.users, clock)
    authenticate = providers.Singleton(Authenticate, access_tokens, live_sessions, database.provided.api_keys, clock)

    end_sessions = providers.Singleton(EndSessions, _store, database.provided.sessions, signals, remember, clock)
    open_session = providers.Singleton(OpenSession, _store, access_tokens, remember, clock, ids, _lifetimes)
    _spend_code = providers.Singleton(SpendCode, seals, remember, clock)
    _second_step = providers.Singleton(SecondStep, _store, _spend_code, throttle, remember)
    sign_in = providers.Singleton(
        SignIn, _store, database.provided.users, passwords, open_session, throttle, _second_step, remember
    )
    make_sign_in_code = providers.Singleton(MakeSignInCode, _store, remember, clock, ids, settings.provided.address)
    sign_in_by_code = providers.Singleton(
        SignInByCode, _store, database.provided.users, _second_step, open_session, remember, clock
    )
    begin_totp = providers.Singleton(BeginTotp, _store, _spend_code, clock, ids, settings.provided.address)
    confirm_totp = providers.Singleton(ConfirmTotp, _store, _spend_code, remember, clock, ids)
    end_totp = providers.Singleton(EndTotp, _store, database.provided.users, passwords, _spend_code, throttle, remember)
    succession = providers.Singleton(Succession, database.provided.secrets, ids, settings.provided.jwt_refresh_secret)
    refresh_session = providers.Singleton(
        RefreshSession, _store, access_tokens, succession, end_sessions, clock, _lifetimes
    )
    register = providers.Singleton(
        Register, _store, passwords, remember, clock, ids, providers.Callable(is_open, settings)
    )
    create_superuser = providers.Singleton(CreateSuperuser, _store, passwords, remember, clock, ids)
    create_user = providers.Singleton(CreateUser, _store, passwords, remember, clock, ids)
    change_user = providers.Singleton(ChangeUser, _store, passwords, end_sessions, remember, clock)
    change_password = providers.Singleton(
        ChangePassword, _store, database.provided.users, passwords, throttle, end_sessions, remember, clock
    )
    delete_user = providers.Singleton(DeleteUser, _store, end_sessions, remember, clock)
    keep_roles = providers.Singleton(KeepRoles, _store, end_sessions, remember, clock)
