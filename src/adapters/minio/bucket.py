"""One bucket, spoken to from threads."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar, TypeVarTuple

from anyio import CancelScope, CapacityLimiter, Semaphore, create_task_group, move_on_after, to_thread
from minio import Minio
from minio.error import S3Error
from urllib3 import PoolManager, Retry, Timeout

from adapters.minio.errors import FAILURES, translate
from adapters.minio.location import S3Location
from domain.errors import Unavailable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
CONNECT_WITHIN = 3.0
OURS_ALREADY = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})


class Bucket:
    """The SDK for one bucket: bounded threads, bounded connections, bounded waiting, and errors in our words.

    `patience` is how long we wait for the next byte of an answer, and for a thread or connection to be free.
    """

    def __init__(self, location: S3Location, *, threads: int = 24, streams: int = 64, patience: float = 15) -> None:
        self.name = location.bucket
        self.patience = patience
        self._threads = Semaphore(threads)
        self._limiter = CapacityLimiter(threads)
        self._streams = Semaphore(streams)
        self._pool = PoolManager(
            num_pools=2,
            maxsize=threads + streams,
            timeout=Timeout(connect=min(CONNECT_WITHIN, patience), read=patience),
            # A second try finds a connection that the server closed while idle, or rides over one bad answer; to
            # wait out an outage is the caller's business, and a server's Retry-After could be an hour.
            retries=Retry(
                total=2,
                connect=2,
                read=1,
                status=1,
                redirect=0,
                backoff_factor=0.2,
                status_forcelist=[500, 502, 503, 504],
                raise_on_status=False,
                respect_retry_after_header=False,
            ),
        )
        self.client: Minio = location.client(self._pool)

    async def run(self, call: Callable[[*Ts], T], *args: *Ts) -> T:
        """The result of a blocking call; a cancelled caller leaves only once the thread has ended.

        The call runs as a child task because a cancelled one waits for its thread there, whoever cancels: what
        it uses can be closed afterwards, and what it stores will not appear later.
        """
        done: list[T] = []
        failed: list[Exception] = []

        async def child() -> None:
            try:
                done.append(await to_thread.run_sync(call, *args, limiter=self._limiter))
            except Exception as error:  # noqa: BLE001 - handed on below, without the group around it
                failed.append(error)

        async with self._one_of(self._threads), create_task_group() as group:
            group.start_soon(child)
        for error in failed:
            if isinstance(error, FAILURES):
                raise translate(error) from error
            raise error
        return done[0]

    async def settle(self, call: Callable[[], Any]) -> None:
        """Clean up, also while being cancelled."""
        with CancelScope(shield=True):
            await self.run(call)

    async def run_in_bucket(self, call: Callable[[*Ts], T], *args: *Ts) -> T:
        """Like `run`, for calls that need the bucket to be there: it is made when it is not."""
        return await self.run(self._with_bucket, call, args)

    def streaming(self) -> AbstractAsyncContextManager[None]:
        """Hold one of the connections kept for long readings."""
        return self._one_of(self._streams)

    def exists(self) -> bool:
        """Whether the bucket is there; blocks."""
        return self.client.bucket_exists(self.name)

    def make(self) -> None:
        """Make it, or find that somebody was quicker; blocks."""
        try:
            self.client.make_bucket(self.name)
        except S3Error as error:
            if error.code not in OURS_ALREADY or not self.exists():
                raise

    async def open(self) -> None:
        """Nothing to do: connections are made when needed, and the bucket when something is put into it."""

    async def close(self) -> None:
        """Close the idle connections."""
        self._pool.clear()

    def _with_bucket(self, call: Callable[[*Ts], T], args: tuple[*Ts]) -> T:
        try:
            return call(*args)
        except S3Error as error:
            if error.code != "NoSuchBucket":
                raise
        self.make()
        return call(*args)

    @asynccontextmanager
    async def _one_of(self, room: Semaphore) -> AsyncGenerator[None, None]:
        with move_on_after(self.patience) as waiting:
            await room.acquire()
        if waiting.cancelled_caught:
            raise Unavailable("Too many requests to the S3 store are under way.")
        try:
            yield
        finally:
            room.release()
