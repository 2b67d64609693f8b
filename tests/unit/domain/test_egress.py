"""Where this service connects to when others choose the address."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from hypothesis import given
from hypothesis import strategies as st

from domain.egress import Allowance, is_public
from tests.tables import over_rows

PUBLIC = """
    8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 168.63.129.15
    169.253.255.255 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 198.17.255.255 198.20.0.0 223.255.255.255
    2606:4700:4700::1111 2a00:1450:4001:82f::200e 2001:4860:4860::8888
    ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1
"""
NOT_PUBLIC = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.1.2.3 168.63.129.16 169.254.0.1
    169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1
    192.168.0.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255
    :: ::1 ::127.0.0.1 ::10.0.0.1 ::8.8.8.8 ::2
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:7f00:1 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8
    64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::8.8.8.8 64:ff9b:1::1
    2002:7f00:1::1 2002:a00:1:: 2002:a9fe:a9fe::1 2002:c0a8:101::1
    2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:1::1 2001:db8::1 3fff::1
    2620:4f:8000::1 2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:8.8.8.8 fe80::5efe:8.8.8.8
    100::1 fc00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::a9fe:a9fe fec0::1 feff::1 ff00::1 ff02::1 ff0e::1 5f00::1
    4000::1 1::1
"""


@over_rows("address", PUBLIC.split())
def test_public_addresses(address: str) -> None:
    assert is_public(ip_address(address))
    assert Allowance().permits("host.example", address)


@over_rows("address", NOT_PUBLIC.split())
def test_addresses_that_are_somebody_s_own(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not Allowance().permits("host.example", address)


@given(st.integers(0, 2**32 - 1))
def test_wrapping_an_address_changes_nothing(number: int) -> None:
    plain = IPv4Address(number)
    wrapped = (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80)
    assert {is_public(IPv6Address(each)) for each in wrapped} == {is_public(plain)}


@given(st.ip_addresses(v=4))
def test_nothing_private_by_the_standard_library_is_public(address: IPv4Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=6))
def test_nothing_private_in_ipv6_either(address: IPv6Address) -> None:
    # What is tunnelled in 6to4 is judged by the IPv4 address inside, on which patch versions of Python do not agree.
    if is_public(address) and address.sixtofour is None:
        assert address.is_global
        assert not address.is_multicast


@over_rows("address", ["fe80::1%eth0", "2606:4700::1%1", "nonsense", "", "127.1", "2130706433", "0x7f.1"])
def test_what_is_no_plain_address_is_not_permitted(address: str) -> None:
    assert not Allowance().permits("host.example", address)


@over_rows(
    ("entry", "host", "address"),
    [
        ("idp.internal", "idp.internal", "10.0.0.1"),
        ("IDP.internal", "idp.INTERNAL.", "10.0.0.1"),
        ("localhost", "localhost", "::1"),
        ("10.1.0.0/16", "any.example", "10.1.2.3"),
        ("127.0.0.1", "any.example", "127.0.0.1"),
        ("::1", "any.example", "::1"),
        ("fd00::/8", "any.example", "fd00:ec2::254"),
    ],
)
def test_what_an_operator_allows(entry: str, host: str, address: str) -> None:
    assert not Allowance().permits(host, address)
    allowed = Allowance.of(["unrelated.example", entry, "192.0.2.0/24"])
    assert allowed.permits(host, address)
    assert not allowed.permits("other.internal", "10.9.9.9")
    assert allowed.permits("host.example", "8.8.8.8")


@over_rows(
    ("host", "named"),
    [
        ("idp.internal", True),
        ("x.idp.internal", False),
        ("internal", False),
        ("10.1.2.3", True),
        ("10.2.0.0", False),
        ("[::1]", True),
        ("::2", False),
        ("", False),
    ],
)
def test_which_hosts_are_named(host: str, named: bool) -> None:
    assert Allowance.of(["idp.internal", "10.1.0.0/16", "::1"]).names(host) is named
