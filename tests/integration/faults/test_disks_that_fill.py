"""A disk that is full: said as such, nothing half-written, and well again once there is room."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.filesystem.blobs import SCRATCH, FilesystemBlobs
from application.ports.blob_store import BlobStore
from tests.integration.faults.places import QUICK_VARIANTS, Place, furnish, on_a_laptop, until
from tests.integration.stories.running import PROGRAM, wait_until_ready
from tests.servers import http

MIB = 1 << 20
ON_A_SMALL_DISK = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
PASSWORD = "correct horse battery staple"


def mounted(size: int) -> str:
    """A shell script that mounts a disk of this size, for itself alone, and runs a program."""
    return f'mount -t tmpfs -o size={size},mode=700 none "$0" && exec "$@"'


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Place, "subprocess.Popen[bytes]"]]:
    """An API that keeps its blobs on a disk of six megabytes; its rows have all the room there is."""
    place = on_a_laptop(tmp_path)
    furnish(place, QUICK_VARIANTS)
    disk = tmp_path / "disk"
    disk.mkdir()
    place = place.with_settings(MEDIA_STORAGE_DIR=str(disk), MIN_FREE_DISK="0")
    with place.started("serve", program=(*ON_A_SMALL_DISK, mounted(6 * MIB), str(disk), *PROGRAM)) as child:
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


def fill(disk: Path) -> None:
    """To the last byte."""
    with (disk / "something else").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(MIB)):
            pass


def test_with_no_byte_left_people_sign_in_and_delete_and_only_uploads_are_refused(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    place = on_a_laptop(tmp_path).with_settings(
        DATA_DIR=str(disk),
        DATABASE_URL=f"sqlite:///{disk / 'rows.db'}",
        MIN_FREE_DISK=str(20 * MIB),
        SU_USERNAME="riz",
        SU_PASSWORD=PASSWORD,
    )
    with place.started("up", program=(*ON_A_SMALL_DISK, mounted(128 * MIB), str(disk), *PROGRAM)) as child:
        wait_until_ready(place.url, child, place.log("up"))
        seen = Path(f"/proc/{child.pid}/root{disk}")
        place = sign_in(place)
        project = http.post(f"{place.url}/projects", json={"name": "Snaps"}, headers=place.key, timeout=30).json()
        place.key["X-Project-Id"] = project["id"]
        file_id = place.uploaded(b"x" * MIB, door="file")
        until((seen / "rows.db-spare").exists)

        fill(seen)
        refused = place.upload(b"y", door="file")
        assert (refused.status_code, refused.json()["code"]) == (507, "storage_full"), refused.text
        for _ in range(20):
            place = sign_in(place)
            place.key["X-Project-Id"] = project["id"]
        http.delete(f"{place.url}/files/{file_id}", headers=place.key, timeout=30).raise_for_status()
        assert http.get(f"{place.url}/health", timeout=30).status_code == 200

        (seen / "something else").unlink()
        place.uploaded(b"y" * MIB, door="file")


def sign_in(place: Place) -> Place:
    answer = http.post(
        f"{place.url}/auth/login", json={"username": "riz", "password": PASSWORD}, headers=place.key, timeout=30
    )
    assert answer.status_code == 200, answer.text
    return replace(place, key={"Authorization": f"Bearer {answer.json()['access_token']}"})
