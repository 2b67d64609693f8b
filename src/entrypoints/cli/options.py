"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON, for scripts.")]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="FOLDER", help="Folder for everything kept on disk; otherwise DATA_DIR."),
]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on; otherwise HOST.")]
Port = Annotated[int | None, typer.Option("--port", help="Port to listen on; otherwise PORT.")]
ProjectName = Annotated[str, typer.Argument(metavar="PROJECT", help="The project, by its slug or its id.")]
