"""What a decorator is tried on: something that notes every call and answers, yields or raises what it is given."""

import inspect
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.tables import every_row


@dataclass(frozen=True)
class Call:
    """One method of a port with arguments for every parameter; `yields` when it gives its results one by one."""

    method: str
    args: tuple[Any, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    yields: bool = False
    answer: Any = None

    def bound(self, port: type) -> dict[str, Any]:
        """The arguments by the names the port has for them."""
        return dict(inspect.signature(getattr(port, self.method)).bind(None, *self.args, **self.more).arguments)


class Recorder:
    """The port's other side."""

    def __init__(self, port: type, call: Call, *, error: BaseException | None = None) -> None:
        self._port, self._call, self._error = port, call, error
        self.calls: list[dict[str, Any]] = []
        self.yielded = 0
        self.closed = False

    def __getattr__(self, name: str) -> Any:
        assert name == self._call.method, f"{name} was called for {self._call.method}"
        if self._call.yields:
            return self._results
        if not inspect.iscoroutinefunction(getattr(self._port, name)):
            return self._plain
        return self._awaited

    def _note(self, args: tuple[Any, ...], more: dict[str, Any]) -> None:
        self.calls.append(Call(self._call.method, args, more).bound(self._port))

    def _plain(self, *args: Any, **more: Any) -> Any:
        self._note(args, more)
        return self._call.answer

    async def _awaited(self, *args: Any, **more: Any) -> Any:
        self._note(args, more)
        if self._error is not None:
            raise self._error
        return self._call.answer

    async def _results(self, *args: Any, **more: Any) -> AsyncGenerator[Any, None]:
        self._note(args, more)
        try:
            for result in self._call.answer:
                self.yielded += 1
                yield result
            if self._error is not None:
                raise self._error
        finally:
            self.closed = True


class Stopped(BaseException):
    """As when a task is cancelled."""


Decorated = Callable[[Any], Any]


def require_every_method(port: type, calls: Sequence[Call]) -> None:
    """A port that gets another method needs another row, so that no decorator can lack it."""
    public = {name for name in vars(port) if not name.startswith("_")}
    assert {call.method for call in calls} == public


async def require_passed_on(port: type, calls: Sequence[Call], decorated: Decorated) -> None:
    """Arguments arrive as they were given, answers come back as they were made, and errors are the very same."""
    require_every_method(port, calls)
    with every_row() as table:
        for call in calls:
            with table.row(port.__name__, call.method):
                inner = Recorder(port, call)
                answer = await outcome(decorated(inner), call)
                assert answer == call.answer if call.yields else answer is call.answer
                assert inner.calls == [call.bound(port)]
            if not call.yields and not inspect.iscoroutinefunction(getattr(port, call.method)):
                continue
            for error in (ValueError("wrong"), Stopped()):
                with table.row(port.__name__, call.method, type(error).__name__):
                    with pytest.raises(type(error)) as caught:
                        await outcome(decorated(Recorder(port, call, error=error)), call)
                    assert caught.value is error
            if call.yields:
                with table.row(port.__name__, call.method, "one by one, until nobody wants more"):
                    inner = Recorder(port, call)
                    async with aclosing(getattr(decorated(inner), call.method)(*call.args, **call.more)) as results:
                        assert inner.yielded == 0
                        assert await anext(results) is call.answer[0]
                        assert (inner.yielded, inner.closed) == (1, False)
                    assert inner.closed


async def outcome(decorated: Any, call: Call) -> Any:
    """What comes of one call."""
    made = getattr(decorated, call.method)(*call.args, **call.more)
    if call.yields:
        return [result async for result in made]
    return await made if inspect.isawaitable(made) else made
