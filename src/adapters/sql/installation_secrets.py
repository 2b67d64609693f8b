"""The installation's secrets in SQL."""

from collections.abc import Callable

from sqlalchemy import select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.inserting import insert_into
from adapters.sql.tables import installation_secrets


class SqlInstallationSecrets:
    """Secrets made once and kept for good."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def keep(self, name: str, fresh: Callable[[], str]) -> str:
        known = select(installation_secrets.c.secret).where(installation_secrets.c.name == name)
        async with self._database.reading() as connection:
            kept = (await connection.execute(known)).scalar_one_or_none()
        if kept is not None:
            return str(kept)
        async with self._database.single() as connection:
            adding = insert_into(installation_secrets, connection.dialect.name).values(name=name, secret=fresh())
            await connection.execute(adding.on_conflict_do_nothing())
            return str((await connection.execute(known)).scalar_one())

    async def replace(self, name: str, old: str, new: str) -> bool:
        c = installation_secrets.c
        changing = update(installation_secrets).where(c.name == name, c.secret == old).values(secret=new)
        async with self._database.single() as connection:
            return (await connection.execute(changing)).rowcount == 1
