"""Passwords and tokens by real cryptography."""

import hashlib
import hmac
import json
import threading
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import anyio
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from adapters.crypto.access_tokens import JwtAccessTokens
from adapters.crypto.key_ring import LOOKED_AT_EVERY, KeyRing
from adapters.crypto.passwords import Argon2Passwords
from adapters.crypto.seals import HmacSeals
from adapters.memory.clock import ManualClock
from adapters.memory.installation_secrets import MemoryInstallationSecrets
from adapters.memory.state import MemoryDatabase
from application.ports.access_tokens import AccessTokens
from application.ports.installation_secrets import InstallationSecrets
from application.ports.seals import Seals
from tests.unit.contracts.access_tokens import CLAIMS, NOW, AccessTokensContract, Forge, decoded, encoded, refuse
from tests.unit.contracts.passwords import PASSWORD, PasswordsContract
from tests.unit.contracts.seals import SealsContract

pytestmark = pytest.mark.anyio

SHARED = "a secret all instances share"
STRANGE = "a secret of somebody else"


def cheap(**changed: int) -> Argon2Passwords:
    return Argon2Passwords(**{"memory_kib": 64, "rounds": 1, **changed})


class TestArgon2Passwords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> Argon2Passwords:
        return cheap()

    @pytest.fixture
    def dear(self) -> Argon2Passwords:
        return Argon2Passwords()

    async def test_it_is_as_dear_as_owasp_asks(self, dear: Argon2Passwords) -> None:
        assert (await dear.hash(PASSWORD)).startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    @pytest.mark.parametrize(
        ("weaker", "outdated"),
        [({}, False), ({"memory_kib": 32}, True), ({"rounds": 1}, True), ({"memory_kib": 32, "rounds": 1}, True)],
    )
    async def test_a_hash_of_weaker_parameters_is_outdated(self, weaker: dict[str, int], outdated: bool) -> None:
        today = {"memory_kib": 64, "rounds": 2}
        hashed = await cheap(**{**today, **weaker}).hash(PASSWORD)
        assert cheap(**today).outdated(hashed) is outdated
        assert await cheap(**today).verify(PASSWORD, hashed)

    async def test_a_crowd_takes_turns_in_threads_of_its_own(self) -> None:
        passwords = cheap(at_once=2, rounds=20)
        before = threading.active_count()
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(passwords.hash, PASSWORD)
            await anyio.sleep(0.005)
            assert threading.active_count() - before <= 2
            assert anyio.to_thread.current_default_thread_limiter().borrowed_tokens == 0


def fresh_secrets() -> MemoryInstallationSecrets:
    return MemoryInstallationSecrets(MemoryDatabase(ManualClock(NOW)))


class TestHmacSeals(SealsContract):
    @pytest.fixture
    def installation(self) -> MemoryInstallationSecrets:
        return fresh_secrets()

    @pytest.fixture
    def seals(self, installation: InstallationSecrets) -> Seals:
        return HmacSeals(installation)

    @pytest.fixture
    def colleague(self, installation: InstallationSecrets) -> Seals:
        return HmacSeals(installation)

    @pytest.fixture
    def stranger(self) -> Seals:
        return HmacSeals(fresh_secrets())

    async def test_it_is_hmac_sha256_under_the_secret_of_the_installation(
        self, seals: Seals, installation: InstallationSecrets
    ) -> None:
        secret = bytes.fromhex(await installation.keep("seals", lambda: "5ec4e7"))
        expected = urlsafe_b64encode(hmac.digest(secret, b"6:cursora text", hashlib.sha256)).decode().rstrip("=")
        assert await seals.of("cursor", "a text") == expected


