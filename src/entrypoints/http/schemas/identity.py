"""People, as clients see them."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from application.identity.sign_in import Tokens
from domain.identity import User
from entrypoints.http.schemas.times import UtcTime

Name = Annotated[str, Field(min_length=1, max_length=254)]
Password = Annotated[str, Field(min_length=1, max_length=128)]


class LoginBody(BaseModel):
    """Credentials; the name goes by any of three names, because each kind of client has its own."""

    username: Name | None = None
    email: Name | None = None
    username_or_email: Name | None = None
    password: Password

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if len([n for n in (self.username, self.email, self.username_or_email) if n]) != 1:
            raise ValueError("send one of username, email and username_or_email")
        return self

    @property
    def name(self) -> str:
        """Whoever signs in."""
        return self.username or self.email or self.username_or_email or ""


class RefreshBody(BaseModel):
    """A refresh token."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=512)]


class TokensBody(BaseModel):
    """What signs a client in."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  the name of a scheme
    expires_in: int

    @classmethod
    def of(cls, tokens: Tokens) -> Self:
        """From the use case's answer."""
        return cls(access_token=tokens.access_token, refresh_token=tokens.refresh_token, expires_in=tokens.expires_in)


class MessageBody(BaseModel):
    """A word that it is done."""

    message: str


class UserBody(BaseModel):
    """An account."""

    id: UUID
    username: str
    email: str | None
    role: str
    roles: list[str]
    permissions: list[str]
    is_active: bool
    created_at: UtcTime
    updated_at: UtcTime

    @classmethod
    def of(cls, user: User) -> Self:
        """From the domain."""
        return cls(
            id=user.id,
            username=user.username,
            email=user.email,
            role=user.role,
            roles=[user.role],
            permissions=sorted(user.permissions),
            is_active=user.is_active,
            created_at=user.created_at,
            updated_at=user.updated_at,
        )
