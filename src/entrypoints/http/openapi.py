"""The OpenAPI 3.1 document, made from the same declarations that route and validate."""

import inspect
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from domain.errors import (
    DarkroomError,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    NotSignedIn,
    TooLarge,
    TooMany,
    UnsupportedMedia,
)
from entrypoints.http.authentication import Auth
from entrypoints.http.form_body import FORM
from entrypoints.http.idempotency import HEADER, PATTERN, KeyReused, StillUnderWay
from entrypoints.http.json_body import MalformedJson
from entrypoints.http.multipart_stream import MalformedMultipart
from entrypoints.http.operations import Door, Op
from entrypoints.http.problems import PROBLEM_JSON, Problem, status_of

Json = dict[str, Any]
Key = tuple[str, str, str]  # method, path and part of an operation

_PARAMETERS = (("path", "path"), ("query", "query"), ("headers", "header"))
_CONVERTORS: dict[str, Json] = {
    "str": {"type": "string"},
    "path": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "uuid": {"type": "string", "format": "uuid"},
}
_IDEMPOTENCY_KEY: Json = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": PATTERN},
    "description": "Any name for this request, of your own. Sent again with the same one within 24 hours, it is not "
    "done again but answered with the same status and body, and the header Idempotency-Replayed: true; what is told "
    "only once is null then. Another request under the same name is refused with 422, one that comes while the first "
    "is still under way with 409. Whatever was not successful is forgotten: repeat it under the same name. What broke "
    "off between its effect and its answer may be done again then, except for uploads, which find the file they made. "
    "The latest 10,000 answers of a caller are kept.",
}
_SECURITY: dict[Auth, list[Json]] = {
    Auth.USER: [{"bearer": []}],
    Auth.KEY: [{"apiKey": []}, {"bearer": []}],
    Auth.KEY_OR_USER: [{"bearer": []}, {"apiKey": []}],
    Auth.OPTIONAL: [{}, {"bearer": []}, {"apiKey": []}],
}
_SECURITY_SCHEMES: Json = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of POST /auth/login, or an API key.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "The API key of one project.",
    },
}


class Document:
    """Writes the document of some doors."""

    def __init__(self, doors: Sequence[Door], title: str, version: str) -> None:
        self._title, self._version = title, version
        self._ops = [(door.tag, op) for door in doors for op in door.operations() if not op.hidden]
        self._ids = _operation_ids(self._ops)
        self._schemas: Mapping[Key, Json] = {}
        self._components: Json = {}

    def write(self) -> Json:
        """The whole document."""
        self._schemas, self._components = _all_schemas([op for _, op in self._ops])
        paths: dict[str, Json] = {}
        for tag, op in self._ops:
            path = re.sub(r"{(\w+):\w+}", r"{\1}", op.path)
            paths.setdefault(path, {})[op.method.lower()] = self._operation(tag, op)
        return {
            "openapi": "3.1.0",
            "info": {"title": self._title, "version": self._version},
            "servers": [{"url": "/"}],
            "tags": [{"name": tag} for tag in dict.fromkeys(tag for tag, _ in self._ops)],
            "paths": paths,
            "components": {
                "schemas": self._components,
                "securitySchemes": _SECURITY_SCHEMES,
                "responses": {"Problem": self._problem("Any other error has the same shape")},
            },
        }

    def _operation(self, tag: str, op: Op) -> Json:
        summary, _, description = (inspect.getdoc(op.handler) or op.name.replace("_", " ")).partition("\n\n")
        operation: Json = {
            "operationId": self._ids[op.method, op.path],
            "summary": " ".join(summary.split()).rstrip("."),
            "tags": [tag],
            "parameters": self._parameters(op),
            "responses": self._responses(op),
        }
        if description:
            operation["description"] = description
        if (body := self._request_body(op)) is not None:
            operation["requestBody"] = body
        if op.auth is not Auth.NONE:
            operation["security"] = _SECURITY[op.auth]
        return operation

    def _parameters(self, op: Op) -> list[Json]:
        found: list[Json] = []
        for part, where in _PARAMETERS:
            if part not in op.hints:
                continue
            schema = self._resolved(self._schemas[op.method, op.path, part])
            for name, field in schema.get("properties", {}).items():
                found.append(
                    {
                        "name": name.replace("_", "-").title() if where == "header" else name,
                        "in": where,
                        "required": where == "path" or name in schema.get("required", ()),
                        "schema": _as_text({key: value for key, value in field.items() if key != "description"}),
                        **({"description": field["description"]} if "description" in field else {}),
                    }
                )
        named = {each["name"] for each in found if each["in"] == "path"}
        for name, convertor in re.findall(r"{(\w+):?(\w*)}", op.path):
            if name not in named:
                schema = _CONVERTORS[convertor or "str"]
                found.append({"name": name, "in": "path", "required": True, "schema": schema})
        if op.replayed:
            found.append(_IDEMPOTENCY_KEY)
        if op.token_in_query:
            found.append({"name": "token", "in": "query", "required": False, "schema": {"type": "string"}})
        return found

    def _request_body(self, op: Op) -> Json | None:
        if "body" in op.hints:
            schema = self._schemas[op.method, op.path, "body"]
            optional = any(each.get("type") == "null" for each in schema.get("anyOf", ()))
            kinds = ["application/json", *([FORM] if op.urlencoded else [])]
            return {"required": not optional, "content": {kind: {"schema": schema} for kind in kinds}}
        if op.form is not None:
            schema = self._schemas[op.method, op.path, "form"]
            return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
        return None

    def _responses(self, op: Op) -> Json:
        done: Json = {"description": HTTPStatus(op.status).phrase}
        if (op.method, op.path, "result") in self._schemas:
            done["content"] = {"application/json": {"schema": self._schemas[op.method, op.path, "result"]}}
        elif op.media:
            done["content"] = {op.media: {"schema": {}}}
        responses: Json = {str(op.status): done}
        for status, text in op.also.items():
            responses[str(status)] = {**(done if status < 300 else {}), "description": text}
        problems: dict[int, list[str]] = {}
        for kind in dict.fromkeys((*op.errors, *_implied(op))):
            problems.setdefault(status_of(kind), []).append(f"`{kind.code}`")
        for status, codes in sorted(problems.items()):
            responses.setdefault(str(status), self._problem(", ".join(dict.fromkeys(codes))))
        responses["default"] = {"$ref": "#/components/responses/Problem"}
        return responses

    def _problem(self, description: str) -> Json:
        return {
            "description": description,
            "content": {PROBLEM_JSON: {"schema": self._schemas["", "", "problem"]}},
        }

    def _resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            schema = self._components[schema["$ref"].rsplit("/", 1)[1]]
        return schema


