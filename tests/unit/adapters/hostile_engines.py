"""Engines that do what a hostile picture might make a decoder do; the sandbox loads them in its children."""

import ctypes
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from application.ports.image_transformer import Glimpse, NotRendered, Order, PictureFacts, Rendered
from domain.image_headers.budget import DecodeLimits
from domain.image_headers.header import UnreadableImage

GLIMPSE = Glimpse("GxkKXRSPdUOYh3eYeYh4d4UQZ/iB", "#283cc8")


class Obedient:
    """Behaves, and writes down what it may and who it is; `misbehave` is what the others do instead."""

    def __init__(self, limits: DecodeLimits) -> None:
        self._calls = 0

    def probe(self, source: Path, mime_type: str) -> PictureFacts:
        self._calls += 1
        if mime_type == "misbehave":
            self.misbehave(source)
        return PictureFacts(os.getpid(), self._calls, mime_type, False, 1)

    def render(
        self, source: Path, mime_type: str, orders: Sequence[Order], into: Path, *, keep_camera: bool = False
    ) -> Iterator[Glimpse | Rendered | NotRendered]:
        yield GLIMPSE
        for order in orders:
            if order.name == "misbehave":
                self.misbehave(source)
            path = into / f"{order.name}.webp"
            path.write_text(f"{os.getpid()}")
            yield Rendered(order.name, path, order.spec.format, 1, 1, 1)

    def misbehave(self, source: Path) -> None:
        raise UnreadableImage("as expected")


class Segfaults(Obedient):
    def misbehave(self, source: Path) -> None:
        ctypes.string_at(0)


class Aborts(Obedient):
    """As the C library does when it finds its memory damaged."""

    def misbehave(self, source: Path) -> None:
        os.abort()


class Threads(Obedient):
    def misbehave(self, source: Path) -> None:
        done = threading.Event()
        thread = threading.Thread(target=done.set)
        thread.start()
        thread.join()
        assert done.is_set()


class Hangs(Obedient):
    def misbehave(self, source: Path) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)


class Spins(Obedient):
    def misbehave(self, source: Path) -> None:
        while True:
            pass


class Lingers(Obedient):
    """Answers, and goes on burning."""

    def misbehave(self, source: Path) -> None:
        threading.Thread(target=self._burn, daemon=True).start()

    def _burn(self) -> None:
        while True:
            pass


class Grants(Spins):
    """Takes back what was to end it."""

    def misbehave(self, source: Path) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
        super().misbehave(source)


class Eats(Obedient):
    def misbehave(self, source: Path) -> None:
        hoard = []
        while True:
            hoard.append(bytearray(64 << 20))


class Forks(Obedient):
    """Tries every way to have children, notes those that live, and never comes back."""

    def misbehave(self, source: Path) -> None:
        with Path(os.environ["HOME"]).joinpath("notes").open("a") as notes:
            for _ in range(5):
                try:
                    child = os.fork()
                except OSError:
                    continue
                if not child:
                    time.sleep(600)
                print(child, file=notes, flush=True)
            try:
                started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
                print(started.pid, file=notes, flush=True)
            except OSError:
                pass
            print("done", file=notes, flush=True)
        time.sleep(600)


class Hires(Obedient):
    """Starts another program while it loads, when that is still allowed."""

    def __init__(self, limits: DecodeLimits) -> None:
        super().__init__(limits)
        self._hired = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])

    def probe(self, source: Path, mime_type: str) -> PictureFacts:
        return PictureFacts(self._hired.pid, 1, mime_type, False, 1)


class Chats(Obedient):
    """Prints where the answers go."""

    def misbehave(self, source: Path) -> None:
        sys.stdout.write("HTTP/1.1 200 OK\r\n" * 1000)
        sys.stdout.flush()
        os.write(1, b"\xff" * 10_000)
        sys.stderr.write("warning " * 100_000)
        sys.stdin.read()


class Exits(Obedient):
    def misbehave(self, source: Path) -> None:
        os._exit(3)


class Surprises(Obedient):
    def misbehave(self, source: Path) -> None:
        raise RuntimeError("never seen before")


