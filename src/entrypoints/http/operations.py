"""An operation is said once: routing, validation, authentication and the OpenAPI document all come from it."""

import inspect
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter
from starlette.responses import Response

from domain.errors import DarkroomError, NotFound
from entrypoints.http.authentication import Auth
from entrypoints.http.rates import EVERYTHING_ELSE, RateRule

__all__ = ["PARTS", "Auth", "Door", "Op", "Reply"]

PARTS = ("path", "query", "headers", "body")
PLAIN = ("caller", "request")
MIB = 1 << 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """What a handler returns when the status or the headers are not the usual ones."""

    content: T
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Op:
    """One method on one path.

    The handler's parameters say what it needs: `path`, `query`, `headers`, `body` (types pydantic knows), `caller`
    and `request`. What it returns is serialised by its annotation, unless it is a Response already.
    A path part that does not fit means that the thing cannot exist: the error `absent` makes, 404.
    """

    method: str
    path: str
    handler: Callable[..., Awaitable[Any]]
    module: str
    status: int = 200
    auth: Auth = Auth.NONE
    errors: tuple[type[DarkroomError], ...] = ()
    absent: Callable[[], NotFound] | None = None
    max_body: int | None = MIB
    media: str | None = None
    form: type[BaseModel] | None = None
    urlencoded: bool = False  # the body may also come as a plain form
    also: Mapping[int, str] = field(default_factory=dict)  # further statuses → what they mean, for the document
    token_in_query: bool = False
    hidden: bool = False
    shown_elsewhere: bool = False  # pages of other origins may show what it answers, its redirects and refusals too
    replayed: bool = False  # it makes something: asked again with the same Idempotency-Key, it answers the same
    told_once: tuple[str, ...] = ()  # fields of the answer that are null when it is given again
    guard: Callable[..., Awaitable[Any]] | None = None  # a door's own gate; what it gives back is the caller
    read_away: Callable[..., Awaitable[None]] | None = None  # reads a form that is not the usual one, keeping nothing
    rate: RateRule | None = EVERYTHING_ELSE  # None for what must answer however often it is asked

    hints: Mapping[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        hints = get_type_hints(self.handler, include_extras=True)
        object.__setattr__(self, "hints", hints)
        unknown = inspect.signature(self.handler).parameters.keys() - {*PARTS, *PLAIN}
        if unknown:
            raise TypeError(f"{self.name} asks for {', '.join(sorted(unknown))}; it can have {PARTS + PLAIN}")
        if "caller" in hints and self.auth is Auth.NONE:
            raise TypeError(f"{self.name} asks for a caller, but {self.method} {self.path} lets anybody in unseen")

        if self.replayed and self.result is None:
            raise TypeError(f"{self.name} answers nothing that could be given again")

    @property
    def name(self) -> str:
        """The handler's name."""
        return self.handler.__name__

    @property
    def parts(self) -> dict[str, TypeAdapter[Any]]:
        """How each part of the request is validated."""
        return {part: _adapter(self.hints[part]) for part in PARTS if part in self.hints}

    @property
    def result(self) -> TypeAdapter[Any] | None:
        """How the answer is serialised; None when there is no JSON to write."""
        kinds = [kind for kind in _alternatives(self.hints.get("return")) if not _is_response(kind)]
        kinds = [get_args(kind)[0] if get_origin(kind) is Reply else kind for kind in kinds]
        if not kinds or kinds == [type(None)]:
            return None
        union: Any = Union[tuple(kinds)]  # noqa: UP007  (the members are known at run time only)
        return _adapter(union)

    def missing(self) -> NotFound:
        """The error of a path whose ids cannot exist: the same as for ids that do not."""
        if self.absent is not None:
            return self.absent()
        kind = next((error for error in self.errors if issubclass(error, NotFound)), NotFound)
        return kind(f"there is no such {kind.code.removesuffix('not_found').replace('_', ' ').strip() or 'thing'}")


class Door(Protocol):
    """A group of operations that one kind of client uses."""

    tag: str

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        ...


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)


def _is_response(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, Response)
