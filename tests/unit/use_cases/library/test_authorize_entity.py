"""The library's three modes × every kind of token × reading and writing, held against the document's own rules."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from adapters.crypto.external_tokens import PemTokens
from adapters.memory.clock import ManualClock
from application.library.authorize_entity import AuthorizeEntity
from domain.entity_access import EntityMode, EntityNeed
from domain.errors import DarkroomError, Forbidden, NotSignedIn
from tests.tables import over_rows
from tests.unit.use_cases.identity.house import PASSWORD, SOMEWHERE, House

pytestmark = pytest.mark.anyio

THEIRS = ECKey.generate_key("P-256", private=True)
SOMEBODY_ELSES = ECKey.generate_key("P-256", private=True)
CLOCK = ManualClock()
LEFT_OUT = object()
NOW = int(CLOCK.now().timestamp())

MODES = {
    "normal": EntityMode(),
    "reading needs a token": EntityMode(read_auth_enabled=True),
    "demo": EntityMode(auth_disabled=True),
    "demo, reading needs a token": EntityMode(auth_disabled=True, read_auth_enabled=True),
}


def confused(secret: bytes) -> str:
    """A token whose HMAC was made with what everybody may know: the public key."""
    head, body = (b64(part) for part in (b'{"alg":"HS256"}', b'{"is_admin":true}'))
    return f"{head}.{body}.{b64(hmac.new(secret, f'{head}.{body}'.encode(), hashlib.sha256).digest())}"


def b64(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed(*, key: ECKey = THEIRS, **claims: Any) -> str:
    claims = {"sub": "user123", "exp": NOW + 60, **claims}
    told = {name: value for name, value in claims.items() if value is not LEFT_OUT}
    return jwt.encode({"alg": "ES256"}, told, key, algorithms=["ES256"])


TOKENS: dict[str, str | None] = {
    "none": None,
    "empty": "",
    "garbage": "not.a.token",
    "reader": signed(permissions=["media_store_read"]),
    "writer": signed(permissions=["media_store_write"]),
    "both": signed(permissions=["media_store_read", "media_store_write"]),
    "other permissions": signed(permissions=["media_store"]),
    "no permissions": signed(),
    "permissions that are no list": signed(permissions="media_store_write"),
    "admin": signed(is_admin=True),
    "nearly admin": signed(is_admin="true"),
    "expired": signed(permissions=["media_store_read", "media_store_write"], exp=NOW - 1),
    "expired admin": signed(is_admin=True, exp=NOW - 1),
    "for ever": signed(is_admin=True, exp=LEFT_OUT),
    "for ever, said aloud": signed(is_admin=True, exp=None),
    "not yet": signed(is_admin=True, nbf=NOW + 30),
    "signed by another": signed(key=SOMEBODY_ELSES, is_admin=True),
    "unsigned": "eyJhbGciOiJub25lIn0.eyJpc19hZG1pbiI6dHJ1ZX0.",
    "signed with the public key as a secret": confused(THEIRS.as_pem(private=False)),
}
VALID = {"reader", "writer", "both", "other permissions", "no permissions", "permissions that are no list", "admin",
         "nearly admin"}  # fmt: skip
HOLDERS = {
    EntityNeed.READ: {"reader", "both", "admin"},
    EntityNeed.WRITE: {"writer", "both", "admin"},
}


def by_the_document(mode: EntityMode, need: EntityNeed, token: str) -> type[DarkroomError] | None:
    """The document's pseudo code, step by step."""
    if mode.auth_disabled:
        return None
    if need is EntityNeed.READ and not mode.read_auth_enabled:
        return None
    if token not in VALID:
        return NotSignedIn
    return None if token in HOLDERS[need] else Forbidden


@pytest.fixture
def house() -> House:
    return House(clock=CLOCK)


@pytest.fixture
def authorize(house: House) -> Callable[[EntityMode], AuthorizeEntity]:
    theirs = PemTokens(THEIRS.as_pem(private=False), CLOCK)
    return lambda mode: AuthorizeEntity(mode, house.authenticate, theirs)


