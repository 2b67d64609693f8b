"""What operators type, and what they are told."""

import json
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from entrypoints.cli.commands.accounts import create_superuser
from entrypoints.cli.listing import COMMANDS
from entrypoints.version import VERSION
from tests.conftest import ROOT
from tests.servers.process import completed
from tests.unit.entrypoints.cli.typed import Answer, Darkroom

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery staple"
NOWHERE = "postgresql://me:hunter22@127.0.0.1:1/darkroom"


def superuser(darkroom: Darkroom, name: str = "riz", password: str = PASSWORD, *more: str) -> Answer:
    return darkroom("create-superuser", "--username", name, "--password-stdin", *more, stdin=f"{password}\n")


def users(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "data" / "media_store.db")) as database:
        return database.execute("SELECT username, role FROM users ORDER BY username").fetchall()


def test_help_names_every_command_and_says_what_it_does(darkroom: Darkroom) -> None:
    answer = darkroom("--help")
    assert answer.code == 0
    lines = answer.out.splitlines()
    for command in COMMANDS:
        (line,) = [line for line in lines if line.strip().startswith(f"{command} ")]
        assert len(line.split()) >= 4, line
        assert line.endswith("."), line
        assert not line.endswith("..."), "the sentence is cut off"
    assert {"up", "serve", "worker", "migrate", "reset", "create-superuser", "doctor"} <= COMMANDS.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches(darkroom: Darkroom, command: str) -> None:
    answer = darkroom(command, "--help")
    assert answer.code == 0
    assert f"darkroom {command}" in answer.out
    assert len(answer.out.splitlines()) >= 6, "a usage line alone teaches nobody"
    assert answer.err == ""


def test_the_version(darkroom: Darkroom) -> None:
    assert darkroom("--version") == Answer(0, f"darkroom {VERSION}\n", "")


@pytest.mark.parametrize("words", [["nonsense"], ["migrate", "--nonsense"], ["create-superuser", "--username"]])
def test_what_is_no_command_is_a_usage_error(darkroom: Darkroom, words: list[str]) -> None:
    answer = darkroom(*words)
    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("command", ["up", "serve", "worker", "migrate", "doctor"])
def test_a_bad_setting_stops_the_start_with_one_line(darkroom: Darkroom, command: str) -> None:
    assert "bad setting: PORT: " in darkroom(command, PORT="many").refusal


def test_a_queue_that_is_none_is_one_line(darkroom: Darkroom) -> None:
    queues = "images, media, ingest, inbox, sync, housekeeping"
    told = f"bad setting: WORKER_QUEUES: there is no queue 'pictures'; there are {queues}"
    assert darkroom("worker", "--queues", "images,pictures").refusal == f"darkroom: {told}"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"DATABASE_URL": "mysql://root:hunter22@db/x"}, "DATABASE_URL"),
        ({"BLOB_STORE": "s3", "S3_SECRET_KEY": "hunter22"}, "S3_BUCKET"),
        ({"IMAGE_ENGINE": "crayon"}, "IMAGE_ENGINE"),
        ({"SU_PASSWORD": "hunter2"}, "SU_PASSWORD"),
    ],
)
def test_and_tells_no_secret(darkroom: Darkroom, settings: dict[str, str], told: str) -> None:
    line = darkroom("migrate", **settings).refusal
    assert told in line
    assert "hunter2" not in line


def test_migrating_says_what_it_did_and_does_it_once(darkroom: Darkroom, folder: Path) -> None:
    first, second = darkroom("migrate", "--json"), darkroom("migrate", "--json")
    assert (first.code, second.code) == (0, 0)
    assert json.loads(first.out)["applied"]
    assert json.loads(second.out) == {"applied": []}
    assert darkroom("migrate").out == "the database is up to date\n"
    assert users(folder) == []


@pytest.mark.parametrize("command", ["migrate", "create-superuser", "rotate-signing-key", "sweep"])
def test_a_database_that_is_not_there_is_one_line(darkroom: Darkroom, command: str) -> None:
    words = ["--username", "riz", "--password-stdin"] if command == "create-superuser" else []
    line = darkroom(command, *words, stdin=f"{PASSWORD}\n", DATABASE_URL=NOWHERE).refusal
    assert "the database " in line
    assert "hunter22" not in line


@pytest.mark.parametrize("command", ["migrate", "up"])
def test_a_folder_that_cannot_be_used_is_one_line(darkroom: Darkroom, folder: Path, command: str) -> None:
    (folder / "data").write_text("not a folder")
    assert str(folder / "data") in darkroom(command).refusal


def test_a_password_is_set(darkroom: Darkroom) -> None:
    darkroom("migrate")
    superuser(darkroom)
    words = ("set-password", "--username", "riz", "--password-stdin")
    told = darkroom(*words, stdin="three blind mice\n")
    assert told == Answer(0, "riz signs in with the new password now; sessions of before have ended\n", "")
    assert json.loads(darkroom(*words, "--json", stdin="three blind mice\n").out)["username"] == "riz"
    assert "tried first" in darkroom(*words, stdin="password\n").refusal
    nobody = darkroom("set-password", "--username", "nobody", "--password-stdin", stdin="three blind mice\n")
    assert nobody.refusal == "darkroom: there is no user nobody"


