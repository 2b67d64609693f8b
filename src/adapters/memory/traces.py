"""Traces in this process's memory, for test suites."""

import re
from contextlib import AbstractContextManager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from secrets import token_hex
from types import TracebackType

from application.ports.traces import NOTHING, Attributes, Kind
from application.tracing import ERROR_TYPE, note_error

_SANE = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED = 1


@dataclass(slots=True)
class MemorySpan:
    """One step; `wanted` is false when whoever began the trace does not want it remembered."""

    name: str
    kind: Kind
    trace_id: str
    parent_id: str | None = None
    wanted: bool = True
    attributes: dict[str, str | int | float | bool] = field(default_factory=dict)
    failed: bool = False
    ended: bool = False
    span_id: str = field(default_factory=lambda: token_hex(8))
    kept_in: "list[MemorySpan] | None" = field(default=None, repr=False)

    @property
    def under_way(self) -> bool:
        """Whether it can have parts."""
        return self.wanted and not self.ended

    def rename(self, name: str) -> None:
        """Call it by a better name."""
        if self.under_way:
            self.name = name

    def tell(self, attributes: Attributes) -> None:
        """Facts about it."""
        if self.under_way:
            self.attributes.update(attributes)

    def fail(self, kind: str) -> None:
        """It went wrong."""
        self.tell({ERROR_TYPE: kind})
        self.failed = self.failed or self.under_way

    def end(self) -> None:
        """It is over."""
        if self.under_way and self.kept_in is not None:
            self.kept_in.append(self)
        self.ended = True


class MemoryTraces:
    """Keeps every step that came to its end in `ended`."""

    def __init__(self) -> None:
        self.ended: list[MemorySpan] = []
        self._current: ContextVar[MemorySpan | None] = ContextVar("span", default=None)

    def continued(
        self, name: str, carried: str | None, attributes: Attributes = NOTHING, *, kind: Kind = "server"
    ) -> AbstractContextManager[MemorySpan]:
        """The first step of this program."""
        found = _SANE.fullmatch(carried or "")
        trace_id, parent_id = (found[1], found[2]) if found else (token_hex(16), None)
        wanted = found is None or bool(int(found[3], 16) & _SAMPLED)
        span = MemorySpan(name, kind, trace_id, parent_id, wanted, dict(attributes), kept_in=self.ended)
        return _Within(self._current, span)

    def span(
        self, name: str, attributes: Attributes = NOTHING, *, kind: Kind = "internal"
    ) -> AbstractContextManager[MemorySpan]:
        """A step; those within are its parts."""
        part = self._part(name, attributes, kind)
        return _Within(self._current if part.wanted else None, part)

    def leaf(self, name: str, attributes: Attributes = NOTHING, *, kind: Kind = "client") -> MemorySpan:
        """A step without parts."""
        return self._part(name, attributes, kind)

    def carried(self) -> str | None:
        """The step under way."""
        current = self._current.get()
        if current is None or (current.wanted and current.ended):
            return None
        return f"00-{current.trace_id}-{current.span_id}-{int(current.wanted):02x}"

    def _part(self, name: str, attributes: Attributes, kind: Kind) -> MemorySpan:
        above = self._current.get()
        if above is None or not above.under_way:
            return MemorySpan(name, kind, "", wanted=False)
        return MemorySpan(name, kind, above.trace_id, above.span_id, True, dict(attributes), kept_in=self.ended)


class _Within:
    """Makes a step the one under way for as long as it lasts."""

    def __init__(self, current: ContextVar[MemorySpan | None] | None, span: MemorySpan) -> None:
        self._current, self._span = current, span
        self._token: Token[MemorySpan | None] | None = None

    def __enter__(self) -> MemorySpan:
        if self._current is not None:
            self._token = self._current.set(self._span)
        return self._span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._current is not None and self._token is not None:
            self._current.reset(self._token)
        if error is not None:
            note_error(self._span, error)
        self._span.end()
