"""What the migrations promise, on whichever database."""

import multiprocessing
import os
import shutil
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.schema import Column
from yoyo import read_migrations
from yoyo.backends.base import DatabaseBackend

from adapters.sql.migrate import ForeignDatabase, migrate, migrations_folder, pending, reset
from adapters.sql.schema import PROGRAM, require_fitting
from adapters.sql.tables import metadata
from tests.servers.process import end_with

SPAWN = multiprocessing.get_context("spawn")
EVERY = sorted(path.stem for path in migrations_folder().glob("[cs]*/*.sql") if ".rollback" not in path.name)


def tell_migrated(parent: int, url: str, folder: Path | None, told: "multiprocessing.Queue[list[str]]") -> None:
    end_with(parent)
    told.put(migrate(url, folder))


def migrator(url: str, folder: Path | None, told: "multiprocessing.Queue[list[str]]") -> BaseProcess:
    process = SPAWN.Process(target=tell_migrated, args=(os.getpid(), url, folder, told))
    process.start()
    return process


class MigrationsContract:
    """Suite for `adapters.sql.migrate`; a database's own test gives an empty one and looks into it."""

    dialect: str
    slow_statement: str

    def engine(self, url: str) -> Engine:
        raise NotImplementedError

    def type_of(self, column: Column[object], engine: Engine) -> str:
        """The type of a column of ours, as the database would call it."""
        return str(column.type.compile(engine.dialect))

    def test_each_goes_up_down_and_up_again(self, url: str) -> None:
        assert pending(url) == EVERY
        assert migrate(url) == EVERY
        assert migrate(url) == pending(url) == []
        assert reset(url) == EVERY[::-1]
        with self.engine(url).connect() as connection:
            left = {name for name in inspect(connection).get_table_names() if "yoyo" not in name}
        assert left <= {"sqlite_sequence"}
        assert migrate(url) == EVERY

    def test_the_tables_are_those_the_queries_name(self, url: str) -> None:
        migrate(url)
        engine = self.engine(url)
        with engine.connect() as connection:
            found = inspect(connection)
            names = set(found.get_table_names())
            assert {name for name in names if "yoyo" not in name and "sqlite" not in name} == set(metadata.tables)
            for table in metadata.sorted_tables:
                columns = found.get_columns(table.name)
                there = {c["name"]: (c["type"].compile(engine.dialect), c["nullable"]) for c in columns}
                ours = {c.name: (self.type_of(c, engine), c.nullable) for c in table.columns}
                keys = [c.name for c in table.primary_key]
                assert found.get_pk_constraint(table.name)["constrained_columns"] == keys
                for key in keys:
                    there[key], ours[key] = (there[key][0], False), (ours[key][0], False)
                assert there == ours, table.name

    def test_schema_and_program_are_counted_alike(self, url: str) -> None:
        migrate(url)
        with self.engine(url).connect() as connection:
            version, min_program = connection.execute(text("SELECT version, min_program FROM schema_info")).one()
        assert version == PROGRAM, "raise schema_info.version in the migration, and PROGRAM in adapters/sql/schema.py"
        require_fitting((version, min_program))

    def test_both_databases_have_the_same_migrations(self) -> None:
        top = migrations_folder()
        told = [
            {m.id: {d.id for d in m.depends} for m in read_migrations(str(top / "common"), str(top / dialect))}
            for dialect in ("postgres", "sqlite")
        ]
        assert told[0] == told[1]
        assert sorted(told[0]) == EVERY

    def test_every_migration_can_be_undone(self) -> None:
        files = {path.name for path in migrations_folder().rglob("*.sql")}
        forwards = {name for name in files if ".rollback." not in name}
        assert files == forwards | {name.replace(".sql", ".rollback.sql") for name in forwards}

    def test_of_five_migrators_one_applies_and_the_others_wait(self, url: str) -> None:
        told: multiprocessing.Queue[list[str]] = SPAWN.Queue()
        processes = [migrator(url, None, told) for _ in range(5)]
        answers = [told.get(timeout=60) for _ in processes]
        for process in processes:
            process.join(60)
        assert [process.exitcode for process in processes] == [0] * 5
        assert sorted(answers) == [[], [], [], [], EVERY]

    def test_another_program_s_database_is_refused_and_left_as_it_is(self, url: str) -> None:
        engine = self.engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE entity (id integer)"))
        for use in (migrate, reset):
            with pytest.raises(ForeignDatabase, match=r"a table entity.*DATABASE_URL"):
                use(url)
        assert inspect(engine).get_table_names() == ["entity"]

    def test_a_crash_before_a_migration_is_noted_undoes_it(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def crash(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(DatabaseBackend, "mark_one", crash)
            with pytest.raises(KeyboardInterrupt):
                migrate(url)
        assert pending(url) == EVERY
        assert migrate(url) == EVERY

    def test_a_lock_left_behind_by_the_dead_holds_nobody_up(self, url: str) -> None:
        with self.engine(url).begin() as connection:
            connection.execute(text("CREATE TABLE yoyo_lock (locked INT PRIMARY KEY, ctime TIMESTAMP, pid INT)"))
            connection.execute(text("INSERT INTO yoyo_lock VALUES (1, NULL, 1)"))
        assert migrate(url) == EVERY

    def test_one_killed_in_the_middle_leaves_a_database_the_next_can_finish(self, url: str, tmp_path: Path) -> None:
        migrate(url)
        folder = tmp_path / "migrations"
        shutil.copytree(migrations_folder(), folder)
        third = folder / self.dialect / "0003.slow.sql"
        begin = "-- depends: 0002.indexes\n\nCREATE TABLE slow (id INTEGER);\n\n"
        third.write_text(f"{begin}{self.slow_statement};\n\nCREATE TABLE slower (id INTEGER);\n")
        told: multiprocessing.Queue[list[str]] = SPAWN.Queue()
        process = migrator(url, folder, told)
        self.wait_until(lambda: self.is_migrating(url))
        process.kill()
        process.join(10)
        third.write_text(f"{begin}CREATE TABLE slower (id INTEGER);\n")
        assert pending(url, folder) == ["0003.slow"]
        assert migrate(url, folder) == ["0003.slow"]
        with self.engine(url).connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM slow, slower")).scalar_one() == 0

    def is_migrating(self, url: str) -> bool:
        """Whether a migrator is in the middle of the slow statement."""
        raise NotImplementedError

    def wait_until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not true():
            if time.monotonic() > deadline:
                pytest.fail("nothing happened within 30 seconds")
            time.sleep(0.05)
