"""Whether everything Darkroom needs is there, and what to do where it is not."""

import asyncio
import json
import shutil
import struct
import tempfile
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from application.ports.image_transformer import NotRendered, Order, Rendered
from domain.errors import DarkroomError, Unavailable
from domain.variants import ImageFormat, VariantSpec
from entrypoints.cli.installation import read_settings, run_to_the_end
from entrypoints.cli.speech import in_units
from entrypoints.foreign_packages import foreign_packages
from entrypoints.refusals import CannotStart
from entrypoints.settings import TOKENS_FOR_ANYBODY, Settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import opened

LEAST_FREE = 1 << 30
PATIENCE = 20
PROBE_KEY = ".doctor/probe"


def check(data_dir: Path | None, *, as_json: bool) -> None:
    """Look at everything and print what was found; exit code 1 where something is wrong."""
    findings = run_to_the_end(examine(read_settings(DATA_DIR=data_dir)))
    print_findings(findings, as_json=as_json)
    if not all(finding.fine for finding in findings):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is fine, and what was seen or should be done."""

    name: str
    fine: bool
    detail: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything, one after the other; one failure does not hide the next."""
    room = Darkroom(settings=settings)
    looks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
        ("settings", lambda: _settings(settings)),
        ("packages", _packages),
        ("tokens", lambda: _tokens(settings)),
        ("disk", lambda: _disk(settings)),
        ("database", lambda: _database(room)),
        ("migrations", lambda: _migrations(room)),
        ("superusers", lambda: _superusers(room)),
        ("blobs", lambda: _blobs(room)),
        ("sandbox", lambda: _sandbox(room, settings)),
        ("browsers", lambda: _browsers(room, settings)),
        ("engine", lambda: _engine(room)),
        ("redis", lambda: _redis(room)),
    ]
    return [await _look(name, look) for name, look in looks]


def print_findings(findings: Iterable[Finding], *, as_json: bool) -> None:
    """For scripts or for people."""
    findings = list(findings)
    if as_json:
        print(json.dumps({"fine": all(f.fine for f in findings), "findings": [asdict(f) for f in findings]}))
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for finding in findings:
        mark = "[green]ok[/]" if finding.fine else "[red]wrong[/]"
        table.add_row(mark, finding.name, Text(finding.detail))
    Console().print(table)


async def _look(name: str, look: Callable[[], Awaitable[str]]) -> Finding:
    try:
        async with asyncio.timeout(PATIENCE):
            return Finding(name, True, await look())
    except TimeoutError:
        return Finding(name, False, f"no answer within {PATIENCE} seconds")
    except DarkroomError as error:
        return Finding(name, False, error.detail)
    except CannotStart as error:
        return Finding(name, False, str(error))
    except Exception as error:  # noqa: BLE001  a doctor reports whatever it finds
        return Finding(name, False, f"{type(error).__name__}: {error}")


async def _settings(settings: Settings) -> str:
    return f"{settings.database_kind}, {settings.store}, {settings.image_engine}"


async def _packages() -> str:
    if (found := await asyncio.to_thread(foreign_packages)) is not None:
        raise Unavailable(found)
    return "all our own"


async def _tokens(settings: Settings) -> str:
    if settings.external_key is None:
        return "our own"
    return (
        TOKENS_FOR_ANYBODY if settings.external_tokens_for_anybody else "our own, and those of PUBLIC_KEY_PATH for us"
    )


async def _disk(settings: Settings) -> str:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        raise Unavailable(f"only {_bytes(free)} are free below {folder}: make room, or move DATA_DIR")
    return f"{_bytes(free)} free"


def _bytes(count: int) -> str:
    return f"{count} bytes ({in_units(count)})"


async def _database(room: Darkroom) -> str:
    database = room.database()
    pending = await asyncio.to_thread(database.pending)
    if not pending:
        async with opened(database.held):
            await database.store.check()
    return "answers"


