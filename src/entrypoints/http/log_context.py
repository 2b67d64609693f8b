"""What a request says about itself while it runs; the access line, the answers and the problem bodies read it."""

from contextvars import ContextVar, Token
from dataclasses import dataclass, field

UNROUTED = "Error"


@dataclass(slots=True)
class RequestRecord:
    """The notes of one request; `headers` go with its answer, whatever that will be."""

    request_id: str
    module: str = UNROUTED
    context: dict[str, object] = field(default_factory=dict)
    detail: str | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


_current: ContextVar[RequestRecord | None] = ContextVar("request_record", default=None)


def begin(record: RequestRecord) -> Token[RequestRecord | None]:
    """Make the record the one of this request, and of every task it starts."""
    return _current.set(record)


def end(token: Token[RequestRecord | None]) -> None:
    """Forget the record."""
    _current.reset(token)


def current() -> RequestRecord | None:
    """The record of the running request, or None outside of one."""
    return _current.get()


def add_context(**pairs: object) -> None:
    """Add `key=value` pairs to the access line, in this order; None is left out, outside of a request all are."""
    record = _current.get()
    if record is not None:
        record.context.update((key, value) for key, value in pairs.items() if value is not None)
