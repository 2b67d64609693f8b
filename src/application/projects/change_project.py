"""Another name, other settings, more or less room."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from application.files.screen_files import project_screening_job
from application.identity.remember import Remember
from application.jobs.queue_job import queue_job
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.ports.unit_of_work import Store, UnitOfWork
from application.projects.left_out import LEFT_OUT, LeftOut
from application.projects.open_project import about_project, open_project
from application.variants.promise import Promise
from application.variants.queue_sync import queue_sync
from domain.access import UserCaller
from domain.audit import AuditAction, Origin
from domain.errors import FieldError, Invalid
from domain.jobs import JOBS_TOPIC
from domain.projects import Project, check_limit, check_move, limit_of, quota_of
from domain.settings import ProjectSettings, Visibility, changed_settings, read_settings


@dataclass(frozen=True, slots=True)
class ProjectChanges:
    """What is to be different; None leaves a thing as it is, but for the description, which it takes away.

    So do `settings`, name by name; `variants` in them replace all variants there are, and null is the default again.
    """

    name: str | None = None
    description: str | LeftOut | None = LEFT_OUT
    settings: Mapping[str, Any] | None = None
    storage_limit_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeProject:
    """Change a project, and queue a sync when other variants are wanted from now on and it syncs by itself."""

    store: Store
    remember: Remember
    promise: Promise
    signals: Signals
    clock: Clock
    ids: Ids
    default_limit: int
    public_bucket: bool = False

    async def __call__(self, caller: UserCaller, project_id: UUID, changes: ProjectChanges, origin: Origin) -> Project:
        asked = changes.settings or {}
        read_settings(asked)
        limit, field = _limit(asked, changes.storage_limit_bytes, self.default_limit)
        async with self.store.begin() as unit:
            project = await open_project(unit, caller, project_id)
            if limit is not None:
                check_limit(caller, limit, self.default_limit, field, now=project.storage_limit_bytes)
            changed = _changed(project, changes, limit)
            check_move(project, changed, public_bucket=self.public_bucket)
            told = _differences(project, changed)
            if not told:
                return project
            changed = replace(changed, updated_at=self.clock.now())
            await unit.projects.save(changed)
            subject = about_project(project_id)
            await self.remember(unit, AuditAction.PROJECT_CHANGED, subject, origin, project_id=project_id, changed=told)
            queued = await self._screen(unit, project, changed) | await self._sync(unit, project, changed)
            await unit.commit()
        if queued:
            await self.signals.send(JOBS_TOPIC)
        return changed

    async def _screen(self, unit: UnitOfWork, before: Project, after: Project) -> bool:
        """Strangers get originals from now on, which were not looked through for places so far."""
        shown = [(each.settings.visibility, each.settings.strip_metadata) for each in (before, after)]
        if shown[0] == shown[1] or after.settings.visibility is Visibility.PRIVATE:
            return False
        return await queue_job(unit, project_screening_job(self.ids.new(), after, after.updated_at), after.updated_at)

    async def _sync(self, unit: UnitOfWork, before: Project, after: Project) -> bool:
        if not after.settings.auto_sync or self._recipes(before) == self._recipes(after):
            return False
        return await queue_sync(unit, after, self.ids.new(), after.updated_at)

    def _recipes(self, project: Project) -> dict[str, str]:
        return {want.name: want.recipe for want in self.promise.choose(project.settings)}


def _limit(settings: Mapping[str, Any], told: int | None, default: int) -> tuple[int | None, str]:
    """The limit in bytes that is asked for, and the field that does: the quota is the same thing in MiB."""
    quota = None
    if "quota" in settings:
        quota = default if settings["quota"] is None else limit_of(settings["quota"])
    if quota is not None and told is not None and quota != told:
        contradiction = "settings.quota (in MiB) and storage_limit_bytes are the same thing; send one, or the same"
        raise Invalid(
            contradiction,
            errors=[FieldError(field, "contradicts the other") for field in ("settings.quota", "storage_limit_bytes")],
        )
    return (quota, "settings.quota") if told is None else (told, "storage_limit_bytes")


def _changed(project: Project, changes: ProjectChanges, limit: int | None) -> Project:
    settings = changed_settings(project.settings, changes.settings or {})
    if limit is not None and limit != project.storage_limit_bytes and settings.quota == project.settings.quota:
        settings = replace(settings, quota=quota_of(limit))
    return replace(
        project,
        name=project.name if changes.name is None else changes.name,
        description=project.description if isinstance(changes.description, LeftOut) else changes.description,
        settings=settings,
        storage_limit_bytes=project.storage_limit_bytes if limit is None else limit,
    )


def _differences(before: Project, after: Project) -> list[str]:
    """What is different, by the names clients use."""
    plain = [name for name in ("name", "description", "storage_limit_bytes") if _differ(before, after, name)]
    settings = [each.name for each in fields(ProjectSettings) if _differ(before.settings, after.settings, each.name)]
    return plain + [f"settings.{name}" for name in settings]


def _differ(before: object, after: object, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))
