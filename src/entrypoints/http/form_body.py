"""Bodies that may be plain forms as well as JSON: what a browser posts by itself."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic import TypeAdapter

from domain.errors import FieldError, Invalid, Malformed
from entrypoints.http.json_body import JsonBody

FORM = "application/x-www-form-urlencoded"
FORM_FIELDS = 100


class FormOrJsonBody:
    """Reads one type out of urlencoded forms, where all is text, and out of JSON otherwise."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter
        self._json = JsonBody(adapter)

    def parse(self, body: bytes, headers: Mapping[bytes, bytes]) -> Any:
        """The value, or Malformed, Invalid, UnsupportedMedia or a ValidationError."""
        kind = headers.get(b"content-type", b"").decode("latin-1").lower().partition(";")[0].strip()
        if kind != FORM:
            return self._json.parse(body, headers)
        return self._adapter.validate_strings(read_fields(body))


def read_fields(body: bytes) -> dict[str, str]:
    """The fields of an urlencoded form, each once."""
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS)
    except ValueError:
        raise Malformed(f"the body is no form of at most {FORM_FIELDS} fields in UTF-8") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise Invalid("some fields are there twice", errors=[FieldError(name, "is there twice") for name in twice])
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise Invalid("the form contains the character NUL")
    return fields
