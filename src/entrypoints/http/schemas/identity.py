"""People, as clients see them."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from application.identity.change_user import UserChanges
from application.identity.open_session import Tokens
from domain.access import Role, UserCaller
from domain.identity import Session, User
from domain.roles import GRANTABLE, NamedRole
from entrypoints.http.schemas.times import UtcTime

VISIBLE = r"^[^@\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+$"
# What the domain refuses is told to readers of the document here, and refused there, in its own words.
Name = Annotated[str, Field(min_length=1, max_length=254)]
NewName = Annotated[Name, Field(json_schema_extra={"pattern": VISIBLE})]
Email = Annotated[str, Field(min_length=3, max_length=254, json_schema_extra={"format": "email"})]
Password = Annotated[str, Field(min_length=8, max_length=128)]
Code = Annotated[str, Field(min_length=1, max_length=64, description="Of the app, or a recovery code")]
ShownPassword = Annotated[str, Field(min_length=1, max_length=1024)]
GivenRole = Annotated[str, Field(max_length=64, json_schema_extra={"enum": [Role.ADMIN.value, Role.USER.value]})]
KeptRole = Annotated[str, Field(max_length=64, json_schema_extra={"enum": [role.value for role in Role]})]
PermissionName = Annotated[str, Field(max_length=64, json_schema_extra={"enum": sorted(GRANTABLE)})]
RoleNames = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=32)]


class RegisterBody(BaseModel):
    """What makes an account of one's own; a role in it is not looked at."""

    email: Email
    password: Password
    username: NewName | None = None


NAMES = ("username", "email", "username_or_email")


def _given(name: str) -> dict[str, Any]:
    return {"required": [name], "properties": {name: {"type": "string"}}}


class LoginBody(BaseModel):
    """Credentials; the name goes by any of three names, because each kind of client has its own."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [_given(name) for name in NAMES]})

    username: Name | None = None
    email: Name | None = None
    username_or_email: Name | None = None
    password: ShownPassword
    otp: Code | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.name:
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


class SignedOutBody(MessageBody):
    """How many sessions ended."""

    sessions_revoked: int


class ProtectedBody(MessageBody):
    """A word to whoever is signed in."""

    status: Literal["success"] = "success"


class UserPath(BaseModel):
    """The address of an account."""

    user_id: UUID


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
            roles=[user.role, *(role.name for role in user.named_roles)],
            permissions=sorted(user.permissions),
            is_active=user.is_active,
            created_at=user.created_at,
            updated_at=user.updated_at,
        )


class NewUserBody(BaseModel):
    """What makes an account for somebody else."""

    username: NewName
    password: Password
    role: GivenRole = "user"
    email: Email | None = None
    roles: RoleNames = []


class UserChangesBody(BaseModel):
    """What is to be different about an account; what is left out stays."""

    role: KeptRole | None = None
    password: Password | None = None
    email: Email | None = None
    is_active: bool | None = None
    roles: RoleNames | None = None

    def changes(self) -> UserChanges:
        """As the use case takes them."""
        return UserChanges(**self.model_dump())


class NewPasswordBody(BaseModel):
    """The password there is, and the one to be."""

    current_password: ShownPassword
    new_password: Password


class EnrolmentBody(BaseModel):
    """What an app for codes is given: the secret, and the same as the address in a QR code."""

    secret: str
    otpauth_url: str


class CodeBody(BaseModel):
    """The code that an app shows now."""

    code: Code


class RecoveryCodesBody(BaseModel):
    """Codes for when the app is lost, each good for one sign-in; shown only now."""

    recovery_codes: list[str]


class SignInCodeBody(BaseModel):
    """A code that the operator's terminal showed, and one of the second factor where the account has it."""

    code: Annotated[str, Field(min_length=1, max_length=512)]
    otp: Code | None = None


class EndTotpBody(CodeBody):
    """What switches a second factor off."""

    password: ShownPassword


class SessionPath(BaseModel):
    """The address of a session."""

    session_id: UUID


class SessionBody(BaseModel):
    """One of the caller's sign-ins."""

    id: UUID
    created_at: UtcTime
    last_used_at: UtcTime
    expires_at: UtcTime
    ip: str | None
    user_agent: str | None
    current: bool

    @classmethod
    def of(cls, session: Session, caller: UserCaller) -> Self:
        """From the domain."""
        same = {name: getattr(session, name) for name in cls.model_fields if name != "current"}
        return cls(**same, current=session.id == caller.session_id)


class RolePath(BaseModel):
    """The address of a named role."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class RoleChangesBody(BaseModel):
    """What a named role allows."""

    permissions: Annotated[list[PermissionName], Field(max_length=64)]
    description: Annotated[str, Field(max_length=500)] | None = None


ROLE_NAME: dict[str, Any] = {"pattern": r"^[a-z0-9][a-z0-9_-]{0,62}$", "not": {"enum": [role.value for role in Role]}}


class NewRoleBody(RoleChangesBody):
    """What makes a named role."""

    name: Annotated[str, Field(min_length=1, max_length=63, json_schema_extra=ROLE_NAME)]


class RoleBody(BaseModel):
    """A named set of permissions."""

    name: str
    description: str | None
    permissions: list[str]
    created_at: UtcTime
    updated_at: UtcTime

    @classmethod
    def of(cls, role: NamedRole) -> Self:
        """From the domain."""
        return cls(
            name=role.name,
            description=role.description,
            permissions=sorted(role.permissions),
            created_at=role.created_at,
            updated_at=role.updated_at,
        )
