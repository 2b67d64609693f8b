"""Errors → answers: the one table of statuses and the one shape of every error body (RFC 9457)."""

import re
from http import HTTPStatus
from math import ceil

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from domain.errors import (
    Conflict,
    DarkroomError,
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    NotFound,
    NotSignedIn,
    StorageFull,
    TooLarge,
    TooMany,
    Unavailable,
    UnsupportedMedia,
)
from entrypoints.http.log_context import current

PROBLEM_JSON = "application/problem+json"

STATUSES: dict[type[DarkroomError], int] = {
    Malformed: 400,
    NotSignedIn: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    TooLarge: 413,
    UnsupportedMedia: 415,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
    StorageFull: 507,
}

# What the protocol itself refuses, outside of any category of the domain.
PROTOCOL_PROBLEMS: dict[int, tuple[str, str]] = {
    400: ("malformed_request", "the request cannot be understood"),
    404: ("route_not_found", "nothing is served at this path; /docs lists what is"),
    405: ("method_not_allowed", "this path does not know the method; the header Allow lists those it does"),
    408: ("request_timeout", "the request body came too slowly; try again"),
    416: ("range_not_satisfiable", "the range lies beyond the end"),
    431: ("headers_too_large", "the request line and headers are too large"),
    500: ("internal_error", "something went wrong on our side; quote the request_id when you report it"),
    503: ("unavailable", "the service is shutting down; try again"),
}


class FieldProblem(BaseModel):
    """One thing wrong with one field of the request."""

    field: str
    message: str


class Problem(BaseModel):
    """The body of every error."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    error: str
    request_id: str
    errors: list[FieldProblem] | None = None


def status_of(kind: type[DarkroomError]) -> int:
    """The status of an error's category; an error of no category is a fault of ours."""
    return next((STATUSES[category] for category in kind.__mro__ if category in STATUSES), 500)


def problem(status: int, code: str, detail: str, errors: list[FieldProblem] | None = None) -> Problem:
    """An error body of the running request."""
    record = current()
    title = HTTPStatus(status).phrase
    request_id = record.request_id if record else ""
    return Problem(
        title=title, status=status, detail=detail, code=code, error=detail, request_id=request_id, errors=errors
    )


def answer(body: Problem, headers: dict[str, str] | None = None) -> Response:
    """The response that carries an error body; the access line tells its detail."""
    record = current()
    if record is not None:
        record.detail = body.detail
    content = body.model_dump_json(exclude_none=True)
    return Response(content, body.status, headers, media_type=PROBLEM_JSON)


def answer_refusal(error: DarkroomError) -> Response:
    """The answer to something Darkroom refuses on purpose."""
    status = status_of(type(error))
    headers: dict[str, str] = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, ceil(error.retry_after)))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    errors = [FieldProblem(field=each.field, message=each.message) for each in error.errors] or None
    return answer(problem(status, error.code, error.detail, errors), headers)


def answer_protocol(status: int, headers: dict[str, str] | None = None) -> Response:
    """The answer to what the protocol refuses: unknown paths, methods, a fault of ours."""
    phrase = HTTPStatus(status).phrase
    code, detail = PROTOCOL_PROBLEMS.get(status, (re.sub(r"[^a-z]+", "_", phrase.lower()), phrase))
    return answer(problem(status, code, detail), headers)


def answer_http_exception(error: HTTPException) -> Response:
    """The answer to what the framework refuses, with its headers."""
    return answer_protocol(error.status_code, dict(error.headers or {}))
