"""A second factor: set up, asked for, used up, switched off, and guessed at."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest

from application.identity.find_account import FindAccount
from application.identity.open_session import Tokens
from application.identity.throttle import CODES
from domain.access import UserCaller
from domain.audit import AuditAction, Origin
from domain.errors import NotSignedIn, TooMany
from domain.identity import UserMissing, WrongCredentials, WrongPassword
from domain.oauth import ForeignIdentity
from domain.second_factor import (
    NoPassword,
    SecondFactorOff,
    SecondFactorOn,
    SecondFactorRequired,
    SecondFactorWrong,
    WrongCode,
    code_at,
)
from tests.unit.use_cases.identity.house import PASSWORD, SECOND, SOMEWHERE, House, asking

pytestmark = pytest.mark.anyio

STEP = timedelta(seconds=30)


@dataclass
class Phone:
    """Anna's, with an app on it, and what she wrote on paper."""

    house: House
    anna: UserCaller
    secret: bytes = b""
    paper: Sequence[str] = ()

    def code(self, steps: int = 0) -> str:
        return code_at(self.secret, int(self.house.clock.now().timestamp()) // 30 + steps)

    def wrong(self) -> str:
        """A code that is none of those around."""
        good = {self.code(steps) for steps in range(-2, 3)}
        return next(f"{number:06}" for number in range(9) if f"{number:06}" not in good)

    async def set_up(self) -> None:
        told = await self.house.begin_totp(self.anna)
        self.secret = base64.b32decode(told.secret)
        self.paper = await self.house.confirm_totp(self.anna, self.code(), SOMEWHERE)
        self.house.clock.advance(STEP)

    async def sign_in(self, otp: str | None = None, origin: Origin = SOMEWHERE, password: str = PASSWORD) -> Tokens:
        return await self.house.sign_in("anna", password, origin, otp)


@pytest.fixture
async def phone(house: House) -> Phone:
    return Phone(house, asking(await house.somebody()))


async def test_from_the_first_code_to_the_last(phone: Phone) -> None:
    house = phone.house
    told = await house.begin_totp(phone.anna)
    url = urlsplit(told.otpauth_url)
    assert parse_qs(url.query)["secret"] == [told.secret]
    assert url.path == "/Darkroom%20darkroom.example:anna"
    await phone.sign_in(), "it is not confirmed yet"
    await phone.set_up()
    assert len(phone.paper) == 10
    with pytest.raises(SecondFactorRequired):
        await phone.sign_in()
    await phone.sign_in(phone.code())
    with pytest.raises(SecondFactorWrong):
        await phone.sign_in(phone.code())
    await phone.sign_in(phone.paper[3])
    with pytest.raises(SecondFactorWrong):
        await phone.sign_in(phone.paper[3])
    house.clock.advance(STEP)
    await house.end_totp(phone.anna, PASSWORD, phone.code(), SOMEWHERE)
    await phone.sign_in()
    (used,) = await house.lines(AuditAction.RECOVERY_CODE_USED)
    assert (used.subject, used.origin.actor_id, used.payload) == (
        f"user:{phone.anna.user_id}", phone.anna.user_id, {"left": 9},
    )  # fmt: skip
    told_of = [line.action for line in await house.lines(AuditAction.TOTP_ENABLED, AuditAction.TOTP_DISABLED)]
    assert told_of == [AuditAction.TOTP_ENABLED, AuditAction.TOTP_DISABLED]
    refused = await house.lines(AuditAction.SIGN_IN_REFUSED)
    assert [line.payload for line in refused] == [{"why": "second_factor"}] * 2, "a code that is missing is no failure"


async def test_whoever_does_not_know_the_password_learns_nothing_of_it(phone: Phone) -> None:
    await phone.set_up()
    for otp in (None, phone.code(), phone.paper[0]):
        with pytest.raises(WrongCredentials):
            await phone.sign_in(otp, password="stolen horse")
    await phone.sign_in(phone.code()), "nothing was used up"


async def test_nothing_that_is_kept_tells_the_secret_or_a_code(phone: Phone) -> None:
    await phone.set_up()
    kept = repr(phone.house.rows.rows)
    plain = [base64.b32encode(phone.secret).decode(), repr(phone.secret), phone.secret.hex(), *phone.paper]
    plain += [code.replace("-", "") for code in phone.paper]
    assert [each for each in plain if each in kept] == []


async def test_a_code_that_many_use_at_once_signs_one_in(phone: Phone) -> None:
    for code in ("app", "paper"):
        if code == "app":
            await phone.set_up()
        ended: list[str] = []

        async def come(otp: str, ended: list[str] = ended) -> None:
            try:
                await phone.sign_in(otp)
            except SecondFactorWrong:
                ended.append("out")
            else:
                ended.append("in")

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(come, phone.code() if code == "app" else phone.paper[0])
        assert sorted(ended) == ["in"] + ["out"] * 4
        phone.house.clock.advance(timedelta(minutes=10))


async def test_it_is_set_up_once(phone: Phone) -> None:
    house = phone.house
    with pytest.raises(SecondFactorOff):
        await house.confirm_totp(phone.anna, "123456", SOMEWHERE)
    first = await house.begin_totp(phone.anna)
    phone.secret = base64.b32decode(first.secret)
    old = phone.code()
    second = await house.begin_totp(phone.anna)
    assert first.secret != second.secret
    for wrong in (old, phone.wrong(), "", "\0"):
        with pytest.raises(WrongCode):
            await house.confirm_totp(phone.anna, wrong, SOMEWHERE)
    phone.secret = base64.b32decode(second.secret)
    await house.confirm_totp(phone.anna, phone.code(), SOMEWHERE)
    with pytest.raises(SecondFactorWrong):
        await phone.sign_in(phone.code())
    for again in (house.begin_totp(phone.anna), house.confirm_totp(phone.anna, phone.code(1), SOMEWHERE)):
        with pytest.raises(SecondFactorOn):
            await again


async def test_there_must_be_a_password_to_put_it_beside(phone: Phone) -> None:
    house = phone.house
    async with house.store.begin() as unit:
        user = await unit.users.get(phone.anna.user_id)
        assert user is not None
        await unit.users.save(replace(user, password_hash=None))
        await unit.commit()
    with pytest.raises(NoPassword):
        await house.begin_totp(phone.anna)
    await house.delete_user(await house.su(), phone.anna.user_id, SOMEWHERE)
    for gone in (house.begin_totp(phone.anna), house.end_totp(phone.anna, PASSWORD, "123456", SOMEWHERE)):
        with pytest.raises(NotSignedIn):
            await gone


async def test_switching_it_off_takes_password_and_code(phone: Phone) -> None:
    house = phone.house
    with pytest.raises(SecondFactorOff):
        await house.end_totp(phone.anna, PASSWORD, "123456", SOMEWHERE)
    await phone.set_up()
    with pytest.raises(WrongPassword):
        await house.end_totp(phone.anna, "stolen horse", phone.code(), SOMEWHERE)
    with pytest.raises(WrongCode):
        await house.end_totp(phone.anna, PASSWORD, phone.wrong(), SOMEWHERE)
    with pytest.raises(SecondFactorRequired):
        await phone.sign_in()
    await house.end_totp(phone.anna, PASSWORD, phone.paper[0], SOMEWHERE)
    await phone.sign_in()


async def test_the_operator_switches_it_off_for_who_is_locked_out(phone: Phone) -> None:
    house = phone.house
    with pytest.raises(UserMissing):
        await house.end_totp.of("nobody")
    with pytest.raises(SecondFactorOff):
        await house.end_totp.of("anna")
    await phone.set_up()
    assert (await house.end_totp.of("anna@example.org")).id == phone.anna.user_id
    await phone.sign_in()
    (line,) = await house.lines(AuditAction.TOTP_DISABLED)
    assert (line.subject, line.origin) == (f"user:{phone.anna.user_id}", Origin())


async def test_a_password_that_is_set_anew_leaves_it_on(phone: Phone) -> None:
    await phone.set_up()
    await phone.house.change_password.of("anna", "three blind mice")
    with pytest.raises(SecondFactorRequired):
        await phone.sign_in(password="three blind mice")


async def test_guesses_count_for_the_account(phone: Phone) -> None:
    """As wrong passwords do: then the right code waits, too."""
    await phone.set_up()
    for _ in range(10):
        with pytest.raises(SecondFactorWrong):
            await phone.sign_in(phone.wrong())
    for otp in (phone.wrong(), phone.code(), None):
        with pytest.raises(TooMany):
            await phone.sign_in(otp)
    phone.house.clock.advance(31 * SECOND)
    await phone.sign_in(phone.code())


@pytest.mark.parametrize("door", ["sign-in", "switching off"])
async def test_a_crowd_of_addresses_guesses_no_faster(phone: Phone, door: str) -> None:
    await phone.set_up()

    async def guess(number: int, otp: str) -> None:
        origin = Origin(None, f"192.0.2.{number}", None)
        if door == "sign-in":
            await phone.sign_in(otp, origin)
        else:
            await phone.house.end_totp(phone.anna, PASSWORD, otp, origin)

    for number in range(CODES.count):
        with pytest.raises((SecondFactorWrong, WrongCode)):
            await guess(number, phone.wrong())
    with pytest.raises(TooMany) as told:
        await guess(99, phone.code())
    assert told.value.retry_after is not None
    phone.house.clock.advance(timedelta(seconds=told.value.retry_after + 1))
    await guess(99, phone.code())


async def test_what_a_stranger_set_up_goes_with_the_stranger(phone: Phone) -> None:
    """The owner of the address signs in through a provider and is given a password later."""
    house = phone.house
    await phone.set_up()
    find = FindAccount(house.store, house.end_sessions, house.remember, house.clock, house.ids, registration_open=True)
    anna = ForeignIdentity("corp", "https://login.example", "1", "anna@example.org", email_verified=True)
    assert (await find(anna, SOMEWHERE)).id == phone.anna.user_id
    await house.change_password.of("anna", "three blind mice")
    await phone.sign_in(password="three blind mice")
