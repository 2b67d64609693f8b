"""Port: which project is a user's own, for whatever is sent without naming one."""

from typing import Protocol
from uuid import UUID


class PersonalProjects(Protocol):
    """Personal projects, inside a unit of work: at most one for each user."""

    async def get(self, user_id: UUID) -> UUID | None:
        """The project, or nothing; one that was forgotten is nobody's any more."""
        ...

    async def put(self, user_id: UUID, project_id: UUID, *, instead_of: UUID | None) -> bool:
        """Make this project the user's own; False, and nothing done, when it is not `instead_of` what they have."""
        ...


class PersonalProjectReads(Protocol):
    """Personal projects, to look at."""

    async def get(self, user_id: UUID) -> UUID | None:
        """The project, be it in the bin, or nothing."""
        ...
