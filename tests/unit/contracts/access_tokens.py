"""What every issuer of access tokens promises."""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.memory.clock import ManualClock
from application.ports.access_tokens import AccessTokens, Claims
from domain.errors import NotSignedIn

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)
CLAIMS = Claims(UUID(int=1), UUID(int=2), "anna", "user", ("media_store_read",), NOW + MINUTE)
ANY_TEXT = st.text(st.characters(exclude_categories=()))

Forge = Callable[[dict[str, Any]], str]


def encoded(value: object) -> str:
    """A part of a token as it travels."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(part: str) -> dict[str, Any]:
    """A header or payload of a token."""
    value: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return value


async def refuse(tokens: AccessTokens, hostile: Iterable[str]) -> None:
    """Expect that none of these signs anybody in, and that no other error comes out."""
    for token in hostile:
        with pytest.raises(NotSignedIn):
            await tokens.read(token)


class AccessTokensContract:
    """Collected through a subclass with these fixtures.

    `clock`; `tokens`, an issuer that follows it; `colleague`, another instance of the same installation; `stranger`,
    an issuer of another installation; `forge`, which signs any claims with the key of `tokens`.
    """

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(NOW)

    async def test_what_is_issued_is_read_by_every_instance(
        self, tokens: AccessTokens, colleague: AccessTokens
    ) -> None:
        token = await tokens.issue(CLAIMS)
        assert await tokens.read(token) == CLAIMS
        assert await colleague.read(token) == CLAIMS
        assert await tokens.read(await colleague.issue(CLAIMS)) == CLAIMS

    async def test_any_claims_come_back(self, tokens: AccessTokens) -> None:
        for name, permissions in (("名前 🙂", ()), ("a" * 254, ("x",) * 50), ('"}{\\', ("",))):
            claims = replace(CLAIMS, username=name, permissions=permissions)
            assert await tokens.read(await tokens.issue(claims)) == claims

    async def test_a_token_is_safe_in_a_header_and_says_what_the_contract_names(self, tokens: AccessTokens) -> None:
        token = await tokens.issue(CLAIMS)
        assert token.isascii()
        assert not set(token) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
        told = decoded(token.split(".")[1])
        assert (told["sub"], told["sid"]) == (str(CLAIMS.user_id), str(CLAIMS.session_id))
        assert (told["username"], told["role"], told["permissions"]) == ("anna", "user", ["media_store_read"])
        assert told["exp"] == int(CLAIMS.expires_at.timestamp())

    @pytest.mark.parametrize(("role", "is_admin"), [("su", True), ("admin", False), ("user", False)])
    async def test_only_the_superuser_passes_every_check(self, tokens: AccessTokens, role: str, is_admin: bool) -> None:
        token = await tokens.issue(replace(CLAIMS, role=role))
        assert decoded(token.split(".")[1])["is_admin"] is is_admin

    async def test_it_expires_at_the_very_second(self, tokens: AccessTokens, clock: ManualClock) -> None:
        token = await tokens.issue(CLAIMS)
        clock.set(CLAIMS.expires_at - INSTANT)
        assert await tokens.read(token) == CLAIMS
        for moment in (CLAIMS.expires_at, CLAIMS.expires_at + INSTANT, CLAIMS.expires_at + timedelta(days=999)):
            clock.set(moment)
            await refuse(tokens, [token])

    async def test_fractions_of_a_second_never_prolong_it(self, tokens: AccessTokens, clock: ManualClock) -> None:
        claims = replace(CLAIMS, expires_at=CLAIMS.expires_at + timedelta(milliseconds=900))
        token = await tokens.issue(claims)
        assert (await tokens.read(token)).expires_at <= claims.expires_at
        clock.set(claims.expires_at)
        await refuse(tokens, [token])

    async def test_an_instance_whose_clock_is_behind_takes_it_too(
        self, tokens: AccessTokens, clock: ManualClock
    ) -> None:
        token = await tokens.issue(CLAIMS)
        clock.advance(-timedelta(seconds=10))
        assert await tokens.read(token) == CLAIMS

    async def test_a_changed_token_is_refused(self, tokens: AccessTokens) -> None:
        header, payload, signature = (await tokens.issue(CLAIMS)).split(".")
        _, promoted, _ = (await tokens.issue(replace(CLAIMS, role="su"))).split(".")
        flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
        await refuse(
            tokens,
            [
                f"{header}.{promoted}.{signature}",
                f"{header}.{payload}.{flipped}",
                f"{header}.{payload}.{signature[::-1]}",
                f"{header}.{payload}.{signature[:-4]}",
                f"{header}.{payload}.{signature}AAAA",
                f"{header}.{payload}.",
                f"{header}.{payload}",
                f".{payload}.{signature}",
                f"{header}..{signature}",
                f"{header}.{payload}.{signature}.",
            ],
        )

    async def test_another_installations_token_is_refused(self, tokens: AccessTokens, stranger: AccessTokens) -> None:
        await refuse(tokens, [await stranger.issue(CLAIMS)])

    async def test_an_unsigned_token_is_refused(self, tokens: AccessTokens) -> None:
        header, payload, signature = (await tokens.issue(CLAIMS)).split(".")
        algorithms: list[object] = ["none", "None", "NONE", "nOnE", "", None, [], 0]
        for algorithm in algorithms:
            changed = encoded({**decoded(header), "alg": algorithm})
            await refuse(tokens, [f"{changed}.{payload}.", f"{changed}.{payload}.{signature}"])
        await refuse(tokens, [f"{encoded({'typ': 'JWT'})}.{payload}.{signature}"])

    async def test_a_forger_with_the_key_passes_which_proves_the_next_tests(
        self, tokens: AccessTokens, forge: Forge
    ) -> None:
        assert await tokens.read(forge(await self.told(tokens))) == CLAIMS

    async def test_somebody_elses_word_is_refused(self, tokens: AccessTokens, forge: Forge) -> None:
        told = await self.told(tokens)
        for issuer in ("somebody else", "", "Darkroom", None, ["darkroom"], 1):
            await refuse(tokens, [forge({**told, "iss": issuer})])

    @pytest.mark.parametrize("claim", ["iss", "sub", "sid", "exp", "username", "role", "permissions"])
    async def test_every_claim_must_be_there(self, tokens: AccessTokens, forge: Forge, claim: str) -> None:
        told = await self.told(tokens)
        without = {name: value for name, value in told.items() if name != claim}
        await refuse(tokens, [forge(without), forge({**told, claim: None})])

    @pytest.mark.parametrize(
        ("claim", "values"),
        [
            ("sub", ["", "x", 1, [], {}, True, "0" * 33]),
            ("sid", ["", "x", 1, [], {}, True]),
            ("exp", ["soon", "1e9", [], {}, True, 0, -1, 10**400, 1e308, float("inf"), float("nan")]),
            ("nbf", [int(NOW.timestamp()) + 3600, "soon", [], float("nan")]),
            ("iat", [int(NOW.timestamp()) + 3600, "soon", []]),
            ("permissions", [1, True, "media_store_write", [1], [["a"]], {"a": 1}]),
            ("username", [1, [], {}]),
            ("role", [1, [], {}]),
        ],
    )
    async def test_every_claim_must_make_sense(
        self, tokens: AccessTokens, forge: Forge, claim: str, values: list[object]
    ) -> None:
        told = await self.told(tokens)
        await refuse(tokens, [forge({**told, claim: value}) for value in values])

    async def test_garbage_is_refused(self, tokens: AccessTokens) -> None:
        header, payload, signature = (await tokens.issue(CLAIMS)).split(".")
        whole = f"{header}.{payload}.{signature}"
        await refuse(
            tokens, ["", ".", "..", "....", "a.b.c", "a.b.c.d.e", "é.é.é", "\ud800", "\x00", f"Bearer {whole}"]
        )
        await refuse(tokens, [f"{whole}\n", f" {whole}", f"{whole}=", f"{header}.{payload}.!{signature}"])
        values: list[object] = [b"\xff", b"{", 1, [], "x", None, {"alg": {}}, {**decoded(header), "crit": ["x"]}]
        await refuse(tokens, [f"{encoded(head)}.{payload}.{signature}" for head in values])
        await refuse(tokens, [f"{header}.{encoded(body)}.{signature}" for body in values])

    async def test_long_and_deep_tokens_are_refused(self, tokens: AccessTokens) -> None:
        header, payload, signature = (await tokens.issue(CLAIMS)).split(".")
        deep = encoded(b"[" * 100_000)
        await refuse(tokens, ["x" * 1_000_000, "." * 100_000, f"{header}.{payload}.{'A' * 1_000_000}"])
        await refuse(tokens, [f"{deep}.{payload}.{signature}", f"{header}.{deep}.{signature}"])
        nested = encoded(b'{"a":' * 50_000)
        await refuse(tokens, [f"{nested}.{payload}.{signature}", f"{header}.{nested}.{signature}"])

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(ANY_TEXT | st.lists(st.binary(), max_size=5).map(lambda parts: ".".join(map(encoded, parts))))
    async def test_whatever_is_shown_it_is_read_or_refused(self, tokens: AccessTokens, token: str) -> None:
        await refuse(tokens, [token])

    async def told(self, tokens: AccessTokens) -> dict[str, Any]:
        """The claims of a good token."""
        return decoded((await tokens.issue(CLAIMS)).split(".")[1])
