"""What the integration tests want from the machine, how to tell that it is missing, and where it comes from."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.servers.browser import browser_missing
from tests.servers.ceph import CephServer
from tests.servers.postgres import PostgresServer
from tests.servers.redis import RedisServer


@dataclass(frozen=True)
class Need:
    """One service; `packages` are Debian's, with `|` between the names it has had; `brought_by` replaces it."""

    title: str
    packages: tuple[str, ...]
    why_missing: Callable[[], str | None]
    brought_by: str | None = None

    @property
    def brought(self) -> str | None:
        return os.environ.get(self.brought_by) if self.brought_by else None

    def absence(self) -> str | None:
        """Why it cannot be used here, or nothing."""
        return None if self.brought else self.why_missing()


def magick_missing() -> str | None:
    # In a process of its own: a failed import would be remembered by this one.
    tried = subprocess.run([sys.executable, "-c", "import wand.image"], capture_output=True, check=False)
    return "the MagickWand library was not found" if tried.returncode else None


def faketime() -> Path | None:
    """The library that tells a program another time, when it is loaded before everything else."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


def faketime_missing() -> str | None:
    return None if faketime() else "libfaketime was not found"


def exiftool_missing() -> str | None:
    return None if shutil.which("exiftool") else "exiftool was not found"


POSTGRES = Need("PostgreSQL", ("postgresql",), PostgresServer.missing, "TEST_DATABASE_URL")
S3 = Need("S3 (Ceph radosgw)", ("ceph-mon", "ceph-osd", "radosgw"), CephServer.missing, "TEST_S3_URL")
REDIS = Need("Redis", ("redis-server",), RedisServer.missing, "TEST_REDIS_URL")
MAGICK = Need(
    "ImageMagick",
    ("libmagickwand-6.q16-6|libmagickwand-6.q16-7t64|libmagickwand-7.q16-10",),
    magick_missing,
)
FAKETIME = Need("libfaketime", ("libfaketime",), faketime_missing)
EXIFTOOL = Need("exiftool", ("libimage-exiftool-perl",), exiftool_missing)
BROWSER = Need("Chromium", ("chromium|chromium-browser",), browser_missing)
NEEDS = (POSTGRES, S3, REDIS, MAGICK, FAKETIME, EXIFTOOL, BROWSER)
