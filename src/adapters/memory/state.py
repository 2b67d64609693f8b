"""Rows in memory: what is committed, and drafts of what may become so."""

import copy
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, NoReturn, Self
from uuid import UUID

import anyio

from application.ports.clock import Clock
from application.ports.ingested import IngestedObject
from domain.api_keys import ApiKey
from domain.audit import AuditEntry
from domain.errors import DarkroomError, Invalid, Unavailable
from domain.events import Event
from domain.identity import Session, User
from domain.inbox import PresignedUpload
from domain.jobs import Job
from domain.library import Entity
from domain.media import MediaFile
from domain.oauth import LinkedIdentity, PendingSignIn
from domain.projects import Project
from domain.refreshing import RefreshToken
from domain.roles import NamedRole
from domain.second_factor import SecondFactor
from domain.sign_in_codes import SignInCode

PATIENCE = 10


@dataclass
class Rows:
    """Everything a store holds."""

    users: dict[UUID, User] = field(default_factory=dict)
    names: dict[str, UUID] = field(default_factory=dict)
    sessions: dict[UUID, Session] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    roles: dict[str, NamedRole] = field(default_factory=dict)
    linked_identities: dict[tuple[str, str], LinkedIdentity] = field(default_factory=dict)
    second_factors: dict[UUID, SecondFactor] = field(default_factory=dict)
    sign_in_codes: dict[UUID, SignInCode] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    projects: dict[UUID, Project] = field(default_factory=dict)
    api_keys: dict[UUID, ApiKey] = field(default_factory=dict)
    files: dict[UUID, MediaFile] = field(default_factory=dict)
    original_keys: dict[str, UUID] = field(default_factory=dict)
    variant_keys: dict[str, UUID] = field(default_factory=dict)
    former_keys: dict[str, tuple[UUID, str]] = field(default_factory=dict)
    usage: dict[tuple[UUID, date, str, str], tuple[int, int]] = field(default_factory=dict)
    presigned_uploads: dict[UUID, PresignedUpload] = field(default_factory=dict)
    personal_projects: dict[UUID, UUID] = field(default_factory=dict)
    ingested: dict[UUID, IngestedObject] = field(default_factory=dict)
    jobs: dict[UUID, Job] = field(default_factory=dict)
    log: dict[int, Event] = field(default_factory=dict)
    last_event: int = 0
    entities: dict[int, Entity] = field(default_factory=dict)
    entity_versions: dict[int, Entity] = field(default_factory=dict)
    last_entity: int = 0
    last_change: int = 0

    @property
    def events(self) -> Sequence[Event]:
        """What happened, in the order it was written."""
        return list(self.log.values())

    def copy(self) -> Self:
        """The same rows, free to be changed: rows themselves never change."""
        return type(self)(**{f.name: copy.copy(getattr(self, f.name)) for f in fields(self)})


class Draft:
    """The rows as one unit of work sees them; nothing of it can be committed after the first refusal."""

    def __init__(self, rows: Rows, clock: Clock) -> None:
        self.clock = clock
        self._rows = rows
        self._refused: DarkroomError | None = None
        self._over = False

    @property
    def rows(self) -> Rows:
        """What the unit sees and changes."""
        if self._refused:
            raise self._refused
        if self._over:
            raise RuntimeError("this unit of work has been committed; begin another one")
        return self._rows

    def refuse(self, error: DarkroomError) -> NoReturn:
        """Give the unit up."""
        self._refused = error
        raise error

    def finish(self) -> Rows:
        """End the unit well; these are the rows to keep."""
        rows, self._over = self.rows, True
        return rows


class MemoryDatabase:
    """Rows that live as long as the process, with one writer at a time; the clock stands for a database's own."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.rows = Rows()
        self.secrets: dict[str, str] = {}
        self.oauth_states: dict[str, PendingSignIn] = {}
        self._writer = anyio.Lock()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Nobody else changes anything meanwhile."""
        try:
            with anyio.fail_after(PATIENCE):
                await self._writer.acquire()
        except TimeoutError:
            raise Unavailable("another unit of work does not end", retry_after=1) from None
        try:
            yield
        finally:
            self._writer.release()

    @property
    def busy(self) -> bool:
        """Whether somebody is writing."""
        return self._writer.locked()


def plain(value: Any) -> Any:
    """Plain data as a database would give it back, sharing nothing with what was given."""
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise Invalid(f"this cannot be kept as JSON: {error}") from error
