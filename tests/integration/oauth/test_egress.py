"""The one way out, on real sockets: where it goes, where it does not, and how much it takes."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.types import Message, Receive, Scope, Send

from adapters.egress.resolving import resolve
from adapters.egress.transport import EgressLimits, EgressTransport
from domain.egress import AddressForbidden, Allowance
from domain.errors import Unavailable
from tests.servers.loopback import listening, port_of, serving

pytestmark = pytest.mark.anyio

LOOPBACK = Allowance.of(["127.0.0.1"])
QUICK = EgressLimits(seconds=0.5, size=1000)


class Outside:
    """A server on loopback that answers by path and remembers what it was asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[tuple[str, dict[str, str]]] = []

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.asked.append((path, {name.decode(): value.decode() for name, value in scope["headers"]}))
        kind, _, rest = path[1:].partition("/")
        start: Message = {"type": "http.response.start", "status": 200, "headers": []}
        if kind == "hop":
            left = int(rest)
            start = {**start, "status": 302, "headers": [(b"location", f"/hop/{left - 1}".encode() if left else b"/")]}
        await send(start)
        if kind == "slow":
            for _ in range(100):
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
                await asyncio.sleep(0.1)
        if kind == "endless":
            for _ in range(10_000):
                await send({"type": "http.response.body", "body": b"x" * 1000, "more_body": True})
                await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"x" * int(rest) if kind == "size" else b"hello"})


@asynccontextmanager
async def outside(certificate: Path | None = None) -> AsyncIterator[Outside]:
    with listening() as listener:
        app = Outside(port_of(listener))
        async with serving(app, listener, certificate):
            yield app


async def fetch(transport: EgressTransport, url: str, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=transport, trust_env=False) as client:
        return await client.get(url, headers=headers)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "127.000.1", "2130706433", "0x7f.1", "0x7f000001",
        "017700000001", "0", "0.0.0.0", "10.0.0.1", "192.168.0.1", "169.254.169.254", "100.100.100.200",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "[fe80::1]", "[fec0::1]", "[fd00:ec2::254]", "[ff02::1]", "[::1%25lo]",
    ],
)  # fmt: skip
async def test_nothing_of_one_s_own_is_reached_however_it_is_spelled(host: str) -> None:
    async with outside() as server:
        with pytest.raises(Unavailable):
            await fetch(EgressTransport(Allowance(), limits=QUICK), server.url("/", host))
        assert server.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1"])
async def test_what_is_allowed_is_reached_however_it_is_spelled(host: str) -> None:
    async with outside() as server:
        answer = await fetch(EgressTransport(LOOPBACK), server.url("/", host))
        assert (answer.status_code, answer.text) == (200, "hello")
        assert [asked["host"] for _, asked in server.asked] == [f"{host}:{server.port}"]


@pytest.mark.parametrize(
    "url", ["ftp://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/", "http://u:p@8.8.8.8/", "http:///x"]
)
async def test_other_schemes_and_users_are_refused(url: str) -> None:
    with pytest.raises((AddressForbidden, httpx2.UnsupportedProtocol)):
        await fetch(EgressTransport(Allowance()), url)


async def test_a_name_is_looked_up_once_and_the_answer_is_where_we_go() -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    async with outside() as server:
        await fetch(EgressTransport(LOOPBACK, lookup=rebinding), server.url("/", "rebinding.example"))
        assert asked == ["rebinding.example"]
        assert [asked["host"] for _, asked in server.asked] == [f"rebinding.example:{server.port}"]
        with pytest.raises(AddressForbidden):
            await fetch(EgressTransport(LOOPBACK, lookup=rebinding), server.url("/", "rebinding.example"))


async def test_of_several_addresses_only_the_permitted_are_tried() -> None:
    async def several(host: str, port: int) -> Sequence[str]:
        return ["10.255.255.1", "127.0.0.2", "127.0.0.1"]

    async with outside() as server:
        allowance = Allowance.of(["127.0.0.0/8"])
        answer = await fetch(EgressTransport(allowance, lookup=several), server.url("/", "many.example"))
        assert answer.text == "hello"


