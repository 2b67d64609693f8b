"""Projects, as clients see them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from application.projects.change_project import ProjectChanges
from domain.projects import LARGEST_LIMIT, UNLIMITED, Project
from entrypoints.http.schemas.identity import MessageBody
from entrypoints.http.schemas.pages import PageQuery
from entrypoints.http.schemas.settings import SettingsBody
from entrypoints.http.schemas.times import UtcTime

Label = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class NewProjectBody(BaseModel):
    """What makes a project; `settings` is checked by the domain, every mistake named at once."""

    name: Label
    description: Annotated[str, Field(max_length=2000)] | None = None
    settings: SettingsBody = {}


class ProjectChangesBody(BaseModel):
    """What is to be different about a project; what is left out, or null, stays. A description of null is taken away.

    So do `settings`, where null gives a setting its default back and `variants` replace all variants there are;
    `storage_limit_bytes` is the same as that quota, in bytes.
    """

    name: Label | None = None
    description: Annotated[str, Field(max_length=2000)] | None = None
    settings: SettingsBody | None = None
    storage_limit_bytes: Annotated[int, Field(ge=UNLIMITED, le=LARGEST_LIMIT)] | None = None

    def changes(self) -> ProjectChanges:
        """As the use case takes them."""
        return ProjectChanges(**{name: getattr(self, name) for name in self.model_fields_set})


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


class ProjectsQuery(PageQuery):
    """Which projects are wanted: those that are there, or those in the bin."""

    deleted: bool = False


class DeleteQuery(BaseModel):
    """Whether a project goes into the bin, or for good."""

    permanent: bool = False


class PurgingBody(MessageBody):
    """A project that nobody sees any more, whose last bytes a job still removes."""

    job_id: UUID | None


class DeletedOriginalsBody(MessageBody):
    """How many originals went, and how much room that made."""

    deleted_count: int
    freed_bytes: int
