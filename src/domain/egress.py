"""Where this service may connect to when somebody else chose the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from domain.errors import Unavailable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The standard library's `is_global` is no help: it lets through multicast, NAT64, 6to4 and more.
_IPV4_DENIED = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own; also the metadata of one cloud
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's platform, by a public number
        "169.254.0.0/16",  # link-local, metadata of most clouds among it
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_IPV6_GLOBAL = IPv6Network("2000::/3")  # all that is public lies in here, beside IPv4 in disguise
_IPV6_DENIED = tuple(
    IPv6Network(each)
    for each in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_ISATAP = (0x00005EFE, 0x02005EFE)


class AddressForbidden(Unavailable):
    """A name or a redirect leads to where this service does not go."""

    code = "address_forbidden"


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also when it is IPv4 wrapped into IPv6."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _IPV4_DENIED)
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return address in _IPV6_GLOBAL and not any(address in network for network in _IPV6_DENIED)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    return None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an operator opens beyond the public internet: hosts by name, addresses by network."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, entries: Sequence[str]) -> "Allowance":
        """From settings, where both stand side by side."""
        hosts: set[str] = set()
        networks: list[Network] = []
        for entry in entries:
            try:
                networks.append(ip_network(entry))
            except ValueError:
                hosts.add(_plain(entry))
        return cls(frozenset(hosts), tuple(networks))

    def names(self, host: str) -> bool:
        """Whether a host is allowed whatever its addresses, or is itself an allowed address."""
        try:
            return self._covers(ip_address(_plain(host)))
        except ValueError:
            return _plain(host) in self.hosts

    def permits(self, host: str, address: str) -> bool:
        """Whether to connect to this address, to which the host was resolved."""
        if _plain(host) in self.hosts:
            return True
        try:
            # A zone (`fe80::1%eth0`) only means something on this machine.
            numeric = ip_address(address)
        except ValueError:
            return False
        return self._covers(numeric) or ("%" not in address and is_public(numeric))

    def _covers(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.networks)


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()
