"""How it goes, for Prometheus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest

from starlette.responses import Response
from starlette.types import Scope

from application.ports.backlog import BacklogReads
from application.ports.measures import MeasuresPage
from domain.errors import NotSignedIn
from entrypoints.http.backlog_watch import BacklogWatch
from entrypoints.http.operations import Op
from entrypoints.http.rates import METRICS


@dataclass(frozen=True, slots=True)
class TokenGate:
    """Lets in who knows the token."""

    token: bytes

    async def __call__(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        """Return, or raise."""
        scheme, _, said = headers.get(b"authorization", b"").partition(b" ")
        if not compare_digest(said.strip(), self.token) or scheme.lower() != b"bearer":
            raise NotSignedIn("send Authorization: Bearer with the token that METRICS_TOKEN names")


class MetricsDoor:
    """For collectors of numbers; with a token, only for those that have it."""

    tag = "Metrics"

    def __init__(self, page: MeasuresPage, backlog: BacklogReads, token: str | None = None) -> None:
        self._page = page
        self._backlog = BacklogWatch(backlog)
        self._gate = TokenGate(token.encode()) if token else None

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        metrics = Op(
            "GET",
            "/metrics",
            self.metrics,
            module="Metrics",
            media="text/plain",
            guard=self._gate,
            errors=(NotSignedIn,),
            rate=METRICS,
        )
        return [metrics]

    async def metrics(self) -> Response:
        """What was measured, in the text format of Prometheus.

        Counters begin at zero when a process starts; with METRICS_DIR they are the sums of all processes of this
        machine. Where METRICS_TOKEN is set, it is the bearer token to send.
        """
        return Response(await self._page.write(await self._backlog()), media_type=self._page.media_type)