class TestTokensWithASharedSecret(AccessTokensContract):
    @pytest.fixture
    def tokens(self, clock: ManualClock) -> AccessTokens:
        return JwtAccessTokens(KeyRing(fresh_secrets(), clock), clock, SHARED)

    @pytest.fixture
    def colleague(self, clock: ManualClock) -> AccessTokens:
        return JwtAccessTokens(KeyRing(fresh_secrets(), clock), clock, SHARED)

    @pytest.fixture
    def stranger(self, clock: ManualClock) -> AccessTokens:
        return JwtAccessTokens(KeyRing(fresh_secrets(), clock), clock, STRANGE)

    @pytest.fixture
    def forge(self) -> Forge:
        key = OctKey.import_key(SHARED)
        return lambda told: jwt.encode({"alg": "HS256"}, told, key, algorithms=["HS256"])

    async def test_only_hs256_is_taken(self, tokens: AccessTokens) -> None:
        told = await self.told(tokens)
        key = OctKey.import_key(SHARED)
        await refuse(tokens, [jwt.encode({"alg": name}, told, key, algorithms=[name]) for name in ("HS384", "HS512")])

    async def test_depth_under_a_good_signature_is_refused(self, tokens: AccessTokens) -> None:
        signed = f"{encoded({'alg': 'HS256'})}.{encoded(b'[' * 5_000)}"
        signature = hmac.new(SHARED.encode(), signed.encode(), hashlib.sha256).digest()
        await refuse(tokens, [f"{signed}.{encoded(signature)}"])

    async def test_any_secret_of_printable_or_other_characters_signs(self, clock: ManualClock) -> None:
        for secret in ('{"kty": "oct"} not', "ключ из букв и 🙂", " " * 16, "x" * 5000):
            tokens = JwtAccessTokens(KeyRing(fresh_secrets(), clock), clock, secret)
            assert await tokens.read(await tokens.issue(CLAIMS)) == CLAIMS


class TestTokensWithAKeyOfOurOwn(AccessTokensContract):
    @pytest.fixture
    def secrets(self) -> InstallationSecrets:
        return fresh_secrets()

    @pytest.fixture
    def tokens(self, secrets: InstallationSecrets, clock: ManualClock) -> AccessTokens:
        return JwtAccessTokens(KeyRing(secrets, clock), clock)

    @pytest.fixture
    def colleague(self, secrets: InstallationSecrets, clock: ManualClock) -> AccessTokens:
        return JwtAccessTokens(KeyRing(secrets, clock), clock)

    @pytest.fixture
    def stranger(self, clock: ManualClock) -> AccessTokens:
        return JwtAccessTokens(KeyRing(fresh_secrets(), clock), clock)

    @pytest.fixture
    async def key(self, secrets: InstallationSecrets, tokens: AccessTokens) -> ECKey:
        await tokens.issue(CLAIMS)
        return ECKey.import_key(json.loads(await secrets.keep("access_token_signing_keys", lambda: "none yet"))[0])

    @pytest.fixture
    def forge(self, key: ECKey) -> Forge:
        return lambda told: jwt.encode({"alg": "ES256", "kid": key.thumbprint()}, told, key, algorithms=["ES256"])

    async def test_the_public_key_is_no_shared_secret(self, tokens: AccessTokens, key: ECKey) -> None:
        header, payload, _ = (await tokens.issue(CLAIMS)).split(".")
        for shown in (key.as_pem(private=False), key.as_der(private=False), json.dumps(key.as_dict(False)).encode()):
            confused = f"{encoded({**decoded(header), 'alg': 'HS256'})}.{payload}"
            signature = hmac.new(shown, confused.encode(), hashlib.sha256).digest()
            await refuse(tokens, [f"{confused}.{encoded(signature)}"])

    async def test_a_key_that_travels_with_the_token_is_not_believed(self, tokens: AccessTokens) -> None:
        told = await self.told(tokens)
        own = ECKey.generate_key("P-256", private=True)
        header: dict[str, Any] = {"alg": "ES256", "jwk": own.as_dict(private=False), "kid": own.thumbprint()}
        await refuse(tokens, [jwt.encode(header, told, own, algorithms=["ES256"])])

    async def test_instances_that_start_together_agree_on_the_key(
        self, secrets: InstallationSecrets, clock: ManualClock
    ) -> None:
        instances = [JwtAccessTokens(KeyRing(secrets, clock), clock) for _ in range(5)]
        issued: list[str] = []

        async def issue(instance: JwtAccessTokens) -> None:
            issued.append(await instance.issue(CLAIMS))

        async with anyio.create_task_group() as group:
            for instance in instances:
                group.start_soon(issue, instance)
        assert [await instance.read(token) for instance in instances for token in issued] == [CLAIMS] * 25


