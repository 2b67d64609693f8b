"""`darkroom jobs`."""

from typing import Annotated
from uuid import UUID

import typer

from domain.jobs import JobStatus
from entrypoints.cli.group import command_group
from entrypoints.cli.options import DataDir, Json

jobs = command_group(
    "Look at jobs, and tell them what to do.\n\n"
    "A job is a picture whose variants are to be made, a project to be brought in line with its settings, or "
    "housekeeping. It waits, is being done (active), and ends as completed, failed or cancelled; one that failed "
    "for a reason that passes is tried again later (delayed)."
)

JobId = Annotated[UUID, typer.Argument(metavar="ID", help="The job, as 'darkroom jobs list' shows it.")]


@jobs.command("list")
def list_jobs(
    status: Annotated[
        JobStatus | None,
        typer.Option(
            help="Only jobs that stand there; waiting and delayed ones are 'pending', active ones 'processing'."
        ),
    ] = None,
    project: Annotated[UUID | None, typer.Option(metavar="ID", help="Only jobs of this project.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Show jobs, the newest first.

    See why some failed: darkroom jobs list --status failed
    """
    from entrypoints.cli import jobs as work

    work.show_jobs(data_dir, status, project, limit, as_json=json)


@jobs.command()
def show(job_id: JobId, json: Json = False, data_dir: DataDir = None) -> None:
    """Show one job.

    With everything that happened to it: every attempt, and the error of each.
    """
    from entrypoints.cli import jobs as work

    work.show_job(data_dir, job_id, as_json=json)


@jobs.command()
def retry(job_id: JobId, json: Json = False, data_dir: DataDir = None) -> None:
    """Do a job once more.

    One that failed or was cancelled is due again at once, with all its attempts, and its file waits again.
    """
    from entrypoints.cli import jobs as work

    work.retry_job(data_dir, job_id, as_json=json)


@jobs.command()
def cancel(job_id: JobId, json: Json = False, data_dir: DataDir = None) -> None:
    """Give a job up.

    One that waits will not be done, and a worker that is at it stops; what it has made already stays.
    """
    from entrypoints.cli import jobs as work

    work.cancel_job(data_dir, job_id, as_json=json)


@jobs.command()
def stats(json: Json = False, data_dir: DataDir = None) -> None:
    """Count jobs by where they stand.

    'waiting' are due now and 'delayed' later, 'active' are being done, the others have ended.
    """
    from entrypoints.cli import jobs as work

    work.count_jobs(data_dir, as_json=json)
