"""What every keeper of passwords promises."""

import time

import anyio
import pytest

from application.ports.passwords import Passwords

PASSWORD = "correct horse battery"


class PasswordsContract:
    """Collected through a subclass with two fixtures: `passwords`, as cheap as can be, and `dear`, as in real use."""

    @pytest.mark.parametrize("password", [PASSWORD, "пароль🙂パス", "x" * 128, "🙂" * 128, " spaced ", "nul\x00inside"])
    async def test_a_password_opens_its_own_hash_and_no_other(self, passwords: Passwords, password: str) -> None:
        hashed = await passwords.hash(password)
        assert await passwords.verify(password, hashed) is True
        for other in (password[:-1], password + "x", password[:-1] + "~", password.strip() + "  ", ""):
            assert await passwords.verify(other, hashed) is False

    async def test_no_two_hashes_are_equal_and_none_shows_the_password(self, passwords: Passwords) -> None:
        hashes = {await passwords.hash(PASSWORD) for _ in range(3)}
        assert len(hashes) == 3
        assert not any(PASSWORD in hashed for hashed in hashes)

    @pytest.mark.parametrize("password", [PASSWORD, "", "nobody's password", "None"])
    @pytest.mark.parametrize("hashed", [None, "", "!", "plain", "$argon2id$", "$2b$12$abc", "\ud800", "x" * 10_000])
    async def test_where_there_is_no_hash_nothing_opens(
        self, passwords: Passwords, password: str, hashed: str | None
    ) -> None:
        assert await passwords.verify(password, hashed) is False

    async def test_a_hash_is_not_its_own_password(self, passwords: Passwords) -> None:
        hashed = await passwords.hash(PASSWORD)
        assert await passwords.verify(hashed, hashed) is False

    @pytest.mark.parametrize("password", ["lone \ud83d surrogate", "x" * 100_000])
    async def test_what_is_no_password_opens_nothing(self, passwords: Passwords, password: str) -> None:
        assert await passwords.verify(password, await passwords.hash(PASSWORD)) is False
        assert await passwords.verify(password, None) is False

    async def test_a_hash_is_not_outdated_while_nothing_changes(self, passwords: Passwords) -> None:
        assert passwords.outdated(await passwords.hash(PASSWORD)) is False

    @pytest.mark.parametrize("missing", [None, ""])
    async def test_an_account_without_a_password_costs_the_same(self, dear: Passwords, missing: str | None) -> None:
        hashed = await dear.hash(PASSWORD)
        await dear.verify(PASSWORD, missing)
        known, unknown = [], []
        for _ in range(5):
            known.append(await cpu_seconds(dear, hashed))
            unknown.append(await cpu_seconds(dear, missing))
        # The cheapest of several is what it costs when nothing disturbs.
        assert 0.5 < min(unknown) / min(known) < 2

    async def test_hashing_holds_up_nobody(self, dear: Passwords) -> None:
        crowd, turns = 6, 0

        async def take_turns() -> None:
            nonlocal turns
            while True:
                await anyio.sleep(0.001)
                turns += 1

        async with anyio.create_task_group() as others:
            others.start_soon(take_turns)
            async with anyio.create_task_group() as group:
                for _ in range(crowd):
                    group.start_soon(dear.hash, PASSWORD)
            others.cancel_scope.cancel()
        assert turns > 2 * crowd


async def cpu_seconds(passwords: Passwords, hashed: str | None) -> float:
    """What one wrong guess costs; the time that passes depends on what else the machine does."""
    began = time.process_time()
    await passwords.verify("wrong guess", hashed)
    return time.process_time() - began
