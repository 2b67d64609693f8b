"""JSON bodies: read whole, refused early when hostile, validated strictly."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from domain.errors import FieldError, Invalid, Malformed, TooLarge, UnsupportedMedia

MOST_ERRORS = 100

# Bytes without which no NUL, NaN or infinite number can be in the document: most bodies are cleared by this alone.
_SUSPICIOUS = re.compile(rb"\\u0000|NaN|Infinity|[eE]\+?\d{3}|\d{300}")


class MalformedJson(Malformed):
    """The body is no JSON document."""

    code = "malformed_json"


def check_length(headers: Mapping[bytes, bytes], cap: int) -> None:
    """Refuse by the declared length, before a byte of the body is read."""
    declared = headers.get(b"content-length")
    if declared is None:
        return
    if not declared.isdigit():
        raise Malformed("the header Content-Length must be a number")
    if len(declared) > 18 or int(declared) > cap:
        raise _too_large(cap)


def capped(receive: Receive, cap: int) -> Receive:
    """A receive that refuses the first byte past the cap, whatever length was declared."""
    total = 0

    async def counting() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > cap:
            raise _too_large(cap)
        return message

    return counting


async def read_whole(receive: Receive) -> bytes:
    """The body in one piece."""
    chunks: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class JsonBody:
    """Reads one type out of JSON bodies; fields a model does not know are left alone unless it says otherwise."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter
        self.optional = _takes_none(adapter)

    def parse(self, body: bytes, headers: Mapping[bytes, bytes]) -> Any:
        """The value, or Malformed, UnsupportedMedia or a ValidationError."""
        if not body:
            if self.optional:
                return None
            raise MalformedJson("the body is empty; send a JSON document")
        _check_media_type(headers.get(b"content-type", b""))
        if _SUSPICIOUS.search(body):
            _look_closely(body)
        try:
            return self._adapter.validate_json(body, strict=True)
        except ValidationError as error:
            if error.error_count() == 1 and (first := error.errors(include_url=False)[0])["type"] == "json_invalid":
                raise MalformedJson(_one_line(first["msg"])) from None
            raise


def field_errors(error: ValidationError) -> list[FieldError]:
    """What is wrong, field by field; a flood of faults is not spelled out."""
    if error.error_count() > MOST_ERRORS:
        return [FieldError("", f"{error.error_count()} values are wrong; too many to list")]
    return [
        FieldError(".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, "))
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _check_media_type(content_type: bytes) -> None:
    kind, _, parameters = content_type.decode("latin-1").lower().partition(";")
    kind = kind.strip()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMedia("this takes JSON; send it with the header Content-Type: application/json")
    charset = re.search(r'charset\s*=\s*"?([^\s";]+)', parameters)
    if charset and charset[1] not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMedia("JSON is read as UTF-8")


def _look_closely(body: bytes) -> None:
    try:
        document = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise MalformedJson(_one_line(str(error))) from None
    faults = [FieldError(".".join(where), what) for where, what in _faults(document)]
    if faults:
        raise Invalid("some values cannot be kept", errors=faults[:MOST_ERRORS])


def _faults(document: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    todo: list[tuple[tuple[str, ...], Any]] = [((), document)]
    while todo:
        where, value = todo.pop()
        match value:
            case str() if "\x00" in value:
                yield where, "must not contain the character NUL"
            case float() if not math.isfinite(value):
                yield where, "is too large a number"
            case int() if value.bit_length() > 1023:
                yield where, "is too large a number"
            case dict():
                if any("\x00" in key for key in value):
                    yield where, "must not contain the character NUL in a name"
                todo.extend(((*where, key), item) for key, item in value.items())
            case list():
                todo.extend(((*where, str(index)), item) for index, item in enumerate(value))


def _takes_none(adapter: TypeAdapter[Any]) -> bool:
    try:
        adapter.validate_python(None, strict=True)
    except ValidationError:
        return False
    return True


def _one_line(message: str) -> str:
    return "the body is not valid JSON: " + message.removeprefix("Invalid JSON: ")


def _too_large(cap: int) -> TooLarge:
    return TooLarge(f"the body is larger than the {cap} bytes this takes")
