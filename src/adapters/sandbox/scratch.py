"""Private folders, each held by a lock that dies with its owner, and the sweep of those that nobody holds."""

import errno
import fcntl
import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path

from application.trees import remove_tree

PREFIX = "darkroom-decoder-"
YOUNG_SECONDS = 60
TRIES = 10
SOURCE, OUT = "source", "out"
MOST_LEFT = 100


class HeldFolder:
    """A folder that is ours as long as its lock is held; the kernel lets go when we die."""

    def __init__(self, prefix: str, inside: Path | None = None) -> None:
        if inside is not None:
            # Somebody who tidies up may have taken it.
            inside.mkdir(parents=True, exist_ok=True)
        for tries_left in reversed(range(TRIES)):
            try:
                self._lock, self.path = _made(prefix, inside)
                break
            except FileNotFoundError:
                # A sweep of a process whose clock is ahead took it for an old one.
                if not tries_left:
                    raise

    def remove(self) -> None:
        """Delete the folder and everything in it; twice is once."""
        remove_tree(self.path)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _made(prefix: str, inside: Path | None) -> tuple[int, Path]:
    """A locked folder; it gets its name once it is locked, so that no sweep ever meets it between the two."""
    unborn = Path(tempfile.mkdtemp(prefix=f".{prefix}", dir=inside)).absolute()
    lock = os.open(unborn / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock, unborn.rename(unborn.with_name(unborn.name.removeprefix(".")))
    except BaseException:
        os.close(lock)
        raise


def sweep(prefix: str, inside: Path | None = None) -> int:
    """Delete the folders of this prefix that nobody holds any more; say how many."""
    folder = inside or Path(tempfile.gettempdir())
    abandoned = [path for path in (*folder.glob(f"{prefix}*"), *folder.glob(f".{prefix}*")) if _abandoned(path)]
    return sum(remove_tree(path) for path in abandoned)


class Scratch:
    """What one decoder sees of the disk: the picture, which it may read, and `out`, where it may write."""

    def __init__(self, inside: Path | None = None) -> None:
        self._held = HeldFolder(PREFIX, inside)
        self.path = self._held.path
        self._out = self.path / OUT
        self._out.mkdir()
        self._made = self._out.lstat()

    def lay(self, source: Path) -> None:
        """Let the decoder have this picture, without copying it where both lie on one disk."""
        if not self.clear():
            raise OSError(errno.ENOTEMPTY, "its folder cannot be emptied")
        real, place = source.resolve(strict=True), self.path / SOURCE
        try:
            place.hardlink_to(real)
        except OSError:
            shutil.copyfile(real, place)

    def take(self, name: str, extension: str, into: Path) -> tuple[Path, int]:
        """Move what the decoder has made out of its reach, under a name of ours, and only then look at it."""
        handle, place = tempfile.mkstemp(dir=into, suffix=f".{extension}")
        os.close(handle)
        path = Path(place)
        try:
            _move(self._out / Path(name).name, path)
            told = path.lstat()
            if not stat.S_ISREG(told.st_mode):
                raise ValueError("a variant that is no plain file")
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path, told.st_size

    @property
    def there(self) -> bool:
        """Whether it is still the folder that the decoder was given."""
        try:
            return os.path.samestat(self._out.lstat(), self._made)
        except OSError:
            return False

    def clear(self) -> bool:
        """Leave nothing of one call to the next; tells whether that could be done.

        A decoder that leaves folders behind, or more than a few files, is up to something: its own folder is to go.
        """
        try:
            (self.path / SOURCE).unlink(missing_ok=True)
            with os.scandir(self._out) as entries:
                left = list(islice(entries, MOST_LEFT + 1))
            for entry in left[:MOST_LEFT]:
                Path(entry.path).unlink(missing_ok=True)
        except OSError:
            return False
        return len(left) <= MOST_LEFT

    def remove(self) -> None:
        """Delete everything; twice is once."""
        self._held.remove()


def _move(made: Path, path: Path) -> None:
    if not os.path.lexists(made) and made.parent.exists():
        raise ValueError("a file that is not there")
    try:
        made.replace(path)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(made, path, follow_symlinks=False)


def _abandoned(path: Path) -> bool:
    with suppress(OSError):
        old = time.time() - path.stat().st_mtime > YOUNG_SECONDS
        # One without a lock is on its way into the world or out of it.
        settled = not path.name.startswith(".") and (path / "lock").exists()
        return (old or settled) and not _held(path)
    return False


def _held(path: Path) -> bool:
    with suppress(FileNotFoundError), (path / "lock").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
