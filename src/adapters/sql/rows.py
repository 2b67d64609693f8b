"""The only place where rows and domain objects become each other.

A newer program may have written the rows while this one still runs: names it does not know must not stop it.
"""

import json
from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from adapters.sql.tables import files
from application.ports.files import FileView
from domain.access import KeyScope, Permission, Role
from domain.api_keys import ApiKey
from domain.audit import AuditEntry, Origin
from domain.events import Event, LoggedEvent, Position
from domain.identity import Session, User
from domain.jobs import Job, JobStatus, Lease
from domain.media import FileStatus, MediaFile, Variant, VariantStatus
from domain.media_kinds import MediaKind
from domain.projects import Project
from domain.refreshing import RefreshToken
from domain.roles import NamedRole
from domain.settings import ProjectSettings, stored_settings
from domain.usage import UsageKind, UsageLine

Fields = dict[str, Any]

ROLES = frozenset(role.value for role in Role)
UNKNOWN_ROLE = Role.USER
"""What a role of a newer program is taken for: the one that allows least."""
_PERMISSIONS = frozenset(permission.value for permission in Permission)
_KEY_SCOPES = frozenset(scope.value for scope in KeyScope)
_USAGE_KINDS = frozenset(kind.value for kind in UsageKind)
_FILE_FIELDS = tuple(field.name for field in fields(MediaFile) if field.name != "variants")

FILE_COLUMNS = tuple(files.c[name] for name in _FILE_FIELDS)
"""What queries for files begin with."""


def fields_of(thing: Any, *, leave: Iterable[str] = ()) -> Fields:
    """What a domain object holds, by name."""
    return {name: getattr(thing, name) for name in thing.__slots__ if name not in set(leave)}


def user_row(user: User) -> Fields:
    """An account's fields, its named roles excepted."""
    return fields_of(user, leave=["named_roles"])


def user_of(row: Row[Any], named_roles: Iterable[NamedRole]) -> User:
    """An account with its named roles."""
    role = Role(row.role) if row.role in ROLES else UNKNOWN_ROLE
    return User(**{**row._mapping, "role": role}, named_roles=tuple(named_roles))


def role_row(role: NamedRole) -> Fields:
    """A named role's fields."""
    return {**fields_of(role), "permissions": sorted(role.permissions)}


def role_of(row: Row[Any]) -> NamedRole:
    """A named role."""
    permissions = frozenset(Permission(name) for name in _PERMISSIONS.intersection(row.permissions))
    return NamedRole(row.name, permissions, row.created_at, row.updated_at, row.description)


def session_of(row: Row[Any]) -> Session:
    """A sign-in."""
    return Session(**row._mapping)


def refresh_token_of(row: Row[Any]) -> RefreshToken:
    """A refresh token."""
    return RefreshToken(**row._mapping)


def audit_row(entry: AuditEntry) -> Fields:
    """A line of the audit log."""
    return {**fields_of(entry, leave=["origin"]), **fields_of(entry.origin), "payload": dict(entry.payload)}


def audit_of(row: Row[Any]) -> AuditEntry:
    """A line of the audit log."""
    plain = dict(row._mapping)
    origin = Origin(plain.pop("actor_id"), plain.pop("ip"), plain.pop("agent"))
    return AuditEntry(**plain, origin=origin)


def project_row(project: Project) -> Fields:
    """A project's fields."""
    return {**fields_of(project), "settings": project.settings.to_mapping()}


def project_of(row: Row[Any]) -> Project:
    """A project."""
    return Project(**{**row._mapping, "settings": _settings_of(row.settings)})


@lru_cache(maxsize=256)
def _settings_of(text: str) -> ProjectSettings:
    return stored_settings(json.loads(text))


def api_key_row(key: ApiKey) -> Fields:
    """A key's fields."""
    return {**fields_of(key), "scopes": sorted(key.scopes)}


def api_key_of(row: Row[Any]) -> ApiKey:
    """A key."""
    scopes = frozenset(KeyScope(scope) for scope in _KEY_SCOPES.intersection(row.scopes))
    return ApiKey(**{**row._mapping, "scopes": scopes})


def folded(name: str) -> str:
    """A name with letter case ignored, in every alphabet: what the databases' own `lower` does depends on how they
    were set up."""
    return name.casefold()


def file_row(file: MediaFile) -> Fields:
    """A file's fields, its variants excepted."""
    plain = fields_of(file, leave=["variants"])
    placeholder = None if file.placeholder is None else dict(file.placeholder)
    return {
        **plain,
        "filename_folded": folded(file.filename),
        "placeholder": placeholder,
        "metadata": dict(file.metadata),
    }


def file_of(row: Row[Any], variants: Iterable[Variant]) -> MediaFile:
    """A file with its variants."""
    plain = dict(zip(_FILE_FIELDS, row, strict=False))
    plain["kind"], plain["status"] = MediaKind(row.kind), FileStatus(row.status)
    return MediaFile(**plain, variants=tuple(variants))


def whole_file_of(row: Row[Any]) -> MediaFile:
    """A file of a row that holds its variants, too."""
    held: list[list[Any]] = sorted(json.loads(row.held_variants or "[]"))
    return file_of(row, (_held_variant(row.id, *each) for each in held))


def _held_variant(file_id: UUID, name: str, recipe: str, key: str, mime_type: str, status: str, *rest: Any) -> Variant:
    return Variant(file_id, name, recipe, key, mime_type, VariantStatus(status), *rest)


def view_of(row: Row[Any]) -> FileView:
    """A file as those who look at it get it."""
    settings = _settings_of(row.settings)
    return FileView(whole_file_of(row), row.owner_id, settings.visibility, settings.strip_metadata)


def variant_of(row: Row[Any]) -> Variant:
    """A variant."""
    return Variant(**{**row._mapping, "status": VariantStatus(row.status)})


def job_of(row: Row[Any]) -> Job:
    """A job, with its lease while somebody works on it."""
    plain = {**row._mapping, "status": JobStatus(row.status)}
    token, due_at = plain.pop("lease_token"), plain.pop("due_at")
    return Job(**plain, lease=None if token is None else Lease(row.id, token, due_at))


def event_row(event: Event) -> Fields:
    """An event's fields."""
    return {**fields_of(event), "data": dict(event.data)}


def event_of(row: Row[Any]) -> Event:
    """An event."""
    plain = dict(row._mapping)
    del plain["id"], plain["xid"]
    return Event(**plain)


def logged_of(row: Row[Any]) -> LoggedEvent:
    """An event and its place in the log."""
    return LoggedEvent(Position(row.xid, row.id), event_of(row))


def usage_row(project_id: UUID, line: UsageLine) -> Fields:
    """A sum's fields."""
    return {"project_id": project_id, **fields_of(line)}


def usage_of(rows: Iterable[Row[Any]]) -> list[UsageLine]:
    """Sums, those of a newer program left out."""
    known = [row._mapping for row in rows if row.kind in _USAGE_KINDS]
    return [UsageLine(of["day"], UsageKind(of["kind"]), of["name"], of["count"], of["bytes"]) for of in known]
