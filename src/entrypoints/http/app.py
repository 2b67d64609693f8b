"""The HTTP application: doors in, one ASGI app out."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp

from application.ports.measures import Measures
from application.ports.rate_limiter import RateLimiter
from application.ports.replays import Replays
from application.ports.traces import Traces
from entrypoints.http.authentication import Authenticator
from entrypoints.http.middleware.access_line import AccessLine
from entrypoints.http.middleware.cors import Origins
from entrypoints.http.middleware.hosts import Hosts
from entrypoints.http.middleware.incoming_bodies import IncomingBodies, Patience
from entrypoints.http.middleware.problem_net import ProblemNet
from entrypoints.http.middleware.request_ids import RequestIds
from entrypoints.http.middleware.security_headers import SecurityHeaders
from entrypoints.http.middleware.traced_requests import TracedRequests
from entrypoints.http.operations import Door
from entrypoints.http.routes.docs import DocsDoor
from entrypoints.http.routing import Routes, routes_of


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    """What the edge can be told."""

    title: str = "Darkroom"
    version: str = "0.0.0"
    public_url: str = "http://127.0.0.1:3000"
    allowed_hosts: tuple[str, ...] = ()  # beside that of `public_url`
    cors_origins: tuple[str, ...] = ("*",)
    docs: bool = True
    receive_timeout: float = 30.0  # seconds one piece of a request body may take
    min_rate: float = 1024.0  # bytes a second a body must bring beyond that


def create_app(
    doors: Sequence[Door],
    *,
    edge: EdgeConfig,
    authenticator: Authenticator,
    limiter: RateLimiter | None = None,
    replays: Replays | None = None,
    traces: Traces | None = None,
    measures: Measures | None = None,
) -> ASGIApp:
    """Everything the doors offer, behind the same edge; without a limiter, everybody may ask as often as they like.

    Without `replays`, an Idempotency-Key means nothing; without `traces` and `measures`, nobody watches.
    """
    all_doors = [*doors, DocsDoor(doors, edge.title, edge.version)] if edge.docs else list(doors)
    ops = [op for door in all_doors for op in door.operations()]
    app: ASGIApp = Routes(routes_of(ops, authenticator, limiter, replays))
    app = ProblemNet(app)
    app = IncomingBodies(app, Patience(edge.receive_timeout, edge.min_rate))
    app = Hosts(app, edge.public_url, edge.allowed_hosts)
    # A browser hides answers without CORS headers from its page, so these lie outside of every refusal.
    if edge.cors_origins:
        app = Origins(app, edge.cors_origins, edge.public_url)
    app = SecurityHeaders(app, https=edge.public_url.startswith("https://"))
    app = AccessLine(app, measures)
    if traces is not None:
        app = TracedRequests(app, traces)
    return RequestIds(app)
