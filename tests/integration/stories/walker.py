"""A worker that takes up syncs of projects and nothing else, run as a program of its own.

It says how far it is and how much memory it takes (in KiB) after each batch, and at last how it ended.
Told a number, it falls asleep after so many batches, and somebody else has to wake it.
"""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from application.jobs.run_job import Report
from domain.jobs import Job, JobKind
from entrypoints.settings import load_settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import opened


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


async def walk(sleeps_after: int) -> None:
    """Wait for a sync that is due, and do it."""
    settings = load_settings()
    room = Darkroom(settings=settings)
    work = room.work()
    sync, left = work.sync_variants(), iter(range(sleeps_after - 1, -1, -1))

    async def telling(job: Job, report: Report) -> None:
        say("begun", job.payload.get("seen", 0))

        def tell(progress: int) -> None:
            say("walked", progress, resident())
            report(progress)
            if next(left, None) == 0:
                # Between two transactions, where it holds nothing but its lease.
                os.kill(os.getpid(), signal.SIGSTOP)

        await sync(job, tell)

    kind = JobKind.SYNC_PROJECT_VARIANTS
    claim, run = work.claim_job(), replace(work.run_job(), handlers={kind: telling})
    async with opened([*room.database().held, *room.carrier().held]):
        while not (jobs := await claim(1, frozenset({kind}))):
            await asyncio.sleep(settings.poll_interval)
        say("ended", type(await run(jobs[0])).__name__)


if __name__ == "__main__":
    asyncio.run(walk(int(sys.argv[1]) if sys.argv[1:] else 0))
