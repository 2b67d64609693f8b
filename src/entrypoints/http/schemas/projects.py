"""Projects and their keys, as clients see them."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from domain.access import KeyScope
from domain.api_keys import ApiKey
from domain.projects import Project
from entrypoints.http.schemas.settings import SettingsBody
from entrypoints.http.schemas.times import UtcTime

Label = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class NewProjectBody(BaseModel):
    """What makes a project; `settings` is checked by the domain, every mistake named at once."""

    name: Label
    description: Annotated[str, Field(max_length=2000)] | None = None
    settings: SettingsBody = {}


class ProjectPath(BaseModel):
    """The address of a project."""

    project_id: UUID


class ProjectBody(BaseModel):
    """A project."""

    id: UUID
    name: str
    slug: str
    description: str | None
    owner_id: UUID
    settings: SettingsBody
    storage_used_bytes: int
    storage_limit_bytes: int
    transforms_used: int
    transforms_limit: int
    transforms_total: int
    files_count: int
    created_at: UtcTime
    updated_at: UtcTime
    deleted_at: UtcTime | None

    @classmethod
    def of(cls, project: Project) -> Self:
        """From the domain."""
        same = {name: getattr(project, name) for name in cls.model_fields if name != "settings"}
        return cls(**same, settings=project.settings.to_mapping())


class NewKeyBody(BaseModel):
    """What makes an API key."""

    name: Label
    expires_at: AwareDatetime | None = None
    scopes: Annotated[list[KeyScope], Field(min_length=1, max_length=len(KeyScope))] = list(KeyScope)


class KeyBody(BaseModel):
    """An API key, without its secret."""

    id: UUID
    project_id: UUID
    name: str
    prefix: str
    scopes: list[KeyScope]
    is_active: bool
    expires_at: UtcTime | None
    last_used_at: UtcTime | None
    created_at: UtcTime

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """From the domain."""
        return cls(**_told(key))


class MadeKeyBody(KeyBody):
    """An API key at the only moment its secret is told."""

    key: str

    @classmethod
    def with_secret(cls, key: ApiKey, secret: str) -> Self:
        """From the use case's answer."""
        return cls(**_told(key), key=secret)


def _told(key: ApiKey) -> dict[str, Any]:
    told = {name: getattr(key, name) for name in KeyBody.model_fields if name != "scopes"}
    return {**told, "scopes": sorted(key.scopes)}