async def outcome(authorize: AuthorizeEntity, need: EntityNeed, token: str | None) -> type[DarkroomError] | None:
    try:
        await authorize(need, token)
    except DarkroomError as refused:
        return NotSignedIn if isinstance(refused, NotSignedIn) else type(refused)
    return None


@over_rows(("mode", "need", "token"), list(product(MODES, EntityNeed, TOKENS)))
async def test_the_truth_table(
    authorize: Callable[[EntityMode], AuthorizeEntity], mode: str, need: EntityNeed, token: str
) -> None:
    told = await outcome(authorize(MODES[mode]), need, TOKENS[token])
    assert told is by_the_document(MODES[mode], need, token)


@pytest.mark.parametrize(("who", "reads", "writes"), [("su", None, None), ("user", None, Forbidden)])
async def test_our_own_tokens_count_too(
    house: House,
    authorize: Callable[[EntityMode], AuthorizeEntity],
    who: str,
    reads: type[DarkroomError] | None,
    writes: type[DarkroomError] | None,
) -> None:
    await (house.su() if who == "su" else house.somebody())
    name = "root" if who == "su" else "anna"
    token = (await house.sign_in(name, PASSWORD, SOMEWHERE)).access_token
    strict = authorize(EntityMode(read_auth_enabled=True))
    assert await outcome(strict, EntityNeed.READ, token) is reads
    assert await outcome(strict, EntityNeed.WRITE, token) is writes


async def test_without_a_foreign_key_only_our_own_tokens_count(house: House) -> None:
    alone = AuthorizeEntity(EntityMode(), house.authenticate)
    assert await outcome(alone, EntityNeed.WRITE, TOKENS["admin"]) is NotSignedIn


async def test_a_token_ends_to_the_second(authorize: Callable[[EntityMode], AuthorizeEntity], house: House) -> None:
    clock = ManualClock()
    tokens = AuthorizeEntity(EntityMode(), house.authenticate, PemTokens(THEIRS.as_pem(private=False), clock))
    token = signed(is_admin=True, exp=NOW + 10)
    clock.advance(timedelta(seconds=9))
    assert await outcome(tokens, EntityNeed.WRITE, token) is None
    clock.advance(timedelta(seconds=2))
    assert await outcome(tokens, EntityNeed.WRITE, token) is NotSignedIn


@over_rows(
    ("claims", "fits"),
    [
        ({"aud": "library", "iss": "https://login.example"}, {"neither", "audience", "issuer", "both"}),
        ({"aud": ["shop", "library"], "iss": "https://login.example"}, {"neither", "audience", "issuer", "both"}),
        ({"aud": "library"}, {"neither", "audience"}),
        ({"iss": "https://login.example"}, {"neither", "issuer"}),
        ({}, {"neither"}),
        ({"aud": "library-2", "iss": "https://login.example/"}, {"neither"}),
        ({"aud": "lib", "iss": "https://login"}, {"neither"}),
        ({"aud": ["LIBRARY"], "iss": ""}, {"neither"}),
        ({"aud": [], "iss": "login"}, {"neither"}),
    ],
)
async def test_only_tokens_that_are_meant_for_us_count_where_we_know_what_that_is(
    house: House, claims: dict[str, object], fits: set[str]
) -> None:
    pem, aud, iss = THEIRS.as_pem(private=False), "library", "https://login.example"
    told = {
        "neither": PemTokens(pem, CLOCK),
        "audience": PemTokens(pem, CLOCK, aud),
        "issuer": PemTokens(pem, CLOCK, issuer=iss),
        "both": PemTokens(pem, CLOCK, aud, iss),
    }
    token = signed(is_admin=True, **claims)
    taken = {
        name
        for name, tokens in told.items()
        if await outcome(AuthorizeEntity(EntityMode(), house.authenticate, tokens), EntityNeed.WRITE, token) is None
    }
    assert taken == fits


def test_a_file_that_holds_no_such_key_is_said(tmp_path: Path) -> None:
    for name, content in (
        ("missing.pem", None),
        ("text.pem", b"hello"),
        ("rsa.pem", RSAKey.generate_key(2048, private=True).as_pem(private=False)),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=name):
            PemTokens.of_file(tmp_path / name, CLOCK)
