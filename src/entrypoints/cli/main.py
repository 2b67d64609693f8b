"""The program `darkroom`: what operators type."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from domain.errors import DarkroomError
from domain.jobs import QUEUES
from entrypoints.cli.backup import backup, restore, verify
from entrypoints.cli.doctor import examine, print_findings
from entrypoints.cli.ingest import ingest
from entrypoints.cli.installation import on_the_spot, read_settings
from entrypoints.cli.jobs import jobs
from entrypoints.cli.seed import seed
from entrypoints.cli.speech import Json, failure, first_password, ready, say
from entrypoints.cli.sweep import sweep
from entrypoints.cli.sync import sync_variants
from entrypoints.cli.upload import upload
from entrypoints.http.server import CannotServe
from entrypoints.program import Program
from entrypoints.setting_rules import DOORS
from entrypoints.settings import BadSettings, Settings
from entrypoints.stopping import Stop
from entrypoints.version import VERSION
from entrypoints.wiring.container import Darkroom

app = typer.Typer(
    name="darkroom",
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    help="A self-hosted media service. Without a command it does what 'up' does. "
    "Settings come from the environment or a .env file; see .env.example.",
)


@app.callback(invoke_without_command=True)
def main_command(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False,
) -> None:
    """Run a command, or everything."""
    if version:
        print(f"darkroom {VERSION}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        up()


@app.command()
def up() -> None:
    """Run API and worker in one process.

    The database is brought up to date first.
    The very first start makes a superuser: SU_USERNAME with SU_PASSWORD; without a password one is made up and shown
    once, without a name it is 'admin'.
    """
    _run(lambda program: program.up(ready, first_password))


@app.command()
def serve(
    doors: Annotated[
        str | None,
        typer.Option(help=f"Offer only some of the API ({', '.join(DOORS)}), with commas between; else DOORS."),
    ] = None,
) -> None:
    """Run the API alone.

    Workers run elsewhere, on the same PostgreSQL and S3; as many of each as you like.
    Each door can be run apart from the others; health, the start page and the documentation are always there.
    """
    _run(lambda program: program.serve(ready, first_password), **({} if doors is None else {"DOORS": doors}))


@app.command()
def worker(
    queues: Annotated[
        str | None,
        typer.Option(help=f"Do only some of the work ({', '.join(QUEUES)}), with commas between; else WORKER_QUEUES."),
    ] = None,
) -> None:
    """Run a worker alone.

    WORKER_CONCURRENCY says how many jobs it takes at once (one for each core).
    With METRICS_PORT it shows /health and /metrics there.
    """
    _run(lambda program: program.work(), **({} if queues is None else {"WORKER_QUEUES": queues}))


@app.command()
def migrate(json: Json = False) -> None:
    """Bring the database up to date.

    Safe to run at any time, by several at once.
    """
    done = _room(read_settings()).database().migrate()
    say(json, {"applied": done}, f"applied {', '.join(done)}" if done else "the database is up to date")


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Empty the database.

    Every row is forgotten; blobs stay where they are.
    """
    settings = read_settings()
    if not yes:
        typer.confirm(f"Forget everything in {_shown(settings.database)}?", abort=True)
    database = _room(settings).database()
    database.reset()
    say(json, {"reset": True, "applied": database.migrate()}, "the database is empty now")


@app.command("create-superuser")
def create_superuser(
    username: Annotated[str, typer.Option(help="What the superuser is called.", prompt=True)],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
    ] = False,
    json: Json = False,
) -> None:
    """Make an account that may do everything.

    Only this command makes superusers; the API cannot.
    """
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _asked_password()

    async def create(room: Darkroom) -> None:
        user = await room.identity().create_superuser()(username, password)
        say(json, {"id": str(user.id), "username": user.username}, f"made the superuser {user.username}")

    on_the_spot(create)


@app.command("rotate-signing-key")
def rotate_signing_key(json: Json = False) -> None:
    """Sign access tokens with a new key.

    Tokens signed with the one before stay good until they expire; all instances follow within a minute.
    """
    if read_settings().jwt_secret is not None:
        failure(
            "JWT_SECRET is set, so that secret signs: change it there, and the next refresh brings everybody new tokens"
        )

    async def rotate(room: Darkroom) -> None:
        key_id = await room.identity().key_ring().rotate()
        say(json, {"kid": key_id}, f"access tokens are signed with the key {key_id} now")

    on_the_spot(rotate)


@app.command()
def doctor(json: Json = False) -> None:
    """Check what Darkroom needs, and say what to do.

    Looks at settings, disk, database, migrations, blob store, image engine and Redis.
    """
    findings = asyncio.run(examine(read_settings()))
    print_findings(findings, as_json=json)
    if not all(finding.fine for finding in findings):
        raise typer.Exit(1)


app.command()(upload)
app.command("sync-variants")(sync_variants)
app.add_typer(jobs, name="jobs")
app.command()(sweep)
app.command()(backup)
app.command()(restore)
app.command()(verify)
app.command()(ingest)
app.command()(seed)


def main() -> None:
    """Run the program; what is refused on purpose is one line, not a traceback."""
    # Keys, password hashes and private files: whatever we write is nobody else's to read.
    os.umask(0o077)
    try:
        app()
    except BadSettings as error:
        failure(f"bad setting: {error}")
    except (DarkroomError, CannotServe) as error:
        failure(str(error))
    except OSError as error:
        if error.filename is None:
            raise
        failure(f"cannot use {error.filename}: {error.strerror}")


def _room(settings: Settings) -> Darkroom:
    return Darkroom(settings=settings)


def _run(what: Callable[[Program], Awaitable[None]], **chosen: str) -> None:
    settings = read_settings(**chosen)

    async def run() -> None:
        stop = Stop()
        stop.on_signals()
        await what(Program(settings, stop))

    try:
        asyncio.run(run())
    except ExceptionGroup as group:
        refused, unexpected = group.split((DarkroomError, CannotServe))
        if refused is None or unexpected is not None:
            raise
        failure(str(_first(refused)))


def _first(group: ExceptionGroup[Any]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error


def _asked_password() -> str:
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


def _shown(database: str) -> str:
    before, at, after = database.rpartition("@")
    return f"{before.partition('://')[0]}://…@{after}" if at else database