class Confesses(Obedient):
    """Says what it can see and do."""

    def misbehave(self, source: Path) -> None:
        seen: dict[str, Any] = {
            "environment": sorted(os.environ),
            "cwd": str(Path.cwd()),
            "files": sorted(path.name for path in Path.cwd().iterdir()),
            "core": resource.getrlimit(resource.RLIMIT_CORE),
            "descriptors": [number for number in range(64) if _is_open(number)],
            "group": os.getpgrp() == os.getpid(),
            "network": _tries_a_socket(),
            "ways around": _tries_ways_around(),
        }
        raise UnreadableImage(repr(seen))


class Pries(Obedient):
    """Tries what a decoder has no business with, on files named in its source, and tells what each attempt met."""

    def misbehave(self, source: Path) -> None:
        neighbour, fresh = Path(source.read_text()), Path(source.read_text() + ".new")
        attempts: dict[str, Callable[[], object]] = {
            "read": neighbour.read_bytes,
            "list": lambda: list(neighbour.parent.iterdir()),
            "write": lambda: neighbour.write_text("changed"),
            "create": lambda: fresh.write_text("new"),
            "remove": neighbour.unlink,
            "link out": lambda: Path(os.environ["HOME"], "link").hardlink_to(neighbour),
            "rename in": lambda: neighbour.rename(Path(os.environ["HOME"], "mine")),
            "parent's memory": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
            "write source": lambda: source.write_text("changed"),
            "cut source": lambda: os.truncate(source, 0),
            "change source": lambda: source.chmod(0o777),
            "passwords": Path("/etc/passwd").read_bytes,
            "own picture": source.read_bytes,
            "own folder": lambda: Path(os.environ["HOME"], "fine").write_text("fine"),
            "libraries": (Path(os.__file__).parent / "abc.py").read_bytes,
        }
        raise UnreadableImage(repr({name: _outcome(attempt) for name, attempt in attempts.items()}))


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"


class Floods(Obedient):
    """Writes more than a file may hold."""

    def misbehave(self, source: Path) -> None:
        with Path(os.environ["HOME"], "big").open("wb") as file:
            file.writelines(bytes(1 << 20) for _ in range(64))


class OldKernel(Obedient):
    """Loads as if the kernel knew no Landlock."""

    def __init__(self, limits: DecodeLimits) -> None:
        super().__init__(limits)
        vars(sys.modules["__main__"])["confine_files"] = lambda **_: 0


class Babbles(Obedient):
    """Says what is no answer, past everything that would write a proper one; which, the source says."""

    def misbehave(self, source: Path) -> None:
        facts = '{"width": %s, "height": 1, "has_alpha": false, "frames": 1, "call": 1}'
        said = {
            "deep": b"[" * 500_000,
            "deep in names": b'{"call": 1, "width": ' + b"[" * 500_000,
            "infinity": (facts % "Infinity").encode(),
            "too large for a float": (facts % "1e999").encode(),
            "many digits": (facts % ("9" * 100_000)).encode(),
            "more than a column holds": (facts % ("9" * 20)).encode(),
            "a list": b"[1, 2, 3]",
            "a name for a number": (facts % '"wide"').encode(),
            "no text": b"\xff\xfe",
            "an error that is none": b'{"call": 1, "error": ["DecoderMisbehaved"], "detail": {}}',
            "giant": None,
        }[source.read_text()]
        frame = (0xFFFFFFFF).to_bytes(4, "big") if said is None else len(said).to_bytes(4, "big") + said
        for number in range(3, 64):
            if _is_open(number):
                os.write(number, frame)
        time.sleep(600)


class Hoards(Obedient):
    """Fills the disk by files none of which is too large; which, the source says."""

    def misbehave(self, source: Path) -> None:
        kept, hidden = [], source.read_text() == "hidden"
        for number in range(40):
            path = Path(os.environ["HOME"], f"{number}")
            file = path.open("wb")
            kept.append(file)
            file.write(bytes(1 << 20))
            file.flush()
            if hidden:
                path.unlink()
        time.sleep(600)


class Weaves(Obedient):
    """Starts threads without end."""

    def misbehave(self, source: Path) -> None:
        threading.stack_size(64 << 10)
        for _ in range(100):
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        time.sleep(600)