def _as_text(schema: Json) -> Json:
    """The schema of a parameter, which can be left out but never be null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if len(kinds) == len(schema.get("anyOf", ())):
        return schema
    kept = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    return {**kept, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})}


def _operation_ids(ops: Sequence[tuple[str, Op]]) -> dict[tuple[str, str], str]:
    """The handlers' names, with the door's before it where two doors use the same."""
    names = Counter(op.name for _, op in ops)
    ids = {
        (op.method, op.path): op.name if names[op.name] == 1 else f"{re.sub(r'[^a-z0-9]+', '_', tag.lower())}_{op.name}"
        for tag, op in ops
    }
    twice = [name for name, uses in Counter(ids.values()).items() if uses > 1]
    if twice:
        raise ValueError(f"operations of one door with the same name: {', '.join(twice)}; hide one or rename it")
    return ids


def _implied(op: Op) -> list[type[DarkroomError]]:
    """The errors that the layer itself raises for an operation of this kind."""
    implied: list[type[DarkroomError]] = []
    if op.auth not in {Auth.NONE, Auth.OPTIONAL}:
        implied.append(NotSignedIn)
    if op.auth in {Auth.USER, Auth.KEY}:
        implied.append(Forbidden)
    if "path" in op.hints and not any(issubclass(error, NotFound) for error in op.errors):
        implied.append(NotFound)
    if "body" in op.hints or op.form is not None:
        implied += [MalformedMultipart if op.form else MalformedJson, Malformed, TooLarge, UnsupportedMedia]
    if {"query", "headers", "body"} & op.hints.keys():
        implied.append(Invalid)
    if op.replayed:
        implied += [KeyReused, StillUnderWay]
    if op.rate is not None:
        implied.append(TooMany)
    return implied


def _all_schemas(ops: Sequence[Op]) -> tuple[Mapping[Key, Json], Json]:
    """The schema of every part of every operation, and the shared ones they refer to."""
    wanted: list[tuple[Key, Any, TypeAdapter[Any]]] = [
        (("", "", "problem"), "serialization", TypeAdapter(Problem)),
    ]
    for op in ops:
        wanted += [((op.method, op.path, part), "validation", adapter) for part, adapter in op.parts.items()]
        if op.form is not None:
            wanted.append(((op.method, op.path, "form"), "validation", TypeAdapter(op.form)))
        if (result := op.result) is not None:
            wanted.append(((op.method, op.path, "result"), "serialization", result))
    generator = GenerateJsonSchema(ref_template="#/components/schemas/{model}")
    made, shared = generator.generate_definitions([(key, mode, adapter.core_schema) for key, mode, adapter in wanted])
    return {key: schema for (key, _), schema in made.items()}, {str(name): schema for name, schema in shared.items()}
