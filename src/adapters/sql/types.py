"""Column types that give back exactly what they were given, whichever database keeps it."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ColumnElement, DateTime, Dialect, TypeDecorator, cast, types
from sqlalchemy import Text as PlainText
from sqlalchemy import Uuid as NativeUuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from domain.errors import Invalid

NOBODY = UUID(int=0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def storable(text: str) -> str:
    """What no database takes (NUL, halves of surrogate pairs) becomes the replacement character."""
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def dump_json(value: Any) -> str:
    """JSON that every database takes."""
    try:
        dumped = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise Invalid(f"this cannot be kept as JSON: {error}") from error
    return storable(_ESCAPED_NUL.sub("\\1\N{REPLACEMENT CHARACTER}", dumped))


class Text(TypeDecorator[str]):
    """Text of any origin."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Uuid(TypeDecorator[UUID]):
    """An id: native in PostgreSQL, its usual 36 characters in SQLite."""

    impl = NativeUuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(PlainText() if dialect.name == "sqlite" else NativeUuid())

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return UUID(value) if isinstance(value, str) else value


class ProjectId(Uuid):
    """The id of a project, or the nil UUID for none, so that what has none can be looked for like the rest."""

    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return super().process_bind_param(value or NOBODY, dialect)

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        found = super().process_result_value(value, dialect)
        return None if found == NOBODY else found


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, exact to the microsecond: native in PostgreSQL, microseconds since 1970 in SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without its time zone cannot be kept")
        return (value - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return _EPOCH + value * _MICROSECOND if isinstance(value, int) else value.astimezone(UTC)


class Day(TypeDecorator[date]):
    """A day, as text that sorts like it."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """Plain data; None is SQL's NULL."""

    impl = types.JSON
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(none_as_null=True)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(PlainText())
        return dialect.type_descriptor(JSONB(none_as_null=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        # PostgreSQL's own JSON types call `dump_json` themselves: the engine is given it.
        return dump_json(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return json.loads(value) if isinstance(value, str) and dialect.name == "sqlite" else value


class JsonText(Json):
    """Plain data that keeps the order of its keys, and is read as the text it is kept as."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(PlainText() if dialect.name == "sqlite" else JSON(none_as_null=True))

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        # PostgreSQL's driver would decode it, where whoever reads may know the text already.
        return cast(column, PlainText)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value
