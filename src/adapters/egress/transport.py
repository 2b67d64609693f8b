"""The one way out: every request to an address that somebody else chose goes through here."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass

import anyio
import httpx2

from adapters.egress.resolving import Resolve, permitted_addresses, resolve
from domain.egress import AddressForbidden, Allowance
from domain.errors import Unavailable

_REDIRECTS = {301, 302, 303, 307, 308}
_KEPT_BY_REDIRECTS = ("accept", "user-agent")
_CONNECT_WITHIN = 3.0


@dataclass(frozen=True, slots=True)
class EgressLimits:
    """How much of our time and memory an answer may take, its redirects included."""

    seconds: float = 10.0
    size: int = 1 << 20
    redirects: int = 3


class EgressTransport(httpx2.AsyncBaseTransport):
    """Fetches small things from the public internet, and from where the operator allows it, and nowhere else.

    Each request has a connection of its own to an address that was checked, with the host's name in Host and in the
    TLS handshake. Redirects of GET are followed here, each through the same check. Answers come whole.
    """

    def __init__(
        self,
        allowance: Allowance,
        *,
        limits: EgressLimits | None = None,
        lookup: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowance = allowance
        self._limits = limits or EgressLimits()
        self._lookup = lookup
        self._tls = tls

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The whole answer; whatever keeps it from us is `Unavailable`."""
        try:
            with anyio.fail_after(self._limits.seconds):
                return await self._followed(request)
        except TimeoutError:
            raise Unavailable(f"{request.url.host} does not answer in time") from None
        except (httpx2.TransportError, httpx2.InvalidURL, OSError) as error:
            raise Unavailable(f"{request.url.host} cannot be reached") from error

    async def _followed(self, request: httpx2.Request) -> httpx2.Response:
        for _ in range(self._limits.redirects + 1):
            response = await self._sent(request)
            following = _following(request, response)
            if following is None:
                return response
            request = following
        raise Unavailable(f"{request.url.host} redirects too often")

    async def _sent(self, request: httpx2.Request) -> httpx2.Response:
        addresses = await permitted_addresses(request.url, self._allowance, self._lookup)
        if self._tls is None:
            self._tls = httpx2.create_ssl_context()
        # No pool: a connection kept for one host could be taken for another that has the same address.
        async with httpx2.AsyncHTTPTransport(verify=self._tls, trust_env=False) as direct:
            response = await _first_answer(direct, request, addresses)
            try:
                content = await self._whole(request.url.host, response)
            finally:
                await response.aclose()
        return httpx2.Response(response.status_code, headers=response.headers, content=content)

    async def _whole(self, host: str, response: httpx2.Response) -> bytes:
        # A few packed bytes can be gigabytes, and we asked for none.
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Unavailable(f"{host} answers in an encoding that was not asked for")
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > self._limits.size:
                raise Unavailable(f"{host} answers with more than {self._limits.size} bytes")
        return bytes(content)


async def _first_answer(
    direct: httpx2.AsyncHTTPTransport, request: httpx2.Request, addresses: Sequence[str]
) -> httpx2.Response:
    for address in addresses[:-1]:
        try:
            return await direct.handle_async_request(_at(address, request))
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            continue
    return await direct.handle_async_request(_at(addresses[-1], request))


def _at(address: str, request: httpx2.Request) -> httpx2.Request:
    """The same request, sent to this address."""
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers={**request.headers, "accept-encoding": "identity", "connection": "close"},
        stream=request.stream,
        extensions={"sni_hostname": request.url.raw_host.decode("ascii"), "timeout": {"connect": _CONNECT_WITHIN}},
    )


def _following(request: httpx2.Request, response: httpx2.Response) -> httpx2.Request | None:
    """The request a redirect leads to; credentials do not travel along."""
    location = response.headers.get("location")
    if request.method not in {"GET", "HEAD"} or response.status_code not in _REDIRECTS or location is None:
        return None
    url = request.url.join(location)
    if request.url.scheme == "https" and url.scheme != "https":
        raise AddressForbidden(f"{request.url.host} redirects from https to something else")
    kept = {name: request.headers[name] for name in _KEPT_BY_REDIRECTS if name in request.headers}
    return httpx2.Request(request.method, url, headers=kept)
