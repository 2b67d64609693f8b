"""Port: copies of the whole database, each a file of its own. An optional power of databases that are files."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from application.ports.files import FileBatches
from domain.errors import Conflict


class DatabaseThere(Conflict):
    """There is a database already where one was to be put."""

    code = "database_there"


class Snapshots(Protocol):
    """Takes copies of the database while it is used, and puts one back where there is none."""

    async def take(self, to: Path) -> None:
        """Write everything committed up to one moment to this file, replacing it; durable on return.

        Whoever uses the database goes on meanwhile. `StorageFull` without room, `Unavailable` without a database.
        """
        ...

    def files_in(self, snapshot: Path) -> AbstractAsyncContextManager[FileBatches]:
        """The files that a snapshot of our own schema knows; `Unavailable` when it is none."""
        ...

    async def check_vacant(self) -> None:
        """Return when nothing lies where the database would; else raise `DatabaseThere`."""
        ...

    async def stage(self, snapshot: Path) -> Path:
        """A copy of it beside the database's place, brought up to our schema; one of an earlier try is replaced."""
        ...

    async def put_back(self, staged: Path) -> None:
        """Make a staged copy the database, as one step and durable on return; `DatabaseThere` when there is one."""
        ...
