"""A disk that is full: said as such, nothing half-written, and well again once there is room."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.filesystem.blobs import SCRATCH, FilesystemBlobs
from application.ports.blob_store import BlobStore
from tests.integration.faults.places import QUICK_VARIANTS, Place, furnish, on_a_laptop
from tests.integration.stories.running import PROGRAM, wait_until_ready
from tests.servers import http

MIB = 1 << 20
SIZE = 6 * MIB
ON_A_SMALL_DISK = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
MOUNTED = f'mount -t tmpfs -o size={SIZE},mode=700 none "$0" && exec "$@"'


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Place, "subprocess.Popen[bytes]"]]:
    """An API that keeps its blobs on a disk of six megabytes; its rows have all the room there is."""
    place = on_a_laptop(tmp_path)
    furnish(place, QUICK_VARIANTS)
    disk = tmp_path / "disk"
    disk.mkdir()
    place = place.with_settings(MEDIA_STORAGE_DIR=str(disk))
    with place.started("serve", program=(*ON_A_SMALL_DISK, MOUNTED, str(disk), *PROGRAM)) as child:
        wait_until_ready(place.url, child, place.log("serve"))
        # The disk is there for the program alone; the kernel shows it to us by way of it.
        seen = Path(f"/proc/{child.pid}/root{disk}")

        @asynccontextmanager
        async def straight() -> AsyncIterator[BlobStore]:
            yield FilesystemBlobs(seen)

        yield replace(place, straight=straight, scratch=(seen / SCRATCH,)), child


def test_a_full_disk_is_told_as_such_and_works_again_when_there_is_room(
    small_disk: tuple[Place, "subprocess.Popen[bytes]"],
) -> None:
    place, api = small_disk
    first = place.uploaded(b"x" * 4 * MIB, door="file")
    for size in (4 * MIB, 100 * MIB, 3 * MIB):
        answer = place.upload(b"y" * size, door="file")
        assert answer.status_code == 507, answer.text
        assert answer.json()["code"] == "storage_full"
        assert int(answer.headers["retry-after"]) > 0
        place.check(running=True)
    assert api.poll() is None
    assert len(place.rows().files) == 1
    assert place.get(f"/files/{first}/content").content == b"x" * 4 * MIB
    http.delete(f"{place.url}/files/{first}", headers=place.key, timeout=30).raise_for_status()
    again = place.uploaded(b"y" * 4 * MIB, door="file")
    assert place.get(f"/files/{again}/content").content == b"y" * 4 * MIB
    place.check(running=True)
