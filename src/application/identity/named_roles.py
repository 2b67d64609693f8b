"""Named roles by their names."""

from collections.abc import Sequence

from application.ports.unit_of_work import UnitOfWork
from domain.errors import FieldError, Invalid
from domain.roles import NamedRole


async def named_roles(unit: UnitOfWork, names: Sequence[str]) -> tuple[NamedRole, ...]:
    """The roles of these names, each once; an unknown one is `Invalid`."""
    found = {name: await unit.roles.get(name) for name in sorted(set(names))}
    unknown = [name for name, role in found.items() if role is None]
    if unknown:
        errors = [FieldError("roles", f"there is no role {name!r}") for name in unknown]
        raise Invalid("; ".join(f"roles: {error.message}" for error in errors), errors=errors)
    return tuple(role for role in found.values() if role is not None)