def test_a_link_signs_in(darkroom: Darkroom) -> None:
    darkroom("migrate")
    superuser(darkroom)
    told = json.loads(darkroom("sign-in-link", "--username", "riz", "--json", PUBLIC_URL="https://a.example").out)
    assert told.keys() == {"username", "url", "code", "expires_at"}
    assert (told["username"], told["url"]) == ("riz", f"https://a.example/#code={told['code']}")
    assert told["expires_at"].endswith("Z")
    lines = darkroom("sign-in-link", "--username", "riz").out.splitlines()
    assert lines[0] == f"http://127.0.0.1:3000/#code={lines[-1]}"
    assert "riz" in lines[2]
    assert told["code"] != lines[-1]
    assert darkroom("sign-in-link", "--username", "nobody").refusal == "darkroom: there is no user nobody"


def test_a_superuser_is_made(darkroom: Darkroom, folder: Path) -> None:
    darkroom("migrate")
    assert superuser(darkroom) == Answer(0, "made the superuser riz\n", "")
    told = json.loads(superuser(darkroom, "second", PASSWORD, "--json").out)
    assert told.keys() == {"id", "username"}
    assert told["username"] == "second"
    assert users(folder) == [("riz", "su"), ("second", "su")]


@pytest.mark.parametrize("password", ["", "short", "x" * 129])
def test_a_weak_password_is_one_line(darkroom: Darkroom, folder: Path, password: str) -> None:
    darkroom("migrate")
    assert "password" in superuser(darkroom, password=password).refusal
    assert users(folder) == []


def test_a_taken_name_is_one_line(darkroom: Darkroom, folder: Path) -> None:
    darkroom("migrate")
    superuser(darkroom)
    assert "username" in superuser(darkroom, password="another good password").refusal
    assert len(users(folder)) == 1


def test_before_the_tables_are_there_it_says_what_to_run(darkroom: Darkroom) -> None:
    assert "darkroom migrate" in superuser(darkroom).refusal


def test_without_standard_input_the_password_is_asked_for_twice(darkroom: Darkroom, folder: Path) -> None:
    darkroom("migrate")
    words, runner, app = ["--username", "riz"], CliRunner(), typer.Typer()
    app.command()(create_superuser)
    differing = runner.invoke(app, words, input=f"{PASSWORD}\nanother one\n")
    assert differing.exit_code == 1
    assert users(folder) == []
    asked = runner.invoke(app, words, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert (asked.exit_code, PASSWORD in asked.output) == (0, False)
    assert users(folder) == [("riz", "su")]


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "nonsense\nn\n"])
def test_emptying_the_database_takes_a_yes(darkroom: Darkroom, folder: Path, answer: str) -> None:
    darkroom("migrate")
    superuser(darkroom)
    refused = darkroom("reset", stdin=answer)
    assert refused.code == 1
    assert "Forget everything in sqlite://" in refused.out
    assert "Traceback" not in refused.err
    assert len(users(folder)) == 1


@pytest.mark.parametrize("words", [["reset", "--yes"], ["reset", "--yes", "--json"], ["reset"]])
def test_the_emptied_database_can_be_used_at_once(darkroom: Darkroom, folder: Path, words: list[str]) -> None:
    darkroom("migrate")
    superuser(darkroom)
    answer = darkroom(*words, stdin="y\n")
    assert answer.code == 0
    if "--json" in words:
        told = json.loads(answer.out)
        assert told["reset"] is True
        assert told["applied"]
    else:
        assert "the database is empty now" in answer.out
    assert users(folder) == []
    assert superuser(darkroom).code == 0


def test_the_question_shows_where_without_the_password(darkroom: Darkroom) -> None:
    answer = darkroom("reset", stdin="n\n", DATABASE_URL=NOWHERE)
    assert "127.0.0.1:1/darkroom" in answer.out
    assert "hunter22" not in answer.out + answer.err


def test_a_new_signing_key(darkroom: Darkroom) -> None:
    darkroom("migrate")
    first, second = (json.loads(darkroom("rotate-signing-key", "--json").out)["kid"] for _ in range(2))
    assert first != second
    refused = darkroom("rotate-signing-key", JWT_SECRET="a secret of at least thirty-two characters")
    assert "JWT_SECRET" in refused.refusal


@pytest.mark.parametrize("words", [[], ["serve"]])
def test_a_port_in_use_is_one_line(folder: Path, words: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        settings = {"PYTHONPATH": str(ROOT / "src"), "DATA_DIR": str(folder / "data"), "PORT": port}
        command = [sys.executable, "-m", "entrypoints.cli", *words]
        done = completed(command, env={**settings, "LOG_LEVEL": "error"}, cwd=folder)
    assert Answer(done.returncode, done.stdout, done.stderr).refusal == (
        f"darkroom: cannot listen on 127.0.0.1:{port}: another program uses it; stop that or choose another PORT"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["jobs", "list"],
        ["sweep"],
        ["verify"],
        ["ingest"],
        ["backup", "copy"],
        ["create-superuser", "--username", "riz", "--password-stdin"],
        ["set-password", "--username", "riz", "--password-stdin"],
        ["sign-in-link", "--username", "riz"],
        ["disable-totp", "--username", "riz"],
        ["rotate-signing-key"],
    ],
)
def test_looking_at_an_empty_place_leaves_nothing(darkroom: Darkroom, folder: Path, words: list[str]) -> None:
    refusal = darkroom(*words, stdin=f"{PASSWORD}\n").refusal
    assert f"there is no database at {folder / 'data' / 'media_store.db'}" in refusal
    assert not (folder / "data").exists()


def test_upload_names_what_it_takes(darkroom: Darkroom) -> None:
    assert "{PATHS}..." in darkroom("upload", "--help").out.splitlines()[0]
