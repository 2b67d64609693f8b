"""From a URL to the addresses it may be fetched from."""

import socket
from collections.abc import Awaitable, Callable, Sequence

import anyio
import httpx2

from domain.egress import AddressForbidden, Allowance
from domain.errors import Unavailable

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_PORTS = {"http": 80, "https": 443}


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a host, in the order in which the system would try them."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def permitted_addresses(url: httpx2.URL, allowance: Allowance, lookup: Resolve) -> Sequence[str]:
    """Where to connect to for a URL; the name is looked up once, here, and the answer is what is connected to."""
    host = url.raw_host.decode("ascii")
    if url.scheme not in _PORTS or not host or url.userinfo:
        raise AddressForbidden("only http and https addresses without a user are fetched")
    try:
        addresses = await lookup(host, url.port or _PORTS[url.scheme])
    except (OSError, UnicodeError):
        raise Unavailable(f"the address of {host} cannot be found") from None
    permitted = [address for address in addresses if allowance.permits(host, address)]
    if not permitted:
        raise AddressForbidden(f"{host} lies where this service does not connect to; see EGRESS_ALLOW")
    return permitted
