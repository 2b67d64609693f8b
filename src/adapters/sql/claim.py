"""The claim: one statement that finds due jobs, fairly, and makes them ours.

    urgency    the (kind, priority) pairs that have unfinished jobs, found by leaping through the index
    lane       of each pair the projects with something due, beginning after the one that was served last and going
               round; UNION drops the one we began with, and so ends the round
    expired    what a worker began and did not end within its lease; found by its token, for which there is one index
    candidate  the expired ones, and of every lane the longest waiting, numbered by turn
    ranked     most urgent first, then the expired ones, then one of every project in turn
    picked     the first of those; rows another claimer is just taking are skipped

Nothing here looks at more jobs than it could claim, so a million waiting ones cost what a thousand do. While a job is
processed, `due_at` is the end of its lease.
"""

from functools import lru_cache

from sqlalchemy import BigInteger, TextClause, TextualSelect, bindparam, text

from adapters.sql.dbtime import POSTGRES_NOW, SQLITE_NOW
from adapters.sql.tables import jobs
from adapters.sql.types import Uuid
from domain.jobs import JobKind

LANES = 4
"""How many lanes beyond our own wish one claim looks at; the next begins where this one ended."""

RIVALS = 32
"""How many rows beyond our own wish others may hold at this instant without leaving us empty-handed."""

_UNFINISHED = "status IN ('pending', 'processing')"

_FIRST_OF_LANE = """
    SELECT id, due_at FROM jobs
    WHERE {unfinished} AND status = 'pending' AND kind = lane.kind AND priority = lane.priority
      AND project_id = lane.project_id AND due_at <= {now}
    ORDER BY due_at, id LIMIT {depth}"""

# SQLite has no LATERAL, and one writer: nobody else is claiming.
_DUE = {
    "postgresql": "CROSS JOIN LATERAL ({first}) AS due",
    "sqlite": "CROSS JOIN jobs AS due ON due.id IN (SELECT id FROM ({first}))",
}
_LOCK = {"postgresql": "FOR UPDATE OF jobs SKIP LOCKED", "sqlite": ""}
_NOW = {"postgresql": POSTGRES_NOW, "sqlite": SQLITE_NOW}
_LATER = {"postgresql": f"{POSTGRES_NOW} + :lease * interval '1 microsecond'", "sqlite": f"{SQLITE_NOW} + :lease"}

_CLAIM = """
WITH RECURSIVE
wanted(kind) AS (VALUES {wanted}),
urgency(kind, priority) AS (
    SELECT kind, (SELECT priority FROM jobs WHERE {unfinished} AND kind = wanted.kind ORDER BY priority LIMIT 1)
    FROM wanted
    UNION ALL
    SELECT kind, (
        SELECT priority FROM jobs WHERE {unfinished} AND kind = urgency.kind AND priority > urgency.priority
        ORDER BY priority LIMIT 1
    )
    FROM urgency WHERE priority IS NOT NULL
),
lane(kind, priority, project_id) AS (
    SELECT kind, priority, {next_after_served} FROM urgency WHERE priority IS NOT NULL
    UNION
    SELECT kind, priority, {next_after_lane} FROM lane WHERE project_id IS NOT NULL
),
expired AS (
    SELECT id, priority, project_id, 0 AS turn FROM jobs
    WHERE lease_token IS NOT NULL AND due_at <= {now} AND kind IN ({kinds})
    ORDER BY due_at, id LIMIT {depth}
),
candidate AS (
    SELECT id, priority, project_id, turn FROM expired
    UNION ALL
    SELECT due.id, lane.priority, lane.project_id, row_number() OVER (
        PARTITION BY lane.priority, lane.project_id ORDER BY due.due_at, due.id
    ) AS turn
    FROM (SELECT * FROM lane WHERE project_id IS NOT NULL LIMIT {lanes}) AS lane {due}
),
ranked AS (
    SELECT id, row_number() OVER (ORDER BY priority, turn, project_id <= :served, project_id) AS place FROM candidate
    ORDER BY place LIMIT {depth}
),
picked AS (
    SELECT jobs.id FROM ranked JOIN jobs ON jobs.id = ranked.id
    WHERE {unfinished} AND jobs.due_at <= {now}
    ORDER BY ranked.place
    LIMIT {slots} {lock}
)
UPDATE jobs SET
    status = 'processing',
    attempts = attempts + 1,
    crashes = crashes + CASE WHEN status = 'processing' THEN 1 ELSE 0 END,
    progress = 0,
    due_at = {later},
    lease_token = :token,
    updated_at = {now}
WHERE id IN (SELECT id FROM picked)
RETURNING {columns}
"""

_NEXT_PROJECT = """coalesce(
        (SELECT project_id FROM jobs WHERE {unfinished} AND kind = {of}.kind AND priority = {of}.priority
           AND project_id > {after} AND due_at <= {now}
         ORDER BY project_id, due_at, id LIMIT 1),
        (SELECT project_id FROM jobs WHERE {unfinished} AND kind = {of}.kind AND priority = {of}.priority
           AND due_at <= {now}
         ORDER BY project_id, due_at, id LIMIT 1)
    )"""


@lru_cache(maxsize=256)
def claim_statement(dialect: str, slots: int, kinds: frozenset[JobKind]) -> TextualSelect:
    """The statement for so many slots: numbers stand in it as such, since the planner must know how few we want."""
    now = _NOW[dialect]
    told = {"unfinished": _UNFINISHED, "now": now}
    quoted = [f"'{kind.value}'" for kind in sorted(kinds)]
    depth = slots + (RIVALS if dialect == "postgresql" else 0)
    statement = _CLAIM.format(
        **told,
        wanted=", ".join(f"({kind})" for kind in quoted),
        kinds=", ".join(quoted),
        next_after_served=_NEXT_PROJECT.format(**told, of="urgency", after=":served"),
        next_after_lane=_NEXT_PROJECT.format(**told, of="lane", after="lane.project_id"),
        due=_DUE[dialect].format(first=_FIRST_OF_LANE.format(**told, depth=depth)),
        lanes=slots + LANES,
        depth=depth,
        slots=slots,
        lock=_LOCK[dialect],
        later=_LATER[dialect],
        columns=", ".join(column.name for column in jobs.c),
    )
    return _bound(text(statement)).columns(*jobs.c)


def _bound(statement: TextClause) -> TextClause:
    return statement.bindparams(
        bindparam("served", type_=Uuid()), bindparam("token", type_=Uuid()), bindparam("lease", type_=BigInteger())
    )