class Refuses(Obedient):
    def __init__(self, limits: DecodeLimits) -> None:
        raise OSError("no such library")


class Lies(Obedient):
    """Names a file that nobody gave it, and an order that nobody placed."""

    def render(
        self, source: Path, mime_type: str, orders: Sequence[Order], into: Path, *, keep_camera: bool = False
    ) -> Iterator[Glimpse | Rendered | NotRendered]:
        lies = {"blind": [], "twice": [GLIMPSE] * 2, "script": [Glimpse("<script>", "#000000")]}
        yield from lies.get(orders[0].name, [GLIMPSE])
        for order in orders:
            if order.name == "link":
                with suppress(OSError):
                    (into / "link.webp").symlink_to("/etc/hostname")
                yield Rendered(order.name, into / "link.webp", order.spec.format, 1, 1, 1)
            elif order.name == "outside":
                yield Rendered(order.name, Path("/etc/hostname"), order.spec.format, 1, 1, 1)
            elif order.name == "stranger":
                yield NotRendered("somebody", "else")
            elif order.name in lies:
                yield NotRendered(order.name, "as expected")


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _tries_a_socket() -> str:
    try:
        socket.socket().close()
    except OSError as error:
        return type(error).__name__
    return "allowed"


def _tries_ways_around() -> dict[str, int]:
    """Which errno each answers: rings that do other calls' work, signals, other processes and namespaces, long life."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return {}
    libc = ctypes.CDLL(None, use_errno=True)
    ours = ctypes.create_string_buffer(os.fsencode(Path.cwd() / "out"))
    limits = ctypes.create_string_buffer(16)  # no CPU at all
    parent, pipe = os.getppid(), 2
    calls = {
        "io_uring_setup": (425, 1, 0),
        "kill": (62, parent, 0),
        "kill ourselves": (62, os.getpid(), 0),
        "tkill": (200, os.getpid(), 0),
        "tgkill": (234, parent, parent, 0),
        "rt_sigqueueinfo": (129, parent, 0, limits),
        "pidfd_open": (434, parent, 0),
        "owner of signals": (72, pipe, 8, parent),
        "signal of signals": (72, pipe, 10, 9),
        "O_ASYNC": (72, pipe, 4, 0x2000),
        "FIOASYNC": (16, pipe, 0x5452, limits),
        "FIOSETOWN": (16, pipe, 0x8901, limits),
        "limits of the parent": (302, parent, 0, limits, 0),
        "limits of ourselves by name": (302, os.getpid(), 0, 0, limits),
        "nice to the parent": (141, 0, parent, 19),
        "cores of the parent": (203, parent, 8, limits),
        "ptrace": (101, 16, parent, 0, 0),
        "unshare": (272, 0x10000000),
        "thread in a namespace": (56, 0x3D0F00 | 0x10000000, 0, 0, 0, 0),
        "process": (56, 17, 0, 0, 0, 0),
        "execve": (59, ours, 0, 0),
        "socket": (41, 1, 1, 0),
        "socketpair": (53, 1, 1, 0, limits),
        "memfd_create": (319, ours, 0),
        "memfd_secret": (447, 0),
        "shmget": (29, 0, 1 << 20, 0o1600),
        "inotify_init": (294, 0),
        "fanotify_init": (300, 0, 0),
        "setxattr": (188, ours, ours, ours, 1, 0),
        "utimensat": (280, -100, ours, 0, 0),
        "chmod": (90, ours, 0o777),
        "mkdir": (83, ours, 0o700),
        "symlink": (88, ours, ours),
        "link": (86, ours, ours),
        "mknod": (133, ours, 0o10600, 0),
        "keyctl": (250, 0, 0, 0, 0),
        "bpf": (321, 0, limits, 16),
        "userfaultfd": (323, 0),
        "prctl": (157, 1, 0),
        "timer": (222, 1, 0, limits),
        "mount": (165, ours, ours, ours, 0, 0),
    }
    told = {}
    for name, arguments in calls.items():
        ctypes.set_errno(0)
        libc.syscall(*arguments)
        told[name] = ctypes.get_errno()
    return told
