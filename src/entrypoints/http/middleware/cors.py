"""Which other sites' pages may call us."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from entrypoints.http.problems import answer, problem

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "X-Api-Key",
    "X-Project-Id",
    "Idempotency-Key",
    "X-Request-Id",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "Last-Event-ID",
    "Range",
    # What upload widgets and tracing send by themselves.
    "Cache-Control",
    "X-Requested-With",
    "traceparent",
    "tracestate",
)
EXPOSED_HEADERS = (
    "X-Request-Id",
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "WWW-Authenticate",
    "Allow",
    "Location",
    "ETag",
    "Content-Disposition",
    "Content-Range",
    "Accept-Ranges",
    "Idempotency-Replayed",
)


class Cors(CORSMiddleware):
    """CORS without cookies: credentials travel in headers that are named here."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=REQUEST_HEADERS,
            expose_headers=EXPOSED_HEADERS,
            max_age=600,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a preflight; a refusal has the shape of every other error."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        kept = {
            name: value
            for name, value in response.headers.items()
            if name == "vary" or name.startswith("access-control-")
        }
        return answer(problem(400, "cors_refused", bytes(response.body).decode()), kept)
