"""Which names we answer to: another site that points its own name at us would have its pages count as ours."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.http.problems import answer, problem

_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:]+))(?::[0-9]*)?")
_REFUSED = "this service does not answer to the Host of this request; name it in ALLOWED_HOSTS, or in PUBLIC_URL"


class Hosts:
    """Lets through what is asked by the host of `public_url`, one of `allowed`, `localhost` or an IP address.

    Health is answered under any name, since load balancers send the one they please.
    """

    def __init__(self, app: ASGIApp, public_url: str, allowed: tuple[str, ...]) -> None:
        self._app = app
        self._names = {"localhost", urlsplit(public_url).hostname, *(name.lower() for name in allowed)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or answer 421."""
        if scope["type"] == "http" and not _is_health(scope["path"]) and not self._answers_to(scope):
            await answer(problem(421, "host_not_in_allowed_hosts", _REFUSED))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _answers_to(self, scope: Scope) -> bool:
        said = [value for name, value in scope["headers"] if name == b"host"]
        match = _HOST.fullmatch(said[0].decode("latin-1")) if len(said) == 1 else None
        if match is None:
            return False
        name = match["v6"] or match["name"].lower().removesuffix(".")
        return name in self._names or _is_address(name)


def _is_health(path: str) -> bool:
    return path == "/health" or path.startswith("/health/")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
