"""Several processes count in one folder: their sums are right, whoever comes, goes or is killed."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.prometheus.places import take_place, taken
from tests.conftest import ROOT
from tests.servers.process import started
from tests.unit.adapters.exposition import Page, read

pytestmark = pytest.mark.slow


@dataclass
class Counter:
    """A process that counts."""

    child: subprocess.Popen[str]

    @property
    def _pipes(self) -> tuple[Callable[[str], int], Callable[[], str]]:
        assert self.child.stdin
        assert self.child.stdout
        return self.child.stdin.write, self.child.stdout.readline

    def place(self) -> int:
        return int(self._pipes[1]())

    def upload(self, times: int = 1) -> None:
        write, line = self._pipes
        for _ in range(times):
            write("upload\n")
            assert line() == "done\n"

    def page(self) -> Page:
        write, line = self._pipes
        write("page\n")
        return read("".join(iter(line, "# END\n")))

    def die(self) -> None:
        self._pipes[0]("die\n")
        assert self.child.wait(10) == -9

    def leave(self) -> None:
        assert self.child.stdin
        self.child.stdin.close()
        assert self.child.wait(10) == 0


Start = Callable[[str], Counter]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:

        def counter(program: str) -> Counter:
            child = started(
                [sys.executable, "-m", "tests.unit.adapters.counting", str(tmp_path / "metrics"), program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
            )
            running.callback(child.wait)
            running.callback(child.kill)
            return Counter(child)

        yield counter


def uploads(page: Page) -> float:
    return page("darkroom_uploads_total", kind="image")


def processes(page: Page) -> set[tuple[str, str]]:
    found = (dict(labels) for name, labels in page.samples if name == "process_resident_memory_bytes")
    return {(labels["program"], labels["process"]) for labels in found}


def test_any_page_shows_the_sums_of_all(start: Start) -> None:
    serve, worker = start("serve"), start("worker")
    assert {serve.place(), worker.place()} == {0, 1}
    serve.upload(3)
    worker.upload(4)
    for each in (serve, worker):
        page = each.page()
        assert uploads(page) == 7
        assert page("darkroom_upload_bytes_total", kind="image") == 70
        assert page("darkroom_claim_duration_seconds_sum") == 3.5
        assert page("darkroom_claim_duration_seconds_bucket", le="+Inf") == 7
        assert {program for program, _ in processes(page)} == {"serve", "worker"}


def test_what_the_dead_counted_stays_but_they_are_seen_no_more(start: Start) -> None:
    serve, worker = start("serve"), start("worker")
    serve.place(), worker.place()
    worker.upload(2)
    worker.die()
    page = serve.page()
    assert uploads(page) == 2
    assert {program for program, _ in processes(page)} == {"serve"}


def test_who_comes_next_counts_on_in_the_place_of_the_dead(start: Start, tmp_path: Path) -> None:
    serve = start("serve")
    assert serve.place() == 0
    worker = start("worker")
    assert worker.place() == 1
    worker.upload(2)
    for times in range(1, 4):
        worker.die() if times % 2 else worker.leave()
        worker = start("worker")
        assert worker.place() == 1
        worker.upload()
        assert uploads(serve.page()) == 2 + times
    assert len(list((tmp_path / "metrics").glob("counter_*.db"))) == 2


def test_the_first_of_all_begins_anew(start: Start) -> None:
    before = start("up")
    before.place()
    before.upload(5)
    before.leave()
    after = start("up")
    assert after.place() == 0
    assert uploads(after.page()) == 0


def test_files_of_others_are_let_alone_and_not_counted(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    names = {"media_store.db", "counter_a.db", "gauge_all_1.db", "my_counter_1.db", "facts_of_life.json", "facts_1.txt"}
    for name in names:
        (folder / name).write_bytes(b"precious")
    before = start("up")
    before.place()
    before.upload(5)
    before.leave()
    after = start("up")
    after.place()
    assert uploads(after.page()) == 0
    assert {path.name for path in folder.iterdir() if path.read_bytes() == b"precious"} == names


def test_a_process_that_was_there_first_is_not_disturbed_by_later_ones(start: Start) -> None:
    first = start("serve")
    first.place()
    first.upload(1)
    crowd = [start("worker") for _ in range(4)]
    assert sorted(each.place() for each in crowd) == [1, 2, 3, 4]
    for each in (first, *crowd):
        each.upload(2)
    assert uploads(first.page()) == 11
    assert len(processes(first.page())) == 5


def test_many_who_start_at_once_get_a_place_each(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        places = list(pool.map(lambda _: take_place(tmp_path / "metrics"), range(16)))
    assert sorted(place.number for place in places) == list(range(16))
    assert sorted(taken(tmp_path / "metrics")) == list(range(16))
    for place in places:
        os.close(place.lock)
    assert not list(taken(tmp_path / "metrics"))


def test_room_for_the_numbers_is_taken_on_the_disk_beforehand(start: Start, tmp_path: Path) -> None:
    counter = start("up")
    counter.place()
    files = list((tmp_path / "metrics").glob("*.db"))
    assert files
    assert all(file.stat().st_blocks * 512 >= file.stat().st_size > 1 << 16 for file in files)