async def test_a_name_nobody_has_is_unavailable() -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(Unavailable, match="cannot be found"):
        await fetch(EgressTransport(Allowance(), lookup=nowhere), "http://nobody.invalid/")


async def test_the_system_s_own_order_of_addresses_is_kept() -> None:
    assert set(await resolve("localhost", 80)) <= {"127.0.0.1", "::1"}


async def test_three_redirects_are_followed_and_no_more() -> None:
    async with outside() as server:
        transport = EgressTransport(LOOPBACK)
        assert (await fetch(transport, server.url("/hop/2"))).text == "hello"
        assert [path for path, _ in server.asked] == ["/hop/2", "/hop/1", "/hop/0", "/"]
        with pytest.raises(Unavailable, match="too often"):
            await fetch(transport, server.url("/hop/3"))


async def test_credentials_are_not_taken_along() -> None:
    async with outside() as server:
        await fetch(EgressTransport(LOOPBACK), server.url("/hop/0"), authorization="Bearer secret", cookie="a=b")
        (_, first), (_, second) = server.asked
        assert first["authorization"] == "Bearer secret"
        assert not {"authorization", "cookie"} & set(second)


async def test_a_post_is_not_sent_on() -> None:
    async with outside() as server, httpx2.AsyncClient(transport=EgressTransport(LOOPBACK)) as client:
        answer = await client.post(server.url("/hop/0"), data={"secret": "x"})
        assert answer.status_code == 302
        assert len(server.asked) == 1


async def test_answers_end_at_the_limit() -> None:
    async with outside() as server:
        transport = EgressTransport(LOOPBACK, limits=EgressLimits(size=1000))
        assert len((await fetch(transport, server.url("/size/1000"))).content) == 1000
        for path in ("/size/1001", "/endless"):
            with pytest.raises(Unavailable, match="more than 1000 bytes"):
                await fetch(transport, server.url(path))


async def test_dawdling_has_an_end() -> None:
    async with outside() as server:
        began = monotonic()
        with pytest.raises(Unavailable, match="in time"):
            await fetch(EgressTransport(LOOPBACK, limits=QUICK), server.url("/slow"))
        assert monotonic() - began < 3


async def test_silence_has_an_end() -> None:
    with listening() as listener, pytest.raises(Unavailable, match="in time"):
        await fetch(EgressTransport(LOOPBACK, limits=QUICK), f"http://127.0.0.1:{port_of(listener)}/")


async def test_no_packed_answer_is_asked_for() -> None:
    async with outside() as server:
        await fetch(EgressTransport(LOOPBACK), server.url("/"))
        assert server.asked[0][1]["accept-encoding"] == "identity"


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with outside() as server:
        assert (await fetch(EgressTransport(LOOPBACK), server.url("/"))).text == "hello"


async def test_tls_is_with_the_name_that_was_asked_for(tmp_path: Path) -> None:
    certificate = certificate_for("idp.example", tmp_path)
    tls = ssl.create_default_context(cafile=certificate)

    async def here(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    transport = EgressTransport(LOOPBACK, lookup=here, tls=tls)
    async with outside(certificate) as server:
        assert (await fetch(transport, server.url("/", "idp.example", "https"))).text == "hello"
        assert [asked["host"] for _, asked in server.asked] == [f"idp.example:{server.port}"]
        for host in ("other.example", "127.0.0.1"):
            with pytest.raises(Unavailable):
                await fetch(transport, server.url("/", host, "https"))
        with pytest.raises(Unavailable):
            await fetch(EgressTransport(LOOPBACK, lookup=here), server.url("/", "idp.example", "https"))


def certificate_for(host: str, folder: Path) -> Path:
    """A certificate that vouches for itself, with its key, in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file
