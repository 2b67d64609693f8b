"""`darkroom up`, `serve` and `worker`: the programs that run until they are stopped."""

from typing import Annotated

import typer

from domain.jobs import QUEUES
from entrypoints.cli.options import DataDir, Host, Port
from entrypoints.collecting import without_collecting
from entrypoints.door_names import DOORS


def up(host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Run API and worker in one process.

    The database is brought up to date first.
    The very first start makes a superuser: SU_USERNAME, or 'admin', with SU_PASSWORD; without a password one is made up
    and shown once, with a link that signs in once. Ctrl-C stops it.
    """
    with without_collecting():
        from entrypoints.cli.running import run_up

    run_up(HOST=host, PORT=port, DATA_DIR=data_dir)


def serve(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    doors: Annotated[
        str | None,
        typer.Option(help=f"Offer only some of the API ({', '.join(DOORS)}), with commas between; otherwise DOORS."),
    ] = None,
) -> None:
    """Run the API alone.

    Workers run elsewhere, on the same PostgreSQL and S3; as many of each as you like.
    Each door can be run apart from the others; health, the start page and the documentation are always there.
    With SU_PASSWORD it makes the first superuser (SU_USERNAME, or 'admin') before it reports itself ready.
    """
    with without_collecting():
        from entrypoints.cli.running import run_serve

    run_serve(HOST=host, PORT=port, DATA_DIR=data_dir, DOORS=doors)


def worker(
    queues: Annotated[
        str | None,
        typer.Option(
            help=f"Do only some of the work ({', '.join(QUEUES)}), with commas between; otherwise WORKER_QUEUES."
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Run a worker alone.

    WORKER_CONCURRENCY says how many jobs it takes at once (one for each core).
    With METRICS_PORT it shows /health and /metrics there.
    """
    with without_collecting():
        from entrypoints.cli.running import run_worker

    run_worker(WORKER_QUEUES=queues, DATA_DIR=data_dir)
