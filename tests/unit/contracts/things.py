"""Domain objects for the suites: every field filled, odd characters and microseconds included."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.ports.unit_of_work import Store
from domain.access import KeyScope, Permission, Role
from domain.api_keys import ApiKey
from domain.audit import AuditAction, AuditEntry, Origin
from domain.errors import DarkroomError
from domain.events import Event, EventKind
from domain.identity import Session, User
from domain.jobs import Job, JobKind, JobStatus
from domain.media import FileStatus, MediaFile, Variant, VariantStatus
from domain.media_kinds import MediaKind
from domain.projects import Project
from domain.refreshing import RefreshToken
from domain.roles import NamedRole
from domain.settings import OnDuplicate, ProjectSettings, StripMetadata, Visibility
from domain.variants import Fit, Gravity, ImageFormat, VariantSpec

NOW = datetime(2026, 7, 31, 23, 59, 59, 123456, tzinfo=UTC)
ODD_TEXT = "naïve – 写真 🖼 'quoted\" %_\\ <b>"
PLAIN_DATA = {"text": ODD_TEXT, "number": 1.5, "big": 2**53, "list": [1, None, True], "nested": {"b": {}, "a": []}}


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def user(**fields: Any) -> User:
    id_ = uuid4()
    return User(
        **{
            "id": id_,
            "username": f"user-{id_}",
            "email": f"{id_}@example.org",
            "password_hash": "$argon2id$v=19$…",
            "role": Role.USER,
            "is_active": True,
            "created_at": NOW,
            "updated_at": later(1),
            "links_since": later(2),
        }
        | fields
    )


def session(user_id: UUID, **fields: Any) -> Session:
    return Session(
        **{
            "id": uuid4(),
            "user_id": user_id,
            "expires_at": later(3600),
            "created_at": NOW,
            "last_used_at": later(1),
            "revoked_at": later(2),
            "ip": "2001:db8::1",
            "user_agent": ODD_TEXT,
        }
        | fields
    )


def refresh_token(session_id: UUID, **fields: Any) -> RefreshToken:
    return RefreshToken(**{"hash": uuid4().hex, "session_id": session_id, "created_at": NOW} | fields)


def role(name: str, *permissions: Permission, **fields: Any) -> NamedRole:
    return NamedRole(
        **{
            "name": name,
            "permissions": frozenset(permissions),
            "created_at": NOW,
            "updated_at": later(1),
            "description": ODD_TEXT,
        }
        | fields
    )


def audit_entry(**fields: Any) -> AuditEntry:
    return AuditEntry(
        **{
            "id": uuid4(),
            "action": AuditAction.SIGNED_IN,
            "subject": "user:1",
            "at": NOW,
            "origin": Origin(uuid4(), "2001:db8::1", ODD_TEXT),
        }
        | fields
    )


def project(**fields: Any) -> Project:
    return Project(
        **{
            "id": uuid4(),
            "owner_id": uuid4(),
            "name": ODD_TEXT,
            "slug": "naive",
            "created_at": NOW,
            "updated_at": later(1),
        }
        | fields
    )


FULL_SETTINGS = ProjectSettings(
    variants={
        "zoom": VariantSpec(ImageFormat.AVIF, 1, 2, 3, 4, Fit.COVER, 5, 6, Gravity.NORTH_EAST, "#abc", enlarge=True),
        "a": VariantSpec(),
        "middle": VariantSpec(max_width=99),
    },
    quota=12,
    keep_original=False,
    visibility=Visibility.PRIVATE,
    auto_sync=False,
    on_duplicate=OnDuplicate.REUSE,
    strip_metadata=StripMetadata.GPS,
    allowed_types=("image/*", "video/mp4"),
    max_upload_bytes=2**40,
)


def api_key(project_id: UUID, **fields: Any) -> ApiKey:
    return ApiKey(
        **{
            "id": uuid4(),
            "project_id": project_id,
            "name": ODD_TEXT,
            "prefix": "dk_abcd",
            "hash": uuid4().hex,
            "scopes": frozenset({KeyScope.READ}),
            "is_active": True,
            "created_at": NOW,
            "expires_at": later(3600),
            "last_used_at": later(2),
        }
        | fields
    )


def media_file(project_id: UUID, **fields: Any) -> MediaFile:
    id_ = fields.get("id", uuid4())
    return MediaFile(
        **{
            "id": id_,
            "project_id": project_id,
            "filename": ODD_TEXT,
            "kind": MediaKind.IMAGE,
            "mime_type": "image/jpeg",
            "key": f"original/{id_}.jpg",
            "status": FileStatus.READY,
            "created_at": NOW,
            "updated_at": later(1),
        }
        | fields
    )


def variant(file_id: UUID, name: str, **fields: Any) -> Variant:
    return Variant(
        **{
            "file_id": file_id,
            "name": name,
            "recipe": "0123456789abcdef",
            "key": f"{name}/{file_id}.webp",
            "mime_type": "image/webp",
            "status": VariantStatus.PENDING,
        }
        | fields
    )


def job(project_id: UUID | None, **fields: Any) -> Job:
    return Job(
        **{
            "id": uuid4(),
            "project_id": project_id,
            "file_id": uuid4(),
            "kind": JobKind.PROCESS_IMAGE,
            "status": JobStatus.PENDING,
            "run_at": NOW,
            "created_at": NOW,
            "updated_at": NOW,
        }
        | fields
    )


def event(project_id: UUID | None, **fields: Any) -> Event:
    return Event(**{"kind": EventKind.FILE_READY, "project_id": project_id, "at": NOW} | fields)


Thing = User | NamedRole | Session | RefreshToken | AuditEntry | Project | ApiKey | MediaFile | Event


async def put(store: Store, *things: Thing) -> None:
    """Add things and commit."""
    async with store.begin() as unit:
        places: dict[type[Thing], Any] = {
            User: unit.users,
            NamedRole: unit.roles,
            Session: unit.sessions,
            RefreshToken: unit.refresh_tokens,
            AuditEntry: unit.audit,
            Project: unit.projects,
            ApiKey: unit.api_keys,
            MediaFile: unit.files,
            Event: unit.events,
        }
        for thing in things:
            await places[type(thing)].add(thing)
        await unit.commit()


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect a refusal of this code, which is the same whoever keeps things."""
    with pytest.raises(DarkroomError) as told:
        yield
    assert told.value.code == code


async def queued(store: Store, *jobs: Job, delay: timedelta = timedelta(0)) -> None:
    """Queue jobs and commit."""
    async with store.begin() as unit:
        for thing in jobs:
            assert await unit.jobs.add(thing, delay=delay)
        await unit.commit()
