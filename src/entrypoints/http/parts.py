"""The parts of a request beside its body: path, query and headers, each validated as one value."""

from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from pydantic import TypeAdapter

from domain.errors import FieldError, Invalid

QUERY_PARAMETERS = 200


class QueryPart:
    """Reads one type out of query strings: text is converted, names nobody knows are left alone."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter
        properties = properties_of(adapter)
        self._lists = {name for name, schema in properties.items() if _is_list(schema)}

    def parse(self, query_string: bytes) -> Any:
        """The value, or a ValidationError."""
        if not query_string:
            return self._adapter.validate_python({})
        try:
            pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=QUERY_PARAMETERS)
        except ValueError:
            raise Invalid(f"the query has more than {QUERY_PARAMETERS} parameters") from None
        found: dict[str, Any] = {}
        for name, value in pairs:
            if "\x00" in value:
                raise Invalid(
                    "some values cannot be kept", errors=[FieldError(name, "must not contain the character NUL")]
                )
            if name in self._lists:
                found.setdefault(name, []).append(value)
            else:
                found[name] = value
        return self._adapter.validate_python(found)


class HeaderPart:
    """Reads one type out of headers: the field `idempotency_key` is the header Idempotency-Key."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter
        self._names = [(name.lower().replace("_", "-").encode(), name) for name in properties_of(adapter)]

    def parse(self, headers: dict[bytes, bytes]) -> Any:
        """The value, or a ValidationError."""
        found = {name: headers[wire].decode("latin-1") for wire, name in self._names if wire in headers}
        return self._adapter.validate_python(found)


@cache
def properties_of(adapter: TypeAdapter[Any]) -> dict[str, Any]:
    """The fields of the type, by the names a client uses, as JSON Schema."""
    schema = adapter.json_schema()
    if "$ref" in schema:
        schema = schema["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    properties: dict[str, Any] = schema.get("properties", {})
    return properties


def _is_list(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "array" or any(_is_list(each) for each in schema.get("anyOf", ()))
