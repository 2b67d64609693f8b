"""`darkroom sync-variants`."""

from typing import Annotated

import typer

from entrypoints.cli.options import DataDir, Json, ProjectName


def sync_variants(
    project: ProjectName,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until the project's jobs have ended.")] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Bring a project's pictures in line with its settings.

    Makes the variants that are missing or of an older recipe, drops those that are not wanted any more, and touches
    nothing else. The work is queued, and done by the workers that run ('darkroom up' or 'darkroom worker').

    See first what it would come to: darkroom sync-variants PROJECT --dry-run
    """
    from entrypoints.cli.sync import bring_in_line

    bring_in_line(data_dir, project, dry_run=dry_run, wait=wait, as_json=json)
