"""Signing in through a provider, as clients see it."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from application.identity.begin_oauth import Departure

ProviderName = Annotated[
    str, Field(min_length=1, max_length=32, description="`google`, `apple` or the name of the configured OIDC issuer")
]


class AuthorizeBody(BaseModel):
    """Which provider to go to, and where it should send people back to."""

    provider: ProviderName
    redirect_uri: Annotated[str, Field(max_length=2048)] | None = None


class DepartureBody(BaseModel):
    """Where to send the browser; the state comes back with it and is good for `expires_in` seconds."""

    authorization_url: str
    state: str
    expires_in: int

    @classmethod
    def of(cls, departure: Departure) -> Self:
        """From the use case's answer."""
        return cls(
            authorization_url=departure.authorization_url, state=departure.state, expires_in=departure.expires_in
        )


def _given(*names: str) -> dict[str, Any]:
    return {"required": list(names), "properties": {name: {"type": "string"} for name in names}}


class CallbackBody(BaseModel):
    """What a provider sent somebody back with: a code and the state, or an error."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [_given("code", "state"), _given("error")]})

    provider: ProviderName | None = None
    code: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    state: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    error: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.error is None and (self.code is None or self.state is None):
            raise ValueError("send code and state, or the provider's error")
        return self
