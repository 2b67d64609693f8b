"""The end of jobs whose only effect is the word of it, several in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, text
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.sql.database import SqlDatabase
from adapters.sql.errors import translated
from adapters.sql.jobs import COMPLETED, lease_lost
from adapters.sql.rows import event_row
from adapters.sql.tables import events, jobs
from adapters.sql.together import Together
from domain.events import Event
from domain.jobs import Lease

# A row that somebody else holds is passed over instead of waited for: two batches that wait for each other's rows
# would never end.
_FINISHED = """
WITH told AS MATERIALIZED (
    SELECT * FROM unnest(:job_id, :token, :kind, :project_id, :file_id, :at, :data)
        AS told(job_id, token, kind, project_id, file_id, at, data)
),
held AS MATERIALIZED (
    SELECT jobs.id FROM jobs JOIN told ON told.job_id = jobs.id AND told.token = jobs.lease_token
    WHERE jobs.id = ANY(:job_id) FOR UPDATE OF jobs SKIP LOCKED
),
done AS (
    UPDATE jobs SET status = 'completed', progress = 100, lease_token = NULL, updated_at = statement_timestamp()
    WHERE id IN (SELECT id FROM held) RETURNING id
)
INSERT INTO events (job_id, kind, project_id, file_id, at, data)
SELECT job_id, kind, project_id, file_id, at, data FROM told JOIN done ON done.id = told.job_id
RETURNING job_id
"""
_TOLD = ("job_id", "kind", "project_id", "file_id", "at", "data")
_EVENT = insert(events)
_AT_ONCE = text(_FINISHED).bindparams(
    bindparam("token", type_=ARRAY(jobs.c.lease_token.type)),
    *[bindparam(name, type_=ARRAY(events.c[name].type)) for name in _TOLD],
)


@dataclass(frozen=True, slots=True)
class Finished:
    """A job that has come to its end, and the word of it."""

    lease: Lease
    told: Event


class Finishing:
    """Ends jobs of leases that are in force, each with its word."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database
        self._together = Together(self._in_turn if database.is_sqlite else self._at_once)

    async def __call__(self, finished: Finished) -> None:
        """End one, along with those that end at the same time."""
        # What is left over is lost, or held by somebody for a moment, to cancel it or to remove its file: only
        # waiting tells, and the others need not wait along.
        if not await self._together(finished) and not (await self._in_turn([finished]))[0]:
            raise lease_lost()

    async def _at_once(self, finished: Sequence[Finished]) -> list[bool]:
        first = {each.lease.job_id: each for each in reversed(finished)}
        rows = [event_row(each.told) for each in first.values()]
        values: dict[str, Any] = {name: [row[name] for row in rows] for name in _TOLD}
        tokens = [each.lease.token for each in first.values()]
        async with self._database.single() as connection:
            ended = set((await connection.execute(_AT_ONCE, {"token": tokens, **values})).scalars())
        return [first[each.lease.job_id] is each and each.lease.job_id in ended for each in finished]

    async def _in_turn(self, finished: Sequence[Finished]) -> list[bool]:
        done = []
        async with self._database.transaction() as connection:
            with translated():
                for each in finished:
                    of_lease = {"job_id": each.lease.job_id, "token": each.lease.token}
                    done.append((await connection.execute(COMPLETED, of_lease)).rowcount == 1)
                    if done[-1]:
                        await connection.execute(_EVENT, event_row(each.told))
                await connection.commit()
        return done
