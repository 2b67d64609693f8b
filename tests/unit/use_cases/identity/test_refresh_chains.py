"""Refresh tokens against a model of API.md's sentence, in any order and at any pace."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from application.identity.open_session import TokenLifetimes
from application.identity.refresh_session import SessionEnded
from domain.audit import AuditAction
from domain.identity import User
from tests.unit.use_cases.identity.house import SECOND, SOMEWHERE, House

T = TypeVar("T")
LIFETIME = timedelta(minutes=2)


@dataclass
class Family:
    """All tokens of one session, oldest first; when each but the last was used."""

    tokens: list[str]
    expires_at: datetime
    used_at: list[datetime] = field(default_factory=list)
    ended: bool = False

    def expected(self, index: int, now: datetime) -> str | None:
        """The token that showing one of these gives: `new`, a known one, or nothing."""
        newest = len(self.tokens) - 1
        if self.ended or now >= self.expires_at:
            return None
        if index == newest:
            return "new"
        just_used = index == newest - 2 and now - self.used_at[newest - 1] <= 10 * SECOND
        if index == newest - 1 or just_used:
            return self.tokens[index + 1]
        return None


class RefreshChains(RuleBasedStateMachine):
    """Some sessions of one account, their tokens shown by whoever has them."""

    families: Bundle[Family] = Bundle("families")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.house = House(lifetimes=TokenLifetimes(refresh=LIFETIME))
        self.user: User = self.run(self.house.somebody())
        self.known: list[Family] = []
        self.reused = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.runner.close()

    @initialize(target=families)
    def sign_in_first(self) -> Family:
        return self.opened()

    @rule(target=families)
    def sign_in(self) -> Family:
        return self.opened()

    def opened(self) -> Family:
        tokens = self.run(self.house.open_session(self.user, SOMEWHERE, by="test"))
        family = Family([tokens.refresh_token], self.house.clock.now() + LIFETIME)
        self.known.append(family)
        return family

    @rule(seconds=st.sampled_from([1, 4, 5, 6, 10, 11, 60, 119, 120]))
    def wait(self, seconds: float) -> None:
        self.house.clock.advance(timedelta(seconds=seconds))

    @rule(family=families, age=st.integers(0, 5))
    def show(self, family: Family, age: int) -> None:
        index, now = max(len(family.tokens) - 1 - age, 0), self.house.clock.now()
        expected = family.expected(index, now)
        try:
            told = self.run(self.house.refresh(family.tokens[index], SOMEWHERE)).refresh_token
        except SessionEnded:
            assert expected is None
            self.reused += not family.ended and now < family.expires_at
            family.ended = True
            return
        if expected == "new":
            assert not any(told in each.tokens for each in self.known)
            family.tokens.append(told)
            family.used_at.append(now)
            family.expires_at = now + LIFETIME
        else:
            assert told == expected

    @rule(family=families)
    def sign_out(self, family: Family) -> None:
        self.run(self.house.end_sessions.by_refresh_token(family.tokens[-1], SOMEWHERE))
        family.ended = True
        with pytest.raises(SessionEnded):
            self.run(self.house.refresh(family.tokens[-1], SOMEWHERE))

    @invariant()
    def as_many_live_as_should(self) -> None:
        now = self.house.clock.now()
        living = [each for each in self.known if not each.ended and now < each.expires_at]
        assert len(self.run(self.house.sessions.of_user(self.user.id, now))) == len(living)

    @invariant()
    def every_reuse_was_remembered(self) -> None:
        assert len(self.run(self.house.lines(AuditAction.REFRESH_REUSED))) == self.reused

    @invariant()
    def every_chain_is_one(self) -> None:
        kept = self.house.rows.rows.refresh_tokens.values()
        assert len(kept) == sum(len(each.tokens) for each in self.known)
        assert sum(each.used_at is None for each in kept) == len(self.known)


RefreshChains.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestRefreshChains = pytest.mark.slow(RefreshChains.TestCase)
