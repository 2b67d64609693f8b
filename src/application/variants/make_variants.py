"""From a promise to pictures."""

from dataclasses import dataclass, replace

from application.files.screen_original import ScreenOriginal
from application.jobs.finish_job import FinishJob
from application.jobs.run_job import Report
from application.ports.unit_of_work import Store
from application.variants.begin_variants import Assignment, BeginVariants, Plan
from application.variants.render_variants import RenderVariants, Yield
from application.variants.settle_variants import SettleVariants
from application.variants.workbench import Workbench
from domain.access import EVERYTHING
from domain.jobs import GENTLY, Job, LeaseLost
from domain.media import MediaFile, Variant
from domain.sync import SOURCE_MISSING, plan_promised


@dataclass(frozen=True, slots=True)
class MakeVariants:
    """Make what a file waits for, by the recipes of today.

    `plan` says what that is: what was promised when it came in, or (`plan_file`) all that its project wants by now.
    """

    store: Store
    begin: BeginVariants
    render: RenderVariants
    settle: SettleVariants
    workbench: Workbench
    finish: FinishJob
    plan: Plan = plan_promised
    screen: ScreenOriginal | None = None

    async def __call__(self, job: Job, report: Report) -> None:
        """Nothing of it is seen before all of it is; a file deleted meanwhile is no error."""
        begun = await self.begin(job, self.plan)
        if begun is None:
            await self.finish(job)
            return
        assignment, given_up = begun
        if self.screen is not None and self.screen.concerns(assignment.project, assignment.file):
            await self.screen(assignment.file.id)
            assignment = replace(assignment, file=await self._now(assignment) or assignment.file)
        await self.workbench.forget(given_up)
        made = Yield(report, max(1, len(assignment.goals)))
        if assignment.asks_for_the_source:
            await self._render(job, assignment, made)
        try:
            await self.settle(job, assignment, made)
        except LeaseLost:
            if await self._now(assignment) is None:
                await self.workbench.forget(assignment.keys)
            raise

    async def _render(self, job: Job, assignment: Assignment, made: Yield) -> None:
        try:
            await self.render(assignment, made, gently=bool(job.payload.get(GENTLY)))
        except Exception:
            file = await self._now(assignment)
            if file is None:
                return
            if file.original_deleted_at is None:
                raise
            for goal in _left_out(assignment, made):
                made.add(goal.refused(SOURCE_MISSING))

    async def _now(self, assignment: Assignment) -> MediaFile | None:
        async with self.store.begin() as unit:
            project = await unit.projects.get(EVERYTHING, assignment.project.id)
            return await unit.files.get(EVERYTHING, assignment.file.id) if project else None


def _left_out(assignment: Assignment, made: Yield) -> list[Variant]:
    done = {variant.name for variant in made.variants}
    return [goal for goal in assignment.goals if goal.name not in done]
