"""How many connections there may be: fewer than the process may open files, and not all of them from one address."""

import resource
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from time import monotonic

from entrypoints.logs import log

MOST_OPEN_FILES = 1 << 16
ACCEPTED_AT_ONCE = 512
KEPT_FREE = ACCEPTED_AT_ONCE + 128  # files for blobs, databases and decoders, and for what is accepted only to be ended
LEAST = 64
SHARE = 4  # one address gets one part in so many
LOGGED_EVERY = 10.0

Network = IPv4Network | IPv6Network


def most_connections() -> int:
    """As many as leave some files free, once this process may open as many as the system grants it."""
    return max(LEAST, _raised_open_files() - KEPT_FREE)


def _raised_open_files() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    granted = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < granted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
    return granted


@dataclass(slots=True)
class Connections:
    """Those that are open. A trusted proxy stands for many clients, and may have all of them."""

    most: int
    proxies: Sequence[Network] = ()
    open: int = 0
    by_client: Counter[str] = field(default_factory=Counter)
    logged_at: float = -LOGGED_EVERY

    def take(self, address: str) -> str | None:
        """Count one more and give what it is counted under; None when there are enough of them."""
        client = client_of(address)
        from_one = max(LEAST, self.most // SHARE)
        if self.open >= self.most:
            self._log("all connections are in use", open=self.most)
            return None
        if self.by_client[client] >= from_one and not self._is_proxy(address):
            self._log("a client has too many connections", client=client, open=from_one)
            return None
        self.open += 1
        self.by_client[client] += 1
        return client

    def give_back(self, client: str) -> None:
        """One less."""
        self.open -= 1
        self.by_client[client] -= 1
        if not self.by_client[client]:
            del self.by_client[client]

    def _is_proxy(self, address: str) -> bool:
        found = _parsed(address)
        return found is not None and any(found in each for each in self.proxies if each.version == found.version)

    def _log(self, what: str, **facts: object) -> None:
        """Now and then: there may be thousands of them in a second."""
        if monotonic() - self.logged_at >= LOGGED_EVERY:
            self.logged_at = monotonic()
            log("App", what, level="warning", **facts)


def client_of(address: str) -> str:
    """The address; of IPv6 the network of 64 bits, which is what one client has at least."""
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, 64), strict=False))
    return address if found is None else str(found)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
