"""Codes of an app, as the standard has them, and codes on paper."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import pytest

from domain.second_factor import (
    RECOVERY_CODES,
    SecondFactor,
    code_at,
    hash_recovery_code,
    in_base32,
    otpauth_url,
    recovery_code,
)

KEY = b"12345678901234567890"
NOW = datetime(2026, 7, 31, 12, 0, 15, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30
FACTOR = SecondFactor(UUID(int=1), "salt", NOW)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_codes_of_rfc_6238(seconds: int, code: str) -> None:
    """Its table has eight digits; six are the last of them."""
    assert code_at(KEY, seconds // 30) == code[-6:]


@pytest.mark.parametrize("off", range(-3, 4))
def test_a_code_is_good_one_step_around(off: int) -> None:
    step = FACTOR.step_of(code_at(KEY, STEP + off), KEY, NOW)
    assert step == (STEP + off if abs(off) <= 1 else None)


@pytest.mark.parametrize("code", ["", "0", "12345", "1234567", "abcdef", "写真", "\ud800", "-", "000000000000"])
def test_other_words_are_no_codes(code: str) -> None:
    assert FACTOR.step_of(code, KEY, NOW) is None
    assert FACTOR.spent(code, KEY, NOW) is None


def test_a_code_counts_once_and_none_before_it_afterwards() -> None:
    used = FACTOR.spent(code_at(KEY, STEP), KEY, NOW)
    assert used == replace(FACTOR, last_step=STEP)
    for step in (STEP, STEP - 1):
        assert used.spent(code_at(KEY, step), KEY, NOW) is None
    assert used.spent(code_at(KEY, STEP + 1), KEY, NOW) == replace(FACTOR, last_step=STEP + 1)
    later = NOW + timedelta(seconds=30)
    assert used.spent(code_at(KEY, STEP), KEY, later) is None
    assert used.spent(code_at(KEY, STEP + 1), KEY, later) == replace(FACTOR, last_step=STEP + 1)


def test_codes_are_read_as_people_type_them() -> None:
    code = code_at(KEY, STEP)
    assert FACTOR.step_of(f" {code[:3]} {code[3:]}\n", KEY, NOW) == STEP
    paper = recovery_code("chance")
    factor = FACTOR.confirmed(STEP, (paper,), NOW)
    for typed in (paper, paper.upper(), paper.replace("-", ""), f" {paper.replace('-', ' ')} "):
        assert factor.spent(typed, KEY, NOW) == replace(factor, recovery_hashes=())


def test_recovery_codes_are_long_differ_and_count_once_each() -> None:
    codes = tuple(recovery_code(str(number)) for number in range(RECOVERY_CODES))
    assert len(set(codes)) == RECOVERY_CODES == 10
    assert all(len(code.replace("-", "")) == 16 for code in codes)
    factor = FACTOR.confirmed(STEP, codes, NOW)
    assert factor.on
    assert not FACTOR.on
    assert not set(codes) & set(factor.recovery_hashes)
    for left, code in enumerate(reversed(codes)):
        spent = factor.spent(code, KEY, NOW)
        assert spent is not None
        assert len(spent.recovery_hashes) == RECOVERY_CODES - left - 1
        assert spent.spent(code, KEY, NOW) is None
        factor = spent
    assert hash_recovery_code(codes[0]) not in factor.recovery_hashes


def test_the_secret_hangs_on_the_seal_and_on_the_salt() -> None:
    secrets = {
        FACTOR.secret("seal"), FACTOR.secret("seal2"), replace(FACTOR, salt="salt2").secret("seal"),
    }  # fmt: skip
    assert {len(secret) for secret in secrets} == {20}
    assert len(secrets) == 3


def test_what_an_app_reads() -> None:
    url = urlsplit(otpauth_url(KEY, "Darkroom a.example", "riz&co=?/@b.example"))
    assert (url.scheme, url.netloc) == ("otpauth", "totp")
    assert unquote(url.path) == "/Darkroom a.example:riz&co=?/@b.example"
    assert "+" not in url.query, "apps take it for a plus"
    told = parse_qs(url.query)
    assert told == {
        "secret": [in_base32(KEY)], "issuer": ["Darkroom a.example"], "algorithm": ["SHA1"], "digits": ["6"],
        "period": ["30"],
    }  # fmt: skip
    assert base64.b32decode(in_base32(KEY)) == KEY
