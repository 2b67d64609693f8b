"""The rehearsal: a backup while uploads and deletions go on, the installation destroyed, another one out of the backup.

What docs/OPERATIONS.md tells operators to type, on both kinds of installation.
"""

import json
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from minio import Minio
from minio.error import S3Error

from adapters.minio.location import S3Location
from tests.integration.conftest import new_database, remove_bucket
from tests.integration.faults.places import (
    QUICK_VARIANTS,
    Place,
    furnish,
    in_a_data_centre,
    on_a_laptop,
    until,
)
from tests.integration.stories.running import PROGRAM, environment
from tests.servers import http
from tests.servers.ceph import S3Server
from tests.servers.postgres import program
from tests.servers.process import completed, run
from tests.unit.contracts.drawn import encoded, noise

CLIENTS = 3
PAUSE = 0.1
"""Seconds between a client's uploads: every one of them is gone through several times afterwards."""


def picture(number: int) -> bytes:
    """Each of them has other bytes."""
    return encoded(noise((90 + number // 100, 60 + number % 100)), "image/jpeg")


@dataclass
class Clients:
    """Clients that upload pictures and files, and delete some of them again, until told to stop."""

    place: Place
    kept: dict[str, bytes] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)
    failed: list[str] = field(default_factory=list)

    def go(self, first: int) -> None:
        number = first
        try:
            while not self.over.is_set():
                self._round(number)
                number += CLIENTS
                self.over.wait(PAUSE)
        except Exception as error:  # noqa: BLE001  a thread that dies in silence would leave a test that passes
            self.failed.append(repr(error))

    def _round(self, number: int) -> None:
        body, door = (picture(number), "image") if number % 3 else (secrets.token_bytes(50_000), "file")
        file_id = self.place.uploaded(body, door=door)
        self.kept[file_id] = body
        if number % 5 == 0:
            # Not known as kept any more before it goes.
            del self.kept[file_id]
            self.gone.add(file_id)
            url = f"{self.place.url}/files/{file_id}"
            assert http.delete(url, headers=self.place.key, timeout=60).status_code in {200, 204}

    @contextmanager
    def at_work(self) -> Iterator[None]:
        threads = [threading.Thread(target=self.go, args=(first,)) for first in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            until(lambda: len(self.kept) >= 4 * CLIENTS or bool(self.failed))
            yield
            count = len(self.kept)
            until(lambda: len(self.kept) >= count + CLIENTS or bool(self.failed))
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        assert not self.failed, self.failed


@dataclass(frozen=True)
class Answers:
    """What people were told before the disaster: the bytes of each file, and its addresses."""

    bytes: Mapping[str, bytes]
    deleted: frozenset[str]
    deleted_meanwhile: frozenset[str]


def rehearse(place: Place, back_up: Callable[[], None]) -> Answers:
    """An installation at work, of which a backup is made."""
    with place.api(), place.worker():
        settled = {place.uploaded(picture(9_000 + number)): picture(9_000 + number) for number in range(3)}
        place.until_settled(*settled)
        early = place.uploaded(b"deleted before", door="file")
        assert http.delete(f"{place.url}/files/{early}", headers=place.key, timeout=60).status_code in {200, 204}
        clients = Clients(place)
        with clients.at_work():
            promised = dict(clients.kept)
            back_up()
            assert len(clients.kept) > len(promised), "nothing was uploaded meanwhile"
    return Answers({**settled, **promised}, frozenset({early}), frozenset(clients.gone))


def check_everything_is_back(place: Place, answers: Answers) -> None:
    """Over HTTP, byte for byte; variants that were not made yet appear."""
    with place.api(), place.worker():
        rows = {str(file.id) for file in place.rows().files}
        assert answers.bytes.keys() <= rows
        place.until_settled(*answers.bytes)
        for file_id, body in answers.bytes.items():
            assert place.get(f"/files/{file_id}/content").content == body
            file = place.get(f"/files/{file_id}").json()
            assert file["status"] == "ready", file
            for name in file["variants"]:
                variant = place.get(f"/files/{file_id}/content?variant={name}")
                assert variant.status_code == 200, variant.text
                assert variant.headers["content-type"].startswith("image/")
            assert set(file["variants"]) in (set(), set(QUICK_VARIANTS))
        for file_id in answers.deleted:
            assert place.get(f"/files/{file_id}").status_code == 404
        fresh = place.uploaded(picture(9_999))
        place.until_settled(fresh)
        # Every job that the backup caught half-way comes to its end as well.
        place.until_settled(*rows)
    place.check_after_sweep()
    assert json.loads(place.run("verify", "--hashes", "--json"))["damaged"] == 0


def test_sqlite_and_a_folder_restored_or_copied(tmp_path: Path) -> None:
    place = on_a_laptop(tmp_path)
    furnish(place, QUICK_VARIANTS)
    folder = tmp_path / "backup"
    told: list[dict[str, Any]] = []

    def back_up() -> None:
        # Twice: the second brings the first up to date.
        told.extend(json.loads(place.run("backup", str(folder), "--json")) for _ in range(2))

    answers = rehearse(place, back_up)
    assert [each["missing"] for each in told] == [[], []]
    assert told[1]["copied"] < told[1]["blobs"]
    shutil.rmtree(tmp_path / "data")

    place.run("verify", str(folder), "--hashes")
    assert place.run("restore", str(folder)).startswith("restored ")
    check_everything_is_back(place, answers)

    # A plain copy of the backup can be started from, too.
    shutil.rmtree(tmp_path / "data")
    shutil.copytree(folder, tmp_path / "data")
    check_everything_is_back(place, answers)


def delete_again(place: Place, answers: Answers) -> None:
    """What came and went while the commands ran can be in the dump and lacking in the mirror, and nothing else."""
    verify = [*PROGRAM, "verify", "--hashes", "--json"]
    looked = completed(verify, cwd=place.folder, env=environment(place.settings))
    *damages, total = map(json.loads, looked.stdout.splitlines())
    assert total["damaged"] == len(damages), looked.stderr
    lacking = {damage["file_id"] for damage in damages}
    assert lacking <= answers.deleted_meanwhile, damages
    with place.api():
        for file_id in lacking:
            url = f"{place.url}/files/{file_id}"
            assert http.delete(url, headers=place.key, timeout=60).status_code in {200, 204}


@dataclass(frozen=True)
class Centre:
    """A PostgreSQL database and a bucket, and the tools of their own vendors."""

    database: str
    location: S3Location

    def dump(self, to: Path) -> None:
        run([program("pg_dump"), "--format=custom", f"--file={to}", f"--dbname={self.database}"])

    def load(self, dump: Path) -> None:
        run([program("pg_restore"), "--no-owner", "--exit-on-error", f"--dbname={self.database}", str(dump)])

    def mirror_to(self, other: "Centre") -> int:
        """Copy what is new, remove nothing: what `mc mirror` and `rclone copy` do."""
        copied, (here, there) = 0, (self._client(), other._client())
        if not there.bucket_exists(other.location.bucket):
            there.make_bucket(other.location.bucket)
        held = {each.object_name for each in there.list_objects(other.location.bucket, recursive=True)}
        for each in here.list_objects(self.location.bucket, recursive=True):
            name, size = str(each.object_name), each.size or 0
            if name in held:
                continue
            try:
                body = here.get_object(self.location.bucket, name)
            except S3Error as error:
                if error.code == "NoSuchKey":
                    continue  # deleted since it was listed
                raise
            there.put_object(other.location.bucket, name, body, size)
            body.close()
            copied += 1
        return copied

    def _client(self) -> Minio:
        at = self.location
        return Minio(urlsplit(at.endpoint).netloc, at.access_key, at.secret_key, secure=False, region=at.region)


@pytest.fixture
def centre_in(postgres_server: str, s3_server: S3Server) -> Iterator[Callable[[], Centre]]:
    with ExitStack() as stack:

        def make() -> Centre:
            bucket = f"test-{secrets.token_hex(6)}"
            stack.callback(remove_bucket, s3_server, bucket)
            location = S3Location(
                s3_server.endpoint, s3_server.region, s3_server.access_key, s3_server.secret_key, bucket
            )
            return Centre(stack.enter_context(new_database(postgres_server)), location)

        yield make


def test_postgresql_and_s3(tmp_path: Path, centre_in: Callable[[], Centre]) -> None:
    live, mirror, new = centre_in(), centre_in(), centre_in()
    (tmp_path / "before").mkdir()
    place = in_a_data_centre(tmp_path / "before", live.database, live.location)
    furnish(place, QUICK_VARIANTS)
    dump = tmp_path / "darkroom.dump"

    def back_up() -> None:
        live.mirror_to(mirror)
        live.dump(dump)
        live.mirror_to(mirror)

    answers = rehearse(place, back_up)
    remove_bucket(
        S3Server(live.location.endpoint, live.location.access_key, live.location.secret_key), live.location.bucket
    )

    mirror.mirror_to(new)
    new.load(dump)
    (tmp_path / "after").mkdir()
    restored = in_a_data_centre(tmp_path / "after", new.database, new.location)
    restored.key, restored.project_id = place.key, place.project_id
    restored.run("migrate")
    delete_again(restored, answers)
    check_everything_is_back(restored, answers)
