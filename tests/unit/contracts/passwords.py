"""What every keeper of passwords promises."""

import time

import anyio
import pytest

from application.ports.passwords import Passwords

PASSWORD = "correct horse battery"


class PasswordsContract:
    """Collected through a subclass with a `passwords` fixture whose hashing takes some milliseconds."""

    @pytest.mark.parametrize("password", [PASSWORD, "пароль🙂パス", "x" * 128, "🙂" * 128, " spaced ", "nul\x00inside"])
    async def test_a_password_opens_its_own_hash_and_no_other(self, passwords: Passwords, password: str) -> None:
        hashed = await passwords.hash(password)
        assert await passwords.verify(password, hashed)
        for other in (password[:-1], password + "x", password.swapcase() + " ", ""):
            assert not await passwords.verify(other, hashed)

    async def test_every_character_counts(self, passwords: Passwords) -> None:
        hashed = await passwords.hash("x" * 127 + "a")
        assert not await passwords.verify("x" * 127 + "b", hashed)
        hashed = await passwords.hash("nul\x00a")
        assert not await passwords.verify("nul\x00b", hashed)

    async def test_no_two_hashes_are_equal_and_none_shows_the_password(self, passwords: Passwords) -> None:
        hashes = {await passwords.hash(PASSWORD) for _ in range(3)}
        assert len(hashes) == 3
        assert not any(PASSWORD in hashed for hashed in hashes)

    @pytest.mark.parametrize("password", [PASSWORD, "", "nobody's password", "None"])
    async def test_an_unknown_account_has_no_password(self, passwords: Passwords, password: str) -> None:
        assert await passwords.verify(password, None) is False

    @pytest.mark.parametrize("hashed", ["", "!", "plain", "$argon2id$", "$2b$12$abc", "\ud800", "x" * 10_000])
    async def test_what_is_no_hash_opens_to_nothing(self, passwords: Passwords, hashed: str) -> None:
        for password in (PASSWORD, hashed, "", "nobody's password"):
            assert await passwords.verify(password, hashed) is False

    @pytest.mark.parametrize("password", ["lone \ud83d surrogate", "x" * 100_000])
    async def test_what_is_no_password_opens_nothing(self, passwords: Passwords, password: str) -> None:
        assert await passwords.verify(password, await passwords.hash(PASSWORD)) is False
        assert await passwords.verify(password, None) is False

    async def test_a_hash_is_not_outdated_while_nothing_changes(self, passwords: Passwords) -> None:
        assert passwords.outdated(await passwords.hash(PASSWORD)) is False

    @pytest.mark.parametrize("missing", [None, ""])
    async def test_an_account_without_a_password_costs_the_same(
        self, passwords: Passwords, missing: str | None
    ) -> None:
        hashed = await passwords.hash(PASSWORD)
        await passwords.verify(PASSWORD, None)
        known, unknown = [], []
        for _ in range(9):
            known.append(await seconds(passwords, hashed))
            unknown.append(await seconds(passwords, missing))
        # The quickest of many is what it costs when nobody disturbs.
        assert 0.5 < min(unknown) / min(known) < 2

    async def test_hashing_holds_up_nobody(self, passwords: Passwords) -> None:
        turns = 0
        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(passwords.hash, PASSWORD)
            while passwords_are_hashed(group):
                turns += 1
                await anyio.sleep(0.001)
        assert turns > 3


def passwords_are_hashed(group: anyio.abc.TaskGroup) -> bool:
    """Whether tasks of the group are still at work."""
    return bool(group._tasks)  # type: ignore[attr-defined]


async def seconds(passwords: Passwords, hashed: str | None) -> float:
    """What one wrong guess takes."""
    began = time.perf_counter()
    await passwords.verify("wrong guess", hashed)
    return time.perf_counter() - began