async def _migrations(room: Darkroom) -> str:
    pending = await asyncio.to_thread(room.database().pending)
    if pending:
        raise Unavailable(f"{len(pending)} to apply: run 'darkroom migrate' ('darkroom up' does it by itself)")
    return "up to date"


async def _superusers(room: Darkroom) -> str:
    database = room.database()
    try:
        pending = await asyncio.to_thread(database.pending)
    except DarkroomError:
        return "not known without the database"
    if pending:
        return "not known before the migrations"
    async with opened(database.held), database.store.begin() as unit:
        superusers = [user for user in await unit.users.superusers() if user.is_active]
        factors = [await unit.second_factors.get(user.id) for user in superusers]
    alone = [user.username for user, factor in zip(superusers, factors, strict=True) if not (factor and factor.on)]
    if alone:
        return f"without a second factor: {', '.join(alone)}; POST /auth/totp sets one up"
    return "each has a second factor" if superusers else "none yet: run 'darkroom create-superuser'"


async def _blobs(room: Darkroom) -> str:
    blobs = room.blobs()

    async def probe() -> AsyncIterator[bytes]:
        yield b"darkroom"

    async with opened(blobs.held):
        await blobs.store.put(PROBE_KEY, probe(), content_type="text/plain")
        kept = b"".join([chunk async for chunk in blobs.store.read(PROBE_KEY)])
        await blobs.store.remove(PROBE_KEY)
    if kept != b"darkroom":
        raise Unavailable("the store gave back other bytes than it was given")
    return "written, read and removed a blob"


async def _sandbox(room: Darkroom, settings: Settings) -> str:
    walls = room.engine().walls
    if walls is None:
        return "not used"
    if not walls.missing:
        return walls.told
    if settings.walls_required:
        raise Unavailable(f"{walls.told}: workers do not start, unless SANDBOX=best-effort")
    return f"{walls.told}: decoders are kept in less than they could be"


async def _browsers(room: Darkroom, settings: Settings) -> str:
    """Whether the bucket lets those pages in that it should; one that cannot be reached from here may be elsewhere."""
    browsers = room.blobs().browsers
    if browsers is None:
        return "all bytes come from Darkroom itself"
    wanted, address = settings.s3_cors_origins, urlsplit(settings.address)
    own = f"{address.scheme}://{address.netloc}"
    origins = [own if origin == "*" else origin for origin in wanted or [own]]
    async with opened(room.blobs().held):
        try:
            refused = [origin for origin in origins if not await browsers.allows(origin)]
        except Unavailable as error:
            return f"the bucket could not be asked from here, as a browser asks it: {error.detail}"
    if not refused:
        return f"the bucket lets in pages of {', '.join(wanted or origins)}"
    if wanted:
        raise Unavailable(
            f"the bucket's CORS rule refuses pages of {', '.join(refused)}: 'darkroom up' and 'serve' set it"
        )
    return f"pages of {own} can show pictures of the bucket, but neither read nor send files: set S3_CORS_ORIGINS"


async def _engine(room: Darkroom) -> str:
    engine = room.engine()
    wanted = [Order(kind.value, VariantSpec(format=kind, width=8)) for kind in ImageFormat]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "source.png"
        source.write_bytes(_small_picture())
        async with (
            opened(engine.held),
            aclosing(engine.transformer.render(source, "image/png", wanted, folder)) as results,
        ):
            made = [result async for result in results]
    missing = [result.name for result in made if isinstance(result, NotRendered)]
    if missing:
        raise Unavailable(f"{engine.version} cannot write {', '.join(missing)}")
    read_by = "exiftool" if engine.reader else "Darkroom itself"
    written = ", ".join(sorted(result.name for result in made if isinstance(result, Rendered)))
    return f"{engine.version} made {written}; metadata are read by {read_by}"


async def _redis(room: Darkroom) -> str:
    redis = room.redis()
    if redis is None:
        return "not used"
    async with opened(redis.held):
        await redis.check()
    return "answers"


def _small_picture(side: int = 16) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(range(3 * side))) * side
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
