"""API keys, as clients see them."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from application.projects.change_api_key import ApiKeyChanges
from domain.access import KeyScope
from domain.api_keys import ApiKey
from entrypoints.http.schemas.projects import Label, ProjectPath
from entrypoints.http.schemas.times import UtcTime


class KeyPath(ProjectPath):
    """The address of an API key."""

    key_id: UUID


class NewKeyBody(BaseModel):
    """What makes an API key."""

    name: Label
    expires_at: AwareDatetime | None = None
    scopes: Annotated[list[KeyScope], Field(min_length=1, max_length=len(KeyScope))] = list(KeyScope)


def _given(name: str, **schema: Any) -> dict[str, Any]:
    return {"required": [name], "properties": {name: schema}}


class KeyChangesBody(BaseModel):
    """What is to be different about an API key; what is left out stays, an `expires_at` of null takes the end away."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [_given("is_active", type="boolean"), _given("name", type="string"), _given("expires_at")]
        }
    )

    is_active: bool | None = None
    name: Label | None = None
    expires_at: AwareDatetime | None = None

    def changes(self) -> ApiKeyChanges:
        """As the use case takes them."""
        return ApiKeyChanges(**{name: getattr(self, name) for name in self.model_fields_set})


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
    """An API key at the only moment its secret is told; asked for again, `key` is null."""

    key: str | None

    @classmethod
    def with_secret(cls, key: ApiKey, secret: str) -> Self:
        """From the use case's answer."""
        return cls(**_told(key), key=secret)


def _told(key: ApiKey) -> dict[str, Any]:
    told = {name: getattr(key, name) for name in KeyBody.model_fields if name != "scopes"}
    return {**told, "scopes": sorted(key.scopes)}
