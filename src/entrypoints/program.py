"""The running programs: an API, a worker, or both in one process."""

import asyncio
import gc
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from domain.errors import Unavailable
from entrypoints.collecting import without_collecting
from entrypoints.folder_lock import marked
from entrypoints.foreign_packages import foreign_packages
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.routes.health import Readiness
from entrypoints.http.server import serve
from entrypoints.logs import log
from entrypoints.settings import TOKENS_FOR_ANYBODY, Settings
from entrypoints.stopping import Stop
from entrypoints.version import VERSION
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import opened, opened_together
from entrypoints.wiring.tracing import watch_use_cases

PAUSE_WHILE_WAITING = 1.0
NO_SUPERUSER = "there is no superuser yet: run 'darkroom create-superuser', or set SU_PASSWORD and start again"

Announce = Callable[[str], None]
TellPassword = Callable[[str, str, str], None]


@dataclass(frozen=True, slots=True)
class Program:
    """One process of Darkroom."""

    settings: Settings
    stop: Stop = field(default_factory=Stop)

    async def up(self, announce: Announce, tell_password: TellPassword) -> None:
        """API and worker in one process, on a schema brought up to date."""
        room = self._build("up")
        async with AsyncExitStack() as stack:
            async with self.stop.giving_up():
                if not await self._once_there(lambda: asyncio.to_thread(room.database().migrate), "the database"):
                    return
                stack.enter_context(self._alone())
                await stack.enter_async_context(_working(room))
                await self._first_superuser(room, tell_password, made_up=True)
            if self.stop.asked.is_set():
                return
            async with asyncio.TaskGroup() as both:
                both.create_task(self._work(room))
                both.create_task(self._serve(room, announce))

    async def serve(self, announce: Announce, tell_password: TellPassword) -> None:
        """The API alone; it answers at once, with 503 for whatever needs a server that is not there yet.

        Ready it is once the database answers and the first superuser is there, where the settings name one.
        """
        room = self._build("serve")
        readiness = room.doors().readiness()
        readiness.preparing = True
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        async with _holding(room), asyncio.TaskGroup() as group:
            group.create_task(self._serve(room, address.set_result))
            async with self.stop.giving_up():
                await self._once_there(lambda: self._prepare(room, tell_password), "the database")
                readiness.preparing = False
                # Giving up must not cancel the future itself: the server may still fill it in.
                announce(await asyncio.shield(address))

    async def work(self) -> None:
        """A worker alone, which shows how it goes where METRICS_PORT names a place for it."""
        room = self._wired("worker")
        room.work().worker()
        async with _working(room), self._shown(room):
            async with self.stop.giving_up():
                await self._once_there(room.database().store.check, "the database")
            if not self.stop.asked.is_set():
                await self._work(room)

    def _build(self, program: str) -> Darkroom:
        """Everything wired and made once, so that a wrong choice fails here and not at the first request."""
        with without_collecting():
            room = self._wired(program)
            room.doors().every()
        if self.settings.external_tokens_for_anybody:
            log("App", TOKENS_FOR_ANYBODY, level="warning")
        return room

    def _wired(self, program: str) -> Darkroom:
        if (found := foreign_packages()) is not None:
            log("App", found, level="warning")
        room = Darkroom(settings=self.settings, program=program)
        if (traces := room.traces()) is not None:
            watch_use_cases(room, traces)
        return room

    async def _prepare(self, room: Darkroom, tell_password: TellPassword) -> None:
        await room.database().store.check()
        await self._first_superuser(room, tell_password, made_up=False)

    async def _first_superuser(self, room: Darkroom, tell: TellPassword, *, made_up: bool) -> None:
        username, password = self.settings.superuser, self.settings.su_password
        create = room.identity().create_superuser()
        if password is None and not made_up:
            if not await create.there_is_one():
                log("App", NO_SUPERUSER, level="warning")
            return
        chosen = password or secrets.token_urlsafe(12)
        user = await create.unless_there_is_one(username, chosen)
        if user is not None:
            log("App", "made the first superuser", user=username)
            if password is None:
                link = await room.identity().make_sign_in_code()(username)
                tell(username, chosen, link.url)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Several processes may use one SQLite file; two of these programs on it are most likely a mistake."""
        folder = self.settings.database_folder
        with marked(folder) if folder else nullcontext(True) as first:
            if not first:
                log("App", "another 'darkroom up' runs on this folder", level="warning", folder=folder)
            yield

    async def _serve(self, room: Darkroom, announce: Announce) -> None:
        settings, doors = self.settings, room.doors()
        edge = EdgeConfig(
            version=VERSION,
            public_url=settings.address,
            allowed_hosts=settings.allowed_hosts,
            cors_origins=settings.cors_origins,
            receive_timeout=settings.receive_timeout,
        )
        app = create_app(
            doors.every(),
            edge=edge,
            authenticator=doors.authenticator(),
            limiter=room.limiter(),
            replays=room.database().replays,
            traces=room.traces(),
            measures=room.measures(),
        )
        # What is there by now stays: to go through it again and again would hold up every request for 70 ms each time.
        gc.collect()
        gc.freeze()
        try:
            await self._publish(room)
            async with _running(room.identity().live_sessions().listen(room.carrier().signals)):
                await serve(
                    app,
                    host=settings.host,
                    port=settings.port,
                    grace=settings.shutdown_grace,
                    stop=self.stop.asked,
                    now=self.stop.now,
                    readiness=doors.readiness(),
                    on_ready=announce,
                    trusted_proxies=settings.trusted_proxies,
                    send_timeout=settings.send_timeout,
                )
        finally:
            self.stop.asked.set()

    @asynccontextmanager
    async def _shown(self, room: Darkroom) -> AsyncIterator[None]:
        """Health and numbers on a port of their own, for as long as there is anything to tell."""
        settings, over = self.settings, asyncio.Event()
        if settings.metrics_port is None:
            yield
            return
        doors = room.doors()
        app = create_app(
            [doors.health(), doors.metrics()],
            edge=EdgeConfig(
                version=VERSION,
                public_url=settings.address,
                allowed_hosts=settings.allowed_hosts,
                cors_origins=(),
                docs=False,
            ),
            authenticator=doors.authenticator(),
            limiter=room.limiter(),
            measures=room.measures(),
        )
        showing = serve(
            app,
            host=settings.host,
            port=settings.metrics_port,
            grace=1,
            stop=over,
            on_ready=lambda url: log("App", "shows its metrics", url=f"{url}/metrics"),
            named="METRICS_PORT",
        )
        async with _running(self._drain(doors.readiness())), asyncio.TaskGroup() as group:
            group.create_task(showing)
            try:
                yield
            finally:
                over.set()

    async def _drain(self, readiness: Readiness) -> None:
        await self.stop.asked.wait()
        readiness.draining = True

    async def _publish(self, room: Darkroom) -> None:
        public, browsers = room.blobs().public, room.blobs().browsers
        if public is not None:
            await self._once_there(room.projects().find_exposed(), "the database")
            await self._once_there(public.publish, "the bucket")
        if browsers is not None and self.settings.s3_cors_origins:
            await self._once_there(partial(browsers.allow, self.settings.s3_cors_origins), "the bucket")

    async def _work(self, room: Darkroom) -> None:
        await room.work().worker()(self.stop)

    async def _once_there(self, attempt: Callable[[], Awaitable[object]], what: str) -> bool:
        """Try until it works, saying what is missing; False when asked to stop before it did."""
        while not self.stop.asked.is_set():
            try:
                await attempt()
            except Unavailable as error:
                log("App", f"waiting for {what}", level="warning", reason=error.detail)
                await self.stop.pause(PAUSE_WHILE_WAITING)
            else:
                return True
        return False


@asynccontextmanager
async def _working(room: Darkroom) -> AsyncIterator[None]:
    """With what a worker needs besides."""
    async with _holding(room), opened_together(room.engine().held), opened(room.ingest().held()):
        yield


@asynccontextmanager
async def _holding(room: Darkroom) -> AsyncIterator[None]:
    redis, tracing, measuring = room.redis(), room.tracing(), room.measuring()
    watching = [*measuring.held, *(tracing.held if tracing else ())]
    shared = [*(redis.held if redis else ()), *room.carrier().held]
    async with opened([*watching, *room.database().held, *room.blobs().held, *shared]):
        yield


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """The work goes on beside what is inside, and ends with it."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
