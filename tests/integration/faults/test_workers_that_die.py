"""Workers killed, stopped, or asked to leave in the middle of a job: it is done once, and nobody else suffers."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.faults.places import (
    LEASE,
    ODD_PROGRAM,
    SLOW_VARIANTS,
    Place,
    decoders_at_work,
    descendants,
    furnish,
    kill,
    on_a_laptop,
    until,
)
from tests.unit.contracts.drawn import encoded, noise, quarters

POISON = encoded(quarters((40, 30)), "image/gif")
SMALL = encoded(noise((90, 60)), "image/jpeg")


@pytest.fixture
def slow_place(bare_place: Place) -> Place:
    """With a project whose last variant takes its time."""
    furnish(bare_place, SLOW_VARIANTS)
    return bare_place


def freeze(*processes: int) -> None:
    tell(signal.SIGSTOP, processes)


def thaw(*processes: int) -> None:
    tell(signal.SIGCONT, processes)


def tell(what: signal.Signals, processes: Sequence[int]) -> None:
    """Those of them that are still there: decoders come and go."""
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


def held_in_the_middle(place: Place, worker: "subprocess.Popen[bytes]") -> str:
    """A job that this worker has begun and will not end, since its decoder stands still."""
    file_id = place.uploaded()
    place.until_under_way(file_id)
    until(lambda: bool(decoders_at_work(worker.pid)))
    # A decoder that had just answered is let go on for the next question.
    frozen_looks = 0
    while frozen_looks < 5:
        freeze(*descendants(worker.pid))
        time.sleep(0.05)
        frozen_looks = 0 if decoders_at_work(worker.pid) else frozen_looks + 1
    assert place.job(file_id).status == "processing", "it was too quick for us"
    return file_id


def test_a_killed_workers_job_is_taken_up_after_its_lease_and_done_once(slow_place: Place) -> None:
    place = slow_place
    with place.api():
        with place.worker() as doomed:
            file_id = held_in_the_middle(place, doomed)
            children = descendants(doomed.pid)
            killed_at = time.monotonic()
            kill(doomed)
        until(lambda: not any(alive(child) for child in children), 5)
        with place.worker():
            place.until_settled(file_id)
        taken = time.monotonic() - killed_at
        assert place.status(file_id) == "ready"
        facts = place.job_facts(file_id)
        assert (facts["status"], facts["attempts"], facts["crashes"]) == ("completed", 2, 1), facts
        assert taken > LEASE / 3
        check_variants(place, file_id)
    place.check_after_sweep()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def check_variants(place: Place, file_id: str) -> None:
    file = place.get(f"/files/{file_id}").json()
    assert set(file["variants"]) == set(SLOW_VARIANTS)
    for address in file["variants"].values():
        assert place.get(address.removeprefix(place.url)).status_code == 200


def test_a_worker_that_slept_past_its_lease_changes_nothing(slow_place: Place) -> None:
    place = slow_place
    with place.api():
        with place.worker() as sleeper:
            file_id = place.uploaded()
            place.until_under_way(file_id)
            asleep = [sleeper.pid, *descendants(sleeper.pid)]
            freeze(*asleep)
            assert place.job(file_id).status == "processing"
            # Another one takes it over and does it.
            with place.worker() as other:
                place.until_settled(file_id)
                other.send_signal(signal.SIGTERM)
                assert other.wait(20) == 0
            done, blobs = place.job_facts(file_id), place.blobs()
            before = place.rows()
            thaw(*asleep)
            until(lambda: "somebody else" in place.told("worker"), 20, told=lambda: place.told("worker"))
            sleeper.send_signal(signal.SIGTERM)
            assert sleeper.wait(20) == 0
        after = place.rows()
        assert place.job_facts(file_id) == done
        assert done["status"] == "completed"
        assert (after.files, after.variants, after.projects) == (before.files, before.variants, before.projects)
        assert {key: blob.sha256 for key, blob in place.blobs().items()} == {k: b.sha256 for k, b in blobs.items()}
    place.check_after_sweep()


def test_asked_to_leave_it_finishes_what_is_under_way_and_takes_nothing_new(slow_place: Place) -> None:
    place = slow_place
    with place.api(), place.worker(SHUTDOWN_GRACE="30") as leaver:
        first = held_in_the_middle(place, leaver)
        leaver.send_signal(signal.SIGTERM)
        until(lambda: "finishing what is under way" in place.told("worker"))
        second = place.uploaded(SMALL)
        thaw(*descendants(leaver.pid))
        assert leaver.wait(40) == 0
        assert place.job_facts(first)["status"] == "completed"
        assert (place.job_facts(second)["status"], place.job_facts(second)["attempts"]) == ("pending", 0)
    place.check()


def test_out_of_time_it_hands_the_job_back_unspent(slow_place: Place) -> None:
    place = slow_place
    with place.api():
        with place.worker(SHUTDOWN_GRACE="0.3", JOB_LEASE="60") as leaver:
            file_id = held_in_the_middle(place, leaver)
            leaver.send_signal(signal.SIGTERM)
            assert leaver.wait(20) == 0
        facts = place.job_facts(file_id)
        assert (facts["status"], facts["attempts"], facts["crashes"]) == ("pending", 0, 0), facts
        with place.worker():
            place.until_settled(file_id, seconds=30)
        assert place.status(file_id) == "ready"
    place.check()


def test_asked_twice_it_leaves_at_once(slow_place: Place) -> None:
    place = slow_place
    with place.api(), place.worker(SHUTDOWN_GRACE="60", JOB_LEASE="60") as leaver:
        file_id = held_in_the_middle(place, leaver)
        leaver.send_signal(signal.SIGTERM)
        until(lambda: "finishing what is under way" in place.told("worker"))
        began = time.monotonic()
        leaver.send_signal(signal.SIGTERM)
        assert leaver.wait(20) == 0
        assert time.monotonic() - began < 5
        facts = place.job_facts(file_id)
        assert (facts["status"], facts["attempts"], facts["crashes"]) == ("pending", 0, 0), facts
    place.check()


def test_a_job_that_kills_its_workers_is_put_aside_and_the_queue_moves_on(place: Place) -> None:
    deaths = 0
    with place.api():
        poison, harmless = place.uploaded(POISON), place.uploaded(SMALL)
        while place.status(poison) == "processing":
            with place.worker(program=ODD_PROGRAM, ODDITY="dies of gif", JOB_LEASE="1") as worker:
                until(lambda: worker.poll() is not None or place.status(poison) != "processing")
                deaths += worker.poll() == -signal.SIGKILL
            assert deaths <= 3, "it is never put aside"
        with place.worker():
            place.until_settled(harmless)
        assert deaths == 3
        assert place.status(harmless) == "ready"
        facts = place.job_facts(poison)
        assert (facts["status"], facts["crashes"]) == ("failed", 3), facts
        assert "workers died" in facts["last_error"]
        told = place.get(f"/files/{poison}").json()
        assert told["status"] == "failed"
        assert "workers died" in str(told)
    place.check_after_sweep()


def test_a_decoder_that_goes_mad_costs_one_job_and_never_the_worker(tmp_path: Path) -> None:
    place = on_a_laptop(tmp_path)
    furnish(place, {"misbehave": {"format": "webp", "width": 30}})
    with place.api():
        for engine in ("Segfaults", "Hangs", "Forks", "Eats"):
            odd = {"program": ODD_PROGRAM, "ODDITY": f"engine {engine}", "RENDER_TIMEOUT": "1"}
            with place.worker(**odd) as worker:
                file_id = place.uploaded(SMALL)
                until_tried(place, file_id)
                facts = place.job_facts(file_id)
                assert worker.poll() is None, engine
                worker.send_signal(signal.SIGTERM)
                assert worker.wait(20) == 0, engine
            assert facts["crashes"] == 0, f"{engine}: the worker was taken for dead"
            assert "ecoder" in facts["last_error"], engine
            with place.worker():
                place.until_settled(file_id)
            assert place.status(file_id) == "ready", engine
    place.check_after_sweep()


def until_tried(place: Place, file_id: str) -> None:
    until(lambda: place.job_facts(file_id)["last_error"] is not None, told=lambda: place.told("worker"))
