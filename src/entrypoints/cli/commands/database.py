"""`darkroom migrate` and `reset`."""

from typing import Annotated

import typer

from entrypoints.cli.options import DataDir, Json


def migrate(json: Json = False, data_dir: DataDir = None) -> None:
    """Bring the database up to date.

    Safe to run at any time, by several at once.
    """
    from entrypoints.cli.database import bring_up_to_date

    bring_up_to_date(data_dir, as_json=json)


def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Empty the database.

    Every row is forgotten; blobs stay where they are.
    """
    from entrypoints.cli.database import empty

    empty(data_dir, ask=not yes, as_json=json)
