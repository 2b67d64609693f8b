"""Which other sites' pages may call us."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.errors import Forbidden
from entrypoints.http.log_context import current
from entrypoints.http.problems import answer, answer_refusal, problem

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


_FOREIGN = "darkroom.foreign_page"


class OriginRefused(Forbidden):
    """A page of another site asked for what is given without any proof of who asks."""

    code = "origin_refused"

    def __init__(self) -> None:
        super().__init__("pages of this origin may not do this; CORS_ORIGINS names those that may")


def is_foreign_page(scope: Scope) -> bool:
    """Whether a page asks that is neither of our own origin nor of one that CORS_ORIGINS names."""
    return bool(scope.get(_FOREIGN))


class Origins:
    """Sorts requests by the page they come from.

    `*` lets every page act for whoever gives it a token. What needs no token is only for our own pages and those of
    origins that are named: else any page could use a service that its visitor reaches and it does not.
    """

    def __init__(self, app: ASGIApp, origins: tuple[str, ...], public_url: str) -> None:
        own = urlsplit(public_url)
        self._named = frozenset(origins) - {"*"}
        self._own = f"{own.scheme}://{own.netloc}".lower()
        self._usual = Cors(app, origins)
        self._strict = Cors(app, tuple(self._named))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = headers.get("origin")
        if origin is None or origin in self._named or self._is_own(origin, headers):
            await self._usual(scope, receive, send)
            return
        scope[_FOREIGN] = True
        if not _needs_no_token(scope["path"], headers):
            await self._usual(scope, receive, send)
        elif _is_preflight(scope, headers):
            await self._strict(scope, receive, send)
        else:
            refusal = answer_refusal(OriginRefused())
            refusal.headers["Vary"] = "Origin"
            await refusal(scope, receive, send)

    def _is_own(self, origin: str, headers: Headers) -> bool:
        return origin == self._own or urlsplit(origin).netloc == headers.get("host")


def _needs_no_token(path: str, headers: Headers) -> bool:
    if path in {"/auth/register", "/metrics"}:
        return True
    announced = headers.get("access-control-request-headers", "").lower().replace(" ", "").split(",")
    return path.startswith("/entity") and "authorization" not in headers and "authorization" not in announced


def _is_preflight(scope: Scope, headers: Headers) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in headers


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
        if (record := current()) is not None:
            record.module = "Cors"
        if response.status_code < 400:
            return response
        kept = {
            name: value
            for name, value in response.headers.items()
            if name == "vary" or name.startswith("access-control-")
        }
        return answer(problem(400, "cors_refused", bytes(response.body).decode()), kept)
