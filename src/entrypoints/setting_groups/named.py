"""How a setting is said: by which variables, with what default, and what the operator is told of it."""

from typing import Any

from pydantic import AliasChoices, Field

TEN_YEARS = 315_360_000


def named(*names: str, default: Any = None, tell: str, group: str, **rules: Any) -> Any:
    """A field that is read from these variables, the first of them being ours."""
    extra: dict[str, Any] = {"group": group}
    return Field(default, validation_alias=AliasChoices(*names), description=tell, json_schema_extra=extra, **rules)