class TestKeyRotation:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(NOW)

    @pytest.fixture
    def secrets(self) -> InstallationSecrets:
        return fresh_secrets()

    async def test_tokens_of_the_key_before_live_on_and_older_ones_do_not(
        self, secrets: InstallationSecrets, clock: ManualClock
    ) -> None:
        ring = KeyRing(secrets, clock)
        tokens = JwtAccessTokens(ring, clock)
        old = await tokens.issue(CLAIMS)
        key_id = await ring.rotate()
        new = await tokens.issue(CLAIMS)
        assert decoded(new.split(".")[0])["kid"] == key_id != decoded(old.split(".")[0])["kid"]
        assert await tokens.read(old) == await tokens.read(new) == CLAIMS
        await ring.rotate()
        await refuse(tokens, [old])
        assert await tokens.read(new) == CLAIMS

    async def test_other_instances_accept_the_new_key_at_once_and_sign_with_it_soon(
        self, secrets: InstallationSecrets, clock: ManualClock
    ) -> None:
        here, there = KeyRing(secrets, clock), JwtAccessTokens(KeyRing(secrets, clock), clock)
        await there.issue(CLAIMS)
        clock.advance(timedelta(seconds=10))
        key_id = await here.rotate()
        assert await there.read(await JwtAccessTokens(here, clock).issue(CLAIMS)) == CLAIMS
        clock.advance(timedelta(minutes=1))
        assert decoded((await there.issue(CLAIMS)).split(".")[0])["kid"] == key_id

    async def test_the_public_halves_are_published_and_nothing_more(
        self, secrets: InstallationSecrets, clock: ManualClock
    ) -> None:
        tokens = JwtAccessTokens(KeyRing(secrets, clock), clock)
        token = await tokens.issue(CLAIMS)
        published = await tokens.public_keys()
        assert [set(key) for key in published] == [{"kty", "crv", "x", "y", "use", "alg", "kid"}]
        jwt.decode(token, ECKey.import_key(dict(published[0])), algorithms=["ES256"])
        assert not await JwtAccessTokens(KeyRing(secrets, clock), clock, SHARED).public_keys()

    async def test_publishing_asks_for_the_keys_once_a_minute_and_makes_none(
        self, secrets: InstallationSecrets, clock: ManualClock
    ) -> None:
        ring, elsewhere = KeyRing(secrets, clock), KeyRing(secrets, clock)
        (first,) = await ring.published()
        key_id = await elsewhere.rotate()
        clock.advance(LOOKED_AT_EVERY - timedelta(microseconds=1))
        assert await ring.published() == [first]
        clock.advance(timedelta(microseconds=1))
        assert [key["kid"] for key in await ring.published()] == [key_id, first["kid"]]

    async def test_no_key_is_made_when_there_is_one(
        self, secrets: InstallationSecrets, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (first,) = await KeyRing(secrets, clock).published()
        monkeypatch.setattr(ECKey, "generate_key", lambda *_, **__: pytest.fail("there is one"))
        ring = KeyRing(secrets, clock)
        assert await ring.published() == [first]
        assert (await ring.newest()).thumbprint() == first["kid"]

    async def test_many_may_rotate_at_once(self, secrets: InstallationSecrets, clock: ManualClock) -> None:
        made: list[str] = []

        async def rotate() -> None:
            made.append(await KeyRing(secrets, clock).rotate())

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(rotate)
        kept = [key["kid"] for key in await KeyRing(secrets, clock).published()]
        assert len(set(made)) == 5
        assert set(kept) < set(made)


async def test_tokens_of_one_kind_are_refused_by_the_other() -> None:
    clock = ManualClock(NOW)
    shared, own = (
        JwtAccessTokens(KeyRing(fresh_secrets(), clock), clock, SHARED),
        JwtAccessTokens(KeyRing(fresh_secrets(), clock), clock),
    )
    await refuse(own, [await shared.issue(CLAIMS)])
    await refuse(shared, [await own.issue(CLAIMS)])
