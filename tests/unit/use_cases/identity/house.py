"""Everything about people, over adapters in memory, with a clock set by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from adapters.crypto.access_tokens import JwtAccessTokens
from adapters.crypto.key_ring import KeyRing
from adapters.crypto.passwords import Argon2Passwords
from adapters.crypto.seals import HmacSeals
from adapters.memory.api_keys import MemoryApiKeyReads
from adapters.memory.audit import MemoryAuditReads
from adapters.memory.clock import ManualClock
from adapters.memory.ids import CountingIds
from adapters.memory.installation_secrets import MemoryInstallationSecrets
from adapters.memory.projects import MemoryProjectReads
from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.memory.roles import MemoryRoleReads
from adapters.memory.sessions import MemorySessionReads
from adapters.memory.signals import MemorySignals
from adapters.memory.state import MemoryDatabase
from adapters.memory.store import MemoryStore
from adapters.memory.users import MemoryUserReads
from application.identity.authenticate import Authenticate
from application.identity.begin_totp import BeginTotp
from application.identity.change_password import ChangePassword
from application.identity.change_user import ChangeUser, UserChanges
from application.identity.confirm_totp import ConfirmTotp
from application.identity.create_superuser import CreateSuperuser
from application.identity.create_user import CreateUser
from application.identity.delete_user import DeleteUser
from application.identity.end_sessions import EndSessions
from application.identity.end_totp import EndTotp
from application.identity.keep_roles import KeepRoles
from application.identity.live_sessions import LiveSessions
from application.identity.make_sign_in_code import MakeSignInCode
from application.identity.open_session import OpenSession, TokenLifetimes, Tokens
from application.identity.refresh_session import RefreshSession
from application.identity.register import Register
from application.identity.remember import Remember
from application.identity.second_step import SecondStep
from application.identity.sign_in import SignIn
from application.identity.sign_in_by_code import SignInByCode
from application.identity.spend_code import SpendCode
from application.identity.succession import Succession
from application.identity.throttle import SignInThrottle
from application.ports.access_tokens import Claims
from application.ports.audit import AuditQuery
from domain.access import EVERYTHING, Role, UserCaller
from domain.audit import AuditAction, AuditEntry, Origin
from domain.identity import User
from domain.pages import PageRequest

PASSWORD = "correct horse"
SOMEWHERE = Origin(None, "192.0.2.7", "curl/8")
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@dataclass
class House:
    """One installation; each test has its own."""

    clock: ManualClock = field(default_factory=ManualClock)
    ids: CountingIds = field(default_factory=CountingIds)
    signals: MemorySignals = field(default_factory=MemorySignals)
    passwords: Argon2Passwords = field(default_factory=lambda: Argon2Passwords(memory_kib=64, rounds=2))
    lifetimes: TokenLifetimes = field(default_factory=TokenLifetimes)

    def __post_init__(self) -> None:
        self.rows = MemoryDatabase(self.clock)
        self.store = MemoryStore(self.rows)
        self.secrets = MemoryInstallationSecrets(self.rows)
        self.users, self.sessions = MemoryUserReads(self.rows), MemorySessionReads(self.rows)
        self.projects, self.roles = MemoryProjectReads(self.rows), MemoryRoleReads(self.rows)
        self.audit, self.api_keys = MemoryAuditReads(self.rows), MemoryApiKeyReads(self.rows)
        self.access_tokens = JwtAccessTokens(KeyRing(self.secrets, self.clock), self.clock, "a secret of the tests")
        store, clock, ids = self.store, self.clock, self.ids
        self.remember = Remember(clock, ids)
        self.end_sessions = EndSessions(store, self.sessions, self.signals, self.remember, clock)
        self.open_session = OpenSession(store, self.access_tokens, self.remember, clock, ids, self.lifetimes)
        self.throttle = SignInThrottle(MemoryRateLimiter(clock))
        spend = SpendCode(HmacSeals(self.secrets), self.remember, clock)
        self.second_step = SecondStep(store, spend, self.throttle, self.remember)
        self.begin_totp = BeginTotp(store, spend, clock, ids, "https://darkroom.example")
        self.confirm_totp = ConfirmTotp(store, spend, self.remember, clock, ids)
        self.end_totp = EndTotp(store, self.users, self.passwords, spend, self.throttle, self.remember)
        self.make_sign_in_code = MakeSignInCode(store, self.remember, clock, ids, "https://darkroom.example")
        self.sign_in_by_code = SignInByCode(
            store, self.users, self.second_step, self.open_session, self.remember, clock
        )
        self.sign_in = self.sign_in_with(self.passwords)
        self.refresh = self.refresh_with()
        self.register = Register(store, self.passwords, self.remember, clock, ids, is_open=True)
        self.create_superuser = CreateSuperuser(store, self.passwords, self.remember, clock, ids)
        self.create_user = CreateUser(store, self.passwords, self.remember, clock, ids)
        self.change_user = ChangeUser(store, self.passwords, self.end_sessions, self.remember, clock)
        self.change_password = ChangePassword(
            store, self.users, self.passwords, self.throttle, self.end_sessions, self.remember, clock
        )
        self.delete_user = DeleteUser(store, self.end_sessions, self.remember, clock)
        self.keep_roles = KeepRoles(store, self.end_sessions, self.remember, clock)
        self.live_sessions = LiveSessions(self.sessions, clock)
        self.authenticate = Authenticate(self.access_tokens, self.live_sessions, self.api_keys, clock)

    def sign_in_with(self, passwords: Argon2Passwords) -> SignIn:
        """Signing in with other parameters for hashes."""
        step = self.second_step
        return SignIn(self.store, self.users, passwords, self.open_session, self.throttle, step, self.remember)

    def refresh_with(self, settled: str | None = None) -> RefreshSession:
        """Staying signed in on another instance, perhaps with a key of its settings."""
        succession = Succession(self.secrets, self.ids, settled)
        return RefreshSession(self.store, self.access_tokens, succession, self.end_sessions, self.clock, self.lifetimes)

    async def somebody(self, name: str = "anna") -> User:
        """An account of the role `user`."""
        return await self.register(f"{name}@example.org", PASSWORD, name, SOMEWHERE)

    async def su(self, name: str = "root") -> UserCaller:
        """A superuser who asks."""
        return asking(await self.create_superuser(name, PASSWORD))

    async def signed_in(self, name: str = "anna") -> Tokens:
        """A session of somebody."""
        return await self.sign_in(name, PASSWORD, SOMEWHERE)

    async def claims(self, tokens: Tokens) -> Claims:
        """What an access token says."""
        return await self.access_tokens.read(tokens.access_token)

    async def alive(self, tokens: Tokens) -> bool:
        """Whether the session behind some tokens lives."""
        session = await self.sessions.get((await self.claims(tokens)).session_id)
        return session is not None and session.alive(self.clock.now())

    async def change(self, caller: UserCaller, user_id: UUID, **changes: object) -> User:
        """Change an account."""
        return await self.change_user(caller, user_id, UserChanges(**changes), SOMEWHERE)  # type: ignore[arg-type]

    async def lines(self, *actions: AuditAction) -> Sequence[AuditEntry]:
        """The audit log, oldest first: all of it, or what is about some actions."""
        page = await self.audit.page(EVERYTHING, AuditQuery(), PageRequest(1, 1000))
        return [line for line in reversed(page.items) if not actions or line.action in actions]


def asking(user: User, session_id: UUID | None = None) -> UserCaller:
    """Somebody who asks for something."""
    return UserCaller(user.id, user.username, Role(user.role), frozenset(user.permissions), session_id)
