"""What a database may hold after a newer program has written to it, while this one still runs."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from adapters.sql.database import SqlDatabase
from domain.access import EVERYTHING, KeyScope, Permission, Role
from domain.settings import ProjectSettings, Visibility
from tests.unit.adapters.sql_rooms import sql_rooms
from tests.unit.contracts.things import FULL_SETTINGS, api_key, project, put, role, user


async def write(database: SqlDatabase, statement: str, **values: str) -> None:
    """What a newer program does."""
    async with database.single() as connection:
        await connection.execute(text(statement), values)


class NewerProgramContract:
    """Suite for `SqlDatabase`: names nobody here has heard of do not stop a program."""

    async def test_settings_that_cannot_be_understood_are_left_to_their_defaults(self, database: SqlDatabase) -> None:
        rooms, home = sql_rooms(database), project(settings=FULL_SETTINGS)
        await put(rooms.store, home)
        for quota in (1, 2):
            kept = json.dumps({"quota": quota, "visibility": "friends", "unheard_of": 1})
            settings = f"'{kept}'"
            async with database.single() as connection:
                await connection.exec_driver_sql(f"UPDATE projects SET settings = {settings}")
            expected = replace(home, settings=ProjectSettings(quota=quota, visibility=Visibility.PRIVATE))
            assert await rooms.projects.get(EVERYTHING, home.id) == expected
            async with rooms.store.begin() as unit:
                assert await unit.projects.get(EVERYTHING, home.id) == expected

    @pytest.mark.parametrize("column", ["permissions", "scopes"])
    async def test_permissions_nobody_knows_are_left_out(self, database: SqlDatabase, column: str) -> None:
        rooms, home = sql_rooms(database), project()
        editors, key = role("editors", Permission.JOBS_VIEW), api_key(home.id, scopes=frozenset({KeyScope.READ}))
        anna = user(named_roles=(editors,))
        await put(rooms.store, home, editors, key, anna)
        table, known = {"permissions": ("roles", "jobs_view"), "scopes": ("api_keys", "read")}[column]
        async with database.single() as connection:
            await connection.exec_driver_sql(f"""UPDATE {table} SET {column} = '["{known}", "sight_comets"]'""")
        assert await rooms.roles.get("editors") == editors
        assert await rooms.users.get(anna.id) == anna
        assert await rooms.api_keys.hashed(key.hash) == key

    async def test_a_role_nobody_knows_allows_least_and_stays(self, database: SqlDatabase) -> None:
        rooms, anna = sql_rooms(database), user(role=Role.ADMIN)
        await put(rooms.store, anna)
        await write(database, "UPDATE users SET role = :role", role="astronomer")
        found = await rooms.users.get(anna.id)
        assert found == replace(anna, role=Role.USER)
        for changed, kept in (
            (replace(found, username="renamed"), "astronomer"),
            (replace(found, role=Role.ADMIN), "admin"),
            (found, "user"),
        ):
            async with rooms.store.begin() as unit:
                await unit.users.save(changed)
                await unit.commit()
            async with database.reading() as connection:
                assert (await connection.execute(text("SELECT role FROM users"))).scalar_one() == kept
