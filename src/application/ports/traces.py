"""Port: what was done for one request or job, step by step, through every program it went. An optional power."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Literal, Protocol

Attributes = Mapping[str, str | int | float | bool]
Kind = Literal["internal", "server", "client", "consumer"]

NOTHING: Attributes = MappingProxyType({})


class Span(Protocol):
    """One step. What is told of it after its end is lost."""

    def rename(self, name: str) -> None:
        """Call it by a better name, known only by now."""
        ...

    def tell(self, attributes: Attributes) -> None:
        """Facts about it: never what a user wrote, and no secrets."""
        ...

    def fail(self, kind: str) -> None:
        """It went wrong, in a way that has a name; never the words of an error, which may quote anything."""
        ...

    def end(self) -> None:
        """It is over; saying so again is quiet."""
        ...


class Traces(Protocol):
    """Remembers steps; each belongs to the one that was under way where it began, also across tasks and threads.

    Nothing here waits for anybody or raises: traces that nobody takes are lost, and all else goes on.
    An error that leaves a step is noted as `application.tracing.note_error` has it.
    """

    def continued(
        self, name: str, carried: str | None, attributes: Attributes = NOTHING, *, kind: Kind = "server"
    ) -> AbstractContextManager[Span]:
        """The first step of this program: the trace goes on that was `carried` here from another place or time.

        A new trace begins where nothing is carried, or nothing sane.
        """
        ...

    def span(
        self, name: str, attributes: Attributes = NOTHING, *, kind: Kind = "internal"
    ) -> AbstractContextManager[Span]:
        """A step; those within are its parts. Outside of a trace, and below a step that is over, there are none.

        So what a program does by itself, such as looking for work, is nobody's trace.
        """
        ...

    def leaf(self, name: str, attributes: Attributes = NOTHING, *, kind: Kind = "client") -> Span:
        """A step without parts, to be ended by `end`: wherever, even if it began in another task."""
        ...

    def carried(self) -> str | None:
        """The step under way as a W3C `traceparent`, to be kept or sent along; None outside of a trace."""
        ...
