"""One operation at work: how often, who asks, what with, the handler, the answer.

Everything that can be is prepared once.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from application.ports.rate_limiter import RateLimiter
from application.ports.replays import Replays
from domain.errors import FieldError, Invalid
from entrypoints.http.authentication import Auth, Authenticator, Gate
from entrypoints.http.file_form import read_away
from entrypoints.http.form_body import FormOrJsonBody
from entrypoints.http.idempotency import Answered, Asked, Once, asked_of
from entrypoints.http.json_body import JsonBody, capped, check_length, field_errors, read_whole
from entrypoints.http.log_context import current
from entrypoints.http.middleware.security_headers import show_elsewhere
from entrypoints.http.operations import Op, Reply
from entrypoints.http.parts import HeaderPart, QueryPart
from entrypoints.http.rates import Turnstile

_JSON = (b"content-type", b"application/json")


class BodyNotWanted(Exception):
    """The headers of a HEAD answer are out; producing the body can stop."""


class Operation:
    """Serves one Op."""

    def __init__(
        self,
        op: Op,
        authenticator: Authenticator,
        limiter: RateLimiter | None = None,
        replays: Replays | None = None,
    ) -> None:
        parts = op.parts
        self._once = Once(replays, op.told_once) if op.replayed and replays else None
        self._op = op
        self._turnstile = Turnstile(op.rate, limiter) if op.rate and limiter else None
        usual = None if op.auth is Auth.NONE else Gate(op.auth, authenticator, op.token_in_query)
        self._gate = op.guard or usual
        self._path = parts.get("path")
        self._query = QueryPart(parts["query"]) if "query" in parts else None
        self._headers = HeaderPart(parts["headers"]) if "headers" in parts else None
        reader = FormOrJsonBody if op.urlencoded else JsonBody
        self._body = reader(parts["body"]) if "body" in parts else None
        self._result = op.result
        self._wants_caller = "caller" in op.hints
        self._wants_request = "request" in op.hints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        op = self._op
        if (record := current()) is not None:
            record.module = op.module
        if op.shown_elsewhere:
            show_elsewhere(scope)
        if self._turnstile is not None:
            await self._turnstile(scope)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        arguments: dict[str, Any] = {}
        caller = await self._gate(scope, headers) if self._gate is not None else None
        if self._wants_caller:
            arguments["caller"] = caller
        if op.max_body is not None:
            check_length(headers, op.max_body)
            receive = capped(receive, op.max_body)
        body = await self._read(scope, receive, headers, arguments)
        if self._wants_request:
            arguments["request"] = Request(scope, receive, send)
        asked = asked_of(scope, headers, caller, body) if self._once is not None else None
        if self._once is not None and asked is not None:
            outcome = await self._done_once(self._once, asked, Request(scope, receive, send), arguments)
        else:
            outcome = await op.handler(**arguments)
        await self._answer(outcome, scope, receive, send)

    async def _done_once(self, once: Once, asked: Asked, request: Request, arguments: dict[str, Any]) -> Answered:
        async def answer() -> Answered:
            return self._written(await self._op.handler(**arguments))

        read_file = partial(self._op.read_away or read_away, request) if self._op.form is not None else None
        return await once(asked, answer, request.scope, read_file)

    async def _read(
        self, scope: Scope, receive: Receive, headers: dict[bytes, bytes], arguments: dict[str, Any]
    ) -> bytes:
        """Every part of the request into the arguments; the body as it came is given back."""
        body = b""
        if self._path is not None:
            try:
                arguments["path"] = self._path.validate_python(scope["path_params"])
            except ValidationError:
                raise self._op.missing() from None
        wrong: list[FieldError] = []
        if self._query is not None:
            _collect("query", arguments, wrong, self._query.parse, scope["query_string"])
        if self._headers is not None:
            _collect("headers", arguments, wrong, self._headers.parse, headers)
        if self._body is not None:
            body = await read_whole(receive)
            _collect("body", arguments, wrong, self._body.parse, body, headers)
        if wrong:
            raise Invalid(_summary(wrong), errors=wrong)
        return body

    async def _answer(self, outcome: Any, scope: Scope, receive: Receive, send: Send) -> None:
        if isinstance(outcome, Response):
            await outcome(scope, receive, send)
            return
        answered = outcome if isinstance(outcome, Answered) else self._written(outcome)
        head = _encoded(answered.headers)
        if self._result is not None:
            head.append(_JSON)
        if answered.status not in {204, 304}:
            head.append((b"content-length", b"%d" % len(answered.content)))
        await send({"type": "http.response.start", "status": answered.status, "headers": head})
        await send({"type": "http.response.body", "body": answered.content})

    def _written(self, outcome: Any) -> Answered:
        reply = outcome if isinstance(outcome, Reply) else Reply(outcome)
        content = b"" if self._result is None else self._result.dump_json(reply.content)
        return Answered(reply.status or self._op.status, content, tuple(reply.headers.items()))


class Endpoint:
    """All the operations of one path; HEAD is GET without its body."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._operations = dict(operations)
        self._methods = frozenset(operations)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whose method is known to be one of these."""
        method = scope["method"]
        if method != "HEAD":
            await self._operations[method](scope, receive, send)
            return
        operation = self._operations["HEAD" if "HEAD" in self._methods else "GET"]
        try:
            await operation(scope, receive, _head_only(send))
        except BodyNotWanted:
            return


def _head_only(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        await send({"type": "http.response.body", "body": b""})
        if message.get("more_body", False):
            raise BodyNotWanted

    return sending


def _collect(part: str, arguments: dict[str, Any], wrong: list[FieldError], parse: Any, *raw: Any) -> None:
    try:
        arguments[part] = parse(*raw)
    except ValidationError as error:
        wrong.extend(field_errors(error))
    except Invalid as error:
        wrong.extend(error.errors or [FieldError(part, error.detail)])


def _summary(wrong: list[FieldError]) -> str:
    first = wrong[0]
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return f"{first.field}: {first.message}{more}" if first.field else f"{first.message}{more}"


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
