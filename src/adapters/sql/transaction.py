"""What the parts of one unit of work share."""

from typing import Any, NoReturn

from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.errors import committing, translated
from adapters.sql.uninterrupted import uninterrupted
from domain.errors import AlreadyThere, DarkroomError


class Transaction:
    """Runs statements until the first refusal, after which nothing of the unit can be committed any more."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._refused: DarkroomError | None = None
        self._over = False

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._connection.dialect.name

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement."""
        self._require_going_on()
        try:
            with translated():
                return await self._connection.execute(statement, parameters)
        except DarkroomError as error:
            self.refuse(error)

    async def attempt(self, statement: Executable) -> CursorResult[Any] | None:
        """Run one statement, or nothing of it when something is there already that it would make twice."""
        self._require_going_on()
        try:
            with translated():
                async with self._connection.begin_nested():
                    return await self._connection.execute(statement)
        except AlreadyThere:
            return None
        except DarkroomError as error:
            self.refuse(error)

    def refuse(self, error: DarkroomError) -> NoReturn:
        """Give the unit up."""
        self._refused = error
        raise error

    async def commit(self) -> None:
        """End the unit well."""
        self._require_going_on()
        self._over = True
        # Not to be interrupted: nobody would know what became of it.
        with committing():
            await uninterrupted(self._connection.commit())

    def _require_going_on(self) -> None:
        if self._refused:
            raise self._refused
        if self._over:
            raise RuntimeError("this unit of work has been committed; begin another one")
